"""baresip as the phone, with each codec: it plays a question from a sound file; what it records holds the agent's words, the log the
caller's."""
import asyncio
import glob
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import harness  # noqa: E402

QUESTION = "what are your opening hours on monday"
# The small model of the recogniser takes the first question by G.722 for another one, with every packet there.
WIDE_QUESTION = "how much does the delivery cost"
GREETING = "Welcome to the flower shop. How can I help you?"
CHOICES = [" ".join(harness.words.words(GREETING)), "good morning this is the city bank what is your account number",
           "our office is closed today please call again tomorrow", "please hold the line while we connect you to an agent"]
CONFIG = """
poll_method epoll
sip_listen 127.0.0.1:0
audio_source aufile,{question}
audio_player aufile,{folder}/played.wav
audio_alert aufile,/dev/null
audio_channels 1-2
rtp_ports 40000-49999
module_path /usr/lib/baresip/modules
module g711.so
module g722.so
module opus.so
module aufile.so
module sndfile.so
module account.so
module menu.so
snd_path {folder}/recorded
"""


class Baresip(harness.ServerTest):
    async def sound_file(self, text, rate, channels):
        """The question after ten seconds of silence, in which the agent greets, and with silence behind it for the answer."""
        raw, path = os.path.join(self.folder, "raw.wav"), os.path.join(self.folder, "question.wav")
        for command in (["flite", "-voice", "rms", "-t", text, "-o", raw],
                        ["sox", raw, "-r", str(rate), "-c", str(channels), "-b", "16", path, "pad", "10", "20"]):
            code, output = await self.run_command(*command)
            self.assertEqual(code, 0, output)
        return path

    async def recognise_first(self, path):
        """Which of CHOICES an independent recogniser hears in the first speech of a recording."""
        speech, grammar = os.path.join(self.folder, "speech.wav"), os.path.join(self.folder, "choices.gram")
        with open(grammar, "w", encoding="utf-8") as file:
            file.write("#JSGF V1.0;\ngrammar choices;\npublic <said> = " + " | ".join(CHOICES) + ";\n")
        code, output = await self.run_command("sox", path, "-r", "16000", "-c", "1", "-b", "16", speech,
                                              "silence", "1", "0.1", "1%", "1", "0.9", "1%", "pad", "0.3", "0.5")
        self.assertEqual(code, 0, output)
        child = await asyncio.create_subprocess_exec("pocketsphinx_continuous", "-infile", speech, "-jsgf", grammar, "-vad_threshold",
                                                     "1.5", "-logfn", "/dev/null", stdout=asyncio.subprocess.PIPE)
        output, _ = await child.communicate()
        return output.decode().strip()

    async def ask(self, codec, rate, channels=1, question=QUESTION):
        """`codec` as baresip names it, and what its sound files have to be."""
        source = await self.sound_file(question, rate, channels)
        os.mkdir(os.path.join(self.folder, "recorded"))
        with open(os.path.join(self.folder, "config"), "w", encoding="utf-8") as file:
            file.write(CONFIG.format(folder=self.folder, question=source))
        with open(os.path.join(self.folder, "accounts"), "w", encoding="utf-8") as file:
            file.write(f"<sip:phone@127.0.0.1>;regint=0;audio_codecs={codec}\n")
        client = await self.program()
        phone = asyncio.create_task(self.run_command(
            "baresip", "-f", self.folder, "-e", f"/dial sip:{harness.process.NUMBER}@{self.server.sip}", "-t", "32", timeout=60))
        call = harness.relay.Call(client, await client.wait_event("calling.call.receive"))
        await call.answer()
        control = await call.ai(
            prompt={"text": "You are the agent of a flower shop. The shop opens at nine on Monday."},
            params={"static_greeting": GREETING, "attention_timeout": 0}, hints=[word for word in question.split() if len(word) > 4],
            languages=[{"name": "English", "code": "en-US", "voice": "rms"}])  # the voice that the recogniser understands best
        code, output = await phone
        self.assertEqual(code, 0, output)
        action = await client.wait_event("calling.call.ai", timeout=60, control_id=control)
        self.assertEqual(action["state"], "finished")

        rows = await self.server.messages(await self.server.session_of(call.call_id))
        users = [row["content"] for row in rows if row["role"] == "user"]
        self.assertLess(harness.words.error_rate([question], users), 0.5, rows)
        self.assertIn(GREETING, [row["content"] for row in rows if row["role"] == "assistant"])
        recordings = sorted(glob.glob(os.path.join(self.folder, "recorded", "*dec.wav")))
        self.assertEqual(len(recordings), 1, output)
        self.assertEqual(await self.recognise_first(recordings[0]), CHOICES[0])
        self.assertIn(f"audio encoder: {codec.split('/')[0]} ", output)

    async def test_pcmu(self):
        await self.ask("PCMU/8000/1", 8000)

    async def test_g722(self):
        await self.ask("G722/16000/1", 16000, question=WIDE_QUESTION)

    async def test_opus(self):
        await self.ask("opus/48000/2", 48000, 2)


if __name__ == "__main__":
    unittest.main()
