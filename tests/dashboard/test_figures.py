"""Model figures in words: what happens to 100 articles, with the metric's name beside it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from monitor_dashboard.figures import Figure, figures
from monitor_dashboard.messages import speaker

MEASURED: dict[str, Any] = {
    "sentiment": {"n": 240, "accuracy": 0.829, "macro_f1": 0.81, "ece": 0.021, "per_class": {}},
    "topics": {"micro_f1": 0.77},
    "company": {"n": 40, "accuracy": 0.9},
    "champion": {"sentiment": {"accuracy": 0.1}},
    "comparison": {"mcnemar_p": 0.5},
}


def test_each_task_is_said_of_100_articles() -> None:
    told = figures(speaker("en"), MEASURED)
    assert told == [
        Figure(
            "Of 100 articles, it agrees with the analysts on 83 about the sentiment.",
            "accuracy 0.829 · macro-F1 0.810 · ECE 0.021 · n = 240",
        ),
        Figure("How sure it says it is differs by 2 of 100 from how often it is right.", "ECE 0.021"),
        Figure("Of 100 topics that it or the analysts name, 77 are named by both.", "micro-F1 0.770"),
        Figure(
            "Of 100 mentions of a company, it agrees with the analysts on 90 about the sentiment towards it.",
            "accuracy 0.900 · n = 40",
        ),
    ]
    assert [one.metrics for one in figures(speaker("zh"), MEASURED)] == [one.metrics for one in told]
    assert figures(speaker("zh"), MEASURED)[0].words == "每 100 篇文章中，有 83 篇的情感判断与分析员一致。"


def test_the_shipped_model_says_how_it_did_in_development() -> None:
    card = json.loads(Path("models/default/metrics.json").read_text(encoding="utf-8"))
    told = figures(speaker("en"), {"development": card["development"]})
    assert [one.words.split(",")[0] for one in told] == ["Sentiment", "Topics", "Companies"]
    assert "cfsc.sentiment" in told[0].metrics


@pytest.mark.parametrize(
    "metrics",
    [
        {},
        {"sentiment": {"n": 0}},
        {"sentiment": 3, "topics": None, "company": {"accuracy": "x"}},
        {"development": {"scores": {"sentiment": 7, "topics": True}}},
        {"development": []},
        {"sentiment": {"accuracy": float("nan")}},
    ],
)
def test_what_was_not_measured_is_not_said(metrics: dict[str, Any]) -> None:
    assert figures(speaker("en"), metrics) == []


def test_one_set_is_no_span() -> None:
    (told,) = figures(speaker("en"), {"development": {"scores": {"x.topics": 0.5}}})
    assert told.words == "Topics, on texts from its development: right in 50 of 100."
