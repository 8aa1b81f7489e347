"""A plugin file whose class has an option of each kind."""

from __future__ import annotations

HELLO = """
from dataclasses import dataclass, field
from pathlib import Path
from monitor import Fetched, Item, hookimpl

@dataclass
class Hello:
    greeting: str
    times: int = 1
    ratio: float = 1.0
    loud: bool = False
    words: tuple[str, ...] = ()
    file: Path = Path("x")
    extra: dict[str, int] = field(default_factory=dict)
    kind = "hello"

    def fetch(self, state, fetcher):
        return Fetched([Item(title=self.greeting)] * self.times, state)

@hookimpl
def register_sources():
    return [Hello]
"""
