"""Beside an alert: whose it is and until when, how grave people say it is, and a comment on it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import streamlit as st

from monitor.desk import SEVERITIES, Deadline, deadlines
from monitor.records import Alert, AlertState
from monitor_dashboard import markup
from monitor_dashboard.frame import Frame, attempt, html


def shown(frame: Frame, alert: Alert) -> None:
    """Its owner and its deadlines, and for an analyst the way to change the one and its severity."""
    say = frame.say
    owner = markup.escape(alert.owner) if alert.owner else say("list.nobody")
    told = [f"{say('caring.owner')}: <b><bdi>{owner}</bdi></b>"]
    told += [_deadline(frame, one) for one in deadlines(alert)]
    if alert.severity != alert.rule_severity:
        told.append(say("list.rule_says", severity=say(f"severity.{alert.rule_severity}")))
    with st.container(horizontal=True, vertical_alignment="center"):
        html(f'<div class="m-meta">{" · ".join(told)}</div>')
        if frame.is_analyst and alert.state is not AlertState.RESOLVED:
            with st.popover(say("caring.to"), icon=":material/person_add:"):
                _assigning(frame, alert)
                _grading(frame, alert)


def comment(frame: Frame, alert_id: str) -> None:
    """For an analyst the place to say something, which then stands in the alert's history."""
    if not frame.is_analyst:
        return
    with st.form(f"comment-{alert_id}", clear_on_submit=True, border=False):
        text = st.text_area(frame.say("caring.comment"), max_chars=2000, height=80)
        asked = st.form_submit_button(frame.say("caring.say"), icon=":material/comment:")
    if asked and (text or "").strip():
        _do(frame, lambda: frame.desk.comment_on_alert(alert_id, text or ""))


def _deadline(frame: Frame, one: Deadline) -> str:
    """How one of its deadlines stands; one that was met needs no words."""
    say, over = frame.say, one.over(frame.now)
    if one.done_at is not None and over <= timedelta(0):
        return f"{say(f'caring.met.{one.duty}')}"
    late = over > timedelta(0)
    words = say(f"list.{'late' if late else 'due'}.{one.duty}", time=_length(frame, abs(over)))
    return markup.tag(words, "negative") if late else markup.escape(words)


def _length(frame: Frame, time: timedelta) -> str:
    minutes = int(time.total_seconds() // 60)
    if minutes < 120:
        return frame.say("list.minutes", n=minutes)
    hours = minutes // 60
    return frame.say("list.n_hours", n=hours) if hours < 48 else frame.say("list.days", n=hours // 24)


def _assigning(frame: Frame, alert: Alert) -> None:
    say, desk = frame.say, frame.desk
    if alert.owner != desk.user.name and st.button(say("caring.take"), key=f"take-{alert.id}"):
        _do(frame, lambda: desk.assign(alert.id))
    if alert.owner and st.button(say("caring.release"), key=f"release-{alert.id}"):
        _do(frame, lambda: desk.assign(alert.id, ""))
    others = [name for name in desk.alert_owners() if name not in (alert.owner, desk.user.name)]
    if others:
        to = st.selectbox(say("caring.owner"), others, key=f"owner-{alert.id}")
        if st.button(say("caring.assign"), key=f"assign-{alert.id}"):
            _do(frame, lambda: desk.assign(alert.id, to))


def _grading(frame: Frame, alert: Alert) -> None:
    say = frame.say
    with st.form(f"severity-{alert.id}", border=False):
        severity = st.selectbox(
            say("caring.severity"),
            SEVERITIES,
            index=SEVERITIES.index(alert.severity) if alert.severity in SEVERITIES else 1,
            format_func=lambda one: say(f"severity.{one}"),
        )
        why = st.text_input(say("caring.why"), max_chars=2000)
        asked = st.form_submit_button(say("caring.change"))
    if asked:
        _do(frame, lambda: frame.desk.change_severity(alert.id, severity, why or ""))


def _do(frame: Frame, act: Callable[[], Alert]) -> None:
    attempt(frame, act, "caring.done")
