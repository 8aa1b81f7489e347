from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.desk import tries
from monitor.desk.tries import ACCOUNT_TRIES, MAX_DELAY_SECONDS, TRIES, WINDOW_SECONDS, Account, Tries
from monitor.errors import AttemptsError
from monitor.messages import said

ADA, BEA = Account(1), Account(2)


class Clock:
    """A clock that moves when it is told to."""

    def __init__(self) -> None:
        self.at = 1000.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def counts(clock: Clock) -> Tries:
    return Tries(clock)


def allowed(attempt: Callable[[], object], times: int) -> int:
    """How many of `times` attempts were let through."""
    passed = 0
    for _ in range(times):
        try:
            attempt()
        except AttemptsError:
            continue
        passed += 1
    return passed


def test_one_account_from_one_address_has_five_tries_in_fifteen_minutes(counts: Tries, clock: Clock) -> None:
    assert allowed(lambda: counts.reserve(ADA, "10.0.0.1"), 150) == TRIES
    with pytest.raises(AttemptsError) as error:
        counts.reserve(ADA, "10.0.0.1")
    assert error.value.retry_after == WINDOW_SECONDS
    assert "15 minutes" in said(error.value, "en") and "15 分钟" in said(error.value, "zh")
    counts.reserve(BEA, "10.0.0.1")
    counts.reserve(ADA, "10.0.0.2")
    clock.at += WINDOW_SECONDS
    counts.reserve(ADA, "10.0.0.1")


def test_guesses_made_at_once_are_all_counted(counts: Tries) -> None:
    passed, start = [], threading.Barrier(30)

    def guess() -> None:
        start.wait()
        passed.append(allowed(lambda: counts.reserve(ADA, "10.0.0.1"), 5))

    threads = [threading.Thread(target=guess) for _ in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(passed) == TRIES


def test_a_stranger_closes_an_account_for_strangers_only(counts: Tries) -> None:
    addresses = iter(f"10.1.{number // 250}.{number % 250}" for number in range(1000))
    assert allowed(lambda: counts.reserve(ADA, next(addresses)), 1000) == ACCOUNT_TRIES
    with pytest.raises(AttemptsError):
        counts.reserve(ADA, "192.0.2.9")
    assert counts.reserve(ADA, "192.0.2.9", device="laptop").delay == 0.0
    assert counts.reserve(BEA, "192.0.2.9").delay == 0.0


def test_each_known_browser_has_a_count_of_its_own(counts: Tries) -> None:
    assert allowed(lambda: counts.reserve(ADA, "10.0.0.1", device="stolen"), 50) == TRIES
    counts.reserve(ADA, "10.0.0.1", device="laptop")
    counts.reserve(ADA, "10.0.0.1")


def test_a_neighbour_s_failures_slow_an_address_and_close_nothing(counts: Tries) -> None:
    delays = [counts.reserve(Account(None, f"guess{n}"), "10.0.0.1").delay for n in range(400)]
    assert delays[: tries.FREE_FAILURES] == [0.0] * tries.FREE_FAILURES
    assert delays == sorted(delays) and delays[-1] == MAX_DELAY_SECONDS
    assert counts.reserve(ADA, "10.0.0.1").delay == MAX_DELAY_SECONDS
    assert counts.reserve(ADA, "10.0.0.1", device="laptop").delay == 0.0
    assert counts.reserve(ADA, "10.0.0.2").delay == 0.0


def test_a_right_password_gives_its_try_back_and_forgives_its_browser(counts: Tries) -> None:
    for _ in range(TRIES - 1):
        counts.reserve(ADA, "10.0.0.1")
    counts.reserve(ADA, "10.0.0.1").succeeded()
    assert allowed(lambda: counts.reserve(ADA, "10.0.0.1"), 9) == TRIES
    assert allowed(lambda: counts.reserve(ADA, "10.0.0.1").succeeded(), 100) == 0, "judged before it is known"
    others = iter(f"10.2.0.{n}" for n in range(250))
    assert allowed(lambda: counts.reserve(ADA, next(others)), 99) == ACCOUNT_TRIES - 2 * TRIES + 1


def test_who_always_logs_in_never_waits(counts: Tries) -> None:
    for _ in range(10 * ACCOUNT_TRIES):
        judged = counts.reserve(ADA, "10.0.0.1")
        assert judged.delay == 0.0
        judged.succeeded()
    assert len(counts) == 0


def test_what_the_store_could_not_finish_is_given_back(counts: Tries) -> None:
    for _ in range(10 * TRIES):
        counts.reserve(ADA, "10.0.0.1").void()
        counts.reserve(ADA, "10.0.0.1", device="laptop").void()
    assert len(counts) == 0


def test_an_ipv6_host_is_its_network_and_a_mapped_address_is_itself() -> None:
    assert tries.place("2001:db8:1:2:3::4") == tries.place("2001:db8:1:2:ffff::1") == "2001:db8:1:2::/64"
    assert tries.place("2001:db8:1:3::4") != tries.place("2001:db8:1:2::4")
    assert tries.place("::ffff:10.0.0.1") == tries.place("10.0.0.1") == "10.0.0.1"
    assert tries.place("testclient") == "testclient"


def test_made_up_names_take_bounded_memory_and_push_no_real_account_out(clock: Clock) -> None:
    counts = Tries(clock, size=100)
    assert allowed(lambda: counts.reserve(ADA, "10.0.0.1"), 9) == TRIES
    for number in range(5000):
        clock.at += 0.1
        counts.reserve(Account(None, f"{number}" + "x" * 5000), f"10.{number // 250}.0.{number % 250}")
    assert len(counts) < 100 + 100 + 3
    with pytest.raises(AttemptsError):
        counts.reserve(ADA, "10.0.0.1")


def test_hammering_real_accounts_takes_bounded_memory_too(counts: Tries, clock: Clock) -> None:
    for number in range(5000):
        allowed(lambda at=number: counts.reserve(Account(at % 10 + 1), f"10.{at // 250}.0.{at % 250}"), 1)
    assert len(counts) <= 10 * (ACCOUNT_TRIES + 1) + 10 * ACCOUNT_TRIES
    clock.at += WINDOW_SECONDS
    counts.reserve(ADA, "10.0.0.1")
    assert len(counts) == 3, "what is past the window is dropped"


def test_a_made_up_name_is_answered_as_a_real_one(counts: Tries) -> None:
    nobody = Account(None, "nobody")
    assert allowed(lambda: counts.reserve(nobody, "10.0.0.1"), 50) == TRIES
    others = iter(f"10.2.0.{n}" for n in range(250))
    assert allowed(lambda: counts.reserve(nobody, next(others)), 99) == ACCOUNT_TRIES - TRIES


@given(st.lists(st.tuples(st.integers(0, 120), st.booleans()), max_size=80))
def test_no_more_than_the_allowed_failures_fit_into_any_window(events: list[tuple[int, bool]]) -> None:
    clock = Clock()
    counts = Tries(clock)
    failed: list[float] = []
    for seconds, right in events:
        clock.at += seconds * 10
        try:
            judged = counts.reserve(ADA, "10.0.0.1")
        except AttemptsError as error:
            within = [at for at in failed if clock.at - at < WINDOW_SECONDS]
            assert 0 < error.retry_after <= WINDOW_SECONDS and len(within) >= TRIES
            continue
        if right:
            judged.succeeded()
            failed = []
        else:
            failed.append(clock.at)
    assert all(sum(a <= b < a + WINDOW_SECONDS for b in failed) <= TRIES for a in failed)
