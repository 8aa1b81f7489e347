"""The `rss` source: formats, encodings, conditional requests, hostile documents."""

from __future__ import annotations

import json
import time
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor import FetchError, Item, Response
from monitor.errors import LimitError
from monitor.extensions.loading import Origin
from monitor.messages import said
from monitor.sandbox.limits import Limits
from monitor.sandbox.pool import Pool
from monitor.sandbox.proxies import SourceProxy
from monitor.testing import FakeFetcher, check_source
from monitor_plugins.rss import MAX_UNCHANGED, MAX_UNCHANGED_SECONDS, Rss
from monitor_plugins.rss.document import decode, read

URL = "https://feed.example/news/feed.xml"


def rss(*items: str, prolog: str = "") -> str:
    return f'{prolog}<rss version="2.0"><channel><title>News</title>{"".join(items)}</channel></rss>'


def item(title: str = "", link: str = "", guid: str = "", description: str = "", extra: str = "") -> str:
    parts = {"title": title, "link": link, "guid": guid, "description": description}
    inner = "".join(f"<{name}>{value}</{name}>" for name, value in parts.items() if value)
    return f"<item>{inner}{extra}</item>"


def fetch(body: str | bytes, content_type: str = "application/xml", **headers: str) -> list[Item]:
    body = body.encode() if isinstance(body, str) else body
    response = Response(200, URL, {"content-type": content_type, **headers}, body)
    return list(Rss(URL).fetch({}, FakeFetcher({URL: response})).items)


def titles(body: str | bytes, content_type: str = "application/xml") -> list[str]:
    return [one.title for one in fetch(body, content_type)]


# --- formats -------------------------------------------------------------------------------


def test_keeps_the_contract() -> None:
    check_source(Rss(URL), FakeFetcher({URL: rss(item("Shares fall", "/a", "1"))}))


