"""What an operator does while calls are up: stop, reload, look at the figures."""
import asyncio
import json
import os
import re
import signal
import ssl
import subprocess
import sys
import unittest
import urllib.request

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import harness  # noqa: E402

LONG_CALL = "silence 60s\nhangup\n"


class Operate(harness.ServerTest):
    async def answered_call(self, client, script=LONG_CALL, number=harness.process.NUMBER):
        caller = await self.caller(script, number=number)
        call = harness.relay.Call(client, await client.wait_event("calling.call.receive"))
        await call.answer()
        await caller.wait_line("answered", 30)
        return caller, call

    async def reload(self, **changes):
        with open(self.server.config_path, "w", encoding="utf-8") as file:
            json.dump(harness.process.configuration(self.folder, **{**self.changes, **changes}), file)
        lines = len(self.server.log_lines())
        self.server.process.send_signal(signal.SIGHUP)
        for _ in range(200):
            for line in self.server.log_lines()[lines:]:
                if line["event"] in ("configuration reloaded", "configuration not reloaded"):
                    return line
            await asyncio.sleep(0.05)
        raise AssertionError("the log says nothing of a reload")

    async def metrics(self):
        def fetch():
            with urllib.request.urlopen(self.server.rest + "/metrics", timeout=10) as answer:
                return answer.headers["Content-Type"], answer.read().decode()
        return await asyncio.get_running_loop().run_in_executor(None, fetch)


class Drain(Operate):
    changes = {"drain": "60s"}

    async def test_a_call_goes_on_while_new_ones_are_refused(self):
        client = await self.program()
        caller, call = await self.answered_call(client)
        self.server.process.send_signal(signal.SIGTERM)
        await asyncio.sleep(0.5)
        refused = await self.caller("hangup\n")
        self.assertNotEqual(await refused.finish(30), 0)
        self.assertIn("503", json.dumps(refused.lines))
        status, body = await self.server.get("/healthz")
        self.assertEqual((status, body["status"]), (503, "unavailable"))
        self.assertIsNone(caller.process.returncode, "the call was cut")
        await call.end()  # The program still steers its call.
        await caller.finish(30)
        self.assertEqual(await self.server.finish(30), 0)  # The last call is over: nothing to wait for.

    async def test_a_second_signal_ends_the_calls(self):
        client = await self.program()
        caller, _ = await self.answered_call(client)
        self.server.process.send_signal(signal.SIGTERM)
        await asyncio.sleep(0.5)
        self.assertIsNone(caller.process.returncode, "the call was cut")
        self.server.process.send_signal(signal.SIGTERM)
        await caller.finish(15)
        self.assertEqual(await self.server.finish(40), 0)


