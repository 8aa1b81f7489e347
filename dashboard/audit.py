"""Audit: who did what, when, to what, from where; an administrator's page, its filters in the address."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from monitor.desk import AuditView
from monitor.errors import MonitorError
from monitor_dashboard import markup
from monitor_dashboard.frame import Frame, failed

PAGE = 50
DAYS = ("1", "7", "30")


def show(frame: Frame) -> None:
    say = frame.say
    st.title(say("page.audit"))
    if not frame.is_admin:
        st.info(say("audit.role"))
        return
    try:
        _state(frame)
        _entries(frame)
    except MonitorError as error:
        failed(frame, error)


def _state(frame: Frame) -> None:
    """Whether the chain is whole; checked when asked, for it reads every entry."""
    say = frame.say
    if not st.button(say("audit.check"), icon=":material/verified:", help=say("audit.check.help")):
        return
    with st.spinner(say("audit.checking")):
        state = frame.desk.audit_state()
    if state.problem:
        st.error(say("audit.broken", n=state.first_bad, problem=markup.plain(frame.said(state.problem))))
    else:
        st.success(say("audit.whole", n=f"{state.entries:,}", seal=state.seal[:16] or "–"))


def _entries(frame: Frame) -> None:
    say = frame.say
    filters = _filters(frame)
    before = st.query_params.get("before", "")
    start = int(before) if before.isdecimal() and len(before) < 19 else 0
    if st.session_state.get("audit-filters", filters) != filters:
        start = 0
    st.session_state["audit-filters"] = filters
    _turn(start)
    since = _since(frame, filters["days"])
    found = frame.desk.audit(
        user=filters["user"],
        action=filters["action"],
        address=filters["address"],
        text=filters["text"],
        since=since,
        limit=PAGE + 1,
        before_id=start,
    )
    if not found:
        st.info(say("audit.none"))
        return
    _table(frame, found[:PAGE])
    with st.container(horizontal=True):
        if start:
            st.button(say("audit.newest"), icon=":material/first_page:", on_click=_turn, args=(0,))
        if len(found) > PAGE:
            last = found[PAGE - 1].id
            st.button(say("audit.older"), icon=":material/chevron_right:", on_click=_turn, args=(last,))


def _filters(frame: Frame) -> dict[str, str]:
    """What is asked for, by what the widgets say; each is a parameter of the address."""
    say = frame.say
    actions = list(frame.desk.audit_actions())
    names = list(dict.fromkeys([*(name.partition(".")[0] for name in actions), *actions]))
    user, action, address, text, days = st.columns([2, 2, 2, 3, 1])
    return {
        "user": _typed(user, "user", say("audit.user")),
        "action": _chosen(frame, action, "action", say("audit.action"), names, lambda n: _action(frame, n)),
        "address": _typed(address, "address", say("audit.address")),
        "text": _typed(text, "text", say("audit.target")),
        "days": _chosen(frame, days, "days", say("period"), DAYS, lambda n: say(f"audit.days.{n}")),
    }


def _typed(place: DeltaGenerator, name: str, label: str) -> str:
    return place.text_input(label, max_chars=200, key=name, bind="query-params") or ""


def _chosen(
    frame: Frame,
    place: DeltaGenerator,
    name: str,
    label: str,
    options: Sequence[str],
    title: Callable[[str], str],
) -> str:
    """One of `options`, or "" for any. The address has the option itself: Streamlit's own binding would
    write its title there, which differs between languages."""

    def remember() -> None:
        _put(name, st.session_state[f"audit-{name}"])

    asked, all_options = st.query_params.get(name, ""), ["", *options]
    chosen = place.selectbox(
        label,
        all_options,
        index=all_options.index(asked) if asked in all_options else 0,
        format_func=lambda option: title(option) if option else frame.say("filter.any"),
        key=f"audit-{name}",
        on_change=remember,
    )
    return str(chosen or "")


def _since(frame: Frame, days: str) -> datetime | None:
    """Midnight, on the reader's clock, of the first of so many days."""
    if not days:
        return None
    first = (frame.now.astimezone(frame.zone) - timedelta(days=int(days) - 1)).date()
    return datetime.combine(first, time(), frame.zone).astimezone(UTC)


def _turn(before: int) -> None:
    """Show the page that ends before this entry; 0: the newest."""
    _put("before", str(before) if before else "")


def _put(name: str, value: str) -> None:
    """Write a parameter of the address; "" takes it away."""
    if value:
        st.query_params[name] = value
    else:
        st.query_params.pop(name, None)


def _table(frame: Frame, entries: Sequence[AuditView]) -> None:
    say = frame.say
    rows = [
        {
            "id": one.id,
            "at": frame.time(one.at),
            "user": one.user,
            "action": _action(frame, one.action),
            "target": one.target,
            "address": one.address,
            "detail": _detail(frame, one.detail),
        }
        for one in entries
    ]
    text, number = st.column_config.TextColumn, st.column_config.NumberColumn
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        height=38 + 35 * len(rows),
        column_config={
            "id": number(say("audit.number"), width=60, format="%d"),
            "at": text(say("audit.at"), width=120),
            "user": text(say("audit.user"), width=110),
            "action": text(say("audit.action"), width=190),
            "target": text(say("audit.target"), width="medium"),
            "address": text(say("audit.address"), width=130),
            "detail": text(say("audit.detail"), width="large"),
        },
    )


def _action(frame: Frame, name: str) -> str:
    """An action, or a kind of actions, in the reader's language; one that has no words by its name."""
    kind, _, deed = name.partition(".")
    try:
        return frame.say(f"action.{kind}.{deed}") if deed else frame.say(f"kind.{kind}")
    except KeyError:
        return name


def _detail(frame: Frame, value: object) -> str:
    """A detail in one line."""
    if isinstance(value, Mapping):
        return " · ".join(f"{name}: {_detail(frame, inner)}" for name, inner in value.items())
    if value is None:
        return "–"
    if isinstance(value, list):
        return ", ".join(_detail(frame, inner) for inner in value)
    return markup.one_line(frame.said(value))
