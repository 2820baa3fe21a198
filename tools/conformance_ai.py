#!/usr/bin/python3
"""Writes docs/conformance-ai.md: each statement about AI sessions, and the tests that prove it: `swml-ai 12, 31`. See conformance.py."""
import conformance

conformance.Page("AI conformance", "docs/conformance-ai.md", "tests/tidy/ai_statements.txt",
                 r"swml-ai ([0-9]+(?:, [0-9]+)*)", 107, "tools/conformance_ai.py").main()
