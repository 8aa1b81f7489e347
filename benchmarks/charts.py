"""The committed results as charts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import altair
import pandas

INK, GREY, ACCENT = "#1f2937", "#9ca3af", "#b45309"
METHODS = {
    "tfidf": ("TF-IDF + logistic regression", GREY),
    "embeddings": ("frozen encoder + logistic regression", "#60a5fa"),
    "model": ("shipped model", ACCENT),
}
TITLES = {
    "accuracy": "accuracy",
    "macro_f1": "macro-F1",
    "micro_f1": "micro-F1",
    "weighted_f1": "weighted F1",
}

Drawn = altair.LayerChart | altair.FacetChart


def measure(key: str, figures: dict[str, Any]) -> str:
    """The figure a set is judged by: the one that others published of it, if any."""
    published: str = figures["published"].get("measure", "")
    return published or ("macro_f1" if key.endswith("sentiment") else "accuracy")


def quality_chart(result: dict[str, Any]) -> Drawn:
    """The shipped model beside the simpler methods, on each set's development part."""
    rows = []
    for key, figures in result["sets"].items():
        name = measure(key, figures)
        label = f"{key.replace('.', ' ')}, {TITLES[name]}"
        for method, (who, _) in METHODS.items():
            if method in figures:
                rows.append({"set": label, "who": who, "value": figures[method][name]})
    frame = pandas.DataFrame(rows)
    order = list(frame[frame.who == METHODS["model"][0]].sort_values("value", ascending=False).set)
    axis = altair.Axis(labelLimit=320, ticks=False, domain=False)
    scale = altair.Scale(domain=[round(float(frame.value.min()) - 0.05, 2), 1.0])
    shown = [pair for pair in METHODS.values() if pair[0] in set(frame.who)]
    colours = altair.Scale(domain=[who for who, _ in shown], range=[colour for _, colour in shown])
    value = altair.X("value:Q", scale=scale, title="development part, texts not trained on")
    base = altair.Chart(frame).encode(y=altair.Y("set:N", sort=order, title=None, axis=axis), x=value)
    lines = base.mark_line(color="#d1d5db", strokeWidth=2).encode(detail="set:N")
    legend = altair.Legend(title=None, orient="top", labelLimit=260, columnPadding=40)
    points = base.mark_circle(size=110, opacity=1).encode(
        color=altair.Color("who:N", scale=colours, legend=legend)
    )
    return altair.layer(lines, points).properties(width=460, height=26 * len(order))


def classify_chart(result: dict[str, Any]) -> Drawn:
    """Texts a second of every way of serving, and the arithmetic limit of those that have one."""
    rows = [
        {
            "name": name,
            "value": one["texts_per_second"],
            "limit": one.get("limit_texts_per_second"),
            "ours": name.startswith("ours"),
        }
        for name, one in result["ways"].items()
    ]
    return bars(rows, "texts a second (line: arithmetic limit of the machine)")


def bars(rows: list[dict[str, Any]], title: str) -> Drawn:
    """A bar and its figure for each of the rows: its `name`, its `value`, whether it is `ours`, and its
    `limit`, where it has one, as a line."""
    shown = [{**row, "shown": f"{row['value']:,.0f}"} for row in rows]
    axis = altair.Axis(labelLimit=260, ticks=False, domain=False)
    colours = altair.Scale(domain=[True, False], range=[ACCENT, GREY])
    base = altair.Chart(pandas.DataFrame(shown)).encode(
        y=altair.Y("name:N", sort=[row["name"] for row in rows], title=None, axis=axis)
    )
    drawn = base.mark_bar(height=14).encode(
        x=altair.X("value:Q", title=title), color=altair.Color("ours:N", scale=colours, legend=None)
    )
    labels = base.mark_text(align="left", dx=4, color=INK).encode(x="value:Q", text="shown:N")
    limits = base.mark_tick(color=INK, thickness=2, height=18).encode(x="limit:Q")
    layers = [drawn, labels, *([limits] if "limit" in rows[0] else [])]
    return altair.layer(*layers).properties(width=460, height=26 * len(rows))


def growth_chart(result: dict[str, Any]) -> Drawn:
    """Minutes by the number of labels, both on scales of powers, a line for each method."""
    rows = [
        {**run, "minutes": run["seconds"] / 60, "shown": f"{run['seconds'] / 60:.1f}"}
        for run in result["runs"]
    ]
    numbers = sorted({run["labels"] for run in rows})
    methods = list(dict.fromkeys(run["method"] for run in rows))
    colours = altair.Scale(domain=methods, range=[ACCENT, GREY, INK][: len(methods)])
    axis = altair.Axis(values=numbers, format=",", grid=False)
    base = altair.Chart(pandas.DataFrame(rows)).encode(
        x=altair.X("labels:Q", scale=altair.Scale(type="log"), title="labels", axis=axis),
        y=altair.Y("minutes:Q", scale=altair.Scale(type="log"), title="minutes"),
        color=altair.Color("method:N", scale=colours, legend=altair.Legend(title=None, orient="top")),
    )
    points = base.mark_line(point=True)
    labels = base.mark_text(align="right", dx=-8, dy=-8).encode(text="shown:N")
    return altair.layer(points, labels).properties(width=460, height=240)


def gpu_chart(result: dict[str, Any]) -> Drawn:
    """Headlines a second of each step alone, of all of them, and of pipeline."""
    steps = {
        "read": max(one["read"] for one in result["processes"].values()),
        "handed on": 1e6 / min(one["hand_on"] for one in result["processes"].values()),
        "computed": result["computing"],
        "end to end": result["end_to_end"]["texts_per_second"],
        "pipeline": max(result["pipeline"].values()),
    }
    rows = [{"name": name, "value": value, "ours": name == "end to end"} for name, value in steps.items()]
    return bars(rows, "headlines a second")


def save(chart: Drawn, file: Path) -> None:
    # The reader's font may be wider than the one that the widths were measured in.
    padding = {"left": 40, "top": 8, "right": 40, "bottom": 8}
    chart = chart.configure_view(stroke=None).configure(background="white", padding=padding)
    chart = chart.configure_axis(
        labelColor=INK, titleColor=INK, gridColor="#f3f4f6", titleFontWeight="normal"
    )
    chart.save(str(file))
