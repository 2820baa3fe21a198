"""A caller refers the agent to somebody else: the agent talks on with who answers there, and the program sees one call."""
import asyncio
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import harness  # noqa: E402
from harness import process, relay  # noqa: E402
from peer.telephone import Telephone  # noqa: E402

LOUD = 60  # Of 127: speech; silence and comfort noise stay far below.


def fragments(phone):
    return [(m.body.strip(), m["Subscription-State"].split(";")[0]) for m in phone.requests if m.method == "NOTIFY"]


class Refer(harness.ServerTest):
    changes = {"sip": {"listen": "127.0.0.1:0", "refer": "accept"},
               "projects": [{"id": process.PROJECT, "token": process.TOKEN, "customer": process.CUSTOMER,
                             "outbound_allow": ["127.0.0.1"], "dial": {"hosts": ["127.0.0.1", "localhost"]}}]}

    async def talk(self, phone):
        """A call of this phone with an agent that has greeted it."""
        client = await self.program()
        calling = asyncio.create_task(phone.call(self.server.sip, process.NUMBER))
        call = relay.Call(client, await client.wait_event("calling.call.receive"))
        await call.ai(prompt={"text": "You are the agent of a flower shop."},
                      params={"static_greeting": "Hello, this is the flower shop.", "attention_timeout": 0})
        await calling
        await phone.wait_for(lambda: phone.loudest > LOUD)
        return client, call

    async def test_the_agent_talks_on_with_who_answers(self):
        async with Telephone() as phone, Telephone() as other:
            client, call = await self.talk(phone)
            answering = asyncio.create_task(other.answer())
            accepted = await phone.refer(f"Refer-To: <sip:bob@127.0.0.1:{other.port}?Replaces=1%40a%3Bto-tag%3D2%3Bfrom-tag%3D3>",
                                         "Referred-By: <sip:phone@127.0.0.1>")
            self.assertEqual(accepted.status, 202)
            invite = await answering
            self.assertEqual(invite.first, f"INVITE sip:bob@127.0.0.1:{other.port} SIP/2.0")
            self.assertEqual(invite["Replaces"], "1@a;to-tag=2;from-tag=3")
            self.assertEqual(invite["Referred-By"], "<sip:phone@127.0.0.1>")
            self.assertIn(process.NUMBER, invite["From"])
            await phone.wait_for(lambda: any(m.method == "BYE" for m in phone.requests))
            told = fragments(phone)
            self.assertEqual(told[0], ("SIP/2.0 100 Trying", "active"))
            self.assertEqual(told[-1], ("SIP/2.0 200 OK", "terminated"))
            self.assertEqual(phone.requests[-1].method, "BYE")

            await other.wait_for(lambda: other.packets > 50)
            phone.forget_sound()
            other.forget_sound()
            await call.ai_message(message_text="Good morning, what do roses cost?", role="user")
            await other.wait_for(lambda: other.loudest > LOUD)
            self.assertEqual(phone.loudest, 0)
            states = [f["params"]["params"]["call_state"] for f in client.frames
                      if f.get("params", {}).get("event_type") == "calling.call.state"]
            self.assertEqual(states.count("answered"), 1)
            self.assertNotIn("ended", states)
            await call.end()
            await client.wait_event("calling.call.state", call_id=call.call_id, call_state="ended")
            await other.wait_for(lambda: any(m.method == "BYE" for m in other.requests))

    async def test_who_does_not_answer_leaves_the_call_as_it_was(self):
        async with Telephone() as phone, Telephone() as other:
            client, call = await self.talk(phone)
            answering = asyncio.create_task(other.answer(486))
            self.assertEqual((await phone.refer(f"Refer-To: <sip:bob@127.0.0.1:{other.port}>")).status, 202)
            await answering
            await phone.wait_for(lambda: fragments(phone) and fragments(phone)[-1] == ("SIP/2.0 486 Busy Here", "terminated"))
            phone.forget_sound()
            await call.ai_message(message_text="Good morning, what do roses cost?", role="user")
            await phone.wait_for(lambda: phone.loudest > LOUD)
            await call.end()
            await client.wait_event("calling.call.state", call_id=call.call_id, call_state="ended")

    async def test_a_referrer_may_hang_up_before_the_target_answers(self):
        async with Telephone() as phone, Telephone() as other:
            client, call = await self.talk(phone)
            self.assertEqual((await phone.refer(f"Refer-To: <sip:bob@localhost:{other.port}>", "Refer-Sub: false")).status, 202)
            await phone.hang_up()
            await other.answer()
            self.assertEqual(phone.requests, [])
            await call.ai_message(message_text="Good morning, what do roses cost?", role="user")
            await other.wait_for(lambda: other.loudest > LOUD)
            await other.hang_up()
            await client.wait_event("calling.call.state", call_id=call.call_id, call_state="ended")

    async def test_what_the_project_may_not_dial_is_not_dialled(self):
        async with Telephone() as phone:
            client, call = await self.talk(phone)
            for target in ("sip:bob@192.0.2.1", "tel:+19005550100", f"sip:+19005550100@{self.server.sip}"):
                phone.requests.clear()
                self.assertEqual((await phone.refer(f"Refer-To: <{target}>")).status, 202)
                await phone.wait_for(lambda: fragments(phone) and fragments(phone)[-1][1] == "terminated")
                allowed_host = target.startswith("sip:+1")  # Nobody of that name is here.
                self.assertEqual(fragments(phone)[-1][0], "SIP/2.0 404 Not Found" if allowed_host else "SIP/2.0 403 Forbidden")
            await call.end()
            await client.wait_event("calling.call.state", call_id=call.call_id, call_state="ended")


