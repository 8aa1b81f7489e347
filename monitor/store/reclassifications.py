"""The archive judged again: one row for each time that somebody asked for it, and what is left to judge.

    running ── over ──> done
      ├─ stop ────────────────────────────────────────> stopped
      └─ its process ends (`processes.close_orphans`), or leaves it ──> interrupted ── resume ──> running

Of the running ones there is one: a unique column says so to the database. What becomes of a batch, how far
that is and how many it were is one transaction (`judged`), so that whoever goes on judges nothing twice and
leaves nothing out. An article is to be judged whose current prediction is another version's and whose number
is not above `newest`: what comes later is judged by the version that serves anyway. One whose text retention
took keeps what was said of it when it could be read.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, and_, func, or_, select, update

from monitor.errors import ConflictError
from monitor.messages import Message
from monitor.records import Lane, TaskState
from monitor.store import dialect, processes
from monitor.store.dialect import Tx
from monitor.store.schema import answers, articles, claims, predictions, reclassifications, tasks
from monitor.store.standing import COUNTS
from monitor.store.tasks import closing
from monitor.store.tasks.rows import OPEN


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be judged again: by which version, of articles first seen from `since` on and of one source
    ("": of all), the least sure ones first or the oldest."""

    model: str
    since: datetime | None = None
    source: str = ""
    doubtful: bool = False

    @property
    def whole(self) -> bool:
        """Whether nothing of the archive is left out."""
        return self.since is None and not self.source


@dataclass(frozen=True, slots=True)
class Place:
    """How far it came: the article, and by what it stands in order."""

    at: datetime | None = None
    sure: float | None = None
    id: int = 0


@dataclass(frozen=True, slots=True)
class Reclassification:
    """One time; `champion` served when it was asked for, by `user`. The counts are of articles but for
    `withdrawn`, which are tasks."""

    id: int
    wanted: Wanted
    champion: str
    newest: int
    total: int
    user: str
    asked_at: datetime
    state: str
    holder: str
    place: Place
    judged: int
    failed: int
    passed: int
    withdrawn: int
    ended_at: datetime | None
    outcome: str

    @property
    def done(self) -> int:
        """The articles that it came to."""
        return self.judged + self.failed + self.passed


@dataclass(frozen=True, slots=True)
class Counts:
    """What became of a batch: articles, and tasks that were withdrawn."""

    judged: int = 0
    failed: int = 0
    passed: int = 0
    withdrawn: int = 0


def begin(tx: Tx, wanted: Wanted, champion: str, user: str, holder: str, now: datetime) -> Reclassification:
    """Run one. Raises ConflictError, naming it, where another runs, or was left unfinished."""
    processes.close_orphans(tx, now)
    if (other := resumable(tx)) is not None:
        raise ConflictError(Message("reclassify.unfinished", id=other.id, model=other.wanted.model))
    newest = tx.scalar(select(func.max(articles.c.id))) or 0
    total = tx.scalar(select(func.count()).select_from(_JUDGED).where(*_about(wanted, newest))) or 0
    statement = dialect.insert(tx, reclassifications).values(
        model=wanted.model,
        champion=champion,
        since=wanted.since,
        source=wanted.source,
        doubtful=wanted.doubtful,
        newest=newest,
        total=total,
        user=user,
        asked_at=now,
        state="running",
        active=True,
        holder=holder,
    )
    added = statement.on_conflict_do_nothing(index_elements=["active"]).returning(reclassifications.c.id)
    id = tx.scalar(added)
    if id is None:
        _refuse(tx)
    return get(tx, id)


def resume(tx: Tx, id: int, holder: str, now: datetime) -> Reclassification:
    """Go on with one that was interrupted. Raises ConflictError where it is not any more, or another runs."""
    processes.close_orphans(tx, now)
    if active(tx) is not None:
        _refuse(tx)
    taken = tx.execute(
        update(reclassifications)
        .where(reclassifications.c.id == id, reclassifications.c.state == "interrupted")
        .values(state="running", active=True, holder=holder, ended_at=None, outcome="")
    )
    if not taken.rowcount:
        raise ConflictError(Message("reclassify.none_open"))
    return get(tx, id)


def _refuse(tx: Tx) -> None:
    other = active(tx)
    named = {"id": other.id, "model": other.wanted.model} if other else {"id": "", "model": ""}
    raise ConflictError(Message("reclassify.running", **named))


def get(tx: Tx, id: int) -> Reclassification:
    row = tx.execute(select(reclassifications).where(reclassifications.c.id == id)).mappings().one()
    return _record(row)


def all(tx: Tx, limit: int) -> list[Reclassification]:
    """The latest ones, newest first."""
    rows = tx.execute(select(reclassifications).order_by(reclassifications.c.id.desc()).limit(limit))
    return [_record(row) for row in rows.mappings()]


def active(tx: Tx) -> Reclassification | None:
    """The one that runs."""
    return _one(tx, reclassifications.c.active.is_(True))


def resumable(tx: Tx) -> Reclassification | None:
    """The one that was interrupted."""
    return _one(tx, reclassifications.c.state == "interrupted")


def end(tx: Tx, id: int, state: str, outcome: str, now: datetime, holder: str | None = None) -> bool:
    """Write down how one ended; False where it is not (the `holder`'s) to be ended any more."""
    whose = [] if holder is None else [reclassifications.c.holder == holder]
    ended = tx.execute(
        update(reclassifications)
        .where(
            reclassifications.c.id == id, reclassifications.c.state.in_(["running", "interrupted"]), *whose
        )
        .values(state=state, active=None, ended_at=now, outcome=outcome)
    )
    return bool(ended.rowcount)


