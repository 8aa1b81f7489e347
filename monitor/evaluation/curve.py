"""The learning curve of a desk: how good each version is, by the number of texts it was taught. Pure.

What the store honestly has is a point for each version: the texts in the training of its snapshot, and what
was measured of it that it had not learnt from, audits (`portrait.AUDITS`) and the gold of its gate
(`portrait.GOLD`). Versions are measured on different texts: audits are those drawn after each was made, and
the gold grows. So points are comparable as far as their intervals say and no further; a fair comparison of
two versions is the gate's or a duel's, on the same texts. A version that was trained elsewhere, as the
shipped one, stands at 0: what it learnt before it came here are no labels of this desk.

How more labels of the same kind would do, on the same texts, is another curve: of heads fitted on growing
parts of the labels (`savings`), which `monitor.evaluation.measured` keeps.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from monitor.evaluation.portrait import Portrait
from monitor.records import ModelState, ModelVersion


@dataclass(frozen=True, slots=True)
class Measure:
    """Shares with their 95% intervals, of so many texts from one source."""

    source: str
    texts: int
    accuracy: float
    accuracy_low: float
    accuracy_high: float
    macro_f1: float | None = None  # None where the texts are of one class
    macro_f1_low: float | None = None
    macro_f1_high: float | None = None


@dataclass(frozen=True, slots=True)
class Point:
    """A version: the `taught` texts of its training, `by_analysts` those that analysts labelled here, and
    what was measured of it."""

    model: str
    state: ModelState
    made_at: datetime
    taught: int
    by_analysts: int
    measures: tuple[Measure, ...]


def points(versions: Sequence[ModelVersion], portraits: Mapping[str, Sequence[Portrait]]) -> list[Point]:
    """A point for each version of which something was measured, in the order they were made."""
    found = []
    for version in sorted(versions, key=lambda one: (one.created_at, one.id)):
        measures = [_measure(one) for one in portraits.get(version.id, ()) if "accuracy" in one.figures]
        if measures:
            taught, ours = taught_by(version)
            found.append(Point(version.id, version.state, version.created_at, taught, ours, tuple(measures)))
    return found


def taught_by(version: ModelVersion) -> tuple[int, int]:
    """The texts in the training of a version, and those of them that analysts labelled here."""
    examples = version.metrics.get("examples")
    train = examples.get("train") if isinstance(examples, Mapping) else None
    counts = train if isinstance(train, Mapping) else {}
    return int(counts.get("all", 0)), int(counts.get("analysts", 0))


def _measure(found: Portrait) -> Measure:
    right, macro = found.figures["accuracy"], found.figures.get("macro_f1")
    three = (None, None, None) if macro is None else (macro.value, macro.low, macro.high)
    return Measure(found.source, found.texts + found.missing, right.value, right.low, right.high, *three)
