"""What the shipped model says of an archive, judged once and kept.

    python -m benchmarks.surges_data --data ../shared/data/streams/reuters_2006_2010.parquet \
        --predictions FILE.jsonl

The archive is read as `monitor import` reads it: normalised, masked, with the companies that it names. The
companies are those of the list in benchmarks/surges_archive, which was written before anything was judged,
and those of `aliases/sp500.csv` beside the archive's folder; where both have an id, the list is right, for it
knows what a company was called then.

A line of FILE is one judgement: its key, the calibrated probabilities of the sentiments and topics, those
towards each company named, and the vector. The key is made of what the model was asked, the text and the
names in it, so that a longer list of companies asks again only about texts that name one more. Lines are
added as texts are judged; begun again, the program goes on where it was stopped. It takes one thread and
some two hours.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from monitor import archive
from monitor.archive import Brought
from monitor.news import normalize
from monitor.news.companies import Linker, load_watchlist
from monitor.pipeline import Intake
from monitor.records import Article, Company, Item, Prediction
from monitor.settings import RoutingSettings
from monitor.store import Store

ARCHIVE = Path(__file__).parent / "surges_archive"
SOURCE = "reuters"
CHUNK = 512
"""Texts judged between two writes."""


def watched(data: Path) -> tuple[Company, ...]:
    """The companies watched in the archive at `data`; the list's own, then the index's."""
    listed = load_watchlist(ARCHIVE / "companies.csv")
    own = {company.id for company in listed}
    index = load_watchlist(data.parent.parent / "aliases" / "sp500.csv")
    return (*listed, *(company for company in index if company.id not in own))


def articles(data: Path, companies: Sequence[Company]) -> Iterator[Article]:
    """The rows of the archive as articles, oldest first, as an import of it as history makes them."""
    linker = Linker(companies)
    for item in items(data):
        at = item.published_at
        assert isinstance(at, datetime)
        made = normalize.article(item, source=SOURCE, identity_key=item.url, now=at, mask=True)
        yield replace(made, mentions=tuple(linker.mentions(made.content, at.date())))


def items(data: Path) -> Iterator[Item]:
    """The rows of the archive."""
    from pyarrow.parquet import read_table

    for row in read_table(data).to_pylist():
        at = datetime.fromisoformat(row["date"]).astimezone(UTC)
        yield Item(title=row["title"], text=row["body"], url=row["url"], published_at=at)


def bring(store: Store, data: Path, kept: Kept, now: datetime) -> Brought:
    """Take the archive in as history, judged as it was kept; texts that were not count as unjudged."""
    companies = watched(data)
    intake = Intake(SOURCE, Linker(companies), RoutingSettings(), lambda: now, kept.classify, mask=True)
    return archive.bring(store, items(data), intake, companies, told=_told)


def _told(done: int, total: int, minutes: float) -> None:
    if done % (32 * archive.CHUNK) == 0:
        print(f"{done} of {total}, {minutes:.0f} minutes left", file=sys.stderr, flush=True)


def key(article: Article) -> str:
    """What the model is asked about an article, in few letters."""
    asked = json.dumps([article.content, sorted(article.named.items())], ensure_ascii=False)
    return hashlib.sha256(asked.encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Kept:
    """Judgements by key, each as it stands in the file, and which model's they are."""

    model: str
    sentiments: tuple[str, ...]
    topics: tuple[str, ...]
    lines: Mapping[str, Mapping[str, Any]]

    def prediction(self, article: Article) -> Prediction:
        """What was said of an article. Raises KeyError where nothing was."""
        found = self.lines[key(article)]

        def named(row: Sequence[float]) -> dict[str, float]:
            return dict(zip(self.sentiments, row, strict=True))

        return Prediction(
            sentiment=named(found["sentiment"]),
            topics=dict(zip(self.topics, found["topics"], strict=True)),
            model=self.model,
            unsupported=found["unsupported"],
            companies={company: named(row) for company, row in found["companies"].items()},
            vector=base64.b64decode(found["vector"]),
        )

    def classify(self, some: Sequence[Article]) -> list[Prediction]:
        """A `Classifier.classify` that only remembers."""
        return [self.prediction(article) for article in some]


