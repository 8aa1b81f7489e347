"""Errands: one thread a notifier, none of which the others wait for, and the one that hangs is named."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator

import pytest

from monitor.alerts.couriers import HUNG_SECONDS, Couriers
from monitor.errors import StoppedError, StoreError
from monitor_plugins.apprise import SECONDS, sending


class Gate:
    """An errand that ends when a test lets it."""

    def __init__(self) -> None:
        self.open = threading.Event()

    def __call__(self) -> Counter[str]:
        assert self.open.wait(60)
        return Counter(delivered=1)


def quick() -> Counter[str]:
    return Counter(delivered=2)


@pytest.fixture
def gate() -> Iterator[Gate]:
    gate = Gate()
    yield gate
    gate.open.set()


def idle(couriers: Couriers) -> None:
    while couriers.busy:
        threading.Event().wait(0.01)


def test_the_counts_of_all_are_told(gate: Gate) -> None:
    gate.open.set()
    assert Couriers().run({"a": gate, "b": quick}, 60) == {"delivered": 3}


def test_one_that_hangs_is_not_waited_for_and_is_counted_later(gate: Gate) -> None:
    couriers = Couriers()
    assert couriers.run({"hung": gate, "b": quick}, 0.3) == {"delivered": 2}
    assert couriers.busy == {"hung"}
    assert couriers.run({"b": quick}, 60) == {"delivered": 2}
    gate.open.set()
    idle(couriers)
    assert couriers.run({}, 60) == {"delivered": 1}


def test_one_that_does_not_end_is_named_once_and_so_is_its_end(gate: Gate) -> None:
    told: list[tuple[str, str, str]] = []
    now = [0.0]
    couriers = Couriers(lambda *words: told.append(words), lambda: now[0])
    couriers.run({"hung": gate}, 0.0)
    now[0] = HUNG_SECONDS
    couriers.run({}, 0.0)
    assert told == []
    now[0] += 1
    for _ in range(2):
        couriers.run({}, 0.0)
    assert told == [("notifiers", "hung", "it has not answered for 321 seconds; the others go on")]
    gate.open.set()
    idle(couriers)
    while len(told) < 2:
        threading.Event().wait(0.01)
    assert told[1] == ("notifiers", "hung", "")


def test_one_that_begins_with_its_next_message_does_not_hang(gate: Gate) -> None:
    told: list[tuple[str, str, str]] = []
    now = [0.0]
    couriers = Couriers(lambda *words: told.append(words), lambda: now[0])
    couriers.run({"long": gate}, 0.0)
    for _ in range(3):
        now[0] += HUNG_SECONDS
        couriers.run({}, 0.0)
        couriers.begin("long")
    couriers.begin("nobody")
    assert told == [] and couriers.busy == {"long"}


def test_no_bundled_notifier_may_take_so_long_for_a_message() -> None:
    assert SECONDS[1] + sending.START_SECONDS + sending.LEAVE_SECONDS < HUNG_SECONDS


def raising(error: BaseException) -> Callable[[], Counter[str]]:
    def errand() -> Counter[str]:
        raise error

    return errand


def test_what_an_errand_raises_is_raised_and_the_notifier_is_free() -> None:
    couriers = Couriers()
    with pytest.raises(StoreError, match="the disk is full"):
        couriers.run({"a": raising(StoreError("the disk is full"))}, 60)
    assert couriers.busy == set()
    assert couriers.run({"a": raising(StoppedError("stopped"))}, 60) == {}
    assert couriers.run({"a": quick}, 60) == {"delivered": 2}
