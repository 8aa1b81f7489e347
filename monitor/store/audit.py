"""Who did what, when, to what, from where: a chain that shows what is changed, cut out, or cut off.

Each entry has the next number and a seal: HMAC-SHA256, under a key that is not in the store, of its
content and of the seal before (RFC 2104; the chain is that of B. Schneier and J. Kelsey, "Secure Audit
Logs to Support Computer Forensics", 1999, without its forward security). So who can write to the
database, but has no key, can neither change an entry, nor take one out, nor put one in. Only the newest
ones can be cut off unseen; therefore the head (how many there are, and the last seal) goes into the log
and into every backup, and `verify` compares the chain with such heads.

Appending is serialised: SQLite has one writer, PostgreSQL's writers wait for a lock that lasts until
their transaction ends, and no two entries can follow one seal. What an entry says is bounded and
without control characters: a user name that somebody typed at the log-in is anybody's text.

Entries that another installation's key sealed (a backup that was restored elsewhere; a lost key) cannot
be checked by this one. An entry of VOUCHES says that they were taken over as they were, with their
number and a hash of them, and is sealed by this key: from then on they cannot be changed either.

Where `[retention]` bounds how long entries are kept, the oldest go (`drop`). An entry of PRUNE says up to
which number, with its seal: a chain begins with its first entry, or with one that follows what such an entry
names.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, delete, func, insert, select, text

from monitor.messages import Message
from monitor.store import dialect
from monitor.store.dialect import Tx
from monitor.store.schema import audit, storable

KEY = "monitor_audit_key"
"""Execution option of the connections: the key that seals."""

NOTED = "monitor_audit_head"
"""Where a connection keeps the head that its transaction made, until it is committed."""

LOCK = 0x6175646974  # "audit": the PostgreSQL advisory lock of whoever appends
RESTORE, TAKEOVER, PRUNE = "db.restore", "audit.takeover", "audit.prune"
VOUCHES = (RESTORE, TAKEOVER)
SYSTEM = "monitor"
"""Who does what nobody asked for."""
MAX_TEXT = 2000
"""Characters of a target or of a text in the detail."""

MAX_DETAIL = 10_000
"""Characters of a detail as JSON; of a longer one only the beginning is kept, as text."""


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One action: `user` did `action` to `target`, from `address`; `detail` is any JSON object.

    `address` is a network address, or account@host for a command; "" where it is not known. `sealed_by`
    names the key of `seal` (see `name_of`), `previous` is the seal of the entry before, "" of the first.
    """

    id: int
    at: datetime
    user: str
    action: str
    target: str
    detail: Mapping[str, Any]
    address: str
    sealed_by: str
    previous: str
    seal: str


