"""Pages that say which statements the server meets and which tests prove it.

The statements stand in a file of `tests/tidy`: a number, the statement, and behind ` ! ` why it is not met yet. A test names those that
it proves in a comment, by a marker and their numbers, above its name, behind it or in its body; a `.talk` file anywhere in it. With
`--check` nothing is written: it fails when the page is stale, when a statement has neither a test nor a reason why it is not met, or
when a test names a statement that there is not."""
import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TEST = re.compile(r"TEST(?:_F|_P)?\(\s*(\w+),\s*(\w+)\)|^\s*(?:async )?def (test_\w+)\(", re.M)


class Page:
    def __init__(self, title, page, statements, marker, count, tool):
        """`marker`: a regular expression; its group 1 is "12, 31"."""
        self.title = title
        self.page = page
        self.statements_file = statements
        self.marker = re.compile(marker)
        self.count = count
        self.tool = tool

    def statements(self):
        """[(number, heading, text, why it is not met or None)]"""
        rows, heading = [], ""
        with open(os.path.join(ROOT, self.statements_file), encoding="utf-8") as file:
            for line in file.read().splitlines():
                if line.startswith("## "):
                    heading = line[3:]
                elif line and not line.startswith("#"):
                    number, rest = line.split(" ", 1)
                    text, _, why = rest.partition(" ! ")
                    rows.append((int(number), heading, text.strip(), why.strip() or None))
        return rows

    def tests_of(self, path):
        """{number: [name of a test]} of one file."""
        with open(path, encoding="utf-8") as file:
            text = file.read()
        tests = [(match.start(), match.group(3) or f"{match.group(1)}.{match.group(2)}") for match in TEST.finditer(text)]
        found = {}
        for marker in self.marker.finditer(text):
            line = text[text.rfind("\n", 0, marker.start()) + 1:marker.start()]
            if path.endswith(".talk"):
                name = os.path.basename(path)
            elif line.startswith("//") or line == "":  # Above its test.
                name = next((name for at, name in tests if at > marker.start()), None)
            else:
                name = next((name for at, name in reversed(tests) if at < marker.start()), None)
            if name is None:
                raise SystemExit(f"{path}: a marker without a test: {marker.group(0)}")
            for number in map(int, marker.group(1).split(", ")):
                found.setdefault(number, []).append(name)
        return found

    def all_tests(self):
        found = {}
        for folder, folders, files in os.walk(os.path.join(ROOT, "tests")):
            folders[:] = [name for name in folders if name != "node_modules"]
            for name in sorted(files):
                if name.endswith((".cc", ".py", ".talk")):
                    for number, names in self.tests_of(os.path.join(folder, name)).items():
                        found.setdefault(number, []).extend(names)
        return {number: sorted(set(names)) for number, names in found.items()}

    def text(self):
        rows, tests = self.statements(), self.all_tests()
        known = {row[0] for row in rows}
        problems = [f"a test names statement {number}, which there is not" for number in tests if number not in known]
        problems += [f"statement {number} has neither a test nor a reason" for number, _, _, why in rows if not why and number not in tests]
        if [row[0] for row in rows] != list(range(1, self.count + 1)):
            problems.append(f"the statements are not numbered from 1 to {self.count}")
        if problems:
            raise SystemExit("\n".join(problems))
        met = sum(1 for row in rows if not row[3])
        lines = [f"# {self.title}", "",
                 f"Written by `{self.tool}` from the statements in `{self.statements_file}` and from what the tests say that",
                 "they prove. Do not edit.", "", f"{met} of {len(rows)} are met.", ""]
        heading = None
        for number, group, text, why in rows:
            if group != heading:
                heading = group
                lines += ([""] if lines[-1] else []) + [f"## {group}", "", "| | statement | test | met |", "|---|---|---|---|"]
            names = "<br>".join(f"`{name}`" for name in tests.get(number, []))
            lines.append(f"| {number} | {text} | {names} | {'not yet: ' + why if why else 'yes'} |")
        return "\n".join(lines) + "\n"

    def main(self):
        text = self.text()
        path = os.path.join(ROOT, self.page)
        if sys.argv[1:] == ["--check"]:
            with open(path, encoding="utf-8") as file:
                if file.read() != text:
                    raise SystemExit(f"{self.page} is stale: run {self.tool}")
            return
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
