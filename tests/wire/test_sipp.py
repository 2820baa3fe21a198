"""SIPp as the caller: plain calls, and calls through a network that loses 30 % of all packets."""
import asyncio
import os
import re
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import harness  # noqa: E402

SCENARIO = os.path.join(os.path.dirname(os.path.abspath(__file__)), "uac.xml")


class Sipp(harness.ServerTest):
    changes = {"relay": {"unclaimed_wait": "3s"}}

    async def calls(self, count, rate, *more, timeout):
        answering = asyncio.create_task(harness.answer_everything(await self.program()))
        code, output = await self.run_command(
            "sipp", "-sf", SCENARIO, self.server.sip, "-s", harness.process.NUMBER, "-i", "127.0.0.1", "-m", str(count), "-r", str(rate),
            "-d", "200", "-nostdin", "-timeout", str(timeout), "-max_invite_retrans", "11", "-max_non_invite_retrans", "11", *more,
            timeout=timeout + 20, cwd=self.folder)
        answering.cancel()
        return code, output

    def assert_all_succeeded(self, code, output, count):
        successes = re.findall(r"Successful call\s*\|\s*\d+\s*\|\s*(\d+)", output)
        self.assertEqual(code, 0, output[-3000:])
        self.assertEqual(int(successes[-1]), count, output[-3000:])

    async def assert_all_released(self, count):
        """Every call is an activeflow, and every one of them ended."""
        for _ in range(100):
            _, page = await self.server.get("/v1.0/activeflows?page_size=100")
            if len(page["result"]) == count and all(flow["status"] == "ended" for flow in page["result"]):
                return
            await asyncio.sleep(0.5)
        self.fail(f"after 50 s: {[flow['status'] for flow in page['result']]}")

    async def test_every_call_is_set_up_and_released(self):
        code, output = await self.calls(30, 10, timeout=60)
        self.assert_all_succeeded(code, output, 30)
        await self.assert_all_released(30)

    async def test_with_30_percent_loss_every_call_is_set_up_and_released(self):
        code, output = await self.calls(30, 5, "-lost", "30", timeout=120)
        self.assert_all_succeeded(code, output, 30)
        await self.assert_all_released(30)

    async def test_with_nobody_there_the_caller_gets_480(self):
        code, output = await self.run_command(
            "sipp", "-sf", SCENARIO, self.server.sip, "-s", harness.process.NUMBER, "-i", "127.0.0.1", "-m", "1", "-nostdin",
            "-trace_msg", "-message_file", "messages.log", "-timeout", "40", timeout=60, cwd=self.folder)
        self.assertNotEqual(code, 0)
        with open(os.path.join(self.folder, "messages.log"), encoding="utf-8") as file:
            self.assertIn("SIP/2.0 480", file.read())


if __name__ == "__main__":
    unittest.main()
