"""How long a stage of a long work still takes, by its own pace. Pure.

Nothing is claimed of what nobody measured: no estimate where the end is unknown, in the first seconds of
a stage, or where nothing was done since it began. What was done before this process came to it (a work
that was resumed) is no evidence of its pace.
"""

from __future__ import annotations

from dataclasses import dataclass

TRUSTED_SECONDS = 3.0
"""A pace of a shorter time is not told."""


@dataclass(frozen=True, slots=True)
class Begun:
    """When (seconds, on a steady clock) a stage was first heard of, and how far it was then."""

    stage: str
    seconds: float
    done: float

    def minutes_left(self, seconds: float, done: float, total: float) -> float | None:
        """Minutes until `total`, where the stage is at `done` now; None where that is not known."""
        passed, made = seconds - self.seconds, done - self.done
        if total <= 0 or made <= 0 or passed < TRUSTED_SECONDS:
            return None
        return max(total - done, 0.0) * passed / made / 60
