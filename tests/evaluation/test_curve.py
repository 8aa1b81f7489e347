"""The learning curve: a point for each version of which something was measured, where its labels put it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from monitor.evaluation.curve import points, taught_by
from monitor.evaluation.live import Interval
from monitor.evaluation.portrait import Portrait
from monitor.records import ModelState, ModelVersion

NOW = datetime(2026, 3, 2, tzinfo=UTC)


def version(id: str, days: int, examples: object = None) -> ModelVersion:
    metrics = {} if examples is None else {"examples": examples}
    return ModelVersion(
        id, "transformer", id, "", ModelState.RETIRED, NOW + timedelta(days=days), metrics=metrics
    )


def portrait(source: str, accuracy: float, **more: Interval) -> Portrait:
    figures = {"accuracy": Interval(accuracy, accuracy - 0.1, accuracy + 0.1), **more}
    return Portrait(
        source, 40, 2, ((40, 0, 0), (0, 0, 0), (0, 0, 0)), ((1.0, 0.0, 0.0), (), ()), (), 0.0, figures
    )


def test_a_version_stands_where_its_labels_put_it() -> None:
    made = [
        version("later", 9, {"train": {"all": 300, "analysts": 120, "file.csv": 180}, "gold": {"all": 40}}),
        version("shipped", 0),
        version("unmeasured", 3, {"train": {"all": 100, "analysts": 100}}),
    ]
    found = points(
        made,
        {
            "later": [portrait("audits", 0.8, macro_f1=Interval(0.7, 0.6, 0.8)), portrait("gold", 0.85)],
            "shipped": [portrait("audits", 0.7)],
        },
    )
    assert [(one.model, one.taught, one.by_analysts) for one in found] == [
        ("shipped", 0, 0),
        ("later", 300, 120),
    ]
    audits, gold = found[1].measures
    assert (audits.source, audits.texts, audits.accuracy, audits.macro_f1) == ("audits", 42, 0.8, 0.7)
    assert (gold.source, gold.macro_f1, gold.macro_f1_low) == ("gold", None, None), "one class has no mean"


def test_versions_from_elsewhere_were_taught_nothing_here() -> None:
    for examples in (None, "x", {"train": 3}, {"train": {}}):
        assert taught_by(version("odd", 0, examples)) == (0, 0)
