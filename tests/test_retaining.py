"""Retention as it runs: when the clock is believed, in batches, by one process, and taken up again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select, update

from monitor.app import Monitor
from monitor.desk import Desk
from monitor.errors import ConflictError, UserError
from monitor.operation import retaining
from monitor.operation.retaining import DAY, LEASE, LEAST, STEP, Look, Plan, believed, paced
from monitor.records import Article, Company, Role, User
from monitor.schedule.scheduler import jobs_of
from monitor.storage import data, retention
from monitor.store import Store, Tx, articles, audit, expired, leases, polls, processes, prunings, stories
from monitor.store.processes import Process
from monitor.store.schema import articles as article_rows
from monitor.testing import Clock
from tests.clocks import elapse
from tests.monitors import monitor_of

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
CONFIG = "[retention]\nbodies_days = 60\n"
Arrive = Callable[..., Article]


@pytest.fixture
def monitor(sqlite_store: Store, tmp_path: Path, clock: Clock) -> Iterator[Monitor]:
    made = monitor_of(CONFIG, sqlite_store, tmp_path, clock)
    yield made
    made.close()


@pytest.fixture
def arrive(article: Arrive) -> Callable[[Tx, int], Article]:
    """Stores an article of so many days ago, judged by nobody."""

    def arrive(tx: Tx, days: int) -> Article:
        at = NOW - days * DAY
        words = {"title": f"Title of {days}", "content": f"Title of {days}\nAcme sued, {days}"}
        one = article(f"Acme sued, {days}", **words, first_seen_at=at, published_at=at)
        stored = articles.insert(tx, replace(one, story_id=stories.create(tx, at)))
        tx.execute(update(article_rows).where(article_rows.c.id == stored.id).values(pending=False))
        return stored

    return arrive


def bodies(store: Store) -> int:
    with store.read() as tx:
        there = select(func.count()).select_from(article_rows).where(article_rows.c.body_removed_at.is_(None))
        return int(tx.scalar(there) or 0)


def of(plans: list[Plan], kind: str = "bodies") -> Plan:
    return next(one for one in plans if one.kind == kind)


def test_a_dry_run_says_what_the_prune_does_and_changes_nothing(
    monitor: Monitor, arrive: Callable[[Tx, int], Article]
) -> None:
    with monitor.store.begin() as tx:
        old = [arrive(tx, days).id for days in (90, 80, 61)]
        young = arrive(tx, 1)
        polls.note(tx, "wire", NOW, read=True)
    plan = monitor.plan()
    assert monitor.plan() == plan and bodies(monitor.store) == 4
    assert (of(plan).rows, of(plan).since_at, of(plan).until_at) == (3, NOW - 90 * DAY, NOW - 60 * DAY)
    assert of(plan, "audit") == Plan("audit", None)
    done = monitor.prune()
    assert done == plan
    with monitor.store.read() as tx:
        assert {view.article.id for view in articles.page(tx)} == {*old, young.id}, "articles stay"
        assert articles.get(tx, old[0]).text == "" and articles.get(tx, young.id).text
        found = prunings.of(tx, "bodies")
        assert found is not None and (found.rows, found.until_at) == (3, NOW - 60 * DAY)
        [entry] = audit.page(tx, action="db.prune")
        assert (entry.user, entry.target, entry.detail["rows"]) == ("monitor", "bodies", 3)
    assert of(monitor.prune()).rows == 0, "and again there is nothing"
    assert monitor.pruned_lately() == "nothing is old"
    assert "prune" in [job.name for job in jobs_of(monitor)]


def test_a_run_that_is_killed_leaves_whole_batches_and_the_next_goes_on(
    monitor: Monitor, arrive: Callable[[Tx, int], Article], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retaining, "FIRST", 2)
    monkeypatch.setattr(retaining, "paced", lambda size, took, aim: 2)
    with monitor.store.begin() as tx:
        for days in range(70, 77):
            arrive(tx, days)
        polls.note(tx, "wire", NOW, read=True)
    whole, calls = expired.Part.remove, []

    def dies(self: expired.Part, *arguments: Any) -> expired.Sum:
        calls.append(1)
        found = whole(self, *arguments)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return found

    monkeypatch.setattr(expired.Part, "remove", dies)
    with pytest.raises(KeyboardInterrupt):
        monitor.prune()
    assert bodies(monitor.store) == 3
    with monitor.store.read() as tx:
        found = prunings.of(tx, "bodies")
        assert found is not None and found.rows == 4, "what went is recorded with it"
    assert of(monitor.prune()).rows == 3
    assert bodies(monitor.store) == 0


def test_of_two_at_once_one_is_refused_and_says_who_works(monitor: Monitor) -> None:
    with monitor.store.begin() as tx:
        processes.enter(tx, Process("other", "desk-2", "worker", "m", 1, 1, 0, NOW, NOW))
        assert leases.take(tx, LEASE, "other") is not None
    with pytest.raises(ConflictError, match="worker, desk-2"):
        monitor.prune()
    with monitor.store.begin() as tx:
        leases.release(tx, LEASE, "other")
    monitor.prune()
    monitor.prune()


def test_a_clock_that_is_set_forward_by_a_year_removes_nothing(
    monitor: Monitor, arrive: Callable[[Tx, int], Article], clock: Clock
) -> None:
    with monitor.store.begin() as tx:
        arrive(tx, 1)
        polls.note(tx, "wire", NOW, read=True)
    monitor.prune()
    clock.advance(days=365)
    with pytest.raises(ConflictError, match=r"2027-03-02 09:00 UTC, which is 365\.0 days away"):
        monitor.prune()
    assert bodies(monitor.store) == 1
    [(state, what, todo)] = retention(monitor.store, monitor.settings, clock())
    assert state == "warn" and "365.0 days" in what and todo
    clock.advance(days=-365)
    elapse(monitor, days=1)
    assert of(monitor.prune()).rows == 0, "set right it goes on"
    clock.advance(days=300)
    assert of(monitor.prune(clock_is_right=True)).rows == 1, "somebody said so"
    assert of(monitor.prune()).rows == 0


def test_the_first_run_of_a_store_that_stood_still_asks(
    monitor: Monitor, arrive: Callable[[Tx, int], Article]
) -> None:
    with monitor.store.begin() as tx:
        arrive(tx, 70)
    with pytest.raises(ConflictError, match=r"2025-12-22 09:00 UTC, 70\.0 days before"):
        monitor.prune()
    assert of(monitor.prune(clock_is_right=True)).rows == 1


@given(wall=st.floats(-800, 800), store=st.floats(0, 800))
def test_the_clock_is_believed_where_both_went_as_far(wall: float, store: float) -> None:
    last, now = Look(NOW, 5.0), Look(NOW + timedelta(days=wall), 5.0 + store * 86_400)
    assert (believed(last, now, None) is None) == (
        abs((now.at - NOW) - timedelta(seconds=now.seconds - 5.0)) <= STEP
    )


@given(size=st.integers(LEAST, expired.MOST), took=st.floats(0, 100), aim=st.floats(0.001, 60))
def test_a_batch_is_never_empty_nor_too_large_and_follows_the_time(
    size: int, took: float, aim: float
) -> None:
    found = paced(size, took, aim)
    assert LEAST <= found <= expired.MOST
    if took > aim:
        assert found <= size
    if took < aim:
        assert found >= size


def test_who_reads_a_removed_text_is_told(
    monitor: Monitor, arrive: Callable[[Tx, int], Article], clock: Clock
) -> None:
    with monitor.store.begin() as tx:
        old = arrive(tx, 70)
    with monitor.store.begin() as tx:
        young = arrive(tx, 1)
        polls.note(tx, "wire", NOW, read=True)
    monitor.prune()
    desk = Desk(monitor, User(1, "ann", Role.ADMIN, NOW))
    assert desk.article(old.id).body_removed_at == NOW and desk.article(young.id).body_removed_at is None
    assert desk.article(old.id).article.title == "Title of 70"
    with pytest.raises(ConflictError, match=f"the text of article {old.id} was removed on 2026-03-02"):
        desk.explanation(old.id)
    with pytest.raises(ConflictError, match="was removed"):
        desk.correct(old.id, "negative")
    assert desk.texts_kept_since() == desk.texts_kept_since(NOW - 61 * DAY) == NOW - 60 * DAY
    assert desk.texts_kept_since(NOW - 59 * DAY) is None
    assert monitor.relink(400) == (1, 0), "whom a removed text named stays as it is"
    acme = Company("acme", "Acme")
    with pytest.raises(
        UserError, match=r"texts of articles of 2025-12-22 to 2026-01-02 were removed.*--from 2026-01-02"
    ):
        monitor.replay(NOW - 65 * DAY, companies=[acme])
    assert monitor.replay(companies=[acme]).since == NOW - 60 * DAY
    assert monitor.replay().since == NOW - 70 * DAY
    assert monitor.replay(NOW - 65 * DAY).since == NOW - 65 * DAY, "of what was counted nothing went"


def test_the_doctor_says_what_is_held_and_what_went(
    monitor: Monitor, arrive: Callable[[Tx, int], Article]
) -> None:
    with monitor.store.begin() as tx:
        arrive(tx, 70)
        polls.note(tx, "wire", NOW, read=True)
    monitor.prune()
    [(state, what, _)] = retention(monitor.store, monitor.settings, NOW)
    assert state == "ok" and "last looked at on 2026-03-02 09:00" in what
    assert "1 bodies of before 2026-01-01 went" in what and "bodies 60 days" in what
    found = monitor.vacuum()
    assert found.after <= found.before
    [(state, what, _)] = data(monitor.store)
    assert state == "ok" and "0.0 MB of it free, vacuumed on 2026-03-02: articles" in what
    elapse(monitor, days=4)
    [(state, _, todo)] = retention(monitor.store, monitor.settings, monitor.now())
    assert state == "warn" and "prune" in todo