def test_rss_2() -> None:
    (found,) = fetch(
        rss(
            item(
                "Halvorsen Bank cuts jobs",
                "https://feed.example/1",
                "urn:id:1",
                "&lt;p&gt;Up to 400 posts go.&lt;/p&gt;",
                "<author>desk@feed.example (Desk)</author><pubDate>Mon, 02 Mar 2026 08:00:00 +0800</pubDate>",
            )
        )
    )
    assert found == Item(
        title="Halvorsen Bank cuts jobs",
        text="<p>Up to 400 posts go.</p>",
        url="https://feed.example/1",
        guid="urn:id:1",
        author="desk@feed.example (Desk)",
        published_at=datetime(2026, 3, 2, 0, 0, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    "body",
    [
        '<rss version="0.91"><channel><item><title>Rates held</title><link>https://a.example/1</link></item></channel></rss>',
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://my.netscape.com/rdf/simple/0.9/">'
        "<item><title>Rates held</title><link>https://a.example/1</link></item></rdf:RDF>",
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">'
        '<item rdf:about="https://a.example/1"><title>Rates held</title><link>https://a.example/1</link></item></rdf:RDF>',
        '<feed version="0.3" xmlns="http://purl.org/atom/ns#"><entry><title>Rates held</title>'
        '<link rel="alternate" href="https://a.example/1"/></entry></feed>',
        '<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>Rates held</title>'
        '<link href="https://a.example/1"/></entry></feed>',
        '<channel><item href="https://a.example/1"><title>Rates held</title></item></channel>',
        json.dumps(
            {
                "version": "https://jsonfeed.org/version/1.1",
                "items": [{"id": "1", "title": "Rates held", "url": "https://a.example/1"}],
            }
        ),
    ],
    ids=["rss091", "rss090", "rss10", "atom03", "atom10", "cdf", "json"],
)
def test_every_format_is_read(body: str) -> None:
    (found,) = fetch(body)
    assert (found.title, found.url) == ("Rates held", "https://a.example/1")


def test_json_feed_in_full() -> None:
    feed = {
        "version": "https://jsonfeed.org/version/1",
        "language": "en",
        "items": [
            {
                "id": 7,
                "content_text": "short",
                "content_html": "<p>the longer text</p>",
                "url": "/7",
                "author": {"name": "A. Writer"},
                "date_published": "2026-03-02T08:00:00+08:00",
            },
            {
                "id": "8",
                "title": "Eight",
                "authors": [{"name": "A"}, {"name": "B"}],
                "date_modified": "not a date",
            },
            {"id": "9"},
            "not an item",
        ],
    }
    fetched = Rss(URL).fetch({}, FakeFetcher({URL: json.dumps(feed)}))
    first, second = fetched.items
    assert first == Item(
        text="<p>the longer text</p>",
        url="https://feed.example/7",
        guid="7",
        author="A. Writer",
        published_at=datetime(2026, 3, 2, 0, 0, tzinfo=UTC),
        language="en",
    )
    assert (second.author, second.published_at) == ("A, B", None)
    left_out, unreadable = fetched.warnings
    assert left_out == "1 of 3 items have neither title nor text and were left out"
    assert unreadable.startswith("1 dates could not be read and were left out: not a date;")


def test_the_longest_text_wins() -> None:
    (found,) = fetch(
        '<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>a</title><summary>short</summary>'
        "<content>the whole article</content></entry></feed>"
    )
    assert found.text == "the whole article"


def test_links_are_absolute_and_http_only() -> None:
    found = fetch(
        rss(
            item("relative", "../markets/1"),
            item("no scheme", "//other.example/2"),
            item("script", "javascript:alert(1)"),
            item("data", "data:text/html,x"),
            item("none"),
        )
    )
    assert [one.url for one in found] == [
        "https://feed.example/markets/1",
        "https://other.example/2",
        "",
        "",
        "",
    ]


def test_links_are_relative_to_where_the_feed_was_found() -> None:
    moved = Response(200, "https://new.example/feeds/a.xml", {}, rss(item("a", "b.html")).encode())
    (found,) = Rss(URL).fetch({}, FakeFetcher({URL: moved})).items
    assert found.url == "https://new.example/feeds/b.html"


def test_items_without_title_and_text_are_left_out_and_counted() -> None:
    fetched = Rss(URL).fetch(
        {}, FakeFetcher({URL: rss(item(link="/1"), item("kept"), item(description="kept too"))})
    )
    assert [(one.title, one.text) for one in fetched.items] == [("kept", ""), ("", "kept too")]
    assert fetched.warnings == ["1 of 3 items have neither title nor text and were left out"]


def test_an_empty_feed_is_no_error() -> None:
    assert fetch(rss()) == []


def test_a_feed_that_is_not_well_formed_is_read_with_a_warning() -> None:
    body = rss(item("Profit & loss", "/1"), item("Second", "/2")).replace("</channel></rss>", "")
    fetched = Rss(URL).fetch({}, FakeFetcher({URL: body}))
    assert [one.title for one in fetched.items] == ["Profit & loss", "Second"]
    assert "not well-formed" in fetched.warnings[0]


# --- references ----------------------------------------------------------------------------

IMPOSSIBLE = [
    "&#55357;",
    "&#xD83D;",
    "&#xDE00;",
    "&#x110000;",
    "&#1114112;",
    "&#99999999999;",
    "&#0;",
    "&#xFFFF;",
]
PLACES = {
    "title": "<title>Halvorsen {} Bank</title>",
    "description": "<title>t</title><description>Halvorsen {} Bank</description>",
    "cdata": "<title>t</title><description><![CDATA[<p>Halvorsen {} Bank</p>]]></description>",
    "escaped": "<title>t</title><description>&lt;p&gt;Halvorsen {} Bank&lt;/p&gt;</description>",
    "link": "<title>t</title><link>https://a.example/{}</link>",
    "guid": "<title>t</title><guid>{}</guid>",
    "pubDate": "<title>t</title><pubDate>{}</pubDate>",
    "author": "<title>t</title><author>{}</author>",
    "attribute": '<title>t</title><enclosure url="https://a.example/{}"/>',
    "comment": "<!-- {} --><title>t</title>",
    "unknown": "<x:y>{}</x:y><title>t</title>",
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("reference", IMPOSSIBLE)
@pytest.mark.parametrize("end", ["</channel></rss>", ""], ids=["whole", "cut"])
def test_a_reference_to_no_character_loses_no_item(place: str, reference: str, end: str) -> None:
    one = f"<item>{PLACES[place].format(reference)}</item>"
    body = f'<rss version="2.0"><channel>{one}<item><title>Vantor recalls vans</title></item>{end}'
    found = read(body.encode(), "text/xml", URL)["items"]
    assert len(found) == 2 and found[1]["title"] == "Vantor recalls vans"
    json.dumps(found).encode("ascii")
    assert all(char < "\ud800" or char > "\udfff" for char in found[0]["title"] + found[0]["text"])


@settings(max_examples=100)
@given(
    st.integers(0, 2**70), st.sampled_from(["&#{};", "&#x{:x};", "&#X{:X};", "&#000{};", "&#{}", "&#x{:x} "])
)
def test_any_number_may_be_referred_to(number: int, form: str) -> None:
    body = rss(item(f"a {form.format(number)} b"), item("second"))
    found = read(body.encode(), "text/xml", URL)["items"]
    assert [one["title"] for one in found][1:] == ["second"]
    if 0x10000 <= number <= 0x10FFFF and ";" in form:
        assert found[0]["title"] == f"a {chr(number)} b"


def test_ampersands_that_stand_for_themselves_stay() -> None:
    """feedparser's own parser makes "AT&T;" of a bare "AT&T", and "©=2" of "&copy=2"."""
    found = fetch(
        rss(
            item(
                "AT&T, R&D &section=2 &copy=2 &amp; &nbsp;&euro;5",
                "https://a.example/?id=1&copy=2&amp;section=3",
            ),
            item("S&amp;P&amp;currency", description="&lt;p&gt;Q&amp;A&amp;para &amp;eacute;&lt;/p&gt;"),
            item("<![CDATA[AT&T &copy=2 &#8217 &amp;]]>"),
        )
    )
    assert found[0].title == "AT&T, R&D &section=2 &copy=2 & \xa0€5"
    assert found[0].url == "https://a.example/?id=1&copy=2&section=3"
    assert (found[1].title, found[1].text) == ("S&P&currency", "<p>Q&A&para &eacute;</p>")
    assert found[2].title == "AT&T &copy=2 &#8217 &amp;"


def test_a_document_s_own_entities_keep_their_meaning() -> None:
    declared = '<!DOCTYPE rss [\n<!ENTITY copy "ours">\n<!ENTITY bank "Halvorsen">\n]>\n'
    [found] = fetch(declared + rss(item("&bank; &copy; &euro; &reg;")))
    assert found.title == "Halvorsen ours € ®"


def test_a_number_of_any_length_loses_no_json_feed() -> None:
    found = fetch('{"items": [{"id": %s, "title": "a"}, {"title": "b"}]}' % ("9" * 10_000))
    assert [one.title for one in found] == ["a", "b"] and found[0].guid == "9" * 10_000


# --- dates ---------------------------------------------------------------------------------


def dated(*texts: str) -> str:
    return rss(*(item(f"item {n}", extra=f"<pubDate>{text}</pubDate>") for n, text in enumerate(texts)))


def test_dates_are_read_as_the_source_s_table_says() -> None:
    body = dated(
        "2026-03-14 09:30",
        "Sat, 14 Mar 2026 9:30:00 PM +0800",
        "2026年3月14日",
        "01/02/2026",
        "14 Mar 2026 09:30 IST",
    )
    source = Rss(URL, timezone="Asia/Shanghai", date_order="dmy", zones={"IST": "Asia/Kolkata"})
    found = source.fetch({}, FakeFetcher({URL: body}))
    assert [one.published_at for one in found.items] == [
        datetime(2026, 3, 14, 1, 30, tzinfo=UTC),
        datetime(2026, 3, 14, 13, 30, tzinfo=UTC),
        date(2026, 3, 14),
        date(2026, 2, 1),
        datetime(2026, 3, 14, 4, 0, tzinfo=UTC),
    ]
    assert found.warnings == ["3 dates had no time zone and were read in Asia/Shanghai"]


def test_dates_that_cannot_be_read_are_none_and_told_with_their_text() -> None:
    body = dated(
        "01/02/2026", "Mon, 02 Mar 99999 08:00:00 GMT", "March 2026", "Sat, 14 Mar 2026 09:30:00 CST"
    )
    found = Rss(URL).fetch({}, FakeFetcher({URL: body}))
    assert [one.published_at for one in found.items] == [None] * 4
    [warning] = found.warnings
    assert warning.startswith("4 dates could not be read and were left out: 01/02/2026, Mon, 02 Mar 99999")
    assert "01/02/2026" in said(warning, "zh") and "无法识别" in said(warning, "zh")
    assert read(body.encode(), "text/xml", URL)["warnings"] == [str(warning)]


def test_relative_dates_are_counted_from_the_fetch() -> None:
    now = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)
    document = read(dated("3小时前", "yesterday").encode(), "text/xml", URL, now=now)
    stated = [(one["published_at"], one["published_day"]) for one in document["items"]]
    assert stated == [("2026-03-14T09:00:00+00:00", ""), ("2026-03-13T00:00:00+00:00", "2026-03-13")]


def test_an_update_stands_in_for_a_publication_that_is_not_stated() -> None:
    body = (
        '<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>a</title><updated>2026-03-14T09:30:00Z</updated></entry>'
        "<entry><title>b</title><published>2026-03-14T08:30:00Z</published><updated>2026-03-14T09:30:00Z</updated></entry>"
        "</feed>"
    )
    assert [one.published_at and one.published_at.hour for one in fetch(body)] == [9, 8]


def test_json_feeds_state_dates_in_every_spelling() -> None:
    stamps = [
        "Sat, 14 Mar 2026 09:30:00 +0800",
        "2026-03-14T9:30:00+08:00",
        1773451800,
        "2026-03-14",
        {},
        None,
    ]
    body = json.dumps({"items": [{"title": "t", "date_published": stamp} for stamp in stamps]})
    at = datetime(2026, 3, 14, 1, 30, tzinfo=UTC)
    assert [one.published_at for one in fetch(body)] == [at, at, at, date(2026, 3, 14), None, None]


# --- encodings -----------------------------------------------------------------------------

CHINESE = "银河证券上调全年盈利预测，股价应声上涨百分之七"
TAIWANESE = "台北股市午盤下跌，半導體類股領跌，外資持續賣超"
JAPANESE = "日本銀行は金融政策決定会合で利上げを見送った"
KOREAN = "한국은행이 기준금리를 동결했다고 밝혔다 시장은 안도"
FRENCH = "L’été à Zürich: société générale déçoit"
SPOKEN = {
    CHINESE: ["gb18030", "gbk", "gb2312", "utf-8", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be"],
    TAIWANESE: ["big5", "utf-8", "gb18030", "utf-16"],
    JAPANESE: ["euc_jp", "shift_jis", "cp932", "iso2022_jp", "utf-8", "utf-16"],
    KOREAN: ["euc_kr", "cp949", "utf-8", "utf-16"],
    FRENCH: ["cp1252", "utf-8", "utf-16"],
}
TYPES = [
    "application/xml",
    "text/xml",
    "application/rss+xml; charset={}",
    "text/plain",
    "text/html; charset={}",
]


@pytest.mark.parametrize("declared", ["right", "none", "utf-8"])
@pytest.mark.parametrize(("text", "codec"), [(text, codec) for text in SPOKEN for codec in SPOKEN[text]])
def test_every_encoding_is_read_whatever_is_declared(text: str, codec: str, declared: str) -> None:
    label = {"right": codec, "none": ""}.get(declared, declared)
    prolog = f'<?xml version="1.0" encoding="{label}"?>\n' if label else ""
    body = rss(item(text, "/1", "1"), prolog=prolog).encode(codec)
    for content_type in TYPES:
        document = read(body, content_type.format(label), URL)
        assert [one["title"] for one in document["items"]] == [text], content_type


@pytest.mark.parametrize(
    ("text", "codec"), [(CHINESE, "gb18030"), (TAIWANESE, "big5"), (JAPANESE, "shift_jis")]
)
def test_east_asian_text_that_claims_to_be_western_is_recognised(text: str, codec: str) -> None:
    body = rss(item(text), prolog='<?xml version="1.0" encoding="iso-8859-1"?>').encode(codec)
    document = read(body, "text/xml; charset=iso-8859-1", URL)
    assert document["items"][0]["title"] == text
    assert "which it is not" in document["warnings"][0]


def test_the_gb2312_label_covers_characters_of_gb18030() -> None:
    assert titles(
        rss(item("万科Ａ與镕基㐂"), prolog='<?xml version="1.0" encoding="gb2312"?>').encode("gb18030")
    ) == ["万科Ａ與镕基㐂"]


def test_the_header_is_believed_where_the_document_says_nothing() -> None:
    russian = "Банк России сохранил ставку"
    assert titles(rss(item(russian)).encode("koi8-r"), "application/xml; charset=koi8-r") == [russian]
    declared = rss(item(russian), prolog='<?xml version="1.0" encoding="windows-1251"?>')
    assert titles(declared.encode("cp1251"), "text/xml") == [russian]


def test_a_damaged_byte_does_not_garble_the_rest() -> None:
    body = rss(item("贵州茅台公布业绩"), item("第二条")).encode().replace("业".encode(), b"\xe4\xb8")
    found = titles(body)
    assert found[0].startswith("贵州茅台公布") and found[1] == "第二条"


def test_control_characters_and_null_bytes_do_not_stop_a_feed() -> None:
    assert titles(rss(item("a\x0bb\x00c"), item("second"))) == ["abc", "second"]


def test_a_byte_order_mark_wins_over_every_declaration() -> None:
    body = rss(item(CHINESE), prolog='<?xml version="1.0" encoding="gb2312"?>').encode("utf-8-sig")
    assert titles(body, "text/xml; charset=iso-8859-1") == [CHINESE]


@given(
    st.binary(max_size=300),
    st.sampled_from(["", "text/xml; charset=gb2312", "x; charset=no-such", "a; charset=hex"]),
)
def test_any_bytes_decode(body: bytes, content_type: str) -> None:
    text, warnings = decode(body, content_type)
    assert isinstance(text, str) and len(warnings) <= 1


# --- what is not a feed ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "content_type", "reason"),
    [
        ("<!DOCTYPE html><html><body><p>Hello</p></body></html>", "text/html", "web page, not a feed"),
        ("  <html><head><title>x</title></head></html>", "application/xml", "web page, not a feed"),
        ("", "application/xml", "empty"),
        ("   \n ", "application/xml", "empty"),
        ("plain words", "text/plain", "not a feed"),
        ('{"a": 1}', "application/json", 'no list named "items"'),
        ('{"a": ', "application/json", "nor valid JSON"),
        ('<opml version="2.0"><body/></opml>', "text/xml", "OPML"),
        ("<note><to>you</to></note>", "text/xml", "not a feed"),
    ],
)
def test_what_is_not_a_feed_is_refused_in_words(body: str, content_type: str, reason: str) -> None:
    with pytest.raises(FetchError, match=reason):
        fetch(body, content_type)


@pytest.mark.parametrize(
    "text", ["/etc/hostname", "file:///etc/hostname", "http://127.0.0.1:9/", "feed:x", "~/.profile"]
)
def test_a_body_that_is_a_path_or_an_address_is_text(text: str) -> None:
    with pytest.raises(FetchError, match="not a feed"):
        fetch(text)


# --- hostile documents -----------------------------------------------------------------------


def test_an_entity_bomb_is_bounded() -> None:
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    body = f'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY l0 "lol">{laughs}]>' + rss(item("&l11;"))
    try:
        found = fetch(body)
    except FetchError:
        return
    assert sum(len(one.title) for one in found) < 1_000_000


def test_external_entities_are_not_read(tmp_path: Any) -> None:
    secret = tmp_path / "secret"
    secret.write_text("TOPSECRET")
    body = f'<!DOCTYPE rss [<!ENTITY x SYSTEM "file://{secret}">]>' + rss(item("a&x;b", description="&x;"))
    assert "TOPSECRET" not in str(fetch(body))


def test_a_regular_expression_that_explodes_ends_with_its_process() -> None:
    author = "a@" + "a." * 60_000 + "!"
    explodes = rss(item("a", extra=f"<author>{author}</author>"))
    origin = Origin("rss", "bundled", "monitor_plugins.rss")
    pool = Pool(Limits(call_seconds=2.0))
    try:
        source = SourceProxy(pool, origin, "sources", "rss", "feed", {"url": URL}, "")
        with pytest.raises(LimitError, match="more than 2 seconds"):
            source.fetch({}, FakeFetcher({URL: explodes}))
        (found,) = source.fetch({}, FakeFetcher({URL: rss(item("the next feed"))})).items
        assert found.title == "the next feed"
    finally:
        pool.close()


def test_deep_nesting_does_not_take_the_process_down() -> None:
    body = rss(item("a", description="<div>" * 3_000))
    try:
        fetch(body)
    except FetchError as error:
        assert str(error)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_mutilated_feeds_give_items_or_a_fetch_error(data: st.DataObject) -> None:
    body = bytearray(
        rss(item("Shares & bonds", "/1", "1", "&lt;b&gt;text&lt;/b&gt;"), item(CHINESE)).encode()
    )
    for _ in range(data.draw(st.integers(0, 8))):
        at = data.draw(st.integers(0, len(body) - 1))
        body[at : at + data.draw(st.integers(0, 5))] = data.draw(st.binary(max_size=5))
    try:
        found = fetch(bytes(body))
    except FetchError:
        return
    assert all(one.title or one.text for one in found)


# --- conditional requests ----------------------------------------------------------------------


def feed(**headers: str) -> FakeFetcher:
    return FakeFetcher({URL: Response(200, URL, headers, rss(item("a", "/1", "1")).encode())})


def test_an_unchanged_feed_is_asked_for_conditionally() -> None:
    fetcher = feed(etag='W/"1"', **{"last-modified": "Mon, 02 Mar 2026 08:00:00 GMT"})
    first = Rss(URL).fetch({}, fetcher)
    assert len(first.items) == 1
    second = Rss(URL).fetch(json.loads(json.dumps(first.state)), fetcher)
    assert (list(second.items), second.unchanged) == ([], 1)
    assert fetcher.requests[1].headers["if-none-match"] == 'W/"1"'
    assert fetcher.requests[1].headers["if-modified-since"] == "Mon, 02 Mar 2026 08:00:00 GMT"
    assert second.state == {**first.state, "unchanged": 1}


def test_a_server_that_says_unchanged_for_ever_is_asked_again_in_full() -> None:
    fetcher = feed(etag='"stale"', **{"last-modified": "Fri, 01 Jan 2041 00:00:00 GMT"})
    state = Rss(URL).fetch({}, fetcher).state
    for _ in range(MAX_UNCHANGED):
        fetched = Rss(URL).fetch(state, fetcher)
        assert not fetched.items
        state = fetched.state
    assert len(Rss(URL).fetch(state, fetcher).items) == 1


@pytest.mark.parametrize("age", [MAX_UNCHANGED_SECONDS + 1, -100])
def test_a_validator_older_than_a_day_or_from_the_future_is_not_used(age: float) -> None:
    fetcher = feed(etag='"1"')
    state = {**Rss(URL).fetch({}, fetcher).state, "read_at": time.time() - age}
    assert len(Rss(URL).fetch(state, fetcher).items) == 1


def test_the_validators_of_another_address_are_not_used() -> None:
    fetcher = feed(etag='"1"')
    state = {**Rss(URL).fetch({}, fetcher).state, "url": "https://old.example/"}
    assert len(Rss(URL).fetch(state, fetcher).items) == 1


@pytest.mark.parametrize(
    "state", [{"etag": 5, "read_at": "x", "url": URL}, {"unchanged": None, "url": URL}, {"x": []}]
)
def test_a_state_that_makes_no_sense_does_no_harm(state: dict[str, Any]) -> None:
    assert len(Rss(URL).fetch(state, feed(etag='"1"')).items) == 1
