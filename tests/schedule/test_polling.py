"""Lanes: the earliest due first, no round waits for the slow, whatever they do."""

from __future__ import annotations

import heapq
import itertools
import statistics
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import FetchError, NotFoundError, StoppedError, UserError
from monitor.records import Pace, PollResult
from monitor.schedule.polling import Due, Lanes, Polling

QUICK, NEW, LATE, HANGS = Pace.QUICK, Pace.NEW, Pace.LATE, Pace.HUNG


def sizes(fast: int, slow: int) -> dict[Pace, int]:
    return {QUICK: fast, NEW: fast, LATE: slow, HANGS: slow}


# --- lanes: no clock, no thread ------------------------------------------------------------------


def test_the_earliest_due_is_started_first_each_in_its_lane() -> None:
    lanes = Lanes(sizes(2, 1))
    assert lanes.offer([Due(3, "c"), Due(1, "a"), Due(2, "b"), Due(0, "y", HANGS), Due(1, "x", HANGS)])
    assert lanes.start() == ["a", "b", "y"]
    assert lanes.start() == []
    lanes.ended("a")
    assert lanes.start() == ["c"]
    lanes.ended("y")
    assert lanes.start() == ["x"]
    assert lanes.known == {"b", "c", "x"}


def test_a_source_is_not_offered_twice() -> None:
    lanes = Lanes(sizes(1, 1))
    assert lanes.offer([Due(0, "a"), Due(0, "b")]) == ["a", "b"]
    lanes.start()
    assert lanes.offer([Due(1, "a"), Due(1, "b"), Due(1, "c")]) == ["c"]
    lanes.ended("a")
    assert lanes.offer([Due(2, "a")]) == ["a"]


def test_one_may_run_beside_the_lanes() -> None:
    lanes = Lanes(sizes(1, 1))
    lanes.offer([Due(0, "a"), Due(1, "b")])
    assert lanes.beside("b") and not lanes.beside("b")
    assert lanes.start() == ["a"] and not lanes.beside("a")
    assert lanes.hopeful(["b"]) and lanes.hopeful(["a"]) and not lanes.hopeful(["c"])
    lanes.ended("b")
    assert lanes.known == {"a"}


@given(
    st.lists(st.tuples(st.integers(0, 9), st.sampled_from(Pace)), max_size=40),
    st.integers(1, 5),
    st.integers(1, 3),
    st.randoms(use_true_random=False),
)
def test_every_source_is_started_once_and_no_lane_is_overfull(
    sources: list[tuple[int, Pace]], fast: int, slow: int, rng: Any
) -> None:
    lanes = Lanes(sizes(fast, slow))
    due = [Due(since, f"s{n}", lane) for n, (since, lane) in enumerate(sources)]
    lanes.offer(due)
    most = sizes(fast, slow)
    lane_of = {one.name: one.pace for one in due}
    started: list[str] = []
    running: list[str] = []
    while True:
        new = lanes.start()
        started += new
        running += new
        for lane in Pace:
            assert sum(lane_of[name] is lane for name in running) <= most[lane]
        if not running:
            break
        lanes.ended(running.pop(rng.randrange(len(running))))
    assert sorted(started) == sorted(one.name for one in due)
    for lane in Pace:
        times = [one.since for name in started for one in due if one.name == name and one.pace is lane]
        assert times == sorted(times)


# --- a day of polling, on a clock that only a test moves -------------------------------------------


@dataclass
class Day:
    """Sources polled on a clock of its own: how long after it came due each one was done."""

    takes: dict[str, Callable[[int], float]]  # name -> seconds of its nth poll
    interval: float = 900.0
    limit: float = 60.0
    patience: float = 10.0
    fast: int = 8
    slow: int = 2
    tick: float = 1.0
    lags: dict[str, list[float]] = field(default_factory=dict)

    def run(self, seconds: float) -> None:
        lanes = Lanes(sizes(self.fast, self.slow))
        next_due = dict.fromkeys(self.takes, 0.0)
        lane = dict.fromkeys(self.takes, NEW)
        polls = dict.fromkeys(self.takes, 0)
        ends: list[tuple[float, str, float, float]] = []
        began: dict[str, float] = {}
        for step in itertools.count():
            now = step * self.tick
            if now > seconds:
                return
            while ends and ends[0][0] <= now:
                end, name, since, took = heapq.heappop(ends)
                lanes.ended(name)
                self.lags.setdefault(name, []).append(end - since)
                late = LATE if took > self.patience else QUICK
                lane[name] = HANGS if took >= self.limit else late
                next_due[name] = end + self.interval
            lanes.offer(Due(next_due[name], name, lane[name]) for name in self.takes if next_due[name] <= now)
            for name in lanes.start():
                began[name] = now
                took = min(self.takes[name](polls[name]), self.limit)
                polls[name] += 1
                heapq.heappush(ends, (now + took, name, next_due[name], took))

    def p95(self, names: Iterator[str] | list[str], skip: int = 2) -> float:
        lags = [lag for name in names for lag in self.lags[name][skip:]]
        assert len(lags) > 100
        return statistics.quantiles(lags, n=20)[-1]


