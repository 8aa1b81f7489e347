"""Alerts: what surges now, and what did; each leads to its page (`alert`)."""

from __future__ import annotations

import streamlit as st

from monitor.desk import OPEN
from monitor.records import Alert
from monitor_dashboard import alert as page
from monitor_dashboard import filters, markup, silences
from monitor_dashboard.frame import Frame, html, warn_of


def show(frame: Frame) -> None:
    alert_id = st.query_params.get("id")
    if alert_id:
        page.show(frame, alert_id)
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
    window = say(
        "alert.window", hours=page.hours(alert.end_at - alert.start_at), at=frame.clock(alert.end_at)
    )
    return (
        f'{page.titled(frame, alert)}<div class="m-meta">{say("alert.voices")} <b>{alert.voices}</b> · '
        f"{say('alert.weight')} <b>{alert.observed:.1f}</b> · {say('alert.expected')} "
        f"<b>{frame.mean(alert.expected)}</b> · {window}{taken}</div>"
    )
