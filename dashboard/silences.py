"""Silences beside the alerts: which are in force, and a new one for alerts like the one that is shown."""

from __future__ import annotations

from functools import partial

import streamlit as st

from monitor.desk import Silence
from monitor.records import Alert, Scope
from monitor_dashboard import markup
from monitor_dashboard.frame import Frame, attempt

HOURS = (1, 4, 24, 168)


def in_force(frame: Frame) -> None:
    """What people are not told of, with a button that ends it."""
    say = frame.say
    for one in frame.desk.silences():
        worse = f" {say('silence.but_worse')}" if one.until_worse else ""
        values = {"about": _about(frame, one), "until": frame.time(one.ends_at), "user": one.user}
        told = say("silence.is", **{name: markup.plain(value) for name, value in values.items()})
        with st.container(horizontal=True, vertical_alignment="center"):
            note = f" {markup.plain(one.note)}" if one.note else ""
            st.caption(f"{told}{worse}{note}")
            if frame.is_analyst and st.button(
                say("silence.end"), key=f"silence-{one.id}", icon=":material/notifications_active:"
            ):
                attempt(frame, partial(frame.desk.unsilence, one.id))


def offered(frame: Frame, alert: Alert, note: str) -> None:
    """A new silence for alerts of the same rule about the same."""
    say = frame.say
    with st.popover(say("silence.title"), icon=":material/notifications_off:", help=say("silence.help")):
        hours = st.selectbox(
            say("silence.hours"),
            HOURS,
            index=1,
            format_func=lambda number: say("silence.n_hours", n=number),
            key=f"silence-hours-{alert.id}",
        )
        worse = st.checkbox(say("silence.until_worse"), value=True, key=f"silence-worse-{alert.id}")
        if st.button(say("silence.do"), type="primary", key=f"silence-do-{alert.id}"):
            _begin(frame, alert, hours, worse, note)


def _begin(frame: Frame, alert: Alert, hours: int, until_worse: bool, note: str) -> None:
    about = {"rule": alert.rule, "company": alert.scope.company, "topic": alert.scope.topic}
    begin = partial(frame.desk.silence, hours, **about, until_worse=until_worse, note=note)
    attempt(frame, begin, "silence.done")


def _about(frame: Frame, one: Silence) -> str:
    named = [frame.scope(Scope("company", one.company))] if one.company else []
    named += [frame.scope(Scope("topic", one.topic))] if one.topic else []
    named += [one.rule] if one.rule else []
    named += [frame.say(f"severity.{one.severity}")] if one.severity else []
    return " · ".join(named)
