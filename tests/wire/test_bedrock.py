"""Language models of Amazon Bedrock, against a server that checks signatures with AWS's rules (npm's `aws4`, unmodified)."""
import json
import os
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))
import asyncio  # noqa: E402

import harness  # noqa: E402

MODEL = "anthropic.claude-3-haiku-20240307-v1:0"  # The colon is what signatures stumble over.
AGENT = {"prompt": {"text": "You are a bank.", "temperature": 0.2}, "params": {"wait_for_user": True, "conscience": "false"}}


class Bedrock(unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self):
        folder = tempfile.TemporaryDirectory(prefix="parley-bedrock-")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.mock = harness.process.Process("node", os.path.join(HERE, "bedrock_mock.mjs"), "AKIDEXAMPLE", "a/secret+key", "eu-west-1")
        await self.mock.start()
        self.addAsyncCleanup(self.mock.stop)
        self.url = (await self.mock.wait_line("listening", 20))["url"]

    async def chat(self, agent, lines, secret="a/secret+key", token=""):
        """(exit code, standard output as lines)"""
        agent_file, configuration = os.path.join(self.folder, "agent.json"), os.path.join(self.folder, "parley.yaml")
        with open(agent_file, "w", encoding="utf-8") as file:
            json.dump(agent, file)
        with open(configuration, "w", encoding="utf-8") as file:
            json.dump({"projects": [{"id": harness.process.PROJECT, "token": harness.process.TOKEN, "customer": harness.process.CUSTOMER,
                                     "outbound_allow": ["127.0.0.1"]}],
                       "customers": [{"id": harness.process.CUSTOMER, "access_keys": ["a-key-of-the-tests"]}],
                       "database": {"path": os.path.join(self.folder, "parley.db")},
                       "model": {"provider": "bedrock", "region": "eu-west-1", "base_url": self.url, "model": MODEL,
                                 "access_key": "AKIDEXAMPLE", "secret_key": secret, "session_token": token}}, file)
        child = await asyncio.create_subprocess_exec(harness.PARLEY, "chat", agent_file, "--config", configuration,
                                                     stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
                                                     stderr=asyncio.subprocess.PIPE)
        out, errors = await asyncio.wait_for(child.communicate("".join(line + "\n" for line in lines).encode()), 60)
        if child.returncode != 0:
            print(errors.decode())
        return child.returncode, out.decode().splitlines()

    def requests(self):
        return [line for line in self.mock.lines if line["event"] == "request"]

    async def test_a_conversation_is_signed_and_answered(self):
        code, out = await self.chat(AGENT, ["good morning"])
        self.assertEqual((code, out), (0, ["agent: You said good morning."]))
        asked = self.requests()[0]
        self.assertTrue(asked["signed"])
        self.assertEqual(asked["path"], "/model/anthropic.claude-3-haiku-20240307-v1%3A0/converse-stream")
        self.assertEqual(asked["body"]["system"], [{"text": "You are a bank."}])
        self.assertEqual(asked["body"]["inferenceConfig"]["temperature"], 0.2)

    async def test_temporary_keys_have_a_token_that_is_signed_too(self):
        _, out = await self.chat(AGENT, ["good morning"], token="a+token/of=some&length")
        self.assertEqual(out, ["agent: You said good morning."])
        self.assertTrue(self.requests()[0]["signed"])

    async def test_a_wrong_secret_is_refused_and_not_tried_again(self):
        _, out = await self.chat(AGENT, ["good morning"], secret="wrong")
        self.assertFalse(any("good morning" in line for line in out), out)
        self.assertFalse(any(line["signed"] for line in self.requests()))

    async def test_a_tool_is_called_and_its_result_is_told(self):
        hooks = harness.webhooks.WebHooks({"balance": lambda body: {"response": "ten euros in " + body["argument"]["parsed"][0]["account"]}})
        self.addCleanup(hooks.close)
        agent = dict(AGENT, SWAIG={"functions": [{
            "function": "balance", "web_hook_url": hooks.url + "/tools/balance", "description": "Returns the balance",
            "web_hook_auth_user": "agent", "web_hook_auth_password": "secret",
            "parameters": {"type": "object", "properties": {"account": {"type": "string"}}}}]})
        _, out = await self.chat(agent, ["what is my balance"])
        self.assertTrue(any("It says ten euros in giro." in line for line in out), out)

    async def test_throttling_is_tried_again(self):
        _, out = await self.chat(AGENT, ["please throttle"])
        self.assertEqual(out, ["agent: You said please throttle."])
        self.assertEqual(len(self.requests()), 2)

    async def test_what_breaks_off_is_told_as_an_apology(self):
        _, out = await self.chat(AGENT, ["please refuse"])
        self.assertEqual(out, ["agent: I am sorry, something went wrong.", "agent: Could you say that again?"])


if __name__ == "__main__":
    unittest.main()
