"""Calls whose words are heard and spoken by remote services; and one that goes on when both die in mid call."""
import json
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import harness  # noqa: E402
from peer import speech  # noqa: E402


class RemoteSpeech(harness.ServerTest):
    async def asyncSetUp(self):
        self.recogniser = await speech.Recogniser(["What time do you open?", "Thank you, goodbye."]).start()
        self.voice = await speech.Voice().start()
        self.changes = {"speech": {
            "workers": 1,
            "recognisers": [{"type": "listen_socket", "name": "remote-ear", "url": self.recogniser.url, "key": "k"},
                            {"type": "embedded"}],
            "synthesisers": [{"type": "stream_input", "name": "remote-voice", "url": self.voice.url, "key": "k", "voice": "v"},
                             {"type": "embedded"}]}}
        await super().asyncSetUp()

    async def asyncTearDown(self):
        await super().asyncTearDown()
        await self.recogniser.close()
        await self.voice.close()

    def log_lines(self, event):
        with open(os.path.join(self.folder, "parley.log"), encoding="utf-8") as file:
            return [line for line in map(json.loads, file) if event in json.dumps(line)]

    async def call(self, script, greeting):
        client = await self.program()
        caller = await self.caller(script)
        call = harness.relay.Call(client, await client.wait_event("calling.call.receive"))
        control = await call.ai(prompt={"text": "You are the agent of a shop. We open at nine."},
                                params={"static_greeting": greeting, "attention_timeout": 0})
        self.assertEqual(await caller.finish(180), 0, caller.lines)
        await client.wait_event("calling.call.ai", timeout=60, control_id=control)
        return await self.server.messages(await self.server.session_of(call.call_id))

    async def test_a_whole_call_is_heard_and_spoken_by_remote_services(self):
        rows = await self.call('wait agent\nsay "what time do you open"\nwait agent\nsay "thank you goodbye"\nwait agent\nhangup\n',
                               "Hello, how can I help?")
        self.assertEqual([row["content"] for row in rows if row["role"] == "user"], ["What time do you open?", "Thank you, goodbye."], rows)
        self.assertEqual([row["content"] for row in rows if row["role"] == "assistant"][0], "Hello, how can I help?")
        self.assertEqual(self.voice.texts[0], "Hello, how can I help?")
        self.assertGreaterEqual(len(self.voice.texts), 3)
        self.assertEqual(self.log_lines("replaced"), [])

    async def test_when_both_die_in_mid_call_the_next_ones_go_on(self):
        self.voice.dies_after = 1
        greeting = "Hello, this is the flower shop. You can ask me anything about our opening hours."
        client = await self.program()
        caller = await self.caller('wait agent\nsay "what time do you open on sunday"\nwait agent\nhangup\n')
        call = harness.relay.Call(client, await client.wait_event("calling.call.receive"))
        control = await call.ai(prompt={"text": "You are the agent of a shop."}, hints=["open", "sunday", "time"],
                                params={"static_greeting": greeting, "attention_timeout": 0})
        await caller.wait_line("say_started", 60)
        await self.recogniser.die()  # While the caller speaks.
        self.assertEqual(await caller.finish(180), 0, caller.lines)
        await client.wait_event("calling.call.ai", timeout=60, control_id=control)
        rows = await self.server.messages(await self.server.session_of(call.call_id))
        self.assertEqual([row["content"] for row in rows if row["role"] == "assistant"][0], greeting, rows)
        heard = " ".join(row["content"] for row in rows if row["role"] == "user")
        self.assertTrue(heard, rows)  # Which words, is the embedded recogniser's business.
        self.assertGreaterEqual(len([row for row in rows if row["role"] == "assistant"]), 2, rows)
        # The better one may have been tried again, and was given up again.
        self.assertEqual(self.log_lines("recogniser replaced")[-1]["to"], "embedded")
        self.assertGreaterEqual(len(self.log_lines("voice replaced")), 1)


if __name__ == "__main__":
    unittest.main()
