#!/usr/bin/env python3
"""The main job from end to end on the embedded defaults: a caller in a process of its own speaks to the agent over SIP and RTP, a
RELAY program steers the call, the agent uses a tool, is interrupted, gets messages from the program, and reports at the end.
Exit 0 only if all of it happened."""
import argparse
import asyncio
import os
import shutil
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from peer import process, relay, webhooks, words  # noqa: E402

QUESTION = "what are your opening hours on monday"
EXPLAIN = "please explain how this works in detail"
INTERRUPTION = "stop please stop"
AGAIN = "how much does the delivery cost"
INJECTED = "Can I return an order?"
GOODBYE = "great goodbye"

KEPT_NUMBER, KEPT_CONTEXT = "+15550101", "kept"  # with --keep: for a softphone, answered by the demo's own agent

CALLERS = {
    "speaking": f'wait agent\nsay "{QUESTION}"\nwait agent\nsay "{EXPLAIN}"\nbarge after 1000ms "{INTERRUPTION}"\nwait agent\n'
                f'say "{AGAIN}"\nwait agent\nwait agent\nsay "{GOODBYE}"\nwait agent\nhangup\n',
    "mute": "wait agent\nsilence 12s\nhangup\n",
    "noise": "wait agent\nnoise 4s\nsilence 3s\nnoise 4s\nsilence 3s\nhangup\n",
}
SENTENCES = [QUESTION, EXPLAIN, INTERRUPTION, AGAIN, GOODBYE]

OPENING_HOURS = {"monday": "nine to five", "saturday": "ten to two", "sunday": "closed all day"}

PROMPT = ("You are the friendly telephone agent of a flower shop. Delivery takes two working days. The delivery costs four dollars. "
          "Our driver calls before every delivery. You can return an order within one week.")

AGENT = {
    "prompt": {"text": PROMPT, "temperature": 0.3, "top_p": 0.9},
    "post_prompt": {"text": "Summarize the conversation.", "temperature": 0.1},
    "hints": ["monday", "saturday", "opening", "hours", "delivery", "explain", "cost", "goodbye"],
    "languages": [{"name": "English", "code": "en-US", "voice": "slt", "engine": "flite"}],
    "pronounce": [{"replace": "VIP", "with": "V I P", "ignore_case": True}],
    "params": {"barge_confidence": 0.02, "end_of_speech_timeout": 700, "attention_timeout": 15000, "app_name": "flower shop"},
    "global_data": {"shop": "Main Street"},
}


def tool(url):
    return {"function": "get_opening_hours", "description": "Get the opening hours of the shop for one day of the week",
            "parameters": {"type": "object", "required": ["day"], "properties": {"day": {
                "type": "string", "description": "the day of the week",
                "enum": ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]}}},
            "web_hook_url": f"{url}/tools/get_opening_hours", "web_hook_auth_user": "agent", "web_hook_auth_password": "secret"}


