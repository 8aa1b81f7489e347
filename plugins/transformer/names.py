"""Where a text names a company."""

from __future__ import annotations

import re


def find(text: str, name: str) -> list[tuple[int, int]]:
    """Where `text` has `name`, in any case: as a word of its own, or if it never is, anywhere."""
    if not name.strip():
        return []
    inside = re.escape(name.strip())
    for pattern in (rf"(?<![A-Za-z0-9]){inside}(?![A-Za-z0-9])", inside):
        found = [match.span() for match in re.finditer(pattern, text, re.IGNORECASE)]
        if found:
            return found
    return []
