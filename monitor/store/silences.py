"""Silences: written and ended by people, and never removed, so that the past says what was not told."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import datetime

from sqlalchemy import insert, select, update

from monitor.alerts.silencing import Silence
from monitor.errors import NotFoundError
from monitor.messages import Message
from monitor.store.dialect import Tx
from monitor.store.schema import silences


def add(tx: Tx, silence: Silence) -> Silence:
    """Store a new silence; the same with its id."""
    values = {name: value for name, value in asdict(silence).items() if name != "id"}
    made = insert(silences).values(values).returning(silences.c.id)
    return replace(silence, id=tx.execute(made).scalar_one())


def active(tx: Tx, now: datetime) -> list[Silence]:
    """Those that are not over, also those that begin later, by when they end."""
    wanted = select(silences).where(silences.c.ends_at > now).order_by(silences.c.ends_at, silences.c.id)
    return [Silence(**row) for row in tx.execute(wanted).mappings()]


def end(tx: Tx, silence_id: int, now: datetime) -> Silence:
    """Let a silence end now. Raises NotFoundError where none of this id is in force or to come."""
    found = next((one for one in active(tx, now) if one.id == silence_id), None)
    if found is None:
        raise NotFoundError(Message("silences.none", silence=silence_id))
    tx.execute(update(silences).where(silences.c.id == silence_id).values(ends_at=now))
    return replace(found, ends_at=now)
