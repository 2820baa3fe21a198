"""A Parley that calls another one: programs on both sides, agents that talk to each other, and telephones that do not answer."""
import asyncio
import os
import socket
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import harness  # noqa: E402
from harness import process, relay  # noqa: E402


def phone_at(address, user=process.NUMBER, **params):
    return {"type": "sip", "params": {"to": f"sip:{user}@{address}", "from": "sip:+15550199@parley", **params}}


class Dial(harness.ServerTest):
    changes = {"projects": [{"id": process.PROJECT, "token": process.TOKEN, "customer": process.CUSTOMER,
                             "outbound_allow": ["127.0.0.1"], "dial": {"hosts": ["127.0.0.1", "localhost", "nowhere.invalid"], "numbers": ["+1555"]}}]}

    async def asyncSetUp(self):
        await super().asyncSetUp()
        self.other_folder = tempfile.mkdtemp(prefix="parley-other-")
        self.other = process.Server(harness.PARLEY, self.other_folder)
        self.children.append(self.other)
        await self.other.start()
        self.callee = relay.RelayClient(self.other.relay, process.PROJECT, process.TOKEN, [process.CONTEXT])
        await self.callee.connect()
        self.addAsyncCleanup(self.callee.close)

    async def take_call(self):
        call = relay.Call(self.callee, await self.callee.wait_event("calling.call.receive"))
        await call.answer()
        return call

    async def states(self, client, call_id):
        """Of one call, up to its end, with its reason."""
        seen = []
        while True:
            kind, params = await asyncio.wait_for(client.events.get(), 30)
            if kind == "calling.call.state" and params["call_id"] == call_id:
                seen.append(params["call_state"])
                if params["call_state"] == "ended":
                    return seen, params["end_reason"]

    async def test_two_agents_talk(self):  # swml-ai 102
        client = await self.program()
        answering = asyncio.create_task(self.take_call())
        call = await client.dial([[phone_at(self.other.sip)]], tag="T")
        states = [(f["params"]["params"]["call_state"], f["params"]["params"]["direction"], f["params"]["params"]["tag"])
                  for f in client.frames if f.get("params", {}).get("event_type") == "calling.call.state"]
        self.assertEqual([s for s, _, _ in states if s != "ringing"], ["created", "answered"])
        self.assertEqual({(d, t) for _, d, t in states}, {("outbound", "T")})
        self.assertEqual(call.device["params"]["to"], f"sip:{process.NUMBER}@{self.other.sip}")
        theirs = await answering
        await theirs.ai(prompt={"text": "You are the agent of a flower shop."}, hints=["hello", "tulip"],
                        params={"static_greeting": "Hello, this is the flower shop."})
        await call.ai(prompt={"text": "You order flowers."}, hints=["hello", "flower shop"], params={"wait_for_user": True})
        _, flows = await self.server.get("/v1.0/activeflows")
        self.assertEqual([f["reference_id"] for f in flows["result"] if f["status"] == "running"], [call.call_id])
        ours = await self.server.session_of(call.call_id)
        for _ in range(300):  # They hear what the other agent says, and answer it.
            roles = {row["role"] for row in await self.server.messages(ours)}
            if {"user", "assistant"} <= roles:
                break
            await asyncio.sleep(0.2)
        self.assertLessEqual({"user", "assistant"}, roles)
        await call.end()
        await client.wait_event("calling.call.state", call_id=call.call_id, call_state="ended")
        await self.callee.wait_event("calling.call.state", call_id=theirs.call_id, call_state="ended")

    async def test_the_first_to_answer_wins_and_the_others_are_cancelled(self):
        client = await self.program()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:  # A telephone that says nothing.
            silent.bind(("127.0.0.1", 0))
            answering = asyncio.create_task(self.take_call())
            address = f"127.0.0.1:{silent.getsockname()[1]}"
            call = await client.dial([[phone_at(address), phone_at(self.other.sip)]])
            await answering
            loser = next(f["params"]["params"]["call_id"] for f in client.frames
                         if f.get("params", {}).get("event_type") == "calling.call.state"
                         and f["params"]["params"]["call_id"] != call.call_id)
            _, reason = await self.states(client, loser)
            self.assertEqual(reason, "cancel")
            await call.end()
            await client.wait_event("calling.call.state", call_id=call.call_id, call_state="ended")

    async def test_one_after_the_other(self):
        client = await self.program()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
            silent.bind(("127.0.0.1", 0))
            address = f"127.0.0.1:{silent.getsockname()[1]}"
            answering = asyncio.create_task(self.take_call())
            call = await client.dial([[phone_at(address, timeout=1)], [phone_at(self.other.sip)]])
            await answering
            self.assertIn(self.other.sip, call.device["params"]["to"])
            await call.end()
            await client.wait_event("calling.call.state", call_id=call.call_id, call_state="ended")

    async def test_a_name_is_looked_up(self):
        client = await self.program()
        answering = asyncio.create_task(self.take_call())
        call = await client.dial([[phone_at(f"nowhere.invalid:{self.other.sip.split(':')[1]}")],
                                  [phone_at(f"localhost:{self.other.sip.split(':')[1]}")]])
        await answering
        self.assertIn("localhost", call.device["params"]["to"])
        await call.end()
        await client.wait_event("calling.call.state", call_id=call.call_id, call_state="ended")

    async def test_failures_say_why(self):
        client = await self.program()
        with self.assertRaisesRegex(relay.RelayError, "failed: not_found"):
            await client.dial([[phone_at(self.other.sip, user="nobody")]])
        with self.assertRaisesRegex(relay.RelayError, "failed: not_found"):  # There is no trunk.
            await client.dial([[{"type": "phone", "params": {"to_number": "+15550100", "from_number": "+15550101"}}]])
        with self.assertRaisesRegex(relay.RelayError, r"400: devices\[0\]\[0\]: the configuration does not allow"):
            await client.dial([[phone_at("192.0.2.1")]])
        with self.assertRaisesRegex(relay.RelayError, "400: tag: is missing"):
            await client.request("calling.dial", {"devices": [[phone_at(self.other.sip)]]})
        declining = asyncio.create_task(self.callee.wait_event("calling.call.receive"))
        dial = asyncio.create_task(client.dial([[phone_at(self.other.sip)]]))
        call = relay.Call(self.callee, await declining)
        await call.command("end", reason="busy")
        with self.assertRaisesRegex(relay.RelayError, "failed: busy"):
            await dial

    async def test_a_program_that_comes_back_has_its_dial(self):
        client = await self.program()
        await client.request("calling.dial", {"tag": "T", "devices": [[phone_at(self.other.sip)]]})
        offer = await self.callee.wait_event("calling.call.receive")
        await client.close()
        await relay.Call(self.callee, offer).answer()
        await self.callee.wait_event("calling.call.state", call_state="answered")
        await client.connect()
        event = await client.wait_event("calling.call.dial", tag="T")
        self.assertEqual(event["dial_state"], "answered")
        call = relay.Call(client, event["call"])
        await call.end()
        await client.wait_event("calling.call.state", call_id=call.call_id, call_state="ended")

class Limits(harness.ServerTest):
    changes = {"projects": [{**Dial.changes["projects"][0], "limits": {"calls": 1}}]}

    async def test_a_project_that_has_all_its_calls_is_told_so(self):
        client = await self.program()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
            silent.bind(("127.0.0.1", 0))
            devices = [[phone_at(f"127.0.0.1:{silent.getsockname()[1]}", timeout=2)]]
            await client.request("calling.dial", {"tag": "A", "devices": devices})
            with self.assertRaisesRegex(relay.RelayError, "429: limits.calls: the project has 1 calls"):
                await client.request("calling.dial", {"tag": "B", "devices": devices})
            event = await client.wait_event("calling.call.dial", tag="A")
            self.assertEqual((event["dial_state"], event["reason"]), ("failed", "noAnswer"))
            await client.request("calling.dial", {"tag": "B", "devices": devices})
            await client.wait_event("calling.call.dial", tag="B")


if __name__ == "__main__":
    unittest.main()
