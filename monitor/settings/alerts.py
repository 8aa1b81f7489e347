"""[alerts]: what is watched, when it fires and who is told."""

from __future__ import annotations

from pydantic import Field, model_validator

from monitor.settings.tables import Table


class AlertSettings(Table):
    window_minutes: int = Field(
        default=60, ge=1, description="Length of the window that is tested (minutes)."
    )
    history_windows: int = Field(default=168, ge=1, description="Past windows that make the baseline.")
    min_history_windows: int = Field(
        default=24,
        ge=1,
        description="Windows that must have been watched before anything fires (a new installation learns).",
    )
    min_negative: int = Field(default=5, ge=1, description="Negative stories under which nothing fires.")
    p_value: float = Field(
        default=0.001, gt=0, lt=1, description="Fire when a count this high has at most this probability."
    )
    detector: str = Field(default="surge", description="Detector instance or kind that tests a window.")
    recover_after: int = Field(default=2, ge=1, description="Quiet windows in a row that resolve an alert.")
    repeat_hours: float = Field(
        default=24, gt=0, description="An alert that keeps firing is sent again after (hours)."
    )
    scopes: tuple[str, ...] = Field(
        default=("all", "topic", "company"), description="What is watched: all, topic, company."
    )
    confirm_minutes: float = Field(
        default=0, ge=0, description="A surge must last this long before anyone is told (minutes)."
    )
    max_age_hours: float = Field(
        default=24,
        gt=0,
        description="Stories published longer than this before they were first seen do not count (hours).",
    )
    include_sample: bool = Field(
        default=True, description="Watch the bundled sample while there is nothing else; its alerts say so."
    )
    notify: tuple[str, ...] = Field(
        default=(), description="Notifiers to tell, by name; empty means every enabled one."
    )

    @model_validator(mode="after")
    def _known_scopes(self) -> AlertSettings:
        for scope in self.scopes:
            if scope not in ("all", "topic", "company"):
                raise ValueError(f"scopes: expected 'all', 'topic' or 'company', found {scope!r}")
        return self
