from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.desk import passwords
from monitor.errors import UserError


@pytest.mark.parametrize(
    "password",
    [
        "password123",
        "Password123!",
        "P@ssw0rd2026",
        "1234567890",
        "0987654321",
        "qwertyuiop",
        "1qaz2wsx3edc",
        "aaaaaaaaaaaa",
        "abcabcabcabc",
        "abcdefghijkl",
        "iloveyou2026",
        "Summer2026!",
        "5201314520",
        "20260302123",
        "administrator",
        "letmein12345",
        "changeme123",
    ],
)
def test_what_guessers_try_first_is_refused(password: str) -> None:
    with pytest.raises(UserError, match="guessers try"):
        passwords.check(password, "ann")


@pytest.mark.parametrize(
    ("password", "name"),
    [
        ("annabelle-annabelle", "Annabelle"),
        ("Annabelle202!", "annabelle"),
        ("lin.wei.lin.wei", "Lin Wei"),
        ("李小龙李小龙李小龙1", "李小龙"),
        ("NewsMonitor!!", "ann"),
        ("monitor-monitor", "ann"),
        ("新闻舆情监测新闻舆情监测", "ann"),
        ("annabelle-monitor1", "annabelle"),
    ],
)
def test_the_user_s_name_and_the_product_s_are_no_password(password: str, name: str) -> None:
    with pytest.raises(UserError, match=r"guessers try|your name or the monitor's"):
        passwords.check(password, name)


@pytest.mark.parametrize(
    "password",
    [
        "correct horse",
        "a long enough password",
        "tr0ub4dor&3-quilt",
        "早上九点的面包店门口",
        "kiosk otter veranda",
        "\ud800 and ten more",
        "x7#Lq9!vR2",
        " leading and trailing ",
        "annabelle rides a mule",
    ],
)
def test_no_kind_of_character_is_asked_for(password: str) -> None:
    passwords.check(password, "annabelle")


@pytest.mark.parametrize(("length", "word"), [(0, "at least 10"), (9, "at least 10"), (1025, "at most 1024")])
def test_too_short_and_too_long_are_refused_with_the_bound(length: int, word: str) -> None:
    with pytest.raises(UserError, match=f"{length} characters; use {word}"):
        passwords.check("x" * length, "ann")


@given(st.text(max_size=60), st.text(max_size=20))
def test_any_text_is_taken_or_refused(password: str, name: str) -> None:
    try:
        passwords.check(password, name)
    except UserError as error:
        assert error.public == str(error), "it says why, and repeats nothing"
    else:
        assert len(password) >= passwords.MIN_PASSWORD