class Reload(Operate):
    async def test_a_new_number_rings_and_an_old_call_goes_on(self):
        client = await self.program()
        caller, call = await self.answered_call(client)
        unknown = await self.caller("hangup\n", number="+15550177")
        self.assertNotEqual(await unknown.finish(30), 0)
        self.assertIn("404", json.dumps(unknown.lines))
        numbers = [{"number": number, "project": harness.process.PROJECT, "context": harness.process.CONTEXT}
                   for number in (harness.process.NUMBER, "+15550177")]
        self.assertEqual((await self.reload(numbers=numbers))["event"], "configuration reloaded")
        known, second = await self.answered_call(client, number="+15550177")
        self.assertIsNone(caller.process.returncode)
        await second.end()
        await known.finish(30)
        await call.end()
        await caller.finish(30)

    async def test_a_file_with_a_mistake_changes_nothing(self):
        line = await self.reload(limits={"calls": 0})
        self.assertEqual(line["event"], "configuration not reloaded")
        self.assertIn("limits.calls", line["error"])
        client = await self.program()
        caller, call = await self.answered_call(client)
        await call.end()
        await caller.finish(30)

    async def test_what_cannot_change_is_named(self):
        await self.reload(workers=3, node_id="other")
        waiting = {line["key"] for line in self.server.log_lines() if line["event"] == "change waits for the next start"}
        self.assertEqual(waiting, {"workers", "node_id"})

    async def test_keys_and_tokens_change(self):
        customers = [{"id": harness.process.CUSTOMER, "name": "Local", "access_keys": ["another-key-for-the-customer"]}]
        projects = [{"id": harness.process.PROJECT, "token": "another-token", "customer": harness.process.CUSTOMER}]
        self.assertEqual((await self.reload(customers=customers, projects=projects))["event"], "configuration reloaded")
        self.assertEqual((await self.server.get("/v1.0/aicalls"))[0], 401)
        self.assertEqual((await self.server.get("/v1.0/aicalls", key="another-key-for-the-customer"))[0], 200)
        with self.assertRaises(harness.relay.RelayError):
            await self.program()
        client = harness.relay.RelayClient(self.server.relay, harness.process.PROJECT, "another-token", ("x",))
        await client.connect()
        await client.close()

    async def test_a_log_that_was_rotated_is_opened_anew(self):
        path = os.path.join(self.folder, "parley.log")
        os.rename(path, path + ".1")
        self.server.process.send_signal(signal.SIGHUP)
        for _ in range(100):
            if os.path.exists(path) and "configuration reloaded" in open(path, encoding="utf-8").read():
                break
            await asyncio.sleep(0.05)
        self.assertIn("configuration reloaded", open(path, encoding="utf-8").read())


class Certificates(Operate):
    def certificate(self, name):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                        "-keyout", os.path.join(self.folder, "key.pem"), "-out", os.path.join(self.folder, "cert.pem"), "-days", "2",
                        "-subj", f"/CN={name}", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"],
                       check=True, capture_output=True)

    async def start_server(self, env=None, **changes):
        self.certificate("first")
        files = {"certificate": os.path.join(self.folder, "cert.pem"), "key": os.path.join(self.folder, "key.pem")}
        self.changes = {"relay": {"listen": "127.0.0.1:0", **files},
                        "sip": {"listen": "127.0.0.1:0", "tls": {"listen": "127.0.0.1:0", **files}}}
        return await super().start_server(env, **changes)

    async def name_shown(self, address):
        host, port = address.rsplit(":", 1)
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        _, writer = await asyncio.open_connection(host, int(port), ssl=context)
        raw = writer.get_extra_info("ssl_object").getpeercert(True)
        writer.close()
        shown = subprocess.run(["openssl", "x509", "-inform", "DER", "-noout", "-subject"], input=raw, capture_output=True, check=True)
        return shown.stdout.decode().strip()

    async def test_certificates_are_read_again(self):
        relay, sip = self.server.relay.replace("ws://", ""), self.server.lines[0]["sip_tls"]
        for address in (relay, sip):
            self.assertIn("first", await self.name_shown(address))
        self.certificate("second")
        self.assertEqual((await self.reload())["event"], "configuration reloaded")
        for address in (relay, sip):
            self.assertIn("second", await self.name_shown(address))


class Figures(Operate):
    async def test_calls_are_counted(self):
        client = await self.program()
        caller, call = await self.answered_call(client)
        kind, page = await self.metrics()
        self.assertTrue(kind.startswith("text/plain; version=0.0.4"))
        self.assertRegex(page, r"(?m)^parley_calls 1$")
        self.assertRegex(page, r'(?m)^parley_calls_total\{direction="inbound"\} 1$')
        self.assertRegex(page, r"(?m)^parley_relay_connections 1$")
        await call.end()
        await caller.finish(30)
        for _ in range(100):
            _, page = await self.metrics()
            if re.search(r"(?m)^parley_calls 0$", page):
                break
            await asyncio.sleep(0.05)
        self.assertRegex(page, r'(?m)^parley_calls_ended_total\{reason="hangup"\} 1$')
        self.assertRegex(page, r"(?m)^parley_call_duration_seconds_count 1$")


if __name__ == "__main__":
    unittest.main()
