"""kamailio between Parley and the world, as its provider: the trunk registers there with its password; calls come in through it, and
go out through it, with the proxy in the path of everything (Record-Route)."""
import asyncio
import os
import re
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import harness  # noqa: E402
import phones  # noqa: E402
import sipp_scenario  # noqa: E402

PASSWORD = "change-this-password"
AGENT = {"prompt": {"text": "You are the agent of a flower shop."},
         "params": {"static_greeting": "Welcome to the flower shop.", "attention_timeout": 0}}


class Provider(sipp_scenario.Sipp, harness.ServerTest):
    transport = "udp"

    async def start_server(self, env=None, **changes):
        self.gateway_port = phones.free_port(phones.socket.SOCK_DGRAM)
        folder = os.path.join(self.folder, "kamailio")
        os.mkdir(folder)
        self.kamailio = phones.Kamailio()
        self.children.append(self.kamailio)
        await self.kamailio.start(folder, self.gateway_port, PASSWORD)
        self.proxy = f"127.0.0.1:{self.kamailio.port}"
        return await super().start_server(env, sip={"listen": "127.0.0.1:0", "trunks": [{
            "name": "carrier", "server": f"{self.proxy};transport={self.transport}", "domain": "carrier.example", "username": "acme",
            "password": PASSWORD, "register": True, "prefixes": ["+1666"], "caller_id": "+15550100"}]},
            projects=[{"id": harness.process.PROJECT, "token": harness.process.TOKEN, "customer": harness.process.CUSTOMER,
                       "outbound_allow": ["127.0.0.1"], "dial": {"numbers": ["+1666"]}}])

    async def registered(self):
        for _ in range(100):
            changes = [line for line in self.server.log_lines() if line["event"] == "trunk registration changed"]
            if changes and changes[-1].get("state") == "registered":
                return
            await asyncio.sleep(0.1)
        self.fail(f"not registered: {changes}\n{self.kamailio.text()}")

    async def comes_in(self):
        """A call from outside, hung up by the program: its BYE has to take the way back through the proxy."""
        client = await self.program()
        await self.registered()
        phone = asyncio.create_task(self.sipp("through_proxy", self.proxy))
        call = harness.relay.Call(client, await client.wait_event("calling.call.receive"))
        self.assertEqual(call.device["params"]["to_number"], harness.process.NUMBER)
        await call.answer()
        await call.ai(**AGENT)
        await asyncio.sleep(1)
        await call.end()
        await phone
        await self.kamailio.wait_text("WITHIN ACK by its route")
        await self.kamailio.wait_text("WITHIN BYE by its route")

    async def goes_out(self):
        client = await self.program()
        await self.registered()
        gateway = asyncio.create_task(self.sipp("gateway", "-p", str(self.gateway_port)))
        await asyncio.sleep(0.5)
        call = await client.dial([[{"type": "phone", "params": {"to_number": "+16665550123", "from_number": "+15550100"}}]])
        await call.ai(**AGENT)
        await asyncio.sleep(1)
        await call.end()
        log = await gateway
        self.assertIn("INVITE sip:+16665550123@", log)
        invite = re.search(r"INVITE .*?\n\n", log, re.S)[0]
        self.assertNotIn("Proxy-Authorization", invite)  # It is the provider's alone.
        self.assertEqual(len(re.findall("SEEN INVITE", self.kamailio.text())), 2, "challenged once")
        await self.kamailio.wait_text("WITHIN ACK by its route")
        await self.kamailio.wait_text("WITHIN BYE by its route")

    async def test_calls_come_in(self):
        await self.comes_in()

    async def test_calls_go_out(self):
        await self.goes_out()

    async def test_the_registration_is_taken_back(self):
        await self.registered()
        await self.server.stop()
        self.assertEqual(len(re.findall("SEEN REGISTER", self.kamailio.text())), 3, self.kamailio.text())  # Challenged the first time.
        await self.sipp("nobody", self.proxy)


class ProviderOverTcp(Provider):
    transport = "tcp"


if __name__ == "__main__":
    unittest.main()
