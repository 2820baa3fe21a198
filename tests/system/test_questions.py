"""Three questions drawn by a printed seed are understood, and each is answered by the right tool."""
import os
import random
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import harness  # noqa: E402

# What may be asked: a template, its words, the tool that answers, its argument.
DAYS = ["monday", "friday", "sunday"]
CITIES = ["boston", "denver", "chicago", "london"]
THINGS = ["coffee", "bread", "flowers", "milk", "cheese"]
QUESTIONS = [
    ("what time do you open on {}", DAYS, "opening_hours", "day", "Get the time when the shop opens on a day"),
    ("what is the temperature in {}", CITIES, "temperature", "city", "Get the temperature in a city"),
    ("what is the price of {}", THINGS, "price", "product", "Get the price of a product"),
]


def tools(url):
    functions = []
    for _, values, name, argument, description in QUESTIONS:
        functions.append({"function": name, "description": description, "web_hook_url": f"{url}/tools/{name}",
                          "web_hook_auth_user": "agent", "web_hook_auth_password": "secret",
                          "parameters": {"type": "object", "required": [argument], "properties": {
                              argument: {"type": "string", "description": argument, "enum": values}}}})
    return functions


class Questions(harness.ServerTest):
    async def test_three_random_questions_reach_the_right_tools(self):
        seed = int(os.environ.get("SEED", random.randrange(1 << 32)))
        print(f"seed {seed}")
        rng = random.Random(seed)
        asked = [(template.format(word), name, argument, word) for template, words, name, argument, _ in QUESTIONS
                 for word in [rng.choice(words)]]
        rng.shuffle(asked)
        hooks = harness.webhooks.WebHooks(tools={name: (lambda body: {"response": "It is forty two."}) for _, _, name, _, _ in QUESTIONS})
        self.addCleanup(hooks.close)
        client = await self.program()
        script = "wait agent\n" + "".join(f'say "{question}"\nwait agent\n' for question, *_ in asked) + "hangup\n"
        caller = await self.caller(script)
        call = harness.relay.Call(client, await client.wait_event("calling.call.receive"))
        control = await call.ai(prompt={"text": "You are the agent of a shop."}, hints=DAYS + CITIES + THINGS + ["temperature", "price", "open"],
                                params={"static_greeting": "Hello, how can I help?", "attention_timeout": 0},
                                SWAIG={"functions": tools(hooks.url)})
        self.assertEqual(await caller.finish(180), 0, caller.lines)
        await client.wait_event("calling.call.ai", timeout=60, control_id=control)
        rows = await self.server.messages(await self.server.session_of(call.call_id))
        heard = [row["content"] for row in rows if row["role"] == "user"]
        rate = harness.words.error_rate([question for question, *_ in asked], heard)
        print(f"word error rate {rate:.1%}: {heard}")
        self.assertLess(rate, 0.25, f"seed {seed}: {heard}")
        called = [(r["path"].rsplit("/", 1)[-1], r["body"]["argument"]["parsed"][0]) for r in hooks.requests if r["path"].startswith("/tools/")]
        right = [(name, {argument: word}) in called for _, name, argument, word in asked]
        self.assertGreaterEqual(sum(right), 2, f"seed {seed}: {called}")


if __name__ == "__main__":
    unittest.main()
