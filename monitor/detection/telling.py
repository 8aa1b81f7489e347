"""A replay as programs read it: plain values, times in ISO 8601."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from monitor.detection import cells, events, rules
from monitor.detection.events import Outcome, Raised
from monitor.detection.replay import Replay, Replayed
from monitor.records import Scope

Firsts = Mapping[int, tuple[int, str]]
"""By story, its first article and that one's title."""


def told(
    found: Replay,
    firsts: Firsts,
    titles: Mapping[Scope, tuple[str, str]],
    outcomes: Sequence[Outcome] | None = None,
) -> dict[str, Any]:
    """What a replay found: `alerts`, `weeks`, `alerts_per_week`, `budget`, `rules`, `cuts`, and with
    `outcomes` the `events` and the `shares` of them that were told."""
    result: dict[str, Any] = {
        "from": found.since.isoformat(),
        "to": found.until.isoformat(),
        "weeks": round(found.weeks, 3),
        "alerts_per_week": round(len(found.alerts) / found.weeks, 4),
        "budget": sum(rule.budget for rule in found.rules),
        "rules": {rule.name: _rule(found, rule.name, rule.budget) for rule in found.rules},
        "alerts": [_alert(one, firsts, titles) for one in found.alerts],
        "cuts": [
            {
                "rule": cut.rule,
                "date": cells.begins(cut.since).date().isoformat(),
                "value": round(cut.value, 4),
                "checked": cut.checked,
                "weeks": cut.weeks,
                "openings": cut.openings,
            }
            for cut in found.cuts
        ],
    }
    if outcomes is not None:
        result["events"] = [_event(one) for one in outcomes]
        shares = {
            "events told": events.recall(outcomes),
            "alerts of events": events.precision(outcomes, raised(found)),
        }
        result["shares"] = [
            (name, one.part, one.whole, round(one.low, 4), round(one.high, 4)) for name, one in shares.items()
        ]
        for name, one in shares.items():
            result[name.replace(" ", "_")] = {
                "part": one.part,
                "whole": one.whole,
                "low": one.low,
                "high": one.high,
            }
    return result


def raised(found: Replay) -> list[Raised]:
    """The alerts as events are matched with them."""
    return [Raised(one.id, one.opened_at, companies(one)) for one in found.alerts]


def companies(alert: Replayed) -> frozenset[str]:
    """The companies (ids) whose own series rose."""
    return frozenset(company for name in alert.series if (company := rules.company(name)))


def about(scope: Scope, titles: Mapping[Scope, tuple[str, str]]) -> str:
    """What people call a scope."""
    if scope.kind == "both":
        parts = (Scope("company", scope.company), Scope("topic", scope.topic))
        return ", ".join(titles.get(one, (one.name, one.name))[0] for one in parts)
    return titles.get(scope, (str(scope), str(scope)))[0]


def _alert(one: Replayed, firsts: Firsts, titles: Mapping[Scope, tuple[str, str]]) -> dict[str, Any]:
    known = sorted(firsts[story] for story in one.stories if story in firsts)
    return {
        "id": one.id,
        "rule": one.rule,
        "severity": one.severity,
        "scope": {"kind": one.scope.kind, "name": one.scope.name},
        "about": about(one.scope, titles),
        "opened_at": one.opened_at.isoformat(),
        "resolved_at": one.resolved_at.isoformat() if one.resolved_at else None,
        "observed": round(one.observed, 3),
        "expected": round(one.expected, 3),
        "low": round(one.low, 3),
        "high": round(one.high, 3),
        "p": one.p,
        "score": round(one.score, 4),
        "cut": round(one.cut, 4),
        "checked": one.checked,
        "window_hours": one.hours,
        "companies": sorted(companies(one)),
        "article_ids": [article for article, _ in known],
        "first_title": known[0][1] if known else "",
    }


def _rule(found: Replay, name: str, budget: float) -> dict[str, Any]:
    cuts = [cut for cut in found.cuts if cut.rule == name]
    return {
        "budget": budget,
        "alerts": sum(alert.rule == name for alert in found.alerts),
        "alerts_per_week": round(found.a_week(name), 4),
        "cut": round(cuts[-1].value, 4) if cuts else None,
        "checked": bool(cuts) and cuts[-1].checked,
    }


def _event(one: Outcome) -> dict[str, Any]:
    return {
        "name": one.event.name,
        "company": one.event.company,
        "begins_at": one.event.begins_at.isoformat(),
        "first_article_at": one.first.at.isoformat() if one.first else None,
        "first_article": one.first.article_id if one.first else None,
        "alert": one.alert,
        "delay_hours": None if one.delay_hours is None else round(one.delay_hours, 2),
        "alerts": list(one.alerts),
    }
