"""The charts, in Vega-Lite by Altair."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import altair as alt
import pandas as pd
import streamlit as st

from monitor.desk import Bin, Point, Usual
from monitor.records import Alert, Window
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


def usual(alert: Alert, width: timedelta) -> tuple[float, float, float]:
    """What is usual of an alert's scope in a bar of `width`, and from where to where 95% of it lie.

    The alert tells it of its own window, which may be longer. A bar gets its share of the level; around it
    what is usual scatters as independent hours would, by the square root.
    """
    share = width / (alert.end_at - alert.start_at)
    level, scatter = alert.expected * share, share**0.5
    low = max(level - (alert.expected - alert.low) * scatter, 0.0)
    return level, low, level + (alert.high - alert.expected) * scatter


def negatives_and_expected(frame: Frame, windows: Sequence[Window], alert: Alert) -> Drawn:
    """What is probably negative per window, those within the alert's filled, over what is usual."""
    width = windows[0].end_at - windows[0].start_at
    filled = [alert.start_at <= window.start_at + width / 2 < alert.end_at for window in windows]
    return _over_usual(frame, windows, filled, usual(alert, width), frame.say("alert.history"))


def negatives_over_time(frame: Frame, windows: Sequence[Window], usual: Usual | None) -> Drawn:
    """What is probably negative per window, over what was usual in one; those above it are filled."""
    filled = [window.weight > (usual.high if usual else -1.0) for window in windows]
    band = (usual.level, usual.low, usual.high) if usual else None
    return _over_usual(frame, windows, filled, band, frame.say("company.course"))


def _over_usual(
    frame: Frame,
    windows: Sequence[Window],
    filled: Sequence[bool],
    usual: tuple[float, float, float] | None,
    description: str,
) -> Drawn:
    """Bars of what is probably negative, some of them filled, over the level, and the band from where to
    where it usually lies."""
    say, colours = frame.say, _colours()
    table = pd.DataFrame(
        [
            {
                "at": _local(frame, window.start_at),
                "end": _local(frame, window.end_at),
                "weight": window.weight,
                "negative": window.negative,
                "stories": window.stories,
                "alert": mark,
            }
            for window, mark in zip(windows, filled, strict=True)
        ]
    )
    across = alt.X("at:T", title=None, axis=_across(windows))
    bars = (
        alt.Chart(table)
        .mark_bar(stroke=colours.ground, strokeWidth=1)
        .encode(
            x=across,
            x2="end:T",
            y=alt.Y("weight:Q", title=None, axis=alt.Axis(tickCount=5)),
            y2=alt.datum(0),
            color=alt.condition("datum.alert", alt.value(NEGATIVE), alt.value(colours.faded)),
            tooltip=[
                alt.Tooltip("at:T", title=frame.zone_label(), format="%m-%d %H:%M"),
                alt.Tooltip("weight:Q", title=say("alert.weight"), format=".1f"),
                alt.Tooltip("negative:Q", title=say("alert.voices")),
                alt.Tooltip("stories:Q", title=say("alert.all_voices")),
            ],
        )
    )
    layers = [bars]
    if usual is not None:
        level, low, high = usual
        ends = {"at": table["at"].iloc[0], "end": table["end"].iloc[-1]}
        one = pd.DataFrame([{**ends, "level": level, "low": low, "high": high}])
        band = (
            alt.Chart(one)
            .mark_rect(color=colours.others, opacity=0.35)
            .encode(x=across, x2="end:T", y="low:Q", y2="high:Q")
        )
        rule = alt.Chart(one).mark_rule(color=colours.ink, strokeDash=[5, 4]).encode(y="level:Q")
        layers = [band, bars, rule]
    return _styled(alt.layer(*layers).properties(height=230, description=description), colours)


def calibration(frame: Frame, bins: Sequence[Bin]) -> Drawn:
    """How often the model is right by how sure it is, with intervals, beside the line on which both agree."""
    say, colours = frame.say, _colours()
    table = pd.DataFrame(
        [
            {
                "sure": one.confidence,
                "right": one.right.value,
                "low": one.right.low,
                "high": one.right.high,
                "texts": one.texts,
            }
            for one in bins
        ]
    )
    start = min([0.3, *table["low"]])
    line = pd.DataFrame([{"sure": at, "right": at} for at in (start, 1.0)])
    scale = alt.Scale(domain=[start, 1.0], nice=False)
    across = alt.X("sure:Q", title=say("calibration.sure"), axis=_percent(), scale=scale)
    up = alt.Y("right:Q", title=say("calibration.right"), axis=_percent(), scale=scale)
    tooltip = [
        alt.Tooltip("sure:Q", title=say("calibration.sure"), format=".1%"),
        alt.Tooltip("right:Q", title=say("calibration.right"), format=".1%"),
        alt.Tooltip("low:Q", title=say("figures.from"), format=".1%"),
        alt.Tooltip("high:Q", title=say("figures.to"), format=".1%"),
        alt.Tooltip("texts:Q", title=say("figures.texts")),
    ]
    agreed = alt.Chart(line).mark_line(color=colours.muted, strokeDash=[5, 4]).encode(x=across, y=up)
    points = alt.Chart(table).encode(x=across, tooltip=tooltip)
    reach = points.mark_rule(color=colours.accent, strokeWidth=2).encode(
        y=alt.Y("low:Q", title=say("calibration.right"), scale=scale), y2="high:Q"
    )
    dots = points.mark_circle(color=colours.accent, size=80, opacity=1).encode(y=up)
    drawn = alt.layer(agreed, reach, dots).properties(height=320, description=say("calibration.described"))
    return _styled(drawn, colours)


