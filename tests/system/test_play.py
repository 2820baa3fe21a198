"""Plays and keys on a whole call: a program plays to a caller, and the caller's recording holds what was played."""
import array
import asyncio
import http.server
import io
import math
import os
import sys
import threading
import time
import unittest
import wave

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import harness  # noqa: E402
from harness import relay  # noqa: E402


def tone_file(hertz, seconds, rate=16000):
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(array.array("h", (int(8000 * math.sin(2 * math.pi * hertz * n / rate))
                                           for n in range(int(rate * seconds)))).tobytes())
    return out.getvalue()


def level(samples, hertz, rate):
    """Amplitude of one frequency in the samples (Goertzel)."""
    coefficient = 2 * math.cos(2 * math.pi * hertz / rate)
    a = b = 0.0
    for sample in samples:
        a, b = sample + coefficient * a - b, a
    return 2 * math.sqrt(max(a * a + b * b - coefficient * a * b, 0)) / max(len(samples), 1)


class Files:
    """A web server with one file of sound."""

    def __init__(self, body):
        self.fetched = 0
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                outer.fetched += 1
                known = self.path == "/tone.wav"
                self.send_response(200 if known else 404)
                self.send_header("Content-Length", str(len(body) if known else 0))
                self.end_headers()
                if known:
                    self.wfile.write(body)

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()


class Play(harness.ServerTest):
    async def asyncSetUp(self):
        await super().asyncSetUp()
        self.files = Files(tone_file(600, 1))
        self.addCleanup(self.files.close)

    async def answered_call(self, client, seconds):
        self.recording = os.path.join(self.folder, "heard.wav")
        caller = await self.caller(f"silence {seconds}s\nhangup\n", "--record", self.recording)
        call = relay.Call(client, await client.wait_event("calling.call.receive"))
        await call.answer()
        await client.wait_event("calling.call.state", call_state="answered")
        return caller, call

    def heard(self):
        """Pieces of 100 ms, and their rate."""
        with wave.open(self.recording) as file:
            samples = array.array("h", file.readframes(file.getnframes()))
            track = samples[file.getnchannels() - 1::file.getnchannels()]  # Of two channels the second is ours.
            piece = file.getframerate() // 10
            return [track[n:n + piece] for n in range(0, len(track) - piece, piece)], file.getframerate()

    async def test_a_file_is_heard_and_told(self):
        client = await self.program()
        caller, call = await self.answered_call(client, 4)
        for turn in range(2):
            control_id = await call.play([{"type": "audio", "params": {"url": self.files.url + "/tone.wav"}},
                                          {"type": "silence", "params": {"duration": 0.1}}])
            self.assertEqual((await client.wait_event("calling.call.play", control_id=control_id))["state"], "playing", turn)
            self.assertEqual((await client.wait_event("calling.call.play", control_id=control_id))["state"], "finished", turn)
        self.assertEqual(self.files.fetched, 1)
        self.assertEqual(await caller.finish(20), 0)
        pieces, rate = self.heard()
        loud = [piece for piece in pieces if level(piece, 600, rate) > 2000]
        self.assertGreaterEqual(len(loud), 16)  # Twice a second of sound.
        self.assertLessEqual(len(loud), 22)

    async def test_a_file_that_is_not_there_is_an_error(self):
        client = await self.program()
        caller, call = await self.answered_call(client, 3)
        control_id = await call.play([{"type": "audio", "params": {"url": self.files.url + "/missing.wav"}}])
        event = await client.wait_event("calling.call.play", control_id=control_id)
        self.assertEqual((event["state"], event["message"]), ("error", "play[0]: HTTP 404"))
        await call.end()
        await client.wait_event("calling.call.state", call_state="ended")
        await caller.finish(20)

    async def test_pause_resume_stop(self):
        client = await self.program()
        caller, call = await self.answered_call(client, 10)
        control_id = await call.play([{"type": "ringtone", "params": {"name": "us"}}], loop=0)
        states = []
        for command in ("play.pause", "play.resume", "play.stop"):
            states.append((await client.wait_event("calling.call.play", control_id=control_id))["state"])
            await call.command(command, control_id=control_id)
        states.append((await client.wait_event("calling.call.play", control_id=control_id))["state"])
        self.assertEqual(states, ["playing", "paused", "playing", "finished"])
        with self.assertRaisesRegex(relay.RelayError, "404"):
            await call.command("play.stop", control_id=control_id)
        await call.end()
        await client.wait_event("calling.call.state", call_state="ended")
        await caller.finish(20)

    async def test_a_play_ends_before_its_call(self):
        client = await self.program()
        caller, call = await self.answered_call(client, 10)
        control_id = await call.play([{"type": "tts", "params": {"text": "Hello there. This is a longer text."}}], loop=0)
        await client.wait_event("calling.call.play", control_id=control_id, state="playing")
        await call.end()
        ends = []
        while "ended" not in ends:
            kind, params = await asyncio.wait_for(client.events.get(), 10)
            ends.append(params.get("call_state") if kind == "calling.call.state" else f"play {params.get('state')}")
        self.assertEqual(ends, ["play finished", "ending", "ended"])
        await caller.finish(20)

    async def test_keys_are_sent(self):
        client = await self.program()
        caller, call = await self.answered_call(client, 4)
        begun = time.monotonic()
        await call.command("send_digits", control_id="keys", digits="12w#")
        event = await client.wait_event("calling.call.send_digits", control_id="keys")
        self.assertEqual(event["state"], "finished")
        self.assertGreater(time.monotonic() - begun, 0.9)  # Three keys of 100 ms, 60 ms between them, half a second of `w`.
        await caller.finish(20)

    async def test_what_is_wrong_is_named(self):
        client = await self.program()
        caller, call = await self.answered_call(client, 3)
        with self.assertRaisesRegex(relay.RelayError, r"400: play\[0\].params.url: must begin with http"):
            await call.play([{"type": "audio", "params": {"url": "file:///etc/passwd"}}])
        with self.assertRaisesRegex(relay.RelayError, "400: digits: must be 1 to 100"):
            await call.command("send_digits", digits="12x")
        await call.end()
        await client.wait_event("calling.call.state", call_state="ended")
        await caller.finish(20)


if __name__ == "__main__":
    unittest.main()
