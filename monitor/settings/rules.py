"""[rules.NAME]: what is watched for what, and how many false alerts a week it may cost."""

from __future__ import annotations

import json
import re

from pydantic import Field, field_validator

from monitor.detection.rules import SCOPES, Rule
from monitor.settings.tables import Table


class RuleSettings(Table):
    detector: str = Field(default="surge", description="Detector instance or kind that scores every series.")
    scopes: tuple[str, ...] = Field(
        default=SCOPES,
        description="Kinds of series that are watched: all, topic, company, both (a topic of a company).",
    )
    budget: float = Field(
        default=1.0, gt=0, le=1000, description="At most so many false alerts a week, in the mean."
    )
    least: int = Field(default=3, ge=1, description="Negative voices under which nothing opens.")
    severity: str = Field(default="warning", description="How grave its alerts are: info, warning, critical.")
    receivers: tuple[str, ...] = Field(
        default=(), description="Notifiers that hear of its alerts; empty: those of [alerts] notify."
    )
    enabled: bool = Field(default=True, description="false: kept here, and not watched.")

    @field_validator("scopes")
    @classmethod
    def _known_scopes(cls, scopes: tuple[str, ...]) -> tuple[str, ...]:
        if not scopes:
            raise ValueError("name at least one of: " + ", ".join(SCOPES))
        for scope in scopes:
            if scope not in SCOPES:
                raise ValueError(f"expected one of {', '.join(SCOPES)}, found {scope!r}")
        return scopes

    @field_validator("severity")
    @classmethod
    def _known_severity(cls, severity: str) -> str:
        if severity not in SEVERITIES:
            raise ValueError(f"expected one of {', '.join(SEVERITIES)}, found {severity!r}")
        return severity

    def rule(self, name: str) -> Rule:
        """The rule that this table says."""
        return Rule(
            name=name,
            detector=self.detector,
            scopes=self.scopes,
            budget=self.budget,
            least=self.least,
            severity=self.severity,
            receivers=self.receivers,
        )


def written(rule: Rule) -> str:
    """The table of a rule as config.toml has it; what is as usual is left out."""
    usual = RuleSettings()
    lines = [f"[rules.{rule.name if _BARE.fullmatch(rule.name) else _value(rule.name)}]"]
    for key in ("detector", "scopes", "budget", "least", "severity", "receivers"):
        value = getattr(rule, key)
        if key in ("detector", "budget") or value != getattr(usual, key):
            lines.append(f"{key} = {_value(value)}")
    return "\n".join(lines) + "\n"


def _value(value: object) -> str:
    """As TOML writes it: JSON's strings, numbers and arrays are TOML's, but for one character."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


_BARE = re.compile("[A-Za-z0-9_-]+")

SEVERITIES = ("info", "warning", "critical")

_COMPANIES = ("company", "both")
SHIPPED = {
    "surge": RuleSettings(detector="surge", scopes=_COMPANIES, budget=1.0),
    "share": RuleSettings(detector="share", scopes=_COMPANIES, budget=0.5),
    "buildup": RuleSettings(detector="buildup", scopes=_COMPANIES, budget=0.5, least=5),
    "market": RuleSettings(detector="surge", scopes=("topic", "all"), budget=0.1),
}
"""The rules where config.toml names none. Companies have budgets of their own: what rises in a topic or in
all news is a calendar (a season of results, a day of monthly sales) four times in five, but for what shakes a
market, which the smallest budget tells too (`benchmarks.surges`)."""
