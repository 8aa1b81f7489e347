"""[alerts]: when people are told, and who. What is watched for what is in `rules`."""

from __future__ import annotations

from pydantic import Field

from monitor.settings.tables import Table


class AlertSettings(Table):
    wait_minutes: float = Field(
        default=0, ge=0, description="An alert gathers so long before anyone is told of it (minutes)."
    )
    repeat_hours: float = Field(
        default=24,
        gt=0,
        description="An alert that goes on, and that nobody has acknowledged, is sent again after (hours).",
    )
    include_sample: bool = Field(
        default=True, description="Watch the bundled sample while there is nothing else; its alerts say so."
    )
    notify: tuple[str, ...] = Field(
        default=(), description="Notifiers to tell, by name; empty means every enabled one."
    )
