"""What a client was told is in the log, whenever the server is killed: at 20 random points under load."""
import asyncio
import os
import random
import signal
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import harness  # noqa: E402

POINTS = 20


class Kill(harness.ServerTest):
    async def inject(self, call, round_number, accepted):
        """System messages as fast as they are accepted. A text is `accepted` once its 200 arrived."""
        number = 0
        while True:
            text = f"round {round_number} message {number}"
            await call.ai_message(message_text=text, role="system")
            accepted.append(text)
            number += 1

    async def list_rows(self, session, seen):
        """Every row that the REST door listed."""
        while True:
            _, page = await self.server.get(f"/v1.0/ai-messages?aicall_id={session}")
            seen.update({row["id"]: row for row in page["result"]})
            await asyncio.sleep(0.02)

    async def one_round(self, number, rng):
        client = harness.relay.RelayClient(self.server.relay, harness.process.PROJECT, harness.process.TOKEN, [harness.process.CONTEXT])
        await client.connect()
        caller = await self.caller("silence 60s\nhangup\n")
        call = harness.relay.Call(client, await client.wait_event("calling.call.receive"))
        await call.ai(prompt={"text": "You are an agent."}, params={"wait_for_user": True, "attention_timeout": 0})
        session = await self.server.session_of(call.call_id)
        accepted, seen = [], {}
        load = [asyncio.create_task(self.inject(call, number, accepted)), asyncio.create_task(self.list_rows(session, seen))]
        await asyncio.sleep(rng.uniform(0.05, 1.0))
        await self.server.stop(signal.SIGKILL)
        for task in load:
            task.cancel()
        await asyncio.gather(*load, return_exceptions=True)
        await client.close()
        await caller.stop(signal.SIGKILL)
        return session, accepted, seen

    async def test_nothing_that_was_announced_is_lost_doubled_or_reordered(self):
        seed = int(os.environ.get("SEED", random.randrange(1 << 32)))
        print(f"seed {seed}")
        rng = random.Random(seed)
        total = 0
        for number in range(POINTS):
            session, accepted, seen = await self.one_round(number, rng)
            total += len(accepted)
            self.server = await self.start_server()
            rows = await self.server.messages(session)
            stored = [row["content"] for row in rows if row["content"].startswith("round ")]
            self.assertEqual(stored[:len(accepted)], accepted, f"seed {seed}, point {number}")
            self.assertLessEqual(len(stored), len(accepted) + 1, f"seed {seed}, point {number}")
            by_id = {row["id"]: row for row in rows}
            self.assertEqual(len(by_id), len(rows), f"seed {seed}, point {number}")
            for identifier, row in seen.items():
                self.assertEqual(by_id.get(identifier), row, f"seed {seed}, point {number}")
        print(f"{total} accepted messages, none lost")
        self.assertGreater(total, POINTS)


if __name__ == "__main__":
    unittest.main()
