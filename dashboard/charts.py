"""The charts, in Vega-Lite by Altair."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import altair as alt
import pandas as pd
import streamlit as st

from monitor.records import Window
from monitor_dashboard.frame import Frame
from monitor_dashboard.theme import NEGATIVE, Palette, palette

_LABELS = 36  # pixels kept for the labels at the left, so that charts stand flush
Drawn = alt.LayerChart | alt.FacetChart | alt.Chart


def share_over_time(frame: Frame, windows: Sequence[Window]) -> tuple[Drawn, Drawn]:
    """Two charts to stand one upon the other: the negative share, and the number of stories."""
    say, colours = frame.say, _colours()
    names = {"negative": say("negative"), "other": say("trend.other")}
    rows = [
        {
            "at": _local(frame, window.start_at),
            "end": _local(frame, window.end_at),
            "middle": _local(frame, window.start_at + (window.end_at - window.start_at) / 2),
            "share": window.negative / window.stories if window.stories else None,
            "stories": window.stories,
            "negative": window.negative,
        }
        for window in windows
    ]
    tooltip = [
        alt.Tooltip("at:T", title=frame.zone_label(), format="%m-%d %H:%M"),
        alt.Tooltip("share:Q", title=say("share"), format=".0%"),
        alt.Tooltip("negative:Q", title=say("negative")),
        alt.Tooltip("stories:Q", title=say("kpi.stories")),
    ]
    span = [rows[0]["at"], rows[-1]["end"]]
    line = alt.Chart(pd.DataFrame(rows)).encode(
        x=alt.X("middle:T", title=None, axis=None, scale=alt.Scale(domain=span)),
        y=alt.Y(
            "share:Q",
            title=None,
            axis=alt.Axis(format="%", tickCount=4, minExtent=_LABELS, maxExtent=_LABELS),
            scale=alt.Scale(domainMin=0),
        ),
        tooltip=tooltip,
    )
    share = alt.layer(
        line.mark_area(color=NEGATIVE, opacity=0.12),
        line.mark_line(color=NEGATIVE, strokeWidth=2.2),
        line.mark_circle(color=NEGATIVE, size=36, opacity=1),
    ).properties(height=190)
    parts = []
    for row, window in zip(rows, windows, strict=True):
        parts.append({**row, "kind": names["negative"], "low": 0, "high": window.negative})
        parts.append({**row, "kind": names["other"], "low": window.negative, "high": window.stories})
    volume = (
        alt.Chart(pd.DataFrame(parts))
        .mark_bar(stroke=colours.ground, strokeWidth=1)
        .encode(
            x=alt.X("at:T", title=None, axis=_across(windows), scale=alt.Scale(domain=span)),
            x2="end:T",
            y=alt.Y(
                "low:Q",
                title=None,
                axis=alt.Axis(tickCount=3, tickMinStep=1, grid=False, minExtent=_LABELS, maxExtent=_LABELS),
            ),
            y2="high:Q",
            color=alt.Color(
                "kind:N",
                title=None,
                scale=alt.Scale(domain=list(names.values()), range=[NEGATIVE, colours.others]),
                legend=alt.Legend(orient="top", offset=2),
            ),
            tooltip=tooltip,
        )
        .properties(height=190)
    )
    return _styled(share, colours), _styled(volume, colours)


def negatives_and_expected(
    frame: Frame, windows: Sequence[Window], start: datetime, expected: float
) -> Drawn:
    """Negative stories per window, the alert's own window filled, and the expected level as a line."""
    say, colours = frame.say, _colours()
    table = pd.DataFrame(
        [
            {
                "at": _local(frame, window.start_at),
                "end": _local(frame, window.end_at),
                "negative": window.negative,
                "stories": window.stories,
                "alert": window.start_at == start,
            }
            for window in windows
        ]
    )
    bars = (
        alt.Chart(table)
        .mark_bar(stroke=colours.ground, strokeWidth=1)
        .encode(
            x=alt.X("at:T", title=None, axis=_across(windows)),
            x2="end:T",
            y=alt.Y("negative:Q", title=None, axis=alt.Axis(tickCount=5, tickMinStep=1)),
            y2=alt.datum(0),
            color=alt.condition("datum.alert", alt.value(NEGATIVE), alt.value(colours.faded)),
            tooltip=[
                alt.Tooltip("at:T", title=frame.zone_label(), format="%m-%d %H:%M"),
                alt.Tooltip("negative:Q", title=say("alert.observed")),
                alt.Tooltip("stories:Q", title=say("kpi.stories")),
            ],
        )
    )
    level = pd.DataFrame([{"level": expected, "name": f"{say('alert.expected')} {expected:.1f}"}])
    rule = alt.Chart(level).mark_rule(color=colours.ink, strokeDash=[5, 4]).encode(y="level:Q")
    name = (
        alt.Chart(level)
        .mark_text(align="left", dx=4, dy=-7, color=colours.muted, fontSize=12)
        .encode(y="level:Q", x=alt.value(0), text="name:N")
    )
    return _styled(alt.layer(bars, rule, name).properties(height=230), colours)


def _colours() -> Palette:
    return palette(st.context.theme.type)


def _styled(chart: Drawn, colours: Palette) -> Drawn:
    chart = chart.configure_axis(gridColor=colours.line, domainColor=colours.line)
    styled: Drawn = chart.configure_view(stroke=None)
    return styled


def _across(windows: Sequence[Window]) -> alt.Axis:
    span = (windows[-1].end_at - windows[0].start_at).total_seconds() if windows else 0
    return alt.Axis(grid=False, labelOverlap=True, format="%H:%M" if span <= 2 * 86_400 else "%m-%d")


def _local(frame: Frame, at: datetime) -> datetime:
    """The visitor's clock time, without a zone: Vega would move it into the browser's once more."""
    return at.astimezone(frame.zone).replace(tzinfo=None)
