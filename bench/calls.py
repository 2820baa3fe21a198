#!/usr/bin/env python3
"""Whole AI calls over SIP and RTP on this machine: CPU and memory per call, and what the engine adds to each turn.
Usage: calls.py PARLEY [CALLS]. The callers share the machine with the server: the figures are a floor, not a promise."""
import asyncio
import os
import re
import statistics
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tools"))
from peer import process, relay  # noqa: E402

SCRIPT = 'wait agent\nsay "what are your opening hours on monday"\nwait agent\nsay "thank you goodbye"\nwait agent\nhangup\n'
TICKS = os.sysconf("SC_CLK_TCK")


def usage(pid):
    """(CPU seconds, resident MiB) of one process."""
    with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    with open(f"/proc/{pid}/status", encoding="utf-8") as file:
        resident = int(re.search(r"VmRSS:\s+(\d+)", file.read()).group(1))
    return (int(fields[11]) + int(fields[12])) / TICKS, resident / 1024


async def program(client, count):
    for _ in range(count):
        call = relay.Call(client, await client.wait_event("calling.call.receive", timeout=120))
        await call.ai(prompt={"text": "You are the agent of a shop. The opening hours are nine to five."}, hints=["opening", "hours", "monday"],
                      params={"static_greeting": "Hello, how can I help you?", "attention_timeout": 0})


async def main(parley, count):
    with tempfile.TemporaryDirectory() as folder:
        server = await process.Server(parley, folder).start()
        script = os.path.join(folder, "script")
        with open(script, "w", encoding="utf-8") as file:
            file.write(SCRIPT)
        async with relay.RelayClient(server.relay, process.PROJECT, process.TOKEN, [process.CONTEXT]) as client:
            answering = asyncio.create_task(program(client, count))
            cpu, idle = usage(server.process.pid)
            started = asyncio.get_running_loop().time()
            callers = []
            for _ in range(count):
                callers.append(await process.caller(parley, server, script).start())
                await asyncio.sleep(0.5)
            await asyncio.sleep(3)
            _, resident = usage(server.process.pid)
            codes = [await caller.finish(300) for caller in callers]
            seconds = asyncio.get_running_loop().time() - started
            cpu = usage(server.process.pid)[0] - cpu
            await answering
        call_seconds = sum(next(line["at"] for line in caller.lines if line["event"] == "ended") for caller in callers)
        turns = [line for line in server.log_lines() if line["event"] == "turn completed"]
        await server.stop()
    print(f"calls {count}, failed {sum(code != 0 for code in codes)}, {seconds:.0f} s")
    print(f"server process, without speech workers: {1000 * cpu / call_seconds:.1f} ms CPU per call second "
          f"= {call_seconds / cpu:.0f} calls per core; memory per call {(resident - idle) / count:.2f} MiB (idle {idle:.0f} MiB)")
    for stage in ("last_words_ms", "endpointing_ms", "asked_ms", "first_token_ms", "first_sentence_ms", "first_audio_ms", "heard_ms"):
        values = sorted(line[stage] for line in turns if isinstance(line.get(stage), (int, float)))
        if values:
            print(f"  {stage:<18} p50 {statistics.median(values):6.0f}  p95 {values[int(len(values) * 0.95) - 1]:6.0f}  ({len(values)} turns)")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 8))
