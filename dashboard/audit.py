"""Audit: who did what, when, to what, from where; an administrator's page, its filters in the address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial

import pandas as pd
import streamlit as st

from monitor.desk import AuditView
from monitor.errors import MonitorError
from monitor.records import Role
from monitor_dashboard import filters, markup
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
    asked = _filters(frame)
    start = filters.page("before", asked)
    found = frame.desk.audit(
        user=asked["user"],
        action=asked["action"],
        address=asked["address"],
        text=asked["text"],
        since=_since(frame, asked["days"]),
        limit=PAGE + 1,
        before_id=start,
    )
    if not found:
        st.info(say("audit.none"))
        return
    _table(frame, found[:PAGE])
    with st.container(horizontal=True):
        if start:
            st.button(
                say("audit.newest"), icon=":material/first_page:", on_click=partial(filters.put, "before", "")
            )
        if len(found) > PAGE:
            last = found[PAGE - 1].id
            st.button(
                say("audit.older"),
                icon=":material/chevron_right:",
                on_click=partial(filters.put, "before", str(last)),
            )


def _filters(frame: Frame) -> dict[str, str]:
    """What is asked for, by what the widgets say; each is a parameter of the address."""
    say = frame.say
    actions = list(frame.desk.audit_actions())
    names = list(dict.fromkeys([*(name.partition(".")[0] for name in actions), *actions]))
    user, action, address, text, days = st.columns([2, 2, 2, 3, 1])
    return {
        "user": filters.typed(user, "user", say("audit.user")),
        "action": filters.chosen(
            frame, action, "action", say("audit.action"), names, lambda n: _action(frame, n)
        ),
        "address": filters.typed(address, "address", say("audit.address")),
        "text": filters.typed(text, "text", say("audit.target")),
        "days": filters.chosen(frame, days, "days", say("period"), DAYS, lambda n: say(f"audit.days.{n}")),
    }


def _since(frame: Frame, days: str) -> datetime | None:
    """When the first of so many days, with today, began."""
    if not days:
        return None
    return filters.starts(frame, frame.now.astimezone(frame.zone).date(), 1 - int(days))


def _table(frame: Frame, entries: Sequence[AuditView]) -> None:
    say = frame.say
    rows = [
        {
            "id": one.id,
            "at": frame.time(one.at),
            "user": one.user,
            "action": _action(frame, one.action),
            "target": frame.said(one.target),
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
            "at": text(frame.titled("audit.at"), width=130),
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


def _name(frame: Frame, name: str) -> str:
    """The name of a detail in the reader's language; one that has no words as it is."""
    try:
        return frame.say(f"detail.{name}")
    except KeyError:
        return name


def _valued(frame: Frame, name: str, value: object) -> str:
    """What a detail of that name says; a role is one of ours, and has words."""
    if name in ("role", "needed") and value in list(Role):
        return frame.say(f"role.{value}")
    return _detail(frame, value)


def _detail(frame: Frame, value: object) -> str:
    """A detail in one line."""
    if isinstance(value, Mapping):
        return " · ".join(
            f"{_name(frame, name)}: {_valued(frame, name, inner)}" for name, inner in value.items()
        )
    if value is None:
        return "–"
    if isinstance(value, list):
        return ", ".join(_detail(frame, inner) for inner in value)
    return markup.one_line(frame.said(value))
