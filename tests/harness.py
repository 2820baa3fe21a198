"""What system and wire tests share. Each test runs the built program as its users do: processes and sockets only.
A test that cannot start what it needs fails; none skips."""
import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "tools"))
from peer import process, relay, webhooks, words  # noqa: E402,F401

PARLEY = os.environ.get("PARLEY", os.path.join(ROOT, "build/test/parley"))


class ServerTest(unittest.IsolatedAsyncioTestCase):
    """A running server per test; its folder stays when the test fails."""

    changes = {}  # of the configuration

    async def asyncSetUp(self):
        self.folder = tempfile.mkdtemp(prefix="parley-test-")
        self.children = []
        self.server = await self.start_server()

    async def asyncTearDown(self):
        for child in reversed(self.children):
            if child.process and child.process.returncode is None:
                await child.stop()
        result = self._outcome.result  # `_outcome.success` is about the tear-down itself by now
        failed = any(self.id() in str(test.id()) for test, _ in result.failures + result.errors)
        if failed:
            print(f"folder of the failed test: {self.folder}", file=sys.stderr)
            log = os.path.join(self.folder, "parley.log")
            if os.path.exists(log):
                print(subprocess.run(["tail", "-n", "40", log], capture_output=True, text=True, check=False).stdout, file=sys.stderr)
        else:
            shutil.rmtree(self.folder, ignore_errors=True)

    async def start_server(self, env=None, **changes):
        server = process.Server(PARLEY, self.folder, env=env, **{**self.changes, **changes})
        self.children.append(server)
        return await server.start()

    async def program(self, contexts=(process.CONTEXT,)):
        client = relay.RelayClient(self.server.relay, process.PROJECT, process.TOKEN, contexts)
        await client.connect()
        self.addAsyncCleanup(client.close)
        return client

    async def caller(self, script, *more, number=process.NUMBER):
        path = os.path.join(self.folder, "caller.script")
        with open(path, "w", encoding="utf-8") as file:
            file.write(script)
        child = process.caller(PARLEY, self.server, path, *more, number=number)
        self.children.append(child)
        return await child.start()

    async def run_command(self, *arguments, timeout=120, cwd=None, env=None):
        """(exit code, everything it printed)"""
        child = await asyncio.create_subprocess_exec(*arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
                                                     stdin=asyncio.subprocess.DEVNULL, cwd=cwd, env={**os.environ, **(env or {})})
        try:
            output, _ = await asyncio.wait_for(child.communicate(), timeout)
        except asyncio.TimeoutError:
            child.kill()
            output, _ = await child.communicate()
            raise AssertionError(f"{arguments[0]} took longer than {timeout} s:\n{output.decode(errors='replace')}") from None
        return child.returncode, output.decode(errors="replace")


async def answer_everything(client):
    """A RELAY program that answers every call and leaves it to the caller to hang up."""
    while True:
        kind, params = await client.events.get()
        if kind == "calling.call.receive":
            await relay.Call(client, params).answer()
