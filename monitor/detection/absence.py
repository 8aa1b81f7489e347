"""What a silent source explains: would an alert have opened, had that source never been read?

    panel, less what the source brought → fit → the alert's windows, less the same → score → cut

A source that falls silent takes its part of all news with it. What everybody else tells is then more than
is expected beside so little news, and its share of the negative is another: alerts open of which nothing is
new but the silence. So the detector of the rule is asked again as if the source had never been: what it
brought is left out of the volume of all news and of the alert's own series, in the past that baselines are
fitted on as in the windows that are tested. Of other series, to whose pool the alert's own is shrunk, it is
not. What is then under the cut, the silence explains; unless the alert hangs on what the source itself told
before it fell silent, which is news.

It is the same whether the source fails to answer or answers and brings nothing: what counts is what it
brought before. While other sources answer, its hours count as read (`coverage.gaps`), so nothing else makes
up for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from monitor.detection.panels import Panel
from monitor.detection.rollups import WHOLE
from monitor.detection.turns import Scale

Brought = Mapping[int, tuple[int, int]]
"""By hour, how many voices and what they weigh, in millionths."""


@dataclass(frozen=True, slots=True)
class Absence:
    """What sources brought: to all `news`, and to the alert's `own` series, hour by hour; and their
    `articles` of the longest window."""

    news: Brought
    own: Brought
    articles: frozenset[int] = frozenset()


def without(past: Panel, series: str, gone: Absence, scale: Scale) -> Panel:
    """The past as if it had not been brought; no hour holds less than nothing."""
    negative, voices = past.negative.copy(), past.voices.copy()
    for name, found in {series: gone.own, "all": gone.news}.items():
        if name in past.names and found:
            row = past.names.index(name)
            at, number, weight = _columns(found, past)
            factors = scale.hours(past.start, past.start + len(past.volume))
            negative[row, at] = np.maximum(negative[row, at] - weight / WHOLE * factors[at], 0.0)
            voices[row, at] = np.maximum(voices[row, at] - number, 0.0)
    volume = past.volume.copy()
    at, number, _ = _columns(gone.news, past)
    volume[at] = np.maximum(volume[at] - number, 0.0)
    return replace(past, negative=negative, voices=voices, volume=volume)


def _columns(found: Brought, past: Panel) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    inside = [
        (hour - past.start, *one) for hour, one in found.items() if 0 <= hour - past.start < len(past.volume)
    ]
    at, number, weight = np.array(inside, np.int64).reshape(-1, 3).T
    return at, number, weight
