"""Numbers that a form or a check digit makes certain, whatever stands around them: e-mail addresses,
IBANs and IPv6 addresses.

Every finder goes over the view once and looks from each candidate no further than it must, so that a
text of any length and any content costs time in proportion to its length.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from functools import cache

from stdnum import iban, numdb
from stdnum.exceptions import ValidationError

Find = tuple[str, int, int]
"""Kind, start and end in a view."""

_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_DOMAIN = re.compile(rf"(?:{_LABEL}\.){{1,8}}(?:xn--[A-Za-z0-9-]{{2,59}}|[A-Za-z]{{2,63}})(?![A-Za-z0-9])")
_HAN_DOMAIN = re.compile(
    r"(?:[\w-]{1,63}\.){1,8}(?:中国|中國|公司|网络|網絡|香港|台湾|台灣|新加坡|集团|政务|公益|商城|商店|网店|网址|中信|手机|在线)"
)
_NEXT_SENTENCE = re.compile(r"(?<=[a-z])\.(?=[A-Z][a-z])")  # "... bob@example.com.Please ..."
_LOCAL = frozenset("._%+-~")
_LEADS_IN = frozenset("到至是为箱址系给叫")
_HAN_NAME = 4  # characters of a Chinese name before "@"; what stands before it is the sentence

_IBAN = re.compile(r"(?<![A-Za-z0-9])(?:IBAN|iban)?([A-Za-z]{2}[0-9]{2})(?=[ .-]?[A-Za-z0-9])")
_ALNUM = re.compile(r"[A-Za-z0-9]")
_IBAN_REST = re.compile(r"(?:[ .-]?[A-Za-z0-9]){11,30}")
_IPV6 = re.compile(
    r"(?<![0-9A-Za-z:.])(?=[0-9A-Fa-f:]{3})[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}"
    r"(?:(?<=:)[0-9]{1,3}(?:\.[0-9]{1,3}){3})?(?![0-9A-Za-z:])"
)


def emails(text: str) -> Iterator[Find]:
    """Addresses as RFC 5321 has them, quoted local parts and bare host names apart; Chinese ones too."""
    at = text.find("@")
    end = 0
    while at >= 0:
        domain = _DOMAIN.match(text, at + 1) or _HAN_DOMAIN.match(text, at + 1)
        start = _local(text, at, end) if domain else at
        if domain and start < at:
            sentence = _NEXT_SENTENCE.search(text, at + 1, domain.end())
            end = sentence.start() if sentence and "." in text[at : sentence.start()] else domain.end()
            yield "email", start, end
        at = text.find("@", at + 1)


def _local(text: str, at: int, first: int) -> int:
    """Where the local part of an address begins that ends before `at`, not before `first`; `at` where there
    is none."""
    start = at
    while start > first and (
        text[start - 1] in _LOCAL or (text[start - 1].isalnum() and not _is_wide(text[start - 1]))
    ):
        start -= 1
    if start == at:
        while (
            start > first
            and at - start < _HAN_NAME
            and text[start - 1].isalpha()
            and _is_wide(text[start - 1])
        ):
            start -= 1
        leads = [place for place in range(start, at) if text[place] in _LEADS_IN]
        start = leads[-1] + 1 if leads else start
    while start < at and text[start] in ".-%+~":
        start += 1
    return start


def _is_wide(char: str) -> bool:
    """Whether a character is of a script that has no spaces: Chinese, Japanese, Korean."""
    return char >= "\u2e80"


def ibans(text: str) -> Iterator[Find]:
    """Account numbers by ISO 13616: length and structure of their country, and the check digits."""
    for match in _IBAN.finditer(text):
        rest = _IBAN_REST.match(text, match.end())
        length = _length(match[1][:2].upper())
        if rest is None or not length:
            continue
        number = match[1]
        end = match.end()
        while len(number) < length and end < rest.end():
            if _ALNUM.match(text, end):
                number += text[end]
            end += 1
        if len(number) == length and not _ALNUM.match(text, end) and _checks(number):
            yield "iban", match.start(1), end


def _checks(number: str) -> bool:
    try:
        # Countries' own check digits inside are not asked for: banks do not keep to all of them.
        iban.validate(number, check_country=False)
    except ValidationError:
        return False
    return True


@cache
def _length(country: str) -> int:
    """How many characters an IBAN of a country has; 0 where it has none."""
    _, found = numdb.get("iban").info(country)[0]
    parts = re.findall(r"(\d+)!", str(found.get("bban", "")))
    return 4 + sum(map(int, parts)) if parts else 0


def ipv6(text: str) -> Iterator[Find]:
    """Addresses by RFC 4291 that are too long to be a time, a ratio or a name in a program."""
    for match in _IPV6.finditer(text):
        start, end = match.span()
        if text[end - 1] == ":" != text[end - 2]:  # of the sentence
            end -= 1
        groups = [group for group in text[start:end].split(":") if group]
        if len(groups) < 3 or sum(map(len, groups)) < 8 or max(map(len, groups)) < 3:
            continue
        try:
            ipaddress.IPv6Address(text[start:end])
        except ValueError:
            continue
        yield "ip", start, end
