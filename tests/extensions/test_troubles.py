"""A model whose certificate is broken is told of beside what plugins fail at."""

from __future__ import annotations

from datetime import datetime
from types import SimpleNamespace
from typing import Any

import numpy as np

from monitor.evaluation import certificate, groups, standing
from monitor.evaluation.bounds import Sample
from monitor.evaluation.groups import Groups
from monitor.evaluation.standing import Standing
from monitor.extensions.troubles import troubles
from monitor.records import ModelState, ModelVersion
from monitor.store import Store, models


def test_a_broken_certificate_is_a_trouble(store: Store, now: datetime) -> None:
    nothing: Any = SimpleNamespace(unavailable=lambda: [], wanted=())
    look = certificate.running(
        Sample.of(np.full(200, 0.9), np.zeros(200, bool)),
        (0.9,),
        [1.0],
        alpha=0.05,
        delta=0.05,
        attempt=1,
        since=now,
        model="m",
        made_at=now,
    )
    held = standing.looked(Standing(), look, now)
    fired = standing.watched(held, Sample.of(np.full(20, 0.95), np.ones(20, bool)), now)
    with store.begin() as tx:
        models.put(tx, ModelVersion("m", "fake", "m", "0" * 64, ModelState.CHAMPION, now, promoted_at=now))
        assert troubles(tx, nothing) == []
        models.stands(tx, "m", groups.to_json(Groups(parts={"all": held})))
        assert troubles(tx, nothing) == []
        models.stands(tx, "m", groups.to_json(Groups(parts={"all": fired})))
        [found] = troubles(tx, nothing)
    assert (found.group, found.name, found.since_at) == ("models", "m", now)
    assert "nothing is accepted until a new certificate" in found.what
