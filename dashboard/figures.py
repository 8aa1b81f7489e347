"""A model's figures in words that people know, each with the metrics it is made of.

A metric is said as what happens to 100 articles; its name and its decimals are beside it for those who know
it. What the metrics mean, `monitor.evaluation.metrics` says; those of a model's development are of its card
(macro-F1 of the sentiment, shares of right answers else).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from monitor_dashboard.messages import Say

TASKS = ("sentiment", "topics", "company")
_NAMES = {
    "accuracy": "accuracy",
    "macro_f1": "macro-F1",
    "micro_f1": "micro-F1",
    "ece": "ECE",
}


@dataclass(frozen=True, slots=True)
class Figure:
    """One sentence, and the metrics behind it as those who know them write them."""

    words: str
    metrics: str


def figures(say: Say, metrics: Mapping[str, Any]) -> list[Figure]:
    """What `metrics` of a model version say of it, in the reader's language."""
    found = [figure for task in TASKS for figure in _measured(say, task, metrics.get(task))]
    development = metrics.get("development")
    scores = development.get("scores") if isinstance(development, Mapping) else None
    return found + list(_developed(say, scores)) if isinstance(scores, Mapping) else found


def _measured(say: Say, task: str, measured: object) -> Iterator[Figure]:
    """What was measured of one task on labels that the model had not learnt from."""
    if not isinstance(measured, Mapping):
        return
    technical = " · ".join(
        f"{name} {measured[key]:.3f}" for key, name in _NAMES.items() if _is_share(measured.get(key))
    )
    if measured.get("n"):
        technical += f" · n = {measured['n']}"
    if _is_share(measured.get("accuracy")):
        yield Figure(say(f"figure.{task}", n=_hundred(measured["accuracy"])), technical)
    elif _is_share(measured.get("micro_f1")):
        yield Figure(say("figure.both", n=_hundred(measured["micro_f1"])), technical)
    if task == "sentiment" and _is_share(measured.get("ece")):
        off = _hundred(measured["ece"])
        yield Figure(say("figure.sure", n=off), f"{_NAMES['ece']} {measured['ece']:.3f}")


def _developed(say: Say, scores: Mapping[str, Any]) -> Iterator[Figure]:
    """What the model's card says of the texts it was developed on, set by set."""
    for task in TASKS:
        named = {
            name: share
            for name, share in scores.items()
            if name.rpartition(".")[2] == task and _is_share(share)
        }
        if named:
            technical = " · ".join(f"{name} {share:.3f}" for name, share in named.items())
            yield Figure(_span(say, task, list(named.values())), technical)


def _span(say: Say, task: str, shares: Sequence[float]) -> str:
    low, high = _hundred(min(shares)), _hundred(max(shares))
    if low == high:
        return say(f"figure.developed.{task}.one", n=low)
    return say(f"figure.developed.{task}", sets=len(shares), low=low, high=high)


def _hundred(share: float) -> int:
    return round(100 * share)


def _is_share(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1
