"""Everything personal in a view, found in one sweep from left to right.

What is certain (`certain`) comes first and bounds the rest: no word before it speaks for a number behind
it. Masks that the text has already bound it just so. Therefore a text in which the finds were replaced
by masks reads as before, and masking twice changes nothing.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator

from monitor.news.masking import certain, digits
from monitor.news.masking.certain import Find
from monitor.news.masking.digits import Run
from monitor.news.masking.rules import Case, Reading, is_passport, kind_of
from monitor.news.masking.words import Named, Words, read

KINDS = ("phone", "email", "id-card", "bank-card", "iban", "passport", "ip", "ssn")
"""What is masked, by the names that the masks have."""

_MASK = re.compile(rf"\[({'|'.join(KINDS)})\]")
_LINK = re.compile(r"https?://[!-~\0]*", re.IGNORECASE)
_RIGHT = re.compile(r"(?!x[0-9])[A-Za-z0-9_]|[_-][A-Za-z0-9]|\.[a-z0-9]|,[0-9]{3}(?![0-9])")
_EXTENSION = re.compile(r" ?(?:x|,? ?ext(?:\.|ension)?|转|分机) ?[0-9]{1,6}(?![A-Za-z0-9])", re.IGNORECASE)
_TOKEN = re.compile(r"[A-Za-z0-9]{1,12}+")
_PASSPORT_WORDS = ("passport", "travel document", "护照", "通行证")
_PASSPORT = re.compile(r"passport([A-Z]{0,3})\Z", re.IGNORECASE)
_GOES_ON = re.compile(r"[A-Za-z0-9]|:[0-9A-Fa-f:]")  # a longer token, or an IPv6 address
_TOKEN_LETTERS = 4  # of a token, before its first digit, that are looked at


def find(text: str, reading: Reading) -> list[Find]:
    """Kind and place of everything personal in a view, in order; masks are no finds."""
    masks = [(match[1], *match.span()) for match in _MASK.finditer(text)] if "[" in text else []
    text = _blanked(text, masks)
    addresses = list(certain.emails(text)) if "@" in text else []
    text = _blanked(text, addresses)
    rest = [*certain.ibans(text), *(certain.ipv6(text) if text.count(":") > 1 else ())]
    text = _blanked(text, sorted(rest, key=_start))
    claims = sorted([*masks, *addresses, *rest], key=_start)
    found = [*addresses, *rest, *_Sweep(text, reading, claims).found()]
    return sorted(found, key=_start)


def _start(find: Find) -> int:
    return find[1]


def _blanked(text: str, claims: list[Find]) -> str:
    """The text with NUL in the place of every claim; they are in order and apart from each other."""
    if not claims:
        return text
    pieces: list[str] = []
    position = 0
    for _, start, end in claims:
        pieces += [text[position:start], "\0" * (end - start)]
        position = end
    return "".join([*pieces, text[position:]])


class _Sweep:
    """Finds what is not certain in `text`, in which the claims are blanked."""

    def __init__(self, text: str, reading: Reading, claims: list[Find]) -> None:
        self.text = text
        self.reading = reading
        self.claims = claims
        self.claim_ends = [end for _, _, end in claims]
        self.links = [link.span() for link in _LINK.finditer(text)] if "://" in text else []
        self.link_starts = [start for start, _ in self.links]
        self.last: Find = ("", 0, 0)
        self.named: list[Named] | None = None

    def found(self) -> Iterator[Find]:
        """Kind and place of each, in order."""
        passports = any(word in self.text.lower() for word in _PASSPORT_WORDS)
        for run in digits.runs(self.text, shortest=1 if passports else digits.MIN_DIGITS):
            for first, (start, end) in enumerate(run.groups):
                if start < self.last[2]:
                    continue
                found = (self._passport(start, end) if passports else None) or self._number(run, first)
                if found:
                    self.last = found
                    yield found

    def _number(self, run: Run, first: int) -> Find | None:
        said: Words | None = None
        for part in run.parts(first, self.last[2]):
            if len(part.digits) < digits.MIN_DIGITS and not digits.octets(part):
                continue
            if _RIGHT.match(self.text, part.end) and "r" not in part.joined:
                continue
            said = said or self._words(run.groups[first][0])
            link = self.reading.address or self._in_link(part.start)
            case = Case(
                part, said.and_behind(self.text, part.end), self.reading, link, self._attached(part.start)
            )
            kind = kind_of(case)
            if kind == "phone":
                extension = _EXTENSION.match(self.text, part.end)
                return kind, part.start, extension.end() if extension else part.end
            if kind:
                return kind, part.start, part.end
        return None

    def _passport(self, start: int, end: int) -> Find | None:
        """The passport's number that the group of digits at [start, end) belongs to."""
        first = start
        while first and start - first < _TOKEN_LETTERS and _is_alnum(self.text[first - 1]):
            first -= 1
        word = _PASSPORT.search(self.text, max(start - 11, 0), start)
        if word:  # "passportE12345678"
            first = word.start(1)
        elif self._attached(first):
            return None
        token = _TOKEN.match(self.text, first)
        if token is None or token.end() < end or _GOES_ON.match(self.text, token.end()):
            return None
        said = self._words(first).and_behind(self.text, token.end())
        return ("passport", *token.span()) if is_passport(token[0], said, named=bool(word)) else None

    def _words(self, start: int) -> Words:
        """What is said before a place, the last find before it being the boundary."""
        last = self.last
        claim = bisect_right(self.claim_ends, start)
        if claim and self.claims[claim - 1][2] > last[2]:
            last = self.claims[claim - 1]
        if self.named is None:
            self.named = read(self.text)
        return Words.before_number(self.text, self.named, start, last[2], last[0].replace("-", "_"))

    def _in_link(self, start: int) -> bool:
        link = bisect_right(self.link_starts, start)
        return bool(link) and start < self.links[link - 1][1]

    def _attached(self, start: int) -> str:
        """What joins a number on its left: a "letter", a "mark" between it and a letter or digit, or ""."""
        near = self.text[max(start - 2, self.last[2]) : start]
        before, further = near[-1:], near[-2:-1]
        if _is_alnum(before) or before == "_":
            return "letter"
        return "mark" if before in tuple("./-,") and _is_alnum(further) else ""


def _is_alnum(char: str) -> bool:
    return char.isascii() and char.isalnum()
