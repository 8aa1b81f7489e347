"""A trial opens what its counts say, says what it missed, and is the same every time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.detection.bundled import DETECTORS
from monitor.detection.rules import Rule
from monitor.detection.trials import Counted, Expected, Outcome, holding, tried
from monitor.settings.trials import counts

COMPANIES = Rule("surge", "surge", scopes=("company",))
SURGE = Counted("company:acme", 2.0, (*[0] * 5, 3, 9, *[0] * 5))


def trial(
    *expected: Expected, series: tuple[Counted, ...] = (SURGE,), rule: Rule = COMPANIES, seed: int = 0
) -> Outcome:
    return tried(series, expected, (rule,), {"surge": DETECTORS["surge"]()}, weeks=3, news=20.0, seed=seed)


def test_what_must_open_and_does_passes() -> None:
    found = trial(Expected("surge", "company:acme", 5, 6))
    assert found.passed and [(one.series, one.rule) for one in found.opened] == [("company:acme", "surge")]
    assert 5 <= found.opened[0].hour <= 6 and found.opened[0].voices >= 3
    assert found == trial(Expected("surge", "company:acme", 5, 6)), "the same seed, the same past"


@pytest.mark.parametrize(
    "wanted",
    [
        Expected("surge", "company:acme", 0, 4),
        Expected("surge", "company:acme", 7, 11),
        Expected("share", "company:acme", 0, 11),
        Expected("surge", "company:bolt", 0, 11),
    ],
)
def test_what_opens_elsewhere_is_missing_there_and_not_expected_here(wanted: Expected) -> None:
    found = trial(wanted)
    assert not found.passed and found.missing == (wanted,) and found.unexpected == found.opened != ()


def test_one_alert_meets_one_expectation() -> None:
    wanted = Expected("surge", "company:acme", 0, 11)
    assert trial(wanted, wanted).missing == (wanted,)


def test_where_nothing_rises_nothing_opens() -> None:
    quiet = Counted("company:acme", 2.0, (0, 1, 0, 0, 0, 1))
    assert trial(series=(quiet,)) == Outcome((), (), ())


def test_a_topic_of_a_company_counts_in_all_that_hold_it() -> None:
    part = Counted("both:debt:acme", 1.0, (0, 9))
    for scope, name in (("topic", "topic:debt"), ("company", "company:acme"), ("all", "all")):
        found = trial(series=(part,), rule=Rule("surge", "surge", scopes=(scope,)))
        assert [one.series for one in found.opened] == [name]
    assert holding("both:debt:acme") == ("both:debt:acme", "company:acme", "topic:debt", "all")
    assert holding("topic:debt") == ("topic:debt", "all") and holding("all") == ("all",)


@given(st.lists(st.tuples(st.integers(0, 9999), st.integers(1, 20))))
def test_runs_of_hours_are_read_as_they_are_said(runs: list[tuple[int, int]]) -> None:
    said = " ".join(f"{count}x{times}" if times > 1 else str(count) for count, times in runs)
    assert counts(said) == [count for count, times in runs for _ in range(times)]


@pytest.mark.parametrize("said", ["x", "1x", "-1", "1.5", "3 x4", "99999"])
def test_what_says_no_counts_is_refused(said: str) -> None:
    with pytest.raises(ValueError, match="numbers and runs of them"):
        counts(said)