class Trunk(harness.ServerTest):
    """Calls over a trunk, which may refer without being let in as a guest, and numbers that leave over it."""

    async def asyncSetUp(self):
        self.carrier = await Telephone().__aenter__()
        self.changes = {"sip": {"listen": "127.0.0.1:0", "trunks": [{"name": "carrier", "server": f"127.0.0.1:{self.carrier.port}",
                                                                     "sources": ["127.0.0.1/32"], "default": True}]},
                        "projects": [{"id": process.PROJECT, "token": process.TOKEN, "customer": process.CUSTOMER,
                                      "dial": {"hosts": ["*"], "numbers": ["+1555"]}}]}
        await super().asyncSetUp()

    async def asyncTearDown(self):
        await self.carrier.__aexit__()
        await super().asyncTearDown()

    async def test_a_number_is_a_number_however_it_is_written(self):
        async with Telephone() as phone:
            client = await self.program()
            calling = asyncio.create_task(phone.call(self.server.sip, process.NUMBER))
            call = relay.Call(client, await client.wait_event("calling.call.receive"))
            await call.answer()
            await calling
            for target in ("tel:+19005550100", f"sip:+19005550100@{self.server.sip}", f"sip:+19005550100@{self.server.sip};user=phone"):
                phone.requests.clear()
                self.assertEqual((await phone.refer(f"Refer-To: <{target}>")).status, 202)
                await phone.wait_for(lambda: fragments(phone) and fragments(phone)[-1] == ("SIP/2.0 403 Forbidden", "terminated"))
            answering = asyncio.create_task(self.carrier.answer())
            self.assertEqual((await phone.refer(f"Refer-To: <sip:+15550123@{self.server.sip}>")).status, 202)
            invite = await answering
            self.assertTrue(invite.first.startswith("INVITE sip:+15550123@127.0.0.1"), invite.first)
            await phone.wait_for(lambda: fragments(phone)[-1] == ("SIP/2.0 200 OK", "terminated"))
            await call.end()
            await client.wait_event("calling.call.state", call_id=call.call_id, call_state="ended")


class Guests(harness.ServerTest):
    async def test_may_not_refer(self):
        async with Telephone() as phone:
            client = await self.program()
            calling = asyncio.create_task(phone.call(self.server.sip, process.NUMBER))
            call = relay.Call(client, await client.wait_event("calling.call.receive"))
            await call.answer()
            await calling
            self.assertEqual((await phone.refer("Refer-To: <sip:bob@127.0.0.1:9>")).status, 403)
            await call.end()
            await client.wait_event("calling.call.state", call_id=call.call_id, call_state="ended")


if __name__ == "__main__":
    unittest.main()
