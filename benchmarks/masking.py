"""What the masking of personal data masks in news that hold hardly any, and what it costs.

    python -m benchmarks.masking --data DIR [--judged 0] [--show] [--json] [--out FILE]

DIR holds folders `sentiment` and `streams` of CSV and Parquet files; every row is one text, its
columns title, text and body together. News and comments of strangers are full of figures and nearly
empty of personal data, so what is masked there is suspect. Read each mask (`--show` prints it with what
stands around it, on the terminal only) and say with `--judged` how many were figures; the others are
contact data that a press release or a column prints of its own accord.

Costs are processor time: of masking alone, of an article's normalisation without and with it, and of a log
line's redaction without and with it.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks.machine import command, describe, rounded
from monitor import Item
from monitor.logs.events import Discreet, Redact
from monitor.news import masking, normalize

FOLDERS = ("sentiment", "streams")
COLUMNS = ("title", "text", "body")
AROUND = 40
"""Characters shown on either side of a mask."""
ARTICLES = 5_000
"""Texts that are normalised to measure what an article costs."""
LINES: tuple[dict[str, Any], ...] = (
    {"event": "poll done", "source": "wire", "fetched": 40, "new": 3, "at": "2026-03-02T09:00:00Z"},
    {"event": "job failed", "job": "poll", "error": "https://a.example/rss: the server answered 503"},
    {"event": '127.0.0.1:52714 - "GET /api/articles?limit=50 HTTP/1.1" 200', "logger": "uvicorn.access"},
    {"event": "model loaded", "model": "shipped-1d2c3b4a5f6e7081"},
    {"event": "plugin disabled", "error": "line 7: 3 cells under 2 columns", "origin": "plugins/mine.py"},
)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="folder with sentiment/ and streams/")
    parser.add_argument("--judged", type=int, help="how many of the masks, read one by one, were figures")
    parser.add_argument("--show", action="store_true", help="print every mask with what stands around it")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    parser.add_argument("--out", type=Path, help="write the result as JSON to this file")
    arguments = parser.parse_args()
    read = {path: texts(path) for path in files(arguments.data)}
    if not read:
        parser.error(f"--data: {arguments.data} has no CSV or Parquet file in {' or '.join(FOLDERS)}")
    if arguments.show:
        for path, some in read.items():
            show(path.name, some)
    every = [text for some in read.values() for text in some]
    result = {
        "benchmark": "masking",
        "command": command(parser, arguments),
        **describe("phonenumbers", "python-stdnum"),
        "result": {**masks(read), "judged_figures": arguments.judged, **costs(every)},
    }
    if arguments.out:
        arguments.out.write_text(json.dumps(result, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    if arguments.json:
        print(json.dumps(result, indent=2, ensure_ascii=False))
    else:
        for name, value in result["result"].items():
            print(f"{name}: {value}")
    return 0


def files(data: Path) -> list[Path]:
    """The files that are read, in order."""
    found = [path for folder in FOLDERS for path in (data / folder).glob("*")]
    return sorted(path for path in found if path.suffix in (".csv", ".parquet"))


def texts(path: Path) -> list[str]:
    """The texts of a file."""
    frame = pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path, dtype=str)
    columns = [frame[name].fillna("").astype(str) for name in COLUMNS if name in frame]
    return ["\n".join(cells) for cells in zip(*columns, strict=True)]


def show(name: str, some: Sequence[str]) -> None:
    """Print the masks of a file, for a person to judge."""
    for text in some:
        for kind, start, end in masking.finds(text):
            before, behind = text[max(start - AROUND, 0) : start], text[end : end + AROUND]
            print(f"{name} {kind}: {before!r} >> {text[start:end]!r} << {behind!r}", file=sys.stderr)


def masks(read: dict[Path, list[str]]) -> dict[str, Any]:
    """How many texts there are and what is masked in them, by file and by kind."""
    kinds: Counter[str] = Counter()
    by_file: dict[str, dict[str, int]] = {}
    touched = 0
    for path, some in read.items():
        found = [masking.finds(text) for text in some]
        here = Counter(kind for finds in found for kind, _, _ in finds)
        touched += sum(map(bool, found))
        kinds.update(here)
        by_file[path.name] = {"texts": len(some), **here}
    count = sum(map(len, read.values()))
    return {
        "texts": count,
        "masks": {kind: kinds[kind] for kind in masking.KINDS},
        "texts_with_a_mask": touched,
        "masks_per_10000_texts": rounded(10_000 * kinds.total() / count),
        "by_file": by_file,
    }


def costs(some: Sequence[str]) -> dict[str, Any]:
    """Processor time of masking, of an article and of a log line, in microseconds each."""
    drawn = some[:: max(1, len(some) // ARTICLES)]
    now = datetime(2026, 1, 1, tzinfo=UTC)
    masked = seconds(masking.mask, some)

    def article(mask: bool) -> Callable[[str], object]:
        return lambda text: normalize.article(
            Item(text=text), source="", identity_key="", now=now, language_hint="en", mask=mask
        )

    def line(redact: Redact) -> Callable[[dict[str, Any]], object]:
        return lambda event: [redact.value(name, value) for name, value in event.items()]

    lines = list(LINES) * 1_000
    seconds(article(True), drawn[:100])  # what is loaded once is loaded
    known = ["a-secret-that-is-known"]
    with_masks, without_masks = seconds(line(Discreet(known)), lines), seconds(line(Redact(known)), lines)
    return {
        "texts_per_second": round(len(some) / masked),
        "microseconds_per_article": each(seconds(article(False), drawn), len(drawn)),
        "microseconds_per_masked_article": each(seconds(article(True), drawn), len(drawn)),
        "microseconds_per_log_line_without": each(without_masks, len(lines)),
        "microseconds_per_log_line": each(with_masks, len(lines)),
    }


def seconds(function: Callable[[Any], object], some: Sequence[Any]) -> float:
    """Processor seconds for all of `some`, the least of three rounds."""

    def rounds() -> Iterator[float]:
        for _ in range(3):
            start = time.process_time()
            for one in some:
                function(one)
            yield time.process_time() - start

    return min(rounds())


def each(seconds: float, count: int) -> float:
    """Microseconds for one of `count`."""
    return round(1e6 * seconds / count, 1)


if __name__ == "__main__":
    sys.exit(main())
