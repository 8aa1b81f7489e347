"""Correct: say what an article really says, beside its judgement, in place."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from uuid import uuid4

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from monitor.desk import ArticleDetail, Towards
from monitor.records import Article, Wrong
from monitor_dashboard.frame import Frame, attempt
from monitor_dashboard.labelling import Beginning, ask

OTHERS = (Wrong.COMPANY, Wrong.NOT_NEWS, Wrong.DUPLICATE)
"""What is wrong without a label that would be right."""
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
    article = judged.article
    towards = {company: judged.companies.get(company) for company in article.named}
    begin = Beginning(
        judged.sentiment,
        judged.topics,
        {company: to.sentiment if to else "" for company, to in towards.items()},
    )
    said = ask(frame, key, begin, "correct.send", "correct.why")
    if said is not None:
        given = (article.id, said.sentiment, said.topics, said.companies, said.note, uuid4().hex)
        _done(frame, lambda: frame.desk.correct(*given), "correct.done")


def _done(frame: Frame, act: Callable[[], object], told: str) -> None:
    def corrected() -> None:
        act()
        st.query_params.pop(ASKED, None)

    attempt(frame, corrected, told)
