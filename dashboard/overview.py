"""Overview: how negative the news is, about what, and which stories travel furthest."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from monitor.desk import Overview, StoryView, TopicTrend
from monitor.errors import MonitorError
from monitor_dashboard import charts, filters, markup
from monitor_dashboard.frame import Frame, failed, html

REFRESH_SECONDS = 60


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
        _topics(frame, overview.topics)
    with right, st.container(border=True):
        st.subheader(say("top_stories"))
        _stories(frame, overview.top_stories)


def _figures(frame: Frame, overview: Overview) -> None:
    say = frame.say
    columns = st.columns(5)
    columns[0].metric(say("kpi.stories"), f"{overview.stories:,}", help=say("kpi.stories.help"), border=True)
    columns[1].metric(say("kpi.share"), f"{overview.negative_share:.0%}", border=True)
    columns[2].metric(say("kpi.alerts"), overview.open_alerts, border=True)
    columns[3].metric(say("kpi.queue"), f"{overview.open_tasks:,}", border=True)
    failing = overview.sources_failing
    names = markup.plain(", ".join(failing)) if failing else None
    columns[4].metric(say("kpi.sources"), len(failing), help=names, border=True)


def _topics(frame: Frame, trends: Sequence[TopicTrend]) -> None:
    say = frame.say
    if not trends:
        st.caption(say("none_yet"))
        return
    table = pd.DataFrame(
        [
            {
                "topic": trend.topic.zh if frame.language == "zh" else trend.topic.en,
                "stories": trend.stories,
                "share": 100 * trend.negative_share,
                "before": _percent(trend.negative_before, trend.stories_before),
                "course": list(trend.shares),
            }
            for trend in trends
        ]
    )
    st.dataframe(
        table,
        hide_index=True,
        height=min(38 + 35 * len(table), 560),
        placeholder="–",
        column_config={
            "topic": st.column_config.TextColumn(say("topic"), width=165),
            "stories": st.column_config.NumberColumn(say("kpi.stories"), width=55),
            "share": st.column_config.ProgressColumn(
                say("share"), min_value=0, max_value=100, format="%.0f%%", color="red", width=110
            ),
            "before": st.column_config.NumberColumn(say("change"), format="%.0f%%", width=60),
            "course": st.column_config.LineChartColumn(
                say("course"), y_min=0.0, y_max=1.0, color="red", width=70
            ),
        },
    )


def _percent(part: int, whole: int) -> float | None:
    return 100 * part / whole if whole else None


def _stories(frame: Frame, stories: Sequence[StoryView]) -> None:
    say = frame.say
    if not stories:
        st.caption(say("none_yet"))
        return
    rows = []
    for story in stories:
        tags = markup.tag(frame.sentiment(story.label), story.label)
        tags += markup.tag(say("sample"), "sample") if story.sample else ""
        voices = say("voice") if story.voices == 1 else say("voices", voices=story.voices)
        reach = say("reach.one") if story.reach == 1 else say("reach", reach=story.reach)
        rows.append(
            f'<div class="m-story">{markup.dot(story.label)}'
            f'<a href="{frame.link("articles", id=story.article_id)}">'
            f"<bdi>{markup.escape(story.title)}</bdi></a>"
            f'<div class="m-meta">{tags}{voices} · {reach} · {frame.clock(story.first_seen_at)}</div></div>'
        )
    html("".join(rows))
