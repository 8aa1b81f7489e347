"""What parsers of dates make of the spellings in tests/news/test_dates.py.

    python -m benchmarks.dates --out benchmarks/results/dates.json

Each spelling is written for `--draws` random moments. `right` is the moment that was written, to the
precision in which it was (a day, for those without a time); `wrong` another one; `none` none. `guessed`
counts which of the texts that are ambiguous, incomplete or impossible are read all the same. dateutil and
dateparser are measured where they are installed (`pip install python-dateutil dateparser`).
"""

from __future__ import annotations

import argparse
import contextlib
import json
import random
import sys
import warnings
from calendar import timegm
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from functools import partial
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from benchmarks.machine import command, describe
from monitor import Dates
from tests.news.test_dates import (
    AMBIGUOUS,
    BARE,
    DAYS,
    IMPOSSIBLE,
    LACKING,
    NOW,
    UNKNOWN,
    ZONED,
    parts,
    precision,
)

Parser = Callable[[str], datetime | date | None]


def parsers() -> dict[str, Parser]:
    """Those that are there, by name and version."""
    found: dict[str, Parser] = {"monitor": lambda text: Dates().read(text, NOW).at}
    with contextlib.suppress(ImportError):
        found[f"dateutil {version('python-dateutil')}"] = import_module("dateutil.parser").parse
    try:
        settings = {"TIMEZONE": "UTC", "RETURN_AS_TIMEZONE_AWARE": True}
        found[f"dateparser {version('dateparser')}"] = partial(
            import_module("dateparser").parse, settings=settings
        )
    except ImportError:
        pass
    import feedparser.datetimes

    def feeds(text: str) -> datetime | None:
        parsed = feedparser.datetimes._parse_date(text)
        return parsed and datetime.fromtimestamp(timegm(parsed), UTC)

    found[f"feedparser {version('feedparser')}"] = feeds
    return found


def written(draw: random.Random, spelling: str) -> tuple[str, datetime | date]:
    """A spelling of a random moment, and what is to be read of it."""
    at = datetime(1990, 1, 1, tzinfo=UTC) + timedelta(seconds=draw.randrange(45 * 365 * 86_400))
    at = at.replace(microsecond=draw.randrange(1_000_000))
    if at.isocalendar()[0] != at.year:
        at = at.replace(month=6, day=15)
    if spelling in ZONED:
        at = at.replace(tzinfo=timezone(timedelta(minutes=15 * draw.randint(-48, 56))))
    text = spelling.format_map(parts(at))
    return text, at.date() if spelling in DAYS else precision(spelling, at).astimezone(UTC)


def outcome(parser: Parser, text: str, wanted: datetime | date) -> str:
    try:
        found = parser(text)
    except Exception:  # whatever a parser raises at what it cannot read
        found = None
    if found is None:
        return "none"
    if not isinstance(wanted, datetime):
        found = found.date() if isinstance(found, datetime) else found
    elif isinstance(found, datetime) and found.tzinfo is None:
        found = found.replace(tzinfo=UTC)
    try:
        return "right" if found == wanted else "wrong"
    except ValueError:  # an offset of more than a day
        return "wrong"


def measure(draws: int, seed: int) -> dict[str, Any]:
    """Every parser on the same texts."""
    draw = random.Random(seed)
    texts = [written(draw, spelling) for spelling in (*ZONED, *BARE, *DAYS) for _ in range(draws)]
    unreadable = [*AMBIGUOUS, *LACKING, *IMPOSSIBLE, *UNKNOWN]
    result: dict[str, Any] = {"texts": len(texts), "unreadable": len(unreadable), "seed": seed}
    for name, parser in parsers().items():
        counted = Counter(outcome(parser, text, wanted) for text, wanted in texts)
        guessed = sum(outcome(parser, text, NOW) != "none" for text in unreadable)
        result[name] = {**{key: counted[key] for key in ("right", "wrong", "none")}, "guessed": guessed}
    return result


PEERS = ("python-dateutil", "dateparser")


def _installed(name: str) -> bool:
    try:
        return bool(version(name))
    except PackageNotFoundError:
        return False


def main() -> None:
    parser = argparse.ArgumentParser(description="Parsers of dates on the spellings of the tests.")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--draws", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    peers = [name for name in PEERS if _installed(name)]
    result = {
        "command": command(parser, arguments),
        **describe(*peers, "feedparser"),
        **measure(arguments.draws, arguments.seed),
    }
    text = json.dumps(result, indent=2) + "\n"
    if arguments.out:
        arguments.out.write_text(text, encoding="utf-8")
    sys.stdout.write(text)


if __name__ == "__main__":
    main()
