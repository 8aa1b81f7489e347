"""Why an article is judged as it is: word by word, when somebody asks (it takes a few seconds)."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from monitor.desk import ArticleView
from monitor.errors import MonitorError
from monitor.records import SENTIMENTS, Article, Explanation
from monitor_dashboard import markup
from monitor_dashboard.frame import Frame, failed, html

WORDS = 5
"""Words named on each side."""


def explain(frame: Frame, article: Article, topics: Sequence[str], key: str, company: str = "") -> None:
    """A button that explains the article's sentiment, one of its `topics`, or the sentiment towards
    a company it names (first of all the one with the id `company`)."""
    say = frame.say
    named = sorted(article.named.items(), key=lambda one: one[0] != company)
    companies = {f"company:{alias}": frame.company(id) for id, alias in named}
    targets = {f"topics:{name}": frame.topic(name) for name in topics}
    targets = {"sentiment": say("filter.sentiment"), **targets}
    targets = {**companies, **targets} if company in article.named else {**targets, **companies}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.selectbox(
            say("why.target"),
            list(targets),
            format_func=lambda one: targets.get(one, one),
            key=f"{key}-target",
        )
        asked = st.button(say("why.show"), key=key, icon=":material/lightbulb:", help=say("why.help"))
    if asked and chosen:
        try:
            with st.spinner(say("why.wait")):
                told = frame.desk.explanation(article.id, chosen)
        except MonitorError as error:
            failed(frame, error)
            return
        st.session_state[f"{key}-told"] = (article.id, told)
    found = asked_for(key, article.id)
    if found is not None and found.target == chosen:
        _show(frame, found)


def explain_one_of(frame: Frame, views: Sequence[ArticleView], key: str, company: str = "") -> None:
    """The same for one of several articles, to choose from."""
    if not views:
        return
    titles = {view.article.id: view.article.title or view.article.text[:120] for view in views}
    chosen = st.selectbox(
        frame.say("why.article"),
        list(titles),
        format_func=lambda id: titles.get(id, ""),
        key=f"{key}-article",
    )
    for view in views:
        if view.article.id == chosen:
            explain(frame, view.article, view.topics, f"{key}-{chosen}", company)


def asked_for(key: str, article_id: int) -> Explanation | None:
    """What somebody asked for last at a button `key` of an article; None where nobody did."""
    before, told = st.session_state.get(f"{key}-told", (0, None))
    return told if before == article_id else None


def _show(frame: Frame, told: Explanation) -> None:
    say = frame.say
    label = say(told.label) if told.label in SENTIMENTS else frame.topic(told.label)
    ranked = sorted(told.attributions, key=lambda one: -abs(one.score))
    sides = []
    for words, sign in ((say("why.for"), 1), (say("why.against"), -1)):
        some = [one for one in ranked if one.score * sign > 0][:WORDS]
        named = ", ".join(f"{told.text[one.start : one.end]} {one.score:+.2f}" for one in some)
        sides.append(f"<b>{markup.escape(words)}</b>: <bdi>{markup.escape(named or '–')}</bdi>")
    error = say("why.error", error=f"{told.error:.1%}")
    html(
        f'<div class="m-text m-explained"><bdi>{markup.explained(told)}</bdi></div>'
        f'<div class="m-meta">{markup.escape(label)} {told.probability:.0%} · {" · ".join(sides)} · '
        f"{markup.escape(error)}</div>"
    )
