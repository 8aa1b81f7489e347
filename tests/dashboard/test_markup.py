from __future__ import annotations

from datetime import UTC, date, datetime
from html.parser import HTMLParser

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from monitor.records import Mention
from monitor.testing import make_article
from monitor_dashboard import markup

PAYLOADS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "<svg/onload=alert(1)>",
    "' onmouseover='alert(1)",
    "[click](javascript:alert(1))",
    "![x](http://evil.example/x.png)",
    "**bold** _italic_ `code` ~~gone~~",
    "$x^2$ and $$y$$",
    ":red[text] :material/home: :100: :sparkles:",
    "# heading",
    "- item",
    "1. item",
    "> quote",
    "a\n\n---\n\nb",
    "| a | b |\n|---|---|",
    "&lt;b&gt; &amp; &#58;",
    "http://evil.example <http://evil.example>",
    "\\[escaped\\]",
    "50% off, $5-$10, A:B",
)


KNOWN = ("class", "style", "href", "target", "rel", "scope", "tabindex", "aria-hidden")
"""Attributes that our own HTML has."""


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        assert all(name in KNOWN for name, _ in attrs)

    def handle_data(self, data: str) -> None:
        self.text += data


def parsed(html: str) -> Tags:
    tags = Tags()
    tags.feed(html)
    tags.close()
    return tags


@given(st.text())
@pytest.mark.parametrize("payload", PAYLOADS)
def test_escaped_text_is_text(payload: str, text: str) -> None:
    for raw in (payload, text, payload + text):
        found = parsed(f"<p>{markup.escape(raw)}</p>")
        assert found.tags == ["p"]


@pytest.mark.parametrize("payload", PAYLOADS)
def test_titles_links_and_tags_hold_no_markup_of_others(payload: str) -> None:
    alias = Mention("x", payload[:6], 0, 6)
    assert set(parsed(markup.highlighted(payload * 2, [alias])).tags) <= {"mark"}
    assert set(parsed(markup.link(payload, "https://news.example/a")).tags) == {"a", "bdi"}
    assert parsed(markup.link("title", payload)).tags == ["bdi"], "no link to what is no web address"
    assert parsed(markup.tag(payload, payload)).tags == ["span"]
    assert parsed(markup.dot(payload)).tags == ["span"]


@given(st.text(alphabet=st.characters(codec="utf-8")))
@example("a*b*c _d_ [e](f) <g> `h`")
@example(":100:")
def test_plain_shows_as_markdown_what_was_written(text: str) -> None:
    shown = parsed(MarkdownIt("commonmark").render(f"x{markup.plain(text)}x"))
    assert set(shown.tags) <= {"p"}
    written = " ".join(markup._HIDDEN.sub("", text).split())
    assert shown.text.strip().replace("\u2060", "") == f"x{written}x".replace("\u2060", "")


@pytest.mark.parametrize("payload", PAYLOADS)
def test_plain_leaves_no_directive_or_emoji_code(payload: str) -> None:
    shown = markup.plain(payload)
    assert ":100:" not in shown.replace("\\", "") and "$" not in shown.replace("\\$", "")


def test_plain_leaves_no_address_that_is_made_a_link() -> None:
    """As GitHub's Markdown makes them of text: www. and what has an @."""
    shown = markup.plain("www.a.example、WWW.b.example or desk@c.example").replace("\\", "")
    assert "www." not in shown.lower() and "@c" not in shown


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        " JaVaScRiPt:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "//evil.example",
        "/relative",
        "https://",
        "http://[::1",
        "",
        "ftp://a.example",
        "java\nscript:x",
        "https://news.example/ <b>",
        'https://news.example/?q="x"',
    ],
)
def test_only_web_addresses_are_linked(url: str) -> None:
    assert markup.web_address(url) == ""


def test_web_addresses_are_kept() -> None:
    assert markup.web_address(" https://news.example/a?b=c&d=e#f ") == "https://news.example/a?b=c&d=e#f"
    html = markup.link("A & B", "https://news.example/?q=x&y=z")
    assert "q=x&amp;y=z" in html and "A &amp; B" in html and 'rel="noopener noreferrer"' in html


