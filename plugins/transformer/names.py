"""Texts as the model reads them, and where they name a company."""

from __future__ import annotations

import html
import html.entities
import re

_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_LINK = re.compile(r"https?://[!-~]+")  # ends where Chinese text goes on without a space
_UNWRITABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")
_LONGEST = 20_000  # characters; far more than any encoder's positions hold


def clean(text: str) -> str:
    """The text as it is read: entities decoded (names that end in ";" only: "R&D&notes" has none), a link
    shortened to ``http`` (its random letters would cost a dozen tokens), control characters and lone
    surrogates removed."""
    text = _ENTITY.sub(_decoded, text[:_LONGEST])
    if "://" in text:
        text = _LINK.sub("http", text)
    return text if text.isprintable() else _UNWRITABLE.sub(" ", text)


def _decoded(match: re.Match[str]) -> str:
    written = match[0]
    return html.unescape(written) if written[1] == "#" or written[1:] in html.entities.html5 else written


def find(text: str, name: str) -> list[tuple[int, int]]:
    """Where a cleaned text has a cleaned `name`, in any case: as a word of its own, or if it
    never is, anywhere."""
    if not name.strip():
        return []
    name = name.strip()
    if _plainly_not(text, name):
        return []
    inside = re.escape(name)
    for pattern in (rf"(?<![A-Za-z0-9]){inside}(?![A-Za-z0-9])", inside):
        found = [match.span() for match in re.finditer(pattern, text, re.IGNORECASE)]
        if found:
            return found
    return []


def _plainly_not(text: str, name: str) -> bool:
    """Whether a look is enough to see that the text has no such name: to compile a pattern takes longer."""
    if name.isascii() and text.isascii():
        return name.lower() not in text.lower()
    return name.lower() == name.upper() and name not in text
