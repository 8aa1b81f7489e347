"""What a detector sees and what it answers: counts of many series as columns in, one score per series out.

A **panel** is the past of S series over T whole hours. A **present** is windows of several lengths that end
at one moment, of some of those series. A detector fits a panel once a night, and tests a present every five
minutes; both know nothing of a store, a rule or a budget. A number of voices is a sum of calibrated
probabilities, so it need not be whole.

What a detector answers is one number for the whole look at a series, corrected over the windows by itself: a
p-value, or a score that is larger the rarer what it saw. It decides nothing: the budget turns either into a
cut. NumPy is imported by who fills a panel, not here: commands start light.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeVar

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LENGTHS = (1, 6, 24, 72, 168)
"""Hours of the windows that slide in steps of five minutes."""
POOLS = ("all", "topic", "company", "both")
"""Pools that a series may be shrunk to, by the kind of its scope."""


@dataclass(frozen=True, slots=True, eq=False)
class Panel:
    """The past of S series over T whole hours, oldest hour first.

    `volume` is the number of voices of all news, or of the group (a language, some sources) whose week's
    shape is taken; `zone` is the group's market's time zone, in which its week has its shape, and `holidays`
    are days of that zone that are none of the week's. An hour that is not `read` is no evidence of anything.
    Raises ValueError where columns do not fit together, or a count is negative or no number.
    """

    names: tuple[str, ...]  # S series: all, topic:T, company:C, both:T:C
    pools: tuple[str, ...]  # S: which series are alike: all, topic, company, both
    start: int  # hours since 1970, UTC, of the first column
    negative: NDArray[np.float64]  # (S, T) negative voices: their probabilities, summed
    voices: NDArray[np.float64]  # (S, T) all voices
    volume: NDArray[np.float64]  # (T,) voices of all news
    read: NDArray[np.bool_]  # (T,) whether somebody was reading
    zone: str = "UTC"  # of the market: in it the week has its shape
    holidays: frozenset[date] = frozenset()  # days of that zone that are none of the week's

    def __post_init__(self) -> None:
        series, hours = len(self.names), len(self.volume)
        shapes: dict[str, tuple[int, ...]] = {
            "negative": (series, hours),
            "voices": (series, hours),
            "volume": (hours,),
            "read": (hours,),
        }
        _check("Panel", self, shapes)
        if len(self.pools) != series:
            raise ValueError(f"Panel.pools: expected {series} names of pools, found {len(self.pools)}")

    def only(self, rows: NDArray[np.int64]) -> Panel:
        """The panel of the series in these places."""
        return replace(
            self,
            names=tuple(self.names[row] for row in rows),
            pools=tuple(self.pools[row] for row in rows),
            negative=self.negative[rows],
            voices=self.voices[rows],
        )


@dataclass(frozen=True, slots=True, eq=False)
class Present:
    """Windows that end at one moment: R of a panel's series, W lengths. A series may stand in several rows,
    where it is asked what an alert hangs on: in each something else is left out, of all news too.

    Where another version of the model serves than the one whose counts the past is made of, counts are scaled
    to it (`detection.turns`). `doubt` is then the relative variance of each window's total, by how little the
    ratio is known; and `grain` how many voices of the past one of them counts for, where that is more than 1.
    Both are empty where nothing is scaled. Raises ValueError where columns do not fit together, or a count is
    negative or no number.
    """

    rows: NDArray[np.int64]  # (R,) places in the panel's names
    end: int  # where the windows end: how many times five minutes since 1970, UTC
    lengths: tuple[int, ...]  # W hours, shortest first
    negative: NDArray[np.float64]  # (R, W) negative voices: their probabilities, summed
    voices: NDArray[np.float64]  # (R, W) all voices
    volume: NDArray[np.float64]  # (R, W) voices of all news beside each row
    doubt: tuple[float, ...] = ()  # W relative variances
    grain: tuple[float, ...] = ()  # W, at least 1

    def __post_init__(self) -> None:
        shape = (len(self.rows), len(self.lengths))
        _check("Present", self, {"negative": shape, "voices": shape, "volume": shape})
        if not self.lengths or list(self.lengths) != sorted({one for one in self.lengths if one > 0}):
            raise ValueError(f"Present.lengths: expected hours, shortest first, found {self.lengths}")
        for name, least, column in (("doubt", 0.0, self.doubt), ("grain", 1.0, self.grain)):
            if column and not (len(column) == len(self.lengths) and min(column) >= least):
                expected = f"{len(self.lengths)} numbers of {least} or more"
                raise ValueError(f"Present.{name}: expected {expected}, found {column}")


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """What a detector says of the R rows of a present.

    `p` is of the whole look, corrected over its windows: in (0, 1], or, of a detector whose class says that
    larger is rarer, any score that is no NaN. `window` is the place of the window that decided; `expected`,
    `low` and `high` are that window's mean and the band that holds 95% of what is expected of it.
    """

    p: NDArray[np.float64]  # (R,) how rare: in (0, 1], or a score
    window: NDArray[np.int64]  # (R,) the place of the window that decided
    expected: NDArray[np.float64]  # (R,) negative voices that are usual in that window
    low: NDArray[np.float64]  # (R,) of 95% of what is usual there, the least
    high: NDArray[np.float64]  # (R,) and the most


def nearest(lengths: tuple[int, ...], hours: int) -> int:
    """The place of the length that is nearest to so many hours; of two, the shorter's."""
    return min(range(len(lengths)), key=lambda place: (abs(lengths[place] - hours), place))


Fitted = Any
"""What `fit` learnt: opaque to the caller, and picklable, for it is kept until the next night."""


class Detector(Protocol):
    """Says how rare the present of a series is: by p-values, or, where `larger_is_rarer`, by scores."""

    kind: ClassVar[str]
    larger_is_rarer: ClassVar[bool]
    """Whether `Scores.p` is a score, and no p-value."""

    def fit(self, past: Panel) -> Fitted:
        """What there is to know of the past, once a night. What is tested afterwards ends after the panel
        does, or, where something came late, up to two days before its end; its windows may reach back into
        it."""
        ...

    def test(self, fitted: Fitted, present: Present) -> Scores:
        """One score for each row of `present`. The same arguments give the same answer."""
        ...


Columns = TypeVar("Columns", Panel, Present)


def _check(kind: str, columns: Columns, shapes: dict[str, tuple[int, ...]]) -> None:
    """Raises ValueError where a column is of another shape, or holds what no count can be."""
    for name, shape in shapes.items():
        column = getattr(columns, name)
        if column.shape != shape:
            raise ValueError(f"{kind}.{name}: expected shape {shape}, found {column.shape}")
        if column.size and not (column.min() >= 0 and column.max() < float("inf")):
            raise ValueError(f"{kind}.{name}: expected finite counts of 0 or more")
