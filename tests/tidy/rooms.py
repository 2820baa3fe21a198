#!/usr/bin/env python3
"""The walls of the house: what a room includes is what `rooms.txt` allows, and each outside library has one door."""
import pathlib
import re
import sys

root = pathlib.Path(__file__).resolve().parents[2]
INCLUDE = re.compile(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]', re.M)

# Outside library (start of the include path) -> the only room that may include it.
DOORS = {
    "boost/json": "base", "yaml-cpp/": "base", "spdlog/": "base", "fmt/": "base", "pcre2": "base", "openssl/": ("base", "net"),
    "boost/asio": "net", "boost/beast": "net", "curl/": "net", "ares": "net",
    "sqlite3.h": "databases", "speex/": "audio", "sndfile": "audio", "webrtc": "audio",
    "pocketsphinx": "providers", "sphinxbase": "providers", "flite": "providers", "CLI/": "server", "boost/pfr": "host",
    "opus/": "audio", "opus.h": "audio", "spandsp": "audio", "srtp2/": "media", "prometheus/": "server",
}
# No wire name, no clock: what pure rooms may not include.
PURE = {"audio", "rtp", "sdp", "expand", "turn", "store", "speech", "agent", "call", "sip", "swaig", "relay", "rest"}
CLOCKS_AND_THREADS = {"thread", "mutex", "condition_variable", "atomic", "future", "sys/socket.h", "unistd.h", "netinet/in.h",
                      "fstream", "filesystem"}


def allowed_rooms():
    rooms = {}
    for line in (root / "tests/tidy/rooms.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            name, _, may = line.partition(":")
            rooms[name.strip()] = set(may.split())
    return rooms


def problems():
    rooms = allowed_rooms()
    order = list(rooms)
    for path in sorted((root / "src").rglob("*")):
        if path.suffix not in (".h", ".cc") or path.parent == root / "src":
            continue
        room = path.relative_to(root / "src").parts[0]
        if room not in rooms:
            yield f"{path.relative_to(root)}: room `{room}` is not in tests/tidy/rooms.txt"
            continue
        may = rooms[room]
        if "*" in may:
            may = set(order[:order.index(room)])
        for kind, target in INCLUDE.findall(path.read_text()):
            where = f"{path.relative_to(root)} includes {target}"
            if kind == '"':
                other = target.split("/")[0]
                if "/" not in target or other not in rooms:
                    yield f"{where}: includes are written from src/"
                elif other != room and other not in may:
                    yield f"{where}: room `{room}` may not include `{other}`"
            else:
                for prefix, door in DOORS.items():
                    doors = door if isinstance(door, tuple) else (door,)
                    if target.startswith(prefix) and room not in doors:
                        yield f"{where}: its door is {' or '.join(doors)}"
                if room in PURE and target in CLOCKS_AND_THREADS and not path.name.startswith("wav."):
                    yield f"{where}: `{room}` is pure"
        lines = path.read_text().count("\n")
        if lines > 600:
            yield f"{path.relative_to(root)}: {lines} lines; at 600 ask which noun is hiding"


def links():
    """Relative links in the documents lead somewhere."""
    for page in [*root.glob("*.md"), *root.glob("docs/**/*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text()):
            if not (page.parent / target).exists():
                yield f"{page.relative_to(root)}: link to {target}, which does not exist"


if __name__ == "__main__":
    found = [*problems(), *links()]
    print("\n".join(found) if found else "rooms and links are as drawn")
    sys.exit(1 if found else 0)
