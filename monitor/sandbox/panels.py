"""Panels, presents and scores on their way between the monitor and a child: arrays as bytes (`arrays`), and
what is no array in the header.

Both ends use the same functions. What comes from a child is checked again by who asked for it
(`monitor.detection.scores`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from monitor.detection.panels import Panel, Present, Scores
from monitor.sandbox import arrays

_PANEL = ("negative", "voices", "volume", "read")
_PRESENT = ("rows", "negative", "voices", "volume")
_SCALED = ("doubt", "grain")
_SCORES = ("p", "window", "expected", "low", "high")


def panel_packed(panel: Panel) -> tuple[dict[str, Any], bytes]:
    """A panel as a header and a body. Raises ValueError where it is longer than a frame."""
    header, body = arrays.packed({name: getattr(panel, name) for name in _PANEL})
    said = {"names": panel.names, "pools": panel.pools, "start": int(panel.start), "zone": panel.zone}
    return {**header, **said, "holidays": [one.isoformat() for one in panel.holidays]}, body


def panel_unpacked(header: Mapping[str, Any], body: bytes) -> Panel:
    """The panel that `panel_packed` sent."""
    return Panel(
        names=tuple(header["names"]),
        pools=tuple(header["pools"]),
        start=header["start"],
        zone=header["zone"],
        holidays=frozenset(map(date.fromisoformat, header["holidays"])),
        **arrays.unpacked(header, body),
    )


def present_packed(present: Present) -> tuple[dict[str, Any], bytes]:
    """A present as a header and a body."""
    header, body = arrays.packed({name: getattr(present, name) for name in _PRESENT})
    said = {"end": int(present.end), "lengths": [int(one) for one in present.lengths]}
    scaled = {name: [float(one) for one in getattr(present, name)] for name in _SCALED}
    return {**header, **said, **scaled}, body


def present_unpacked(header: Mapping[str, Any], body: bytes) -> Present:
    """The present that `present_packed` sent."""
    lengths, doubt, grain = (tuple(header[name]) for name in ("lengths", *_SCALED))
    columns = arrays.unpacked(header, body)
    return Present(end=header["end"], lengths=lengths, doubt=doubt, grain=grain, **columns)


def scores_packed(scores: Scores) -> tuple[dict[str, Any], bytes]:
    """Scores that were checked, as a header and a body."""
    return arrays.packed({name: getattr(scores, name) for name in _SCORES})


def scores_unpacked(header: Mapping[str, Any], body: bytes) -> Scores:
    """The scores that a child sent; not checked. Raises ValueError, KeyError, TypeError for anything else."""
    columns = arrays.unpacked(header, body)
    if columns.keys() != set(_SCORES):
        raise ValueError(f"columns {sorted(columns)}")
    return Scores(**columns)
