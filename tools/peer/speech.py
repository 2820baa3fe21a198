"""A recogniser and a voice as remote services: the WebSocket wires that `speech.recognisers` and `speech.synthesisers` speak.
They understand nothing; they hear that there is sound, and hum."""
import array
import asyncio
import base64
import json
import math

import websockets

LOUD = 500  # Of 32767: more is speech.
RATE = 16000
MS_PER_CHARACTER = 50


def hum(text):
    """PCM of a tone, as long as somebody would speak the text."""
    count = RATE * MS_PER_CHARACTER // 1000 * len(text)
    return array.array("h", (int(8000 * math.sin(2 * math.pi * 300 * n / RATE)) for n in range(count))).tobytes()


class Service:
    def __init__(self):
        self.server, self.url, self.connections = None, None, set()

    async def start(self, scheme_and_path):
        self.server = await websockets.serve(self._serve, "127.0.0.1", 0, ping_interval=None)
        port = self.server.sockets[0].getsockname()[1]
        self.url = scheme_and_path.format(port=port)
        return self

    async def _serve(self, socket, _path=None):
        self.connections.add(socket)
        try:
            await self.talk(socket)
        except websockets.ConnectionClosed:
            pass
        finally:
            self.connections.discard(socket)

    async def die(self):
        """Every connection is cut, and nobody listens any more."""
        self.server.close()
        for socket in list(self.connections):
            socket.transport.abort()
        await self.server.wait_closed()

    async def close(self):
        self.server.close()
        await self.server.wait_closed()


class Recogniser(Service):
    """Answers each `Finalize` after speech with the next of `sentences`."""

    def __init__(self, sentences):
        super().__init__()
        self.sentences, self.finals, self.queries = list(sentences), 0, []

    async def start(self):
        return await super().start("ws://127.0.0.1:{port}/v1/listen")

    async def talk(self, socket):
        begin = samples = 0
        first = last = None
        async for message in socket:
            if isinstance(message, bytes):
                frame = array.array("h", message)
                if max((abs(s) for s in frame), default=0) > LOUD:
                    last = samples + len(frame)
                    if first is None:
                        first = samples
                        await socket.send(self.result("hm", False, begin, last))
                samples += len(frame)
                continue
            kind = json.loads(message)["type"]
            if kind == "Finalize" and first is not None and last - first > 8000 * 0.25:
                text = self.sentences[min(self.finals, len(self.sentences) - 1)]
                self.finals += 1
                await socket.send(self.result(text, True, begin, samples))
                begin, first = samples, None
            elif kind == "Finalize":
                await socket.send(self.result("", True, begin, samples))
                begin, first = samples, None

    @staticmethod
    def result(text, final, begin, end):
        return json.dumps({"type": "Results", "is_final": final, "speech_final": final, "start": begin / 8000,
                           "duration": (end - begin) / 8000,
                           "channel": {"alternatives": [{"transcript": text, "confidence": 0.98, "words": []}]}})


class Voice(Service):
    """Hums each sentence; `dies_after` sentences it dies in the middle of the next one."""

    def __init__(self, dies_after=None):
        super().__init__()
        self.texts, self.dies_after = [], dies_after

    async def start(self):
        return await super().start("ws://127.0.0.1:{port}/v1/text-to-speech")

    async def talk(self, socket):
        async for message in socket:
            body = json.loads(message)
            context = body["context_id"]
            if body.get("close_context"):
                await socket.send(json.dumps({"isFinal": True, "contextId": context}))
            elif body.get("flush"):
                await self.speak(socket, context, body["text"].rstrip())

    async def speak(self, socket, context, text):
        self.texts.append(text)
        dying = self.dies_after is not None and len(self.texts) > self.dies_after
        sound, step = hum(text), RATE * 2 * MS_PER_CHARACTER // 1000
        spoken = text[:len(text) // 2] if dying else text
        for at in range(0, len(spoken), 10):
            piece = spoken[at:at + 10]
            await socket.send(json.dumps({
                "audio": base64.b64encode(sound[at * step:(at + len(piece)) * step]).decode(), "contextId": context,
                "alignment": {"chars": list(piece), "charStartTimesMs": [i * MS_PER_CHARACTER for i in range(len(piece))],
                              "charDurationsMs": [MS_PER_CHARACTER] * len(piece)}}))
        if dying:
            await asyncio.sleep(0.1)  # What was sent arrives before the end.
            asyncio.get_running_loop().create_task(self.die())
            await asyncio.sleep(60)
