"""`parley chat`: an agent in the terminal; `parley doctor`: what would keep a server from working."""
import asyncio
import json
import os
import signal
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import harness  # noqa: E402


class Chat(unittest.IsolatedAsyncioTestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="parley-chat-")
        self.addCleanup(self.folder.cleanup)

    async def chat(self, agent, lines, *options):
        """(exit code, standard output as lines, standard error)"""
        path = os.path.join(self.folder.name, "agent.json")
        with open(path, "w", encoding="utf-8") as file:
            file.write(agent if isinstance(agent, str) else json.dumps(agent))
        child = await asyncio.create_subprocess_exec(harness.PARLEY, "chat", path, *options, stdin=asyncio.subprocess.PIPE,
                                                     stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE)
        out, err = await asyncio.wait_for(child.communicate("".join(line + "\n" for line in lines).encode()), 60)
        return child.returncode, out.decode().splitlines(), err.decode()

    async def test_lines_are_answered_one_after_the_other(self):
        agent = {"prompt": {"text": "You sell flowers."}, "params": {"static_greeting": "Flower shop."}}
        code, out, err = await self.chat(agent, ["Hello", "Goodbye"])
        self.assertEqual((code, err), (0, ""))
        self.assertEqual(out[0], "agent: Flower shop.")
        self.assertGreaterEqual(len(out), 3, out)
        self.assertTrue(all(line.startswith("agent: ") for line in out), out)

    async def test_a_tool_is_called_and_the_report_is_posted(self):
        hooks = harness.webhooks.WebHooks({"get_opening_hours": lambda body: {"response": "nine to five"}})
        self.addCleanup(hooks.close)
        secret = hooks.url.replace("http://", "http://agent:secret@")
        agent = {"prompt": {"text": "You sell flowers."}, "params": {"static_greeting": "Flower shop."},
                 "post_prompt": {"text": "Summarize the conversation."}, "post_prompt_url": secret + "/report",
                 "SWAIG": {"functions": [{"function": "get_opening_hours", "web_hook_url": secret + "/tools/get_opening_hours",
                                          "description": "Get the opening hours of the shop for one day of the week",
                                          "parameters": {"type": "object", "properties": {"day": {"type": "string", "enum": ["monday"]}}}}]}}
        code, out, err = await self.chat(agent, ["What are your opening hours on monday?"])
        self.assertEqual((code, err), (0, ""))
        self.assertTrue(any(line.startswith("tool: get_opening_hours {") for line in out), out)
        self.assertTrue(any("nine to five" in line for line in out), out)
        report = hooks.wait_for("/report", 1)
        self.assertTrue(report and report["authorised"])
        self.assertIn("call_log", report["body"])

    async def test_the_rows_of_the_log_can_be_printed(self):
        agent = {"prompt": {"text": "You sell flowers."}, "params": {"static_greeting": "Flower shop."}}
        code, out, _ = await self.chat(agent, ["Hello"], "--messages")
        rows = [json.loads(line) for line in out]
        self.assertEqual(code, 0)
        self.assertEqual([row["role"] for row in rows], ["system", "assistant", "user", "assistant"])
        self.assertEqual(rows[2]["content"], "Hello")

    async def test_what_is_wrong_with_the_agent_is_said(self):
        for agent, named in [("{", "agent.json"), ({"multilingual": 7, "prompt": {"text": "x"}}, "multilingual"), ({}, "prompt"), ("[]", "holds no object")]:
            code, out, err = await self.chat(agent, [])
            self.assertEqual((code, out), (1, []), agent)
            self.assertIn(named, err)

    async def test_a_signal_ends_it_as_hanging_up_does(self):
        path = os.path.join(self.folder.name, "agent.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump({"prompt": {"text": "x"}, "params": {"static_greeting": "Flower shop."}}, file)
        child = await asyncio.create_subprocess_exec(harness.PARLEY, "chat", path, stdin=asyncio.subprocess.PIPE,
                                                     stdout=asyncio.subprocess.PIPE)
        self.assertEqual(await asyncio.wait_for(child.stdout.readline(), 30), b"agent: Flower shop.\n")
        child.send_signal(signal.SIGINT)
        self.assertEqual(await asyncio.wait_for(child.wait(), 30), 0)


class Doctor(unittest.IsolatedAsyncioTestCase):
    async def test_the_example_has_secrets_that_everybody_knows(self):
        child = await asyncio.create_subprocess_exec(
            harness.PARLEY, "doctor", "--config", os.path.join(harness.ROOT, "examples/parley.yaml"),
            cwd=tempfile.gettempdir(), stdout=asyncio.subprocess.PIPE)
        out, _ = await asyncio.wait_for(child.communicate(), 60)
        self.assertEqual(child.returncode, 1)
        self.assertIn("PROBLEM  projects: token of example: is the example's", out.decode())
        self.assertIn("notice   model.provider", out.decode())


if __name__ == "__main__":
    unittest.main()
