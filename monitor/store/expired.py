"""What is older than it is to be kept: how much that is, and some of it removed.

A kind of data (`KINDS`, as `[retention]` calls them) has parts, each a table of which rows go or lose their
text. Who removes asks for the next `keys`, the oldest first, with no lock held, and hands them to `remove` in
a transaction of its own. There what was found is looked at once more under a lock: a label, an alert or an
open task that came in between spares its article. So a transaction is as short as its keys are few, and one
that never ends, or two that remove at once, do no more than to leave something for the next.

- bodies: `articles` and their `revisions` stay, with title, address, dates, hashes and all that was counted;
text,
  content and the words of the search index go. `content` is the title then, as of an article that has no
  more.
- vectors, by the store's clock.
- predictions that serve no more, for as long as the one in their place serves. (`spared` keeps both.)
- polls: of each hour one stays that succeeded, which is what baselines and replays ask for
(`detection.coverage`). - runs: of each job the newest of each state stays, which the next slot follows.
- audit: its oldest entries, as far as `audit.drop` can leave a chain that is whole.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    DateTime,
    Integer,
    Table,
    and_,
    cast,
    delete,
    func,
    literal,
    literal_column,
    or_,
    select,
    tuple_,
    type_coerce,
    update,
)
from sqlalchemy import Text as SqlText

from monitor.store import audit as audits
from monitor.store.dialect import Tx
from monitor.store.schema import answers, articles, audit, polls, predictions, revisions, runs, vectors
from monitor.store.spared import reasons, spared

Key = tuple[Any, ...]
"""When, and the primary key: what follows it is newer."""
MOST = 5000
"""Keys in one transaction."""


@dataclass(frozen=True, slots=True)
class Edge:
    """What is older goes: than this time, of what is dated, and than this on the store's clock."""

    at: datetime
    seconds: float


@dataclass(frozen=True, slots=True)
class Sum:
    """What goes or went: rows, bytes of what they hold (not of the disk), and when the oldest was; None where
    it is nothing, or its age is on the store's clock alone."""

    rows: int = 0
    bytes: int = 0
    since_at: datetime | None = None

    def __add__(self, other: Sum) -> Sum:
        dated = [one for one in (self.since_at, other.since_at) if one is not None]
        return Sum(self.rows + other.rows, self.bytes + other.bytes, min(dated, default=None))


Condition = Callable[[Tx, Edge], ColumnElement[bool]]


@dataclass(frozen=True, slots=True)
class Part:
    """Rows of a table that are `old`, in the order of `at` and of their key. `emptied`: what they hold then;
    none: they are deleted. `locked`: an article that they are of, which nobody may refer to meanwhile."""

    table: Table
    at: Column[Any]
    old: Condition
    size: ColumnElement[int]
    emptied: Mapping[str, Any] | None = None
    locked: Column[Any] | None = None

    @property
    def key(self) -> list[Column[Any]]:
        """The columns of the primary key."""
        return list(self.table.primary_key.columns)

    def sum(self, tx: Tx, edge: Edge) -> Sum:
        """How much is old."""
        wanted = select(func.count(), func.sum(self.size), func.min(self.at)).where(self.old(tx, edge))
        number, size, first = tx.execute(wanted.select_from(self.table)).one()
        return Sum(number, int(size or 0), first if isinstance(first, datetime) else None)

    def keys(self, tx: Tx, edge: Edge, after: Key | None, limit: int) -> list[Key]:
        """The next keys of what is old, the oldest first."""
        columns = [self.at, *self.key]
        wanted = select(*columns).where(self.old(tx, edge)).order_by(*columns).limit(min(limit, MOST))
        if after is not None:
            beyond = [self.at == after[0], tuple_(*self.key) > tuple_(*self._bound(after[1:]))]
            wanted = wanted.where(self.at >= after[0], or_(self.at > after[0], and_(*beyond)))
        return [tuple(row) for row in tx.execute(wanted)]

    def remove(self, tx: Tx, edge: Edge, keys: Sequence[Key], now: datetime) -> Sum:
        """Remove what of these is still old; how much that was."""
        among = self._among([key[1:] for key in keys])
        if self.locked is not None:  # who adds a label, or cites it, waits here or was there before
            ids = select(self.locked).where(among)
            tx.execute(select(articles.c.id).where(articles.c.id.in_(ids)).with_for_update())
        found = tx.execute(select(self.at, self.size, *self.key).where(among, self.old(tx, edge))).all()
        if not found:
            return Sum()
        gone = self._among([tuple(row)[2:] for row in found])
        if self.emptied is None:
            tx.execute(delete(self.table).where(gone))
        else:
            tx.execute(update(self.table).where(gone).values({**self.emptied, "body_removed_at": now}))
        dated = [row[0] for row in found if isinstance(row[0], datetime)]
        return Sum(len(found), sum(row[1] for row in found), min(dated, default=None))

    def _bound(self, values: Sequence[Any]) -> list[ColumnElement[Any]]:
        return [literal(value, column.type) for value, column in zip(values, self.key, strict=True)]

    def _among(self, keys: Sequence[Key]) -> ColumnElement[bool]:
        if len(self.key) == 1:
            return self.key[0].in_([key[0] for key in keys])
        return tuple_(*self.key).in_(keys)


