"""Where the names of companies stand in what the reader sees. Pure.

A mention has its place in an article's `content`, which is not the text that the reader is shown: that
one is as the source wrote it. So the names are looked for again, in a title or a text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from monitor.records import Mention


def spans(text: str, mentions: Iterable[Mention]) -> tuple[tuple[int, int], ...]:
    """The places [start, end) of the aliases of `mentions` in `text`, in code points, in reading order.

    Where aliases overlap, the longest counts; case does not.
    """
    aliases = sorted({mention.alias for mention in mentions if mention.alias.strip()}, key=len, reverse=True)
    if not aliases:
        return ()
    pattern = re.compile("|".join(_whole(alias) for alias in aliases), re.IGNORECASE)
    return tuple(found.span() for found in pattern.finditer(text))


def _whole(alias: str) -> str:
    """A pattern for `alias` that does not match inside a longer Latin word."""
    before = r"(?<![A-Za-z0-9])" if alias[0].isascii() and alias[0].isalnum() else ""
    after = r"(?![A-Za-z0-9])" if alias[-1].isascii() and alias[-1].isalnum() else ""
    return f"{before}{re.escape(alias)}{after}"
