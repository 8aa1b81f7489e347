"""The team: how texts are labelled, where analysts differ, one's own answers, how far all agree."""

from __future__ import annotations

from functools import partial

import pandas as pd
import streamlit as st

from monitor.desk import Agreement, Analyst, Decided, Dispute, Given
from monitor.errors import MonitorError
from monitor_dashboard import guidance, markup
from monitor_dashboard.frame import Frame, attempt, failed, html
from monitor_dashboard.labelling import Beginning, ask

SHOWN = 20
"""Disputes, and answers of one's own, on the page."""
KEPT = "team-history-before"


def show(frame: Frame) -> None:
    say = frame.say
    st.title(say("page.team"))
    parts = [("team.guidelines", guidance.show)]
    if frame.is_analyst:
        parts += [("team.disputes", _disputes), ("team.history", _history)]
    parts.append(("team.agreement", _agreement))
    for tab, (_, part) in zip(st.tabs([say(name) for name, _ in parts]), parts, strict=True):
        with tab:
            part(frame)


# --- disputes ---------------------------------------------------------------------------------


def _disputes(frame: Frame) -> None:
    if decided := st.session_state.pop("team-decided", None):
        st.success(_names(frame, decided))
    found = frame.desk.disputes(SHOWN)
    st.caption(frame.say("team.disputes.help"))
    if not found:
        st.info(frame.say("team.disputes.none"))
    for one in found:
        with st.container(border=True):
            _dispute(frame, one)


def _dispute(frame: Frame, one: Dispute) -> None:
    article = one.article
    html(
        f'<div class="m-title">{markup.link(article.title, article.url)}</div>'
        f'<div class="m-text"><bdi>{markup.highlighted(article.text, article.mentions)}</bdi></div>'
    )
    for column, said in zip(st.columns(len(one.answers)), one.answers, strict=True):
        tags = markup.tag(frame.sentiment(said.sentiment), said.sentiment)
        tags += "".join(markup.tag(frame.topic(name)) for name in said.topics or ())
        tags += "".join(markup.towards(frame.company(id), to) for id, to in said.companies.items())
        why = f'<div class="m-why"><bdi>{markup.escape(said.note)}</bdi></div>' if said.note else ""
        with column, st.container(border=True):
            html(f'<div class="m-meta">{tags}</div>{why}')
    told = ask(frame, f"decide-{one.text_id}", _agreed(frame, one), "team.decide")
    if told is None:
        return
    try:
        decided = frame.desk.decide(one.text_id, told.sentiment, told.topics, told.companies, told.note)
    except MonitorError as error:
        failed(frame, error)
    else:
        st.session_state["team-decided"] = decided
        st.rerun()


def _agreed(frame: Frame, one: Dispute) -> Beginning:
    """What all who judged it say of a text, to begin with, and beside each company what each of them says, in
    the order in which their answers stand."""
    say = frame.say
    topics = [set(said.topics) for said in one.answers if said.topics is not None]
    sentiments = {said.sentiment for said in one.answers}
    companies: dict[str, str | None] = {}
    beside: dict[str, str] = {}
    for company in one.article.named:
        given = [said.companies.get(company, "") for said in one.answers]
        alike = given[0] if len(set(given)) == 1 else None
        # Of the only company of an article, its sentiment is the answer.
        companies[company] = alike if len(one.article.named) > 1 else alike or ""
        beside[company] = " / ".join(say(to) if to else say("label.as_article") for to in given)
    return Beginning(
        sentiments.pop() if len(sentiments) == 1 else "",
        sorted(set.intersection(*topics)) if topics else (),
        companies,
        beside,
    )


def _names(frame: Frame, decided: Decided) -> str:
    """Markdown: who had said what."""
    said = (f"{markup.plain(one.user)}: {frame.sentiment(one.sentiment)}" for one in decided.answers)
    return frame.say("team.decided", sentiment=frame.sentiment(decided.label.sentiment), said="; ".join(said))


# --- one's own answers -------------------------------------------------------------------------


def _history(frame: Frame) -> None:
    say = frame.say
    before = st.session_state.get(KEPT, 0)
    found = frame.desk.history(SHOWN + 1, before)
    if not found:
        st.info(say("none_yet"))
        return
    for one in found[:SHOWN]:
        with st.container(horizontal=True, vertical_alignment="center"):
            html(_given(frame, one))
            if one.withdrawn_at is None:
                st.button(
                    say("team.take_back"),
                    icon=":material/undo:",
                    key=f"back-{one.id}",
                    on_click=partial(_take_back, frame, one.id),
                )
    with st.container(horizontal=True):
        if before:
            st.button(say("articles.newest"), icon=":material/first_page:", on_click=partial(_turn, 0))
        if len(found) > SHOWN:
            older = partial(_turn, found[SHOWN - 1].id)
            st.button(say("articles.older"), icon=":material/chevron_right:", on_click=older)


