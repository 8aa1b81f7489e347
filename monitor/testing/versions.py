"""Versions of a model for tests and for looking at pages: one shipped, one that took over, one refused."""

from __future__ import annotations

import hashlib
import random
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from monitor.evaluation.metrics import evaluate_sentiment
from monitor.messages import Message
from monitor.records import SENTIMENTS, ModelState, ModelVersion, Prediction
from monitor.store import Tx, models

GOLD = 400
"""Gold texts of the versions' gates."""


def _behaviour(passed: float) -> dict[str, Any]:
    """Pass rates of the check-list around `passed`."""
    rates = {
        name: {"cases": 40 + k, "passed": round(passed + k / 20, 4)}
        for k, name in enumerate(("negation", "narrowing", "mixed", "companies"), start=-2)
    }
    return {"cases": 158, "passed": passed, "capabilities": rates, "languages": {}}


@cache
def _measured(accuracy: float, sure_when_wrong: float) -> dict[str, Any]:
    """What a gate measured on GOLD texts of a model that is right on this share of them."""
    rng = random.Random(GOLD)
    truth, told = [], []
    for number in range(GOLD):
        true = SENTIMENTS[number % 4 % 3]
        right = number < round(accuracy * GOLD)
        said = true if right else rng.choice([one for one in SENTIMENTS if one != true])
        sure = rng.triangular(0.45, 1, 0.97) if right else rng.triangular(0.4, 0.98, sure_when_wrong)
        rest = {one: (1 - sure) / 2 for one in SENTIMENTS if one != said}
        truth.append(true)
        told.append(Prediction({said: sure, **rest}, {}, ""))
    return evaluate_sentiment(truth, told)


def furnish(tx: Tx, now: datetime) -> None:
    """Put them into a store."""
    first, second, third = _measured(0.855, 0.6), _measured(0.8675, 0.6), _measured(0.85, 0.8)
    taught = {"train": {"all": 420, "analysts": 420}, "development": {"all": 74}, "gold": {"all": GOLD}}
    for days, version_id, parent, macro_f1, measured in (
        (30, "shipped-0a1b2c3d4e5f", "", 0.831, {}),
        (4, "trained-20260226-1", "shipped-0a1b2c3d4e5f", 0.846, second),
    ):
        at = now - timedelta(days=days)
        models.put(
            tx,
            ModelVersion(
                id=version_id,
                kind="transformer",
                path=version_id,
                digest=hashlib.sha256(version_id.encode()).hexdigest(),
                state=ModelState.CHALLENGER,
                created_at=at,
                parent=parent,
                snapshot=hashlib.sha256(b"taught").hexdigest() if parent else "",
                metrics={
                    "sentiment": measured
                    or {"macro_f1": macro_f1, "accuracy": macro_f1 + 0.02, "ece": 0.021},
                    "topics": {"micro_f1": macro_f1 - 0.06},
                    **({"behaviour": {**_behaviour(0.74), "champion": _behaviour(0.68)}} if parent else {}),
                    **({"champion": {"sentiment": first}, "examples": taught} if parent else {}),
                },
            ),
        )
        verdict = _gate("superior", 0.855, 0.8675) if parent else Message("champion.first")
        if parent:
            models.gated(tx, version_id, verdict, at)
        models.promote(tx, version_id, verdict, at)
    refused = ModelVersion(
        id="trained-20260301-1",
        kind="transformer",
        path="trained-20260301-1",
        digest=hashlib.sha256(b"refused").hexdigest(),
        state=ModelState.CHALLENGER,
        created_at=now - timedelta(days=1),
        parent="trained-20260226-1",
        metrics={
            "sentiment": third,
            "champion": {"sentiment": second},
            "examples": {**taught, "train": {"all": 910, "analysts": 910}},
        },
    )
    models.put(tx, refused)
    verdict = _gate("worse", 0.8675, 0.85)
    models.gated(tx, refused.id, verdict, refused.created_at)
    models.refuse(tx, refused.id, verdict, refused.created_at)


def _gate(verdict: str, before: float, after: float) -> Message:
    """What the gate says of a model that is right on these shares of GOLD texts."""
    moved = round((after - before) * GOLD)
    numbers = Message(
        "gate.numbers",
        before=before,
        after=after,
        n=GOLD,
        gained=60 + max(moved, 0),
        lost=60 + max(-moved, 0),
        difference=100 * (after - before),
        low=100 * (after - before) - 1.3,
        high=100 * (after - before) + 1.1,
        spent=0.0141,
        level=0.05,
        use=1,
    )
    return Message(f"gate.{verdict}", numbers=numbers)
