"""SIPp and its scenarios. Its XML has no way to share text, and every request repeats the same ten lines; so those in `sipp/` have an
element more, which is written out here before SIPp reads them:

    <request method="INFO" cseq="2" headers="Info-Package: x|Recv-Info: x" type="application/dtmf" body="5"/>
    <answer status="200 OK" headers="..." />      to the request that came last

`sdp="sendonly"` is a body with that direction. A request opens a transaction named by method and number (`info2`), by which its
responses are told from others: <recv response="200" response_txn="info2"/>. `branch`, `to` (its tag) and `forwards` replace what is
usual. `called`, whom the requests are for, comes from SIPp's command line (-key)."""
import html
import os
import re

from harness import process

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "sipp")

SDP = """
v=0
o=sipp 1 {version} IN IP[local_ip_type] [local_ip]
s=-
c=IN IP[media_ip_type] [media_ip]
t=0 0
m=audio [media_port] RTP/AVP 0
a=rtpmap:0 PCMU/8000
a={direction}
"""

REQUEST = """
<send {how}>
<![CDATA[
{method} sip:[called]@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch={branch}
From: "sipp" <sip:[service]@[local_ip]:[local_port]>;tag=[pid]sipp[call_number]
To: <sip:[called]@[remote_ip]:[remote_port]>{to}
Call-ID: [call_id]
CSeq: {cseq} {method}
Contact: <sip:sipp@[local_ip]:[local_port];transport=[transport]>
Max-Forwards: {forwards}
{headers}Content-Length: [len]

{body}]]>
</send>
"""

ANSWER = """
<send>
<![CDATA[
SIP/2.0 {status}
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Contact: <sip:sipp@[local_ip]:[local_port];transport=[transport]>
{headers}Content-Length: 0

]]>
</send>
"""


def lines(text):
    return "".join(line.strip() + "\n" for line in text.split("|") if line.strip())


def request(method, cseq, headers="", type="", body="", sdp="", **more):  # pylint: disable=redefined-builtin
    transaction = f"{method.lower()}{cseq}"
    how = f'retrans="500" start_txn="{transaction}"'
    if method == "ACK":
        how = f'ack_txn="invite{cseq}"'
    if sdp:
        type, body = "application/sdp", SDP.format(direction=sdp, version=cseq)
    if type:
        headers += f"|Content-Type: {type}"
    parts = {"branch": "[branch]", "to": "[peer_tag_param]", "forwards": "70", **more}
    return REQUEST.format(**{**parts, "how": how, "method": method, "cseq": cseq, "headers": lines(headers),
                             "body": body.replace("|", "\n").lstrip("\n")})


def answer(status, headers=""):
    return ANSWER.format(status=status, headers=lines(headers))


def written_out(name, folder):
    """The path of a scenario as SIPp can read it."""
    with open(os.path.join(FOLDER, name + ".xml"), encoding="utf-8") as file:
        text = file.read()

    def replace(found):
        attributes = {key: html.unescape(value) for key, value in re.findall(r'(\w+)="([^"]*)"', found[2])}
        return (request if found[1] == "request" else answer)(**attributes)
    path = os.path.join(folder, name + ".xml")
    with open(path, "w", encoding="utf-8") as file:
        file.write(re.sub(r"<(request|answer)\s([^>]*?)/>", replace, text, flags=re.S))
    return path


class Sipp:
    """What a test that runs SIPp is beside a `ServerTest`."""

    async def sipp(self, scenario, *more, timeout=40, calls=1):
        """The messages of one run. Every call of it has to succeed."""
        messages = os.path.join(self.folder, scenario + ".messages")
        code, output = await self.run_command(
            "sipp", "-sf", written_out(scenario, self.folder), "-s", "sipp", "-key", "called", process.NUMBER, "-i", "127.0.0.1",
            "-mi", "127.0.0.1", "-max_socket", "100", "-m", str(calls), "-nostdin", "-timeout", str(timeout), "-timeout_error",
            "-trace_err", "-error_file", os.path.join(self.folder, scenario + ".errors"), "-trace_msg", "-message_file", messages,
            *more, timeout=timeout + 20, cwd=self.folder)
        successes = re.findall(r"Successful call\s*\|\s*\d+\s*\|\s*(\d+)", output)
        log = ""
        if os.path.exists(messages):
            with open(messages, encoding="utf-8", errors="replace") as file:
                log = file.read()
        self.assertEqual((code, successes[-1:]), (0, [str(calls)]), f"{scenario}: {output[-2500:]}\n{log[-6000:]}")
        return log
