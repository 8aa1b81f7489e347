"""What a detector answers, held against what it was asked: data from outside, of which nothing is believed.

An answer that is none is the detector's error, whoever wrote it and wherever it ran. What is left are plain
arrays, one number for each row that was tested.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from monitor.detection.panels import Present, Scores
from monitor.errors import PluginError
from monitor.messages import Message

_COLUMNS = ("p", "window", "expected", "low", "high")


def checked(scores: object, present: Present, *, larger_is_rarer: bool) -> Scores:
    """`scores` as float64 and int64, a row for each row of `present`. Raises PluginError that says what is
    wrong with them: another shape, NaN, a p outside (0, 1] where larger is not rarer, a window that there is
    not, a mean or a band that is not finite."""
    if not isinstance(scores, Scores):
        raise PluginError(Message("plugins.not_scores", found=type(scores).__name__))
    columns = {name: _column(name, getattr(scores, name), len(present.rows)) for name in _COLUMNS}
    p = columns["p"]
    if larger_is_rarer:
        _all(~np.isnan(p), "p", p, Message("plugins.scores_number"))
    else:
        _all((p > 0) & (p <= 1), "p", p, Message("plugins.scores_p"))
    window, last = columns["window"], len(present.lengths) - 1
    _all((window >= 0) & (window <= last), "window", window, Message("plugins.scores_window", last=last))
    for name in ("expected", "low", "high"):
        _all(np.isfinite(columns[name]), name, columns[name], Message("plugins.scores_finite"))
    low, high = columns["low"], columns["high"]
    _all(low <= high, "low", low, Message("plugins.scores_band"))
    return Scores(**columns)


def _column(name: str, column: object, rows: int) -> NDArray[Any]:
    """A column as it should be; a window is a whole number, everything else a number."""
    try:
        found = np.asarray(column)
    except ValueError:  # lists of lists of different lengths
        found = np.array(None)
    kinds, wanted = ("iu", np.int64) if name == "window" else ("fiu", np.float64)
    if found.dtype.kind not in kinds and found.size:
        told = Message("plugins.scores_kind", column=name, found=str(found.dtype), kind=wanted.__name__)
        raise PluginError(told)
    if found.shape != (rows,):
        raise PluginError(Message("plugins.scores_shape", column=name, found=str(found.shape), rows=rows))
    return found.astype(wanted)


def _all(sound: NDArray[np.bool_], name: str, column: NDArray[Any], wanted: Message) -> None:
    if not sound.all():
        row = int(np.argmin(sound))
        found = f"{column[row].item():g}"
        raise PluginError(Message("plugins.scores_value", column=name, row=row, found=found, wanted=wanted))
