"""Runs, their parts, and what the parts' characters say."""

from __future__ import annotations

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import luhn
from stdnum.cn import ric

from monitor.news.masking import digits
from monitor.news.masking.digits import Part, runs


def parts(text: str) -> list[Part]:
    (run,) = runs(text, shortest=1)
    return list(run.parts(0, 0))


def whole(text: str) -> Part:
    return parts(text)[0]


def test_a_run_ends_where_another_thing_stands() -> None:
    text = "010-6234 5678, 1,381 and 2024年1月"
    found = [[text[start:end] for start, end in run.groups] for run in runs(text, shortest=1)]
    assert found == [["010", "6234", "5678"], ["1"], ["381"], ["2024"], ["1"]]


def test_the_longest_part_comes_first() -> None:
    assert [part.digits for part in parts("138 1234 5678 99")] == ["1381234567899", "13812345678", "1381234"]
    assert [part.groups for part in parts("1.2.3.4")] == [(1, 1, 1, 1)]
    assert not parts("12 34")


@pytest.mark.parametrize(
    ("text", "opening"),
    [("+86 138 1234 5678", "+"), ("(010) 62345678", "("), ("(+86)13812345678", "(+"), ("13) 6234567", ")")],
)
def test_what_opens_a_number_belongs_to_it(text: str, opening: str) -> None:
    part = whole(text)
    assert part.opening == opening
    assert text[part.start : part.end] == text.removeprefix("13) " if opening == "" else "")


def test_what_a_hyphen_joins_is_one_thing() -> None:
    (run,) = runs("12-13812345678 62345678")
    assert next(run.parts(1, 0)).joined == "l"
    assert next(run.parts(1, 2)).joined == "", "what stands before the boundary is another number"
    assert next(run.parts(2, 0)).joined == ""


@given(st.dates(min_value=__import__("datetime").date(1900, 1, 1)), st.integers(0, 999))
def test_an_identity_card_has_its_check_digit(born: object, order: int) -> None:
    if not f"{born}".startswith(("19", "20")):
        return
    body = f"110105{f'{born}'.replace('-', '')}{order:03}"
    right = ric.calc_check_digit(body + "0")
    assert [digit for digit in "0123456789X" if digits.is_id_card(body + digit)] == [right]


@pytest.mark.parametrize(
    "number",
    [
        "11010519491331002X",  # month 13
        "99010519491231002X",  # no such province
        "1101051949123100",  # too short
        "11010518991231002X",  # nobody's year
    ],
)
def test_what_is_no_identity_card(number: str) -> None:
    assert not digits.is_id_card(number)


def test_an_old_identity_card_has_a_date() -> None:
    assert digits.is_old_id_card("110105490307234")
    assert not digits.is_old_id_card("110105491307234")


@given(st.integers(10**11, 10**19 - 1).map(str))
def test_a_bank_card_has_its_check_digit(number: str) -> None:
    if digits.has_card_check(number):
        assert luhn.is_valid(number)


@pytest.mark.parametrize(
    ("number", "scheme"),
    [
        ("6222021203012345673", True),
        ("4111111111111111", True),
        ("5555555555554444", True),
        ("2223003122003222", True),
        ("378282246310005", True),
        ("3530111333300000", True),
        ("6011111111111117", True),
        ("8986000000000000000", False),
        ("1234567890123452", False),
        ("4111111111111", False),
    ],
)
def test_card_schemes(number: str, scheme: bool) -> None:
    assert digits.is_of_scheme(number) is scheme


@pytest.mark.parametrize(
    "text",
    [
        *("+86 138 1234 5678", "+1 (212) 736-5000", "+44 20 7946 0958", "138-1234-5678", "139 1234 5678"),
        *(
            "010-62345678",
            "(0755)82345678",
            "400-820-8820",
            "212-736-5000",
            "(415) 555-0132",
            "1-800-555-0199",
        ),
        *("86-10-66554433", "+971 4 123 4567"),
    ],
)
def test_forms_that_say_so(text: str) -> None:
    part = whole(text)
    assert digits.is_phone_spelling(part) and digits.is_phone_by_form(part)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "13812345678",
            "62345678",
            "2127365000",
            "138 12345678",
            "010 62345678",
            "123-45-6789",
            "2024-01-15",
        ),
        *("100-200-3000", "400-820-88201", "+1 234 567 890", "19.2024.01.15"),
    ],
)
def test_forms_that_do_not(text: str) -> None:
    assert not digits.is_phone_by_form(whole(text))


@pytest.mark.parametrize("text", ["2024-01-15", "15-01-2024", "2023-2024", "20240115", "01.15.2024"])
def test_a_date_is_no_telephone_number(text: str) -> None:
    assert not digits.is_local_phone(whole(text))


def test_every_country_is_called() -> None:
    """libphonenumber's own example of every region's plan, as it is written abroad."""
    for region in sorted(phonenumbers.SUPPORTED_REGIONS):
        number = phonenumbers.example_number(region)
        assert number is not None
        text = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
        if len(text) > 8:
            assert digits.is_phone_by_form(whole(text)), (region, text)


def test_an_extension_is_told_apart() -> None:
    shorter = whole("0512-66667777-8008").without_extension()
    assert shorter is not None and shorter.digits == "051266667777"
    assert whole("010-62345678").without_extension() is None
