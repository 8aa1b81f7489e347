"""Plain text, content, addresses, times and languages of items from the wild."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.news.normalize import (
    MAX_CONTENT,
    MAX_MARKS,
    MAX_TEXT,
    MAX_TITLE,
    article,
    content,
    content_hash,
    has_words,
    plain_text,
)
from monitor.records import Article, Item

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
messy = st.text(st.characters() | st.sampled_from("<>&;/!-\"'=\x00\ud800\u202e\u0301 \n"), max_size=200)


def made(item: Item, **options: Any) -> Article:
    return article(item, **{"source": "wire", "identity_key": "k", "now": NOW, **options})


# --- plain text ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("plain", "plain"),
        ("<p>Hello <b>World</b></p><p>x &amp; y</p>", "Hello World\n\nx & y"),
        ("one<br/>two<BR>three", "one\ntwo\nthree"),
        ("AT&amp;T &lt;3", "AT&T <3"),
        ("line one\nline two", "line one\nline two"),
        ("in HTML <i>a\nnewline</i> is a space", "in HTML a newline is a space"),
        ("<script>alert(1)</script>kept<style>a{}</style>", "kept"),
        ("<a href='x>y' title=\"a>b\">link</a>", "link"),
        ("<!-- hidden <b>text</b> --> shown", "shown"),
        ("<![CDATA[inside]]", "inside]]"),
        ("<li>one<li>two", "one\ntwo"),
        ("a&nbsp;b\u3000c", "a b c"),
        ("中文<br>分段", "中文\n分段"),
    ],
)
def test_markup_becomes_text(markup: str, text: str) -> None:
    assert plain_text(markup) == text


@pytest.mark.parametrize(
    "text",
    [
        "a<b and c>d",
        "<john@x.example> wrote",
        "5 < 6 > 4",
        "x <- y",
        "use <y and z> here",
        "a < b",
        "1<2",
        "<",
        "&",
    ],
)
def test_what_only_looks_like_markup_stays(text: str) -> None:
    assert plain_text(text) == text


@pytest.mark.parametrize(
    ("written", "text"),
    [
        (
            "https://n.example/?id=1&section=2&region=us&copy=3",
            "https://n.example/?id=1&section=2&region=us&copy=3",
        ),
        ("R&D&notes, S&P&currency, Q&A&para, &ampersand", "R&D&notes, S&P&currency, Q&A&para, &ampersand"),
        ("AT&amp;T &euro;5 &#8217; &#x4e2d;", "AT&T €5 ’ 中"),
        ("&notit; &bogus; &; &#; &#x;", "&notit; &bogus; &; &#; &#x;"),
        ("&#55357;&#56832; &#xD83D;&#xde00; &#xD83D;", "😀 😀 \ufffd"),
        ("&#99999999; &#0;", "&#99999999; \ufffd"),
        ("<p>R&D&notes &copy=3 &copy;</p>", "R&D&notes &copy=3 ©"),
    ],
)
def test_only_what_ends_in_a_semicolon_is_an_entity(written: str, text: str) -> None:
    assert plain_text(written) == text
    assert made(Item(title=written)).title == text.replace("\n", " ")


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ('safe<iframe src="x"> description', "safe description"),
        ("safe<object data='x'/> description", "safe description"),
        ("safe<iframe src='x'>fallback</iframe> description", "safe description"),
        ("safe<script>alert(1) description", "safe"),
        ("a<noscript>b</noscript>c<noscript>d", "acd"),
        ("a<frameset rows='*'><frame src='x'></frameset>b", "ab"),
    ],
)
def test_what_nothing_closes_hides_no_text(markup: str, text: str) -> None:
    assert plain_text(markup) == text


@given(messy)
def test_plain_text_is_clean_and_bounded(markup: str) -> None:
    text = plain_text(markup)
    assert not any(unicodedata.category(char) in ("Cs", "Cc") and char != "\n" for char in text)
    assert text == text.strip()
    assert "\u202e" not in text


@given(
    st.text(
        st.characters(
            codec="utf-8", exclude_characters="<>&", exclude_categories=["Cc", "Cf", "Cs", "Zl", "Zp"]
        )
    )
)
def test_text_without_markup_keeps_its_words(text: str) -> None:
    assert plain_text(text).split() == text.split()


@pytest.mark.parametrize(
    "unit",
    [
        "<a",
        '<a "',
        "<!--",
        "<b>",
        "<a '\"",
        "<script>",
        "<iframe>",
        "<object a>",
        "&amp",
        "&#55357;",
        "\n ",
        '<a b="c" ',
        "<p>",
    ],
)
def test_no_input_takes_long(unit: str) -> None:
    assert len(plain_text(unit * 100_000)) <= MAX_TEXT  # quadratic code would hit the suite's timeout


# --- the article -----------------------------------------------------------------------------


def test_an_item_becomes_an_article() -> None:
    item = Item(
        title="Halvorsen Bank &amp; Co <b>cut</b>\n jobs",
        text="<p>Up to 400 go.</p>",
        url="HTTPS://News.example/a?utm_source=x&id=1#top",
        author=" The  Desk ",
        published_at=datetime(2026, 3, 2, 10, 0, tzinfo=timezone(timedelta(hours=8))),
    )
    assert made(item, language_hint="en") == Article(
        source="wire",
        title="Halvorsen Bank & Co cut jobs",
        text="Up to 400 go.",
        content="Halvorsen Bank & Co cut jobs\nUp to 400 go.",
        url="https://news.example/a?id=1",
        author="The Desk",
        language="en",
        published_at=datetime(2026, 3, 2, 2, 0, tzinfo=UTC),
        first_seen_at=NOW,
        identity_key="k",
        content_hash=content_hash("Halvorsen Bank & Co cut jobs\nUp to 400 go."),
    )


def test_a_sample_was_first_seen_when_it_was_published() -> None:
    published = NOW - timedelta(days=3)
    assert made(Item(title="a", published_at=published), sample=True).first_seen_at == published
    assert made(Item(title="a", published_at=published)).first_seen_at == NOW


def test_history_was_first_seen_when_it_was_published_or_when_its_day_was_over() -> None:
    published = NOW - timedelta(days=3)
    found = made(Item(title="a", published_at=published), history=True)
    assert (found.first_seen_at, found.history) == (published, True)
    day = made(Item(title="a", published_at=published.date()), history=True)
    assert day.first_seen_at == datetime(2026, 2, 27, 23, 59, tzinfo=UTC)
    today = made(Item(title="a", published_at=NOW.date()), history=True)
    assert today.first_seen_at == NOW


@pytest.mark.parametrize(
    ("stated", "kept"),
    [
        (None, NOW),
        (NOW + timedelta(hours=20), NOW + timedelta(hours=20)),
        (NOW + timedelta(days=2), NOW),
        (datetime(2041, 1, 1, tzinfo=UTC), NOW),
        (datetime(1970, 1, 1, tzinfo=UTC), NOW),
        (datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=8))), NOW),
        (datetime(2026, 3, 1, 8, 0), datetime(2026, 3, 1, 8, 0, tzinfo=UTC)),
    ],
)
def test_times_that_cannot_be_true_become_now(stated: datetime | None, kept: datetime) -> None:
    assert made(Item(title="a", published_at=stated)).published_at == kept


def test_an_image_alone_is_kept_as_what_it_is() -> None:
    item = Item(text='<img src="a.png">')
    assert has_words(item)
    assert made(item).text == '<img src="a.png">'
    assert made(Item(title="<script>x</script>")).title == "<script>x</script>"


@pytest.mark.parametrize(
    "item", [Item(), Item(title=" \n", text="\x00\u3000"), Item(url="https://a.example")]
)
def test_an_item_without_words_is_none(item: Item) -> None:
    assert not has_words(item)


@given(messy, messy)
def test_every_item_with_words_makes_an_article_with_words(title: str, text: str) -> None:
    item = Item(title=title, text=text)
    if has_words(item):
        found = made(item)
        assert found.title or found.text
        found.content.encode("utf-8")
        found.title.encode("utf-8")
        found.text.encode("utf-8")


def test_lengths_are_bounded() -> None:
    found = made(Item(title="t" * 5_000, text="x" * 1_000_000))
    assert (len(found.title), len(found.text), len(found.content)) == (MAX_TITLE, MAX_TEXT, MAX_CONTENT)


# --- content ---------------------------------------------------------------------------------


def test_content_is_nfkc_without_control_or_format_characters() -> None:
    assert content("万科Ａ\u200b涨", "１２％\x07 ﬁne\u00ad") == "万科A涨\n12% fine"


def test_content_keeps_lines_and_says_a_repeated_title_once() -> None:
    assert content("Title", "one\ntwo") == "Title\none\ntwo"
    assert content("Title", "Title and more") == "Title and more"
    assert content("", "text") == "text" and content("title", "") == "title"


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("远山光伏：扩产（更新）", "远山光伏:扩产(更新)\n产能不足"),
        ("Ｍill closes", "Mill　closes today"),
        ("“Loss”… widens", "“Loss”... widens"),
        (" Mill  closes ", "Mill closes"),
        ("Mill\u200b closes", "Mill closes"),
    ],
)
def test_a_title_that_the_text_repeats_in_another_width_or_spacing_is_said_once(
    title: str, text: str
) -> None:
    assert content(title, text) == content("", text)


def test_content_keeps_words_apart() -> None:
    assert content("", "Mill\tcloses\rtwo\r\nthree\x0bfour\x00") == "Mill closes\ntwo\nthree\nfour"
    assert content("", "e\u200d\u0301") == "é"  # what a joiner kept apart is one letter without it


@given(messy, messy)
def test_content_is_stable_under_itself(title: str, text: str) -> None:
    once = content(title, text)
    assert len(once) <= MAX_CONTENT
    assert content("", once) == once
    assert len(content_hash(once)) == 64


def test_a_tower_of_combining_marks_is_cut() -> None:
    tower = content("", "a" + "\u0301\u0327" * 9_000 + "b")
    assert len(tower) <= MAX_MARKS + 3 and tower.endswith("b")


def test_expanding_characters_stay_bounded() -> None:
    assert len(content("", "\ufdfa" * 20_000)) <= MAX_CONTENT