class Oldest:
    """The audit's oldest entries, which go in their order."""

    def sum(self, tx: Tx, edge: Edge) -> Sum:
        """How much is old, and can go."""
        size = func.sum(_octets(audit.c.target) + _octets(audit.c.detail))
        wanted = select(func.count(), size, func.min(audit.c.at)).where(
            audit.c.id <= audits.droppable(tx, edge.at)
        )
        number, bytes, first = tx.execute(wanted).one()
        return Sum(number, int(bytes or 0), first)

    def keys(self, tx: Tx, edge: Edge, after: Key | None, limit: int) -> list[Key]:
        """The next numbers of what is old."""
        some = (audit.c.id <= audits.droppable(tx, edge.at), audit.c.id > (after[0] if after else 0))
        ids = tx.scalars(select(audit.c.id).where(*some).order_by(audit.c.id).limit(min(limit, MOST)))
        return [(id,) for id in ids]

    def remove(self, tx: Tx, edge: Edge, keys: Sequence[Key], now: datetime) -> Sum:
        """Remove these, and say so in the newest entry."""
        last = min(keys[-1][0], audits.droppable(tx, edge.at))
        last = max(last, audits.foreign(tx)) if last else 0  # those of another key go together
        within = audit.c.id <= last
        size = _octets(audit.c.target) + _octets(audit.c.detail)
        number, bytes, first = tx.execute(
            select(func.count(), func.sum(size), func.min(audit.c.at)).where(within)
        ).one()
        if not number:
            return Sum()
        audits.drop(tx, last, now)
        return Sum(number, int(bytes or 0), first)


def kept(tx: Tx, kind: str, edge: Edge) -> dict[str, int]:
    """How many rows of a kind are older and are kept, by the reason (`spared`); a row may have several. Of
    kinds that nothing is spared of, none."""
    if kind == "bodies":
        old: tuple[ColumnElement[bool], ...] = _bodied(edge)
        counted = select(*(_number(why) for why in reasons(edge.at).values())).where(*old)
    elif kind == "predictions":
        of = articles.c.id == predictions.c.article_id
        old = (~predictions.c.current, predictions.c.created_at < edge.at)
        counted = select(*(_number(why) for why in reasons(edge.at).values())).where(*old)
        counted = counted.select_from(predictions.join(articles, of))
    else:
        return {}
    row = tx.execute(counted).one()
    return {name: int(number) for name, number in zip(reasons(edge.at), row, strict=True) if number}


