"""Data sets: labelled files in, frozen snapshots out.

Enters: files of rows, and the labels that analysts gave. Leaves: examples, and snapshots whose parts
(to train on, to develop with, gold) depend on nothing but the texts. Reads files (all of them through
`tables`); touches neither store nor network. `read` and `texts` are the door to labelled files; they are
imported when they are asked for, because `tables` is part of what every plugin's process imports.
"""

from __future__ import annotations

from typing import Any


def __getattr__(name: str) -> Any:
    if name in ("read", "texts"):
        from monitor.datasets import labelled

        return getattr(labelled, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
