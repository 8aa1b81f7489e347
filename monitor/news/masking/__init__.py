"""Personal data in a text, replaced by what it is: ``[phone]``, ``[email]``, ``[id-card]`` ...

Enters: what people wrote. Leaves: the same without their numbers. Pure.

    mask("致电13812345678")        "致电[phone]"

It masks Chinese identity cards, telephone numbers, bank cards, e-mail addresses, IBANs, passports, IP
addresses and American social security numbers, in Chinese and English. `view` spells the text one way,
`certain` finds what a form or a check digit makes certain, `digits` and `words` say what a number looks
like and what is said around it, `rules` decides, `finding` sweeps. The check digits are python-stdnum's,
the telephone plans those of phonenumbers (Google's libphonenumber).

A mask is a kind in brackets, in ASCII and lower case. Both languages can read it and search for it; no
tokenizer takes it for a special token, as it would ``[MASK]`` or ``<mask>``; no HTML parser takes it for
a tag; and it has no digit and no "@" in which anything could be found again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from monitor.messages import Message
from monitor.news.masking.finding import KINDS, find
from monitor.news.masking.rules import Reading
from monitor.news.masking.view import View

__all__ = [
    "KINDS",
    "finds",
    "holds_mask",
    "mask",
    "mask_address",
    "mask_line",
    "mask_name",
    "mask_together",
]

# A digit or an "@", however it is spelt; without one there is nothing to find.
_WORTH_A_LOOK = re.compile(r"[\d@＠﹫²³¹⁰-₉①-⓿㉈-㊿]|&commat;|[\[(（【{] ?at ?[\])）】}]", re.IGNORECASE)
_HOLDS = re.compile(rf"(?:\[|%5B)(?:{'|'.join(KINDS)})(?:\]|%5D)", re.IGNORECASE)
_HOST = re.compile(r"[a-z][a-z0-9+.-]*://[^/?#]*", re.IGNORECASE)
_ARTICLE = Reading()
_NAME = Reading(figures=False)
_LINE = Reading(figures=False, lone_ip=False)
_ADDRESS = Reading(address=True)


def finds(text: str) -> list[tuple[str, int, int]]:
    """Kind, start and end of everything personal in an article's text, in order."""
    return _finds(text, _ARTICLE)


def mask(text: str) -> str:
    """An article's text without what is personal in it. Masking twice changes nothing."""
    return _masked(text, _finds(text, _ARTICLE))


def mask_together(texts: Sequence[str], lengths: Sequence[int]) -> list[str]:
    """Several texts that are read one after the other, so that a word in one says what the number in the
    next is; of each only what its first characters, `lengths` of them, become.

    A number that stands across that end is masked whole.
    """
    joined = "\n".join(texts)
    found = _finds(joined, _ARTICLE)
    masked = []
    start = 0
    for text, length in zip(texts, lengths, strict=True):
        end = start + len(text)
        own = [(kind, a - start, b - start) for kind, a, b in found if start <= a < min(start + length, end)]
        masked.append(_masked(text, own, length))
        start = end + 1
    return masked


def mask_name(text: str) -> str:
    """An author's name or an item's id without what is personal in it beside the name. No figure can be
    meant there, so a Chinese mobile number needs no word."""
    return _masked(text, _finds(text, _NAME))


def mask_line(text: str) -> str:
    """A line for people who run the monitor (a log line, an error, a warning), as `mask_name`; a
    `Message` stays one, with its values masked. An IP address stays unless a word calls it one: to know
    who connected is what such a line is for.
    """
    if isinstance(text, Message):
        return Message(text.key, **{name: _masked_value(value) for name, value in text.values.items()})
    return _masked(text, _finds(text, _LINE))


def mask_address(url: str) -> str:
    """A URL without what is personal in its path, query and fragment, and without user information. It
    stays a valid URL, so the mask's brackets are percent-encoded; the host stays as it is."""
    host = _HOST.match(url)
    if host is None:
        return _masked(url, _finds(url, _ADDRESS))
    scheme, _, place = host[0].partition("://")
    rest = url[host.end() :]
    return f"{scheme}://{place.rpartition('@')[2]}{_masked(rest, _finds(rest, _ADDRESS), form=_quoted)}"


def holds_mask(text: str) -> bool:
    """Whether something was masked in a text, or an address."""
    return bool(_HOLDS.search(text))


def _masked_value(value: Any) -> Any:
    if isinstance(value, str):
        return mask_line(value)
    if isinstance(value, Mapping):
        return {name: _masked_value(one) for name, one in value.items()}
    listed = isinstance(value, Sequence) and not isinstance(value, bytes)
    return [_masked_value(one) for one in value] if listed else value


def _finds(text: str, reading: Reading) -> list[tuple[str, int, int]]:
    if not _WORTH_A_LOOK.search(text):
        return []
    view = View.of(text, address=reading.address)
    return [(kind, *view.span(start, end)) for kind, start, end in find(view.text, reading)]


def _quoted(kind: str) -> str:
    return quote(f"[{kind}]")


def _masked(
    text: str,
    found: Sequence[tuple[str, int, int]],
    length: int | None = None,
    form: Callable[[str], str] = "[{}]".format,
) -> str:
    if not found:
        return text[:length]
    pieces: list[str] = []
    position = 0
    for kind, start, end in found:
        pieces += [text[position:start], form(kind)]
        position = end
    pieces.append(text[position:length] if length is None or position < length else "")
    return "".join(pieces)
