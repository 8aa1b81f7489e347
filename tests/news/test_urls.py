"""Addresses of pages: one form for each, and no form for two."""

from __future__ import annotations

import re
from importlib import resources

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.news.urls import canonical_url


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
        (" https://example.com/a\nb ", "https://example.com/a%0Ab"),
        (
            "\ufeff\u3000https://example.com/a b\u3000c\xa0d\u200b",
            "https://example.com/a%20b%E3%80%80c%C2%A0d",
        ),
        ("https://example.com/a\u200bb\x00", "https://example.com/a%E2%80%8Bb"),
        ("https://example.com/a%20b?q=c%20d&e=f g", "https://example.com/a%20b?q=c%20d&e=f%20g"),
        ("https://example.com/p?id=7&amp;utm_source=rss&amp;b=8", "https://example.com/p?id=7&b=8"),
        (
            "https://example.com/p?id=7&#038;utm_source=rss&#38;b=8&amp;amp;c=9",
            "https://example.com/p?id=7&b=8&c=9",
        ),
        ("https://example.com/R&amp;D?x=1&amplitude=2", "https://example.com/R&D?x=1&amplitude=2"),
        ("https://exa mple.com/", ""),
        ("https://example.com:8 0/", ""),
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


TRACKING = [
    *(
        "utm_source=a",
        "UTM_CAMPAIGN=b",
        "utm_anything",
        "ysclid=l1",
        "srsltid=Af1",
        "mtm_source=rss",
        "pk_campaign=rss",
    ),
    *(
        "__hssc=1.1",
        "hsCtaTracking=a",
        "_openstat=a",
        "mc_tc=1",
        "at_link_id=5",
        "guce_referrer_sig=x",
        "utm%5Fsource=a",
    ),
    *(
        "vd_source=1",
        "spm_id_from=333",
        "sudaref=x",
        "share_token=1",
        "xtor=RSS-1",
        "ns_campaign=rss",
        "li_fat_id=1",
    ),
]
NAMES = [
    "id",
    "mod",
    "ref",
    "source",
    "cid",
    "utm",
    "spmx",
    "pk_id",
    "share",
    "gclids",
    "at",
    "page",
    "s",
    "from",
    "ns_id",
]


@pytest.mark.parametrize("pair", TRACKING)
def test_what_says_how_a_reader_came_makes_no_second_article(pair: str) -> None:
    page = "https://n.example/p?id=7"
    assert canonical_url(f"{page}&{pair}") == canonical_url(f"https://n.example/p?{pair}&id=7") == page
    assert canonical_url(f"https://n.example/p?{pair}") == "https://n.example/p"


@pytest.mark.parametrize("name", NAMES)
def test_what_a_site_may_name_its_pages_with_stays(name: str) -> None:
    assert canonical_url(f"https://n.example/p?{name}=7") == f"https://n.example/p?{name}=7"


blanks = st.sampled_from(" \t\n\r\x0b\x0c\x85\xa0\u2003\u2028\u3000\u200b\ufeff\x00\ud800")
parts = st.text(blanks | st.sampled_from("ab/.=中é+;") | st.characters(exclude_characters="%#?&"), max_size=8)


@given(parts, parts)
def test_addresses_that_differ_stay_different(one: str, other: str) -> None:
    for form in ("https://n.example/x{}x", "https://n.example/p?q=x{}x&id=7", "https://n.example/p?x{}x=1"):
        first, second = canonical_url(form.format(one)), canonical_url(form.format(other))
        assert first and (first == second) == (one == other)
        assert first.isprintable() and " " not in first


@given(st.lists(st.tuples(st.sampled_from(NAMES), st.text("ab1", max_size=3)), max_size=4), st.data())
def test_only_tracking_is_taken_out(pairs: list[tuple[str, str]], data: st.DataObject) -> None:
    page = "&".join(f"{name}={value}" for name, value in pairs)
    mixed = page.split("&") if page else []
    for pair in data.draw(st.lists(st.sampled_from(TRACKING), max_size=3)):
        mixed.insert(data.draw(st.integers(0, len(mixed))), pair)
    wanted = canonical_url(f"https://n.example/p?{page}")
    assert canonical_url(f"https://n.example/p?{'&'.join(mixed)}") == wanted
    assert canonical_url(f"https://n.example/p?{'&amp;'.join(mixed)}") == wanted


def test_the_list_is_well_formed_and_names_its_sources() -> None:
    text = resources.files("monitor.news").joinpath("tracking.txt").read_text("utf-8")
    assert "Apache-2.0" in text and text.count("https://") >= 4
    names = [line for line in text.splitlines() if line and not line.startswith("#")]
    assert all(re.fullmatch(r"[a-z0-9_]+\*?", name) for name in names)
    assert len(names) == len(set(names)) > 150
