"""[queue] and [learning]: how analysts are asked, and what is learnt from what they say."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from monitor.settings.tables import Table


class QueueSettings(Table):
    min_seen_ms: int = Field(
        default=250,
        ge=0,
        le=10_000,
        description="How long an article must have been on the screen before it takes a key (milliseconds).",
    )

    blind_share: float = Field(
        default=0.2,
        ge=0,
        le=0.5,
        description="Share of the tasks handed out that are audits or duels, while any is open; every second "
        "one at most.",
    )
    second_share: float = Field(
        default=0.0,
        ge=0,
        le=0.5,
        description="Of the tasks put in order, how many may be texts that one analyst has read, for "
        "another, where a second label is worth more than a new one (0: none).",
    )


class LearningSettings(Table):
    enabled: bool = Field(default=True, description="Train on a schedule; `monitor train` works in any case.")
    every_hours: float = Field(
        default=24, gt=0, description="Least time between two scheduled trainings (hours)."
    )
    min_new_labels: int = Field(
        default=50, ge=1, description="New labels that make a scheduled training worth its while."
    )
    audit_days: int = Field(
        default=90, ge=1, description="How long an audit measures; afterwards its label may train (days)."
    )
    max_drop: float = Field(
        default=0.02,
        ge=0,
        lt=1,
        description="Share of texts by which a challenger may be worse and still be promoted.",
    )
    level: float = Field(
        default=0.05, gt=0, le=0.5, description="The most that a verdict of the gate or of a duel errs."
    )
    duel_days: float = Field(
        default=14, gt=0, description="A duel draws texts that were first seen in this time (days)."
    )
    duel_max_labels: int = Field(
        default=200,
        ge=1,
        description="Labels after which an undecided duel ends and the champion stays; up to twice as many "
        "where readers err.",
    )
    shadow_hours: float = Field(
        default=0,
        ge=0,
        le=24 * 366,
        description="How long a version that is fit to serve judges everything beside the champion first; 0: "
        "it serves at once (hours).",
    )
    checkpoint_minutes: float = Field(
        default=2.0, gt=0, description="How often a training writes down where it is (minutes)."
    )
    strategy: str = Field(default="adjusted", description="Query strategy that orders the queue.")
    directory: Path = Field(default=Path("data/models"), description="Where trained models are written.")
