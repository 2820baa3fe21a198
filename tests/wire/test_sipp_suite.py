"""SIPp's view of what can happen in and around a call: the scenarios of `sipp/`, by UDP, TCP and TLS, with loss, fast, and full."""
import asyncio
import hashlib
import os
import re
import ssl
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import harness  # noqa: E402
import sipp_scenario  # noqa: E402


class SippTest(sipp_scenario.Sipp, harness.ServerTest):
    changes = {"relay": {"unclaimed_wait": "40s"}}

    async def sipp(self, scenario, *more, server=None, timeout=40, calls=1):
        return await super().sipp(scenario, server or self.server.sip, *more, timeout=timeout, calls=calls)

    async def answering(self):
        task = asyncio.create_task(harness.answer_everything(await self.program()))
        self.addCleanup(task.cancel)

    async def assert_all_released(self, count, timeout=30):
        """Every call is an activeflow, and every one of them ended."""
        for _ in range(timeout * 5):
            _, page = await self.server.get("/v1.0/activeflows?page_size=100")
            if len(page["result"]) == count and all(flow["status"] == "ended" for flow in page["result"]):
                return
            await asyncio.sleep(0.2)
        self.fail(f"after {timeout} s: {[flow['status'] for flow in page['result']]}")


class InACall(SippTest):
    async def test_hold_and_resume_by_reinvite(self):
        await self.answering()
        await self.sipp("hold_reinvite")
        await self.assert_all_released(1)

    async def test_hold_and_resume_by_update(self):
        await self.answering()
        await self.sipp("hold_update")
        await self.assert_all_released(1)

    async def test_a_late_offer(self):
        await self.answering()
        await self.sipp("late_offer")
        await self.assert_all_released(1)

    async def test_keys_by_info_reach_the_agent(self):
        client = await self.program()
        phone = asyncio.create_task(self.sipp("info_digits"))
        call = harness.relay.Call(client, await client.wait_event("calling.call.receive"))
        await call.answer()
        await call.ai(prompt={"text": "You ask for a number."}, params={"attention_timeout": 0, "wait_for_user": True})
        session = await self.server.session_of(call.call_id)
        await phone
        await self.assert_all_released(1)
        rows = await self.server.messages(session)
        self.assertEqual([row["content"] for row in rows if row["role"] == "user"], ["47"], rows)

    async def test_a_reliable_ringing_is_acknowledged(self):
        await self.answering()
        await self.sipp("prack")
        await self.assert_all_released(1)

    async def test_a_play_is_heard_before_the_answer(self):
        client = await self.program()
        phone = asyncio.create_task(self.sipp("early"))
        call = harness.relay.Call(client, await client.wait_event("calling.call.receive"))
        control_id = await call.play([{"type": "ringtone", "params": {"name": "us", "duration": 1}}], auto_answer=False)
        for state in ("playing", "finished"):
            self.assertEqual((await client.wait_event("calling.call.play", control_id=control_id))["state"], state)
        await call.answer()
        await client.wait_event("calling.call.state", call_state="answered")
        await phone
        await self.assert_all_released(1)

    async def test_session_timers(self):
        await self.answering()
        await self.sipp("timer_caller")
        await self.sipp("timer_too_short")
        await self.assert_all_released(1)

    async def test_parley_refreshes_a_session(self):
        await self.answering()
        await self.sipp("timer_parley", timeout=60)
        await self.assert_all_released(1)


class Races(SippTest):
    async def test_cancelled_while_it_rings(self):
        client = await self.program()
        await self.sipp("cancel")
        event = await client.wait_event("calling.call.state", call_state="ended")
        self.assertEqual(event["end_reason"], "cancel")
        await self.assert_all_released(1)

    async def test_a_cancel_that_crosses_the_answer_changes_nothing(self):
        await self.answering()
        await self.sipp("cancel_crosses")
        await self.assert_all_released(1)

    async def test_without_an_ack_the_answer_is_repeated_and_then_the_call_is_hung_up(self):
        await self.answering()
        log = await self.sipp("lost_ack", timeout=50)
        self.assertGreaterEqual(len(re.findall(r"^SIP/2\.0 200 ", log, re.M)), 8, log)  # 0.5, 1, 2, 4, 4 ... s
        await self.assert_all_released(1)

    async def test_bye_before_ack(self):
        await self.answering()
        await self.sipp("bye_before_ack")
        await self.assert_all_released(1)