def learning(frame: Frame, points: Sequence[Point], metric: str) -> Drawn:
    """`metric` (accuracy, macro_f1) of the versions by the texts they were taught, by its source."""
    say, colours = frame.say, _colours()
    rows = [
        {
            "model": point.model,
            "taught": point.taught,
            "source": say(f"figures.of.{one.source}"),
            "value": getattr(one, metric),
            "low": getattr(one, f"{metric}_low"),
            "high": getattr(one, f"{metric}_high"),
            "texts": one.texts,
        }
        for point in points
        for one in point.measures
        if getattr(one, metric) is not None
    ]
    sources = [say(f"figures.of.{source}") for source in ("audits", "gold")]
    tooltip = [
        alt.Tooltip("model:N", title=say("figures.version")),
        alt.Tooltip("source:N", title=say("figures.source")),
        alt.Tooltip("taught:Q", title=say("curve.taught")),
        alt.Tooltip("value:Q", title=say(f"curve.{metric}"), format=".1%"),
        alt.Tooltip("low:Q", title=say("figures.from"), format=".1%"),
        alt.Tooltip("high:Q", title=say("figures.to"), format=".1%"),
        alt.Tooltip("texts:Q", title=say("figures.texts")),
    ]
    return _curve(
        frame,
        pd.DataFrame(rows),
        sources,
        [colours.accent, colours.muted],
        tooltip,
        (say("curve.taught"), say(f"curve.{metric}")),
        ("taught", "value"),
    )


def gains(frame: Frame, curves: Mapping[str, Sequence[Mapping[str, float]]]) -> Drawn:
    """Macro-F1 of heads fitted on growing parts of the labels; `curves` are named by what was drawn."""
    say, colours = frame.say, _colours()
    rows = [
        {"source": say(f"curve.{name}"), **{key: one[key] for key in ("labels", "value", "low", "high")}}
        for name, some in curves.items()
        for one in some
    ]
    sources = [say(f"curve.{name}") for name in curves]
    tooltip = [
        alt.Tooltip("source:N", title=say("figures.source")),
        alt.Tooltip("labels:Q", title=say("curve.labels")),
        alt.Tooltip("value:Q", title=say("curve.macro_f1"), format=".1%"),
        alt.Tooltip("low:Q", title=say("figures.from"), format=".1%"),
        alt.Tooltip("high:Q", title=say("figures.to"), format=".1%"),
    ]
    return _curve(
        frame,
        pd.DataFrame(rows),
        sources,
        [colours.accent, colours.muted],
        tooltip,
        (say("curve.labels"), say("curve.macro_f1")),
        ("labels", "value"),
    )


def _curve(
    frame: Frame,
    table: pd.DataFrame,
    sources: Sequence[str],
    colours_of: Sequence[str],
    tooltip: Sequence[alt.Tooltip],
    titles: tuple[str, str],
    columns: tuple[str, str],
) -> Drawn:
    """Points with intervals, joined by source; sources have a shape each beside the colour."""
    colours = _colours()
    x, y = columns
    colour = alt.Color(
        "source:N",
        title=None,
        scale=alt.Scale(domain=list(sources), range=list(colours_of)[: len(sources)]),
        legend=alt.Legend(orient="top", offset=2, labelLimit=0),
    )
    shape = alt.Shape(
        "source:N",
        title=None,
        scale=alt.Scale(domain=list(sources), range=["circle", "diamond"][: len(sources)]),
    )
    lowest, highest = float(table["low"].min()), float(table["high"].max())
    scale = alt.Scale(domain=[max(0.0, lowest - 0.02), min(1.0, highest + 0.02)], nice=False)
    up = alt.Y(f"{y}:Q", title=titles[1], axis=_percent(), scale=scale)
    across = alt.X(f"{x}:Q", title=titles[0], axis=alt.Axis(grid=False, tickMinStep=1))
    all_of_it = alt.Chart(table).encode(x=across, color=colour, tooltip=list(tooltip))
    reach = all_of_it.mark_rule(strokeWidth=2).encode(
        y=alt.Y("low:Q", title=titles[1], scale=scale), y2="high:Q"
    )
    line = all_of_it.mark_line(strokeWidth=1.5, opacity=0.6).encode(y=up)
    dots = all_of_it.mark_point(filled=True, size=90, opacity=1).encode(y=up, shape=shape)
    drawn = alt.layer(line, reach, dots).properties(height=280, description=f"{titles[1]} / {titles[0]}")
    return _styled(drawn, colours)


def _percent() -> alt.Axis:
    return alt.Axis(format=".0%", tickCount=6, grid=True)


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
