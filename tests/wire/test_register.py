"""Phones that register: baresip (MD5), and a client of our own making with SHA-256. Wrong passwords are refused and locked out."""
import asyncio
import hashlib
import os
import re
import socket
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import harness  # noqa: E402

USERS = [{"name": "alice", "password": "wonderland"}, {"name": "bob", "password": "builder"}]
CONFIG = """
poll_method epoll
sip_listen 127.0.0.1:0
audio_source aufile,/dev/null
audio_alert aufile,/dev/null
module_path /usr/lib/baresip/modules
module g711.so
module account.so
module menu.so
"""


class Phone:
    """REGISTER and INVITE over one UDP socket; blocking, with a short patience."""

    def __init__(self, server, user, password, algorithm="SHA-256"):
        host, port = server.rsplit(":", 1)
        self.server, self.user, self.password, self.algorithm = (host, int(port)), user, password, algorithm
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.settimeout(2)
        self.cseq = 0

    def send(self, method, uri, authorization=""):
        self.cseq += 1
        port = self.socket.getsockname()[1]
        more = f"Authorization: {authorization}\r\n" if authorization else ""
        self.socket.sendto((
            f"{method} {uri} SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:{port};rport;branch=z9hG4bK{port}x{self.cseq}\r\nMax-Forwards: 70\r\n"
            f"From: <sip:{self.user}@parley>;tag=1\r\nTo: <sip:{self.user}@parley>\r\nCall-ID: {port}@test\r\n"
            f"CSeq: {self.cseq} {method}\r\nContact: <sip:{self.user}@127.0.0.1:{port}>\r\nExpires: 300\r\n{more}"
            "Content-Length: 0\r\n\r\n").encode(), self.server)
        while True:
            try:
                answer = self.socket.recv(65535).decode()
            except socket.timeout:
                return None, ""
            if not answer.startswith("SIP/2.0 1"):
                return int(answer.split()[1]), answer

    def authorize(self, method, uri, challenge):
        fields = next(dict(re.findall(r'(\w+)="?([^",]+)"?', line)) for line in challenge.split("\r\n")
                      if line.startswith("WWW-Authenticate") and f"algorithm={self.algorithm}" in line)
        digest = {"MD5": hashlib.md5, "SHA-256": hashlib.sha256}[self.algorithm]

        def hashed(text):
            return digest(text.encode()).hexdigest()
        ha1 = hashed(f"{self.user}:{fields['realm']}:{self.password}")
        response = hashed(f"{ha1}:{fields['nonce']}:00000001:c:auth:{hashed(f'{method}:{uri}')}")
        return (f'Digest username="{self.user}", realm="{fields["realm"]}", nonce="{fields["nonce"]}", uri="{uri}", '
                f'response="{response}", algorithm={self.algorithm}, qop=auth, cnonce="c", nc=00000001')

    def request(self, method="REGISTER", uri="sip:parley"):
        """The statuses of the request and of its repetition with credentials."""
        status, challenge = self.send(method, uri)
        if status != 401:
            return [status]
        again, _ = self.send(method, uri, self.authorize(method, uri, challenge))
        return [status, again]


class Register(harness.ServerTest):
    changes = {"sip": {"listen": "127.0.0.1:0", "users": USERS, "guard": {"wrong_passwords": 3, "lock_out": "3s"}}}

    async def test_sha_256_and_md5_are_taken(self):
        for algorithm in ("SHA-256", "MD5"):
            phone = Phone(self.server.sip, "alice", "wonderland", algorithm)
            self.assertEqual(await asyncio.to_thread(phone.request), [401, 200])

    async def test_a_call_needs_the_password(self):
        uri = "sip:4711@parley"  # Nobody's number: past the door it is 404.
        self.assertEqual(await asyncio.to_thread(Phone(self.server.sip, "bob", "builder").request, "INVITE", uri), [401, 404])
        self.assertEqual(await asyncio.to_thread(Phone(self.server.sip, "bob", "guess").request, "INVITE", uri), [401, 403])

    async def test_wrong_passwords_are_locked_out_and_forgiven(self):
        for user in ("alice", "nobody", "alice"):
            self.assertEqual(await asyncio.to_thread(Phone(self.server.sip, user, "guess").request), [401, 403])
        self.assertEqual(await asyncio.to_thread(Phone(self.server.sip, "bob", "builder").request), [None])
        await asyncio.sleep(3)
        self.assertEqual(await asyncio.to_thread(Phone(self.server.sip, "bob", "builder").request), [401, 200])


