"""No secret is told, in whatever spelling and place, and no text makes the search slow."""

from __future__ import annotations

import base64
import html
import json
import re
import secrets
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.logs import redaction
from monitor.logs.redaction import HIDDEN, MOST_ITEMS, Redact, named_like_a_secret, spellings

SECRET = 'p@ss "wörd"/密码\n+ 7&'


@pytest.mark.parametrize(
    "written",
    [
        SECRET,
        quote(SECRET, safe=""),
        quote(SECRET),
        quote_plus(SECRET),
        html.escape(SECRET),
        json.dumps(SECRET),
        json.dumps(SECRET, ensure_ascii=False),
        repr(SECRET),
        repr(SECRET.encode()),
        base64.b64encode(SECRET.encode()).decode(),
        SECRET.splitlines()[0],
    ],
)
def test_a_known_secret_is_hidden_in_every_spelling(written: str) -> None:
    shown = Redact([SECRET]).text(f"before {written} after")
    assert shown.startswith("before ") and shown.endswith(" after") and HIDDEN in shown
    assert not any(one in shown for one in spellings(SECRET))


WORD = st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=4)


@given(WORD, st.text(" .:/{}甲\n\"'"))
def test_a_known_secret_never_appears(secret: str, around: str) -> None:
    assert Redact([secret]).text(f"{around}{secret}{around}{secret}") == f"{around}***{around}***"


@given(st.lists(st.text(min_size=4), max_size=4), st.text(max_size=50))
def test_no_secret_of_any_characters_appears(known: list[str], around: str) -> None:
    shown = Redact(known).text(around + around.join(known))
    assert not any(one in shown for one in known if one not in HIDDEN)


def test_a_short_value_hides_nothing() -> None:
    assert Redact(["", "a", "abc"]).text("abc abcd") == "abc abcd"


@pytest.mark.parametrize(
    "text",
    [
        "postgresql://desk:{}@db/monitor",
        "https://{}@feed.example/rss",
        "https://ann:p@{}@feed.example/rss",
        "https://feed.example/rss?lang=en&token={}",
        "https://feed.example/rss?API_KEY={}#top",
        "https://feed.example/?key={}&x=1",
        "Authorization: Bearer {}",
        "authorization: Basic {}, and more",
        "Cookie: monitor_session={}; monitor_language=en",
        "(b'Authorization', b'Bearer {}')",
        "[(b'Set-Cookie', b'monitor_session={}; Path=/'), (b'Date', b'x')]",
        '{{"authorization": "Bearer {}"}}',
        "{{'password': '{}'}}",
        '{{"api_key":"{}"}}',
        "password={}",
        "client_secret: {}",
        "X-Api-Key: {}",
        "used bearer {} for it",
        "http://127.0.0.1:8080/setup/{}",
        "webhook secret whsec_{}",
        "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----",
        "-----BEGIN EC PRIVATE KEY-----\n{}",
    ],
)
def test_a_secret_is_known_by_its_place(text: str) -> None:
    shown = Redact().text(text.format("tr0ub4dor-Zx9"))
    assert "tr0ub4dor" not in shown and HIDDEN in shown


@pytest.mark.parametrize(
    "text", ["token {}", "session {} is over", "({})", '"{}"', "GET /x/{}/y", "$argon2id$v=19$m=19456,t=2{}"]
)
def test_what_this_program_makes_is_known_by_its_form(text: str) -> None:
    secret = secrets.token_urlsafe(32) if "argon" not in text else ",p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNo"
    assert secret not in Redact().text(text.format(secret))


@pytest.mark.parametrize(
    "text",
    [
        "https://feed.example/a:b/rss?lang=en&page=2",
        "secret: missing; kind 'webhook' needs it",
        "the token: expected text, found a list",
        "262,144 tokens in a batch; batch_tokens=262144"[:24],
        "a basic understanding of bearer bonds",
        "no password, no cookie",
        "sha256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "apple-shares-fall-after-weak-guidance-for-q4",
        "ann@example.org wrote to /srv/monitor/data",
        "净利润同比下降 12.5%：公司公告",
        "",
    ],
)
def test_harmless_texts_are_left_alone(text: str) -> None:
    assert Redact(["hunter22"]).text(text) == text


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("password", "x", HIDDEN),
        ("api_key", ["x"], HIDDEN),
        ("tokens", 512, 512),
        ("token", None, None),
        ("token", "", ""),
        ("headers", {"Authorization": "Bearer x", "n": 1}, {"Authorization": HIDDEN, "n": 1}),
        ("options", [{"secret": "x"}, ("hunter22",)], [{"secret": HIDDEN}, [HIDDEN]]),
        ("keys", {"hunter22": 1}, {HIDDEN: 1}),
        ("deep", [[[[[[[["hunter22"]]]]]]]], [[[[[[f"[['{HIDDEN}']]"]]]]]]),
        ("n", float("nan"), None),
    ],
)
def test_nested_values(name: str, value: Any, shown: Any) -> None:
    found = Redact(["hunter22"]).value(name, value)
    assert found == shown or found != found


def test_values_that_cannot_be_shown_and_values_without_end() -> None:
    class Broken:
        def __str__(self) -> str:
            raise RuntimeError("no")

    endless: list[Any] = []
    endless.append(endless)
    assert Redact().value("x", Broken()) == "<Broken that cannot be shown: RuntimeError>"
    assert "[...]" in str(Redact().value("x", endless))
    assert len(Redact().value("x", list(range(1000)))) == MOST_ITEMS + 1
    assert Redact().value("x", {str(n): n for n in range(1000)})["more"] == 1000 - MOST_ITEMS


@pytest.mark.parametrize(
    "piece",
    [
        "a-",
        "a.",
        "://",
        "://a@",
        "token",
        "token=",
        "token: ",
        "'",
        "bearer ",
        "basic a",
        "Aa0",
        "x-api-key ",
        "&",
        "=",
        "-----BEGIN PRIVATE KEY-----",
        "cookie:",
        "(b'",
        "/setup/",
    ],
)
def test_no_text_makes_the_search_slow(piece: str) -> None:
    """A pattern that reads such a text more than a few times takes minutes, which the suite's limit ends."""
    patterns = [value for value in vars(redaction).values() if isinstance(value, re.Pattern)]
    assert len(patterns) >= 9
    for pattern in patterns:
        pattern.sub("", (piece * 50_000)[:100_000])


@pytest.mark.parametrize(
    "name", ["password", "API_KEY", "client-secret", "accessToken", "authorization", "cookie"]
)
def test_names_of_secrets(name: str) -> None:
    assert named_like_a_secret(name)
    assert not named_like_a_secret("title")
