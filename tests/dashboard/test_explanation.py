"""Words shaded by what they add, safe whatever the text is; and the button that asks for it."""

from __future__ import annotations

import re
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from monitor.records import Attribution, Explanation
from monitor_dashboard import markup
from monitor_dashboard.theme import NEGATIVE, POSITIVE

SHADED = re.compile(r'<span class="m-(for|against)" style="background:#\w{8}" title="[+-]1\.00">|</span>')


def told(text: str, *scores: tuple[int, int, float]) -> Explanation:
    words = tuple(Attribution(*one) for one in scores)
    return Explanation(text, "sentiment", "negative", 0.9, words, sum(one.score for one in words))


def test_words_for_and_against_differ_by_more_than_colour() -> None:
    html = markup.explained(told("loss narrows a lot", (0, 4, 2.0), (5, 12, -1.0), (13, 14, 0.01)))
    assert f'<span class="m-for" style="background:{POSITIVE}96" title="+2.00">loss</span>' in html
    assert f'<span class="m-against" style="background:{NEGATIVE}4b" title="-1.00">narrows</span>' in html
    assert html.endswith("</span> a lot"), "what hardly counts is left as it is"


def test_nothing_to_say_is_the_text() -> None:
    assert markup.explained(told("a < b")) == "a &lt; b"
    assert markup.explained(told("ab", (0, 2, 0.0))) == "ab"


@given(st.data(), st.text(st.sampled_from("<>&\"' ab远\u202e")), st.sampled_from([1.0, -1.0]))
def test_no_text_breaks_out(data: st.DataObject, text: str, sign: float) -> None:
    edges = sorted(data.draw(st.sets(st.integers(0, len(text)))))
    scores = [(a, b, sign) for a, b in zip(edges[::2], edges[1::2], strict=False)]
    html = markup.explained(told(text, *scores))
    bare = SHADED.sub("", html)
    assert "<" not in bare
    assert unescape(bare) == text.replace("\u202e", "")


def page() -> None:
    from dataclasses import replace
    from types import SimpleNamespace

    import streamlit as st

    from monitor.errors import ModelError
    from monitor.records import Mention
    from monitor.testing import FakeClassifier, make_article
    from monitor_dashboard.explanation import explain, explain_one_of
    from monitor_dashboard.messages import speaker

    article = make_article(
        "Record profit lifts shares of Acme", id=7, mentions=(Mention("acme", "Acme", 30, 34),)
    )
    other = replace(article, id=8, title="Other", content="Fraud probe", mentions=())

    def explanation(article_id: int, target: str) -> object:
        st.session_state["asked"] = [*st.session_state.get("asked", []), (article_id, target)]
        if article_id == 8:
            raise ModelError("no model is loaded")
        return FakeClassifier().explain(article, target)

    frame = SimpleNamespace(
        boxes=set(),
        said=str,
        say=speaker(st.session_state.get("language", "en")),
        topic=lambda name: name.title(),
        company=lambda id: id.title(),
        desk=SimpleNamespace(explanation=explanation),
    )
    explain(frame, article, ["earnings"], "one")
    views = [SimpleNamespace(article=one, topics=["legal"]) for one in (article, other)]
    explain_one_of(frame, views, "many", "acme")


@pytest.mark.parametrize(("language", "for_it"), [("en", "for it"), ("zh", "支持")])
def test_the_button_explains_what_was_chosen_and_only_then(language: str, for_it: str) -> None:
    app = AppTest.from_function(page)
    app.session_state["language"] = language
    app.run(timeout=60)
    assert not app.exception and "asked" not in app.session_state
    first, _, second = app.selectbox
    assert len(first.options) == 3 and second.options[0] == "Acme", "the alert's company comes first"
    app.button(key="one").click().run(timeout=60)
    assert app.session_state["asked"] == [(7, "sentiment")]
    shown = "".join(one.body for one in app.get("html"))
    assert '<span class="m-for"' in shown and for_it in shown and "profit +" in shown
    app.run(timeout=60)
    assert app.session_state["asked"] == [(7, "sentiment")], "it is kept, not asked for again"
    app.selectbox(key="one-target").set_value("topics:earnings").run(timeout=60)
    assert not app.get("html"), "an explanation of something else is not shown"
    app.selectbox(key="many-article").set_value(8).run(timeout=60)
    app.button(key="many-8").click().run(timeout=60)
    assert app.session_state["asked"][-1] == (8, "sentiment")
    assert "the model cannot be used" in app.error[0].value, "and the log says why"
