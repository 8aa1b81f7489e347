"""[alerts]: when people are told, and who. What is watched for what is in `rules`."""

from __future__ import annotations

from pydantic import Field

from monitor.settings.tables import Table, Zone


class AcknowledgeSettings(Table):
    """Minutes, by severity."""

    critical: float = Field(
        default=15, ge=0, description="Critical alerts are acknowledged so soon (minutes); 0: no limit."
    )
    warning: float = Field(default=60, ge=0, description="Warnings likewise (minutes).")
    info: float = Field(default=0, ge=0, description="What is for information likewise (minutes).")


class ResolveSettings(Table):
    """Hours, by severity."""

    critical: float = Field(
        default=24, ge=0, description="Critical alerts are over so soon (hours); 0: no limit."
    )
    warning: float = Field(default=72, ge=0, description="Warnings likewise (hours).")
    info: float = Field(default=0, ge=0, description="What is for information likewise (hours).")


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
    zone: Zone = Field(
        default="UTC",
        description="Time zone of the market whose week the news have: each hour's usual is told in it.",
    )
    holidays: str = Field(
        default="",
        description="Its calendar: 'CN', or an exchange's code such as 'XNYS'. On its holidays as few news"
        " are usual as on a Sunday; empty: it has none.",
    )
    notify: tuple[str, ...] = Field(
        default=(), description="Notifiers to tell, by name; empty means every enabled one."
    )
    acknowledge_minutes: AcknowledgeSettings = AcknowledgeSettings()
    resolve_hours: ResolveSettings = ResolveSettings()
