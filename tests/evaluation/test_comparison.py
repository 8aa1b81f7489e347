"""Champion and challenger on the same texts."""

from __future__ import annotations

from datetime import datetime

from monitor.evaluation import checklist
from monitor.evaluation.comparison import compare
from monitor.evaluation.reuse import Use
from monitor.messages import Message
from monitor.testing import EXAMPLES, FakeClassifier, make_snapshot


def test_both_are_asked_the_same_and_every_stage_is_told(now: datetime) -> None:
    told: list[tuple[str, float, float]] = []
    snapshot = make_snapshot(EXAMPLES, gold=EXAMPLES)
    found = compare(
        FakeClassifier(),
        FakeClassifier(),
        snapshot,
        now,
        lambda *one: told.append(one),
        max_drop=0.02,
        level=0.05,
        use=Use(),
        readers={},
    )
    assert found.verdict.decision is not None and found.before == found.after
    assert found.metrics["gate"] == found.verdict.told()
    assert found.before["cases"] == len(checklist.shipped())
    assert found.metrics["behaviour"] == {**found.after, "champion": found.before}
    assert found.metrics["champion"] == found.verdict.champion
    assert all(isinstance(what, Message) for what, _, _ in told)
    assert [done for what, done, _ in told if what.startswith("going through")] == [0, 1, 2]
    assert len({what for what, _, _ in told}) == 3
