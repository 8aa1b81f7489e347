"""Counts per window: what trends show and detectors test, read from cells that are kept while articles come.

A story counts once for every independent voice that tells it, in the five minutes in which that voice first
told it (`detection.rollups` says how, `store.rollups` keeps it). Copies that arrive later change reach, not
these counts. Where an analyst labelled the article, the label decides; how far it does for companies,
`predictions.settle` says.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from sqlalchemy import ColumnElement, and_, func, or_, select

from monitor.detection import cells, rollups
from monitor.detection.rollups import Sums
from monitor.records import Scope, Window
from monitor.store import dialect
from monitor.store.dialect import Tx
from monitor.store.rollups import fold, standing
from monitor.store.schema import articles, company_sentiments, fine_cells, hour_cells


def windows(tx: Tx, scope: Scope, edges: Sequence[datetime], *, include_sample: bool = False) -> list[Window]:
    """What counts of `scope` between each two neighbours of `edges`.

    `edges` ascend and lie on five minutes, or on hours where the first is longer ago than fine cells are kept
    before the last (`cells.KEPT`); ValueError otherwise. The result has one window fewer. The sample counts
    on request.
    """
    return many(tx, [scope], edges, include_sample=include_sample)[scope]


def many(
    tx: Tx, scopes: Sequence[Scope], edges: Sequence[datetime], *, include_sample: bool = False
) -> dict[Scope, list[Window]]:
    """`windows` of several scopes, read at once."""
    hourly = all(cells.on_edge(edge, cells.HOUR) for edge in edges)
    size = cells.HOUR if hourly else cells.FINE
    if not hourly:
        off = [edge for edge in edges if not cells.on_edge(edge)]
        if off:
            raise ValueError(f"edge {off[0]}: windows begin and end on five minutes")
        if edges[-1] - edges[0] > cells.KEPT:
            raise ValueError(f"edges from {edges[0]}: windows of more than {cells.KEPT} lie on hours")
    numbers = [(edge - cells.begins(0)) // size for edge in edges]
    names = {name: scope for scope in scopes for name in _names(scope, include_sample)}
    found = sums(tx, names, numbers[0], numbers[-1], hourly=hourly) if len(edges) > 1 else {}
    by_scope: dict[Scope, dict[int, Sums]] = {scope: {} for scope in scopes}
    for name, by_cell in found.items():
        known = by_scope[names[name]]
        for number, one in by_cell.items():
            known[number] = known.get(number, Sums()) + one
    return {scope: _windows(scope, by_scope[scope], edges, numbers) for scope in scopes}


def spans(
    tx: Tx, asked: Sequence[tuple[Scope, Sequence[datetime]]], *, include_sample: bool = False
) -> list[list[Window]]:
    """`windows` for each scope between edges of its own, which lie on hours: one query for all of them."""
    fold(tx)
    numbers = [[(edge - cells.begins(0)) // cells.HOUR for edge in edges] for _, edges in asked]
    names = [_names(scope, include_sample) for scope, _ in asked]
    wanted = [
        and_(hour_cells.c.series.in_(some), hour_cells.c.cell >= of[0], hour_cells.c.cell < of[-1])
        for some, of in zip(names, numbers, strict=True)
    ]
    found: dict[str, dict[int, Sums]] = defaultdict(dict)
    counted = (hour_cells.c.voices, hour_cells.c.negative, hour_cells.c.weight)
    columns = (hour_cells.c.series, hour_cells.c.cell, *counted)
    rows = tx.execute(select(*columns).where(or_(*wanted))) if wanted else ()
    for name, number, voices, negative, weight in rows:
        found[name][number] = Sums(voices, negative, weight)
    told = []
    for (scope, edges), of, some in zip(asked, numbers, names, strict=True):
        known: dict[int, Sums] = {}
        for name in some:
            for number, one in found[name].items():
                if of[0] <= number < of[-1]:
                    known[number] = known.get(number, Sums()) + one
        told.append(_windows(scope, known, edges, of))
    return told


def totals(
    tx: Tx, scopes: Sequence[Scope], edges: Sequence[datetime], *, include_sample: bool = False
) -> dict[Scope, list[Window]]:
    """`many`, added up by the database: for thousands of scopes, of which most may have nothing. A scope in
    which nothing counts has windows of 0."""
    fold(tx)
    size = cells.HOUR if all(cells.on_edge(edge, cells.HOUR) for edge in edges) else cells.FINE
    table = hour_cells if size == cells.HOUR else fine_cells
    names = {name: scope for scope in scopes for name in _names(scope, include_sample)}
    found: dict[Scope, list[Sums]] = {scope: [Sums()] * (len(edges) - 1) for scope in scopes}
    for place, (start, end) in enumerate(pairwise(edges)):
        first, last = ((edge - cells.begins(0)) // size for edge in (start, end))
        for some in dialect.parts(sorted(names)):
            rows = tx.execute(
                select(table.c.series, *(func.sum(table.c[one]) for one in ("voices", "negative", "weight")))
                .where(table.c.series.in_(some), table.c.cell >= first, table.c.cell < last)
                .group_by(table.c.series)
            )
            for name, *sums in rows:
                found[names[name]][place] += Sums(*map(int, sums))
    return {
        scope: [
            Window(scope, start, end, one.voices, one.negative, one.weight / rollups.WHOLE)
            for (start, end), one in zip(pairwise(edges), some, strict=True)
        ]
        for scope, some in found.items()
    }


def begins(tx: Tx, scope: Scope, *, include_sample: bool = False) -> datetime | None:
    """The hour in which anything of a scope counted first; None where nothing ever did."""
    fold(tx)
    names = _names(scope, include_sample)
    first = tx.scalar(select(func.min(hour_cells.c.cell)).where(hour_cells.c.series.in_(names)))
    return None if first is None else cells.begins(first, cells.HOUR)


def scopes(
    tx: Tx,
    since: datetime,
    kinds: Sequence[str] = ("all", "topic", "company"),
    *,
    include_sample: bool = False,
) -> list[Scope]:
    """The scopes of `kinds` in which anything counts since `since`: all, topics, companies."""
    fold(tx)
    within = (fine_cells.c.cell >= cells.cell(since), fine_cells.c.voices > 0)
    found = set()
    for name in tx.scalars(select(fine_cells.c.series).where(*within).distinct()):
        scope = rollups.scope_of(name)
        if scope.kind in kinds and (include_sample or not name.startswith(rollups.SAMPLE)):
            found.add(scope)
    order = {kind: place for place, kind in enumerate(("all", "topic", "company", "source", "language"))}
    return sorted(found, key=lambda scope: (order[scope.kind], scope.name))


def evidence(
    tx: Tx,
    scope: Scope,
    start: datetime,
    end: datetime,
    limit: int | None = 20,
    *,
    include_sample: bool = False,
) -> list[int]:
    """The articles behind the negative count of `scope` in [start, end), one for each voice that is counted:
    most certain first."""
    found: list[tuple[int, int]] = []
    for name in _names(scope, include_sample):
        found += _evidence(tx, name, cells.cell(start), cells.cell(cells.after(end)))
    found.sort(key=lambda one: (-one[1], one[0]))
    return [article_id for article_id, _ in found][:limit]


def trend(
    tx: Tx,
    start: datetime,
    end: datetime,
    step_minutes: int,
    scope: Scope,
    *,
    include_sample: bool = False,
) -> list[Window]:
    """`windows` of `step_minutes` from `start`; the last one ends at `end`, and may be shorter."""
    if step_minutes < 1:
        raise ValueError(f"step_minutes is {step_minutes}: a window lasts at least one minute")
    edges = [start]
    while edges[-1] < end:
        edges.append(min(edges[-1] + timedelta(minutes=step_minutes), end))
    return windows(tx, scope, edges, include_sample=include_sample)


def sums(
    tx: Tx, names: Collection[str], first: int, end: int, *, hourly: bool = False
) -> dict[str, dict[int, Sums]]:
    """By series and cell, what counts in the cells from `first` to before `end`; empty cells are left out."""
    fold(tx)
    table = hour_cells if hourly else fine_cells
    found: dict[str, dict[int, Sums]] = defaultdict(dict)
    rows = tx.execute(
        select(table.c.series, table.c.cell, table.c.voices, table.c.negative, table.c.weight).where(
            table.c.series.in_(list(names)), table.c.cell >= first, table.c.cell < end
        )
    )
    for name, number, voices, negative, weight in rows:
        found[name][number] = Sums(voices, negative, weight)
    return found


def _names(scope: Scope, include_sample: bool) -> list[str]:
    names = [rollups.series(scope)]
    return [*names, rollups.series(scope, sample=True)] if include_sample else names


def _windows(
    scope: Scope, by_cell: dict[int, Sums], edges: Sequence[datetime], numbers: Sequence[int]
) -> list[Window]:
    ordered = sorted(by_cell.items())
    found, place = [], 0
    for (start, end), upto in zip(pairwise(edges), numbers[1:], strict=True):
        total = Sums()
        while place < len(ordered) and ordered[place][0] < upto:
            total += ordered[place][1]
            place += 1
        weight = total.weight / rollups.WHOLE
        found.append(Window(scope, start, end, total.voices, total.negative, weight))
    return found


def _evidence(tx: Tx, name: str, first: int, end: int) -> list[tuple[int, int]]:
    """The articles behind the negative count of a series in these cells, with their weights."""
    fold(tx)
    mark, scope = name.startswith(rollups.SAMPLE), rollups.scope_of(name)
    where: list[ColumnElement[bool]] = [
        articles.c.cell >= first,
        articles.c.cell < end,
        articles.c.sample == mark,
    ]
    chosen = select(articles.c.id, articles.c.story_id)
    if scope.company:
        chosen = chosen.join(company_sentiments, company_sentiments.c.article_id == articles.c.id)
        where += [
            company_sentiments.c.company_id == scope.company,
            company_sentiments.c.sentiment == rollups.NEGATIVE,
        ]
    else:
        where.append(articles.c.sentiment == rollups.NEGATIVE)
    rows = tx.execute(chosen.where(*where)).all()
    wanted = {row.id for row in rows}
    found = []
    for row in standing(tx, {row.story_id for row in rows}):
        entry = row.entries.get(name)
        if entry is not None and entry[1] in wanted and entry[2]:
            found.append((int(entry[1]), int(entry[3])))
    return found
