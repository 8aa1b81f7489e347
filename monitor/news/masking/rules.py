"""What a part of a run of digits is: its form and check digits, and what is said around it.

A number with a check digit needs no word, unless a word says that it is something else. A number
without one (telephone, passport, social security, IPv4) needs a word or a form that says so. A figure is
never personal, whatever its form.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from monitor.news.masking import digits
from monitor.news.masking.digits import Part
from monitor.news.masking.words import Words

_PORT = re.compile(r":[0-9]{2,5}(?![0-9])|/[0-9]{1,2}(?![0-9])")
_SSN = re.compile(r"(?!000|666|9)[0-9]{3}(?!00)[0-9]{2}(?!0000)[0-9]{4}")
_PASSPORT = re.compile(r"(?=[A-Z]{0,3}[0-9])(?=(?:[A-Z]{0,9}[0-9]){5})[A-Z0-9]{6,10}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a text is. `address`: a link, in which a word counts only right before its number.
    `figures` False: figures are not to be expected (a name, a line of a log), so a Chinese mobile
    number needs no word. `lone_ip` False: an IP address needs the word right before it (a log is read for
    its addresses)."""

    address: bool = False
    figures: bool = True
    lone_ip: bool = True


@dataclass(frozen=True, slots=True)
class Case:
    """A part with what is around it. `link` says that it stands in one, `attached` that a letter or a
    digit joins it on its left."""

    part: Part
    said: Words
    reading: Reading
    link: bool
    attached: str

    def names(self, kind: str) -> bool:
        """Whether a word says that the part is of `kind`; right before it in a link or a longer token."""
        near = self.link or self.attached
        return self.said.directly(kind) if near else self.said.names(kind)


def kind_of(case: Case) -> str:
    """The kind of a part, "" where nothing says that it is personal."""
    part = case.part
    if case.said.is_figure():
        return ""
    if digits.is_id_card(part.digits) and part.separator is not None:
        free = not part.joined and case.attached != "letter"
        return "id-card" if free or case.said.directly("id_card") else ""
    if part.joined:
        return ""
    for kind, rule in _RULES.items():
        if rule(case):
            return kind
    return ""


def is_passport(token: str, said: Words, *, named: bool = False) -> bool:
    """Whether letters and digits are a passport's number: a word must say so, right before what is not in
    capitals. `named`: one is joined to it."""
    if not _PASSPORT.fullmatch(token) or said.is_figure():
        return False
    return named or (said.names("passport") if token.isupper() else said.directly("passport"))


def _is_ssn(case: Case) -> bool:
    part = case.part
    if part.groups == (9,):
        return case.said.directly("ssn")
    if part.groups != (3, 2, 4) or part.separator not in ("-", " "):
        return False
    form = part.separator == "-" and bool(_SSN.fullmatch(part.digits)) and not (case.link or case.attached)
    return case.names("ssn") or (form and not case.said.names_another())


def _is_ipv4(case: Case) -> bool:
    part = case.part
    octets = digits.octets(part)
    if not octets or case.said.names_another():  # a version, say
        return False
    if case.reading.lone_ip and (case.names("ip") or case.names("host")):
        return True
    if not case.reading.lone_ip or case.attached:
        return case.said.directly("ip")
    if case.said.before.endswith(("://", "@")):
        return not case.reading.address
    long = sum(size == 3 for size in part.groups) >= 2 or octets[:2] == [192, 168]
    return not case.link and (long or bool(_PORT.match(case.said.behind)))


def _is_bank_card(case: Case) -> bool:
    part = case.part
    if not digits.has_card_check(part.digits) or part.separator not in ("", " ", "-", "."):
        return False
    if case.names("bank_card"):
        return True
    certain = digits.is_of_scheme(part.digits) and digits.is_card_grouping(part.groups)
    return certain and not (case.link or case.attached or case.said.names_another())


def _is_phone(case: Case) -> bool:
    shorter = case.part.without_extension()
    return _is_phone_number(case, case.part) or (
        shorter is not None and len(shorter.digits) >= 10 and _is_phone_number(case, shorter)
    )


def _is_phone_number(case: Case, part: Part) -> bool:
    if not digits.is_phone_spelling(part):
        return False
    said = case.said
    if case.names("phone"):
        if "+" in part.opening or (part.digits.startswith("00") and said.directly("phone")):
            return True
        if said.directly("phone"):
            return digits.is_national_phone(part) or digits.is_local_phone(part)
        return digits.is_mobile(part.digits) or (len(part.groups) > 1 and digits.is_national_phone(part))
    if case.link or case.attached or said.names_another():
        return False
    if digits.is_phone_by_form(part):
        return True
    # "李女士 138..." is a person's number; "总经理138..." is a figure that has lost its words.
    named = said.directly("person") and not said.before[-1].isalpha()
    return (named or not case.reading.figures) and digits.is_mobile(part.digits)


def _is_old_id_card(case: Case) -> bool:
    return digits.is_old_id_card(case.part.digits) and case.names("id_card")


_RULES = {
    "ip": _is_ipv4,
    "ssn": _is_ssn,
    "id-card": _is_old_id_card,
    "bank-card": _is_bank_card,
    "phone": _is_phone,
}
