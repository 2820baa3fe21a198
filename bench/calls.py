#!/usr/bin/env python3
"""Whole AI calls over SIP and RTP on this machine: CPU and memory per call, and what the engine adds to each turn.

calls.py PARLEY [CALLS]            callers that ask and wait for the answer, all at the same time
calls.py PARLEY --silent [CALLS]   callers that say nothing, the agent speaks a long greeting: signalling, media and voice

The callers share the machine with the server, so the figures are a floor, not a promise; how much of the machine others
took meanwhile is printed with them."""
import argparse
import asyncio
import os
import re
import statistics
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tools"))
from peer import process, relay  # noqa: E402

QUESTIONS = ("what are your opening hours on monday", "do you have tulips", "what are your opening hours on friday")
TALK = "wait agent timeout 60s\n" + "".join(f'say "{text}"\nwait agent timeout 60s\n' for text in QUESTIONS) + "hangup\n"
SILENT = "silence 40s\nhangup\n"
GREETING = "Hello, and welcome to the flower shop. " + "We have tulips, roses and lilies, and we deliver them on the same day. " * 8
AGENT = {
    "prompt": {"text": "You are the agent of a flower shop. The shop is open from nine to five. We have tulips and roses."},
    "hints": ["opening", "hours", "monday", "friday", "tulips"],
}
WINDOW = 20  # Seconds in the middle of the silent calls over which CPU is counted.
STAGES = ("last_words_ms", "endpointing_ms", "asked_ms", "first_token_ms", "first_sentence_ms", "first_audio_ms", "heard_ms")
# Where the engine has the floor: between the decision and the request, the token and the voice, the sound and the wire. The
# second one is mostly the model, which has not written its first sentence yet.
ENGINE = (("endpointing_ms", "asked_ms"), ("first_token_ms", "first_sentence_ms"), ("first_audio_ms", "heard_ms"))
TICKS = os.sysconf("SC_CLK_TCK")


