"""Workers on one store: a source and a host are one's, move when it dies, and are fenced when it wakes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from monitor.classification.judging import BATCH, classify_pending
from monitor.errors import LostError, ModelError, StoreBusyError
from monitor.messages import Message
from monitor.news.companies import Linker
from monitor.pipeline import Intake, poll
from monitor.records import Article, Fetched, Item, PollResult, Prediction
from monitor.schedule import holdings
from monitor.schedule.heart import BEATS_IN_A_LEASE, Heart
from monitor.schedule.holdings import HOST, SOURCE, Holdings
from monitor.schedule.sharing import Group, groups
from monitor.settings import RoutingSettings
from monitor.store import Store, articles, judging, leases, polls, predictions, processes, sources, stories
from monitor.testing import Clock, FakeFetcher, make_article, make_prediction

LEASE_SECONDS = 60.0
BEAT = LEASE_SECONDS / BEATS_IN_A_LEASE
AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
RULES = RoutingSettings(audits_per_day=0, explore_share=0)
NAMES = [f"wire{n}" for n in range(12)]
# Two sources a host, so six groups of the same weight.
GROUPS = groups({name: {f"h{n // 2}.example"} for n, name in enumerate(NAMES)}, dict.fromkeys(NAMES, 96))


class Worker:
    """A worker with clocks of its own, on a machine of its own: silence alone tells that it died."""

    def __init__(
        self, store: Store, name: str, known: Sequence[Group] = GROUPS, role: str = "worker"
    ) -> None:
        self.store = store
        self.clock = Clock(AT)
        self.heart = Heart(
            store,
            role=role,
            lease_seconds=LEASE_SECONDS,
            now=self.clock,
            steady=self.clock.steady,
            machine=name,
        )
        self.busy: set[str] = set()
        self.heart.beat()
        self.holdings = Holdings(store, self.heart, known, self.leave)

    def leave(self, names: Collection[str]) -> set[str]:
        return self.busy & set(names)

    def live(self, seconds: float = BEAT) -> set[str]:
        self.clock.advance(seconds=seconds)
        self.heart.beat()
        return self.holdings.look()

    @property
    def has(self) -> frozenset[str]:
        return self.holdings.sources

    def poll(self, source: object, name: str = "wire0") -> PollResult:
        intake = Intake(name, Linker([]), RULES, self.clock, fence=self.holdings.fence(name))
        return poll(self.store, source, FakeFetcher(), intake, interval=timedelta(minutes=15))  # type: ignore[arg-type]


def live(*workers: Worker, leases_long: float = 1.0) -> None:
    """Let time pass; at no moment does anybody poll what another polls, nor a host of another's."""
    for _ in range(round(leases_long * BEATS_IN_A_LEASE)):
        for worker in workers:
            worker.live()
            apart(*workers)


def apart(*workers: Worker) -> None:
    polled = Counter(name for worker in workers for name in worker.has)
    asked = Counter(
        host
        for worker in workers
        for host in {h for group in GROUPS for h in group.hosts if worker.has & set(group.sources)}
    )
    assert max(polled.values(), default=0) <= 1 and max(asked.values(), default=0) <= 1


def test_one_worker_polls_everything_at_once(sqlite_store: Store) -> None:
    one = Worker(sqlite_store, "one")
    assert one.live() == set(NAMES) == one.has
    assert one.live() == set()


def test_who_joins_is_given_its_share_within_a_lease_and_nothing_else_moves(store: Store) -> None:
    one, two = Worker(store, "one"), Worker(store, "two")
    live(one, two)
    before = one.has, two.has
    assert [len(one.has), len(two.has)] == [6, 6] and one.has | two.has == set(NAMES)
    three = Worker(store, "three")
    live(one, two, three)
    assert [len(worker.has) for worker in (one, two, three)] == [4, 4, 4]
    assert one.has < before[0] and two.has < before[1]
    with store.read() as tx:
        held = leases.holders(tx, SOURCE)
        assert {name: holder for name, (holder, _) in held.items()} == {
            name: worker.heart.holder for worker in (one, two, three) for name in worker.has
        }
        assert leases.holders(tx, HOST).keys() == {f"h{n}.example" for n in range(6)}
        counted = holdings.workers(processes.all(tx), held)
    assert [number for _, number in counted] == [4, 4, 4]


