"""References to characters and entities in a document, made into what every XML parser reads.

One reference that names no character (half of a surrogate pair, a number beyond Unicode) makes expat
refuse a document and feedparser's own parser raise: every item is lost to it. And where "&" stands for
itself, as in addresses ("?id=1&section=2") and names ("AT&T"), that parser adds a ";", or makes "§" of
"&sect". Beforehand, therefore:

    &#55357;&#56832;        the character that the pair of surrogates stands for
    &#xD83D;  &#x110000;    U+FFFD, as browsers have it (HTML, 13.2.5.80); a control character goes
    &nbsp;  &euro;          the character, where HTML knows the name and the document declares no other
    &section  &x;  R&D      "&" itself: only names that end in ";" are references
    &#8217 s                the character, if not one of ASCII: "&#7" may be the end of an address

In CDATA sections "&" is plain text, and only what names no character is touched. Linear in the length.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.entities import html5

_NUMBER = r"&#(?:[xX]0*({})|0*({}));"
_PAIR = re.compile(
    _NUMBER.format("[dD][89abAB][0-9a-fA-F]{2}", "5[56][0-9]{3}")
    + _NUMBER.format("[dD][c-fC-F][0-9a-fA-F]{2}", "5[67][0-9]{3}")
)
_REFERENCE = re.compile(
    r"&(?:#(?:[xX]0*(?P<hex>[0-9a-fA-F]+)|0*(?P<decimal>[0-9]+));?|(?P<name>[A-Za-z_][\w.-]{0,50});)?"
)
_DECLARED = re.compile(r"<!ENTITY\s+([A-Za-z_][\w.-]{0,50})\s")
_XML_NAMES = frozenset({"amp", "lt", "gt", "quot", "apos"})
_LONGEST = 8  # digits of a number that can be a character's


def mended(document: str) -> str:
    """A document's text, its references such as a parser reads them."""
    if "&" not in document:
        return document
    known = _XML_NAMES | set(_DECLARED.findall(document))

    def outside(match: re.Match[str]) -> str:
        number = match["hex"] or match["decimal"]
        if number:
            return _character(match[0], number, 16 if match["hex"] else 10)
        name = match["name"] or ""
        if name in known:
            return match[0]
        meant = html5.get(f"{name};")
        return "&amp;" + match[0][1:] if meant is None else meant.replace("&", "&amp;").replace("<", "&lt;")

    def inside(match: re.Match[str]) -> str:
        number = match["hex"] or match["decimal"]
        if not number or not match[0].endswith(";"):
            return match[0]
        return _character(match[0], number, 16 if match["hex"] else 10)

    return "".join(
        _REFERENCE.sub(inside if part.startswith("<![CDATA[") else outside, _PAIR.sub(_joined, part))
        for part in _parts(document)
    )


def _parts(document: str) -> Iterator[str]:
    """The document's CDATA sections, and what stands between them."""
    position = 0
    while (start := document.find("<![CDATA[", position)) >= 0:
        end = document.find("]]>", start)
        if end < 0:
            break
        yield document[position:start]
        yield document[start:end]
        position = end
    yield document[position:]


def _joined(match: re.Match[str]) -> str:
    """The character of a pair of surrogates; what is none stays."""
    high = int(match[1], 16) if match[1] else int(match[2])
    low = int(match[3], 16) if match[3] else int(match[4])
    if not (0xD800 <= high <= 0xDBFF and 0xDC00 <= low <= 0xDFFF):
        return match[0]
    return chr(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))


def _character(written: str, digits: str, base: int) -> str:
    """A numeric reference as a parser reads it, or what stands for one that XML has no character for."""
    point = int(digits, base) if len(digits) <= _LONGEST else 0x110000
    known = point in (0x9, 0xA, 0xD) or 0x20 <= point <= 0xD7FF or 0xE000 <= point <= 0xFFFD
    known = known or 0x10000 <= point <= 0x10FFFF
    if not written.endswith(";"):  # a forgotten one, or the "&" and "#" of an address
        return f"{written};" if known and point >= 0x80 else "&amp;" + written[1:]
    return written if known else "" if 0 < point < 0x20 else "\ufffd"
