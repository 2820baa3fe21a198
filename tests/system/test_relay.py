"""RELAY as a program meets it: TLS and plain on one port, offers that move on, injections that the log shows in order."""
import asyncio
import json
import os
import ssl
import sys
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import harness  # noqa: E402

KEYS = ["id", "customer_id", "aicall_id", "activeflow_id", "role", "content", "direction", "tool_calls", "tool_call_id", "tm_create"]


class Doors(harness.ServerTest):
    async def start_server(self, env=None, **changes):
        self.certificate, key = os.path.join(self.folder, "cert.pem"), os.path.join(self.folder, "key.pem")
        code, output = await self.run_command(
            "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", self.certificate, "-days", "2",
            "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1")
        self.assertEqual(code, 0, output)
        return await super().start_server(env, relay={"listen": "127.0.0.1:0", "certificate": self.certificate, "key": key}, **changes)

    async def test_wss_and_ws_share_a_port_on_any_path(self):  # Checklist 1, 2
        context = ssl.create_default_context(cafile=self.certificate)
        address = self.server.relay[len("ws://"):]
        for url, tls in [(f"wss://{address}/", context), (f"wss://{address}/api/relay/ws", context), (f"ws://{address}/any/path", None)]:
            async with harness.relay.RelayClient(url, harness.process.PROJECT, harness.process.TOKEN, ["office"], ssl=tls) as client:
                self.assertEqual((await client.request("signalwire.receive", {"contexts": ["sales"]}))["code"], "200")
                self.assertEqual((await client.request("signalwire.unreceive", {"contexts": ["sales"]}))["code"], "200")


class Offers(harness.ServerTest):
    async def test_a_call_goes_to_the_next_client_after_5_s_without_acknowledgement(self):
        hanging = harness.relay.RelayClient(self.server.relay, harness.process.PROJECT, harness.process.TOKEN, [harness.process.CONTEXT],
                                            acknowledge=False)
        await hanging.connect()
        self.addAsyncCleanup(hanging.close)
        caller = await self.caller("silence 1s\nhangup\n")
        await hanging.wait_event("calling.call.receive")
        offered = time.monotonic()
        second = await self.program()
        call = harness.relay.Call(second, await second.wait_event("calling.call.receive", timeout=15))
        self.assertGreater(time.monotonic() - offered, 4)
        await call.answer()
        self.assertEqual(await caller.finish(30), 0, caller.lines)


class Log(harness.ServerTest):
    async def test_injections_stand_in_the_log_in_their_order(self):  # swml-ai 101
        client = await self.program()
        caller = await self.caller("silence 4s\nhangup\n")
        call = harness.relay.Call(client, await client.wait_event("calling.call.receive"))
        await call.answer()
        await client.wait_event("calling.call.state", call_state="answered")
        control = await call.ai(prompt={"text": "You are an agent."}, params={"wait_for_user": True, "attention_timeout": 0},
                                global_data={"secret": "first"})
        await call.ai_message(message_text="one", role="system")
        await call.ai_message(message_text="two", role="assistant", global_data={"plan": "gold", "code": "1234"})
        await call.ai_message(reset={"full_reset": True, "system_prompt": "You are another agent."}, message_text="three", role="system")
        session = await self.server.session_of(call.call_id)
        rows = await self.server.messages(session)  # What was answered with 200 is listed.
        self.assertEqual([(r["role"], r["content"]) for r in rows if r["role"] not in ("notification",)],
                         [("system", "You are an agent."), ("system", "one"), ("assistant", "two"),
                          ("system", "You are another agent."), ("system", "three")])
        notes = [json.loads(r["content"]) for r in rows if r["role"] == "notification"]
        self.assertEqual([note["type"] for note in notes], ["global_data", "reset"], rows)
        self.assertEqual(sorted(notes[0]["keys"]), ["code", "plan"])
        self.assertNotIn("1234", json.dumps(rows))
        for row in rows:
            self.assertEqual(list(row), KEYS)
            self.assertEqual(row["direction"], "outgoing" if row["role"] == "assistant" else "incoming")
            self.assertEqual((row["customer_id"], row["aicall_id"]), (harness.process.CUSTOMER, session))
        times = [row["tm_create"] for row in rows]
        self.assertEqual(times, sorted(set(times)))
        status, one = await self.server.get(f"/aimessages/{rows[0]['id']}")
        self.assertEqual((status, one), (200, rows[0]))
        status, error = await self.server.get(f"/v1.0/ai-messages?aicall_id={session}", key="wrong")
        self.assertEqual((status, error["error"]["status"]), (401, "UNAUTHENTICATED"))
        await client.wait_event("calling.call.ai", control_id=control, timeout=30)
        self.assertEqual(await caller.finish(30), 0, caller.lines)
        with open(os.path.join(self.folder, "parley.log"), encoding="utf-8") as file:
            log = file.read()
        for said in ("another agent", "1234", harness.process.TOKEN, harness.process.ACCESS_KEY):
            self.assertNotIn(said, log)


