"""How well companies are found in texts, and how fast.

    python -m benchmarks.companies --data DIR --out benchmarks/results/companies.json

**hard**: the texts of benchmarks/sets/companies.txt, written by hand before the matcher; one half of the
families is tuned on, the other never. A mention counts as found where one of the company overlaps it;
intervals are bootstrapped by family. **sets**: SEntFiN, CFSC and negative-entity under DIR/entities, each
with its own entities as the watch list. Their labels are partial, so recall is told as it is, and precision
from finds that no label has, drawn at random and read by hand (`--show SET`; what was read stands in
benchmarks/sets/companies_read.json). **speed**: texts a second with 200 companies, with 10,000 of
DIR/aliases, and with 200 among 10,000 that no text names; and how long the first text waits.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import re
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.machine import command, describe
from monitor.news.companies import Linker, load_watchlist
from monitor.news.normalize import content
from monitor.records import Company

SETS = Path(__file__).parent / "sets"
ENTITIES = {
    "sentfin": "sentfin_train.csv",
    "cfsc": "cfsc_zh_train.csv",
    "negative_entity": "negative_entity_zh_train.csv",
}
HALVES = ("tuned", "untouched")
_MARK = re.compile(r"\[(?P<id>[a-z0-9]+)(?:/(?P<role>[a-z]+))?:(?P<words>[^\]]+)\]")
_DAY = re.compile(r"@(\d{4}-\d\d-\d\d) ")
RESAMPLES = 2000


@dataclass(frozen=True, slots=True)
class Case:
    """A text of the hard set, as `Article.content` is, and the places of what it names."""

    half: str
    family: str
    text: str
    on: date | None
    named: tuple[tuple[str, str, int, int], ...]  # company, role ("": not stated), start, end


@dataclass(frozen=True, slots=True)
class Tally:
    """What was found of a half: right, wrong and missed by family, and the roles that were stated."""

    families: Mapping[str, tuple[int, int, int]]
    roles: int
    roles_right: int
    texts: int

    @property
    def sums(self) -> tuple[int, int, int]:
        right, wrong, missed = (sum(one) for one in zip(*self.families.values(), strict=True))
        return right, wrong, missed

    @property
    def precision(self) -> float:
        right, wrong, _ = self.sums
        return right / (right + wrong)

    @property
    def recall(self) -> float:
        right, _, missed = self.sums
        return right / (right + missed)

    def intervals(self) -> dict[str, list[float]]:
        """95% intervals of precision and recall, families drawn with replacement."""
        rows = np.array(list(self.families.values()))
        drawn = np.random.default_rng(7).integers(len(rows), size=(RESAMPLES, len(rows)))
        right, wrong, missed = rows[drawn].sum(axis=1).T
        found = {"precision": right / (right + wrong), "recall": right / (right + missed)}
        return {
            name: [round(float(edge), 4) for edge in np.quantile(values, [0.025, 0.975])]
            for name, values in found.items()
        }


def cases(folder: Path) -> Iterator[Case]:
    """The texts of the hard set in `folder`."""
    half = family = ""
    for line in (folder / "companies.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("== "):
            family = line[3:]
        elif line.startswith("= half "):
            half = line.removeprefix("= half ")
        elif line and not line.startswith("#"):
            day = _DAY.match(line)
            yield _case(half, family, line[day.end() :] if day else line, day and date.fromisoformat(day[1]))


def _case(half: str, family: str, marked: str, on: date | None) -> Case:
    raw, place = "", 0
    named = []
    for mark in _MARK.finditer(marked):
        raw += marked[place : mark.start()]
        named.append((mark["id"], mark["role"] or "", len(raw), len(raw) + len(mark["words"])))
        raw += mark["words"]
        place = mark.end()
    raw += marked[place:]

    def there(place: int) -> int:
        """A place of the raw text in its content, which NFKC may lengthen."""
        return len(content(f"x{raw[:place]}x", "")) - 2

    return Case(
        half, family, content(raw, ""), on, tuple((id, role, there(a), there(b)) for id, role, a, b in named)
    )


def measured(folder: Path, half: str, show: bool = False) -> Tally:
    """What the matcher finds in one half of the hard set."""
    linker = Linker(load_watchlist(folder / "companies.csv"))
    families: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    roles = roles_right = texts = 0
    for case in cases(folder):
        if case.half != half:
            continue
        texts += 1
        found = linker.mentions(case.text, case.on)
        right: set[int] = set()
        for company, role, start, end in case.named:
            hits = [
                row
                for row, one in enumerate(found)
                if one.company_id == company and one.start < end and one.end > start
            ]
            right.update(hits)
            families[case.family][0 if hits else 2] += 1
            if not hits and show:
                print(f"missed {company}: {case.text}")
            if role and hits:
                roles += 1
                roles_right += found[hits[0]].role == role
        wrong = [one for row, one in enumerate(found) if row not in right]
        families[case.family][1] += len(wrong)
        if wrong and show:
            print(f"wrong {[one.company_id for one in wrong]}: {case.text}")
    return Tally({name: (a, b, c) for name, (a, b, c) in families.items()}, roles, roles_right, texts)


def entities(path: Path) -> dict[str, set[str]]:
    """The texts of a set and the entities that its labels name in each."""
    found: dict[str, set[str]] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            some = {one.strip() for one in row["entity"].split(";") if one.strip()}
            found.setdefault(row["text"], set()).update(some)
    return found


def disagreements(path: Path) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """The figures of a set, and the finds that no label has as (name, text)."""
    texts = entities(path)
    names = sorted(set().union(*texts.values()))
    linker = Linker([Company(name, name) for name in names])
    right = labels = 0
    extra: list[tuple[str, str]] = []
    for text, wanted in texts.items():
        body = content(text, "")
        found = {one.company_id for one in linker.mentions(body)}
        right += len(found & wanted)
        labels += len(wanted)
        extra += [(name, body) for name in sorted(found - wanted)]
    figures = {
        "texts": len(texts),
        "entities": len(names),
        "labels": labels,
        "recall": round(right / labels, 4),
        "found": right + len(extra),
        "without_a_label": len(extra),
    }
    return figures, extra


def drawn(extra: Sequence[tuple[str, str]], number: int, seed: int) -> list[tuple[str, str]]:
    return random.Random(seed).sample(list(extra), min(number, len(extra)))


def sets(data: Path) -> dict[str, Any]:
    """The figures of the three sets, with the precision of what was read."""
    read = json.loads((SETS / "companies_read.json").read_text(encoding="utf-8"))
    told: dict[str, Any] = {}
    for name, file in ENTITIES.items():
        figures, extra = disagreements(data / "entities" / file)
        verdict = read[name]
        wrong = len(verdict["wrong"]) / verdict["read"]
        figures["read"] = verdict["read"]
        figures["read_wrong"] = len(verdict["wrong"])
        figures["precision"] = round(1 - wrong * len(extra) / figures["found"], 4)
        told[name] = figures
    return told


def _listed(data: Path) -> list[Company]:
    both = [
        company
        for name in ("sec_tickers.csv", "ashare.csv")
        for company in load_watchlist(data / "aliases" / name)
    ]
    return random.Random(3).sample(both, 10_000)


def _invented(number: int) -> list[Company]:
    """Companies that no text names."""
    rng = random.Random(5)
    syllables = ["qua", "zor", "vix", "plu", "tro", "wex", "jyn", "krul", "oph", "nyx"]
    return [
        Company(f"i{row}", "".join(rng.choices(syllables, k=4)).title() + f" {row}") for row in range(number)
    ]


def speed(data: Path, repeats: int) -> dict[str, Any]:
    """Texts a second by watch list; the fastest of `repeats` runs."""
    texts = [
        content(text, "")
        for file in ("sentfin_train.csv", "cfsc_zh_train.csv")
        for text in list(entities(data / "entities" / file))[:2000]
    ]
    many = _listed(data)
    few = many[:200]
    told: dict[str, Any] = {"texts": len(texts), "characters": sum(map(len, texts))}
    lists = {"200": few, "10000": many, "200_among_10000": few + _invented(9_800)}
    for name, some in lists.items():
        linker = Linker(some)
        linker.mentions("其中行情分化，京东方面板涨价")  # the dictionary is read once
        best, mentions = float("inf"), 0
        for _ in range(repeats):
            begun = time.process_time()
            mentions = sum(len(linker.mentions(text)) for text in texts)
            best = min(best, time.process_time() - begun)
        told[name] = {"texts_per_second": round(len(texts) / best), "mentions": mentions}
    return told


_START = """
import sys, time
begun = time.process_time()
from monitor.news.companies import Linker
imported = time.process_time() - begun
from pathlib import Path
from benchmarks.companies import _listed
companies = _listed(Path(sys.argv[1]))
begun = time.process_time()
Linker(companies).mentions("\u5e73\u5b89\u94f6\u884c\u4e0b\u8dcc, shares fell")
print(imported, time.process_time() - begun)
"""


def start(data: Path, repeats: int) -> dict[str, float]:
    """Processor seconds to import the matcher with its dictionary of Chinese words, and from 10,000 companies
    to the end of the first text."""
    runs = []
    for _ in range(repeats):
        out = subprocess.run(
            [sys.executable, "-c", _START, str(data)], capture_output=True, text=True, check=True
        ).stdout
        runs.append([float(one) for one in out.split()])
    imported, built = (min(some) for some in zip(*runs, strict=True))
    return {"import_seconds": round(imported, 3), "linker_seconds": round(built, 3)}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--half", choices=HALVES, help="show what is wrong in this half, and stop")
    parser.add_argument("--show", choices=ENTITIES, help="show finds without a label, and stop")
    parser.add_argument("--number", type=int, default=50)
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    if asked.half:
        tally = measured(SETS, asked.half, show=True)
        print(f"precision {tally.precision:.4f} recall {tally.recall:.4f}")
        return
    if asked.show:
        _, extra = disagreements(asked.data / "entities" / ENTITIES[asked.show])
        for row, (name, text) in enumerate(drawn(extra, asked.number, asked.seed)):
            at = max(0, text.lower().find(name.lower()) - 40)
            print(f"{row} [{name}] {' '.join(text[at : at + 110].split())}")
        return
    told: dict[str, Any] = {
        "command": command(parser, asked),
        **describe("pyahocorasick", "opencc", "rjieba"),
    }
    told["hard"] = {}
    for half in HALVES:
        tally = measured(SETS, half)
        right, wrong, missed = tally.sums
        told["hard"][half] = {
            "texts": tally.texts,
            "families": len(tally.families),
            "mentions": right + missed,
            "found_wrongly": wrong,
            "missed": missed,
            "precision": round(tally.precision, 4),
            "recall": round(tally.recall, 4),
            "intervals": tally.intervals(),
            "roles": tally.roles,
            "roles_right": tally.roles_right,
        }
    told["sets"] = sets(asked.data)
    told["speed"] = speed(asked.data, asked.repeats)
    told["start"] = start(asked.data, asked.repeats)
    text = json.dumps(told, indent=2, ensure_ascii=False) + "\n"
    if asked.out:
        asked.out.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
