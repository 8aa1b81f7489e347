"""How far the watch has walked: its cuts and what rose, so that it goes on after a start.

What opened follows from what rose and from the cuts (`detection.walk`), so no opening is stored beside them.
The cuts are a history too: each says from when on it held, and the rule as it was then.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, func, insert, select

from monitor.detection.budget import Cut
from monitor.detection.episodes import Rise
from monitor.store import dialect
from monitor.store.dialect import Tx
from monitor.store.schema import cuts, looks, rises


def looked_at(tx: Tx) -> datetime | None:
    """Up to when the watch has looked; None before its first look."""
    found: datetime | None = tx.scalar(select(looks.c.at))
    return found


def kept_cuts(
    tx: Tx, rules: Mapping[str, Mapping[str, Any]], since: int
) -> dict[str, list[tuple[Cut, int]]] | None:
    """Every cut of these rules, by name as each is stored, with how many tests were made under it, in order.
    None where a rule has none that holds from the cell `since` on, or was another one then: what it would
    have opened is not known.
    """
    found: dict[str, list[tuple[Cut, int]]] = {name: [] for name in rules}
    newest: dict[str, tuple[int, Any]] = {}
    rows = tx.execute(select(cuts).where(cuts.c.rule.in_(found)).order_by(cuts.c.since))
    for row in rows:
        found[row.rule].append((_cut(row), row.tests))
        newest[row.rule] = (row.since, row.said)
    if any(newest.get(name) != (since, dict(said)) for name, said in rules.items()):
        return None
    return found


def cuts_of(tx: Tx, rule: str, until: int) -> list[Cut]:
    """The cuts of a rule that began by the cell `until`, in order."""
    rows = tx.execute(select(cuts).where(cuts.c.rule == rule, cuts.c.since <= until).order_by(cuts.c.since))
    return [_cut(row) for row in rows]


def tested(tx: Tx, rule: str, at: int) -> tuple[int, list[float]]:
    """How many tests a rule made under the cut that held at the cell `at`, and the scores of what rose; none
    where no such cut is stored."""
    of_rule = select(cuts.c.since, cuts.c.tests).where(cuts.c.rule == rule)
    cut = tx.execute(of_rule.where(cuts.c.since <= at).order_by(cuts.c.since.desc()).limit(1)).first()
    if cut is None:
        return 0, []
    after = of_rule.with_only_columns(func.min(cuts.c.since)).where(cuts.c.since > at)
    end = tx.scalar(after) or math.inf
    rose = select(rises.c.score).where(rises.c.rule == rule, rises.c.cell >= cut.since)
    return cut.tests, list(tx.scalars(rose if math.isinf(end) else rose.where(rises.c.cell < end)))


def newest_cuts(tx: Tx) -> dict[str, Cut]:
    """The cut in force of every rule that was ever walked with, by name."""
    return {row.rule: _cut(row) for row in tx.execute(select(cuts).order_by(cuts.c.since))}


def kept_rises(tx: Tx, rules: Iterable[str]) -> dict[str, list[Rise]]:
    """What rose by each of these rules, in order."""
    found: dict[str, list[Rise]] = defaultdict(list)
    for row in tx.execute(select(rises).where(rises.c.rule.in_(list(rules))).order_by(rises.c.id)):
        found[row.rule].append(
            Rise(
                at=row.cell,
                series=row.series,
                score=row.score,
                stories=frozenset(row.stories),
                voices=row.voices,
                observed=row.observed,
                expected=row.expected,
                hours=row.hours,
                low=row.low,
                high=row.high,
                seen_at=row.seen_at,
                articles=tuple(row.articles),
                late=row.late,
            )
        )
    return found


def near(tx: Tx, since: int) -> dict[str, float]:
    """How near series are to an alert, by name: their highest score from the cell `since` on in units of the
    cut that it is held against, of all rules the nearest. What never rose is not among them."""
    value: dict[str, float] = {}
    for row in tx.execute(select(cuts.c.rule, cuts.c.value).order_by(cuts.c.since)):
        value[row.rule] = math.inf if row.value is None else row.value
    highest = select(rises.c.rule, rises.c.series, func.max(rises.c.score).label("score"))
    found: dict[str, float] = {}
    rose = highest.where(rises.c.cell >= since).group_by(rises.c.rule, rises.c.series)
    for rule, name, score in tx.execute(rose):
        if value.get(rule):
            found[name] = max(found.get(name, 0.0), score / value[rule])
    return found


def forget(tx: Tx) -> None:
    """Forget all of it: the past is walked through again."""
    tx.execute(delete(cuts))
    tx.execute(delete(rises))


def keep(
    tx: Tx,
    at: datetime,
    rules: Mapping[str, Mapping[str, Any]],
    found: Iterable[tuple[Cut, int]],
    rose: Mapping[str, Sequence[Rise]],
    oldest: int,
) -> None:
    """Store how far the watch has walked `at` a moment: cuts with their tests, and what rose since it was
    stored last. What rose before the cell `oldest` is forgotten."""
    for cut, tests in found:
        values = {
            "said": dict(rules[cut.rule]),
            "value": None if math.isinf(cut.value) else cut.value,
            "checked": cut.checked,
            "weeks": cut.weeks,
            "openings": cut.openings,
            "tests": tests,
        }
        statement = dialect.insert(tx, cuts).values(rule=cut.rule, since=cut.since, **values)
        tx.execute(statement.on_conflict_do_update(index_elements=["rule", "since"], set_=values))
    rows = [_row(name, one) for name, some in rose.items() for one in some]
    if rows:
        tx.execute(insert(rises), rows)
    tx.execute(delete(rises).where(rises.c.cell < oldest))
    tx.execute(delete(cuts).where(cuts.c.since < oldest))
    statement = dialect.insert(tx, looks).values(id=1, at=at)
    tx.execute(statement.on_conflict_do_update(index_elements=["id"], set_={"at": at}))


def _cut(row: Row[Any]) -> Cut:
    value = math.inf if row.value is None else row.value
    return Cut(row.rule, row.since, value, checked=row.checked, weeks=row.weeks, openings=row.openings)


def _row(rule: str, one: Rise) -> dict[str, Any]:
    return {
        "rule": rule,
        "cell": one.at,
        "seen_at": one.when,
        "series": one.series,
        "score": one.score,
        "stories": sorted(one.stories),
        "articles": list(one.articles),
        "voices": one.voices,
        "observed": one.observed,
        "expected": one.expected,
        "low": one.low,
        "high": one.high,
        "hours": one.hours,
        "late": one.late,
    }
