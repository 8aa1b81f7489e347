"""How many false alerts a budget costs, and which real events are told: on an archive of five years.

    python -m benchmarks.surges --data ../shared/data/streams/reuters_2006_2010.parquet --predictions FILE
        --store FILE [--shuffles N] [--shuffled FILE] [--processes N] [--out FILE]

The archive is brought once as history into the store FILE (SQLite), with the judgements that
`benchmarks.surges_data` kept; a store that an earlier run left is taken as it is. Then

- `shuffled`: whole weeks in another order, all series together, so that what depends on each other still
  does, and no week has anything to do with the one before. Series of a company leave out the weeks around its
  listed events. Every cut is found on the weeks before the counted one alone. What opens is false; the mean
  over shuffles stands beside the budget.
  A shuffle takes minutes; `--shuffled FILE` keeps each, and goes on after those that it holds.
- `forward`: 2009 and 2010 as they were, walking forward. Here what opens may be true.
- `events`: the listed events of 2006 to 2010 (`benchmarks/surges_archive/events.csv`, written from knowledge
  before anything was run): which were told, how late, and how many alerts match one. Of those that match none
  200 were drawn and read (`read.csv`), each as one of KINDS; so many of all are true, with an interval.
- `replay`: how long 2009 and 2010 take with the shipped rules.

The power of the detectors, beside others and an oracle, is `benchmarks.surges_power`'s.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import surges_data
from benchmarks.machine import command, describe, hand_over, rounded
from monitor.alerts import notice
from monitor.datasets.tables import Row, open_table
from monitor.detection import cells, coverage, events, refits, rules, telling, walk
from monitor.detection.budget import ENOUGH
from monitor.detection.bundled import DETECTORS
from monitor.detection.events import Event, Outcome, Raised, Share
from monitor.detection.lines import Change, Entry
from monitor.detection.replay import Past, Replay, replay
from monitor.detection.rules import Rule
from monitor.records import Company
from monitor.settings.rules import SHIPPED
from monitor.store import Store, namings, open_store, past, polls
from monitor.taxonomy import TOPICS

BUDGETS = (0.5, 1.0, 2.0, 5.0)
SHUFFLES = 50
FORWARD = (datetime(2009, 1, 1, tzinfo=UTC), datetime(2011, 1, 1, tzinfo=UTC))
SCOPES = {
    "all": ("company", "both", "topic", "all"),
    "companies": ("company", "both"),
    "topics and all news": ("topic", "all"),
}
KINDS = {
    "event": True,  # something bad happened to what the alert is about, in the days before
    "again": True,  # the same event as an alert before it, which was over or is another rule's
    "calendar": False,  # a season of results, a day of monthly sales: many firms, and nothing happened
    "mixed": False,  # stories that have nothing to do with each other
    "passing": False,  # what happened is another company's
}
"""What an alert was read as, and whether that is true: a false one is one that no real event explains."""
AROUND = (timedelta(days=7), timedelta(days=14))
"""Before and after an event's date, in which its company's series do not count in shuffles."""
WEEK = refits.WEEK * cells.IN_HOUR
Known = tuple[datetime, Change]
"""When a change became known, and the change."""


def budgets() -> list[Rule]:
    """A rule of the default detector for each budget."""
    return [Rule(f"surge {budget:g}", "surge", budget=budget) for budget in BUDGETS]


def listed_events(companies: Sequence[Company]) -> list[Event]:
    """The events of the list that comes with the benchmark."""
    with open_table(surges_data.ARCHIVE / "events.csv") as table:
        return events.read(table.rows(), companies, "events.csv")


def settled(changes: Sequence[past.Moment]) -> list[Known]:
    """What is left in the end, each as it came: nothing is taken back in a week that is elsewhere."""
    found: dict[tuple[str, Entry], Known] = {}
    for at, some in changes:
        for change in some:
            if change.sign > 0:
                found.setdefault((change.series, change.entry), (at, change))
            else:
                found.pop((change.series, change.entry), None)
    return sorted(found.values(), key=lambda one: one[0])


def without(changes: Sequence[Known], listed: Sequence[Event]) -> list[Known]:
    """The changes without those of a company around its events."""
    spans: dict[str, list[tuple[datetime, datetime]]] = {}
    for event in listed:
        last = (event.until or event.begins_at) + AROUND[1]
        span = (event.begins_at - AROUND[0], last)
        spans.setdefault(event.company, []).append(span)
    return [
        (at, change)
        for at, change in changes
        if not any(start <= at < end for start, end in spans.get(rules.company(change.series), ()))
    ]


def shuffled(changes: Sequence[Known], first: int, seed: int) -> Iterator[past.Moment]:
    """The whole weeks from the hour `first` on, in another order."""
    start = refits.monday(first) * cells.IN_HOUR
    weeks: dict[int, list[Known]] = {}
    for at, change in changes:
        weeks.setdefault((cells.cell(at) - start) // WEEK, []).append((at, change))
    whole = range(max(weeks))  # the last one is not
    order = np.random.default_rng(seed).permutation(len(whole))
    for place, week in enumerate(order.tolist()):
        moved = (place - week) * WEEK
        for at, change in weeks.get(week, ()):
            entry = change.entry._replace(cell=change.entry.cell + moved)
            yield at + moved * cells.FINE, [change._replace(entry=entry, fresh=True)]


def cost(changes: Iterable[past.Moment], first: int, known: Sequence[str]) -> dict[str, float]:
    """How many alerts a week each budget opens in these changes, in the weeks whose cut is checked; the first
    of them begins in the hour `first`."""
    rules = budgets()
    going = walk.Walk(rules, {"surge": DETECTORS["surge"]()}, first, known)
    counted = dict.fromkeys((rule.name for rule in rules), 0)
    begin = cells.begins(first + (ENOUGH + 1) * refits.WEEK, cells.HOUR)
    last = begin
    for last, found in changes:
        for one in going.step(last, found):
            if one.episode.since == one.at and one.episode.ended_at is None and last >= begin:
                counted[one.rule] += 1
    weeks = (last - begin) / timedelta(weeks=1)
    return {name: number / weeks for name, number in counted.items()}


def summary(found: Sequence[Mapping[str, float]]) -> dict[str, Any]:
    """Of each budget the mean of what it cost, with the 95% interval of that mean where there are several."""
    told = {}
    for rule in budgets():
        rates = np.array([one[rule.name] for one in found])
        mean = float(rates.mean())
        told[rule.name] = {
            "budget": rule.budget,
            "a_week": rounded(mean),
            "of_budget": rounded(mean / rule.budget),
        }
        if len(rates) > 1:
            half = 1.96 * float(rates.std(ddof=1)) / len(rates) ** 0.5
            told[rule.name] |= {"low": rounded(mean - half), "high": rounded(mean + half)}
    return told


_given: dict[str, Any] = {}


def _one(seed: int) -> dict[str, float]:
    """What budgets cost in one shuffle."""
    weeks = shuffled(_given["changes"], _given["first"], seed)
    return cost(weeks, refits.monday(_given["first"]), _given["known"])


def shuffles(
    changes: Sequence[Known], first: int, known: Sequence[str], number: int, processes: int, kept: Path | None
) -> dict[str, Any]:
    """The mean of every budget over so many shuffles, with a 95% interval of that mean; those that are
    `kept` in a file already are not made again."""
    _given.update(changes=changes, first=first, known=known)
    lines = kept.read_text("utf-8").splitlines() if kept is not None and kept.exists() else []
    found: list[dict[str, float]] = [json.loads(line) for line in lines][:number]
    with ProcessPoolExecutor(processes) as pool:
        for one in pool.map(_one, range(len(found) + 1, number + 1)):
            found.append(one)
            print(f"shuffle {len(found)} of {number}: {one}", file=sys.stderr, flush=True)
            if kept is not None:
                with kept.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(one) + "\n")
    return {"shuffles": number, "budgets": summary(found)}


def forward(found: Replay) -> dict[str, Any]:
    """What every budget opened as it was."""
    return {
        rule.name: {
            "budget": rule.budget,
            "a_week": rounded(found.a_week(rule.name)),
            "of_budget": rounded(found.a_week(rule.name) / rule.budget),
        }
        for rule in found.rules
    }


def readings(alerts: Sequence[dict[str, Any]]) -> dict[str, str]:
    """By alert, as what it was read; of those that there are."""
    with open_table(surges_data.ARCHIVE / "read.csv") as table:
        read = {row.text("alert"): row.text("kind") for row in table.rows() if isinstance(row, Row)}
    return {one["id"]: read[one["id"]] for one in alerts if one["id"] in read}


def reading(
    alerts: Sequence[dict[str, Any]], outcomes: Sequence[Outcome], raised: Sequence[Raised]
) -> dict[str, Any]:
    """How many alerts tell something: those of a kind of scope alone, too, for a company and for a topic or
    all news are told of different things."""
    read = readings(alerts)
    kinds = {one["id"]: one["scope"]["kind"] for one in alerts}
    told: dict[str, Any] = {"kinds": dict(Counter(read.values()))}
    for name, scopes in SCOPES.items():
        some = [one for one in raised if kinds[one.id] in scopes]
        ids = {one.id for one in some}
        matched = [replace(one, alerts=tuple(id for id in one.alerts if id in ids)) for one in outcomes]
        share = events.precision(matched, some, {id: KINDS[kind] for id, kind in read.items() if id in ids})
        told[name] = {"alerts": len(some), "read": sum(id in ids for id in read), **shared(share)}
    return told


def shared(share: Share) -> dict[str, float]:
    """A share with its interval."""
    return {"true": rounded(share.value), "low": rounded(share.low), "high": rounded(share.high)}


def brought(path: Path, data: Path, predictions: Path) -> Store:
    """The archive in a store."""
    there = path.exists()
    store = open_store(f"sqlite:///{path}")
    if not there:
        store.prepare(migrate=True)
        surges_data.bring(store, data, surges_data.read(predictions), datetime.now(UTC))
    return store


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="the archive")
    parser.add_argument("--predictions", type=Path, required=True, help="what the model said, kept")
    parser.add_argument("--store", type=Path, required=True, help="SQLite file, made if absent")
    parser.add_argument("--shuffles", type=int, default=SHUFFLES, help="of whole weeks")
    parser.add_argument("--shuffled", type=Path, help="what shuffles found, one a line, to go on after")
    parser.add_argument("--processes", type=int, default=2, help="shuffles done at a time")
    parser.add_argument("--out", type=Path, help="write the result as JSON to this file")
    arguments = parser.parse_args()
    companies = surges_data.watched(arguments.data)
    known = [f"company:{one.id}" for one in companies] + [f"topic:{one.name}" for one in TOPICS]
    listed = listed_events(companies)
    store = brought(arguments.store, arguments.data, arguments.predictions)
    shipped = [table.rule(name) for name, table in SHIPPED.items()]
    detectors = {kind: make() for kind, make in DETECTORS.items()}
    with store.read() as tx:
        begins, first = past.begins(tx), past.first(tx)
        assert begins is not None and first is not None
        since, until = FORWARD
        gaps = coverage.Polls(polls.read_at(tx, begins, until))
        began = time.perf_counter()
        whole = Past(past.changes(tx, until), first, known, gaps)
        rules = replay(whole, shipped, detectors, since, until)
        seconds = time.perf_counter() - began
        changes = list(past.changes(tx, until))
        told = replay(Past(changes, first, known, gaps), shipped, detectors, begins, until)
        costs = replay(Past(changes, first, known, gaps), budgets(), detectors, since, until)
        named = namings.of(tx, {event.company for event in listed if event.company})
        firsts = namings.firsts(tx, {story for alert in told.alerts for story in alert.stories})
    raised = telling.raised(told)
    outcomes = events.match(listed, named, raised)
    described = telling.told(told, firsts, notice.titles(TOPICS, companies), outcomes)
    result = {
        "benchmark": "surges",
        "command": command(parser, arguments),
        **describe("numpy", "scipy", "sqlalchemy"),
        "replay": {
            "from": since.isoformat(),
            "to": until.isoformat(),
            "rules": len(shipped),
            "seconds": rounded(seconds),
            "alerts": len(rules.alerts),
        },
        "forward": forward(costs),
        "events": {
            "listed": len(listed),
            "shares": described["shares"],
            "rules": described["rules"],
            "read": reading(described["alerts"], outcomes, raised),
            "delay_hours": _quartiles([one.delay_hours for one in outcomes if one.delay_hours is not None]),
            "told": [
                {key: one[key] for key in ("name", "begins_at", "first_article_at", "delay_hours")}
                for one in described["events"]
            ],
        },
    }
    if arguments.shuffles:
        left = without(settled(changes), listed)
        result["shuffled"] = shuffles(
            *(left, first, known, arguments.shuffles, arguments.processes), arguments.shuffled
        )
    hand_over(result, arguments.out)
    return 0


def _quartiles(values: Sequence[float]) -> list[float]:
    return [rounded(one) for one in np.quantile(values, (0.25, 0.5, 0.75))] if values else []


if __name__ == "__main__":
    sys.exit(main())
