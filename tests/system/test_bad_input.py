"""Bad input gets a clear error that names what is wrong; the connection, the call and the server stay usable."""
import asyncio
import http.server
import json
import os
import subprocess
import sys
import threading
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import harness  # noqa: E402


class Hanging:
    """A web server that takes every request and never answers."""

    def __init__(self):
        release = threading.Event()

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                release.wait(120)

            def log_message(self, *_):
                pass

        self.release, self.server = release, http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.release.set()
        self.server.shutdown()
        self.server.server_close()


class Relay(harness.ServerTest):
    async def test_a_connection_survives_whatever_is_sent(self):
        client = await self.program()
        await client.socket.send("{ this is not JSON")
        await client.socket.send("[]")
        await client.socket.send(json.dumps({"jsonrpc": "2.0", "id": 7, "method": "signalwire.ping", "params": {}}))
        for method, params, code, names in [
            ("calling.nonsense", {}, -32601, "calling.nonsense"),
            ("calling.play", {"call_id": "x", "node_id": "x", "control_id": "p", "play": []}, "400", "play: must be an array"),
            ("calling.record", {"call_id": "x", "node_id": "x", "control_id": "r"}, "501", "calling.record"),
            ("calling.dial", {"tag": "T", "devices": [[{"type": "phone", "params": {}}]]}, "400", "devices[0][0].params.to_number"),
            ("calling.pass", {"call_id": "00000000-0000-4000-8000-000000000000"}, "404", ""),
            ("calling.answer", {"node_id": "x", "call_id": "00000000-0000-4000-8000-000000000000"}, "404", ""),
            ("calling.answer", {"node_id": "x", "call_id": 7}, "400", "call_id"),
            ("calling.ai.stop", {"node_id": "x", "call_id": "00000000-0000-4000-8000-000000000000", "control_id": "none"}, "404", ""),
            ("signalwire.receive", {"contexts": "office"}, "400", "contexts"),
        ]:
            with self.assertRaises(harness.relay.RelayError, msg=method) as caught:
                await client.request(method, params)
            self.assertEqual(str(caught.exception.code), str(code), f"{method}: {caught.exception}")
            self.assertIn(names, str(caught.exception))
        await client.request("signalwire.ping", {})
        errors = [frame["error"]["code"] for frame in client.frames if "error" in frame and "id" not in frame]
        self.assertIn(-32700, errors)

    async def test_ai_needs_a_prompt_and_runs_once(self):
        client = await self.program()
        caller = await self.caller("silence 20s\nhangup\n")
        call = harness.relay.Call(client, await client.wait_event("calling.call.receive"))
        with self.assertRaises(harness.relay.RelayError) as caught:
            await call.ai(prompt=7)
        self.assertEqual(str(caught.exception.code), "400")
        self.assertIn("prompt", str(caught.exception))
        answer = await call.ai_message(message_text="nobody listens", role="system")
        self.assertEqual(answer["code"], "200")
        self.assertIn("No AI session is active", answer["message"])
        answer = await call.command("ai.stop", control_id="none")
        self.assertEqual(answer["code"], "200")
        control = await call.ai(prompt={"text": "You are an agent."}, params={"wait_for_user": True})
        with self.assertRaises(harness.relay.RelayError) as caught:
            await call.ai(prompt={"text": "Another one."})
        self.assertEqual(str(caught.exception.code), "409")
        with self.assertRaises(harness.relay.RelayError) as caught:
            await call.ai_message(message_text="x", role="robot")
        self.assertIn("role", str(caught.exception))
        await call.command("ai.stop", control_id=control)
        await client.wait_event("calling.call.ai", control_id=control, state="finished")
        await call.end()
        await client.wait_event("calling.call.state", call_state="ended")
        await caller.finish(30)  # Not 0: its script was cut.
        self.assertEqual(caller.lines[-1]["by"], "other", caller.lines)


