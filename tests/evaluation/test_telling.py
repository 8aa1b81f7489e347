"""Every result has a sentence in both languages, with its numbers."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import pytest

from monitor.evaluation import telling
from monitor.evaluation.live import Figure, Interval, table
from monitor.evaluation.savings import Hint, Point, Savings
from monitor.messages import said

LIVE = table(
    {"accuracy": Figure(Interval(0.9, 0.86, 0.94), Interval(0.9, 0.85, 0.95), 200, 9000, 1.0, 300.0)}
)
POINT = Point(300, 0.8, 0.7, 0.9)
HINT = Hint(500, 100, 0.004, 0.001, 0.006, 0.002, ())
SHARES = {"negative": {"before": 0.1, "now": 0.3}}
TESTED = {"before": 400, "now": 90, "p_value": 3e-9, "shares": SHARES, "auc": 0.93}


def saved(random: int | None, high: int | None) -> dict[str, Any]:
    return asdict(Savings(300, POINT, random, 500, high, 700, (POINT,)))


@pytest.mark.parametrize(
    ("kind", "fired", "values", "words"),
    [
        ("live", False, LIVE, ["90.0%", "86.0%", "94.0%", "85.0%", "200", "9000"]),
        ("savings", False, saved(600, 650), ["300", "600", "500", "650"]),
        ("savings", False, saved(600, None), ["600", "500", "700"]),
        ("savings", False, saved(None, None), ["300", "700", "500"]),
        ("hint", False, {**asdict(HINT), "stop": False}, ["100", "0.4", "0.1", "0.6"]),
        ("hint", False, {**asdict(HINT), "stop": True}, ["100", "0.6"]),
        ("label", True, TESTED, ["language:zh", "30%", "10%", "90", "400", "3.0e-09"]),
        ("label", False, TESTED, ["language:zh", "30%", "10%"]),
        ("covariate", True, TESTED, ["language:zh", "0.93", "3.0e-09"]),
        ("covariate", False, TESTED, ["language:zh", "0.93"]),
    ],
)
def test_a_sentence_has_its_numbers(kind: str, fired: bool, values: dict[str, Any], words: list[str]) -> None:
    told = telling.sentence(kind, "language:zh", fired, values)
    for language in ("en", "zh"):
        sentence = said(told, language)
        assert [word for word in words if word not in sentence] == []
