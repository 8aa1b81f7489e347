"""How many feeds lose every item to a small damage.

    python -m benchmarks.mutated_feeds --data DIR --out benchmarks/results/mutated_feeds.json

Documents of a corpus that are read with at least one item are damaged (seeded, `--feeds` times) in one to
three places: a reference that names no character, a stray "&" or "<", bytes flipped, dropped, doubled or
put in, an encoding that is not theirs. A damaged feed is *lost* where no item of it is read although
the document had some; `by_damage` says what was done to those, `by_reason` what the reader said. `escaped`
counts what is no FetchError. A feed is cut short or its root broken now and then: some loss is right.
References alone (`references_only`) must lose none.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.feeds import headers_of
from benchmarks.machine import command, describe
from monitor import FetchError
from monitor_plugins.rss.document import read

URL = "https://feed.example/feed.xml"
REFERENCES = (
    *("&#55357;", "&#xD83D;", "&#xDE00;", "&#55357;&#56832;", "&#xd83d;&#xde00;", "&#x110000;", "&#1114112;"),
    *(
        "&#99999999999;",
        "&#xFFFFFFFFFF;",
        "&#0;",
        "&#x0;",
        "&#1;",
        "&#x1F;",
        "&#xFFFE;",
        "&#65535;",
        "&#x80;",
    ),
    *(
        "&#;",
        "&#x;",
        "&#xZZ;",
        "&#-5;",
        "&#12a;",
        "&#",
        "&#x",
        "&",
        "&;",
        "& ",
        "&amp",
        "&amp;amp;",
        "&bogus;",
    ),
    *("&nbsp;", "&nbsp", "&copy=3", "&section=2", "R&D", "&euro;", "&#8217", "&%x;", "&a.b;", "&#x1F600;"),
)
STRAYS = (
    "<",
    ">",
    "<>",
    "</",
    "<!",
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
    "<?",
    "?>",
    '"',
    "'",
    "<b",
    "<p/>",
    "\x00",
    "\x0b",
)
ENCODINGS = (b"utf-8", b"gb2312", b"iso-8859-1", b"big5", b"utf-16", b"no-such")


def reference(body: bytes, draw: random.Random) -> bytes:
    """A reference in the text between two tags, or in an address: where no mark of the document's is."""
    if body.rstrip().endswith((b"}", b"]")):  # JSON has no references
        return body
    places = [match.end() for match in re.finditer(rb">[^]<]", body)]
    places += [match.end() for match in re.finditer(rb"\b(?:href|url|src|alt)=[\"']", body)]
    at = draw.choice(places) if places else 0
    return body[:at] + draw.choice(REFERENCES).encode() + body[at:]


def stray(body: bytes, draw: random.Random) -> bytes:
    at = draw.randrange(len(body))
    return body[:at] + draw.choice(STRAYS).encode() + body[at:]


def flipped(body: bytes, draw: random.Random) -> bytes:
    at = draw.randrange(len(body))
    return body[:at] + bytes([body[at] ^ (1 << draw.randrange(8))]) + body[at + 1 :]


def dropped(body: bytes, draw: random.Random) -> bytes:
    at = draw.randrange(len(body))
    return body[:at] + body[at + draw.randint(1, 12) :]


def doubled(body: bytes, draw: random.Random) -> bytes:
    at, length = draw.randrange(len(body)), draw.randint(1, 60)
    return body[:at] + body[at : at + length] * 2 + body[at + length :]


def put_in(body: bytes, draw: random.Random) -> bytes:
    at = draw.randrange(len(body))
    return body[:at] + draw.randbytes(draw.randint(1, 4)) + body[at:]


def relabelled(body: bytes, draw: random.Random) -> bytes:
    return re.sub(rb"encoding=[\"'][^\"']*[\"']", b'encoding="%s"' % draw.choice(ENCODINGS), body, count=1)


DAMAGES: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    *(reference, reference, reference),
    *(stray, flipped, dropped, doubled, put_in, relabelled),
)


def items(body: bytes, content_type: str) -> int:
    """How many items are read of a document. Raises what the reader raises."""
    return len(read(body, content_type, URL)["items"])


def measure(data: Path, feeds: int, seed: int) -> dict[str, Any]:
    """Damage so many documents and read them."""
    whole: list[tuple[str, bytes, str]] = []
    for path in sorted(path for path in data.rglob("*") if path.is_file() and path.name != "LICENSE"):
        body = path.read_bytes()
        content_type = headers_of(body, path)["content-type"]
        try:
            if items(body, content_type):
                whole.append((path.relative_to(data).as_posix(), body, content_type))
        except FetchError:
            continue
    draw = random.Random(seed)
    result: dict[str, Any] = {"documents": len(whole), "feeds": feeds, "seed": seed}
    for kind, damages in (("any", DAMAGES), ("references_only", (reference,))):
        read_all, lost, escaped = 0, [], []
        by_damage: Counter[str] = Counter()
        by_reason: Counter[str] = Counter()
        for _ in range(feeds):
            name, body, content_type = draw.choice(whole)
            done = [draw.choice(damages) for _ in range(draw.randint(1, 3))]
            for damage in done:
                body = damage(body, draw)
            try:
                found = items(body, content_type)
                reason = "no item is left"
            except FetchError as error:
                found, reason = 0, re.sub(r"\(.*\)", "(...)", str(error))
            except Exception as error:
                found, reason = 0, f"{type(error).__name__}: {error}"
                escaped.append(f"{name}: {reason}")
            if found:
                read_all += 1
                continue
            lost.append(name)
            by_reason[reason] += 1
            by_damage["+".join(sorted({damage.__name__ for damage in done}))] += 1
        result[kind] = {
            "read": read_all,
            "lost": len(lost),
            "escaped": escaped,
            "by_reason": dict(by_reason.most_common()),
            "by_damage": dict(by_damage.most_common()),
        }
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description="Feeds that lose every item to a small damage.")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--feeds", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    started = time.perf_counter()
    result = {
        "command": command(parser, arguments),
        **describe("feedparser"),
        **measure(arguments.data, arguments.feeds, arguments.seed),
    }
    text = json.dumps(result, ensure_ascii=False, indent=2) + "\n"
    sys.stderr.write(f"{time.perf_counter() - started:.0f} s\n")
    if arguments.out:
        arguments.out.write_text(text, encoding="utf-8")
    sys.stdout.write(text)


if __name__ == "__main__":
    main()