def stat(pid):
    """Fields of /proc/PID/stat from the state on; None if the process is gone."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
            return file.read().rsplit(")", 1)[1].split()
    except OSError:
        return None


def cpu_of(pids):
    """CPU seconds that these processes used so far."""
    return sum((int(fields[11]) + int(fields[12])) / TICKS for fields in map(stat, pids) if fields)


def cpu_below(pid):
    """CPU seconds of everything that this process started and what that started, ended ones included."""
    parents = {int(name): fields for name in os.listdir("/proc") if name.isdigit() and (fields := stat(name))}
    own = int(parents[pid][13]) + int(parents[pid][14])  # Its children that ended.
    below = [child for child, fields in parents.items() if int(fields[1]) == pid]
    return own / TICKS + sum(cpu_of([child]) + cpu_below(child) for child in below if stat(child))


def resident(pid):
    with open(f"/proc/{pid}/status", encoding="utf-8") as file:
        return int(re.search(r"VmRSS:\s+(\d+)", file.read()).group(1)) / 1024


def machine():
    """CPU seconds that the whole machine was busy."""
    with open("/proc/stat", encoding="utf-8") as file:
        user, nice, system, _, _, irq, softirq = map(int, file.readline().split()[1:8])
    return (user + nice + system + irq + softirq) / TICKS


class Meter:
    """CPU by process over a stretch of time."""

    def __init__(self, server, callers):
        self.server, self.callers = server, [caller.process.pid for caller in callers]
        self.start = self.read()

    def read(self):
        now = asyncio.get_running_loop().time()
        return (now, cpu_of([self.server]), cpu_below(self.server), cpu_of([*self.callers, os.getpid()]), machine())

    def stop(self):
        self.seconds, self.server_cpu, self.workers_cpu, callers, busy = (b - a for a, b in zip(self.start, self.read()))
        self.others = max(0.0, busy - self.server_cpu - self.workers_cpu - callers) / (self.seconds * os.cpu_count())
        return self


async def program(client, count, greeting):
    """Answers each call and starts the agent. Ends when all have one."""
    for _ in range(count):
        call = relay.Call(client, await client.wait_event("calling.call.receive", timeout=120))
        await call.answer()
        await call.ai(**AGENT, params={"static_greeting": greeting, "attention_timeout": 0})


def percentiles(values):
    values = sorted(values)
    return f"p50 {statistics.median(values):6.0f}  p95 {values[min(len(values) - 1, int(len(values) * 0.95))]:6.0f}  max {values[-1]:6.0f}"


def print_turns(turns):
    for stage in STAGES:
        if values := [turn[stage] for turn in turns if stage in turn]:
            print(f"  {stage.removesuffix('_ms'):<16} {percentiles(values)}  ({len(values)} turns)")
    whole = [turn for turn in turns if all(stage in turn for pair in ENGINE for stage in pair)]
    if whole:
        for begin, end in ENGINE:
            print(f"  {begin.removesuffix('_ms')} to {end.removesuffix('_ms')}: {percentiles([t[end] - t[begin] for t in whole])}")
        print(f"  all three: {percentiles([sum(t[end] - t[begin] for begin, end in ENGINE) for t in whole])}")


async def run(parley, count, silent):
    with tempfile.TemporaryDirectory() as folder:
        server = await process.Server(parley, folder, speech={"workers": os.cpu_count()}, sip={"calls_per_second": 10000}).start()
        pid = server.process.pid
        script = os.path.join(folder, "script")
        with open(script, "w", encoding="utf-8") as file:
            file.write(SILENT if silent else TALK)
        idle = resident(pid)
        callers = []
        async with relay.RelayClient(server.relay, process.PROJECT, process.TOKEN, [process.CONTEXT]) as client:
            answering = asyncio.create_task(program(client, count, GREETING if silent else "Hello, how can I help you?"))
            for _ in range(count):
                callers.append(await process.caller(parley, server, script).start())
                await asyncio.sleep(0.1 if silent else 0.5)
            await asyncio.gather(answering, *(caller.wait_line("answered", 60) for caller in callers))
            meter = Meter(pid, callers)
            await asyncio.sleep(WINDOW if silent else 8)
            memory = (resident(pid) - idle) / count
            if silent:
                meter.stop()
            codes = [await caller.finish(300) for caller in callers]
            if not silent:
                meter.stop()
        endings = [next((line for line in caller.lines if line["event"] == "ended"), {}) for caller in callers]
        turns = [line for line in server.log_lines() if line["event"] == "turn completed"]
        await server.stop()

    # Of talking calls not all last equally long: the mean of how many there were.
    calls = count if silent else sum(ended.get("at", 0) for ended in endings) / meter.seconds
    load = meter.server_cpu / meter.seconds / calls
    print(f"{count} calls, {sum(code != 0 for code in codes)} failed; over {meter.seconds:.0f} s; "
          f"other processes took {100 * meter.others:.0f} % of the machine ({os.cpu_count()} cores)")
    print(f"  server            {1000 * load:6.1f} ms CPU per second of a call: {1 / load:.0f} calls per core")
    print(f"  speech workers    {1000 * meter.workers_cpu / meter.seconds / calls:6.1f} ms CPU per second of a call")
    print(f"  memory            {memory:6.2f} MiB per call, idle server {idle:.0f} MiB")
    print(f"  packets           {sum(e.get('packets_received', 0) for e in endings)} came to the callers, "
          f"{sum(e.get('packets_lost', 0) for e in endings)} were lost on the way")
    print_turns(turns)
    return 1 if any(codes) else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("parley")
    parser.add_argument("calls", type=int, nargs="?", help="4 that talk, 50 that are silent")
    parser.add_argument("--silent", action="store_true")
    arguments = parser.parse_intermixed_args()
    sys.exit(asyncio.run(run(arguments.parley, arguments.calls or (50 if arguments.silent else 4), arguments.silent)))
