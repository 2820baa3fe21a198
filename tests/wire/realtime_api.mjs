// A program on the official JavaScript client, as its users write it: listen on a topic, answer, hang up.
import { SignalWire } from '@signalwire/realtime-api'

const [host, project, token, topic] = process.argv.slice(2)
const client = await SignalWire({ host, project, token })
const say = (event) => console.log(JSON.stringify(event))

await client.voice.listen({
  topics: [topic],
  onCallReceived: async (call) => {
    say({ event: 'received', from: call.from, to: call.to, state: call.state })
    await call.answer()
    say({ event: 'answered', state: call.state })
    await call.hangup()
    say({ event: 'hung up', state: call.state })
    await client.disconnect()
    setTimeout(() => process.exit(0), 200)
  },
})
say({ event: 'listening' })
setTimeout(() => { say({ event: 'timeout' }); process.exit(1) }, 60000)
