"""Model versions, which one serves, and what happened to each. The database itself refuses a second
champion. A version's `reason` is the gate's first verdict on it; whatever is decided later is an event."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, insert, select, text, update

from monitor.errors import ConflictError, NotFoundError
from monitor.messages import Message
from monitor.records import ModelEvent, ModelState, ModelVersion
from monitor.store import dialect, turns
from monitor.store.dialect import Tx
from monitor.store.schema import model_events, models, snapshots

SYSTEM = "monitor"
"""The user of what nobody asked for."""

SHIPPED = "shipped-"
"""How the id of a version begins that was configured and not trained here."""


def put(tx: Tx, version: ModelVersion) -> None:
    """Store a version, or everything new about one stored before. To make it serve: `promote`.

    Raises ConflictError where it would be a second champion.
    """
    values = {
        "kind": version.kind,
        "path": version.path,
        "digest": version.digest,
        "state": version.state.value,
        "created_at": version.created_at,
        "promoted_at": version.promoted_at,
        "parent": version.parent,
        "snapshot": version.snapshot,
        "seconds": version.seconds,
        "last_label": version.last_label,
        "shadow_hours": version.shadow_hours,
        "metrics": dict(version.metrics),
        "reason": version.reason,
    }
    serving = champion(tx)
    if version.state is ModelState.CHAMPION and serving and serving.id != version.id:
        raise ConflictError(f"model {version.id}: {serving.id} is the champion; promote instead")
    # How it stands changes by `stands` alone.
    certificate = None if version.certificate is None else dict(version.certificate)
    statement = dialect.insert(tx, models).values(id=version.id, certificate=certificate, **values)
    tx.execute(statement.on_conflict_do_update(index_elements=["id"], set_=values))


def get(tx: Tx, model_id: str) -> ModelVersion:
    """The version with this id. Raises NotFoundError naming the known ones."""
    found = _first(tx, models.c.id == model_id)
    if found is None:
        known = [version.id for version in all(tx)[:10]]
        key = "models.none" if known else "models.none_yet"
        raise NotFoundError(Message(key, model=model_id, known=known))
    return found


def all(tx: Tx) -> list[ModelVersion]:
    """Every version, newest first."""
    rows = tx.execute(select(models).order_by(models.c.created_at.desc(), models.c.id.desc()))
    return [_record(row) for row in rows.mappings()]


def paths(tx: Tx) -> set[str]:
    """The folders that versions name. `tx` writes, so that no version is just being stored: SQLite has one
    writer, and PostgreSQL lets this wait for those that began before."""
    if tx.dialect.name == "postgresql":
        tx.execute(text("LOCK TABLE models IN SHARE MODE"))
    return set(tx.scalars(select(models.c.path)))


def champion(tx: Tx) -> ModelVersion | None:
    """The version that serves."""
    return _first(tx, models.c.state == ModelState.CHAMPION.value)


def contends(tx: Tx, challenger: str, against: str) -> bool:
    """Whether the one version still serves, and the other still is its challenger. Raises NotFoundError."""
    serving = champion(tx)
    same = serving is not None and serving.id == against
    return same and get(tx, challenger).state is ModelState.CHALLENGER


def promote(tx: Tx, model_id: str, reason: str, now: datetime, user: str = SYSTEM) -> None:
    """Make this version the champion, for this reason; the one before retires. Raises NotFoundError."""
    version, serving = get(tx, model_id), champion(tx)
    turns.note(tx, model_id, serving.id if serving else "", now)
    _retire_champion(tx, model_id, now, user)
    _set(tx, model_id, ModelState.CHAMPION, promoted_at=now)
    _happened(tx, version, now, user, "promoted", reason)


def refuse(tx: Tx, model_id: str, reason: str, now: datetime, user: str = SYSTEM) -> None:
    """Record why this version must not serve. Raises NotFoundError."""
    version = get(tx, model_id)
    _set(tx, model_id, ModelState.REFUSED)
    _happened(tx, version, now, user, "refused", reason)


def gated(tx: Tx, model_id: str, reason: str, now: datetime, user: str = SYSTEM) -> None:
    """Record the gate's verdict on this version, which stays its reason. Raises NotFoundError."""
    version = get(tx, model_id)
    if not version.reason:
        tx.execute(update(models).where(models.c.id == model_id).values(reason=reason))
    _happened(tx, version, now, user, "gated", reason)


