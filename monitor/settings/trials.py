"""A trial of rules, as a file says it: counts that are made up, and the alerts that they must open."""

from __future__ import annotations

import re

from pydantic import Field, field_validator

from monitor.detection.rules import SCOPES, kind
from monitor.settings.tables import Table

_RUN = re.compile(r"(?P<count>\d{1,4})(?:x(?P<times>\d{1,4}))?")
MOST_HOURS = 24 * 60


class TrialSeries(Table):
    name: str = Field(description="The series: all, topic:NAME, company:ID, both:TOPIC:ID.")
    usual: float = Field(default=0.0, ge=0, le=1000, description="Negative voices a day in the past.")
    hours: str = Field(
        default="",
        description="Negative voices in the hours after it: '0x20 5 9 0x4' is 0 in 20 hours, 5, 9 ...",
    )

    @field_validator("name")
    @classmethod
    def _known(cls, name: str) -> str:
        if kind(name) not in SCOPES or (name != "all" and not name.partition(":")[2]):
            raise ValueError("expected all, topic:NAME, company:ID or both:TOPIC:ID")
        return name

    @field_validator("hours")
    @classmethod
    def _counts(cls, hours: str) -> str:
        if len(counts(hours)) > MOST_HOURS:
            raise ValueError(f"expected at most {MOST_HOURS} hours")
        return hours


class TrialAlert(Table):
    rule: str = Field(description="The rule that must open it.")
    series: str = Field(description="The series that names it.")
    hours: tuple[int, int] = Field(description="It opens in one of these hours: [first, last], from 0.")


class Trial(Table):
    weeks: int = Field(default=8, ge=1, le=104, description="How long the past is.")
    news: float = Field(default=200.0, ge=0, le=100_000, description="Further voices a day, none negative.")
    seed: int = Field(default=0, ge=0, description="The past is drawn by it: the same gives the same.")
    series: tuple[TrialSeries, ...] = Field(description="What is counted.")
    alerts: tuple[TrialAlert, ...] = Field(default=(), description="All that must open; nothing else may.")


def counts(hours: str) -> list[int]:
    """What '0x3 5' says, hour by hour. Raises ValueError for what says none."""
    found: list[int] = []
    for word in hours.split():
        said = _RUN.fullmatch(word)
        if said is None:
            raise ValueError("expected numbers and runs of them, such as '0x20 5 9'")
        found += [int(said["count"])] * int(said["times"] or 1)
    return found
