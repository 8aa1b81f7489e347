"""Account: one's own password, sessions and API tokens; an administrator sees those of everybody."""

from __future__ import annotations

from functools import partial

import streamlit as st

from monitor.desk import TokenView
from monitor.errors import MonitorError
from monitor_dashboard import markup
from monitor_dashboard.frame import Frame, failed, html

DAYS = (7, 30, 90, 365)


def show(frame: Frame) -> None:
    say = frame.say
    st.title(say("page.account"))
    left, right = st.columns([2, 3], gap="medium")
    with left:
        with st.container(border=True):
            st.subheader(say("account.password"))
            _password(frame)
        with st.container(border=True):
            st.subheader(say("account.new_token"))
            _new_token(frame)
    with right, st.container(border=True):
        st.subheader(say("account.tokens"))
        try:
            _tokens(frame)
        except MonitorError as error:
            failed(frame, error)


def _password(frame: Frame) -> None:
    say = frame.say
    with st.form("password", clear_on_submit=True, border=False):
        old = st.text_input(
            say("account.old"), type="password", autocomplete="current-password", max_chars=2000
        )
        new = st.text_input(say("account.new"), type="password", autocomplete="new-password", max_chars=2000)
        again = st.text_input(
            say("account.again"), type="password", autocomplete="new-password", max_chars=2000
        )
        asked = st.form_submit_button(say("account.change"))
    st.caption(say("account.change.help"))
    if not asked:
        return
    if new != again:
        st.error(say("account.differ"))
        return
    try:
        frame.desk.change_password(old or "", new or "")
    except MonitorError as error:
        failed(frame, error)
    else:
        st.success(say("account.changed"))


def _new_token(frame: Frame) -> None:
    say = frame.say
    with st.form("token", clear_on_submit=True, border=False):
        name = st.text_input(say("account.token_name"), max_chars=100)
        days = st.selectbox(say("account.days"), DAYS, index=2)
        asked = st.form_submit_button(say("account.make"))
    if not asked:
        return
    try:
        secret = frame.desk.create_token(name or "", days)
    except MonitorError as error:
        failed(frame, error)
    else:
        st.success(say("account.made"))
        st.code(secret, language=None)


def _tokens(frame: Frame) -> None:
    say, desk = frame.say, frame.desk
    whose = desk.user.name
    if frame.is_admin:
        names = [user.name for user in desk.users()]
        whose = st.selectbox(
            say("account.whose"),
            names,
            index=names.index(whose) if whose in names else 0,
            key="user",
            bind="query-params",
        )
    listed = desk.tokens(whose or "")
    if not listed:
        st.caption(say("account.none"))
    for one in listed:
        words, button = st.columns([5, 1], vertical_alignment="center")
        with words:
            html(_described(frame, one))
        with button:
            st.button(
                say("account.end"),
                key=f"end-{one.id}",
                disabled=one.own,
                help=say("account.own") if one.own else None,
                on_click=partial(_end, frame, one),
            )
    others = [one for one in listed if not one.own]
    if whose == desk.user.name and len(others) > 1:
        st.button(say("account.end_others"), on_click=partial(_end_others, frame))
    if problem := st.session_state.pop("account-problem", None):
        failed(frame, problem)


def _described(frame: Frame, one: TokenView) -> str:
    """HTML: a session or token, with when it was made, used, and ends."""
    say = frame.say
    tags = markup.tag(say(f"token.{one.kind}")) + (markup.tag(say("account.own")) if one.own else "")
    used = frame.time(one.used_at) if one.used_at else say("account.never")
    ends = frame.clock(one.expires_at) if one.expires_at else say("account.no_end")
    times = say("account.times", made=frame.time(one.created_at), used=used, ends=ends)
    return (
        f'<div class="m-story">{tags}<bdi>{markup.escape(one.name or one.id)}</bdi>'
        f'<div class="m-meta">{markup.escape(times)}</div></div>'
    )


def _end(frame: Frame, one: TokenView) -> None:
    try:
        frame.desk.revoke_token(one.id, one.user)
    except MonitorError as error:
        st.session_state["account-problem"] = error


def _end_others(frame: Frame) -> None:
    try:
        frame.desk.revoke_others()
    except MonitorError as error:
        st.session_state["account-problem"] = error