class Providers(harness.ServerTest):
    changes = {"model": {"provider": "offline"}}

    async def test_a_tool_that_hangs_does_not_wedge_the_call(self):  # swml-ai 30
        hanging = Hanging()
        self.addCleanup(hanging.close)
        client = await self.program()
        caller = await self.caller('wait agent\nsay "what is the weather in boston"\nwait agent timeout 60s\nhangup\n')
        call = harness.relay.Call(client, await client.wait_event("calling.call.receive"))
        control = await call.ai(prompt={"text": "You are an agent."}, hints=["weather", "boston"],
                                params={"static_greeting": "Hello there, how can I help you today?", "attention_timeout": 0},
                                SWAIG={"functions": [{"function": "weather", "description": "Get the weather for a city",
                                                      "web_hook_url": hanging.url + "/x", "parameters": {
                                                          "type": "object", "required": ["city"],
                                                          "properties": {"city": {"type": "string", "enum": ["boston", "denver"]}}}}]})
        started = time.monotonic()
        self.assertEqual(await caller.finish(120), 0, caller.lines)
        print(f"the caller heard something again; the call took {time.monotonic() - started:.1f} s")
        action = await client.wait_event("calling.call.ai", timeout=60, control_id=control)
        self.assertEqual(action["state"], "finished")

    async def test_a_webhook_in_a_private_network_is_refused(self):
        client = await self.program()
        caller = await self.caller('wait agent\nsay "what is the weather in boston"\nwait agent timeout 60s\nhangup\n')
        call = harness.relay.Call(client, await client.wait_event("calling.call.receive"))
        await call.ai(prompt={"text": "You are an agent."}, hints=["weather", "boston"],
                      params={"static_greeting": "Hello there, how can I help you today?", "attention_timeout": 0},
                      SWAIG={"functions": [{"function": "weather", "description": "Get the weather for a city",
                                            "web_hook_url": "http://169.254.169.254/latest", "parameters": {
                                                "type": "object", "required": ["city"],
                                                "properties": {"city": {"type": "string", "enum": ["boston", "denver"]}}}}]})
        self.assertEqual(await caller.finish(120), 0, caller.lines)
        rows = await self.server.messages(await self.server.session_of(call.call_id))
        self.assertTrue([row for row in rows if row["role"] == "tool"], rows)


class Model(harness.ServerTest):
    async def asyncSetUp(self):
        self.hanging = Hanging()
        self.addCleanup(self.hanging.close)
        self.changes = {"model": {"provider": "openai", "base_url": self.hanging.url, "model": "x", "api_key_env": "PARLEY_TEST_KEY",
                                  "first_token_timeout": "3s"}}
        os.environ["PARLEY_TEST_KEY"] = "none"
        await super().asyncSetUp()

    async def test_a_model_that_hangs_is_heard_as_an_apology(self):
        client = await self.program()
        caller = await self.caller("wait agent timeout 60s\nhangup\n")
        call = harness.relay.Call(client, await client.wait_event("calling.call.receive"))
        control = await call.ai(prompt={"text": "You are an agent."})
        self.assertEqual(await caller.finish(120), 0, caller.lines)
        await client.wait_event("calling.call.ai", timeout=60, control_id=control)
        rows = await self.server.messages(await self.server.session_of(call.call_id))
        self.assertTrue([row for row in rows if row["role"] == "assistant" and row["content"]], rows)


class Start(unittest.IsolatedAsyncioTestCase):
    def serve(self, folder, **changes):
        path = os.path.join(folder, "parley.yaml")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(harness.process.configuration(folder, **changes), file, indent=1)
        return subprocess.run([harness.PARLEY, "serve", "--config", path], capture_output=True, text=True, timeout=60, check=False)

    async def test_a_port_in_use_is_named(self):
        import socket
        import tempfile
        with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
            taken.bind(("127.0.0.1", 0))
            ended = self.serve(folder, sip={"listen": f"127.0.0.1:{taken.getsockname()[1]}"})
        self.assertEqual(ended.returncode, 1, ended.stderr)
        self.assertIn("sip.listen", ended.stderr + ended.stdout)
        self.assertIn("in use", ended.stderr + ended.stdout)

    async def test_a_wrong_key_is_named_with_its_line(self):
        import tempfile
        with tempfile.TemporaryDirectory() as folder:
            ended = self.serve(folder, sip={"listenn": "127.0.0.1:0"})
        self.assertEqual(ended.returncode, 1, ended.stderr)
        self.assertRegex(ended.stderr + ended.stdout, r"line \d+.*sip\.listenn")


if __name__ == "__main__":
    unittest.main()
