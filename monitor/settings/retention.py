"""[retention]: how long what is stored is kept."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from monitor.settings.tables import Table

FOREVER = "forever"
MOST_DAYS = 36_500


def _days(value: Any) -> Any:
    if value == FOREVER or value == math.inf:
        return math.inf
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not 0 < value <= MOST_DAYS:
        raise ValueError(f'expected days (a number over 0, at most {MOST_DAYS}), or "{FOREVER}"')
    return float(value)


Days = Annotated[float, BeforeValidator(_days)]
"""Days, or infinity where something is kept for ever, which the file calls "forever"."""


class RetentionSettings(Table):
    """What is older is removed every night; what is never removed, and why, is in `monitor.store.spared`."""

    bodies_days: Days = Field(
        default=math.inf,
        description="How long the texts of articles are kept; title, link, dates, hashes, judgements and "
        "counts stay (days).",
    )
    vectors_days: Days = Field(
        default=30,
        description="How long the vectors that come with predictions are kept, for query strategies, drift "
        "and the savings meter (days; 768 bytes a text with the default model).",
    )
    predictions_days: Days = Field(
        default=400,
        description="How long what versions said is kept that serves no more: of an article the current "
        "prediction stays (days).",
    )
    polls_days: Days = Field(
        default=90,
        description="How long every poll is kept; of each hour of before, one that succeeded stays (days).",
    )
    runs_days: Days = Field(
        default=90,
        description="How long it is kept what scheduled jobs did; at most the newest 1,000 of a job (days).",
    )
    audit_days: Days = Field(
        default=math.inf,
        description="How long entries of the audit are kept; the chain of the others can be checked (days).",
    )
    batch_seconds: float = Field(
        default=0.2,
        gt=0,
        le=60,
        description="How long one transaction that removes may take: others write in between (seconds).",
    )

    def kept(self, kind: str) -> timedelta | None:
        """How long a kind of data is kept; None: for ever."""
        days: float = getattr(self, f"{kind}_days")
        return None if math.isinf(days) else timedelta(days=days)
