"""A caller that knows only RTP interrupts the agent: at a random sentence, and with a short "stop"."""
import json
import os
import random
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import harness  # noqa: E402

SENTENCES = ["Our first office opened in the spring of ninety two.", "It was a small room with a single window and one telephone.",
             "Today we have offices in twelve cities and four countries.", "Every order is checked by hand before it leaves the house.",
             "You can return anything within thirty days, no questions asked.", "Thank you very much for your patience and your time today."]


class BargeIn(harness.ServerTest):
    async def barged(self, script, greeting):
        """(what the caller measured, the stored assistant texts, the report) of one interrupted greeting."""
        hooks = harness.webhooks.WebHooks()
        self.addCleanup(hooks.close)
        client = await self.program()
        caller = await self.caller(script)
        call = harness.relay.Call(client, await client.wait_event("calling.call.receive"))
        control = await call.ai(prompt={"text": "You are an agent."}, params={"static_greeting": greeting, "attention_timeout": 0},
                                hints=["stop"], post_prompt_url=f"http://agent:secret@{hooks.url[7:]}/report")
        self.assertEqual(await caller.finish(120), 0, caller.lines)
        await client.wait_event("calling.call.ai", timeout=60, control_id=control)
        rows = await self.server.messages(await self.server.session_of(call.call_id))
        measured = next(line for line in caller.lines if line["event"] == "barge_result")
        return measured, [row["content"] for row in rows if row["role"] == "assistant"], hooks.wait_for("/report", 20)

    def assert_heard_is_a_proper_prefix(self, stored, generated):
        self.assertTrue(generated.startswith(stored.rstrip()), stored)
        self.assertLess(len(stored), len(generated))
        self.assertTrue(stored)

    async def test_at_a_random_sentence_the_agent_is_silent_within_a_second(self):  # swml-ai 11
        seed = int(os.environ.get("SEED", random.randrange(1 << 32)))
        print(f"seed {seed}")
        rng = random.Random(seed)
        greeting = " ".join(rng.sample(SENTENCES, len(SENTENCES)))
        after = rng.randrange(1000, 12000)
        measured, stored, report = await self.barged(
            f'barge after {after}ms "please stop talking now"\nsilence 3s\nhangup\n', greeting)
        self.assertLessEqual(measured["silent_after_ms"], 1000, f"seed {seed}: {measured}")
        self.assert_heard_is_a_proper_prefix(stored[0], greeting)
        cut = [entry["text_spoken_total"] for entry in report["body"]["raw_call_log"] if entry.get("barged")]
        self.assertEqual(cut[0], greeting, json.dumps(report["body"]["raw_call_log"], indent=1))

    async def test_a_short_stop_stops_the_agent(self):
        greeting = " ".join(SENTENCES)
        measured, stored, _ = await self.barged('barge after 1000ms "stop"\nsilence 3s\nhangup\n', greeting)
        self.assertLessEqual(measured["silent_after_ms"], 1500, measured)
        self.assert_heard_is_a_proper_prefix(stored[0], greeting)

    async def test_a_cough_does_not_stop_the_agent(self):
        greeting = " ".join(SENTENCES[:2])
        client = await self.program()
        caller = await self.caller("silence 2s\nnoise 200ms\nsilence 12s\nhangup\n")
        call = harness.relay.Call(client, await client.wait_event("calling.call.receive"))
        control = await call.ai(prompt={"text": "You are an agent."}, params={"static_greeting": greeting, "attention_timeout": 0})
        self.assertEqual(await caller.finish(120), 0, caller.lines)
        await client.wait_event("calling.call.ai", timeout=60, control_id=control)
        rows = await self.server.messages(await self.server.session_of(call.call_id))
        self.assertEqual([row["content"] for row in rows if row["role"] == "assistant"], [greeting], rows)


if __name__ == "__main__":
    unittest.main()