class Demo:
    def __init__(self, options, folder):
        self.options, self.folder, self.started = options, folder, time.time()
        self.action = None         # terminal event of the AI action
        self.caller = None
        self.shown = 0
        self.session = None
        self.call_id = None
        self.answered_again = asyncio.Event()  # the caller heard the answer to its question after the interruption
        self.failures = []
        self.hooks = webhooks.WebHooks(tools={"get_opening_hours": self.opening_hours})

    def say(self, text=""):
        print(f"{time.time() - self.started:6.1f}  {text}" if text else "", flush=True)

    @staticmethod
    def opening_hours(body):
        day = str((body["argument"]["parsed"] or [{}])[0].get("day", "")).lower()
        return {"response": f"On {day} the shop is open {OPENING_HOURS.get(day, 'nine to six')}."}

    async def program(self, client):
        """The RELAY program: what the author of an agent writes."""
        offer = await client.wait_event("calling.call.receive", timeout=60)
        call = relay.Call(client, offer)
        self.call_id = call.call_id
        self.say(f"program: call from {offer['device']['params'].get('from_number') or offer['device']['params'].get('from')}")
        await call.answer()
        control_id = await call.ai(**AGENT, SWAIG={"functions": [tool(self.hooks.url)]},
                                   post_prompt_url=f"{self.hooks.url}/report",
                                   post_prompt_auth_user="agent", post_prompt_auth_password="secret")
        self.say("program: AI session started")
        await call.ai_message(message_text="The caller is a VIP.", role="system")
        later = asyncio.create_task(self.answered_again.wait())
        action = asyncio.create_task(client.wait_event("calling.call.ai", timeout=240, control_id=control_id))
        await asyncio.wait({later, action}, return_when=asyncio.FIRST_COMPLETED)
        if later.done():
            await call.ai_message(message_text=INJECTED, role="user")
            self.say(f"program: said as the user: {INJECTED}")
        later.cancel()
        self.action = await action
        self.say(f"program: the AI action ended: {self.action['state']}")

    def on_caller(self, line):
        event = line.get("event")
        if event == "say_started":
            self.say(f"caller speaks: {line.get('text')}")
        elif event == "agent_started":
            self.say("caller hears the agent")
        elif event == "agent_silent" and any(other.get("text") == AGAIN for other in self.caller.lines):
            self.answered_again.set()
        elif event == "barge_result":
            self.say(f"caller interrupted: silence after {line.get('silent_after_ms')} ms")
        elif event in ("answered", "ended"):
            self.say(f"caller: {event}")

    async def follow_log(self, server):
        """Prints each message when the REST door lists it."""
        while True:
            if self.call_id and not self.session:
                self.session = await server.session_of(self.call_id)
            if self.session:
                rows = await server.messages(self.session)
                for row in rows[self.shown:]:
                    calls = ", ".join(f"{c['function']['name']}({c['function']['arguments']})" for c in row["tool_calls"])
                    self.say(f"log: {row['role']:>12} {row['direction']:>8}  {calls or row['content']}")
                self.shown = len(rows)
            await asyncio.sleep(0.3)

    def check(self, what, happened, detail=""):
        print(f"  {'ok  ' if happened else 'FAIL'}  {what}{'  ' + str(detail) if detail != '' else ''}")
        if not happened:
            self.failures.append(what)

    async def judge(self, server, exit_code):
        rows = await server.messages(self.session) if self.session else []
        report = self.hooks.wait_for("/report", 30)
        users = [r["content"] for r in rows if r["role"] == "user" and r["content"] != INJECTED]
        spoken = [r for r in rows if r["role"] == "assistant" and r["content"]]
        print("\nStored messages (GET /v1.0/ai-messages):")
        for row in rows:
            calls = "".join(f"  {c['function']['name']}({c['function']['arguments']})" for c in row["tool_calls"])
            print(f"  {row['tm_create']}  {row['role']:>12} {row['direction']:>8}  {row['content']}{calls}")
        print("\nTimings per turn (ms):")
        for line in server.log_lines():
            if line["event"] == "turn completed" and line.get("call") == self.call_id:
                print("  " + "  ".join(f"{k}={v}" for k, v in line.items() if k not in ("time", "level", "event", "call", "session")))
        rate = words.error_rate(SENTENCES, users)
        print("\nWhat happened:")
        self.check("the caller was answered and hung up", exit_code == 0, f"exit {exit_code}")
        self.check("the caller heard the agent", sum(line.get("event") == "agent_started" for line in self.caller.lines) >= 5)
        self.check("word error rate of the caller's sentences below 25 %", rate < 0.25, f"{rate:.1%}")
        self.check("the tool was called with its argument", any(
            r["path"] == "/tools/get_opening_hours" and r["authorised"] and r["body"]["argument"]["parsed"][0].get("day") == "monday"
            for r in self.hooks.requests))
        self.check("tool request and result are logged", any(r["tool_calls"] for r in rows) and any(
            r["role"] == "tool" and r["tool_call_id"] for r in rows))
        self.check("the agent told the tool's result", any("nine to five" in r["content"] for r in spoken))
        barge = next((line for line in self.caller.lines if line.get("event") == "barge_result"), {})
        self.check("the caller interrupted and the agent stopped within 1 s",
                   bool(barge.get("agent_was_speaking") and barge["stopped"] and barge["silent_after_ms"] <= 1000),
                   f"{barge.get('silent_after_ms')} ms")
        cut = [e for e in (report or {"body": {}})["body"].get("raw_call_log", []) if e.get("barged")]
        self.check("the stored text of the interrupted reply is what was heard", any(
            e["text_spoken_total"].strip() != r["content"].strip() and e["text_spoken_total"].strip().startswith(r["content"].strip())
            for e in cut for r in spoken))
        at = next((i for i, r in enumerate(rows) if r["role"] == "user" and r["content"] == INJECTED), len(rows))
        self.check("the message injected as the user was answered", any(r["role"] == "assistant" and r["content"] for r in rows[at:]))
        self.check("the message injected as the system is logged",
                   any(r["role"] == "system" and r["content"] == "The caller is a VIP." for r in rows))
        self.check("the report came with basic auth and a summary",
                   bool(report and report["authorised"] and report["body"]["post_prompt_data"]["raw"]))
        self.check("the AI action finished", bool(self.action and self.action["state"] == "finished"))

    async def run(self):
        server = endpoint = None
        try:
            endpoint = await self.start_model()
            server = await process.Server(self.options.parley, self.folder, model=self.model(), env=self.key(), numbers=[
                {"number": number, "project": process.PROJECT, "context": context}
                for number, context in ((process.NUMBER, process.CONTEXT), (KEPT_NUMBER, KEPT_CONTEXT))]).start()
            self.say(f"server ready: SIP {server.sip}, RELAY {server.relay}, REST {server.rest}")
            await self.hold_call(server)
            if self.options.keep:
                await self.keep(server)
        finally:
            self.hooks.close()
            for child in (server, endpoint):
                if child and child.process:
                    await child.stop()
        return 1 if self.failures else 0

    async def start_model(self):
        """The offline model behind an OpenAI-compatible endpoint, so that the real client is what runs."""
        self.endpoint = await process.Process(self.options.parley, "offline-model", "--listen", "127.0.0.1:0").start()
        self.model_url = (await self.endpoint.wait_line("ready", process.START_TIMEOUT))["url"]
        return self.endpoint

    def model(self):
        return {"provider": "openai", "base_url": getattr(self, "model_url", ""), "model": "offline", "api_key_env": "PARLEY_DEMO_KEY"}

    @staticmethod
    def key():
        return {"PARLEY_DEMO_KEY": "none-needed"}

    async def hold_call(self, server):
        script = os.path.join(self.folder, "caller.script")
        with open(script, "w", encoding="utf-8") as file:
            file.write(CALLERS[self.options.caller])
        async with relay.RelayClient(server.relay, process.PROJECT, process.TOKEN, [process.CONTEXT]) as client:
            program = asyncio.create_task(self.program(client))
            self.caller = process.caller(self.options.parley, server, script, "--record", os.path.join(self.folder, "call.wav"))
            self.caller.on_line = self.on_caller
            await self.caller.start()
            follower = asyncio.create_task(self.follow_log(server))
            try:
                exit_code = await self.caller.finish(240)
                await asyncio.wait_for(program, 60)
            except (asyncio.TimeoutError, relay.RelayError) as error:
                exit_code = -1
                self.failures.append(f"the call: {error!r}")
            follower.cancel()
            await asyncio.gather(follower, program, return_exceptions=True)
            await self.judge(server, exit_code)
        print(f"\n{'It did not work: ' + ', '.join(self.failures) if self.failures else 'All of it happened.'}", flush=True)

    async def agent_for_softphones(self, server):
        """Answers the second number for as long as the server runs, with the agent of the demo."""
        async with relay.RelayClient(server.relay, process.PROJECT, process.TOKEN, [KEPT_CONTEXT]) as client:
            while True:
                call = relay.Call(client, await client.wait_event("calling.call.receive", timeout=None))
                await call.ai(**AGENT, SWAIG={"functions": [tool(self.hooks.url)]})

    async def keep(self, server):
        answering = asyncio.create_task(self.agent_for_softphones(server))
        print(f"""
The server keeps running. Ctrl-C ends it.
  softphone  call sip:{KEPT_NUMBER}@{server.sip} (no registration, UDP, PCMU or PCMA): the agent of the demo answers
             call sip:{process.NUMBER}@{server.sip}: your own program answers, see below
  SDK        export SIGNALWIRE_PROJECT_ID={process.PROJECT} SIGNALWIRE_API_TOKEN={process.TOKEN}
             export SIGNALWIRE_SPACE={server.relay[5:]} SIGNALWIRE_RELAY_HOST={server.relay[5:]} SIGNALWIRE_RELAY_SCHEME=ws
             contexts: ["{process.CONTEXT}"]
  curl       curl '{server.rest}/v1.0/ai-messages?aicall_id={self.session}&accesskey={process.ACCESS_KEY}'
""", flush=True)
        await server.finish(None)
        answering.cancel()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--parley", default="build/release/parley", help="the built program")
    parser.add_argument("--keep", action="store_true", help="leave the server running after the call")
    parser.add_argument("--caller", choices=sorted(CALLERS), default="speaking", help="mute and noise must make the demo fail")
    parser.add_argument("--folder", help="where configuration, log, database and recording go (default: a temporary one)")
    options = parser.parse_args()
    folder = options.folder or tempfile.mkdtemp(prefix="parley-demo-")
    os.makedirs(folder, exist_ok=True)
    code = 1
    try:
        code = asyncio.run(Demo(options, folder).run())
    except KeyboardInterrupt:
        code = 0 if options.keep else 1
    if not options.folder and code == 0:
        shutil.rmtree(folder)
    elif code:
        print(f"configuration, log and recording: {folder}")
    return code


if __name__ == "__main__":
    sys.exit(main())