def read(path: Path) -> Kept:
    """The judgements kept in a file; a last line that was not finished is none."""
    with path.open(encoding="utf-8") as file:
        head = json.loads(file.readline())
        lines: dict[str, Mapping[str, Any]] = {}
        for line in file:
            if line.endswith("\n"):
                found = json.loads(line)
                lines[found.pop("key")] = found
    return Kept(head["model"], tuple(head["sentiments"]), tuple(head["topics"]), lines)


def written(article: Article, said: Prediction) -> str:
    """A judgement as a line."""
    told = {
        "key": key(article),
        "sentiment": [round(one, 6) for one in said.sentiment.values()],
        "topics": [round(one, 4) for one in said.topics.values()],
        "companies": {
            company: [round(one, 6) for one in towards.values()]
            for company, towards in said.companies.items()
        },
        "unsupported": str(said.unsupported),
        "vector": base64.b64encode(said.vector).decode(),
    }
    return json.dumps(told, ensure_ascii=False) + "\n"


def judge(data: Path, model: Path, kept: Path) -> int:
    """Judge what the file `kept` lacks, and add it there; how many texts that were."""
    from monitor_plugins.transformer import Transformer

    classifier = Transformer(device="cpu", threads=1, cached=0)
    version = json.loads((model / "config.json").read_text(encoding="utf-8"))["id"]
    classifier.load(model, version)
    known = set(_repaired(kept).lines) if kept.is_file() else set()
    wanted: dict[str, Article] = {}
    for article in articles(data, watched(data)):
        wanted.setdefault(key(article), article)
    left = [article for one, article in wanted.items() if one not in known]
    print(f"{len(wanted)} texts, {len(left)} to be judged", file=sys.stderr, flush=True)
    began = time.monotonic()
    with kept.open("a", encoding="utf-8") as file:
        for done in range(0, len(left), CHUNK):
            some = left[done : done + CHUNK]
            found = classifier.classify(some)
            if not file.tell():
                head = {"model": version, "sentiments": [*found[0].sentiment], "topics": [*found[0].topics]}
                file.write(json.dumps(head) + "\n")
            file.writelines(written(*one) for one in zip(some, found, strict=True))
            file.flush()
            over = done + len(some)
            minutes = (time.monotonic() - began) / over * (len(left) - over) / 60
            print(f"{over} of {len(left)}, {minutes:.0f} minutes left", file=sys.stderr, flush=True)
    return len(left)


def _repaired(path: Path) -> Kept:
    """What a file keeps; what was being written when it was stopped is cut off."""
    text = path.read_bytes()
    whole = text.rfind(b"\n") + 1
    if whole < len(text):
        with path.open("r+b") as file:
            file.truncate(whole)
    return read(path)


def asking(prog: str, about: str) -> argparse.ArgumentParser:
    """What a program asks that reads the archive where it was brought."""
    parser = argparse.ArgumentParser(prog=prog, description=about.partition("\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="the archive, whose companies are listed")
    parser.add_argument("--store", type=Path, required=True, help="SQLite file with the archive in it")
    parser.add_argument("--out", type=Path, help="write the result as JSON to this file")
    return parser


def main() -> int:
    parser = argparse.ArgumentParser(description="Judge an archive once, and keep what was said.")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--model", type=Path, default=Path("models/default"))
    parser.add_argument("--predictions", type=Path, required=True, help="what the model said, kept here")
    arguments = parser.parse_args()
    print(judge(arguments.data, arguments.model, arguments.predictions), "texts judged")
    return 0


if __name__ == "__main__":
    sys.exit(main())
