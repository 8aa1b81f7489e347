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
    canonical_url,
    content,
    content_hash,
    detect_language,
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
    "unit", ["<a", '<a "', "<!--", "<b>", "<a '\"", "<script>", "&amp", "\n ", '<a b="c" ', "<p>"]
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


# --- address -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        ("HTTP://User:pw@EXAMPLE.com:80/a?utm_source=x&b=2&a=1#f", "http://example.com/a?b=2&a=1"),
        ("https://example.com:443", "https://example.com/"),
        ("https://example.com:8443/x", "https://example.com:8443/x"),
        ("https://example.com/?fbclid=1&gclid=2&spm=3", "https://example.com/"),
        ("https://example.com/?spmx=3", "https://example.com/?spmx=3"),
        ("https://例え.example/路", "https://例え.example/路"),
        ("http://[::1]:8080/", "http://[::1]:8080/"),
        (" https://example.com/a\nb ", "https://example.com/ab"),
        ("javascript:alert(1)", ""),
        ("mailto:a@b.example", ""),
        ("http://", ""),
        ("http://[bad", ""),
        ("http://x.example:99999/", ""),
        ("https://x.example/" + "a" * 5000, ""),
        ("", ""),
    ],
)
def test_canonical_urls(url: str, canonical: str) -> None:
    assert canonical_url(url) == canonical
    assert canonical_url(canonical) == canonical


def test_a_relative_address_needs_a_base() -> None:
    assert canonical_url("../b", "https://a.example/x/y") == "https://a.example/b"
    assert canonical_url("//b.example/c", "https://a.example/") == "https://b.example/c"
    assert canonical_url("../b") == ""


@given(st.text(max_size=60))
def test_canonical_urls_never_raise_and_settle(url: str) -> None:
    once = canonical_url("https://" + url)
    assert canonical_url(once) == once


# --- language ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "hint", "language"),
    [
        ("贵州茅台股价上涨", "", "zh"),
        ("贵州茅台股价上涨", "en", "zh"),
        ("Apple发布新款iPhone，股价上涨", "", "zh"),
        ("日本銀行の金利は据え置き", "", "ja"),
        ("한국은행 기준금리 동결", "", "ko"),
        ("Банк России сохранил ставку", "", "ru"),
        ("AAPL +3%", "", ""),
        ("AAPL +3%", "en-US", "en"),
        ("AAPL +3%", "zh", ""),
        ("Shares of the bank fell after the report", "", "en"),
        ("Tesla Q3 EPS $0.72 vs $0.60 estimate", "en", "en"),
        ("1234 5678", "zh_CN", "zh"),
        ("", "xx-not", "xx"),
        ("", "english", ""),
        ("", "", ""),
    ],
)
def test_languages_that_need_no_model(
    monkeypatch: pytest.MonkeyPatch, text: str, hint: str, language: str
) -> None:
    monkeypatch.setattr("monitor.news.normalize._detector", lambda: pytest.fail("lingua was asked"))
    assert detect_language(text, hint) == language


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Die Aktie der Bank fällt nach der Gewinnwarnung deutlich", "de"),
        ("La banque relève ses prévisions après un trimestre record", "fr"),
        ("Quarterly earnings beat estimates, dividend raised", "en"),
    ],
)
def test_other_latin_languages_are_told_apart(text: str, language: str) -> None:
    assert detect_language(text) == language
