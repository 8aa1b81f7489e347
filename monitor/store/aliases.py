"""The watch list's names with their past: which company went by which name at any time.

The watch list is a file. What it says is kept here whenever a process starts with another one than the
last, so that a moment of the past can be read with the names that counted then.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from sqlalchemy import insert, or_, select, update

from monitor.records import Alias, AliasKind, Company
from monitor.store import dialect
from monitor.store.dialect import Tx
from monitor.store.engine import Store
from monitor.store.schema import aliases

Row = tuple[str, int, str, str, str, str]
"""Company, place among its names, name, kind, first and last day."""


def settle(tx: Tx, companies: Sequence[Company], now: datetime) -> int:
    """Make `companies` the watch list from `now` on, and keep what it was; how many names changed."""
    stored = {
        _row(row): row.id for row in tx.execute(select(aliases).where(aliases.c.superseded_at.is_(None)))
    }
    wanted = set(_rows(companies))
    gone = [id for row, id in stored.items() if row not in wanted]
    for some in dialect.parts(gone):
        tx.execute(update(aliases).where(aliases.c.id.in_(some)).values(superseded_at=now))
    new = sorted(wanted - stored.keys())
    if new:
        names = ("company_id", "place", "name", "kind", "valid_from", "valid_until")
        added = [{**dict(zip(names, row, strict=True)), "added_at": now} for row in new]
        tx.execute(dialect.insert(tx, aliases).on_conflict_do_nothing(), added)  # another process may have
    return len(gone) + len(new)


def reach(tx: Tx, companies: Sequence[Company], since: datetime, now: datetime) -> None:
    """Let these names have been on the watch list from `since` on: what stands is taken to have stood since
    then, and what does not stand is taken to have stood until `now`."""
    wanted = set(_rows(companies))
    standing = aliases.c.superseded_at.is_(None)
    known: set[Row] = set()
    younger: list[int] = []
    for stored in tx.execute(select(aliases).where(or_(standing, aliases.c.added_at <= since))):
        if (row := _row(stored)) in wanted:
            known.add(row)
            younger += [stored.id] * (stored.added_at > since)
    for some in dialect.parts(younger):
        tx.execute(update(aliases).where(aliases.c.id.in_(some)).values(added_at=since))
    names = ("company_id", "place", "name", "kind", "valid_from", "valid_until")
    rows = [
        {**dict(zip(names, row, strict=True)), "added_at": since, "superseded_at": now}
        for row in sorted(wanted - known)
    ]
    if rows:
        tx.execute(insert(aliases), rows)


def keep(store: Store, companies: Sequence[Company], now: datetime) -> None:
    """`settle` where the watch list is another than was kept last."""
    with store.read() as tx:
        if settled(tx, companies):
            return
    with store.begin() as tx:
        settle(tx, companies, now)


def settled(tx: Tx, companies: Sequence[Company]) -> bool:
    """Whether `companies` are the watch list that is stored."""
    stored = tx.execute(select(aliases).where(aliases.c.superseded_at.is_(None)))
    return {_row(row) for row in stored} == set(_rows(companies))


def companies(tx: Tx, at: datetime | None = None) -> list[Company]:
    """The watch list as it was at a time; None: as it is."""
    standing = aliases.c.superseded_at.is_(None)
    chosen = select(aliases).order_by(aliases.c.company_id, aliases.c.place)
    if at is None:
        rows = tx.execute(chosen.where(standing))
    else:
        rows = tx.execute(chosen.where(aliases.c.added_at <= at, or_(standing, aliases.c.superseded_at > at)))
    found: dict[str, list[Alias]] = {}
    for row in rows:
        alias = Alias(row.name, AliasKind(row.kind), _day(row.valid_from), _day(row.valid_until))
        found.setdefault(row.company_id, []).append(alias)
    return [_company(id, names) for id, names in found.items()]


def _rows(companies: Iterable[Company]) -> Iterable[Row]:
    for company in companies:
        for place, alias in enumerate(company.every_name):
            first, last = alias.valid_from, alias.valid_until
            yield (
                company.id,
                place,
                alias.name,
                alias.kind.value,
                first.isoformat() if first else "",
                last.isoformat() if last else "",
            )


def _row(row: object) -> Row:
    names = ("company_id", "place", "name", "kind", "valid_from", "valid_until")
    company_id, place, name, kind, first, last = (getattr(row, one) for one in names)
    return company_id, place, name, kind, first, last


def _company(id: str, names: Sequence[Alias]) -> Company:
    """The company whose `every_name` is `names`."""
    first, *rest = names
    aliases = []
    while rest and rest[0] == Alias(rest[0].name):
        aliases.append(rest.pop(0).name)
    ticker = ""
    if rest and rest[0] == Alias(rest[0].name, AliasKind.TICKER):
        ticker = rest.pop(0).name
    return Company(id, first.name, tuple(aliases), ticker, tuple(rest))


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None
