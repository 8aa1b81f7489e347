"""A strategy that fails is left alone for a while, and another does its work."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from monitor.errors import LimitError, StoppedError, StoreBusyError
from monitor.extensions.fallback import FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS, GuardedStrategy
from monitor.selection import Choice
from monitor.testing import make_pool

POOL = make_pool(8)


@dataclass
class Plugin:
    """A strategy that does what a test says."""

    kind: str
    does: Callable[[], Any]
    calls: int = 0
    needs: Any = ("source",)

    def select(self, pool: Any, n: int, rng: Any) -> Any:
        self.calls += 1
        assert set(pool.columns()) == {"ids", *self.needs}
        return self.does()


def rows(*chosen: int) -> Choice:
    return Choice(chosen, [1.0] * len(chosen), ["why"] * len(chosen))


def fails() -> Any:
    raise LimitError("it took more than 60 seconds and was stopped")


@dataclass
class Stage:
    told: list[tuple[str, str, str]] = field(default_factory=list)
    time: float = 0.0
    busy: bool = False

    def report(self, group: str, name: str, error: str) -> None:
        if self.busy:
            raise StoreBusyError("locked")
        self.told.append((group, name, error))

    def strategy(self, wanted: Any) -> GuardedStrategy:
        behind = Plugin("margin", lambda: rows(3), needs=("probabilities",))
        return GuardedStrategy("mine", wanted, behind, self.report, lambda: self.time)

    def choose(self, strategy: GuardedStrategy) -> Any:
        return list(strategy.select(POOL, 2, np.random.default_rng(0)).rows)


@pytest.fixture
def stage() -> Stage:
    return Stage()


def test_one_that_works_is_asked_and_told_once(stage: Stage) -> None:
    wanted = Plugin("mine", lambda: rows(7, 5))
    strategy = stage.strategy(wanted)
    assert strategy.kind == "mine"
    assert [stage.choose(strategy) for _ in range(3)] == [[7, 5]] * 3
    assert stage.told == [("strategies", "mine", "")]


def test_one_that_fails_is_left_alone_longer_every_time(stage: Stage) -> None:
    wanted = Plugin("mine", fails)
    strategy = stage.strategy(wanted)
    pause = FIRST_PAUSE_SECONDS
    for failures in range(1, 12):
        assert stage.choose(strategy) == stage.choose(strategy) == [3]
        assert wanted.calls == failures
        stage.time += pause - 1
        stage.choose(strategy)
        assert wanted.calls == failures
        stage.time += 1
        pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
    assert {error for _, _, error in stage.told} == {"it took more than 60 seconds and was stopped"}
    wanted.does = lambda: rows(5)
    assert stage.choose(strategy) == [5]
    assert stage.told[-1] == ("strategies", "mine", "")
    wanted.does = fails
    stage.choose(strategy)
    stage.time += FIRST_PAUSE_SECONDS
    wanted.does = lambda: rows(5)
    assert stage.choose(strategy) == [5]


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ([3], "returned list; expected monitor.Choice"),
        (rows(3, 3), "returned row 3 twice"),
        (rows(8), "returned row 8; expected one of 0 to 8"),
        (rows(-1), "returned row -1"),
        (rows(3, 5, 7), "returned 3 rows; expected at most 2"),
        (Choice([1.5], [1.0], ["why"]), "returned 1.5 as a row"),  # type: ignore[list-item]
        (Choice([True], [1.0], ["why"]), "returned row True"),
        (Choice([1], [float("inf")], ["why"]), "the score inf; expected a finite number"),
        (Choice([1], ["high"], ["why"]), "the score 'high'"),  # type: ignore[list-item]
        (Choice([1], [1.0], [None]), "a reason of type NoneType"),  # type: ignore[list-item]
        (Choice([1, 2], [1.0], ["why"]), "2 rows, 1 scores and 1 reasons"),
        (Choice(7, [1.0], ["why"]), "rows, scores or reasons are no list"),  # type: ignore[arg-type]
    ],
)
def test_what_is_no_choice_is_a_failure(stage: Stage, answer: Any, told: str) -> None:
    assert stage.choose(stage.strategy(Plugin("mine", lambda: answer))) == [3]
    assert told in stage.told[0][2]


@pytest.mark.parametrize("needs", [None, "source", 7, ["everything"]])
def test_needs_that_are_none_are_a_failure_told_once(stage: Stage, needs: Any) -> None:
    strategy = stage.strategy(Plugin("mine", lambda: rows(5), needs=needs))
    assert strategy.needs == {"probabilities"}
    assert stage.choose(strategy) == [3] and len(stage.told) == 1
    assert "`needs`" in stage.told[0][2]


def test_both_are_asked_what_they_need(stage: Stage) -> None:
    assert stage.strategy(Plugin("mine", lambda: rows(5))).needs == {"probabilities", "source"}


def test_one_that_is_unavailable_is_never_asked(stage: Stage) -> None:
    strategy = stage.strategy(None)
    assert (strategy.kind, stage.choose(strategy)) == ("margin", [3])
    assert stage.told == []


def test_a_stop_goes_through(stage: Stage) -> None:
    def stopped() -> Any:
        raise StoppedError("the monitor is being stopped")

    with pytest.raises(StoppedError):
        stage.choose(stage.strategy(Plugin("mine", stopped)))


def test_a_store_that_is_busy_does_not_stop_the_work(stage: Stage) -> None:
    stage.busy = True
    assert stage.choose(stage.strategy(Plugin("mine", fails))) == [3]