def judged(tx: Tx, run: Reclassification, place: Place, counts: Counts) -> None:
    """Count a batch, in its transaction. Raises ConflictError where the run is not this process's any more:
    it was taken for dead, or somebody gave it up."""
    columns = reclassifications.c
    counted = tx.execute(
        update(reclassifications)
        .where(columns.id == run.id, columns.state == "running", columns.holder == run.holder)
        .values(
            after_at=place.at,
            after_sure=place.sure,
            after_id=place.id,
            judged=columns.judged + counts.judged,
            failed=columns.failed + counts.failed,
            passed=columns.passed + counts.passed,
            withdrawn=columns.withdrawn + counts.withdrawn,
        )
    )
    if not counted.rowcount:
        raise ConflictError(Message("reclassify.lost", id=run.id))


def waiting(tx: Tx, run: Reclassification, place: Place, limit: int) -> list[Place]:
    """The next articles to judge after a place, in order."""
    value: ColumnElement[Any] = predictions.c.confidence if run.wanted.doubtful else articles.c.first_seen_at
    after = place.sure if run.wanted.doubtful else place.at
    beyond = [] if after is None else [or_(value > after, and_(value == after, articles.c.id > place.id))]
    rows = tx.execute(
        select(articles.c.id, articles.c.first_seen_at, predictions.c.confidence)
        .select_from(_JUDGED)
        .where(*_about(run.wanted, run.newest), *beyond)
        .order_by(value, articles.c.id)
        .limit(limit)
    )
    if run.wanted.doubtful:
        return [Place(sure=row.confidence, id=row.id) for row in rows]
    return [Place(at=row.first_seen_at, id=row.id) for row in rows]


def unchanged(tx: Tx, model: str, revisions: dict[int, int]) -> set[int]:
    """Of these articles, each with the revision that was read, those that are still that one and have a
    current prediction of another version: what was judged or edited meanwhile is left as it is."""
    found: set[int] = set()
    for some in dialect.parts(sorted(revisions)):
        rows = tx.execute(
            select(articles.c.id, articles.c.revision)
            .select_from(_JUDGED)
            .where(articles.c.id.in_(some), predictions.c.model != model, _READ)
        )
        found.update(row.id for row in rows if row.revision == revisions[row.id])
    return found


def has(tx: Tx, source: str) -> bool:
    """Whether any article is of a source."""
    return bool(tx.scalar(select(select(articles.c.id).where(articles.c.source == source).exists())))


def sources(tx: Tx) -> list[str]:
    """The sources that articles are of."""
    return list(tx.scalars(select(articles.c.source).distinct().order_by(articles.c.source)))


def decided(tx: Tx, text_ids: Collection[int]) -> set[int]:
    """Of these texts those of which a label counts."""
    found: set[int] = set()
    for some in dialect.parts(sorted(text_ids)):
        found |= set(tx.scalars(select(answers.c.text_id).where(answers.c.text_id.in_(some), COUNTS)))
    return found


def spare(tx: Tx, article_ids: Sequence[int], now: datetime) -> int:
    """Withdraw the reviews of these articles that nobody has begun: on whose screen they are, and who said
    anything of them, goes on. How many."""
    begun = or_(
        select(claims.c.task_id).where(claims.c.task_id == tasks.c.id).exists(),
        select(answers.c.id).where(answers.c.task_id == tasks.c.id).exists(),
    )
    gone: list[int] = []
    for some in dialect.parts(article_ids):
        reviews = (tasks.c.article_id.in_(some), tasks.c.lane == Lane.REVIEW.value, OPEN)
        gone += tx.scalars(select(tasks.c.id).where(*reviews, ~begun).with_for_update())
    closing.close(tx, gone, TaskState.WITHDRAWN, now)
    return len(gone)


_JUDGED = articles.join(predictions, and_(predictions.c.article_id == articles.c.id, predictions.c.current))
_READ = articles.c.body_removed_at.is_(None)
"""Those that can be read again."""


def _about(wanted: Wanted, newest: int) -> list[ColumnElement[bool]]:
    """Of the articles that have a current prediction, those that are to be judged again."""
    found: list[ColumnElement[bool]] = [predictions.c.model != wanted.model, articles.c.id <= newest, _READ]
    if wanted.since is not None:
        found.append(articles.c.first_seen_at >= wanted.since)
    if wanted.source:
        found.append(articles.c.source == wanted.source)
    return found


def _one(tx: Tx, *which: ColumnElement[bool]) -> Reclassification | None:
    newest = select(reclassifications).where(*which).order_by(reclassifications.c.id.desc()).limit(1)
    row = tx.execute(newest).mappings().first()
    return None if row is None else _record(row)


def _record(row: RowMapping) -> Reclassification:
    same = ("id", "champion", "newest", "total", "user", "asked_at", "state", "holder", "ended_at", "outcome")
    counts = ("judged", "failed", "passed", "withdrawn")
    return Reclassification(
        wanted=Wanted(row["model"], row["since"], row["source"], row["doubtful"]),
        place=Place(row["after_at"], row["after_sure"], row["after_id"]),
        **{name: row[name] for name in (*same, *counts)},
    )
