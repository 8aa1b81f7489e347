"""Runs of digits, and what their parts are by their form and check digits.

A run is groups of digits with a blank, a dot, a hyphen or a bracket between them ("010-6234 5678"). A
`Part` is some of its groups, which may be one number. What is asked of a part here is answered from its
characters alone; what is said around it is the business of `words`, and both meet in `rules`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import accumulate, pairwise

import phonenumbers
from stdnum import luhn
from stdnum.cn import ric

MAX_GROUPS = 8
"""Groups that one number is written in, at most."""
MIN_DIGITS = 7
MAX_DIGITS = 19
MAX_SINGLE = 2
"""Groups of a single digit in it, at most."""

_RUN = re.compile(r"[0-9]++(?:[Xx](?![A-Za-z0-9]))?+(?:[ ().-]{1,3}+[0-9]++(?:[Xx](?![A-Za-z0-9]))?+)*+")
_GROUP = re.compile(r"[0-9]++[Xx]?")
_TIGHT = frozenset(("-", ".", "--", ".."))


@dataclass(frozen=True, slots=True)
class Part:
    """Groups of a run that may be one number, at [start, end) of the view.

    `digits` are all in one, `groups` the length of each, `between` what separates them; `opening` is
    what stands before the first digit and belongs to it: "+", "(" or "(+". `joined` says that a hyphen
    or a dot joins it to more digits on its left or right.
    """

    start: int
    end: int
    digits: str
    groups: tuple[int, ...]
    between: tuple[str, ...]
    opening: str
    joined: str

    @property
    def separator(self) -> str | None:
        """What separates all groups: "" for one group, None where it differs."""
        kinds = set(self.between)
        return kinds.pop() if len(kinds) == 1 else None if kinds else ""

    def without_extension(self) -> Part | None:
        """The same without an extension (1 to 5 digits behind a hyphen) in its digits; None without one."""
        if not self.between or self.between[-1] != "-" or self.groups[-1] > 5:
            return None
        shorter = self.digits[: -self.groups[-1]]
        return replace(self, digits=shorter, groups=self.groups[:-1], between=self.between[:-1])


class Run:
    """A run of digits in `text`, by its groups' places."""

    def __init__(self, text: str, groups: Sequence[tuple[int, int]]) -> None:
        self.text = text
        self.groups = groups

    def parts(self, first: int, boundary: int) -> Iterator[Part]:
        """The parts that begin with group number `first`, the longest first. What stands before `boundary`
        is another number."""
        lengths = [end - start for start, end in self.groups[first : first + MAX_GROUPS]]
        for count in range(len(lengths), 0, -1):
            if MIN_DIGITS <= sum(lengths[:count]) <= MAX_DIGITS and lengths[:count].count(1) <= MAX_SINGLE:
                yield self._part(first, count, boundary)
            elif count == 4 and max(lengths[:count]) <= 3:
                yield self._part(first, count, boundary)  # an IPv4 address may be as short as 1.2.3.4

    def _part(self, first: int, count: int, boundary: int) -> Part:
        spans = self.groups[first : first + count]
        start, end = spans[0][0], spans[-1][1]
        between = tuple(self.text[a[1] : b[0]] for a, b in pairwise(spans))
        opening = ""
        if start > boundary and self.text[start - 1] == "+":
            opening = "+"
        if ")" in "".join(between) and "(" not in "".join(between):
            bracket = start - len(opening) - 1
            opening = "(" + opening if bracket >= boundary and self.text[bracket] == "(" else ")"
        before = self.groups[first - 1][1] if first else 0
        left = self.text[before:start] if first and before > boundary else ""
        last = first + count
        right = self.text[end : self.groups[last][0]] if last < len(self.groups) else ""
        return Part(
            start - len(opening.strip(")")),
            end,
            "".join(self.text[a:b] for a, b in spans).upper(),
            tuple(b - a for a, b in spans),
            between,
            opening,
            ("l" if left in _TIGHT else "") + ("r" if right in _TIGHT else ""),
        )