class Refused(SippTest):
    async def test_what_is_refused_without_a_call(self):
        for scenario in ("unknown_dialog", "max_forwards", "unsupported", "timer_too_short", "options"):
            with self.subTest(scenario):
                await self.sipp(scenario)
        await self.assert_all_released(0)

    async def test_a_request_that_came_by_two_paths(self):
        await self.program()
        await self.sipp("merged")
        await self.assert_all_released(1)


class Password(SippTest):
    """SIPp 3.6.1 knows MD5 alone: with a hash in place of the password MD5 alone is offered. Its own `uri` is not the Request-URI."""

    changes = {"sip": {"listen": "127.0.0.1:0", "users": [
        {"name": "alice", "ha1": hashlib.md5(b"alice:parley:wonderland").hexdigest()}]}}

    def as_alice(self, password):
        return "-s", "alice", "-au", "alice", "-ap", password, "-auth_uri", f"{harness.process.NUMBER}@{self.server.sip}"

    async def test_a_call_with_a_password(self):
        await self.answering()
        await self.sipp("password", *self.as_alice("wonderland"))
        await self.assert_all_released(1)

    async def test_a_wrong_password(self):
        await self.answering()
        await self.sipp("wrong_password", *self.as_alice("queen"))
        await self.assert_all_released(0)


class Transports(SippTest):
    """SIPp as Debian builds it has no TLS: for that a pipe of our own stands between."""

    async def asyncSetUp(self):
        await super().asyncSetUp()
        await self.answering()

    async def start_server(self, env=None, **changes):
        pem = os.path.join(self.folder, "server.pem")
        code, output = await self.run_command(
            "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", pem + ".key", "-out", pem, "-days", "2", "-subj",
            "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1")
        self.assertEqual(code, 0, output)
        return await super().start_server(env, sip={"listen": "127.0.0.1:0", "tls": {
            "listen": "127.0.0.1:0", "certificate": pem, "key": pem + ".key"}})

    async def tls_pipe(self):
        """Where plain TCP becomes TLS to the server."""
        context = ssl.create_default_context(cafile=os.path.join(self.folder, "server.pem"))
        host, port = self.server.lines[0]["sip_tls"].rsplit(":", 1)

        async def copy(reader, writer):
            try:
                while data := await reader.read(65536):
                    writer.write(data)
                    await writer.drain()
            finally:
                writer.close()

        async def connected(reader, writer):
            far_reader, far_writer = await asyncio.open_connection(host, int(port), ssl=context)
            await asyncio.gather(copy(reader, far_writer), copy(far_reader, writer), return_exceptions=True)
        pipe = await asyncio.start_server(connected, "127.0.0.1", 0)
        self.addCleanup(pipe.close)
        return "127.0.0.1:%d" % pipe.sockets[0].getsockname()[1]

    async def test_udp_with_a_socket_for_each_call(self):
        await self.sipp("hold_reinvite", "-t", "un", calls=5)
        await self.assert_all_released(5)

    async def test_tcp_one_connection_for_all_calls(self):
        await self.sipp("hold_reinvite", "-t", "t1", calls=5)
        await self.assert_all_released(5)

    async def test_tcp_a_connection_for_each_call(self):
        await self.sipp("hold_update", "-t", "tn", calls=5)
        await self.assert_all_released(5)

    async def test_tls(self):
        await self.sipp("hold_reinvite", "-t", "t1", server=await self.tls_pipe(), calls=5)
        await self.assert_all_released(5)


class Load(SippTest):
    changes = {"sip": {"listen": "127.0.0.1:0", "calls_per_second": 100}}

    async def test_twenty_calls_a_second(self):
        await self.answering()
        await self.sipp("call", "-r", "20", "-l", "100", calls=100)
        await self.assert_all_released(100)

    async def test_holds_through_a_network_that_loses_30_percent(self):
        await self.answering()
        await self.sipp("hold_reinvite", "-lost", "30", "-r", "5", "-max_invite_retrans", "11", "-max_non_invite_retrans", "11",
                        calls=10, timeout=80)
        await self.assert_all_released(10, 50)


class Full(SippTest):
    changes = {"relay": {"unclaimed_wait": "40s"}, "limits": {"calls": 2}}

    async def test_one_call_too_many_is_told_when_to_try_again(self):
        client = await self.program()
        callers = [await self.caller("silence 60s\nhangup\n") for _ in range(2)]
        for _ in callers:
            await client.wait_event("calling.call.receive")
        await self.sipp("full")


if __name__ == "__main__":
    unittest.main()
