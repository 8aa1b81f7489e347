"""The page of one alert: what rose, the evidence for it, what was done, and who was told."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import streamlit as st

from monitor.desk import AlertDetail
from monitor.errors import NotFoundError
from monitor.records import Alert, AlertState, DeliveryState
from monitor_dashboard import card, caring, charts, filters, markup, silences, verdict
from monitor_dashboard.frame import Frame, attempt, html

_TAGS = {
    DeliveryState.PENDING: "pending",
    DeliveryState.DELIVERED: "positive",
    DeliveryState.DEAD: "negative",
    DeliveryState.FOLDED: "",
}
_SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def show(frame: Frame, alert_id: str) -> None:
    """The page of the alert with this id."""
    say = frame.say
    filters.back(frame, "alert.back")
    try:
        detail = frame.desk.alert(alert_id)
    except NotFoundError:
        st.warning(say("alert.missing"))
        return
    alert = detail.alert
    html(titled(frame, alert))
    caring.shown(frame, alert)
    _buttons(frame, alert)
    if alert.operational:
        _happened(frame, detail)
        card.similar(frame, detail)
        return
    _figures(frame, detail)
    with st.container(border=True):
        st.subheader(frame.titled("alert.history"))
        st.altair_chart(charts.negatives_and_expected(frame, detail.history, alert))
        st.caption(_usual(frame, detail))
    left, right = st.columns([3, 2], gap="medium")
    with left:
        card.hangs_on(frame, detail)
        below = card.stories(frame, detail)
    with right:
        verdict.feedback(frame, detail)
        card.similar(frame, detail)
        _happened(frame, detail)
    with below:
        card.why(frame, detail)


def _happened(frame: Frame, detail: AlertDetail) -> None:
    """What was done, and who was told."""
    with st.container(border=True):
        st.subheader(frame.say("alert.timeline"))
        _timeline(frame, detail)
        caring.comment(frame, detail.alert.id)
    with st.container(border=True):
        st.subheader(frame.say("alert.deliveries"))
        _deliveries(frame, detail)


def _buttons(frame: Frame, alert: Alert) -> None:
    say = frame.say
    if alert.state is AlertState.RESOLVED or not frame.is_analyst:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        note = st.text_input(
            say("alert.note"),
            placeholder=say("alert.note.hint"),
            label_visibility="collapsed",
            max_chars=2000,
            width=380,
            key=f"note-{alert.id}",
        )
        if not alert.acknowledged_by and st.button(
            say("alert.acknowledge"), type="primary", icon=":material/front_hand:"
        ):
            attempt(frame, lambda: frame.desk.acknowledge(alert.id, note), "alert.acknowledged")
        with st.popover(say("alert.resolve"), icon=":material/task_alt:"):
            st.caption(say("list.ask.resolve.help"))
            if st.button(say("caring.sure"), type="primary", key=f"resolve-{alert.id}"):
                attempt(frame, lambda: frame.desk.resolve(alert.id, note), "alert.resolved")
        silences.offered(frame, alert, note)


def _figures(frame: Frame, detail: AlertDetail) -> None:
    say, alert = frame.say, detail.alert
    columns = st.columns(4)
    usual = say("alert.expected.help", **frame.band(alert.low, alert.high))
    columns[0].metric(say("alert.voices"), alert.voices, help=say("alert.voices.help"), border=True)
    columns[1].metric(
        say("alert.weight"), f"{alert.observed:.1f}", help=say("alert.weight.help"), border=True
    )
    columns[2].metric(say("alert.expected"), frame.mean(alert.expected), help=usual, border=True)
    p = "–" if alert.p_value is None else _probability(alert.p_value)
    columns[3].metric(say("alert.p"), p, help=say("alert.p.help"), border=True)
    figures = {"rule": markup.plain(alert.rule), "score": f"{alert.score:.1f}", "cut": f"{alert.cut:.1f}"}
    unchecked = "" if alert.checked else f" {say('alert.unchecked')}"
    models = ", ".join(map(markup.plain, detail.card.models))
    judged = f" {say('alert.models', models=models)}" if models else ""
    q = detail.card.q_value
    false = "" if q is None else f" {say('alert.q', share=f'{q:.0%}' if q >= 0.01 else '<1%')}"
    st.caption(say("alert.rule", **figures) + unchecked + false + judged)


def _usual(frame: Frame, detail: AlertDetail) -> str:
    """What the dashed line and the band of the chart are."""
    width = detail.history[0].end_at - detail.history[0].start_at
    level, low, high = charts.usual(detail.alert, width)
    return frame.say("alert.usual", hours=hours(width), level=frame.mean(level), **frame.band(low, high))


def _probability(p: float) -> str:
    """As a percentage, or a power of ten where that would be all noughts."""
    if p >= 0.001:
        return f"{p:.2%}"
    if p < 1e-300:
        return "≈ 0"
    digits, exponent = f"{p:.0e}".split("e-")
    return f"{digits} · 10⁻{exponent.lstrip('0').translate(_SUPERSCRIPTS)}"


def _timeline(frame: Frame, detail: AlertDetail) -> None:
    rows = [
        f'<div class="m-event"><time>{frame.clock(event.at)}</time><b>{_event(frame, event.event)}</b> '
        f"{markup.escape(event.user)}"
        + (f'<div class="m-meta">{markup.escape(frame.said(event.note))}</div>' if event.note else "")
        + "</div>"
        for event in detail.events
    ]
    html("".join(rows) or f'<div class="m-meta">{frame.say("none_yet")}</div>')


def _event(frame: Frame, name: str) -> str:
    try:
        return frame.say(f"event.{name}")
    except KeyError:
        return markup.escape(name)


def _deliveries(frame: Frame, detail: AlertDetail) -> None:
    say = frame.say
    if not detail.deliveries:
        st.caption(say("none_yet"))
        return
    rows = []
    for delivery in detail.deliveries:
        state = markup.tag(say(f"delivery.{delivery.state}"), _TAGS[delivery.state])
        tries = say("delivery.attempts", n=delivery.attempts) if delivery.attempts > 1 else ""
        about = " · ".join(part for part in (_event(frame, delivery.event), tries) if part)
        rows.append(
            f'<div class="m-event">{state}<b>{markup.escape(delivery.notifier)}</b> '
            f'<span class="m-meta">{about}</span>'
            f'<div class="m-meta">{markup.escape(frame.said(delivery.last_error))}</div></div>'
        )
    html("".join(rows))
    for delivery in detail.deliveries:
        if (
            delivery.state is DeliveryState.DEAD
            and frame.is_analyst
            and st.button(f"{say('delivery.retry')}: {markup.plain(delivery.notifier)}", key=delivery.id)
        ):
            attempt(frame, partial(frame.desk.retry, delivery.id))


def titled(frame: Frame, alert: Alert) -> str:
    """What rises, after its state and its severity; most are warnings, which need no word."""
    say = frame.say
    tags = markup.tag(say(f"state.{alert.state}"), alert.state)
    if alert.severity != "warning":
        kind = "negative" if alert.severity == "critical" else ""
        tags += markup.tag(say(f"severity.{alert.severity}"), kind)
    key = "alert.operating" if alert.operational else "alert.title"
    words = markup.escape(say(key, scope=frame.scope(alert.scope)))
    return f'<div class="m-title">{tags}{words}</div>'


def hours(length: timedelta) -> int:
    """A length in whole hours."""
    return round(length / timedelta(hours=1))