def test_highlighting_marks_whole_names_in_both_languages() -> None:
    mentions = [Mention("a", "AI", 0, 2), Mention("b", "AI Corp", 0, 7), Mention("c", "北风汽车", 0, 4)]
    html = markup.highlighted("AI Corp said aid to AI rose; 北风汽车下跌 <b>", mentions)
    assert html == (
        "<mark>AI Corp</mark> said aid to <mark>AI</mark> rose; <mark>北风汽车</mark>下跌 &lt;b&gt;"
    )
    assert markup.highlighted("text", [Mention("a", " ", 0, 1)]) == "text"


def test_direction_overrides_are_taken_out() -> None:
    assert markup.escape("abc\u202edef\u0007") == "abcdef"


def test_the_sentiment_towards_a_company_is_told_by_more_than_colour() -> None:
    assert markup.towards("<Acme>", "negative") == '<span class="m-tag m-negative">▼ &lt;Acme&gt;</span>'
    assert markup.towards("Acme", "positive") == '<span class="m-tag m-positive">▲ Acme</span>'
    assert markup.towards("Acme", "neutral") == '<span class="m-tag m-neutral">Acme</span>'
    assert markup.towards("Acme", "") == '<span class="m-tag">Acme</span>'


def test_bars_stay_within_their_track() -> None:
    titles = dict.fromkeys(("negative", "neutral", "positive"), "x")
    html = markup.bars({"negative": 1.7, "neutral": -1.0}, titles)
    assert "width:100%" in html and "width:0%" in html and "170%" not in html


def test_times_are_the_readers() -> None:
    at = datetime(2026, 3, 2, 23, 30, tzinfo=UTC)
    shanghai = markup.zone_of("Asia/Shanghai")
    assert markup.moment(at, shanghai) == "2026-03-03 07:30"
    assert markup.moment(at, shanghai, at) == "07:30"
    assert markup.moment(None, shanghai) == "–"
    day = make_article("x", published_at=at, published_day=date(2026, 3, 3))
    assert markup.published(day, markup.zone_of("America/New_York"), at) == "2026-03-03", "a day is a day"
    assert markup.published(make_article("x", published_at=at), shanghai) == "2026-03-03 07:30"
    for name in (None, "", "Nowhere/City", "../../etc/passwd", "\x00"):
        assert markup.zone_of(name).key == "UTC"


def test_a_table_is_read_as_one_and_shades_no_more_than_it_may() -> None:
    body = markup.table("what <it> is", ["", "says"], [("is <b>", [markup.cell("3", "75%", 0.75, "right")])])
    assert body.count('scope="col"') == 2 and body.count('scope="row"') == 1
    assert "<caption>what &lt;it&gt; is</caption>" in body and "is &lt;b&gt;" in body
    assert 'class="m-cell m-right" style="--share:34%"' in body and "<small>75%</small>" in body
    assert markup.cell("<i>") == "<td>&lt;i&gt;</td>"
    assert 'style="--share:45%"' in markup.cell("1", shade=7.0, kind="wrong")
    assert "style" not in markup.cell("1", shade=1.0, kind='x" onload="')


@given(st.text(), st.floats(allow_nan=False))
def test_tables_of_cells_hold_no_markup_of_others(text: str, part: float) -> None:
    cells = [markup.leading(text, "/articles?id=1"), markup.leading(text, ""), markup.share(part)]
    body = markup.grid(text, [text, "share", "course"], [[*cells, markup.course([part, 0.5])]], narrow=True)
    known = {"div", "table", "caption", "thead", "tbody", "tr", "th", "td", "a", "bdi", "span", "b", "i"}
    shown = parsed(body)
    assert set(shown.tags) <= known and shown.tags.count("a") == 1


def test_a_share_is_drawn_within_its_bar() -> None:
    assert "width:100%" in markup.share(1.7) and "width:0%" in markup.share(-1.0)
    assert markup.course([2.0, -1.0]).count("height:100%") == 1
