"""Sources: whether each one is read, why not, and when next."""

from __future__ import annotations

from datetime import datetime, timedelta

import pandas as pd
import streamlit as st

from monitor.desk import SourceView
from monitor.errors import MonitorError
from monitor.messages import Cause, by_cause
from monitor.records import Pace
from monitor_dashboard import markup
from monitor_dashboard.frame import Frame, failed

NAMED = 3
"""Sources of one cause that are named."""


def show(frame: Frame) -> None:
    say = frame.say
    st.title(say("page.sources"))
    views, samples = frame.desk.sources(), frame.desk.samples()
    if not views:
        st.info(say("none_yet"))
        return
    failing = [
        view for view in views if view.enabled and (view.status.consecutive_failures or view.unavailable)
    ]
    fine = [view for view in views if view.enabled and view.status.last_success_at and view not in failing]
    columns = st.columns(3)
    columns[0].metric(say("sources.count"), len(views), border=True)
    columns[1].metric(say("sources.fine"), len(fine), border=True)
    columns[2].metric(say("kpi.sources"), len(failing), border=True)
    if frame.is_analyst:
        _poll(frame, [view for view in views if view.enabled])
    table = pd.DataFrame(
        [
            {
                "health": _health(frame, view),
                "title": f"{view.title} · {say('sample')}" if view.sample else view.title,
                "kind": view.kind,
                "language": view.language,
                "articles": None if view.sample and not samples else view.status.articles,
                "malformed": view.status.malformed,
                "worker": view.worker,
                "success": frame.time(view.status.last_success_at),
                "next": frame.time(_next(frame, view)) if view.enabled else "–",
            }
            for view in views
        ]
    )
    if not table["malformed"].any():
        table = table.drop(columns="malformed")
    if len({view.worker for view in views if view.worker}) < 2:  # there is nobody to tell apart
        table = table.drop(columns="worker")
    text = st.column_config.TextColumn
    st.dataframe(
        table,
        hide_index=True,
        placeholder="–",
        height=min(38 + 35 * len(table), 700),
        column_config={
            "health": text(say("sources.health"), width=120),
            "title": text(say("sources.name"), width="medium"),
            "kind": text(say("sources.kind"), width="small"),
            "language": text(say("sources.language"), width=80),
            "articles": st.column_config.NumberColumn(say("sources.articles"), width="small"),
            "malformed": st.column_config.NumberColumn(say("sources.malformed"), width=90),
            "worker": text(say("sources.worker"), width=110),
            "success": text(frame.titled("sources.success"), width=160),
            "next": text(frame.titled("sources.next"), width=140),
        },
    )
    for cause in by_cause((view.title, view.unavailable or view.status.last_error) for view in failing):
        st.warning(_told(frame, cause))
    for cause in by_cause((view.title, warning) for view in fine for warning in view.status.warnings):
        st.info(_told(frame, cause))


def _told(frame: Frame, cause: Cause) -> str:
    """Markdown: a cause in one line, with the first of the sources that it is the matter with."""
    some, more = cause.names[:NAMED], len(cause.names) - NAMED
    names = ", ".join(some) if more <= 0 else frame.say("sources.more", names=", ".join(some), n=more)
    return f"**{markup.plain(names)}** {markup.plain(frame.said(cause.what))}"


def _next(frame: Frame, view: SourceView) -> datetime | None:
    """When it is polled next, on the visitor's clock: what waits, waits on the store's."""
    if view.status.last_polled_at is None:
        return None
    return frame.now + timedelta(seconds=view.status.wait_seconds)


def _health(frame: Frame, view: SourceView) -> str:
    if not view.configured:
        return frame.say("sources.gone")
    if not view.enabled:
        return frame.say("sources.off")
    if view.unavailable:
        return frame.say("sources.unavailable")
    if view.status.consecutive_failures and view.status.pace is Pace.HUNG:
        return frame.say("sources.hangs", n=view.status.consecutive_failures)
    if view.status.consecutive_failures:
        return frame.say("sources.failing", n=view.status.consecutive_failures)
    return frame.say("sources.ok" if view.status.last_success_at else "sources.never")


def _poll(frame: Frame, views: list[SourceView]) -> None:
    say = frame.say
    titles = {view.name: view.title for view in views}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.selectbox(
            say("sources.name"),
            list(titles),
            format_func=lambda name: titles[name],
            label_visibility="collapsed",
            width=320,
        )
        asked = st.button(say("sources.poll"), icon=":material/sync:", disabled=name is None)
    if not asked or name is None:
        return
    try:
        with st.spinner(say("sources.polling", source=titles[name])):
            result = frame.desk.poll(name)
    except MonitorError as error:
        failed(frame, error)
        return
    if result.ok:
        counts = {"new": result.new, "duplicates": result.duplicates}
        st.success(say("sources.polled", source=markup.plain(titles[name]), **counts))
        if result.malformed:
            st.warning(say("sources.polled_malformed", n=result.malformed))
    else:
        title, told = markup.plain(titles[name]), markup.plain(frame.said(result.error))
        st.error(say("sources.poll_failed", source=title, error=told))
