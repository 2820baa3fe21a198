"""Stored agents: a program names one; what a session leaves for the next one of its call."""
import asyncio
import json
import os
import pathlib
import shutil
import signal
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import harness  # noqa: E402

SHOP = "7f9c2b1e-55d0-4c6f-9d5e-0d7f3a1b2c4d"
OTHER = "11111111-2222-4333-8444-555555555555"


class Agents(harness.ServerTest):
    async def asyncSetUp(self):
        self.agents = pathlib.Path(tempfile.mkdtemp(prefix="parley-agents-"))
        self.addCleanup(shutil.rmtree, self.agents, True)
        self.store(SHOP, {"name": "Flower shop", "prompt": {"text": "You sell flowers to ${customer}."},
                          "params": {"static_greeting": "Hello ${customer}, this is the flower shop."}, "global_data": {"customer": "nobody"}})
        self.changes = {"agents": {"folder": str(self.agents)}}
        await super().asyncSetUp()

    def store(self, agent, ai):
        (self.agents / f"{agent}.json").write_text(json.dumps(ai), encoding="utf-8")

    async def test_a_program_names_an_agent(self):
        client = await self.program()
        caller = await self.caller("silence 30s\nhangup\n")
        call = harness.relay.Call(client, await client.wait_event("calling.call.receive"))
        with self.assertRaises(harness.relay.RelayError) as caught:
            await call.ai(agent=OTHER)
        self.assertEqual(str(caught.exception.code), "404")
        self.assertIn(OTHER, str(caught.exception))
        control = await call.ai(agent=SHOP, prompt={"text": "left out"}, global_data={"customer": "Ada"})
        session = await self.server.session_of(call.call_id)
        await call.command("ai.stop", control_id=control)
        await client.wait_event("calling.call.ai", control_id=control, state="finished")
        rows = await self.server.messages(session)
        self.assertIn("You sell flowers to Ada.", [row["content"] for row in rows if row["role"] == "system"])

        self.store(OTHER, {"prompt": "You are new."})
        self.server.process.send_signal(signal.SIGHUP)
        for _ in range(50):
            try:
                control = await call.ai(agent=OTHER, params={"wait_for_user": True})
                break
            except harness.relay.RelayError as error:
                self.assertEqual(str(error.code), "404")  # The server has not read the folder again yet.
                await asyncio.sleep(0.2)
        await call.command("ai.stop", control_id=control)
        await call.end()
        await caller.finish(40)

    async def test_global_data_outlive_a_session(self):  # swml-ai 103
        hooks = harness.webhooks.WebHooks()
        self.addCleanup(hooks.close)
        client = await self.program()
        caller = await self.caller("silence 30s\nhangup\n")
        call = harness.relay.Call(client, await client.wait_event("calling.call.receive"))
        for number, given in ((1, {"order": 7, "step": "first"}), (2, {"step": "second"})):
            control = await call.ai(prompt={"text": "You are an agent."}, params={"wait_for_user": True}, global_data=given,
                                    post_prompt_url=f"http://agent:secret@{hooks.url[7:]}/report{number}")
            await call.command("ai.stop", control_id=control)
            await client.wait_event("calling.call.ai", control_id=control, state="finished")
        report = hooks.wait_for("/report2", 20)["body"]
        self.assertEqual(report["global_data"]["order"], 7)
        self.assertEqual(report["global_data"]["step"], "second")
        self.assertIn("caller_id_number", report["global_data"])
        await call.end()
        await caller.finish(40)


if __name__ == "__main__":
    unittest.main()