def rollback(tx: Tx, now: datetime, user: str = SYSTEM) -> ModelVersion:
    """Make the champion before the present one serve again, and return it.

    Its `promoted_at` stays what it was, so that another rollback goes further back and not
    forward. Raises NotFoundError where no version served before.
    """
    serving = champion(tx)
    previous = None
    if serving and serving.promoted_at:
        previous = _first(
            tx, models.c.state == ModelState.RETIRED.value, models.c.promoted_at < serving.promoted_at
        )
    if serving is None or previous is None:
        raise NotFoundError(Message("models.no_former"))
    turns.note(tx, previous.id, serving.id, now)
    _retire_champion(tx, previous.id, now, user)
    _set(tx, previous.id, ModelState.CHAMPION)
    _happened(tx, previous, now, user, "rolled_back", Message("champion.rolled_back", model=serving.id))
    return get(tx, previous.id)


def happened(tx: Tx, model_id: str, now: datetime, user: str, event: str, reason: str) -> None:
    """Record an event of a version (`ModelEvent.event`) that changes nothing about it. Raises
    NotFoundError."""
    _happened(tx, get(tx, model_id), now, user, event, reason)


def events(tx: Tx, model_id: str) -> list[ModelEvent]:
    """What happened to a version, first first."""
    return _events(tx, model_events.c.model_id == model_id)


def all_events(tx: Tx) -> dict[str, list[ModelEvent]]:
    """`events` of every version that has any, by id."""
    found: dict[str, list[ModelEvent]] = {}
    for event in _events(tx):
        found.setdefault(event.model_id, []).append(event)
    return found


def stands(tx: Tx, model_id: str, certificate: Mapping[str, Any] | None) -> None:
    """Record how a version stands: see `monitor.evaluation.standing`."""
    tx.execute(update(models).where(models.c.id == model_id).values(certificate=certificate))


def standing(tx: Tx, model_ids: Collection[str]) -> dict[str, Mapping[str, Any] | None]:
    """How these versions stand; those that are not known are left out."""
    rows = tx.execute(select(models.c.id, models.c.certificate).where(models.c.id.in_(model_ids)))
    return {row.id: row.certificate for row in rows}


def temperatures(tx: Tx) -> dict[str, float]:
    """The temperature in force of every version, by id; see `Prediction.tempered`."""
    rows = tx.execute(select(models.c.id, models.c.certificate))
    return {row.id: (row.certificate or {}).get("temperature", 1.0) for row in rows}


def snapshot(
    tx: Tx, snapshot_id: str, counts: Mapping[str, int], label_ids: Sequence[int], now: datetime
) -> None:
    """Record which labels a data set was made of. The same data set again changes nothing."""
    statement = dialect.insert(tx, snapshots).values(
        id=snapshot_id, counts=dict(counts), label_ids=list(label_ids), created_at=now
    )
    tx.execute(statement.on_conflict_do_nothing(index_elements=["id"]))


def _retire_champion(tx: Tx, successor: str, now: datetime, user: str) -> None:
    serving = champion(tx)
    if serving is None or serving.id == successor:
        return
    _set(tx, serving.id, ModelState.RETIRED)
    _happened(tx, serving, now, user, "retired", Message("champion.retired", model=successor))


def _set(tx: Tx, model_id: str, state: ModelState, **values: datetime) -> None:
    tx.execute(update(models).where(models.c.id == model_id).values(state=state.value, **values))


def _happened(tx: Tx, version: ModelVersion, now: datetime, user: str, event: str, reason: str) -> None:
    values = {"at": now, "user": user, "event": event, "reason": reason, "data": version.snapshot}
    tx.execute(insert(model_events).values(model_id=version.id, **values))


def _events(tx: Tx, *conditions: ColumnElement[bool]) -> list[ModelEvent]:
    columns = [column for column in model_events.c if column.name != "id"]
    rows = tx.execute(select(*columns).where(*conditions).order_by(model_events.c.id)).mappings()
    return [ModelEvent(**row) for row in rows]


def _first(tx: Tx, *conditions: ColumnElement[bool]) -> ModelVersion | None:
    statement = select(models).where(*conditions).order_by(models.c.promoted_at.desc(), models.c.id.desc())
    row = tx.execute(statement.limit(1)).mappings().first()
    return None if row is None else _record(row)


def _record(row: RowMapping) -> ModelVersion:
    return ModelVersion(
        id=row["id"],
        kind=row["kind"],
        path=row["path"],
        digest=row["digest"],
        state=ModelState(row["state"]),
        created_at=row["created_at"],
        parent=row["parent"],
        snapshot=row["snapshot"],
        metrics=row["metrics"],
        reason=row["reason"],
        promoted_at=row["promoted_at"],
        seconds=row["seconds"],
        last_label=row["last_label"],
        shadow_hours=row["shadow_hours"],
        certificate=row["certificate"],
    )
