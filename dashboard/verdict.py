"""What people say of an alert, and what each thing they can say would do, before they say it."""

from __future__ import annotations

from functools import partial

import streamlit as st

from monitor.desk import AlertDetail, ArticleView
from monitor.errors import MonitorError
from monitor.records import Alert, VerdictKind
from monitor_dashboard import markup
from monitor_dashboard.correction import Judged, correct
from monitor_dashboard.frame import Frame, attempt, html

OTHERS = 50
"""Other alerts that a duplicate may repeat, the newest."""
EXAMPLES = 4
"""Articles shown of what a name matches."""


def feedback(frame: Frame, detail: AlertDetail) -> None:
    """What was said, and a form to say something."""
    say, alert = frame.say, detail.alert
    with st.container(border=True):
        st.subheader(say("verdict.title"))
        html(_said(frame, detail))
        if not frame.is_analyst:
            return
        kind = st.pills(
            say("verdict.ask"),
            list(VerdictKind),
            format_func=lambda one: say(f"verdict.{one}"),
            label_visibility="collapsed",
            key=f"verdict-{alert.id}",
        )
        if kind is None:
            return
        st.caption(say(f"verdict.{kind}.does"))
        named = _asked(frame, detail, kind)
        if named is None:
            return
        other, article = named
        note = st.text_input(say("alert.note"), max_chars=2000, key=f"verdict-note-{alert.id}")
        if st.button(say("verdict.say"), type="primary", key=f"verdict-say-{alert.id}"):
            said = partial(frame.desk.judge_alert, alert.id, kind, note, other=other, article=article)
            attempt(frame, said, "verdict.done")


def _asked(frame: Frame, detail: AlertDetail, kind: VerdictKind) -> tuple[str, int] | None:
    """The other alert and the article that a kind is about; None where nothing can be said yet."""
    if kind is VerdictKind.NOISE:
        _budgets(frame, detail.alert)
    elif kind is VerdictKind.WRONG_COMPANY:
        _names(frame, detail)
    elif kind is VerdictKind.DUPLICATE:
        return _other(frame, detail.alert)
    elif kind is VerdictKind.WRONG_LABEL:
        return _article(frame, detail)
    return "", 0


def _said(frame: Frame, detail: AlertDetail) -> str:
    rows = [
        f'<div class="m-event">{markup.tag(frame.say(f"verdict.{one.kind}"))}'
        f'<bdi>{markup.escape(one.user)}</bdi> <span class="m-meta">{frame.clock(one.at)}</span>'
        + (f'<div class="m-meta"><bdi>{markup.escape(one.note)}</bdi></div>' if one.note else "")
        + "</div>"
        for one in detail.feedback
    ]
    return "".join(rows) or f'<div class="m-meta">{frame.say("verdict.none")}</div>'


def _budgets(frame: Frame, alert: Alert) -> None:
    """Which budget would have spared it."""
    say = frame.say
    try:
        tried = frame.desk.spared(alert.id)
    except MonitorError as error:
        st.caption(markup.plain(frame.said(error)))
        return
    rows = [
        (
            say("verdict.budget", n=f"{one.budget:g}"),
            [
                markup.cell(f"{one.cut:.2f}"),
                markup.cell(say("verdict.told" if one.told else "verdict.spared")),
            ],
        )
        for one in tried
    ]
    columns = [say("verdict.budgets"), say("verdict.cut"), say("verdict.then")]
    html(markup.table(say("verdict.score", score=f"{alert.score:.2f}"), columns, rows))


def _names(frame: Frame, detail: AlertDetail) -> None:
    """What each name by which the company was found matches, and what it gets wrong."""
    say, company = frame.say, detail.alert.scope.company
    aliases = sorted(
        {view.article.named[company] for view in detail.evidence if company in view.article.named}
    )
    if not aliases:
        return
    alias = st.selectbox(say("verdict.alias"), aliases, key=f"verdict-alias-{detail.alert.id}")
    if alias is None:
        return
    seen = frame.desk.preview_alias(alias, company)
    wrong = sum(seen.refused.values())
    figures = {"days": seen.days, "matched": seen.matched, "new": seen.new, "wrong": wrong}
    st.caption(say("verdict.matched", **figures))
    rows = [
        f'<div class="m-event">{markup.leading(one.around, frame.link("articles", id=one.article_id))}</div>'
        for one in seen.examples[:EXAMPLES]
    ]
    link = frame.link("companies", id=company)
    rows.append(f'<div class="m-meta"><a href="{link}">{say("verdict.edit")}</a></div>')
    html("".join(rows))


def _other(frame: Frame, alert: Alert) -> tuple[str, int] | None:
    """Which alert it repeats."""
    others = {one.id: one for one in frame.desk.alerts((), limit=OTHERS) if one.id != alert.id}
    if not others:
        st.caption(frame.say("verdict.no_other"))
        return None
    chosen = st.selectbox(
        frame.say("verdict.other"),
        list(others),
        format_func=lambda id: f"{frame.scope(others[id].scope)} · {frame.clock(others[id].opened_at)}",
        key=f"verdict-other-{alert.id}",
    )
    return None if chosen is None else (chosen, 0)


def _article(frame: Frame, detail: AlertDetail) -> tuple[str, int] | None:
    """Which article is judged wrong, with its correction beside."""
    views: dict[int, ArticleView] = {view.article.id: view for view in detail.evidence}
    chosen = st.selectbox(
        frame.say("verdict.article"),
        list(views),
        format_func=lambda id: views[id].article.title or views[id].article.text[:120],
        key=f"verdict-article-{detail.alert.id}",
    )
    if chosen is None:
        return None
    view = views[chosen]
    correct(
        frame, Judged(view.article, view.sentiment, view.topics, view.companies), f"verdict-correct-{chosen}"
    )
    return "", chosen