class ByHttp(harness.ServerTest):
    async def command(self, **body):
        """(code, answer) of the door for commands."""
        written = await self.run_command(
            "curl", "-sS", "-w", "\n%{http_code}", "-u", f"{harness.process.PROJECT}:{harness.process.TOKEN}",
            "-H", "Content-Type: application/json", "-d", json.dumps(body), f"{self.server.rest}/api/calling/calls")
        self.assertEqual(written[0], 0, written)
        answer, code = written[1].strip().rsplit("\n", 1)
        return int(code), json.loads(answer)

    async def test_a_call_is_commanded_without_a_websocket(self):  # swml-ai 101
        client = await self.program()
        caller = await self.caller("silence 60s\nhangup\n")
        call = harness.relay.Call(client, await client.wait_event("calling.call.receive"))
        code, answer = await self.command(id=call.call_id, command="calling.answer")
        self.assertEqual((code, answer["id"], answer["code"]), (200, call.call_id, "200"), answer)
        await client.wait_event("calling.call.state", call_state="answered")
        code, answer = await self.command(command="dial", params={"to": "+15550100"})
        self.assertEqual((code, answer["error"]["reason"]), (400, "INVALID_REQUEST_PARAMETER"), answer)
        self.assertIn("does not allow to dial", answer["error"]["message"])
        code, answer = await self.command(id=call.call_id, command="calling.tap", params={})
        self.assertEqual((code, answer["error"]["reason"]), (501, "NOT_IMPLEMENTED"), answer)
        code, answer = await self.command(id=call.call_id, command="calling.end", params={"reason": "hangup"})
        self.assertEqual((code, answer["status"]), (200, "answered"), answer)
        await client.wait_event("calling.call.state", call_state="ended")
        code, answer = await self.command(id=call.call_id, command="calling.end")
        self.assertEqual((code, answer["error"]["reason"]), (404, "CALL_NOT_FOUND"), answer)
        await caller.finish(10)


class Reconnect(harness.ServerTest):
    async def test_a_program_that_lost_its_connection_learns_how_the_call_ended(self):
        client = await self.program()
        caller = await self.caller("silence 3s\nhangup\n")
        call = harness.relay.Call(client, await client.wait_event("calling.call.receive"))
        await call.answer()
        control = await call.ai(prompt={"text": "You are an agent."}, params={"wait_for_user": True, "attention_timeout": 0})
        client.socket.transport.abort()  # As when a network goes: no close frame.
        self.assertEqual(await caller.finish(30), 0, caller.lines)
        await asyncio.sleep(1)
        answer = await client.connect()
        self.assertTrue(answer["session_restored"])
        await client.wait_event("calling.call.ai", control_id=control, state="finished", timeout=10)
        await client.wait_event("calling.call.state", call_state="ended", timeout=10)


class Stopping(harness.ServerTest):
    SLOW = 12  # Seconds that the receiver of the report takes.

    async def a_call_with_a_slow_report(self):
        self.hooks = harness.webhooks.WebHooks({"report": lambda body: time.sleep(self.SLOW) or {}})
        self.addCleanup(self.hooks.close)
        client = await self.program()
        caller = await self.caller("silence 60s\nhangup\n")
        call = harness.relay.Call(client, await client.wait_event("calling.call.receive"))
        control = await call.ai(prompt={"text": "You are an agent."}, params={"wait_for_user": True, "attention_timeout": 0},
                                post_prompt_url=f"{self.hooks.url}/report", post_prompt_auth_user="agent",
                                post_prompt_auth_password="secret")
        await client.wait_event("calling.call.state", call_state="answered")
        return client, caller, control

    async def test_a_report_is_delivered_before_the_server_goes(self):  # swml-ai 69
        client, caller, control = await self.a_call_with_a_slow_report()
        stop = asyncio.create_task(self.server.stop())
        await client.wait_event("calling.call.ai", control_id=control, state="finished", timeout=self.SLOW + 10)
        await client.wait_event("calling.call.state", call_state="ended", timeout=5)
        self.assertEqual(await stop, 0)
        self.assertEqual(len(self.hooks.requests), 1)
        await caller.finish(10)

    async def test_a_second_signal_waits_for_nobody(self):
        _, caller, _ = await self.a_call_with_a_slow_report()
        stop = asyncio.create_task(self.server.stop())
        await asyncio.to_thread(self.hooks.wait_for, "/report", 10)
        begun = time.monotonic()
        self.assertEqual(await self.server.stop(), 0)
        self.assertEqual(await stop, 0)
        self.assertLess(time.monotonic() - begun, self.SLOW / 2)
        await caller.finish(10)


if __name__ == "__main__":
    unittest.main()
