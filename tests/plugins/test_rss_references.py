"""References of a document, made into what every XML parser reads."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor_plugins.rss.references import mended


@pytest.mark.parametrize(
    ("document", "text"),
    [
        ("<a>plain</a>", "<a>plain</a>"),
        ("<a>&amp;&lt;&gt;&quot;&apos;</a>", "<a>&amp;&lt;&gt;&quot;&apos;</a>"),
        ("<a>&#55357;&#56832;</a>", "<a>😀</a>"),
        ("<a>&#xD83D;&#xde00;</a>", "<a>😀</a>"),
        ("<a>&#55357;&#xDE00;</a>", "<a>😀</a>"),
        ("<a>&#xDE00;&#xD83D;</a>", "<a>\ufffd\ufffd</a>"),
        ("<a>&#x110000;&#0;&#xFFFE;</a>", "<a>\ufffd\ufffd\ufffd</a>"),
        ("<a>&#1;&#x1f;&#9;&#10;</a>", "<a>&#9;&#10;</a>"),
        ("<a>&#128512;&#x1F600;&#65;</a>", "<a>&#128512;&#x1F600;&#65;</a>"),
        ("<a>&#8217s &#7 &#99999999999</a>", "<a>&#8217;s &amp;#7 &amp;#99999999999</a>"),
        ("<a>&nbsp;&eacute;&AMP;&LT;</a>", "<a>\xa0é&amp;&lt;</a>"),
        ("<a>R&D &bogus; & &; &&</a>", "<a>R&amp;D &amp;bogus; &amp; &amp;; &amp;&amp;</a>"),
        ('<a href="?a=1&section=2&amp;b"/>', '<a href="?a=1&amp;section=2&amp;b"/>'),
        (
            "<a><![CDATA[R&D &nbsp; &#xD83D;&#xDE00; &#0;]]>&nbsp</a>",
            "<a><![CDATA[R&D &nbsp; 😀 \ufffd]]>&amp;nbsp</a>",
        ),
        ("<a><![CDATA[R&D</a>", "<a><![CDATA[R&amp;D</a>"),
        (
            '<!DOCTYPE a [<!ENTITY copy "x">]><a>&copy;&reg;</a>',
            '<!DOCTYPE a [<!ENTITY copy "x">]><a>&copy;®</a>',
        ),
    ],
)
def test_references(document: str, text: str) -> None:
    assert mended(document) == text


@given(
    st.text(
        st.sampled_from("&#xX;0123456789dDaAfFe8cCR amp lt nbsp]") | st.characters(codec="utf-8"), max_size=40
    )
)
def test_whatever_stands_in_a_text_a_parser_reads_it(text: str) -> None:
    plain = "".join(
        char for char in text if char not in "<>" and (char >= " " and char not in "\ufffe\uffff")
    )
    plain = plain.replace("\x7f", "").replace("]]", "")
    ElementTree.fromstring(f"<a>{mended(plain)}</a>")


@given(st.text(st.characters(codec="utf-8", exclude_characters="&")))
def test_without_an_ampersand_nothing_changes(text: str) -> None:
    assert mended(text) == text


@pytest.mark.parametrize(
    "unit", ["&", "&#", "<![CDATA[&", "&#x0", "&a", "&#55357;", "<![CDATA[]]>", "<!ENTITY a "]
)
def test_no_document_takes_long(unit: str) -> None:
    mended(unit * 200_000)  # quadratic code would hit the suite's timeout
