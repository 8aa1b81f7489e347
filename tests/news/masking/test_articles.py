"""Personal data in an item: in no field of its article, and in nothing its keys are made of."""

from __future__ import annotations

import html
import re
import unicodedata
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.news.identity import exact_key, keys
from monitor.news.normalize import (
    MAX_MARKUP,
    MAX_TEXT,
    MAX_TITLE,
    article,
    content,
    content_hash,
    masked_item,
)
from monitor.records import Article, Item

DAY = datetime(2026, 1, 2, tzinfo=UTC)
SPELT = [
    "13812345678",
    "138-1234-5678",
    "138 1234 5678",
    "138.1234.5678",
    "１３８１２３４５６７８",
    "138\u200b1234\u200b5678",
    "<b>138</b>1234<i>5678</i>",
    "&#49;&#51;&#56;12345678",
    "&amp;#49;&amp;#51;&amp;#56;12345678",
    "138&nbsp;1234&nbsp;5678",
    "+86 138 1234 5678",
]

PERSONAL = Item(
    title="投诉电话",
    text="<p>138<b>1234</b>5678，或 &#97;nn@example.com</p><p>身份证11010519491231002X</p>",
    url="https://ann:pw@a.example/u?mail=bob%40b.example&tel=13912345678#x",
    guid="carol@c.example",
    author="李雷 13712345678",
)
NUMBERS = ("13812345678", "ann@example", "11010519491231002", "bob", "13912345678", "carol", "13712345678")


def masked(item: Item, now: datetime) -> Article:
    return article(item, source="a", identity_key="", now=now, mask=True)


def test_what_is_personal_is_masked_in_every_field(now: datetime) -> None:
    made = masked(PERSONAL, now)
    assert made.title == "投诉电话"
    assert made.text == "[phone]，或 [email]\n\n身份证[id-card]"
    assert made.content == content(made.title, made.text)
    assert made.author == "李雷 [phone]"
    assert made.url == "https://a.example/u?mail=%5Bemail%5D&tel=%5Bphone%5D"
    assert made.content_hash == content_hash(made.content)
    kept = masked_item(PERSONAL, made)
    assert not [number for number in NUMBERS if number in repr((made, kept))]


def test_without_mask_nothing_changes(now: datetime) -> None:
    made = article(PERSONAL, source="a", identity_key="", now=now)
    assert "13812345678" in made.text and "13712345678" in made.author and "bob%40b.example" in made.url


def test_a_masked_article_is_masked_already(now: datetime) -> None:
    once = masked(PERSONAL, now)
    again = masked(Item(once.title, once.text, once.url, "", once.author), now)
    assert again == once


def test_no_half_of_a_number_stays_where_a_text_is_cut(now: datetime) -> None:
    for cut in range(13):
        made = masked(Item("，" * (MAX_TITLE - cut - 2) + "电话13812345678"), now)
        assert not re.search(r"\d", made.title)
    for cut in (1, 7):
        made = masked(Item(text="，" * (MAX_TEXT - cut - 2) + "电话13812345678"), now)
        assert len(made.text) <= MAX_TEXT and not re.search(r"\d", made.text)


@pytest.mark.parametrize("inside", range(0, 16, 3))
def test_what_was_never_read_leaves_no_half_of_a_number(now: datetime, inside: int) -> None:
    start = "<i>" + "a" * (MAX_MARKUP - 20 - inside) + "</i>"
    made = masked(Item(text=f"{start} said call 138 1234 5678 now"), now)
    assert len(start) < MAX_MARKUP < len(f"{start} said call 138 1234 5678 now") + 16
    assert not re.search(r"\d", made.text)


@given(
    st.sampled_from(SPELT), st.sampled_from(["电话", "tel ", "手机："]), st.text("甲a ，<>&b/", max_size=8)
)
def test_no_planted_number_is_in_any_stored_field(spelt: str, word: str, around: str) -> None:
    said = f"{around}\n{word}{spelt}\n{around}"
    item = Item(said, said, f"https://a.example/?phone={spelt}", said, said)
    made = masked(item, DAY)
    fields = (made.title, made.text, made.content, made.author, made.url, repr(masked_item(item, made)))
    for text in fields:
        read = unicodedata.normalize("NFKC", html.unescape(text))
        assert "13812345678" not in re.sub(r"[\W_]", "", read)


# --- identity ----------------------------------------------------------------------------------------


def kept(*items: Item) -> list[Item]:
    return [masked_item(item, masked(item, DAY)) for item in items]


def test_a_key_is_no_digest_of_what_was_masked() -> None:
    """Whoever has the store has the keys, and there are few telephone numbers to try."""
    for number in ("13812345678", "13912345678"):
        by_guid = kept(Item("t", "x", "", f"u-{number}@b.example"))
        by_url = kept(Item("t", "x", f"https://a.example/?tel={number}"))
        by_text = kept(Item("t", f"电话{number}"))
        found = [keys(one)[0] for one in (by_guid, by_url, by_text)] + [
            exact_key(one[0]) for one in (by_guid, by_url)
        ]
        if number == "13812345678":
            first = found
    assert found == first


def test_what_was_masked_identifies_nothing() -> None:
    """Two complaints under two callers' numbers are two articles, though their masks are the same."""
    one, two = keys(kept(Item("退款", "甲", "", "13812345678"), Item("投诉", "乙", "", "13912345678")))
    assert one != two
    one, two = keys(
        kept(
            Item("退款", "甲", "https://a.example/1", "a@b.example"),
            Item("退款", "甲", "https://a.example/2", "c@d.example"),
        )
    )
    assert one != two


def test_two_polls_of_one_item_give_one_key() -> None:
    item = Item("退款", "电话13812345678", "https://a.example/?tel=13812345678", "13812345678")
    assert keys(kept(item)) == keys(kept(item))
