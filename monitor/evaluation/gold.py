"""What the gate asks of the store about gold labels: who read them, how well, how often they were used."""

from __future__ import annotations

from datetime import datetime, timedelta

from monitor.evaluation.duel import Rule, stretched
from monitor.evaluation.paired import kept
from monitor.evaluation.reuse import Use
from monitor.settings import LearningSettings
from monitor.store import Store, audits, models

TWICE = 20
"""Texts read by two from which on their differences tell the reading error."""


def rule(settings: LearningSettings, error: float) -> Rule:
    """When a duel is over, of whose labels a share `error` is wrong."""
    allowed = settings.max_drop * kept(error)
    return Rule(settings.level, allowed, stretched(settings.duel_max_labels, error))


def readings(store: Store, audit_days: int, now: datetime) -> tuple[dict[str, str], float]:
    """Who labelled each audited text of the last `audit_days`, and the reading error: half of how often two
    readers of one text differ on its sentiment; 0 where fewer than TWICE texts say so."""
    with store.read() as tx:
        drawn = audits.of(tx, since=now - timedelta(days=audit_days))
    who = {one.article.content: one.label.user for one in drawn if one.label is not None}
    pairs = [one.labels[:2] for one in drawn if len(one.labels) > 1]
    differ = sum(first.sentiment != second.sentiment for first, second in pairs)
    return who, differ / len(pairs) / 2 if len(pairs) >= TWICE else 0.0


def used(store: Store, since: datetime) -> Use:
    """Which use of the gold labels the next one is, which stand from `since` on."""
    with store.read() as tx:
        gated = [
            one.metrics["gate"] for one in models.all(tx) if "gate" in one.metrics and one.created_at >= since
        ]
    gated = [one for one in gated if one["comparison"].get("n")]
    return Use(1 + len(gated), sum(one["decision"] != "undecided" for one in gated))
