#!/usr/bin/python3
"""Writes docs/conformance-relay.md: each statement about RELAY, and the tests that prove it: `Checklist 12, 31`. See conformance.py."""
import conformance

conformance.Page("RELAY conformance", "docs/conformance-relay.md", "tests/tidy/relay_statements.txt",
                 r"(?://|#) Checklist ([0-9]+(?:, [0-9]+)*)", 94, "tools/conformance_relay.py").main()
