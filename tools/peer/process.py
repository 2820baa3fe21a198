"""Starts the built program and talks to it: a server with a configuration of its own, a caller, the REST door."""
import asyncio
import json
import os
import signal
import urllib.error
import urllib.request

START_TIMEOUT = 90  # Seconds; the speech workers of a sanitizer build warm up slowly.

CUSTOMER = "5e4a0680-804e-41ec-8477-2fea5968d85b"
ACCESS_KEY = "vb_local_access_key_for_tests"
PROJECT = "9c1f5f6c-6f6d-4b7e-a7b4-0f5d3c2b1a00"
TOKEN = "local-token"
NUMBER = "+15550100"
CONTEXT = "demo"


def configuration(folder, **changes):
    """A complete configuration as JSON (YAML's subset): every port chosen by the kernel, everything below `folder`."""
    base = {
        "node_id": "parley@local",
        "workers": 2,
        "drain": "0s",
        "log": {"level": "info", "format": "json", "file": os.path.join(folder, "parley.log"), "flight_directory": folder},
        "database": {"path": os.path.join(folder, "parley.db")},
        "sip": {"listen": "127.0.0.1:0"},
        "rtp": {"address": "127.0.0.1"},
        "relay": {"listen": "127.0.0.1:0"},
        "rest": {"listen": "127.0.0.1:0"},
        "customers": [{"id": CUSTOMER, "name": "Local", "detail": "", "access_keys": [ACCESS_KEY]}],
        "projects": [{"id": PROJECT, "token": TOKEN, "customer": CUSTOMER, "outbound_allow": ["127.0.0.1"]}],
        "numbers": [{"number": NUMBER, "project": PROJECT, "context": CONTEXT}],
        "model": {"provider": "offline"},
        "speech": {"workers": 1},
    }
    for key, value in changes.items():
        base[key] = {**base[key], **value} if isinstance(base.get(key), dict) and isinstance(value, dict) else value
    return base


class Process:
    """A child whose standard output is one JSON object a line."""

    def __init__(self, *arguments, env=None):
        self.arguments, self.env, self.lines, self.process, self._reader = arguments, env, [], None, None
        self.on_line = lambda line: None
        self._grown = asyncio.Condition()

    async def start(self):
        self.process = await asyncio.create_subprocess_exec(*self.arguments, stdout=asyncio.subprocess.PIPE,
                                                            env={**os.environ, **(self.env or {})})
        self._reader = asyncio.create_task(self._read())
        return self

    async def _read(self):
        async for raw in self.process.stdout:
            try:
                line = json.loads(raw)
            except ValueError:
                line = {"event": "text", "text": raw.decode(errors="replace").rstrip()}
            self.lines.append(line)
            self.on_line(line)
            async with self._grown:
                self._grown.notify_all()
        async with self._grown:
            self._grown.notify_all()

    async def wait_line(self, event, timeout):
        """The first line with that `event`; raises if the child ended or the time is over."""
        def found():
            return next((line for line in self.lines if line.get("event") == event), None)

        async def look():
            async with self._grown:
                await self._grown.wait_for(lambda: found() or self._reader.done() or self.process.returncode is not None)
            return found()
        line = await asyncio.wait_for(look(), timeout)
        if line is None:
            raise RuntimeError(f"{self.arguments[1]} ended with {await self.process.wait()} before `{event}`")
        return line

    async def finish(self, timeout):
        code = await asyncio.wait_for(self.process.wait(), timeout)
        await self._reader
        return code

    async def stop(self, how=signal.SIGTERM, timeout=60):
        if self.process.returncode is None:
            self.process.send_signal(how)
        try:
            return await asyncio.wait_for(self.process.wait(), timeout)
        except asyncio.TimeoutError:
            self.process.kill()
            await self.process.wait()
            raise


class Server(Process):
    """`parley serve` with a configuration that is written to `folder`."""

    def __init__(self, parley, folder, env=None, **changes):
        self.folder, self.config_path = folder, os.path.join(folder, "parley.yaml")
        with open(self.config_path, "w", encoding="utf-8") as file:
            json.dump(configuration(folder, **changes), file, indent=1)
        super().__init__(parley, "serve", "--config", self.config_path, env=env)

    async def start(self):
        await super().start()
        ready = await self.wait_line("ready", START_TIMEOUT)
        self.sip, self.relay, self.rest = ready["sip"], f"ws://{ready['relay']}", f"http://{ready['rest']}"
        return self

    async def get(self, path, key=ACCESS_KEY, method="GET"):
        """(status, body as JSON) of the REST door."""
        def fetch():
            request = urllib.request.Request(self.rest + path, method=method,
                                             headers={"Authorization": f"Bearer {key}"} if key else {})
            try:
                with urllib.request.urlopen(request, timeout=10) as answer:
                    return answer.status, json.loads(answer.read() or b"null")
            except urllib.error.HTTPError as error:
                return error.code, json.loads(error.read() or b"null")
        return await asyncio.get_running_loop().run_in_executor(None, fetch)

    async def messages(self, aicall_id):
        """Every message of a session, oldest first, read page by page."""
        rows, token = [], None
        while True:
            _, page = await self.get(f"/v1.0/ai-messages?aicall_id={aicall_id}&page_size=20" + (f"&page_token={token}" if token else ""))
            if not page["result"]:
                return rows[::-1]
            rows += page["result"]
            token = page["next_page_token"]

    async def session_of(self, call_id, timeout=20):
        """The `aicall_id` of a call's newest AI session, as soon as it is listed."""
        for _ in range(timeout * 10):
            _, page = await self.get("/v1.0/aicalls")
            for row in page["result"]:
                if row["reference_id"] == call_id:
                    return row["id"]
            await asyncio.sleep(0.1)
        raise RuntimeError(f"no AI session of call {call_id} is listed")

    def log_lines(self):
        path = os.path.join(self.folder, "parley.log")
        with open(path, encoding="utf-8") as file:
            return [json.loads(line) for line in file if line.strip()]


def caller(parley, server, script_path, *more, number=NUMBER):
    return Process(parley, "call", f"sip:{number}@{server.sip}", "--from", "+15550123", "--script", script_path, *more)
