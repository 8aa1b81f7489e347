"""What is usual of every series, as far as a walk has come: baselines, fitted anew at times on the past.

    board → panel (when anybody was reading, scaled where another version of the model serves) → fit

What is fitted knows nothing that became known after the hour in which it was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from monitor.detection import cells, rules
from monitor.detection.boards import OTHERS, Board
from monitor.detection.markets import UTC, Market
from monitor.detection.panels import Detector, Panel
from monitor.detection.refits import PAST, WEEK, fitted_at
from monitor.detection.rules import Rule
from monitor.detection.runs import Run
from monitor.detection.turns import Scale, Turn, own, scale

SEVERAL = 3
"""Entries in the past from which a series has a baseline of its own; any other is as its pool's rarest."""

Failed = Callable[[str, Exception], None]
"""Told of a detector that fails, by its name; what it would have scored is not."""
Gaps = Callable[[int, int], Sequence[tuple[int, int]]]
"""The hours, as (from, to), between two hours in which nobody was reading, as far as was known by the
second."""


def no_gaps(start: int, end: int) -> Sequence[tuple[int, int]]:
    """Somebody was always reading."""
    return ()


def fails(name: str, error: Exception) -> None:
    """Raises what a detector raised."""
    raise error


@dataclass(slots=True)
class Fits:
    """Baselines of the series that `rules` watch, whose counts began in the hour `first`.

    `known` are the series to expect though they never counted anything (watched companies, topics); `gaps`
    says in which hours nobody was reading; `market` is whose week the news have; `turns` are when another
    version of the model began to serve, in order. `now` is the cell that the walk has come to.
    """

    rules: Sequence[Rule]
    detectors: Mapping[str, Detector]
    first: int
    known: Sequence[str] = ()
    gaps: Gaps = no_gaps
    failed: Failed = fails
    market: Market = UTC
    turns: Sequence[Turn] = ()
    board: Board = field(default_factory=Board)
    runs: dict[str, Run] = field(default_factory=dict)
    now: int = 0
    _fitted: dict[str, Any] = field(default_factory=dict)
    _names: tuple[str, ...] = ()
    _rows: dict[str, int] = field(default_factory=dict)
    _hour: int = 0  # in which baselines were fitted

    @property
    def since(self) -> int:
        """The first hour of the past that baselines were fitted on last."""
        return self._start(self._hour)

    def fit(self, hour: int) -> None:
        """Fit baselines on what is before an hour."""
        self._hour = hour
        panel = self._panel(hour, self._series(hour))
        self._names = panel.names
        self._rows = {name: row for row, name in enumerate(panel.names)}
        self._fitted = {}
        self._learnt(panel, dict.fromkeys(rule.detector for rule in self.rules))
        self.board.forget((hour - (PAST + 2) * WEEK) * cells.IN_HOUR)
        oldest = (hour - PAST * WEEK) * cells.IN_HOUR
        for run in self.runs.values():
            run.known = {one: since for one, since in run.known.items() if since >= oldest}

    def retry(self) -> None:
        """Fit what failed when baselines were fitted last."""
        missing = {rule.detector for rule in self.rules} - set(self._fitted)
        if self._names and missing:
            last = fitted_at(self.first, cells.begins(self.now - 1))
            if last is not None:  # of the series of then: what was tested since has its row among them
                self._learnt(self._panel(last, self._names), sorted(missing))

    def _learnt(self, panel: Panel, names: Iterable[str]) -> None:
        for name in names:
            learnt = self._asked(name, partial(self.detectors[name].fit, panel))
            if learnt is not None:
                self._fitted[name] = learnt

    def _series(self, hour: int) -> list[str]:
        """The series that have a baseline of their own from an hour on, with one for all others of a kind."""
        kinds = self._kinds
        often = self.board.names(self._start(hour) * cells.IN_HOUR, SEVERAL)
        found = {name for name in (*often, *self.known) if rules.kind(name) in kinds}
        return sorted(found | {f"{kind}{OTHERS}" for kind in kinds})

    def _panel(self, hour: int, names: Sequence[str]) -> Panel:
        start = self._start(hour)
        scaled = scale(self.turns, self.first, hour, hour * cells.IN_HOUR)
        panel = self.board.panel(names, start, hour, self._read(start, hour), scaled)
        return replace(panel, zone=self.market.zone, holidays=self.market.days(start, hour))

    def _start(self, hour: int) -> int:
        """The first hour of the past that baselines are fitted on."""
        since = own(self.turns, self.first, hour)
        whole = self.first if since is None else -(-since // cells.IN_HOUR)
        return max(self.first, whole, hour - PAST * WEEK)

    @property
    def _scale(self) -> Scale:
        """By what counts are scaled now."""
        return scale(self.turns, self.first, self._hour, self.now)

    def _read(self, start: int, end: int) -> NDArray[np.bool_]:
        read = np.ones(end - start, np.bool_)
        for first, last in self.gaps(start, end):
            read[max(first - start, 0) : max(last - start, 0)] = False
        return read

    @property
    def _kinds(self) -> set[str]:
        """The kinds of scope that any rule watches; all news is counted in any case."""
        return {kind for rule in self.rules for kind in rule.scopes} | {"all"}

    def _row(self, name: str) -> int:
        found = self._rows.get(name)
        return self._rows[f"{rules.kind(name)}{OTHERS}"] if found is None else found

    def _asked(self, name: str, ask: Callable[[], Any]) -> Any:
        """What a detector answers; None where it fails."""
        try:
            return ask()
        except Exception as error:
            self.failed(name, error)
            return None
