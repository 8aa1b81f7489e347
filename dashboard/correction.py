"""Correct: say what an article really says, beside its judgement, in place."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from uuid import uuid4

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from monitor.desk import ArticleDetail, Towards
from monitor.errors import MonitorError
from monitor.records import SENTIMENTS, Article, Wrong
from monitor_dashboard import markup
from monitor_dashboard.frame import Frame, failed

OTHERS = (Wrong.COMPANY, Wrong.NOT_NEWS, Wrong.DUPLICATE)
"""What is wrong without a label that would be right."""
UNKNOWN = ""
ASKED = "correct"
"""The parameter of an article's address that opens its correction."""


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


def correct(frame: Frame, judged: Judged, key: str) -> None:
    """A button that opens the correction of one article, or the correction open; nothing for who may not."""
    if not frame.is_analyst:
        return
    say = frame.say
    if st.query_params.get(ASKED):  # somebody came for just this, from a list
        place: DeltaGenerator = st.container(border=True)
        place.markdown(f"**{say('correct')}**")
    else:
        place = st.popover(say("correct"), icon=":material/edit:", help=say("correct.help"))
    with place:
        _form(frame, judged, key)
        _report(frame, judged, key)


def _report(frame: Frame, judged: Judged, key: str) -> None:
    say = frame.say
    with st.form(f"{key}-report", border=False):
        kind = st.selectbox(say("correct.other"), OTHERS, format_func=lambda one: say(f"correct.{one}"))
        note = st.text_input(say("correct.note"), max_chars=2000, key=f"{key}-told")
        sent = st.form_submit_button(say("correct.report"))
    if sent and kind is not None:
        _done(frame, lambda: frame.desk.report(judged.article.id, kind, note), "correct.reported")


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
    st.query_params.pop(ASKED, None)
    st.rerun()
