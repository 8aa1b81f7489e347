"""How much news there was of everything else: what a series' voices are held against.

Activity is counted in voices of all news. In a window it is what is due by the week's shape (`seasons`) and
the volume of late, moved by what the window's volume really was, less the series' own voices, so that a
series cannot excuse itself. A small volume says little: three voices where two were due are no busy hour. So
it is shrunk to what is due, by as many voices (`inertia`) as make the series of the panel follow it best: the
volume counts in full where they rise and fall with it, and not at all where they do not (the mean of a gamma
that is seen through a Poisson).

The series of all news has nothing else to be held against. Its activity is the week's shape alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from monitor.detection.panels import Panel, Present
from monitor.detection.seasons import Calendar

Floats = NDArray[np.float64]

DAY = 24
"""Hours of a block of the past; the last one ends with the panel, at whatever hour that is."""
_SMOOTHED = 14.0  # days over which the volume of late is smoothed
_BELIEF = 0.5  # standard deviation of the belief that series follow the volume in full
_LEAST = 0.01  # no series is held to follow it by less
_FAINT = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Activity:
    """What is needed to tell the activity of the present of S series."""

    calendar: Calendar
    followed: NDArray[np.bool_]  # (S,) whether the volume of the rest counts
    rest: Floats  # (S,) the part of the volume that is not the series' own
    flow: float  # voices of all news in an average hour, of late
    inertia: float  # voices; infinite where no series follows the volume

    def of(self, present: Present) -> Floats:
        """Of every window, (R, W)."""
        due = self.calendar.between(present.end, present.lengths)
        rows = present.rows
        others = np.maximum(present.volume - present.voices, 0.0)
        moved = _moved(self.flow * due, others, self.rest[rows, None], self.inertia)
        return np.where(self.followed[rows, None], moved, due)


@dataclass(frozen=True, slots=True, eq=False)
class Days:
    """The past of S series in D days, oldest first, each ending at the hour at which the panel ends. Hours
    that nobody read are left out of their days."""

    negative: Floats  # (S, D)
    activity: Floats  # (S, D)
    hourly: Floats  # (S, D, 24) negative voices
    shape: Floats  # (D, 24) the week's shape, 0 where nobody read
    now: Activity


def days(past: Panel) -> Days:
    """The panel in days, with the activity of each."""
    calendar = Calendar.of(past.volume, past.read, past.start, past.zone, past.holidays)
    hours = len(past.volume)
    count = hours // DAY
    used = slice(hours - count * DAY, hours)
    read = past.read[used]
    hourly = _read(past.negative[:, used], read).reshape(len(past.names), count, DAY)
    shape = (calendar.hourly(hours)[used] * read).reshape(count, DAY)
    one = np.ones(DAY)
    negative = hourly @ one
    own = _read(past.voices[:, used], read).reshape(hourly.shape) @ one
    volume, due = _read(past.volume[used], read).reshape(count, DAY) @ one, shape @ one

    followed = np.array([pool != "all" for pool in past.pools], dtype=bool)
    flow = _flow(volume, due)
    expected = flow[:-1] * due
    rest = np.maximum(1 - own.sum(axis=1) / max(volume.sum(), 1.0), 0.0)
    others = np.maximum(volume - own, 0.0)
    inertia = _inertia(negative[followed], others[followed], rest[followed], expected)
    activity = np.where(followed[:, None], _moved(expected, others, rest[:, None], inertia), due)
    return Days(
        negative, activity, hourly, shape, Activity(calendar, followed, rest, float(flow[-1]), inertia)
    )


def _read(values: Floats, read: NDArray[np.bool_]) -> Floats:
    return values if read.all() else values * read


def _flow(volume: Floats, due: Floats) -> Floats:
    """Voices of all news in an average hour around each day, and at last of late; (D + 1,)."""
    place = np.arange(len(volume))
    near = np.exp(-np.abs(np.arange(len(volume) + 1)[:, None] - place) / _SMOOTHED)
    return np.asarray((near @ volume + _FAINT) / (near @ due + _FAINT), dtype=np.float64)


def _moved(due: Floats, others: Floats, rest: Floats, inertia: float) -> Floats:
    """What is due, moved by the volume of the others."""
    if np.isinf(inertia):
        return np.asarray(due + np.zeros_like(others))
    return np.asarray(due * (inertia + others + _FAINT) / (inertia + due * rest + _FAINT))


def _inertia(negative: Floats, others: Floats, rest: Floats, due: Floats) -> float:
    """How many voices move the activity half of the way: from the slope of the series' days on the volume's
    swing, weighted by their means, pooled over all of them and shrunk to 1."""
    total = negative.sum(axis=1, keepdims=True)
    mean = total * due / max(float(due.sum()), _FAINT)
    swing = others / (due * rest[:, None] + _FAINT) - 1
    off = negative - mean
    told = float((mean * swing**2).sum())
    spread = max(float((off**2).sum()) / max(float(mean.sum()), _FAINT), 1.0)
    slope = (float((off * swing).sum()) / spread + 1 / _BELIEF**2) / (told / spread + 1 / _BELIEF**2)
    slope = min(max(slope, _LEAST), 1.0)
    return float(due.mean() * (1 / slope - 1)) if len(due) else 0.0
