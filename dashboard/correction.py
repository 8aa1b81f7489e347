"""Correct: say what an article really says, beside its judgement, in place."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from uuid import uuid4

import streamlit as st

from monitor.desk import ArticleDetail, ArticleView, Towards
from monitor.errors import MonitorError
from monitor.records import SENTIMENTS, Article, Wrong
from monitor_dashboard import markup
from monitor_dashboard.frame import Frame, failed

OTHERS = (Wrong.COMPANY, Wrong.NOT_NEWS, Wrong.DUPLICATE)
"""What is wrong without a label that would be right."""
UNKNOWN = ""


@dataclass(frozen=True, slots=True)
class Judged:
    """An article with what counts as its judgement."""

    article: Article
    sentiment: str
    topics: Sequence[str]
    companies: Mapping[str, Towards]

    @classmethod
    def of_detail(cls, detail: ArticleDetail) -> Judged:
        return cls(detail.article, detail.sentiment, detail.topics, detail.companies)

    @classmethod
    def of_view(cls, view: ArticleView) -> Judged:
        return cls(view.article, view.sentiment, view.topics, view.companies)


def correct(frame: Frame, judged: Judged, key: str) -> None:
    """A button that opens the correction of one article; nothing for who may not."""
    if not frame.is_analyst:
        return
    say = frame.say
    with st.popover(say("correct"), icon=":material/edit:", help=say("correct.help")):
        _form(frame, judged, key)
        with st.form(f"{key}-report", border=False):
            kind = st.selectbox(say("correct.other"), OTHERS, format_func=lambda one: say(f"correct.{one}"))
            note = st.text_input(say("correct.note"), max_chars=2000, key=f"{key}-told")
            if st.form_submit_button(say("correct.report")) and kind is not None:
                _done(frame, lambda: frame.desk.report(judged.article.id, kind, note), "correct.reported")


def correct_one_of(frame: Frame, views: Sequence[ArticleView], key: str) -> None:
    """The same for one of several articles, to choose from."""
    if not views or not frame.is_analyst:
        return
    titles = {view.article.id: view.article.title or view.article.text[:120] for view in views}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.selectbox(
            frame.say("correct.article"),
            list(titles),
            format_func=lambda id: titles.get(id, ""),
            key=f"{key}-article",
        )
        for view in views:
            if view.article.id == chosen:
                correct(frame, Judged.of_view(view), f"{key}-{chosen}")


def _form(frame: Frame, judged: Judged, key: str) -> None:
    say, article = frame.say, judged.article
    topics = {topic.name: frame.topic(topic.name) for topic in frame.desk.topics()}
    with st.form(f"{key}-form", border=False):
        sentiment = st.segmented_control(
            say("filter.sentiment"),
            SENTIMENTS,
            default=judged.sentiment or None,
            format_func=say,
            key=f"{key}-sentiment",
        )
        chosen = st.multiselect(
            say("topics"),
            list(topics),
            default=[name for name in judged.topics if name in topics],
            format_func=lambda one: topics.get(one, one),
            key=f"{key}-topics",
        )
        towards = {}
        for company in article.named:
            known = judged.companies.get(company)
            options = [UNKNOWN, *SENTIMENTS]
            towards[company] = st.selectbox(
                say("correct.towards", company=markup.plain(frame.company(company))),
                options,
                index=options.index(known.sentiment) if known and known.sentiment in SENTIMENTS else 0,
                format_func=lambda one: say(one) if one else say("correct.as_article"),
                key=f"{key}-{company}",
            )
        note = st.text_input(say("correct.why"), max_chars=2000, key=f"{key}-note")
        sent = st.form_submit_button(say("correct.send"), type="primary")
    if not sent:
        return
    if sentiment is None:
        st.warning(say("correct.choose"))
        return
    companies = {company: said for company, said in towards.items() if said}
    _done(
        frame,
        lambda: frame.desk.correct(article.id, sentiment, chosen, companies, note, uuid4().hex),
        "correct.done",
    )


def _done(frame: Frame, act: Callable[[], object], told: str) -> None:
    try:
        act()
    except MonitorError as error:
        failed(frame, error)
        return
    st.toast(frame.say(told))
    st.rerun()
