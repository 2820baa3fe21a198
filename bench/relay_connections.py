#!/usr/bin/python3
"""Idle RELAY clients: what each costs the server in memory, and what their pings cost in CPU.

    bench/relay_connections.py [CLIENTS] [SECONDS]

Starts the release binary as a user would. The clients are processes of their own, 2 500 connections each; they answer pings and
acknowledge nothing else, for nothing else comes."""
import asyncio
import base64
import json
import os
import resource
import struct
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "tools"))
from peer import process  # noqa: E402

PARLEY = os.environ.get("PARLEY", os.path.join(ROOT, "build/release/parley"))
PER_PROCESS = 2500


def text_frame(text):
    """RFC 6455 5.2: one masked text; the mask is zero, which leaves the text as it is."""
    payload = text.encode()
    head = struct.pack("!BB", 0x81, 0x80 | len(payload)) if len(payload) < 126 else struct.pack("!BBH", 0x81, 0xFE, len(payload))
    return head + bytes(4) + payload


async def client(host, port, pongs):
    reader, writer = await asyncio.open_connection(host, port)
    key = base64.b64encode(os.urandom(16)).decode()
    writer.write(f"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: {key}\r\n"
                 "Sec-WebSocket-Version: 13\r\n\r\n".encode())
    await reader.readuntil(b"\r\n\r\n")
    writer.write(text_frame(json.dumps({"jsonrpc": "2.0", "id": "1", "method": "signalwire.connect", "params": {
        "version": {"major": 2}, "authentication": {"project": process.PROJECT, "token": process.TOKEN}, "contexts": ["idle"]}})))

    async def read():
        _, length = await reader.readexactly(2)
        if length == 126:
            length = struct.unpack("!H", await reader.readexactly(2))[0]
        return json.loads(await reader.readexactly(length))
    answer = await read()
    if "result" not in answer:
        raise RuntimeError(answer)

    async def serve():
        while True:
            frame = await read()
            if "method" in frame:
                pongs[0] += frame["method"] == "signalwire.ping"
                writer.write(text_frame(json.dumps({"jsonrpc": "2.0", "id": frame["id"], "result": {}})))
    return asyncio.create_task(serve())


async def clients(host, port, count):
    """A process of clients: a line when all are connected, another one with the pings they saw when told to stop."""
    pongs, tasks = [0], []
    for at in range(0, count, 50):
        tasks += await asyncio.gather(*(client(host, port, pongs) for _ in range(min(50, count - at))))
    print("connected", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    print(json.dumps({"pings": pongs[0], "lost": sum(task.done() for task in tasks)}), flush=True)
    os._exit(0)


def cpu_and_memory(pid):
    with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    with open(f"/proc/{pid}/status", encoding="utf-8") as file:
        rss = next(int(line.split()[1]) for line in file if line.startswith("VmRSS"))
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK"), rss


async def main(count, seconds):
    with tempfile.TemporaryDirectory(prefix="parley-bench-") as folder:
        project = {"id": process.PROJECT, "token": process.TOKEN, "customer": process.CUSTOMER, "limits": {"connections": count}}
        server = process.Server(PARLEY, folder, relay={"connections": count + 10}, projects=[project])
        await server.start()
        host, port = server.relay[len("ws://"):].rsplit(":", 1)
        _, before = cpu_and_memory(server.process.pid)
        began, groups = time.monotonic(), []
        for at in range(0, count, PER_PROCESS):
            group = await asyncio.create_subprocess_exec(sys.executable, __file__, "clients", host, port, str(min(PER_PROCESS, count - at)),
                                                         stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE)
            groups.append(group)
        for group in groups:
            if await group.stdout.readline() != b"connected\n":
                raise RuntimeError("the clients did not connect")
        took = time.monotonic() - began
        cpu, rss = cpu_and_memory(server.process.pid)
        await asyncio.sleep(seconds)
        later, _ = cpu_and_memory(server.process.pid)
        seen = []
        for group in groups:
            group.stdin.write(b"stop\n")
            await group.stdin.drain()
            seen.append(json.loads(await group.stdout.readline()))
            await group.wait()
        await server.stop()
    print(f"{count} clients connected in {took:.1f} s")
    print(f"memory of the server per client: {(rss - before) / count:.1f} KiB ({before // 1024} MiB before, {rss // 1024} MiB with them)")
    print(f"CPU of the server with all of them idle: {100 * (later - cpu) / seconds:.1f} % of a core over {seconds} s")
    print(f"pings that they answered: {sum(s['pings'] for s in seen)}; connections lost: {sum(s['lost'] for s in seen)}")


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    if sys.argv[1:2] == ["clients"]:
        asyncio.run(clients(sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
    else:
        asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000, int(sys.argv[2]) if len(sys.argv) > 2 else 30))