def runs(text: str, shortest: int = MIN_DIGITS) -> Iterator[Run]:
    """Every run of digits in a view of at least `shortest` characters, in order."""
    for match in _RUN.finditer(text):
        start, end = match.span()
        if end - start >= shortest:
            yield Run(text, [group.span() for group in _GROUP.finditer(text, start, end)])


def octets(part: Part) -> list[int]:
    """The numbers of an IPv4 address (four up to 255); [] where a part is none, or a machine's own."""
    if len(part.groups) != 4 or part.separator != "." or not part.digits.isdigit():
        return []
    found = [
        int(part.digits[end - size : end])
        for end, size in zip(accumulate(part.groups), part.groups, strict=True)
    ]
    return found if max(found) <= 255 and found[0] not in (0, 127) else []


# --- Chinese identity card: GB 11643 ---------------------------------------------------------

_PROVINCES = re.compile(r"1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]")


def is_id_card(digits: str) -> bool:
    """Whether 18 digits are an identity card's: province, date of birth and check digit.

    The county is not looked up: lists of codes that were ever in use are never complete.
    """
    if len(digits) != 18 or not digits[:17].isdigit() or not _PROVINCES.match(digits):
        return False
    return _is_date(digits[6:14]) and ric.calc_check_digit(digits) == digits[17]


def is_old_id_card(digits: str) -> bool:
    """Whether 15 digits may be an identity card's of before 1999: province and date of birth."""
    return (
        len(digits) == 15
        and digits.isdigit()
        and bool(_PROVINCES.match(digits))
        and _is_date("19" + digits[6:12])
    )


def _is_date(text: str) -> bool:
    try:
        date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return False
    return text.startswith(("19", "20"))


# --- bank card: ISO/IEC 7812 ---------------------------------------------------------------------

# Issuers whose cards are told by their first digits and their length.
_SCHEMES = re.compile(
    r"62[0-9]{14,17}|9558[0-9]{15}|4[0-9]{15}|5[1-5][0-9]{14}"
    r"|2(?:22[1-9]|2[3-9][0-9]|[3-6][0-9]{2}|7[01][0-9]|720)[0-9]{12}"
    r"|3[47][0-9]{13}|35(?:2[89]|[3-8][0-9])[0-9]{12}|(?:6011|65[0-9]{2}|64[4-9][0-9])[0-9]{12}"
)


def has_card_check(digits: str) -> bool:
    """Whether digits have the length, a first digit and the check digit (Luhn) of a bank card."""
    if not 12 <= len(digits) <= 19 or not digits.isdigit() or len(set(digits)) == 1:
        return False
    return digits.startswith(("2", "3", "4", "5", "6", "9", "1800")) and luhn.is_valid(digits)


def is_of_scheme(digits: str) -> bool:
    """Whether the first digits and the length are those of a card scheme (UnionPay, Visa, ...)."""
    return bool(_SCHEMES.fullmatch(digits))


def is_card_grouping(groups: tuple[int, ...]) -> bool:
    """Whether cards are written in such groups: in one, in fours, or as American Express does."""
    if len(groups) == 1 or groups in ((4, 6, 5), (4, 6, 4), (6, 13), (6, 10)):
        return True
    return all(size == 4 for size in groups[:-1]) and 1 <= groups[-1] <= 4 and len(groups) >= 4


# --- telephone -------------------------------------------------------------------------------------

_MOBILE = re.compile(r"(?:0?0?86)?(1[3-9][0-9]{9})")
_NANP = re.compile(r"1?[2-9][0-9]{2}[2-9][0-9]{6}")
_CHINESE = re.compile(r"0[1-9][0-9]{8,10}|[48]00[0-9]{7}")
_FREE = re.compile(r"1[38]00[0-9]{6}")
_YEARS = re.compile(r"(?:19|20)[0-9]{2}(?:19|20)[0-9]{2}")
_TIME = re.compile(r"(?:19|20)[0-9]{2}4[12][12][0-9]*")  # a year, and the lengths of groups: 2026-3-02 09
_GROUPED_NANP = frozenset(((3, 3, 4), (1, 3, 3, 4), (3, 7), (1, 10)))
_BETWEEN = frozenset((" ", "-", ".", ")", ") ", " (", "(", ")-", " - ", "-("))


