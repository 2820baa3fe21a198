"""The demo holds what it promises, and fails when the caller does not speak."""
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import harness  # noqa: E402


class Demo(unittest.IsolatedAsyncioTestCase):
    async def demo(self, caller):
        return await harness.ServerTest.run_command(self, "/usr/bin/python3", os.path.join(harness.ROOT, "tools/demo.py"),
                                                    "--parley", harness.PARLEY, "--caller", caller, timeout=400)

    async def test_the_first_call_works(self):  # swml-ai 9
        code, output = await self.demo("speaking")
        self.assertEqual(code, 0, output)
        self.assertIn("All of it happened.", output)

    async def test_a_mute_caller_makes_it_fail(self):
        code, output = await self.demo("mute")
        self.assertEqual(code, 1, output)
        self.assertIn("FAIL  word error rate", output)
        self.assertIn("ok    the caller was answered and hung up", output)

    async def test_noise_instead_of_speech_makes_it_fail(self):
        code, output = await self.demo("noise")
        self.assertEqual(code, 1, output)
        self.assertIn("FAIL  word error rate", output)
        self.assertIn("ok    the caller was answered and hung up", output)


if __name__ == "__main__":
    unittest.main()
