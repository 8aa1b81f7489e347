"""The newest look is what pages show."""

from __future__ import annotations

from datetime import datetime

import pytest

from monitor.store import Store, measurements
from monitor.store.measurements import Measurement
from tests.clocks import pass_time


def found(now: datetime, kind: str, scope: str = "all", *, fired: bool = False) -> Measurement:
    return Measurement(now, "m1", kind, scope, fired, {"p_value": 0.25})


def test_the_newest_look_of_each_kind(store: Store, now: datetime) -> None:
    with store.begin() as tx:
        assert measurements.newest(tx) == [] and not measurements.fired_since(tx, -1.0)
        measurements.put(tx, [])
        first = [found(now, "label", fired=True), found(now, "live")]
        measurements.put(tx, first)
        pass_time(tx, 60.0)
        later = [found(now, "label"), found(now, "label", "language:zh")]
        measurements.put(tx, later)
        assert measurements.newest(tx) == measurements.newest(tx, ["label", "covariate"]) == later
        assert measurements.newest(tx, ["live"]) == first[1:]
        assert measurements.fired_since(tx, -1.0) and not measurements.fired_since(tx, 0.0)


def test_only_so_many_are_kept(store: Store, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measurements, "KEPT", 2)
    with store.begin() as tx:
        for scope in ("a", "b", "c"):
            measurements.put(tx, [found(now, "label", scope)])
        assert [one.scope for one in measurements.newest(tx)] == ["b", "c"]
