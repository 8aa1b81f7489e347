"""Receivers: who is told of alerts, what waits for each, what did not arrive, and a message that tests it."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from monitor.desk import ReceiverView
from monitor.errors import MonitorError
from monitor_dashboard import markup
from monitor_dashboard.frame import Frame, failed, html


def show(frame: Frame) -> None:
    say = frame.say
    st.title(say("page.receivers"))
    found = frame.desk.receivers()
    if not found:
        st.info(say("receivers.none"))
        return
    columns = st.columns(3)
    columns[0].metric(say("receivers.enabled"), sum(one.enabled for one in found), border=True)
    columns[1].metric(say("receivers.waiting"), sum(one.waiting for one in found), border=True)
    columns[2].metric(say("receivers.dead"), sum(one.dead for one in found), border=True)
    for one in found:
        with st.container(border=True):
            words, buttons = st.columns([4, 2], vertical_alignment="center")
            with words:
                html(_told(frame, one))
            if frame.is_analyst and one.enabled:
                answer = st.empty()  # below, as wide as the receiver
                with buttons, st.container(horizontal=True, horizontal_alignment="right"):
                    _buttons(frame, one, answer)


def _told(frame: Frame, one: ReceiverView) -> str:
    """A receiver in a few lines: its state, its queue, when it hears, and what was wrong last."""
    say = frame.say
    state, kind = _state(one)
    head = f"{markup.tag(say(f'receivers.{state}'), kind)}<bdi>{markup.escape(one.name)}</bdi>"
    parts = [markup.escape(one.kind)] if one.kind else []
    if one.waiting:
        parts.append(say("receivers.n_waiting", n=one.waiting, since=frame.clock(one.oldest_at)))
    if one.held:
        parts.append(say("receivers.n_held", n=one.held))
    if one.dead:
        parts.append(say("receivers.n_dead", n=one.dead))
    arrived = frame.clock(one.delivered_at) if one.delivered_at else say("receivers.never")
    parts.append(say("receivers.arrived", at=arrived))
    parts += [say("receivers.digest", at=markup.escape(at)) for at in one.digests]
    if one.heartbeat_minutes:
        parts.append(say("receivers.heartbeat", minutes=f"{one.heartbeat_minutes:g}"))
    wrong = one.problem or one.last_error
    error = f'<div class="m-meta">{markup.escape(frame.said(wrong))}</div>' if wrong else ""
    return f'<div class="m-title">{head}</div><div class="m-meta">{" · ".join(parts)}</div>{error}'


def _state(one: ReceiverView) -> tuple[str, str]:
    """What is to be said of it first, and the colour."""
    if not one.configured:
        return "gone", ""
    if not one.enabled:
        return "off", ""
    if one.problem or (one.waiting and one.last_error):
        return "failing", "negative"
    return ("lost", "negative") if one.dead else ("fine", "positive")


def _buttons(frame: Frame, one: ReceiverView, answer: DeltaGenerator) -> None:
    """What an analyst may do; `answer` is where it says what came of a test."""
    say, name = frame.say, markup.plain(one.name)
    if one.dead and st.button(
        say("receivers.retry"),
        key=f"retry-{one.name}",
        icon=":material/refresh:",
        help=say("receivers.retry.help"),
    ):
        try:
            sent = frame.desk.retry_all(one.name).sent
        except MonitorError as error:
            failed(frame, error)
        else:
            st.toast(say("receivers.resent", n=sent))
            st.rerun()
    if st.button(
        say("receivers.test"), key=f"test-{one.name}", icon=":material/send:", help=say("receivers.test.help")
    ):
        try:
            with answer, st.spinner(say("receivers.testing")):
                found = frame.desk.test_receiver(one.name)
        except MonitorError as error:
            failed(frame, error)
            return
        if found.ok:
            answer.success(say("receivers.took", receiver=name))
        else:
            why = markup.plain(frame.said(found.error))
            answer.error(say("receivers.refused", receiver=name, why=why))
