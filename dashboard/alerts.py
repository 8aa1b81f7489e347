"""Alerts: what surges, the evidence for it, and who takes care."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import streamlit as st

from monitor.desk import OPEN, AlertDetail
from monitor.errors import MonitorError, NotFoundError
from monitor.records import Alert, AlertState, DeliveryState
from monitor_dashboard import charts, filters, markup, silences
from monitor_dashboard.explanation import explain_one_of
from monitor_dashboard.frame import Frame, article_rows, failed, html, warn_of

_TAGS = {
    DeliveryState.PENDING: "pending",
    DeliveryState.DELIVERED: "positive",
    DeliveryState.DEAD: "negative",
    DeliveryState.FOLDED: "",
}
_SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def show(frame: Frame) -> None:
    alert_id = st.query_params.get("id")
    if alert_id:
        _one(frame, alert_id)
    else:
        _all(frame)


def _all(frame: Frame) -> None:
    say = frame.say
    with st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute"):
        st.title(say("page.alerts"))
        chosen = filters.switched(
            frame, "show", say("alerts.show"), ("open", "all"), lambda value: say(f"alerts.{value}")
        )
    warn_of(frame, "detectors", "notifiers", "models")
    silences.in_force(frame)
    alerts = frame.desk.alerts(() if chosen == "all" else OPEN)
    if not alerts:
        _quiet(frame, chosen == "all")
    for alert in alerts:
        with st.container(border=True):
            words, button = st.columns([6, 1], vertical_alignment="center")
            with words:
                html(_headline(frame, alert))
            button.button(
                say("alert.details"),
                key=f"alert-{alert.id}",
                width="stretch",
                on_click=lambda chosen=alert.id: st.query_params.update(id=chosen),
            )


def _quiet(frame: Frame, everything: bool) -> None:
    """Why there is no alert: nobody looks yet, nothing can be told yet, or it is quiet indeed."""
    say, seen = frame.say, frame.desk.watching()
    following = say("alerts.next", at=frame.clock(seen.next_at)) if seen.next_at else say("alerts.nobody")
    if seen.problem:
        problem = markup.plain(frame.said(seen.problem))
        st.warning(f"{say('alerts.failed', problem=problem)} {following}", icon=":material/error:")
    elif seen.last_at is None:
        first = say("alerts.first", at=frame.clock(seen.next_at)) if seen.next_at else following
        st.info(f"{say('alerts.unchecked')} {first}", icon=":material/schedule:")
    elif seen.blind:
        st.info(f"{say('alerts.blind')} {following}", icon=":material/schedule:")
    elif seen.ready_at is not None:
        learnt = say("alerts.learning", at=frame.clock(seen.ready_at))
        st.info(f"{learnt} {following}", icon=":material/schedule:")
    elif seen.next_at is None:
        st.warning(f"{say('alerts.last', at=frame.clock(seen.last_at))} {following}", icon=":material/error:")
    else:
        quiet = say("alerts.none_ever" if everything else "alerts.none")
        checked = say("alerts.last", at=frame.clock(seen.last_at))
        st.success(f"{quiet} {checked} {following}", icon=":material/check_circle:")


def _headline(frame: Frame, alert: Alert) -> str:
    say = frame.say
    taken = f" · {markup.escape(alert.acknowledged_by)}" if alert.acknowledged_by else ""
    window = say("alert.window", hours=_hours(alert.end_at - alert.start_at), at=frame.clock(alert.end_at))
    return (
        f'{_title(frame, alert)}<div class="m-meta">{say("alert.voices")} <b>{alert.voices}</b> · '
        f"{say('alert.weight')} <b>{alert.observed:.1f}</b> · {say('alert.expected')} "
        f"<b>{frame.mean(alert.expected)}</b> · {window}{taken}</div>"
    )


def _title(frame: Frame, alert: Alert) -> str:
    """What rises, after its state and its severity; most are warnings, which need no word."""
    say = frame.say
    tags = markup.tag(say(f"state.{alert.state}"), alert.state)
    if alert.severity != "warning":
        kind = "negative" if alert.severity == "critical" else ""
        tags += markup.tag(say(f"severity.{alert.severity}"), kind)
    words = markup.escape(say("alert.title", scope=frame.scope(alert.scope)))
    return f'<div class="m-title">{tags}{words}</div>'


def _one(frame: Frame, alert_id: str) -> None:
    say = frame.say
    st.button(
        say("alert.back"),
        icon=":material/arrow_back:",
        type="tertiary",
        on_click=partial(filters.put, "id", ""),
    )
    try:
        detail = frame.desk.alert(alert_id)
    except NotFoundError:
        st.warning(say("alert.missing"))
        return
    alert = detail.alert
    html(_title(frame, alert))
    _buttons(frame, alert)
    _figures(frame, alert)
    with st.container(border=True):
        st.subheader(frame.titled("alert.history"))
        st.altair_chart(charts.negatives_and_expected(frame, detail.history, alert))
        st.caption(_usual(frame, detail))
    left, right = st.columns([3, 2], gap="medium")
    with left, st.container(border=True):
        st.subheader(f"{say('alert.evidence')} ({len(detail.evidence)})")
        article_rows(frame, detail.evidence, alert.scope.company)
        explain_one_of(frame, detail.evidence, f"why-{alert.id}", alert.scope.company)
    with right:
        with st.container(border=True):
            st.subheader(say("alert.timeline"))
            _timeline(frame, detail)
        with st.container(border=True):
            st.subheader(say("alert.deliveries"))
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
            _do(frame, "acknowledge", alert.id, note)
        if st.button(say("alert.resolve"), icon=":material/task_alt:"):
            _do(frame, "resolve", alert.id, note)
        silences.offered(frame, alert, note)


def _do(frame: Frame, what: str, alert_id: str, note: str) -> None:
    try:
        getattr(frame.desk, what)(alert_id, note)
    except MonitorError as error:
        failed(frame, error)
        return
    st.toast(frame.say(f"alert.{what}d"))
    st.rerun()


def _figures(frame: Frame, alert: Alert) -> None:
    say = frame.say
    columns = st.columns(4)
    usual = say("alert.expected.help", **_band(frame, alert.low, alert.high))
    columns[0].metric(say("alert.voices"), alert.voices, help=say("alert.voices.help"), border=True)
    columns[1].metric(
        say("alert.weight"), f"{alert.observed:.1f}", help=say("alert.weight.help"), border=True
    )
    columns[2].metric(say("alert.expected"), frame.mean(alert.expected), help=usual, border=True)
    p = "–" if alert.p_value is None else _probability(alert.p_value)
    columns[3].metric(say("alert.p"), p, help=say("alert.p.help"), border=True)
    figures = {"rule": markup.plain(alert.rule), "score": f"{alert.score:.1f}", "cut": f"{alert.cut:.1f}"}
    unchecked = "" if alert.checked else f" {say('alert.unchecked')}"
    st.caption(say("alert.rule", **figures) + unchecked)


def _usual(frame: Frame, detail: AlertDetail) -> str:
    """What the dashed line and the band of the chart are."""
    width = detail.history[0].end_at - detail.history[0].start_at
    level, low, high = charts.usual(detail.alert, width)
    return frame.say("alert.usual", hours=_hours(width), level=frame.mean(level), **_band(frame, low, high))


def _band(frame: Frame, low: float, high: float) -> dict[str, str]:
    return {"low": f"{low:.1f}" if low >= 0.1 else "0", "high": frame.mean(high)}


def _hours(length: timedelta) -> int:
    return round(length / timedelta(hours=1))


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
            try:
                frame.desk.retry(delivery.id)
            except MonitorError as error:
                failed(frame, error)
                return
            st.rerun()