def _given(frame: Frame, one: Given) -> str:
    say = frame.say
    if one.outcome == "label":
        tags = markup.tag(frame.sentiment(one.sentiment), one.sentiment)
        tags += "".join(markup.tag(frame.topic(name)) for name in (one.topics or ())[:3])
    else:
        tags = markup.tag(say("team.skipped"))
    tags += markup.tag(say(f"team.lane.{one.lane}"))
    tags += markup.tag(say("team.taken_back")) if one.withdrawn_at else ""
    told = [frame.clock(one.created_at)]
    told += [say("team.taught", models=", ".join(one.trained))] if one.trained else []
    note = f'<div class="m-why"><bdi>{markup.escape(one.note)}</bdi></div>' if one.note else ""
    details = frame.link("articles", id=one.article_id)
    return (
        f'<div class="m-story">{markup.dot(one.sentiment)}<a href="{details}"><bdi>'
        f"{markup.escape(one.title[:160])}</bdi></a>"
        f'<div class="m-meta">{tags}{markup.escape(" · ".join(told))}</div>{note}</div>'
    )


def _take_back(frame: Frame, answer_id: int) -> None:
    try:
        frame.desk.take_back(answer_id)
    except MonitorError as error:
        failed(frame, error)


def _turn(before: int) -> None:
    st.session_state[KEPT] = before


# --- figures -----------------------------------------------------------------------------------


def _agreement(frame: Frame) -> None:
    say, team = frame.say, frame.desk.agreement()
    st.caption(say("team.agreement.help"))
    every = {
        "team.of.audits": team.audits,
        "team.of.audits_ordered": team.audits_ordered,
        "team.of.sentiment": team.sentiment,
        "team.of.sentiment_ordered": team.sentiment_ordered,
        "team.of.topics": team.topics,
    }
    table = pd.DataFrame([_figures(frame, name, one) for name, one in every.items()])
    text = st.column_config.TextColumn
    st.dataframe(
        table,
        hide_index=True,
        column_config={
            "of": text(say("team.of"), width=250),
            "texts": text(say("team.texts"), width=90),
            "percent": text(say("team.percent"), width=110),
            "alpha": text(say("team.alpha"), width=90),
            "interval": text(say("team.interval"), width=140),
            "word": text(say("team.word"), width="medium"),
        },
    )
    if frame.is_admin:
        st.subheader(say("team.analysts"))
        for one in frame.desk.analysts():
            with st.container(border=True):
                _analyst(frame, one)


def _figures(frame: Frame, name: str, one: Agreement) -> dict[str, str]:
    return {
        "of": frame.say(name),
        "texts": f"{one.units:,}",
        "percent": "–" if one.percent is None else f"{one.percent:.0%}",
        "alpha": "–" if one.alpha is None else f"{one.alpha:.2f}",
        "interval": "–" if one.low is None or one.high is None else f"{one.low:.2f} – {one.high:.2f}",
        "word": frame.say(_word(one)),
    }


def _word(one: Agreement) -> str:
    """What alpha's lower end says, by Krippendorff's own rule of thumb (2004, 11.4): conclusions may be drawn
    from 0.8 on, tentative ones from 0.667."""
    if one.low is None:
        return "team.word.same" if one.units and one.alpha is None else "team.word.none"
    if one.low >= 0.8:
        return "team.word.good"
    return "team.word.fair" if one.low >= 0.667 else "team.word.poor"


def _analyst(frame: Frame, one: Analyst) -> None:
    say = frame.say
    told = [say("team.shared", n=one.shared)]
    if one.quality is not None and one.agreeing is not None:
        told.append(say("team.quality", quality=f"{one.quality:.0%}", agreeing=f"{one.agreeing:.0%}"))
    else:
        told.append(say("team.quality.few"))
    meter = frame.said(one.anchoring.verdict) if one.anchoring else say("team.meter.none")
    html(
        f"<b><bdi>{markup.escape(one.user)}</bdi></b>"
        f'<div class="m-meta">{markup.escape(" · ".join(told))}</div>'
        f'<div class="m-why">{markup.escape(say("team.meter", verdict=meter))}</div>'
    )
    if one.doubt is not None:
        _doubt(frame, one)
    elif one.record is not None:
        st.caption(markup.plain(frame.said(one.told())))
    with st.expander(_skills(frame, one)), st.form(f"skills-{one.user}", border=False):
        languages = st.multiselect(
            say("team.languages"),
            sorted({"en", "zh", *one.skills.languages}),
            list(one.skills.languages),
            format_func=lambda name: say(f"team.language.{name}") if name in ("en", "zh") else name,
        )
        names = [topic.name for topic in frame.desk.topics()]
        chosen = [name for name in one.skills.topics if name in names]
        topics = st.multiselect(say("team.topics_first"), names, chosen, format_func=frame.topic)
        if st.form_submit_button(say("team.skills.save")):
            attempt(frame, lambda: frame.desk.set_skills(one.user, languages, topics))


def _doubt(frame: Frame, one: Analyst) -> None:
    """What speaks against an analyst whose labels wait, and the decision."""
    say = frame.say
    st.warning(markup.plain(frame.said(one.told())), icon=":material/gpp_maybe:")
    with st.form(f"doubt-{one.user}", border=False):
        reason = st.text_input(say("label.why"), max_chars=2000)
        with st.container(horizontal=True):
            keep = st.form_submit_button(say("team.doubt.keep"))
            back = st.form_submit_button(say("team.doubt.take_back"), help=say("team.doubt.take_back.help"))
    if keep or back:
        attempt(frame, lambda: frame.desk.decide_doubt(one.user, keep, reason or ""))


def _skills(frame: Frame, one: Analyst) -> str:
    languages = ", ".join(one.skills.languages) or frame.say("team.every_language")
    topics = ", ".join(frame.topic(name) for name in one.skills.topics) or "–"
    return markup.plain(frame.say("team.skills", languages=languages, topics=topics))
