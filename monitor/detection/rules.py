"""Rules: what is watched, by which detector, and how many false alerts a week it may cost.

A rule names kinds of scope, not scopes: every series of these kinds is tested, and one cut on the detector's
score decides for all of them. Nobody sets the cut. People say `budget`, and `detection.budget` finds the cut
that would have cost as much in the weeks before.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

SCOPES = ("both", "company", "topic", "all")
"""Kinds of scope, the smallest first: `both` is a topic of a company."""


@dataclass(frozen=True, slots=True)
class Rule:
    """`budget` is how many false alerts a week it may open in the mean, above 0; `least` how many negative
    voices a window must hold."""

    name: str
    detector: str
    scopes: tuple[str, ...] = SCOPES
    budget: float = 1.0
    least: int = 3
    severity: str = "warning"
    receivers: tuple[str, ...] = ()


def kind(series: str) -> str:
    """Which kind of scope a series counts."""
    return series.partition(":")[0]


def company(series: str) -> str:
    """The company (id) that a series is about; "" where it is about none."""
    kind_, _, name = series.partition(":")
    if kind_ == "both":
        return name.partition(":")[2]
    return name if kind_ == "company" else ""


def size(series: str) -> int:
    """A scope's size: the smaller it is, the more it says of what happened."""
    return SCOPES.index(kind(series))


def watched(series: str, rule: Rule) -> bool:
    """Whether a rule tests a series."""
    return kind(series) in rule.scopes


def smallest(names: Iterable[str]) -> str:
    """The series of the smallest scope; of equals, the first by name."""
    return min(names, key=lambda name: (size(name), name))
