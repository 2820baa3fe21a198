"""Telephones and a proxy that we did not write, as processes of a test: started on free ports, told what to do, asked what they see."""
import asyncio
import json
import os
import re
import signal
import socket
import wave

HERE = os.path.dirname(os.path.abspath(__file__))

BARESIP = """
poll_method epoll
sip_listen 127.0.0.1:0
audio_source aufile,{source}
audio_player aufile,{folder}/played.wav
audio_alert aufile,/dev/null
audio_channels 1-2
rtp_ports 40000-49999
module_path /usr/lib/baresip/modules
module g711.so
module g722.so
module opus.so
module srtp.so
module aufile.so
module sndfile.so
module ctrl_tcp.so
module account.so
module menu.so
snd_path {folder}/recorded
ctrl_tcp_listen 127.0.0.1:{control}
{more}
"""

LINPHONE = """
[sip]
sip_port=-1
sip_tcp_port=-1
sip_tls_port=-1
media_encryption={encryption}
media_encryption_mandatory={mandatory}
root_ca={authorities}
verify_server_cn=0
default_proxy=0
[rtp]
audio_rtp_port=-1
[proxy_0]
reg_proxy=<sip:{server}>
reg_identity=sip:{user}@{host}
reg_sendregister=1
reg_expires=300
[auth_info_0]
username={user}
passwd={password}
realm={realm}
"""


def free_port(kind=socket.SOCK_STREAM):
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Child:
    """A process whose output goes to a file of its folder; `stop` as the harness calls it."""

    process = writer = None

    async def run(self, *arguments, folder, env=None, stdin=None):
        self.log = os.path.join(folder, os.path.basename(arguments[0]) + ".log")
        with open(self.log, "wb") as log:
            self.process = await asyncio.create_subprocess_exec(
                *arguments, stdout=log, stderr=log, stdin=stdin or asyncio.subprocess.DEVNULL, cwd=folder, start_new_session=True,
                env={**os.environ, **(env or {})})

    def text(self):
        with open(self.log, encoding="utf-8", errors="replace") as log:
            return log.read()

    async def wait_text(self, pattern, timeout=10):
        for _ in range(timeout * 20):
            if found := re.search(pattern, self.text()):
                return found
            await asyncio.sleep(0.05)
        raise AssertionError(f"no `{pattern}` within {timeout} s in:\n{self.text()[-4000:]}")

    async def stop(self):
        if self.writer:
            self.writer.close()
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(self.process.wait(), 10)
        except asyncio.TimeoutError:  # With all that it started itself.
            os.killpg(self.process.pid, signal.SIGKILL)
            await self.process.wait()


class Baresip(Child):
    """One account, told what to do over its control socket, where it tells what happens."""

    async def start(self, folder, account, source=None, more=""):
        """`source`: a sound file of the codec's rate and channels; without one it is silent, at 8 kHz."""
        os.makedirs(os.path.join(folder, "recorded"))
        if not source:
            source = os.path.join(folder, "silence.wav")
            with wave.open(source, "wb") as silence:
                silence.setparams((1, 2, 8000, 0, "NONE", None))
                silence.writeframes(bytes(16000 * 60))
        port = free_port()
        for name, text in (("config", BARESIP.format(folder=folder, source=source, control=port, more=more)), ("accounts", account + "\n")):
            with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                file.write(text)
        await self.run("baresip", "-f", folder, "-v", "-s", folder=folder)
        await self.wait_text("baresip is ready")
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", port)
        self.events, self.answers = asyncio.Queue(), asyncio.Queue()
        self.listening = asyncio.create_task(self.listen())
        return self

    async def listen(self):
        try:
            while True:
                length = await self.reader.readuntil(b":")
                message = json.loads((await self.reader.readexactly(int(length[:-1]) + 1))[:-1])
                await (self.events if "event" in message else self.answers).put(message)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass

    async def command(self, name, parameters=""):
        text = json.dumps({"command": name, "params": parameters})
        self.writer.write(f"{len(text)}:{text},".encode())
        answer = await asyncio.wait_for(self.answers.get(), 10)
        if not answer["ok"]:
            raise AssertionError(f"{name}: {answer['data']}")
        return answer["data"]

    async def wait(self, kind, timeout=20):
        async def look():
            while (event := await self.events.get())["type"] != kind:
                pass
            return event
        try:
            return await asyncio.wait_for(look(), timeout)
        except asyncio.TimeoutError:
            raise AssertionError(f"no {kind} within {timeout} s in:\n{self.text()[-6000:]}") from None


