"""Windows between those that are counted: what a panel's last hours make of a present.

The store counts windows of a few lengths. A surge of five days is diluted in a week's window and overflows
three days'. But the panel knows the hours of the past one by one: the week that ends now, less its hours
before some moment of the past, is the window from that moment until now. So a window of any length that
begins before the panel ends is there without being counted.

What counts late moves the week's window and not the panel, until the next night; it is then held to lie in
the shorter window, as what counts late mostly does (no article counts more than 48 hours before it was first
seen).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from monitor.detection.cells import IN_HOUR
from monitor.detection.panels import Panel, Present

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Reach:
    """A panel's last hours, summed up to the beginning of each and to the end of the last."""

    start: int  # the first of those hours
    negative: Floats  # (S, hours + 1)
    voices: Floats  # (S, hours + 1)
    volume: Floats  # (1, hours + 1)

    @classmethod
    def of(cls, past: Panel, hours: int) -> Reach:
        """The last so many hours of a panel."""
        first = max(len(past.volume) - hours, 0)
        columns = (past.negative[:, first:], past.voices[:, first:], past.volume[None, first:])
        return cls(past.start + first, *(_summed(column) for column in columns))

    def lengthened(self, present: Present, wanted: tuple[int, ...]) -> Present:
        """The present with windows of these lengths beside its own, as far as they can be told."""
        now = present.end / IN_HOUR - self.start
        hours = self.volume.shape[1] - 1
        told = [
            length
            for length in wanted
            if length not in present.lengths
            and present.lengths[0] < length < present.lengths[-1]
            and now - length <= hours
            and now - _longer(present.lengths, length) >= 0
        ]
        if not told:
            return present
        lengths = tuple(sorted({*present.lengths, *told}))
        columns = []
        for sums, windows, rows in (
            (self.negative, present.negative, present.rows),
            (self.voices, present.voices, present.rows),
            (self.volume, present.volume, np.zeros(len(present.rows), np.int64)),
        ):
            made = []
            for length in lengths:
                if length in present.lengths:
                    made.append(windows[:, present.lengths.index(length)])
                    continue
                longer = _longer(present.lengths, length)
                place = present.lengths.index(longer)
                early = _until(sums, rows, now - length) - _until(sums, rows, now - longer)
                made.append(np.clip(windows[:, place] - early, windows[:, place - 1], windows[:, place]))
            columns.append(np.stack(made, axis=1))
        negative, voices, volume = columns
        # A shorter window is in doubt at least as much, for it is the later part of the longer one.
        near = [sum(one <= length for one in present.lengths) - 1 for length in lengths]
        doubt, grain = (
            tuple(some[n] for n in near) if some else () for some in (present.doubt, present.grain)
        )
        return replace(
            present,
            lengths=lengths,
            negative=negative,
            voices=voices,
            volume=volume,
            doubt=doubt,
            grain=grain,
        )


def _longer(lengths: tuple[int, ...], length: int) -> int:
    return next(one for one in lengths if one > length)


def _until(sums: Floats, rows: NDArray[np.int64], hour: float) -> Floats:
    """The sum up to a moment; inside an hour, its part."""
    whole = int(np.floor(hour))
    part = hour - whole
    at = sums[rows, whole]
    return np.asarray(at if not part else at + part * (sums[rows, whole + 1] - at))


def _summed(column: Floats) -> Floats:
    return np.concatenate([np.zeros((len(column), 1)), np.cumsum(column, axis=1)], axis=1)
