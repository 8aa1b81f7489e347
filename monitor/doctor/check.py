"""A finding."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Check:
    """One finding: `state` is ok, warn (it works, look at it) or fail (it does not)."""

    name: str
    state: str
    what: str
    todo: str = ""
