"""How a version stands: what is held, what is watched, and what becomes of it."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from monitor.acquisition.coins import PURPOSES
from monitor.evaluation import certificate, standing
from monitor.evaluation.bounds import Sample
from monitor.evaluation.certificate import Certificate
from monitor.evaluation.standing import Acceptance, Standing, Watching
from monitor.records import Purpose

NOW = datetime(2026, 5, 1, tzinfo=UTC)
DAY = timedelta(days=1)
SCORES = np.tile(np.linspace(0.5, 1, 100), 4)


def made(errors: int = 0, n: int = 400, *, attempt: int = 1, since: datetime = NOW - 45 * DAY) -> Certificate:
    """A look at `n` readings of which the least sure are wrong; it certifies where these are few."""
    score = SCORES[:n]
    wrong = np.zeros(n, bool)
    wrong[np.argsort(score)[:errors]] = True
    thresholds = (0.9, 0.75, 0.5)
    coverage = [float((one <= SCORES).mean()) for one in thresholds]
    return certificate.running(
        Sample.of(score, wrong),
        thresholds,
        coverage,
        alpha=0.05,
        delta=0.05,
        attempt=attempt,
        since=since,
        model="m",
        made_at=NOW,
        labels=f"{errors} {n} {attempt}",
    )


HELD = standing.looked(Standing(), made(), NOW)
BAD = Sample.of(np.full(40, 0.95), np.ones(40, bool))
MIXED = Sample.of(np.tile([0.6, 0.95], 30), np.tile([True, False], 30))


def test_without_a_certificate_the_configured_threshold_serves() -> None:
    assert standing.acceptance(Standing(), 0.75) == Acceptance(0.75, False)
    after = standing.looked(Standing(), made(errors=300), NOW)
    assert standing.acceptance(after, 0.75) == Acceptance(0.75, False)
    assert "not certifiable yet" in standing.told(after) and "audits" in standing.told(after)
    assert standing.told(Standing()).startswith("not certifiable yet")


def test_a_certificate_decides_what_is_accepted() -> None:
    assert standing.acceptance(HELD, 0.75) == Acceptance(0.5, True)
    assert HELD.watching == Watching(NOW, 0.5)
    assert standing.told(HELD).startswith("certified: ")


def test_a_look_that_certifies_nothing_leaves_what_is_held() -> None:
    after = standing.looked(HELD, made(errors=300, attempt=2), NOW + DAY)
    assert after.held == HELD.held and after.look != HELD.look
    assert standing.acceptance(after, 0.75) == Acceptance(0.5, True)


def test_the_same_attempt_goes_on_under_the_same_watch() -> None:
    after = standing.looked(HELD, made(errors=30), NOW + DAY)
    assert after.held is not None and after.held.threshold == 0.75
    assert after.watching == Watching(NOW, 0.75)
    anew = standing.looked(HELD, made(errors=30, attempt=2), NOW + DAY)
    assert anew.watching == Watching(NOW + DAY, 0.75)


def test_what_is_broken_everywhere_is_suspended() -> None:
    after = standing.watched(HELD, BAD, NOW + DAY)
    assert standing.acceptance(after, 0.75) == Acceptance(math.inf, True)
    assert after.watching is not None and after.watching.fired_at == NOW + DAY
    assert "nothing is accepted until a new certificate" in standing.told(after)


def test_what_is_broken_below_is_tightened_and_never_loosened() -> None:
    after = standing.watched(HELD, MIXED, NOW + DAY)
    assert standing.acceptance(after, 0.75) == Acceptance(0.75, True)
    assert "0.7500" in standing.told(after)
    later = standing.watched(after, Sample.of(np.full(900, 0.95), np.zeros(900, bool)), NOW + 30 * DAY)
    assert standing.acceptance(later, 0.75) == Acceptance(0.75, True)
    assert later.watching is not None and later.watching.fired_at == NOW + DAY
    assert standing.acceptance(standing.watched(later, BAD, NOW + 31 * DAY), 0.75).threshold == math.inf


@pytest.mark.parametrize("days", [0, 1, 1000])
def test_waiting_and_good_labels_end_no_alarm(days: int) -> None:
    fired = standing.watched(HELD, BAD, NOW)
    later = NOW + days * DAY
    good = Sample.of(np.full(2000, 0.95), np.zeros(2000, bool))
    after = standing.watched(standing.current(fired, later, 90), good, later)
    assert standing.acceptance(after, 0.75).threshold == math.inf


def test_only_audits_drawn_after_it_fired_end_an_alarm() -> None:
    fired = standing.watched(HELD, BAD, NOW)
    assert standing.due(fired, NOW + DAY, 90)
    assert standing.beginning(fired, NOW + DAY, 90) == NOW
    assert standing.beginning(fired, NOW + 100 * DAY, 90) == NOW + 55 * DAY
    before = standing.looked(fired, made(attempt=2, since=NOW - DAY), NOW + DAY)
    assert standing.acceptance(before, 0.75).threshold == math.inf
    after = standing.looked(fired, made(attempt=2, since=NOW), NOW + DAY)
    assert standing.acceptance(after, 0.75) == Acceptance(0.5, True)
    assert after.watching == Watching(NOW + DAY, 0.5)


def test_a_version_that_was_stopped_comes_back_uncertified() -> None:
    fired = standing.watched(HELD, BAD, NOW)
    back = standing.returned(fired)
    assert standing.acceptance(back, 0.75) == Acceptance(0.75, False)
    assert standing.told(back).startswith("not certified: it was stopped by the watchdog")
    assert standing.watched(back, BAD, NOW + DAY) == back
    again = standing.looked(back, made(attempt=2, since=NOW), NOW + DAY)
    assert standing.acceptance(again, 0.75) == Acceptance(0.5, True)
    assert standing.returned(HELD) == HELD


def test_an_attempt_ends_when_its_labels_are_too_old() -> None:
    assert standing.due(Standing(), NOW, 90)
    assert not standing.due(HELD, NOW + 45 * DAY, 90)
    assert standing.due(HELD, NOW + 46 * DAY, 90)
    assert standing.beginning(Standing(), NOW, 90) == NOW - 45 * DAY
    assert standing.current(HELD, NOW + 90 * DAY, 90) == HELD
    assert standing.current(HELD, NOW + 91 * DAY, 90).held is None


def test_it_survives_json() -> None:
    for one in (
        Standing(),
        HELD,
        standing.watched(HELD, MIXED, NOW),
        standing.looked(HELD, made(errors=300, attempt=2), NOW),
        replace(HELD, held=None, watching=None, least=0.3),
    ):
        assert standing.from_json(json.loads(json.dumps(standing.to_json(one)))) == one
    assert standing.from_json(None) == Standing()
    shown = standing.to_json(HELD)
    assert shown["certified"] and shown["threshold"] == 0.5 and shown["n"] == 400


def test_audits_of_a_day_with_few_weigh_no_more_than_one() -> None:
    shares = np.array([0.001, 0.1, 0.1, 0.2, 0.2, 0.2])
    least = standing.scale(shares)
    assert standing.weights(shares, least) == pytest.approx([1, 1, 1, 0.5, 0.5, 0.5])
    assert standing.scale(np.array([])) == 1.0


def test_the_share_that_certifies_is_that_of_the_coins() -> None:
    assert dict(PURPOSES)[Purpose.CERTIFICATE] == standing.CERTIFYING
