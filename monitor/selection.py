"""What a query strategy sees and what it answers: columns in, rows out.

A `Pool` is columns, not objects, so that 100,000 articles cost megabytes: row i of every column is about the
same article. A strategy names the columns it `needs`; the others are None, here and in the process of a
plugin, which is sent no other. A `Choice` holds rows of the pool, most wanted first, with a score and a
reason in words for each. What a strategy answers is data from outside: `checked` believes nothing of it.

An `Episode` is labelled history to learn from. NumPy is imported by who fills a pool, not here: commands
start light.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

from monitor.errors import PluginError
from monitor.messages import Message

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MAX_REASON = 500
"""Characters of a reason that are kept."""


@dataclass(frozen=True, slots=True, eq=False)
class Pool:
    """N articles that wait for a label, L labelled ones, and A labels with what brought them. `ids` is
    always there; a column that the strategy does not need, or that nobody could fill, is None.

    Probabilities are over `monitor.SENTIMENTS`, in that order. A row without a vector holds NaN. Raises
    ValueError where columns are not of one length.
    """

    ids: NDArray[np.int64]  # (N,) the articles, each once
    probabilities: NDArray[np.floating[Any]] | None = None  # (N, C) the serving model's, calibrated
    vectors: NDArray[np.floating[Any]] | None = None  # (N, d) its sentence vectors, float16 or float32
    members: NDArray[np.floating[Any]] | None = None  # (M, N, C) what each member of a committee says
    story: NDArray[np.int64] | None = None  # (N,) articles that tell the same event share it; 0: none
    age: NDArray[np.floating[Any]] | None = None  # (N,) hours since it was first seen
    language: NDArray[np.str_] | None = None  # (N,) ISO 639-1, "" where unknown
    source: NDArray[np.str_] | None = None  # (N,) its name in config.toml
    seconds: NDArray[np.floating[Any]] | None = None  # (N,) how long reading it is expected to take
    impact: NDArray[np.floating[Any]] | None = None  # (N,) in [0, 1]: how much its label could move an alert
    length: NDArray[np.int64] | None = None  # (N,) characters of its text
    labels: NDArray[np.int64] | None = None  # (L,) classes of what is labelled, as places in SENTIMENTS
    labelled_vectors: NDArray[np.floating[Any]] | None = None  # (L, d)
    labelled_probabilities: NDArray[np.floating[Any]] | None = None  # (L, C) what the model says of them
    asked_by: NDArray[np.str_] | None = None  # (A,) the arm that each label came by, oldest first; or audit
    asked_share: NDArray[np.floating[Any]] | None = None  # (A,) the probability with which the arm was drawn
    asked_loss: NDArray[np.floating[Any]] | None = None  # (A,) of the model before, on the label that came

    def __post_init__(self) -> None:
        for name, axes in _AXES.items():
            column = getattr(self, name)
            if column is None:
                continue
            if column.ndim != len(axes):
                raise ValueError(f"Pool.{name}: expected {len(axes)} axes, found {column.ndim}")
            place = axes.find("N")
            if place >= 0 and column.shape[place] != len(self.ids):
                raise ValueError(f"Pool.{name}: expected {len(self.ids)} rows, found {column.shape[place]}")
            if axes[0] == "L" and self.labels is not None and len(column) != len(self.labels):
                raise ValueError(f"Pool.{name}: expected {len(self.labels)} rows, found {len(column)}")

    def __len__(self) -> int:
        return len(self.ids)

    def only(self, names: Collection[str]) -> Pool:
        """The same articles with these columns and no others."""
        dropped = {name: None for name in COLUMNS if name not in names}
        return replace(self, **dropped)  # type: ignore[arg-type]

    def columns(self) -> dict[str, NDArray[Any]]:
        """The columns there are, `ids` first."""
        found = {name: getattr(self, name) for name in ("ids", *COLUMNS)}
        return {name: column for name, column in found.items() if column is not None}

    def column(self, name: str) -> NDArray[Any]:
        """A column that a strategy cannot do without. Raises PluginError where it is not there, which has
        the fallback order the queue meanwhile."""
        found: NDArray[Any] | None = getattr(self, name)
        if found is None:
            raise PluginError(Message("acquisition.no_column", column=name))
        return found


COLUMNS: tuple[str, ...] = tuple(field.name for field in fields(Pool) if field.name != "ids")
"""What a strategy may need."""

_AXES: Mapping[str, str] = {
    "ids": "N",
    "probabilities": "NC",
    "vectors": "Nd",
    "members": "MNC",
    **dict.fromkeys(("story", "age", "language", "source", "seconds", "impact", "length"), "N"),
    "labels": "L",
    "labelled_vectors": "Ld",
    "labelled_probabilities": "LC",
    **dict.fromkeys(("asked_by", "asked_share", "asked_loss"), "A"),
}


@dataclass(frozen=True, slots=True)
class Choice:
    """Rows of a pool (places, not ids), most wanted first, with a score and a reason for each.

    A score is the strategy's own measure, finite, larger is more wanted; only its order means something to
    others. A reason is a sentence an analyst reads, best a `monitor.Message`, which knows both languages.
    """

    rows: Sequence[int]  # places in the pool, each once
    scores: Sequence[float]  # of each, finite
    reasons: Sequence[str]  # of each, text or a `monitor.Message`


@dataclass(frozen=True, slots=True, eq=False)
class Episode:
    """Labelled history to learn from: texts whose answers are known are asked about again, `batch` at a time
    from the rows in `start` on, until `most` are labelled. `see` gives what a strategy would see with these
    rows labelled, over the rows that are left, and the macro-F1 on texts that are held back."""

    answers: NDArray[np.int64]  # (N,) classes, as places in SENTIMENTS
    start: NDArray[np.int64]  # rows labelled before the first choice
    batch: int  # rows asked for at a time
    most: int  # labels in all
    see: Callable[[NDArray[np.int64]], tuple[Pool, float]]  # its pool's ids are rows


def needed(strategy: object) -> frozenset[str]:
    """The columns a strategy needs. Raises PluginError where it does not say, or names one there is not."""
    needs = getattr(strategy, "needs", None)
    if needs is None or isinstance(needs, str) or not isinstance(needs, Collection):
        raise PluginError(Message("acquisition.no_needs", known=COLUMNS))
    unknown = [str(name)[:40] for name in needs if name not in COLUMNS]
    if unknown:
        raise PluginError(Message("acquisition.unknown_column", column=unknown[0], known=COLUMNS))
    return frozenset(needs)


def checked(choice: object, rows: int, n: int) -> Choice:
    """`choice` as a `Choice` of at most `n` distinct rows of a pool of `rows`, of plain Python values.
    Raises PluginError saying what is wrong with it."""
    if not isinstance(choice, Choice):
        raise PluginError(Message("acquisition.not_choice", found=type(choice).__name__))
    try:
        chosen, scores, reasons = list(choice.rows), list(choice.scores), list(choice.reasons)
    except TypeError as error:
        raise PluginError(Message("acquisition.not_columns", error=str(error)[:200])) from None
    if not len(chosen) == len(scores) == len(reasons):
        lengths = {"rows": len(chosen), "scores": len(scores), "reasons": len(reasons)}
        raise PluginError(Message("acquisition.lengths", **lengths))
    if len(chosen) > n:
        raise PluginError(Message("acquisition.too_many", found=len(chosen), n=n))
    places = [_row(one, rows) for one in chosen]
    if len(set(places)) != len(places):
        twice = next(row for number, row in enumerate(places) if row in places[:number])
        raise PluginError(Message("acquisition.twice", row=twice))
    return Choice(places, [_score(one) for one in scores], [_reason(one) for one in reasons])


def _row(value: Any, rows: int) -> int:
    try:
        row = value.__index__()
    except AttributeError:
        raise PluginError(Message("acquisition.no_row", found=repr(value)[:60])) from None
    if isinstance(value, bool) or not 0 <= row < rows:
        raise PluginError(Message("acquisition.no_row_of", row=str(value)[:60], rows=rows))
    return int(row)


def _score(value: Any) -> float:
    try:
        score = float(value)
    except (TypeError, ValueError, OverflowError):
        score = math.nan
    if not math.isfinite(score):
        raise PluginError(Message("acquisition.no_score", found=repr(value)[:60]))
    return score


def _reason(value: Any) -> str:
    if not isinstance(value, str):
        raise PluginError(Message("acquisition.no_reason", found=type(value).__name__))
    return value if isinstance(value, Message) else str(value)[:MAX_REASON]
