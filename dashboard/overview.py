"""Overview: how negative the news is, about what, and which stories travel furthest."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from monitor.desk import Overview, StoryView, TopicTrend
from monitor.errors import MonitorError
from monitor_dashboard import charts, filters, markup
from monitor_dashboard.companies import covered
from monitor_dashboard.frame import Frame, failed, html
from monitor_dashboard.storylines import story_row

REFRESH_SECONDS = 60
COMPANIES = 8
"""In the panel."""


def show(frame: Frame) -> None:
    say = frame.say
    with st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute"):
        st.title(say("page.overview"))
        hours = filters.hours(frame, usual="24")
    st.fragment(_state, run_every=REFRESH_SECONDS)(frame, hours)


def _state(frame: Frame, hours: int) -> None:
    frame.boxes.clear()  # a fragment that is run again shows its errors anew
    try:
        _shown(frame, hours)
    except MonitorError as error:
        failed(frame, error)


def _shown(frame: Frame, hours: int) -> None:
    say = frame.say
    overview = frame.desk.overview(hours)
    health = frame.desk.store_health()
    if health.state == "damaged":
        st.error(say("store.damaged", problem=markup.plain(health.problem)), icon=":material/error:")
    _figures(frame, overview)
    with st.container(border=True):
        st.subheader(frame.titled("trend"))
        if overview.stories:
            share, volume = charts.share_over_time(frame, overview.trend)
            st.altair_chart(share)
            st.altair_chart(volume)
        else:
            st.caption(say("trend.empty"))
    left, right = st.columns([6, 5], gap="medium")
    with left, st.container(border=True):
        st.subheader(say("topics"))
        _topics(frame, overview.topics, hours)
    with right:
        with st.container(border=True):
            st.subheader(say("companies.panel"))
            _companies(frame, hours)
        with st.container(border=True):
            st.subheader(say("top_stories"))
            _stories(frame, overview.top_stories)


def _figures(frame: Frame, overview: Overview) -> None:
    say, hours = frame.say, overview.hours
    columns = st.columns(5)
    columns[0].metric(say("kpi.stories"), f"{overview.stories:,}", help=say("kpi.stories.help"), border=True)
    columns[1].metric(say("kpi.share"), f"{overview.negative_share:.0%}", border=True)
    columns[2].metric(say("kpi.alerts"), overview.open_alerts, border=True)
    columns[3].metric(say("kpi.queue"), f"{overview.open_tasks:,}", border=True)
    failing = overview.sources_failing
    names = markup.plain(", ".join(failing)) if failing else None
    columns[4].metric(say("kpi.sources"), len(failing), help=names, border=True)
    pages = (
        *(frame.link("stories", hours=hours), frame.link("articles", hours=hours, sentiment="negative")),
        *(frame.link("alerts"), frame.link("queue"), frame.link("sources")),
    )
    keys = ("kpi.show.stories", "kpi.show.negative", "kpi.show.alerts", "kpi.show.queue", "kpi.show.sources")
    for column, page, key in zip(columns, pages, keys, strict=True):
        with column:
            html(f'<div class="m-meta m-under">{markup.leading(say(key), page)}</div>')


def _topics(frame: Frame, trends: Sequence[TopicTrend], hours: int) -> None:
    say = frame.say
    if not trends:
        st.caption(say("none_yet"))
        return
    rows = []
    for trend in trends:
        asked = {"topic": trend.topic.name, "hours": hours}
        bad = frame.link("articles", **asked, sentiment="negative") if trend.negative else ""
        rows.append(
            [
                markup.leading(frame.topic(trend.topic.name), frame.link("articles", **asked)),
                markup.leading(trend.stories, frame.link("stories", **asked)),
                markup.leading(trend.negative, bad),
                markup.share(trend.negative_share),
                markup.portion(trend.negative_before, trend.stories_before),
                markup.course(trend.shares),
            ]
        )
    columns = [say("topic"), say("kpi.stories"), say("negative"), say("share.short"), say("change")]
    html(markup.grid("", [*columns, say("course")], rows, narrow=True))


def _companies(frame: Frame, hours: int) -> None:
    """The companies that matter most, and the way to all of them."""
    found = [one for one in frame.desk.coverage(hours, limit=COMPANIES) if one.stories or one.open_alerts]
    if not found:
        st.caption(frame.say("none_yet"))
        return
    html(covered(frame, found, hours, narrow=True))
    every = markup.leading(frame.say("companies.all"), frame.link("companies", hours=hours))
    html(f'<div class="m-meta">{every}</div>')


def _stories(frame: Frame, stories: Sequence[StoryView]) -> None:
    say = frame.say
    if not stories:
        st.caption(say("none_yet"))
        return
    rows = [
        story_row(frame, story, markup.tag(frame.sentiment(story.label), story.label), story.label)
        for story in stories
    ]
    html("".join(rows))