GOOD = [f"good {n}" for n in range(50)]
HUNG = [f"hung {n}" for n in range(50)]


def quick(n: int) -> float:
    return 1.0


@pytest.mark.parametrize("interval", [60.0, 900.0])
def test_fifty_that_hang_beside_fifty_that_do_not_change_little_for_these(interval: float) -> None:
    alone = Day(dict.fromkeys(GOOD, quick), interval)
    alone.run(6 * 3600)
    beside = Day({**dict.fromkeys(GOOD, quick), **dict.fromkeys(HUNG, lambda n: 1e9)}, interval)
    beside.run(6 * 3600)
    assert beside.p95(GOOD) <= 1.2 * alone.p95(GOOD)


def test_one_that_answers_again_returns_to_the_fast_lane() -> None:
    day = Day({**dict.fromkeys(GOOD, quick), "late": lambda n: 1e9 if n < 3 else 1.0}, slow=1)
    day.run(3 * 3600)
    assert day.lags["late"][0] >= 60 and max(day.lags["late"][4:]) <= 2


def test_slow_ones_that_do_answer_keep_no_other_waiting() -> None:
    alone = Day(dict.fromkeys(GOOD, quick))
    alone.run(6 * 3600)
    slow = {f"slow {n}": (lambda n: 50.0) for n in range(30)}
    beside = Day({**dict.fromkeys(GOOD, quick), **slow})
    beside.run(6 * 3600)
    assert beside.p95(GOOD) <= 1.2 * alone.p95(GOOD)
    assert all(len(beside.lags[name]) > 5 for name in slow)


# --- polling: threads -----------------------------------------------------------------------------


class Room:
    """Sources whose polls end when a test opens their gates; `waits` is what the store would say."""

    def __init__(self, *names: str, off: tuple[str, ...] = (), fast: int = 2, slow: int = 1) -> None:
        self.gates = {name: threading.Event() for name in names}
        self.waits: dict[str, tuple[float, Pace]] = {}
        self.begun: list[str] = []
        self.failing: dict[str, BaseException] = {}
        self.at_once = 0
        self.most = 0
        self.lock = threading.Lock()
        self.polling = Polling(
            self.poll,
            lambda: self.waits,
            {**dict.fromkeys(names, True), **dict.fromkeys(off, False)},
            lambda: list(names),
            concurrency=fast,
            slow_concurrency=slow,
        )

    def poll(self, name: str) -> PollResult:
        with self.lock:
            self.begun.append(name)
            self.at_once += 1
            self.most = max(self.most, self.at_once)
        assert self.gates[name].wait(60)
        with self.lock:
            self.at_once -= 1
            self.waits[name] = (900.0, QUICK)
        if name in self.failing:
            raise self.failing[name]
        return PollResult(name, True, 1, 1)

    def open(self, *names: str) -> Room:
        for name in names or self.gates:
            self.gates[name].set()
        return self

    def told(self, wait_seconds: float = 60.0) -> list[str]:
        return [result.source for result in self.polling.due(wait_seconds)]


@pytest.fixture
def room() -> Iterator[Callable[..., Room]]:
    made: list[Room] = []

    def make(*names: str, **options: Any) -> Room:
        made.append(Room(*names, **options))
        return made[-1]

    yield make
    for one in made:
        one.polling.stop()
        one.open()
        assert one.polling.join(60)


