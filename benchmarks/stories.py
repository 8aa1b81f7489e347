"""Which articles tell one development: on a labelled set and on a feed's repeated titles.

    python -m benchmarks.stories --data DIR [--encoder DIR] [--kept DIR] [--out FILE]

The labelled set lies beside the tests (`tests/news/stories/*.jsonl`): each line is an event with the
companies it is about, and how it was told when, in which language. Events of one family are hard negatives
of each other. Both halves go through the product as they would live: one article at a time in the order of
its hours, through the pipeline into a SQLite store, companies linked as the set says, each prediction with
its vector. What lies before are 600 headlines of each language of streams of DIR, of which the languages'
centres are taken. The made stories are compared with the events: pairs of articles (precision, recall),
B-cubed (Bagga and Baldwin 1998), pairs of one family kept apart, Chinese-English pairs joined, each with a
95% interval from 1,000 resamplings of events.

Beside it: text alone, and what most others do, a cosine cut with single linkage within company and 48 hours,
at the cut that is best on the tuned half. Vectors are the shipped model's (`--model`), and with `--encoder`
those of its base. How fast that is: `benchmarks.stories_speed`.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.machine import command, describe, hand_over, rounded
from monitor import pipeline
from monitor.news import identity, normalize
from monitor.news.companies import Linker
from monitor.news.stories import guards
from monitor.pipeline import Intake, Taken
from monitor.records import Article, Item, Mention, Prediction
from monitor.settings import RoutingSettings
from monitor.store import Store, articles, memberships, open_store

SETS = Path(__file__).parents[1] / "tests" / "news" / "stories"
HALVES = ("tuned", "held_out")
START = datetime(2026, 3, 2, tzinfo=UTC)
BACKGROUND = 600
RESAMPLINGS = 1000
CUTS = np.arange(0.3, 0.99, 0.01)
RULES = RoutingSettings(threshold=0.75, audits_per_day=0, explore_share=0)
COMPANIES, NEW, CHUNK = 2_000, 2_048, 256
Embed = Callable[[Sequence[str]], NDArray[np.float16]]


@dataclass(frozen=True, slots=True)
class Line:
    """A headline of the set, and what it is of."""

    event: str
    family: str
    companies: frozenset[str]
    hours: float
    language: str
    source: str
    text: str


class Given(Linker):
    """Links the companies that the set says."""

    def __init__(self, lines: Iterable[Line]) -> None:
        super().__init__(())
        self._given = {line.text: line.companies for line in lines}

    def mentions(self, content: str, on: date | None = None) -> list[Mention]:
        return [Mention(one, one, 0, 1) for one in sorted(self._given.get(content, ()))]


def lines_of(half: str) -> list[Line]:
    """The headlines of a half, in the order of their hours."""
    found: list[Line] = []
    for row in (SETS / f"{half}.jsonl").read_text("utf-8").splitlines():
        event = json.loads(row)
        for after, language, source, text in event["told"]:
            text = normalize.content(text, "")
            about = frozenset(event["companies"])
            hours = event["at"] + after + len(found) / 1e5
            found.append(Line(event["event"], event["family"], about, hours, language, source, text))
    return sorted(found, key=lambda line: line.hours)


def lived(lines: Sequence[Line], embed: Embed | None, background: Sequence[str], path: Path) -> list[int]:
    """The story of each line, after all went through the pipeline one by one into the store at `path`; one
    that an earlier run left there is read as it is."""
    if path.exists():
        return _stories(open_store(f"sqlite:///{path}"), len(lines))
    texts = [line.text for line in lines]
    known = dict(zip([*background, *texts], embed([*background, *texts]), strict=True)) if embed else {}
    store = open_store(f"sqlite:///{path}")
    store.upgrade()
    moment = [START - timedelta(days=5)]

    def classify(batch: Sequence[Article]) -> list[Prediction]:
        said = {"negative": 0.2, "neutral": 0.6, "positive": 0.2}
        return [Prediction(said, {}, "m", vector=known[one.content].tobytes()) for one in batch]

    def take(items: Sequence[Item], source: str) -> None:
        told, taken = Intake(source, linker, RULES, lambda: moment[0], classify if embed else None), Taken()
        pipeline.take_in(store, items, told, taken)

    linker = Given(lines)
    take([Item(text, url=f"https://b.example/{n}") for n, text in enumerate(background)], "background")
    for number, line in enumerate(lines):
        moment[0] = START + timedelta(hours=line.hours)
        # Every line is another outlet's: a source's own look-alikes are `monitor.news.recognition`'s.
        item = Item(line.text, url=f"https://a.example/{number}", guid=str(number))
        take([item], f"{line.source} {number}")
    return _stories(store, len(lines))


def _stories(store: Store, number: int) -> list[int]:
    """The story of each line, by the number in its address."""
    with store.read() as tx:
        stored = {one.article.url: one.article.story_id for one in articles.page(tx, limit=10_000)}
    store.close()
    return [stored[f"https://a.example/{line}"] for line in range(number)]


def cut(lines: Sequence[Line], rows: NDArray[np.float16], least: float) -> list[int]:
    """Single linkage at a cosine within company and 48 hours: what most do."""
    unit = rows.astype(np.float32)
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)
    parent = list(range(len(lines)))

    def root(one: int) -> int:
        while parent[one] != one:
            one = parent[one]
        return one

    near = unit @ unit.T >= least
    for one, other in combinations(range(len(lines)), 2):
        first, second = lines[one], lines[other]
        together = abs(first.hours - second.hours) <= 48 and not guards.companies(
            first.companies, second.companies
        )
        if near[one, other] and together:
            parent[root(other)] = root(one)
    return [root(one) for one in range(len(lines))]


def score(
    lines: Sequence[Line], made: Sequence[int], times: Mapping[str, int] | None = None
) -> dict[str, float]:
    """How the made stories compare with the events; with `times`, events count as often as it says."""
    event = np.array([line.event for line in lines])
    weight = np.array([1.0 if times is None else times.get(line.event, 0) for line in lines])
    story = np.asarray(made)
    same, got = event[:, None] == event[None, :], story[:, None] == story[None, :]
    # A pair within an event is there as often as the event, one of two events as often as both together.
    often = np.where(same, weight[:, None], weight[:, None] * weight[None, :])
    upper = np.triu(np.ones(same.shape, bool), 1)
    both, joined, true = ((some & upper) * often for some in (same & got, got, same))
    family = np.array([line.family for line in lines])
    hard = (family[:, None] == family[None, :]) & (family != "")[:, None] & ~same & upper
    language = np.array([line.language for line in lines])
    cross = same & (language[:, None] != language[None, :]) & upper
    # A cluster holds as many copies of an event as were drawn, of which each is an event of its own.
    inside = np.array([((same[i] & got[i]).sum()) for i in range(len(lines))], float)
    outside = ((~same & got) * weight[None, :]).sum(1)
    precision = inside / (inside + outside)
    recall = inside / same.sum(1)
    total = max(weight.sum(), 1e-12)
    b_precision, b_recall = float((precision * weight).sum() / total), float((recall * weight).sum() / total)
    return {
        "precision": _share(both.sum(), joined.sum()),
        "recall": _share(both.sum(), true.sum()),
        "b_cubed_precision": b_precision,
        "b_cubed_recall": b_recall,
        "b_cubed_f1": _share(2 * b_precision * b_recall, b_precision + b_recall),
        "hard_apart": _share(((hard & ~got) * often).sum(), (hard * often).sum()),
        "cross_joined": _share(((cross & got) * often).sum(), (cross * often).sum()),
    }


def _share(part: float, whole: float) -> float:
    return float(part) / float(whole) if whole else 1.0


def judged(lines: Sequence[Line], made: Sequence[int], resamplings: int, seed: int = 7) -> dict[str, Any]:
    """Figures with their 95% intervals from resampled events."""
    rng = np.random.default_rng(seed)
    names = sorted({line.event for line in lines})
    drawn: dict[str, list[float]] = defaultdict(list)
    for _ in range(resamplings):
        times = Counter(names[one] for one in rng.integers(0, len(names), len(names)))
        for name, value in score(lines, made, times).items():
            drawn[name].append(value)
    point = score(lines, made)
    return {
        name: {
            "value": rounded(value),
            "low": rounded(np.quantile(drawn[name], 0.025)),
            "high": rounded(np.quantile(drawn[name], 0.975)),
        }
        for name, value in point.items()
    }


def counted(lines: Sequence[Line]) -> dict[str, int]:
    """What a half holds."""
    families = Counter(line.family for line in lines if line.family)
    languages = defaultdict(set)
    for line in lines:
        languages[line.event].add(line.language)
    pairs = [(a, b) for a, b in combinations(lines, 2)]
    return {
        "headlines": len(lines),
        "events": len(languages),
        "bilingual_events": sum(len(some) == 2 for some in languages.values()),
        "in_hard_families": sum(families.values()),
        "hard_pairs": sum(bool(a.family) and a.family == b.family and a.event != b.event for a, b in pairs),
        "cross_pairs": sum(a.event == b.event and a.language != b.language for a, b in pairs),
    }


def quality(data: Path, embedders: Mapping[str, Embed], kept: Path, resamplings: int) -> dict[str, Any]:
    background = [
        text for name in ("finviz_us.csv", "astock_zh.csv") for text in _titles(data / "streams" / name)
    ]
    halves = {half: lines_of(half) for half in HALVES}
    result: dict[str, Any] = {half: counted(lines) for half, lines in halves.items()}
    ways: dict[str, Any] = {
        "text": {
            half: judged(lines, lived(lines, None, [], kept / f"text {half}.db"), resamplings)
            for half, lines in halves.items()
        }
    }
    for name, embed in embedders.items():
        rows = {half: embed([line.text for line in lines]) for half, lines in halves.items()}
        best = max(
            CUTS,
            key=lambda least: score(halves["tuned"], cut(halves["tuned"], rows["tuned"], least))[
                "b_cubed_f1"
            ],
        )
        ways[f"cosine cut, {name}"] = {"cut": rounded(best)} | {
            half: judged(lines, cut(lines, rows[half], best), resamplings) for half, lines in halves.items()
        }
        ways[f"stories, {name}"] = {
            half: judged(lines, lived(lines, embed, background, kept / f"{name} {half}.db"), resamplings)
            for half, lines in halves.items()
        }
    return result | {"ways": ways}


def _titles(path: Path) -> list[str]:
    with path.open(encoding="utf-8", newline="") as file:
        titles = (
            normalize.content(row.get("title") or row.get("text") or "", "")[:200].strip()
            for row in csv.DictReader(file)
        )
        return list(dict.fromkeys(title for title in titles if title))[:BACKGROUND]


def repeated(data: Path) -> dict[str, Any]:
    """The items of the BBC's feed whose title comes again within the window: are they one story, and is what
    joins under other titles?"""
    with (data / "streams" / "bbc_business_rss.csv").open(encoding="utf-8", newline="") as file:
        rows = [
            (datetime.fromisoformat(row["date"]), row["text"], row["body"], row["guid"])
            for row in csv.DictReader(file)
        ]
    rows.sort()
    store = open_store(f"sqlite:///{tempfile.mkdtemp()}/bbc.db")
    store.upgrade()
    ids = []
    for number, (at, title, body, _) in enumerate(rows):
        taken = Taken()
        told = Intake(f"bbc {number}", Given(()), RULES, lambda at=at: at)  # type: ignore[misc]
        pipeline.take_in(store, [Item(title, body, f"https://b.example/{number}")], told, taken)
        ids += sorted(taken.ids)
    with store.read() as tx:
        held = memberships.of(tx, ids)
    found = [held[id].story_id for id in ids]
    again = joined = 0
    last: dict[str, int] = {}
    for number, (at, title, _, _) in enumerate(rows):
        if title in last and at - rows[last[title]][0] <= identity.STORY_WINDOW:
            again += 1
            joined += found[number] == found[last[title]]
        last[title] = number
    titles: dict[int, set[str]] = defaultdict(set)
    for story, (_, title, _, _) in zip(found, rows, strict=True):
        titles[story].add(title)
    several = [some for some in titles.values() if len(some) > 1]
    return {
        "items": len(rows),
        "titles_again_within_3_days": again,
        "of_them_one_story": joined,
        "stories": len(titles),
        "stories_of_several_titles": len(several),
    }


# --- vectors -------------------------------------------------------------------------------------


def shipped(model: Path) -> Embed:
    """The vectors that the transformer gives with its predictions."""
    from monitor_plugins.transformer.serving.engine import Engine

    engine = Engine.load(model)

    def embed(texts: Sequence[str]) -> NDArray[np.float16]:
        told = engine.judge(list(texts), [[] for _ in texts])
        return np.array([np.frombuffer(one, "<f2") for one in told.vectors])

    return embed


def encoder(folder: Path) -> Embed:
    """The mean of an encoder's last states."""
    import torch
    from transformers import AutoModel, AutoTokenizer

    tokenizer, network = (
        AutoTokenizer.from_pretrained(folder),
        AutoModel.from_pretrained(folder).float().eval(),
    )

    def embed(texts: Sequence[str]) -> NDArray[np.float16]:
        rows = []
        for first in range(0, len(texts), 32):
            batch = tokenizer(
                [f"query: {text}" for text in texts[first : first + 32]],
                return_tensors="pt",
                padding=True,
                truncation=True,
                max_length=128,
            )
            with torch.no_grad():
                states = network(**batch).last_hidden_state
            kept = batch["attention_mask"][..., None]
            rows.append(((states * kept).sum(1) / kept.sum(1)).numpy())
        return np.concatenate(rows).astype(np.float16)

    return embed


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="folder of the public data sets")
    parser.add_argument("--model", type=Path, default=Path("models/default"), help="the serving model")
    parser.add_argument("--encoder", type=Path, help="an encoder to compare with")
    parser.add_argument(
        "--kept", type=Path, help="folder of the stores that an earlier run left; else new ones"
    )
    parser.add_argument("--resamplings", type=int, default=RESAMPLINGS, help="of events, for intervals")
    parser.add_argument("--no-feed", action="store_true", help="leave the repeated titles of a feed out")
    parser.add_argument("--out", type=Path, help="write the result as JSON to this file")
    arguments = parser.parse_args()
    embedders = {"shipped model": shipped(arguments.model)}
    if arguments.encoder:
        embedders["base encoder"] = encoder(arguments.encoder)
    result = {
        "benchmark": "stories",
        "command": command(parser, arguments),
        **describe("numpy", "sqlalchemy", "pyahocorasick"),
        "quality": quality(
            arguments.data, embedders, arguments.kept or Path(tempfile.mkdtemp()), arguments.resamplings
        ),
        "repeated_titles": None if arguments.no_feed else repeated(arguments.data),
    }
    hand_over(result, arguments.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