@dataclass(frozen=True, slots=True)
class Head:
    """How many entries the chain has, and the seal of the last; 0 and "" where it has none."""

    entries: int
    seal: str

    def __str__(self) -> str:
        return f"{self.entries}:{self.seal}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What `verify` found. `first_bad` is the number of the first entry that is not as it was sealed, or
    that is missing, and `problem` says what is wrong with it; 0 and "" where all are whole.
    `taken_over` counts entries of another key that this one vouches for, `dropped` those that went because
    they were old."""

    head: Head
    taken_over: int = 0
    first_bad: int = 0
    problem: str = ""
    dropped: int = 0


def name_of(key: bytes) -> str:
    """A name for the key that tells nothing of it: 16 hexadecimal digits; "" for none."""
    return hmac.digest(key, b"name", "sha256").hex()[:16] if key else ""


def write(
    tx: Tx,
    at: datetime,
    user: str,
    action: str,
    target: str,
    detail: Mapping[str, Any] | None = None,
    *,
    address: str = "",
) -> AuditEntry:
    """Record an action, in the transaction that does it, and best as the last thing in it: on
    PostgreSQL other writers of entries wait from here to its end. Raises StoreBusyError."""
    if tx.dialect.name == "postgresql":
        tx.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
    key = tx.get_execution_options().get(KEY, b"")
    last = head(tx)
    entry = AuditEntry(
        id=last.entries + 1,
        at=at,
        user=clean(user, 200),
        action=clean(action, 100),
        target=clean(target, MAX_TEXT),
        detail=_bounded(detail or {}),
        address=clean(address, 200),
        sealed_by=name_of(key),
        previous=last.seal,
        seal="",
    )
    entry = replace(entry, seal=_seal(entry, key))
    tx.execute(insert(audit).values({name: getattr(entry, name) for name in AuditEntry.__slots__}))
    tx.info[NOTED] = Head(entry.id, entry.seal)
    return entry


def head(tx: Tx) -> Head:
    """How long the chain is, and its last seal."""
    last = tx.execute(select(audit.c.id, audit.c.seal).order_by(audit.c.id.desc()).limit(1)).first()
    return Head(last.id, last.seal) if last else Head(0, "")


def had(tx: Tx, known: Head) -> bool:
    """Whether the chain once was as long as `known` and ended with its seal, so that it is a longer or
    the same one. Of a chain without entries every other is a longer one, but none goes on from nothing."""
    if not known.entries:
        return head(tx).entries > 0
    first = tx.execute(select(audit.c.id, audit.c.previous).order_by(audit.c.id).limit(1)).first()
    if first is not None and known.entries < first.id:
        # Of what went because it was old only the last seal is known: this chain is the longer one.
        return known.entries < first.id - 1 or bool(first.previous == known.seal)
    return tx.scalar(select(audit.c.seal).where(audit.c.id == known.entries)) == known.seal


def page(
    tx: Tx,
    limit: int = 100,
    before_id: int = 0,
    *,
    user: str = "",
    action: str = "",
    address: str = "",
    text: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
) -> list[AuditEntry]:
    """The newest entries that match; the next page starts `before_id` the last.

    `user` and `address` are exact, `action` is one or the beginning of one up to a dot (``user`` matches
    ``user.add``), `text` stands in the target, whatever its case; `since` <= at < `until`.
    """
    conditions: list[ColumnElement[bool]] = []
    if before_id:
        conditions.append(audit.c.id < before_id)
    if user:
        conditions.append(audit.c.user == user)
    if address:
        conditions.append(audit.c.address == address)
    if action:
        conditions.append(
            (audit.c.action == action) | audit.c.action.startswith(f"{action}.", autoescape=True)
        )
    if text:
        conditions.append(audit.c.target.icontains(text, autoescape=True))
    if since is not None:
        conditions.append(audit.c.at >= since)
    if until is not None:
        conditions.append(audit.c.at < until)
    statement = select(audit).where(*conditions).order_by(audit.c.id.desc()).limit(limit)
    return [_entry(row) for row in tx.execute(statement)]


def all(tx: Tx) -> Iterator[AuditEntry]:
    """Every entry, the oldest first, a few at a time."""
    ordered = select(audit).order_by(audit.c.id).limit(1000)
    rows = tx.execute(ordered).all()
    while rows:
        yield from map(_entry, rows)
        rows = tx.execute(ordered.where(audit.c.id > rows[-1].id)).all()


def actions(tx: Tx) -> list[str]:
    """The actions there are entries of."""
    return list(tx.scalars(select(audit.c.action).distinct().order_by(audit.c.action)))


def droppable(tx: Tx, before: datetime) -> int:
    """Up to which number entries are older, and can go while the chain of the others stays whole; 0: none
    can.

    Those of another key stay as long as the entry that vouches for them: its hash is of all that was before.
    """
    young = tx.scalar(select(func.min(audit.c.id)).where(audit.c.at >= before))
    last = (young if young is not None else head(tx).entries) - 1  # the newest one stays in any case
    return last if foreign(tx) <= last else 0


def foreign(tx: Tx) -> int:
    """The number of the newest entry of another key; 0 where there is none."""
    return tx.scalar(select(func.max(audit.c.id)).where(audit.c.sealed_by != _own(tx))) or 0


def drop(tx: Tx, last: int, now: datetime) -> None:
    """Remove the entries up to the number `last`. A new entry says so, with the seal of that one: it stands
    for them, and `verify` begins with what follows it. It says too which of them put another chain in the
    place of this one."""
    seal = tx.scalar(select(audit.c.seal).where(audit.c.id == last))
    of_restarts = (audit.c.action.in_([RESTORE, PRUNE]), audit.c.sealed_by == _own(tx))
    restarts: list[list[Any]] = []
    for one in tx.execute(select(audit).where(audit.c.id <= last, *of_restarts).order_by(audit.c.id)):
        if one.action == PRUNE:
            restarts += [known for known in one.detail["restarts"] if known not in restarts]
        elif not one.detail.get("audit_goes_on"):
            restarts.append([one.id, one.seal])
    tx.execute(delete(audit).where(audit.c.id <= last))
    write(tx, now, SYSTEM, PRUNE, "audit", {"entries": last, "seal": seal, "restarts": restarts})


def _own(tx: Tx) -> str:
    return name_of(tx.get_execution_options().get(KEY, b""))


def _dropped(detail: Mapping[str, Any]) -> Head:
    """What an entry of PRUNE stands for."""
    return Head(detail["entries"], detail["seal"])


def count(tx: Tx, user: str, action: str, since: datetime) -> int:
    """How many entries there are of `action` by `user` from `since` on."""
    conditions = (audit.c.user == user, audit.c.action == action, audit.c.at >= since)
    return tx.scalar(select(func.count()).select_from(audit).where(*conditions)) or 0


def verify(entries: Iterable[AuditEntry], key: bytes, known: Sequence[Head] = ()) -> Verdict:
    """Check the chain `entries` (all of them, the oldest first) under `key`, and that each head of
    `known`, from logs and backups in the order of their time, is one that it has had; but those of before a
    restore that put another chain in this one's place, which the entry of that restore says."""
    own = name_of(key)
    wanted = {one.entries for one in known}
    seals: dict[int, str] = {}
    restarts: set[Head] = set()
    last, vouched, foreign = Head(0, ""), 0, 0
    begun, dropped = last, {last}
    running = hashlib.sha256()
    for entry in entries:
        if last == begun and entry.id > 1:
            begun = last = Head(entry.id - 1, entry.previous)
            seals[last.entries] = last.seal
        if problem := _problem(entry, last, own, key):
            return Verdict(last, vouched, min(max(entry.id, 1), last.entries + 1), problem)
        if entry.action == PRUNE and entry.sealed_by == own:
            dropped.add(_dropped(entry.detail))
            restarts |= {Head(*one) for one in entry.detail["restarts"]}
        if entry.sealed_by != own:
            foreign = foreign or entry.id
        elif foreign and entry.action in VOUCHES and entry.detail.get("hash") == running.hexdigest():
            foreign, vouched = 0, last.entries
        running.update(_content(entry) + entry.seal.encode())
        last = Head(entry.id, entry.seal)
        if entry.id in wanted:
            seals[entry.id] = entry.seal
        if entry.action == RESTORE and entry.sealed_by == own and not entry.detail.get("audit_goes_on"):
            restarts.add(last)
    if begun not in dropped:
        more = f"–{begun.entries}" if begun.entries > 1 else ""
        return Verdict(last, vouched, 1, Message("audit.missing", numbers=f"1{more}"))
    if foreign:
        return Verdict(last, vouched, foreign, Message("audit.other_key"))
    since = max((number for number, one in enumerate(known) if one in restarts), default=0)
    for one in sorted(known[since:], key=lambda one: one.entries):
        if one.entries > last.entries:
            problem = Message("audit.cut_off", known=one.entries, entries=last.entries)
            return Verdict(last, vouched, last.entries + 1, problem)
        if one.entries >= max(begun.entries, 1) and seals[one.entries] != one.seal:
            return Verdict(last, vouched, one.entries, Message("audit.other_entry"))
    return Verdict(last, vouched, dropped=begun.entries)