def test_what_a_dead_worker_had_is_polled_by_others_within_two_leases(store: Store) -> None:
    one, two, dead = Worker(store, "one"), Worker(store, "two"), Worker(store, "dead")
    live(one, two, dead)
    kept = one.has, two.has
    dead.clock.step(days=400)  # a wrong date is no reason to be late
    live(one, two, leases_long=2)
    assert one.has | two.has == set(NAMES) and abs(len(one.has) - len(two.has)) <= 2
    assert kept[0] <= one.has and kept[1] <= two.has


def test_whoever_stops_in_order_is_followed_at_once(sqlite_store: Store) -> None:
    one, two = Worker(sqlite_store, "one"), Worker(sqlite_store, "two")
    live(one, two)
    two.heart.stop()
    assert len(one.live()) == 6 and one.has == set(NAMES)


def test_a_source_moves_only_once_its_poll_is_over(sqlite_store: Store) -> None:
    one = Worker(sqlite_store, "one")
    one.live()
    one.busy = set(NAMES)
    two = Worker(sqlite_store, "two")
    live(one, two, leases_long=3)
    assert two.has == frozenset(), "all of it is at work"
    assert len(one.has) == 6, "and no poll begins any more of what the other is to have"
    one.busy = set()
    live(one, two)
    assert len(two.has) == 6


def test_what_its_worker_does_not_take_another_takes_and_keeps(sqlite_store: Store) -> None:
    """A worker with other settings, or one that hangs while its heart beats."""
    hangs = Worker(sqlite_store, "hangs", known=())
    one = Worker(sqlite_store, "one")
    live(hangs, one)
    assert len(one.has) == 6
    live(hangs, one, leases_long=2)
    assert one.has == set(NAMES)
    live(hangs, one, leases_long=2)
    assert one.has == set(NAMES), "and it does not go back and forth"
    joined = Worker(sqlite_store, "joined")
    live(hangs, one, joined, leases_long=4)
    assert joined.has and one.has | joined.has == set(NAMES)


def test_with_other_settings_neither_a_source_nor_a_host_is_two_workers(sqlite_store: Store) -> None:
    moved = {name: {f"h{n // 2}.example"} for n, name in enumerate(NAMES[:11])} | {"wire11": {"h0.example"}}
    one = Worker(sqlite_store, "one")
    one.live()
    other = Worker(sqlite_store, "other", groups(moved, dict.fromkeys(NAMES, 96)))
    live(one, other, leases_long=4)
    assert not one.has & other.has
    assert one.has | other.has == set(NAMES) - {"wire11"}, "each believes that the other must poll it"
    with sqlite_store.read() as tx:
        held, hosts = leases.holders(tx, SOURCE), leases.holders(tx, HOST)
    for group in GROUPS:
        if "wire11" not in group.sources:
            assert {held[name][0] for name in group.sources} == {hosts[group.hosts[0]][0]}


def test_processes_that_do_not_poll_have_no_share(sqlite_store: Store) -> None:
    one, web = Worker(sqlite_store, "one"), Worker(sqlite_store, "web", role="web")
    live(one, web, leases_long=3)
    assert one.has == set(NAMES) and web.has == frozenset()


# --- fencing ----------------------------------------------------------------------------------------


class Feed:
    """A source that does something else while it is fetched."""

    kind = "feed"

    def __init__(self, meanwhile: object = None, broken: bool = False) -> None:
        self.meanwhile = meanwhile
        self.broken = broken

    def fetch(self, state: object, fetcher: object) -> Fetched:
        if callable(self.meanwhile):
            self.meanwhile()
        if self.broken:
            raise ZeroDivisionError
        return Fetched([Item(title="Halvorsen Bank will not appeal", guid="1")], {"cursor": 7})


@pytest.mark.parametrize("broken", [False, True], ids=["answers", "fails"])
def test_who_lost_a_source_while_it_fetched_stores_nothing(store: Store, broken: bool) -> None:
    stopped, other = Worker(store, "stopped"), Worker(store, "other")
    stopped.live()

    def meanwhile() -> None:
        live(other, leases_long=2)
        assert "wire0" in other.has

    result = stopped.poll(Feed(meanwhile, broken))
    assert (result.ok, result.error) == (False, Message("sources.lost"))
    with store.read() as tx:
        assert articles.count(tx, sample=False) == 0 and sources.all(tx) == []
        assert polls.newest(tx, "wire0") == 0
    assert other.poll(Feed()).new == 1
    with store.read() as tx:
        assert sources.status(tx, "wire0").state == {"cursor": 7}
    assert not stopped.holdings.holds("wire0") and other.holdings.holds("wire0")
    stopped.clock.advance(seconds=2 * LEASE_SECONDS)
    live(stopped, other)
    assert len(stopped.has) == 6, "it goes on under another name, with its share"


