"""A recorded call, played again by `parley replay`: the machines ask for the same."""
import asyncio
import os
import stat
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import harness  # noqa: E402

AGENT = {"prompt": {"text": "You are the agent of a flower shop."}, "params": {"static_greeting": "Flower shop, good morning."},
         "hints": ["goodbye", "thank you"]}


class Replay(harness.ServerTest):
    changes = {"log": {"flight_content": True, "flight_all": True}}

    async def test_a_whole_call_is_played_again(self):
        client = await self.program()
        caller = await self.caller('wait agent\nsay "thank you"\nwait agent\nhangup\n')
        call = harness.relay.Call(client, await client.wait_event("calling.call.receive"))
        await call.answer()
        await call.ai(**AGENT)
        await call.ai_message(message_text="The caller is a VIP.", role="system")
        self.assertEqual(await caller.finish(120), 0)
        path = os.path.join(self.folder, f"flight-{call.call_id}.jsonl")
        for _ in range(300):
            if os.path.exists(path):
                break
            await asyncio.sleep(0.1)
        self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600)
        code, out = await self.run_command(harness.PARLEY, "replay", path)
        self.assertEqual(code, 0, out)
        self.assertRegex(out, r"\d\d+ commands, 0 differ\n$")
        self.assertIn("session event    Transcript", out)
        self.assertNotIn("VIP", out)
        self.assertNotIn("flower", out)
        code, out = await self.run_command(harness.PARLEY, "replay", path, "--content")
        self.assertIn("The caller is a VIP.", out)


if __name__ == "__main__":
    unittest.main()
