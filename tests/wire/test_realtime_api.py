"""The official JavaScript client (`@signalwire/realtime-api`, unmodified): connect, inbound call, answer, hang up."""
import os
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))
import harness  # noqa: E402


class RealtimeApi(harness.ServerTest):
    async def test_connects_receives_answers_and_hangs_up(self):
        program = harness.process.Process("node", os.path.join(HERE, "realtime_api.mjs"), self.server.relay, harness.process.PROJECT,
                                          harness.process.TOKEN, harness.process.CONTEXT)
        self.children.append(program)
        await program.start()
        await program.wait_line("listening", 30)
        caller = await self.caller("silence 20s\nhangup\n")
        await program.wait_line("hung up", 40)
        self.assertEqual(await program.finish(20), 0, program.lines)
        await caller.finish(30)
        received = next(line for line in program.lines if line["event"] == "received")
        self.assertEqual(received["to"], harness.process.NUMBER)
        self.assertEqual(received["from"], "+15550123")

    async def test_wrong_token_is_an_authentication_error(self):
        with self.assertRaises(harness.relay.RelayError) as caught:
            async with harness.relay.RelayClient(self.server.relay, harness.process.PROJECT, "wrong"):
                pass
        self.assertEqual(caught.exception.code, -32002)


if __name__ == "__main__":
    unittest.main()