def is_phone_spelling(part: Part) -> bool:
    """Whether a number is written as telephone numbers are."""
    return (
        MIN_DIGITS <= len(part.digits) <= 15
        and part.digits.isdigit()
        and part.opening != ")"
        and not _TIME.fullmatch(part.digits[:4] + "".join(map(str, part.groups)))
        and _BETWEEN.issuperset(part.between)
    )


def is_mobile(digits: str) -> bool:
    """Whether digits are a Chinese mobile number, with or without 86."""
    return bool(_MOBILE.fullmatch(digits))


def is_valid_phone(digits: str, region: str | None) -> bool:
    """Whether the number exists in the plan of `region` (ISO 3166; None: digits begin with a country's
    code), by libphonenumber's metadata."""
    try:
        number = phonenumbers.parse(digits if region else f"+{digits}", region)
    except phonenumbers.NumberParseException:
        return False
    return phonenumbers.is_valid_number(number)


def is_phone_by_form(part: Part) -> bool:
    """Whether a number is a telephone number by the way it is written: with "+" and a country's code,
    a Chinese mobile number in 3-4-4, an area code in brackets or before a hyphen."""
    digits, groups, separator = part.digits, part.groups, part.separator
    if "+" in part.opening:
        return is_international_phone(part)
    if groups == (3, 4, 4):
        return separator in ("-", " ", ".") and is_mobile(digits)
    if _CHINESE.fullmatch(digits):
        area = separator == "-" and groups[0] in (3, 4) and len(groups) in (2, 3)
        return (area or (part.opening == "(" and groups[0] > 2)) and is_valid_phone(digits, "CN")
    if _NANP.fullmatch(digits):
        if groups == (3, 3, 4) and part.opening == "(":
            return True
        if separator == "-" and groups == (1, 3, 3, 4):
            return True
        return separator == "-" and groups == (3, 3, 4) and is_valid_phone(digits, "US")
    return separator == "-" and groups[0] == 2 and digits.startswith("86") and is_valid_phone(digits, None)


def is_international_phone(part: Part) -> bool:
    """Whether digits that begin with a country's code are a number there, or one as long, with the code
    in a group of its own."""
    try:
        number = phonenumbers.parse(f"+{part.digits}")
    except phonenumbers.NumberParseException:
        return False
    apart = len(part.groups) > 2 and len(str(number.country_code)) == part.groups[0]
    return phonenumbers.is_valid_number(number) or (
        phonenumbers.is_possible_number(number) and (apart or number.country_code == 1)
    )


def is_national_phone(part: Part) -> bool:
    """Whether a number may be called in China or North America, or is written with "0", "00" or "(" for
    the area or country, or as a free number is in Australia."""
    digits = part.digits
    if is_mobile(digits) or _FREE.fullmatch(digits):
        return True
    if _NANP.fullmatch(digits) and (len(part.groups) == 1 or part.groups in _GROUPED_NANP):
        return True
    if _CHINESE.fullmatch(digits) and is_valid_phone(digits, "CN"):
        return True
    if digits.startswith(("00", "86")) or part.opening == "(":
        return is_valid_phone(digits.removeprefix("00"), None)
    return digits[0] == "0" and 9 <= len(digits) <= 12


def is_local_phone(part: Part) -> bool:
    """Whether a number may be one within an area, or of a country that is not known: seven digits and
    more, in one group or in groups, and no date."""
    digits, groups = part.digits, part.groups
    if _is_any_date(digits) or ("." in part.between and part.separator != "."):
        return False
    if len(groups) == 1:
        return 7 <= len(digits) <= 9 and digits[0] in "23456789"
    return len(digits) <= 12 and len(groups) <= 5


def _is_any_date(digits: str) -> bool:
    """Whether eight digits are a date, written from either end, or two years."""
    if len(digits) != 8:
        return False
    forms = (digits, digits[4:] + digits[2:4] + digits[:2], digits[4:] + digits[:4])
    return bool(_YEARS.fullmatch(digits)) or any(map(_is_date, forms))