class Baresip(harness.ServerTest):
    """Its version 1.0 gives up on a 401 that offers SHA-256 beside MD5; with users that have an MD5 hash alone, MD5 alone is offered."""

    changes = {"sip": {"listen": "127.0.0.1:0", "users": [
        {"name": "alice", "ha1": hashlib.md5(b"alice:parley:wonderland").hexdigest()}]}}

    async def baresip(self, password, seconds=6):
        folder = os.path.join(self.folder, "baresip-" + password)
        os.mkdir(folder)
        with open(os.path.join(folder, "config"), "w", encoding="utf-8") as file:
            file.write(CONFIG)
        with open(os.path.join(folder, "accounts"), "w", encoding="utf-8") as file:
            file.write(f'<sip:alice@{self.server.sip}>;auth_pass={password};regint=60\n')
        _, output = await self.run_command("baresip", "-f", folder, "-t", str(seconds), timeout=60)
        return output

    async def test_baresip_registers_with_md5(self):
        output = await self.baresip("wonderland")
        self.assertRegex(output, r"200 OK|registered successfully", output)

    async def test_baresip_with_a_wrong_password_is_refused(self):
        output = await self.baresip("queen")
        self.assertIn("403 Forbidden", output)
        self.assertNotRegex(output, r"200 OK")


class Registrar(asyncio.DatagramProtocol):
    """A provider that challenges with MD5 and keeps the requests that it got."""

    def __init__(self):
        self.requests, self.changed = [], asyncio.Event()

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, address):
        text = data.decode()
        self.requests.append(text)
        fields = dict(line.split(": ", 1) for line in text.split("\r\n")[1:] if ": " in line)
        status, more = "200 OK", f"Contact: {fields['Contact']};expires={fields['Expires']}\r\n"
        if "Authorization" not in fields:
            status, more = "401 Unauthorized", 'WWW-Authenticate: Digest realm="carrier", nonce="n1", qop="auth"\r\n'
        names = ("Via", "From", "Call-ID", "CSeq")
        self.transport.sendto((f"SIP/2.0 {status}\r\n" + "".join(f"{name}: {fields[name]}\r\n" for name in names)
                               + f"To: {fields['To']};tag=r\r\n{more}Content-Length: 0\r\n\r\n").encode(), address)
        self.changed.set()

    async def wait(self, count):
        while len(self.requests) < count:
            self.changed.clear()
            await asyncio.wait_for(self.changed.wait(), 10)


class Trunk(harness.ServerTest):
    async def asyncSetUp(self):
        loop = asyncio.get_running_loop()
        transport, self.registrar = await loop.create_datagram_endpoint(Registrar, ("127.0.0.1", 0))
        self.addCleanup(transport.close)
        port = transport.get_extra_info("sockname")[1]
        self.changes = {"sip": {"listen": "127.0.0.1:0", "trunks": [
            {"name": "carrier", "server": f"127.0.0.1:{port}", "username": "acme", "password": "pass", "register": True}]}}
        await super().asyncSetUp()

    async def test_a_trunk_is_registered_and_taken_back_when_the_server_stops(self):
        await self.registrar.wait(2)
        authorized = self.registrar.requests[1]
        fields = dict(re.findall(r'(\w+)="?([^",\r]+)"?', authorized.split("Authorization: Digest ")[1].split("\r\n")[0]))

        def md5(text):
            return hashlib.md5(text.encode()).hexdigest()
        expected = md5(f"{md5('acme:carrier:pass')}:n1:{fields['nc']}:{fields['cnonce']}:auth:{md5('REGISTER:' + fields['uri'])}")
        self.assertEqual(fields["response"], expected, authorized)
        await self.server.stop()
        await self.registrar.wait(3)
        self.assertIn("Expires: 0\r\n", self.registrar.requests[2])


if __name__ == "__main__":
    unittest.main()
