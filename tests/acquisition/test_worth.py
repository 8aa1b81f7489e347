"""How long reading takes, and how much a label could move an alert."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from monitor.acquisition import impact, reading
from monitor.acquisition.reading import LEAST, Timing
from monitor.records import Scope

START = datetime(2026, 1, 5, tzinfo=UTC)


def column(*values: object) -> np.ndarray:
    return np.array(values)


def test_before_anybody_was_timed_a_rule_stands_in() -> None:
    found = reading.expected([], column(250, 250, 10**9), column("en", "zh", "en"), column("a", "a", "a"))
    assert found.tolist() == pytest.approx([11.0, 31.0, reading.LONGEST])


def test_times_are_learned_from_length_language_and_source() -> None:
    rng = np.random.default_rng(0)
    past = []
    for _ in range(400):
        length, language = int(rng.integers(50, 5000)), str(rng.choice(["en", "zh"]))
        source = str(rng.choice(["wire", "forum"]))
        seconds = 0.5 * length**0.6 * (2 if language == "zh" else 1) * (3 if source == "forum" else 1)
        past.append(Timing(length, language, source, min(seconds * rng.lognormal(0, 0.2), 600)))
    found = reading.expected(
        past,
        column(500, 500, 500, 2000),
        column("en", "zh", "en", "en"),
        column("wire", "wire", "forum", "wire"),
    )
    assert found[0] == pytest.approx(0.5 * 500**0.6, rel=0.15)
    assert found[1] / found[0] == pytest.approx(2, rel=0.2)
    assert found[2] / found[0] == pytest.approx(3, rel=0.25)
    assert found[3] / found[0] == pytest.approx(4**0.6, rel=0.15)


def test_what_was_never_seen_is_read_as_the_mean_is() -> None:
    past = [Timing(100, "en", "wire", 10.0)] * LEAST
    found = reading.expected(past, column(100), column("de"), column("new"))
    assert found[0] == pytest.approx(10, rel=0.05)


def test_who_was_away_is_not_counted() -> None:
    past = [Timing(100, "en", "wire", 10.0)] * LEAST + [Timing(100, "en", "wire", 30_000.0)] * 500
    assert reading.expected(past, column(100), column("en"), column("wire"))[0] == pytest.approx(10)


def test_impact_needs_doubt_and_a_series_that_is_near() -> None:
    legal, macro = Scope("topic", "legal"), Scope("topic", "macro")
    found = impact.impact(
        np.array([0.5, 0.99, 0.5, 0.5]), [[legal], [legal], [macro], [macro, legal]], {legal: 0.8}
    )
    assert found.tolist() == pytest.approx([0.8, 0.8 * 4 * 0.99 * 0.01, 0.0, 0.8])