def taken_over(tx: Tx) -> dict[str, Any]:
    """What an entry of VOUCHES says of the entries before it: their number, last seal and hash."""
    running, last = hashlib.sha256(), Head(0, "")
    for entry in all(tx):
        running.update(_content(entry) + entry.seal.encode())
        last = Head(entry.id, entry.seal)
    return {"entries": last.entries, "seal": last.seal, "hash": running.hexdigest()}


def clean(value: str, limit: int) -> str:
    """`value` as an entry holds it: at most `limit` characters, and none that is not printed."""
    value = "".join(c if c.isprintable() else "\ufffd" for c in storable(value[: limit + 1]))
    return value if len(value) <= limit else value[: limit - 1] + "…"


def _problem(entry: AuditEntry, last: Head, own: str, key: bytes) -> str:
    if entry.id <= last.entries:
        return Message("audit.number", number=entry.id)
    if entry.id != last.entries + 1:
        more = f"–{entry.id - 1}" if entry.id > last.entries + 2 else ""
        return Message("audit.missing", numbers=f"{last.entries + 1}{more}")
    if entry.previous != last.seal:
        return Message("audit.follows")
    if entry.sealed_by == own and not hmac.compare_digest(entry.seal.encode(), _seal(entry, key).encode()):
        return Message("audit.changed")
    if len(entry.seal) != 64 or set(entry.seal) - set("0123456789abcdef"):
        return Message("audit.no_seal")
    return ""


def _seal(entry: AuditEntry, key: bytes) -> str:
    return hmac.digest(key, _content(entry), "sha256").hex()


def _content(entry: AuditEntry) -> bytes:
    """What is sealed: every field but the seal, in one spelling."""
    fields = [
        entry.id,
        entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        entry.user,
        entry.action,
        entry.target,
        entry.detail,
        entry.address,
        entry.sealed_by,
        entry.previous,
    ]
    return json.dumps(fields, sort_keys=True, ensure_ascii=True, separators=(",", ":")).encode("ascii")


def _bounded(detail: Mapping[str, Any]) -> dict[str, Any]:
    """`detail` as it will come back from the store: plain JSON, bounded, its texts clean."""
    found = json.loads(dialect.to_json(_plain(detail, 0)))
    shown = json.dumps(found, ensure_ascii=False)
    return found if len(shown) <= MAX_DETAIL else {"cut": clean(shown, MAX_TEXT)}


def _plain(value: Any, depth: int) -> Any:
    if isinstance(value, Message):
        return clean(value.encoded(), MAX_TEXT)
    if isinstance(value, str):
        return "\n".join(clean(line, MAX_TEXT) for line in value[:MAX_TEXT].split("\n"))
    if isinstance(value, Mapping) and depth < 5:
        return {clean(str(name), 200): _plain(inner, depth + 1) for name, inner in value.items()}
    if isinstance(value, list | tuple) and depth < 5:
        return [_plain(inner, depth + 1) for inner in value]
    return value if value is None or isinstance(value, bool | int | float) else clean(str(value), MAX_TEXT)


def _entry(row: Row[Any]) -> AuditEntry:
    return AuditEntry(
        row.id,
        row.at,
        row.user,
        row.action,
        row.target,
        row.detail,
        row.address,
        row.sealed_by,
        row.previous,
        row.seal,
    )
