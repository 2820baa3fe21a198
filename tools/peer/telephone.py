"""A telephone that a test steers by hand: SIP over UDP, PCMU, nothing by itself but what keeps a call up."""
import asyncio
import itertools
import secrets
import struct

_numbers = itertools.count(1)


def loudness(ulaw):
    """The largest magnitude in a packet of PCMU, 0 to 127: quiet is small."""
    return max((127 - (byte & 0x7F) for byte in ulaw), default=0)


class Message:
    """A SIP message as text, with the fields that a test asks for."""

    def __init__(self, data):
        head, _, self.body = data.decode().partition("\r\n\r\n")
        self.first, *lines = head.split("\r\n")
        self.fields = [tuple(part.strip() for part in line.split(":", 1)) for line in lines]
        self.is_request = not self.first.startswith("SIP/2.0")
        self.method = self.first.split()[0] if self.is_request else self["CSeq"].split()[1]
        self.status = 0 if self.is_request else int(self.first.split()[1])

    def __getitem__(self, name):
        return next((value for field, value in self.fields if field.lower() == name.lower()), None)

    def all(self, name):
        return [(field, value) for field, value in self.fields if field.lower() == name.lower()]


class _Socket(asyncio.DatagramProtocol):
    def __init__(self, received):
        self.received = received

    def datagram_received(self, data, address):
        self.received(data, address)


class Telephone:
    """Either side of one call at a time. What arrives and is no answer to a NOTIFY or BYE waits in `messages`."""

    async def __aenter__(self):
        loop = asyncio.get_running_loop()
        self.messages, self.requests = asyncio.Queue(), []
        self.packets, self.loudest = 0, 0
        self._sip, _ = await loop.create_datagram_endpoint(lambda: _Socket(self._on_sip), local_addr=("127.0.0.1", 0))
        self._rtp, _ = await loop.create_datagram_endpoint(lambda: _Socket(self._on_rtp), local_addr=("127.0.0.1", 0))
        self.port = self._sip.get_extra_info("sockname")[1]
        self._talk = None
        return self

    async def __aexit__(self, *_):
        if self._talk:
            self._talk.cancel()
        self._sip.close()
        self._rtp.close()

    def _on_rtp(self, data, _):
        self.packets += 1
        self.loudest = max(self.loudest, loudness(data[12:]))

    def _on_sip(self, data, address):
        message = Message(data)
        if message.is_request and message.method in ("NOTIFY", "BYE"):
            self.requests.append(message)
            self.respond(message, 200, to=address)
        else:
            self.messages.put_nowait((message, address))

    def forget_sound(self):
        self.packets = self.loudest = 0

    def send(self, text, to):
        self._sip.sendto(text.encode(), to)

    def sdp(self):
        port = self._rtp.get_extra_info("sockname")[1]
        return ("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
                f"m=audio {port} RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n")

    def respond(self, request, status, body="", to=None, tag=None):
        fields = [f"{name}: {value}" for field in ("Via", "From", "Call-ID", "CSeq") for name, value in request.all(field)]
        fields.append(f"To: {request['To']}" + (f";tag={tag}" if tag else ""))
        fields.append(f"Contact: <sip:127.0.0.1:{self.port}>")
        if body:
            fields.append("Content-Type: application/sdp")
        lines = "\r\n".join([f"SIP/2.0 {status} Said", *fields, f"Content-Length: {len(body)}"])
        self.send(lines + "\r\n\r\n" + body, to)

    def _request(self, method, cseq, more="", body=""):
        lines = [f"{method} {self.target} SIP/2.0", f"Via: SIP/2.0/UDP 127.0.0.1:{self.port};branch=z9hG4bK{secrets.token_hex(6)}",
                 "Max-Forwards: 70", f"From: {self.me}", f"To: {self.to}", f"Call-ID: {self.call_id}",
                 f"CSeq: {cseq} {method}", f"Contact: <sip:phone@127.0.0.1:{self.port}>"]
        text = "\r\n".join(lines) + "\r\n" + more + f"Content-Length: {len(body)}\r\n\r\n" + body
        self.send(text, self.server)

    async def call(self, server, number):
        """Until it is answered; then silence is sent, as of somebody who listens."""
        host, port = server.rsplit(":", 1)
        self.server, self.target = (host, int(port)), f"sip:{number}@{server}"
        self.to, self.me = f"<{self.target}>", f"<sip:phone@127.0.0.1>;tag={secrets.token_hex(4)}"
        self.call_id = f"phone-{next(_numbers)}-{secrets.token_hex(6)}"
        self.cseq = 1
        self._request("INVITE", 1, "Content-Type: application/sdp\r\n", self.sdp())
        answer = await self.response("INVITE")
        if answer.status != 200:
            raise RuntimeError(answer.first)
        self.to = answer["To"]
        self._request("ACK", 1)
        self._listen(answer)

    async def response(self, method, timeout=30):
        while True:
            message, _ = await asyncio.wait_for(self.messages.get(), timeout)
            if not message.is_request and message.method == method and message.status >= 200:
                return message

    async def request(self, method, timeout=30):
        while True:
            message, address = await asyncio.wait_for(self.messages.get(), timeout)
            if message.is_request and message.method == method:
                return message, address

    async def refer(self, *fields):
        """The answer to a REFER within the call."""
        self.cseq += 1
        self._request("REFER", self.cseq, "".join(field + "\r\n" for field in fields))
        return await self.response("REFER")

    async def hang_up(self):
        self.cseq += 1
        self._request("BYE", self.cseq)
        await self.response("BYE")
        self._talk.cancel()

    async def answer(self, status=200):
        """The INVITE that it answered."""
        invite, address = await self.request("INVITE")
        self.server, self.target, self.cseq = address, invite["Contact"].strip("<>"), 0
        self.to, self.me, self.call_id = invite["From"], invite["To"] + ";tag=there", invite["Call-ID"]
        self.respond(invite, 180, to=address, tag="there")
        self.respond(invite, status, self.sdp() if status == 200 else "", to=address, tag="there")
        await self.request("ACK")
        if status == 200:
            self._listen(invite)
        return invite

    def _listen(self, described):
        port = next(int(line.split()[1]) for line in described.body.splitlines() if line.startswith("m=audio"))

        async def talk():
            for number in itertools.count():
                header = struct.pack("!BBHII", 0x80, 0, number & 0xFFFF, number * 160 & 0xFFFFFFFF, self.port)
                self._rtp.sendto(header + b"\xff" * 160, ("127.0.0.1", port))
                await asyncio.sleep(0.02)
        self._talk = asyncio.create_task(talk())

    async def wait_for(self, what, timeout=30):
        async def look():
            while not what():
                await asyncio.sleep(0.05)
        await asyncio.wait_for(look(), timeout)
