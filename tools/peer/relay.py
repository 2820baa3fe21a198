"""A small RELAY client: JSON-RPC 2.0 over WebSocket, as the SDKs speak it. Events are acknowledged before they are handed on."""
import asyncio
import json
import uuid

import websockets


class RelayError(Exception):
    def __init__(self, code, message):
        super().__init__(f"{code}: {message}")
        self.code = code


class RelayClient:
    def __init__(self, url, project, token, contexts=(), ssl=None, acknowledge=True):
        self.url, self.project, self.token, self.contexts, self.ssl = url, project, token, list(contexts), ssl
        self.acknowledge = acknowledge  # False: as a client that hangs
        self.protocol = None
        self.events = asyncio.Queue()  # (event_type, params) of every event, in order
        self.frames = []               # every frame as received
        self._pending = {}
        self._listeners = []
        self._reader = None
        self.socket = None

    async def __aenter__(self):
        await self.connect()
        return self

    async def __aexit__(self, *_):
        await self.close()

    async def connect(self):
        self.socket = await websockets.connect(self.url, ssl=self.ssl, ping_interval=None, max_size=10 << 20)
        self._reader = asyncio.create_task(self._read())
        result = await self.request("signalwire.connect", {
            "version": {"major": 2, "minor": 0, "revision": 0}, "agent": "parley-peer/1.0", "event_acks": True,
            "authentication": {"project": self.project, "token": self.token},
            **({"contexts": self.contexts} if self.contexts else {}),
            **({"protocol": self.protocol} if self.protocol else {})})  # as SDKs do when they connect again
        self.protocol = result["protocol"]
        return result

    async def close(self):
        if self.socket:
            await self.socket.close()
        if self._reader:
            await asyncio.gather(self._reader, return_exceptions=True)

    async def request(self, method, params, timeout=10):
        """The `result` of the answer. An error of JSON-RPC or a code other than 2xx raises RelayError."""
        answer = await self.raw_request({"jsonrpc": "2.0", "id": str(uuid.uuid4()), "method": method, "params": params}, timeout)
        if "error" in answer:
            raise RelayError(answer["error"]["code"], answer["error"]["message"])
        code = str(answer["result"].get("code", "200"))
        if not code.startswith("2"):
            raise RelayError(code, answer["result"].get("message"))
        return answer["result"]

    async def raw_request(self, frame, timeout=10):
        future = asyncio.get_running_loop().create_future()
        self._pending[frame["id"]] = future
        await self.socket.send(json.dumps(frame))
        return await asyncio.wait_for(future, timeout)

    async def dial(self, devices, tag=None, timeout=60, **params):
        """The call that was answered. RelayError if none was."""
        tag = tag or str(uuid.uuid4())
        await self.request("calling.dial", {"tag": tag, "devices": devices, **params})
        event = await self.wait_event("calling.call.dial", timeout=timeout, tag=tag)
        if event["dial_state"] != "answered":
            raise RelayError(event["dial_state"], event["reason"])
        return Call(self, event["call"])

    async def wait_event(self, event_type, timeout=30, **match):
        """The params of the next event of that type whose members equal `match`; others are passed over."""
        async def look():
            while True:
                kind, params = await self.events.get()
                if kind == event_type and all(params.get(k) == v for k, v in match.items()):
                    return params
        return await asyncio.wait_for(look(), timeout)

    async def _read(self):
        try:
            async for text in self.socket:
                frame = json.loads(text)
                self.frames.append(frame)
                if "method" not in frame:
                    future = self._pending.pop(frame.get("id"), None)
                    if future and not future.done():
                        future.set_result(frame)
                    continue
                if self.acknowledge:
                    await self.socket.send(json.dumps({"jsonrpc": "2.0", "id": frame["id"], "result": {}}))
                if frame["method"] == "signalwire.event":
                    self.events.put_nowait((frame["params"]["event_type"], frame["params"]["params"]))
        except websockets.ConnectionClosed:
            pass
        for future in self._pending.values():
            if not future.done():
                future.set_exception(ConnectionError("the connection closed before the answer"))


class Call:
    """A call as a program sees it, named as in the SDKs."""

    def __init__(self, client, params):
        self.client, self.call_id, self.node_id, self.device = client, params["call_id"], params["node_id"], params["device"]

    async def command(self, name, **params):
        return await self.client.request(f"calling.{name}", {"node_id": self.node_id, "call_id": self.call_id, **params})

    async def answer(self):
        return await self.command("answer")

    async def ai(self, control_id=None, **params):
        control_id = control_id or str(uuid.uuid4())
        await self.command("ai", control_id=control_id, **params)
        return control_id

    async def play(self, items, control_id=None, **params):
        control_id = control_id or str(uuid.uuid4())
        await self.command("play", control_id=control_id, play=items, **params)
        return control_id

    async def ai_message(self, **params):
        return await self.command("ai_message", **params)

    async def end(self):
        return await self.command("end", reason="hangup")