def test_nobody_takes_a_source_while_its_poll_commits(postgresql_store: Store) -> None:
    """The fence holds the lease's row: who takes the source waits until the poll's transaction has ended."""
    one = Worker(postgresql_store, "one")
    one.live()
    with postgresql_store.begin() as tx:
        one.holdings.fence("wire0")(tx)
        with pytest.raises(StoreBusyError), postgresql_store.begin() as second:
            second.exec_driver_sql("SET LOCAL lock_timeout = 50")
            leases.release_all(second, [SOURCE + "wire0"], one.heart.holder)


def test_by_hand_nobody_polls_what_a_worker_holds(sqlite_store: Store) -> None:
    one = Worker(sqlite_store, "one")
    one.live()
    with sqlite_store.read() as tx:
        with pytest.raises(LostError):
            holdings.refuse_if_held(tx, "wire0")
        holdings.refuse_if_held(tx, "wire0", one.heart.holder)
        holdings.refuse_if_held(tx, "another")


# --- judging ----------------------------------------------------------------------------------------


class Judge:
    """Says the same of everything, and keeps what it was asked."""

    def __init__(self, meanwhile: object = None) -> None:
        self.asked: list[int] = []
        self.meanwhile = meanwhile

    def __call__(self, batch: Sequence[Article]) -> list[Prediction]:
        self.asked += [one.id for one in batch]
        if callable(self.meanwhile):
            meanwhile, self.meanwhile = self.meanwhile, None
            meanwhile()
        return [replace(make_prediction(0.1, 0.8), model="m1") for _ in batch]


def waiting(store: Store, number: int) -> list[int]:
    """Store so many articles that nobody has judged."""
    with store.begin() as tx:
        made = [make_article(f"news {n}", story_id=stories.create(tx, AT)) for n in range(number)]
        return [articles.insert(tx, one).id for one in made]


def judged(store: Store, ids: list[int]) -> int:
    with store.read() as tx:
        return len(predictions.of(tx, ids))


def test_two_workers_judge_different_articles(store: Store) -> None:
    ids = waiting(store, BATCH + 10)
    one, two = Worker(store, "one"), Worker(store, "two")
    other = Judge()
    first = Judge(lambda: classify_pending(store, other, rules=RULES, now=two.clock, holder=two.heart.holder))
    assert classify_pending(store, first, rules=RULES, now=one.clock, holder=one.heart.holder) == BATCH
    assert not set(first.asked) & set(other.asked) and sorted(first.asked + other.asked) == ids
    assert judged(store, ids) == len(ids)
    with store.begin() as tx:
        assert judging.take(tx, one.heart.holder, 10) == []


def test_what_a_dead_worker_had_claimed_is_judged_by_another_and_not_by_it(store: Store) -> None:
    ids = waiting(store, 5)
    stopped, other = Worker(store, "stopped"), Worker(store, "other")
    mine = Judge()

    def meanwhile() -> None:
        assert classify_pending(store, mine, rules=RULES, now=other.clock, holder=other.heart.holder) == 0
        live(other, leases_long=2)
        assert classify_pending(store, mine, rules=RULES, now=other.clock, holder=other.heart.holder) == 5

    name = stopped.heart.holder
    assert classify_pending(store, Judge(meanwhile), rules=RULES, now=stopped.clock, holder=name) == 0
    assert mine.asked == ids and judged(store, ids) == 5


def test_claims_end_where_the_classifier_is_down(sqlite_store: Store) -> None:
    ids = waiting(sqlite_store, 3)
    one, two = Worker(sqlite_store, "one"), Worker(sqlite_store, "two")

    def down(batch: Sequence[Article]) -> list[Prediction]:
        raise ModelError("no model")

    with pytest.raises(ModelError):
        classify_pending(sqlite_store, down, rules=RULES, now=one.clock, holder=one.heart.holder)
    assert classify_pending(sqlite_store, Judge(), rules=RULES, now=two.clock, holder=two.heart.holder) == 3
    assert judged(sqlite_store, ids) == 3