def _number(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.count().filter(condition)


def _octets(column: ColumnElement[Any]) -> ColumnElement[int]:
    return func.coalesce(func.octet_length(cast(column, SqlText)), literal(0, Integer), type_=Integer)


def _bytes(*columns: ColumnElement[Any]) -> ColumnElement[int]:
    found: ColumnElement[int] = literal(0, Integer)
    for column in columns:
        found = found + _octets(column)
    return found


def _bodied(edge: Edge) -> tuple[ColumnElement[bool], ...]:
    """Old, and with a text: as `ix_articles_bodies` says it, whose words must be these."""
    there = (articles.c.body_removed_at.is_(None), articles.c.text != literal_column("''"))
    return (articles.c.first_seen_at < edge.at, *there)


def _old_articles(tx: Tx, edge: Edge) -> ColumnElement[bool]:
    return and_(*_bodied(edge), ~spared(edge.at))


def _old_revisions(tx: Tx, edge: Edge) -> ColumnElement[bool]:
    answered = select(1).where(answers.c.text_id == revisions.c.text_id).correlate(revisions).exists()
    return and_(
        revisions.c.replaced_at < edge.at,
        revisions.c.body_removed_at.is_(None),
        ~answered,
        revisions.c.article_id.not_in(_spared_of(revisions.c.article_id, edge)),
    )


def _old_predictions(tx: Tx, edge: Edge) -> ColumnElement[bool]:
    serving = predictions.alias()
    young = (
        func.coalesce(serving.c.later_at, serving.c.created_at, type_=predictions.c.created_at.type)
        >= edge.at
    )
    replaced = select(1).where(serving.c.article_id == predictions.c.article_id, serving.c.current, ~young)
    return and_(
        ~predictions.c.current,
        predictions.c.created_at < edge.at,
        or_(predictions.c.later_at.is_(None), predictions.c.later_at < edge.at),
        replaced.correlate(predictions).exists(),
        predictions.c.article_id.not_in(_spared_of(predictions.c.article_id, edge)),
    )


def _spared_of(column: Column[Any], edge: Edge) -> Any:
    """The article that a row is of, if it is spared."""
    found = select(articles.c.id).where(articles.c.id == column, spared(edge.at))
    return found.correlate(column.table).scalar_subquery()


def _old_vectors(tx: Tx, edge: Edge) -> ColumnElement[bool]:
    return vectors.c.seconds <= edge.seconds


def _old_polls(tx: Tx, edge: Edge) -> ColumnElement[bool]:
    before = polls.alias()
    if tx.dialect.name == "sqlite":
        hour: ColumnElement[Any] = func.substr(type_coerce(polls.c.at, SqlText), 1, 13)
    else:
        hour = func.date_trunc("hour", type_coerce(polls.c.at, DateTime(timezone=True)), "UTC")
    earlier = or_(before.c.at < polls.c.at, and_(before.c.at == polls.c.at, before.c.id < polls.c.id))
    begun = type_coerce(before.c.at, hour.type) >= hour
    same = select(1).where(before.c.read, begun, before.c.at <= polls.c.at, earlier).correlate(polls).exists()
    return and_(polls.c.at < edge.at, ~polls.c.held, or_(~polls.c.read, same))


def _old_runs(tx: Tx, edge: Edge) -> ColumnElement[bool]:
    newer = runs.alias()
    same = (newer.c.job == runs.c.job, newer.c.state == runs.c.state, newer.c.slot > runs.c.slot)
    return and_(
        runs.c.seconds < edge.seconds,
        runs.c.state != "running",
        select(1).where(*same).correlate(runs).exists(),
    )


KINDS: Mapping[str, Sequence[Part | Oldest]] = {
    "bodies": (
        Part(
            articles,
            articles.c.first_seen_at,
            _old_articles,
            _bytes(articles.c.text, articles.c.content, articles.c.search_text) - _octets(articles.c.title),
            {"text": "", "content": articles.c.title, "search_text": ""},
            articles.c.id,
        ),
        Part(
            revisions,
            revisions.c.replaced_at,
            _old_revisions,
            _bytes(revisions.c.text),
            {"text": ""},
            revisions.c.article_id,
        ),
    ),
    "vectors": (
        Part(vectors, vectors.c.seconds, _old_vectors, func.octet_length(vectors.c.data, type_=Integer)),
    ),
    "predictions": (
        Part(
            predictions,
            predictions.c.created_at,
            _old_predictions,
            _bytes(
                *(predictions.c[name] for name in ("sentiment", "topics", "companies", "chosen", "reason"))
            ),
            None,
            predictions.c.article_id,
        ),
    ),
    "polls": (Part(polls, polls.c.at, _old_polls, _bytes(polls.c.source) + 24),),
    "runs": (Part(runs, runs.c.seconds, _old_runs, _bytes(runs.c.job, runs.c.holder, runs.c.detail) + 40),),
    "audit": (Oldest(),),
}