def test_due_sources_are_polled_and_told_once(room: Callable[..., Room]) -> None:
    here = room("a", "b", "c").open()
    here.waits = {"b": (30.0, QUICK)}
    assert sorted(here.told()) == ["a", "c"]
    assert here.told() == []
    assert sorted(here.begun) == ["a", "c"]


def test_what_hangs_is_not_waited_for_and_is_told_later(room: Callable[..., Room]) -> None:
    here = room("a", "hung").open("a")
    assert here.told(0.2) == ["a"]
    here.waits["a"] = (-1.0, QUICK)
    assert here.told(0.2) == ["a"], "another round, while the first has not ended"
    here.open("hung")
    assert here.polling.join(60)
    here.waits["a"] = (900.0, QUICK)
    assert here.told() == ["hung"]
    assert here.begun.count("hung") == 1


def test_the_slow_lane_is_not_waited_for(room: Callable[..., Room]) -> None:
    here = room("a", "x", "y").open("a")
    here.waits = {"x": (-9.0, HANGS), "y": (-8.0, HANGS)}
    assert here.told() == ["a"]
    assert "y" not in here.begun, "it has one place, and x is in it"
    here.open("x", "y")
    assert here.polling.join(60)
    assert sorted(here.told()) == ["x", "y"]


def test_many_now_are_polled_a_few_at_a_time_and_told_in_order(room: Callable[..., Room]) -> None:
    names = [f"s{n}" for n in range(9)]
    here = room(*names).open()
    seen: list[tuple[float, float]] = []
    results = here.polling.now(names[::-1], lambda what, done, total: seen.append((done, total)))
    assert [result.source for result in results] == names[::-1]
    assert here.most <= 2
    assert seen[0][1] == 9 and seen[-1] == (9, 9) and seen == sorted(seen)
    assert here.told() == []


def test_one_now_waits_for_no_other(room: Callable[..., Room]) -> None:
    here = room("a", "b", "c", fast=1).open("c")
    assert here.told(0.0) == []
    assert here.begun == ["a"]
    assert [result.source for result in here.polling.now(["c"])] == ["c"]
    assert here.begun == ["a", "c"]


def test_one_that_is_polled_already_is_not_polled_twice(room: Callable[..., Room]) -> None:
    here = room("a", "b")
    here.told(0.0)
    found: list[PollResult] = []
    thread = threading.Thread(target=lambda: found.extend(here.polling.now(["a"])))
    thread.start()
    here.open()
    thread.join(60)
    assert [result.source for result in found] == ["a"]
    assert here.begun.count("a") == 1


@pytest.mark.parametrize("error", [ValueError("x"), FetchError("down"), SystemExit(3), KeyboardInterrupt()])
def test_whatever_a_poll_raises_is_a_result_and_its_place_is_free(
    room: Callable[..., Room], error: BaseException
) -> None:
    here = room("a", "b", "c", fast=1).open()
    here.failing["a"] = error
    results = here.polling.now(["a", "b", "c"])
    assert [(result.source, result.ok) for result in results] == [("a", False), ("b", True), ("c", True)]


def test_names_are_checked(room: Callable[..., Room]) -> None:
    here = room("a", off=("b",))
    with pytest.raises(NotFoundError, match=r"no source 'x' in the settings; known: a, b"):
        here.polling.now(["a", "x"])
    with pytest.raises(UserError, match=r"enabled = true in \[sources.b\]"):
        here.polling.now(["b"])
    with pytest.raises(NotFoundError, match="known: none"):
        Room().polling.now(["a"])
    assert Room().polling.now([]) == []
    assert here.begun == []


def test_a_stop_ends_the_waiting(room: Callable[..., Room]) -> None:
    here = room("a", "b", "c", fast=1)
    found: list[PollResult] = []
    thread = threading.Thread(target=lambda: found.extend(here.polling.now(["a", "b", "c"])))
    thread.start()
    while not here.begun:
        threading.Event().wait(0.01)
    here.polling.stop()
    here.open()
    thread.join(60)
    assert [(result.source, result.ok) for result in found] == [("a", True), ("b", False), ("c", False)]
    assert "being stopped" in found[1].error
    assert here.begun == ["a"] and here.polling.join(60)
    for again in (lambda: here.polling.now(["a"]), lambda: here.polling.now(["a", "b"]), lambda: here.told()):
        with pytest.raises(StoppedError):
            again()
