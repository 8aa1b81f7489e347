"""Every sentence in English and Chinese: key -> (English, Chinese). One module per room, found by itself; a
key begins with its room's noun, and no two modules have the same key."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from typing import Final

Sentences = Mapping[str, tuple[str, str]]


def _all() -> Sentences:
    found: dict[str, tuple[str, str]] = {}
    for module in pkgutil.iter_modules(__path__):
        sentences: Sentences = importlib.import_module(f"{__name__}.{module.name}").SENTENCES
        if twice := found.keys() & sentences.keys():
            raise KeyError(f"{module.name} says again what another module says: {sorted(twice)}")
        found.update(sentences)
    return found


MESSAGES: Final[Sentences] = _all()
