"""Rules at the desk: what each watches, what it costs, and what a change of it would do.

A rule stands in config.toml, which is the operator's file: nobody writes it from here. What is here is the
table to put there, after a look at what it would have done.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from monitor.desk.seat import Seat, within
from monitor.detection import cells
from monitor.detection.budget import Cut
from monitor.detection.comparing import Compared, Comparison, Share, Sighting
from monitor.detection.rules import SCOPES, Rule
from monitor.errors import ConflictError, NotFoundError, UserError
from monitor.messages import Message
from monitor.records import Role
from monitor.settings.rules import SEVERITIES, SHIPPED, written
from monitor.store import alerts, past, walked

WEEK = timedelta(weeks=1)
LOOKED_BACK = (4, 13)
"""Weeks over which it is told what was spent."""
MOST_BUDGET, MOST_LEAST, MOST_RULES = 1000, 1000, 10
_NAME = re.compile(r"[^\s/]{1,200}")


@dataclass(frozen=True, slots=True)
class CutView:
    """The cut on a rule's score that is in force since `since_at`; `value` None: nothing opens. `checked`: it
    was found on `weeks` weeks of the past, in which it would have opened `openings`."""

    value: float | None
    since_at: datetime
    checked: bool
    weeks: float
    openings: int


@dataclass(frozen=True, slots=True)
class Spent:
    """How many alerts a rule opened in the last `weeks`; fewer than asked about where there is less past."""

    weeks: float
    openings: int
    a_week: float


@dataclass(frozen=True, slots=True)
class RuleView:
    """A rule: what it is, who `hears` of its alerts, its cut (None: not walked yet), what was spent, and how
    many openings a week its cut is expected to cost (None: it was found on no past). `table` is it as
    config.toml has it; `configured` False: it is one of those that are shipped."""

    rule: Rule
    enabled: bool
    configured: bool
    hears: Sequence[str]
    cut: CutView | None
    spent: Sequence[Spent]
    expected: float | None
    table: str


@dataclass(frozen=True, slots=True)
class RulesView:
    """All rules, the `detectors` there are by name, and over how many weeks a change may be tried here."""

    rules: Sequence[RuleView]
    detectors: Sequence[str]
    weeks: Sequence[int]


class Rules(Seat):
    """Anybody reads the rules; trying a change takes an analyst."""

    def rules(self) -> RulesView:
        """Every rule with its cut, and what it cost."""
        self._may(Role.VIEWER, "read")
        monitor, now = self.monitor, self.monitor.now()
        with monitor.store.read() as tx:
            found, first = walked.newest_cuts(tx), past.begins(tx)
            opened = alerts.opened(tx, now - max(LOOKED_BACK) * WEEK)
        stored = (now - first) / WEEK if first else 0.0
        tables = monitor.settings.rules or SHIPPED
        views, tree = [], monitor.tree
        for name, table in tables.items():
            cut = found.get(name) if table.enabled else None
            views.append(
                RuleView(
                    rule=table.rule(name),
                    enabled=table.enabled,
                    configured=name in monitor.settings.rules,
                    hears=tree.hear_of(name, table.severity),
                    cut=_cut(cut) if cut else None,
                    spent=[_spent(opened.get(name, ()), weeks, stored, now) for weeks in LOOKED_BACK],
                    expected=cut.openings / cut.weeks if cut and cut.checked and cut.weeks else None,
                    table=written(table.rule(name)),
                )
            )
        return RulesView(views, self._detectors(), monitor.weeks_to_try())

    def try_rules(self, rules: Sequence[Rule], weeks: int, progress: Share = lambda done: None) -> Comparison:
        """What these rules would have opened in the last `weeks`, or in as many of them as can be asked about
        here, beside what those of the same names open as they are. Nothing is saved. It takes seconds to
        minutes. Raises UserError, NotFoundError for a detector that is none, ConflictError for two rules of
        one name and where nothing can be tried, BusyError while another is tried, and where it takes too
        long."""
        self._may(Role.ANALYST, "try rules")
        for rule in rules:
            self._checked_rule(rule)
        within("rules", len(rules), 1, MOST_RULES)
        twice = [one.name for one in rules if sum(other.name == one.name for other in rules) > 1]
        if twice:
            raise ConflictError(Message("trying.twice", rule=twice[0]))
        offered = self.monitor.weeks_to_try()
        if not offered:
            raise ConflictError(Message("trying.nothing"))
        most = max((one for one in offered if one <= weeks), default=offered[0])
        found = self.monitor.try_rules(rules, most, progress)
        with self.monitor.store.read() as tx:
            hidden = self._hidden(tx)
        return replace(found, rules=tuple(_without(one, hidden) for one in found.rules))

    def written_rule(self, rule: Rule) -> str:
        """The table that config.toml needs for a rule. Raises UserError, NotFoundError."""
        self._may(Role.VIEWER, "read")
        self._checked_rule(rule)
        return written(rule)

    def _detectors(self) -> list[str]:
        known = (*self.monitor.settings.detectors, *self.monitor.registry.kinds("detectors"))
        return sorted(dict.fromkeys(known))

    def _checked_rule(self, rule: Rule) -> None:
        if not _NAME.fullmatch(rule.name):
            raise UserError(Message("trying.name", rule=rule.name[:200]))
        if not rule.scopes or not set(rule.scopes) <= set(SCOPES):
            raise UserError(Message("trying.scopes", rule=rule.name, known=", ".join(SCOPES)))
        if rule.severity not in SEVERITIES:
            known = ", ".join(SEVERITIES)
            raise UserError(Message("silences.severity", severity=rule.severity, known=known))
        if not (0 < rule.budget <= MOST_BUDGET and math.isfinite(rule.budget)):
            bounds = {"low": "> 0", "high": MOST_BUDGET}
            raise UserError(Message("desk.within", what="budget", value=rule.budget, **bounds))
        within("least", rule.least, 1, MOST_LEAST)
        detectors = self._detectors()
        if rule.detector not in detectors:
            named = {"rule": rule.name, "detector": rule.detector[:200], "known": ", ".join(detectors)}
            raise NotFoundError(Message("trying.detector", **named))


def _cut(cut: Cut) -> CutView:
    value = None if math.isinf(cut.value) else cut.value
    return CutView(value, cells.begins(cut.since), cut.checked, cut.weeks, cut.openings)


def _spent(opened: Sequence[datetime], weeks: float, stored: float, now: datetime) -> Spent:
    """What a rule opened in so many weeks, or in the fewer that are stored."""
    number = sum(at >= now - weeks * WEEK for at in opened)
    known = min(weeks, stored)
    return Spent(known, number, number / known if known > 0 else 0.0)


def _without(one: Compared, hidden: set[int]) -> Compared:
    """A comparison whose alerts name no story in `hidden`: that they count for them says what they are."""
    return replace(
        one,
        only_before=tuple(_unnamed(alert, hidden) for alert in one.only_before),
        only_after=tuple(_unnamed(alert, hidden) for alert in one.only_after),
    )


def _unnamed(alert: Sighting, hidden: set[int]) -> Sighting:
    return replace(alert, stories=tuple(one for one in alert.stories if one.story_id not in hidden))
