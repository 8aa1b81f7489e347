"""What each receiver knows of an alert, and what it is to be told next. Pure.

    alert + hearing + known ─news→ what to tell ─barrier→ told now, or held back

Nothing here waits for a moment in which something happened: what a receiver is to be told follows from what
it knows and from what the alert is now. So a look that comes late, a start, a mute time or a silence that
ends and a route that somebody changed all lead to the same thing, and nothing that was held back is
forgotten.

Held back is what a silence, a mute time or a digest covers. When a mute time or a silence ends, a receiver
hears of the alerts that are still open, each in one message that says since when; of those that opened and
ended in a mute time it gets one summary, and of those in a silence nothing, for somebody said so: their
history has it. A digest is told at its times, whatever the mute times of its route are, for somebody chose
them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from monitor.alerts.lifecycle import Event, waited
from monitor.alerts.routing import Hearing
from monitor.alerts.silencing import Silence
from monitor.messages import Message
from monitor.records import Alert, AlertState

SILENCE, MUTE, DIGEST = "silence", "mute", "digest"


@dataclass(frozen=True, slots=True)
class Known:
    """What a receiver knows of an alert: when it was told first and last, of how many voices, at which level,
    and whether of its end (`over`). From `held_at` on something is held back by `held_by`, a kind of barrier
    and its name; "" where nothing is."""

    first_at: datetime | None = None
    told_at: datetime | None = None
    voices: int = 0
    level: int = 0
    over: bool = False
    held_at: datetime | None = None
    held_by: str = ""


@dataclass(frozen=True, slots=True)
class News:
    """What a receiver is to be told: `event` is opened, updated, escalated or resolved; `why` is what its
    message says beside the figures, "" nothing."""

    event: str
    why: str = ""
    worse: bool = False


@dataclass(frozen=True, slots=True)
class Barrier:
    """What holds news back: `kind` is silence, mute or digest, `name` the silence's number, the mute time's
    name or the digest's timetable."""

    kind: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"

    @classmethod
    def read(cls, text: str) -> Barrier:
        """The barrier that `str` wrote."""
        kind, _, name = text.partition(" ")
        return cls(kind, name)

    def said(self, until: datetime | None = None) -> Message:
        """Its words."""
        if self.kind == SILENCE:
            return Message("routes.silence", silence=self.name)
        if self.kind == DIGEST:
            return Message("routes.digest", timetable=self.name)
        if until is None:
            return Message("routes.mute", name=self.name)
        return Message("routes.mute_until", name=self.name, until=f"{until:%Y-%m-%d %H:%M}")


def news(
    alert: Alert,
    hearing: Hearing,
    known: Known,
    now: datetime,
    *,
    worse: bool = False,
    told_at: datetime | None = None,
) -> News | None:
    """What somebody is to be told of an alert, if nothing holds it back; None where they know.

    `worse`: it got much worse at this moment. `told_at` is when the first receiver of the route was told,
    from which on the levels above it wait."""
    if alert.notified_at is None:  # it gathers, or stands beside one that says the same
        return None
    if alert.state is AlertState.RESOLVED:
        return None if known.told_at is None or known.over else News("resolved")
    if known.level < hearing.level:
        waits = told_at is None or not waited(told_at, now, hearing.after)
        if waits or alert.acknowledged_by or alert.state is not AlertState.FIRING:
            return None
        return News("escalated", Message("routes.still"))
    if known.told_at is None:
        if not waited(alert.opened_at, now, hearing.route.wait):
            return None
        return News("opened", _late(alert, known), worse)
    if alert.notified_at > known.told_at:
        return News("updated", Message("routes.worse"), worse=True)
    goes_on = alert.state is AlertState.FIRING and not alert.acknowledged_by
    if goes_on and waited(known.told_at, now, hearing.route.repeat):
        return News("updated", Message("routes.still"))
    return None


def barrier(
    alert: Alert, hearing: Hearing, one: News, quiet: Sequence[Silence], now: datetime
) -> Barrier | None:
    """What holds this news back from somebody now, if anything does."""
    event = Event(one.event, "", notify=True, worse=one.worse)
    silence = next((found for found in quiet if found.covers(alert, event, now)), None)
    if silence is not None:
        return Barrier(SILENCE, str(silence.id))
    if hearing.digest:
        return Barrier(DIGEST, hearing.digest)
    mute = hearing.route.mute(alert.severity, one.worse, now)
    return None if mute is None else Barrier(MUTE, mute.name)


def told(alert: Alert, hearing: Hearing, known: Known, event: str, now: datetime) -> Known:
    """What they know once they were told."""
    return Known(
        first_at=known.first_at or now,
        told_at=now,
        voices=alert.voices,
        level=max(known.level, hearing.level) if event == "escalated" else known.level,
        over=alert.state is AlertState.RESOLVED,
    )


def _late(alert: Alert, known: Known) -> Message | str:
    if known.held_at is None:
        return ""
    at = f"{alert.opened_at:%Y-%m-%d %H:%M}"
    return Message("routes.since", at=at, why=Barrier.read(known.held_by).said())
