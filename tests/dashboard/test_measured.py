"""What was measured stands on the models page, what fired first."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from monitor.app import Monitor
from monitor.records import Role
from monitor.store import measurements
from monitor.store.measurements import Measurement
from tests.dashboard.pages import opened, said

TESTED = {
    "before": 400,
    "now": 90,
    "p_value": 3e-9,
    "auc": None,
    "shares": {"negative": {"before": 0.1, "now": 0.3}},
}


@pytest.mark.parametrize(
    ("language", "fired", "quiet"),
    [("en", "30% of 90 stories negative", "No drift in 1 tests"), ("zh", "30% 为负面", "1 项检验均无漂移")],
)
def test_a_drift_is_told(
    filled: Monitor, log_in: Callable[..., str], language: str, fired: str, quiet: str
) -> None:
    with filled.store.begin() as tx:
        found = [
            Measurement(filled.now(), "m1", "label", scope, scope == "all", TESTED)
            for scope in ("all", "language:zh")
        ]
        measurements.put(tx, found)
    app = opened("models", log_in("ann", Role.VIEWER), language)
    assert not app.exception
    assert any(fired in one.value for one in app.warning)
    assert any(quiet in one.label for one in app.expander)
    assert "m1" in said(app)