class Linphone(Child):
    """liblinphone's daemon without a sound card, told what to do over a socket of its own."""

    async def start(self, folder, server, user, password, realm="parley", authorities="", srtp=False):
        """`server` with its transport as a parameter."""
        os.makedirs(os.path.join(folder, ".local/share/linphone"))
        os.makedirs(os.path.join(folder, ".config/linphone"))
        config, pipe = os.path.join(folder, "linphonerc"), f"parley-{os.getpid()}-{free_port()}"
        with open(config, "w", encoding="utf-8") as file:
            file.write(LINPHONE.format(
                server=server, host=server.split(":")[0], user=user, password=password, realm=realm, authorities=authorities,
                encryption="srtp" if srtp else "none", mandatory=int(srtp)))
        await self.run("linphone-daemon", "--config", config, "--pipe", pipe, "--log", os.path.join(folder, "linphone-daemon.trace"),
                       folder=folder, env={"HOME": folder, "XDG_RUNTIME_DIR": folder})
        for _ in range(200):
            try:
                self.reader, self.writer = await asyncio.open_unix_connection(os.path.join("/tmp", pipe))
                return self
            except OSError:
                await asyncio.sleep(0.05)
        raise AssertionError(f"no command socket:\n{self.text()}")

    async def command(self, text):
        """The fields of the answer."""
        self.writer.write((text + "\n").encode())
        answer = ""
        while "Status:" not in answer or not answer.endswith("\n"):
            piece = await asyncio.wait_for(self.reader.read(65536), 10)
            if not piece:
                raise AssertionError(f"{text}: the daemon is gone: {self.text()}")
            answer += piece.decode()
        fields = dict(re.findall(r"^([\w-]+): (.*)$", answer, re.M))
        if fields["Status"] != "Ok":
            raise AssertionError(f"{text}: {answer}")
        return fields

    async def wait_state(self, command, state, timeout=20):
        fields = {}
        for _ in range(timeout * 5):
            try:
                fields = await self.command(command)
            except AssertionError as error:  # For instance: no such call yet.
                fields = {"State": str(error)}
            if fields.get("State") == state:
                return fields
            await asyncio.sleep(0.2)
        raise AssertionError(f"{command}: not {state} within {timeout} s but {fields}:\n{self.text()[-3000:]}")

    async def wait_gone(self, number, timeout=20):
        """Until the call is not known any more: it ended."""
        for _ in range(timeout * 5):
            try:
                await self.command(f"call-status {number}")
            except AssertionError as error:
                if "No call with such id" in str(error):
                    return
                raise
            await asyncio.sleep(0.2)
        raise AssertionError(f"call {number} goes on")


class Kamailio(Child):
    async def start(self, folder, gateway, password):
        self.port = free_port()
        path = os.path.join(folder, "kamailio.cfg")
        with open(os.path.join(HERE, "kamailio.cfg"), encoding="utf-8") as template, open(path, "w", encoding="utf-8") as file:
            text = template.read()
            for name, value in (("PORT", self.port), ("GATEWAY", gateway), ("PASSWORD", password)):
                text = text.replace(f"@{name}@", str(value))
            file.write(text)
        await self.run("kamailio", "-DD", "-E", "-f", path, "-m", "32", "-M", "4", "-Y", folder, folder=folder)
        await self.wait_port()
        return self

    async def wait_port(self):
        for _ in range(200):
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", self.port)
                writer.close()
                return
            except OSError:
                await asyncio.sleep(0.05)
        raise AssertionError(f"kamailio does not listen:\n{self.text()}")
