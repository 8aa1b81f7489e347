"""Every sentence in English and Chinese: key -> (English, Chinese). One module per room; a key begins
with its room's noun, and no two modules have the same key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from monitor.messages.catalogue import (
    codings,
    datasets,
    dates,
    delivery,
    fetcher,
    jobs,
    learning,
    notify,
    queue,
    routing,
)

Sentences = Mapping[str, tuple[str, str]]

MODULES: Final = (codings, datasets, dates, delivery, fetcher, jobs, learning, notify, queue, routing)


def _all() -> Sentences:
    found: dict[str, tuple[str, str]] = {}
    for module in MODULES:
        sentences: Sentences = module.SENTENCES
        if twice := found.keys() & sentences.keys():
            raise KeyError(f"{module.__name__} says again what another module says: {sorted(twice)}")
        found.update(sentences)
    return found


MESSAGES: Final[Sentences] = _all()
