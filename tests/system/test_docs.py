"""Every example of the documents runs: shell blocks as they stand, YAML blocks through `serve --check`, Python compiles."""
import asyncio
import json
import os
import pathlib
import re
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import harness  # noqa: E402

PAGES = [pathlib.Path(harness.ROOT, "README.md"), *sorted(pathlib.Path(harness.ROOT, "docs").rglob("*.md"))]


def blocks(language):
    for page in PAGES:
        for block in re.findall(rf"^```{language}\n(.*?)^```", page.read_text(encoding="utf-8"), re.M | re.S):
            yield page.name, block


class Docs(harness.ServerTest):
    async def test_yaml_is_a_configuration_that_the_server_takes(self):
        found = [*blocks("yaml"), ("examples/parley.yaml", pathlib.Path(harness.ROOT, "examples/parley.yaml").read_text(encoding="utf-8"))]
        self.assertGreater(len(found), 3)
        for page, block in found:
            path = os.path.join(self.folder, "example.yaml")
            pathlib.Path(path).write_text(block, encoding="utf-8")
            code, output = await self.run_command(harness.PARLEY, "serve", "--config", path, "--check", env={"MODEL_API_KEY": "none"})
            self.assertEqual(code, 0, f"{page}: {output}\n{block}")

    async def test_python_compiles(self):
        found = list(blocks("python"))
        self.assertTrue(found)
        for page, block in found:
            compile(block, page, "exec")

    async def test_json_is_json(self):
        for page, block in blocks("json"):
            with self.subTest(page):
                json.loads(block)

    async def test_shell_runs(self):
        client = await self.program()
        caller = await self.caller("wait agent\nhangup\n")
        call = harness.relay.Call(client, await client.wait_event("calling.call.receive"))
        control = await call.ai(prompt={"text": "You are an agent."}, params={"static_greeting": "Hello, how can I help you today?"})
        await caller.finish(60)
        await client.wait_event("calling.call.ai", timeout=60, control_id=control)
        environment = {"PARLEY_REST": self.server.rest, "ACCESS_KEY": harness.process.ACCESS_KEY,
                       "PROJECT": harness.process.PROJECT, "TOKEN": harness.process.TOKEN,
                       "AICALL_ID": await self.server.session_of(call.call_id)}
        found = list(blocks("sh"))
        self.assertGreater(len(found), 3)
        for name, block in found:
            code, output = await self.run_command("bash", "-eu", "-c", block, cwd=self.folder, env=environment)
            self.assertEqual(code, 0, f"{name}: {output}\n{block}")
            if block.startswith("curl"):
                self.assertIn(next(iter(json.loads(output))), ("result", "error"), output)


if __name__ == "__main__":
    unittest.main()
