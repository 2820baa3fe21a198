"""Telephones that register, call, are called, hold and resume: baresip and linphone over UDP, TCP and TLS."""
import asyncio
import hashlib
import json
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import harness  # noqa: E402
import phones  # noqa: E402

PASSWORD = "wonderland"
PROJECT = {"id": harness.process.PROJECT, "token": harness.process.TOKEN, "customer": harness.process.CUSTOMER,
           "outbound_allow": ["127.0.0.1"], "dial": {"hosts": ["127.0.0.1", "parley"], "numbers": ["+1"]}}
ALICE = {"type": "sip", "params": {"to": "sip:alice@parley", "from": "sip:+15550199@parley"}}
AGENT = {"prompt": {"text": "You are the agent of a flower shop."},
         "params": {"static_greeting": "Welcome to the flower shop.", "attention_timeout": 0}}


class PhoneTest(harness.ServerTest):
    user = {}
    speaks = True
    changes = {"projects": [PROJECT]}

    async def start_server(self, env=None, **changes):
        self.certificate = os.path.join(self.folder, "server.pem")
        code, output = await self.run_command(
            "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", self.certificate + ".key", "-out", self.certificate,
            "-days", "2", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1")
        self.assertEqual(code, 0, output)
        return await super().start_server(env, sip={
            "listen": "127.0.0.1:0", "users": [{"name": "alice", **self.user}],
            "tls": {"listen": "127.0.0.1:0", "certificate": self.certificate, "key": self.certificate + ".key"}})

    def address(self, transport):
        return self.server.lines[0]["sip_tls"] if transport == "tls" else self.server.sip

    async def taken(self, client):
        """The call that came in, with an agent on it."""
        call = harness.relay.Call(client, await client.wait_event("calling.call.receive"))
        await call.answer()
        await call.ai(**AGENT)
        return call

    async def wait_notes(self, session, *expected):
        """Until the log of the session has these holds and resumptions."""
        for _ in range(100):
            rows = await self.server.messages(session)
            notes = [json.loads(row["content"])["type"] for row in rows if row["role"] == "notification"]
            if notes == list(expected):
                return
            await asyncio.sleep(0.1)
        self.fail(f"{notes} instead of {expected}: {rows}")

    async def assert_spoken(self, session):
        for _ in range(200):
            rows = await self.server.messages(session)
            if AGENT["params"]["static_greeting"] in [row["content"] for row in rows if row["role"] == "assistant"]:
                return
            await asyncio.sleep(0.1)
        self.fail(f"no greeting in {rows}")

    async def assert_protected(self, calls):
        """So many calls ended, and their sound was under keys, both ways."""
        for _ in range(50):
            closed = [line for line in self.server.log_lines() if line["event"] == "media closed"]
            if len(closed) == calls:
                break
            await asyncio.sleep(0.2)
        self.assertEqual(len(closed), calls)
        for report in closed:
            self.assertNotEqual(report["srtp"], "off")
            self.assertGreater(report["packets_sent"], 50, report)
            if self.speaks:
                self.assertGreater(report["packets_received"], 50, report)
                self.assertLess(report["unauthentic"], 3, report)  # baresip opens the way with one empty packet that is plain.
        heard = [line for line in self.server.log_lines() if line["event"] == "media as the other side heard it"]
        self.assertTrue(self.speaks or heard)  # The report of a call that we end may come too late: the port is closed.
        self.assertEqual([line["packets_lost"] for line in heard], [0] * len(heard))


class Protected:
    """The same by TLS with the keys of SRTP in SDP; the server takes nothing else."""

    changes = {"projects": [PROJECT], "rtp": {"address": "127.0.0.1", "srtp": "required"}}

    async def test_srtp(self):
        await self.calls_and_is_called("tls", srtp=True)
        await self.assert_protected(2)


class BaresipPhone(PhoneTest):
    """Its version 1.0 gives up on a 401 that offers SHA-256; with users that have an MD5 hash alone, MD5 alone is offered."""

    user = {"ha1": hashlib.md5(f"alice:parley:{PASSWORD}".encode()).hexdigest()}

    async def phone(self, transport, srtp=False):
        folder = os.path.join(self.folder, "phone")
        phone = phones.Baresip()
        self.children.append(phone)
        await phone.start(folder, f"<sip:alice@{self.address(transport)};transport={transport}>;auth_pass={PASSWORD};regint=60;"
                          "audio_codecs=PCMU/8000/1" + (";mediaenc=srtp-mand" if srtp else ""),
                          more=f"sip_cafile {self.certificate}")
        await phone.wait_text(r"1 binding")  # It may have registered before it listened to us.
        return phone

    async def hold_and_resume(self, phone, session):
        await phone.command("hold")
        await self.wait_notes(session, "hold")
        await phone.command("resume")
        await self.wait_notes(session, "hold", "unhold")

    async def calls_and_is_called(self, transport, srtp=False):
        client, phone = await self.program(), await self.phone(transport, srtp)

        await phone.command("dial", f"sip:{harness.process.NUMBER}@{self.address(transport)}")
        call = await self.taken(client)
        await phone.wait("CALL_ESTABLISHED")
        session = await self.server.session_of(call.call_id)
        await self.assert_spoken(session)
        await self.hold_and_resume(phone, session)
        await phone.command("hangup")
        ended = await client.wait_event("calling.call.state", call_id=call.call_id, call_state="ended")
        self.assertEqual(ended["end_reason"], "hangup")

        dial = asyncio.create_task(client.dial([[ALICE]]))
        await phone.wait("CALL_INCOMING")
        await phone.command("accept")
        call = await dial
        await call.ai(**AGENT)
        session = await self.server.session_of(call.call_id)
        await self.assert_spoken(session)
        await self.hold_and_resume(phone, session)
        await call.end()
        await phone.wait("CALL_CLOSED")


class Transports:
    async def test_over_udp(self):
        await self.calls_and_is_called("udp")

    async def test_over_tcp(self):
        await self.calls_and_is_called("tcp")

    async def test_over_tls(self):
        await self.calls_and_is_called("tls")


class Baresip(Transports, BaresipPhone):
    async def test_a_call_that_is_declined_is_told_as_such(self):
        client, phone = await self.program(), await self.phone("udp")
        dial = asyncio.create_task(client.dial([[ALICE]]))
        await phone.wait("CALL_INCOMING")
        await phone.command("hangup")
        with self.assertRaisesRegex(harness.relay.RelayError, "failed: (busy|decline)"):
            await dial


class LinphonePhone(PhoneTest):
    user = {"password": PASSWORD}
    speaks = False  # Without a sound card it sends no sound, but reports what it heard.

    async def phone(self, transport, srtp=False):
        phone = phones.Linphone()
        self.children.append(phone)
        await phone.start(os.path.join(self.folder, "phone"), f"{self.address(transport)};transport={transport}", "alice", PASSWORD,
                          authorities=self.certificate, srtp=srtp)
        await phone.wait_state("register-status ALL", "LinphoneRegistrationOk")
        return phone

    async def hold_and_resume(self, phone, number, session):
        await phone.command(f"call-pause {number}")
        await phone.wait_state(f"call-status {number}", "LinphoneCallPaused")
        await self.wait_notes(session, "hold")
        await phone.command(f"call-resume {number}")
        await phone.wait_state(f"call-status {number}", "LinphoneCallStreamsRunning")
        await self.wait_notes(session, "hold", "unhold")

    async def calls_and_is_called(self, transport, srtp=False):
        client, phone = await self.program(), await self.phone(transport, srtp)

        number = (await phone.command(f"call sip:{harness.process.NUMBER}@{self.address(transport)};transport={transport}"))["Id"]
        call = await self.taken(client)
        await phone.wait_state(f"call-status {number}", "LinphoneCallStreamsRunning")
        session = await self.server.session_of(call.call_id)
        await self.assert_spoken(session)
        await self.hold_and_resume(phone, number, session)
        await phone.command(f"terminate {number}")
        await client.wait_event("calling.call.state", call_id=call.call_id, call_state="ended")

        dial = asyncio.create_task(client.dial([[ALICE]]))
        number = str(int(number) + 1)
        await phone.wait_state(f"call-status {number}", "LinphoneCallIncomingReceived")
        await phone.command(f"answer {number}")
        call = await dial
        await call.ai(**AGENT)
        session = await self.server.session_of(call.call_id)
        await self.assert_spoken(session)
        await self.hold_and_resume(phone, number, session)
        await call.end()
        await phone.wait_gone(number)


class Linphone(Transports, LinphonePhone):
    pass


class BaresipProtected(Protected, BaresipPhone):
    pass


class LinphoneProtected(Protected, LinphonePhone):
    pass


if __name__ == "__main__":
    unittest.main()
