"""Draw the committed results into docs/images: `python benchmarks/plot.py`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import altair
import pandas

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "benchmarks" / "results"
IMAGES = ROOT / "docs" / "images"
INK, GREY, ACCENT = "#1f2937", "#9ca3af", "#b45309"


def quality(result: dict[str, Any]) -> altair.LayerChart:
    """The shipped model beside TF-IDF with logistic regression, on each set's development part."""
    rows = []
    for name, figures in result["sets"].items():
        measure = "accuracy" if "topic" in name or "finnl" in name else "macro_f1"
        for who, title in (("baseline", "TF-IDF + logistic regression"), ("model", "shipped model")):
            if who in figures:
                label = f"{name}, {'accuracy' if measure == 'accuracy' else 'macro-F1'}"
                rows.append({"set": label, "who": title, "value": figures[who][measure]})
    frame = pandas.DataFrame(rows)
    order = list(frame[frame.who == "shipped model"].sort_values("value", ascending=False).set)
    low = max(0.0, float(frame.value.min()) - 0.05)
    sets = altair.Y(
        "set:N", sort=order, title=None, axis=altair.Axis(labelLimit=260, ticks=False, domain=False)
    )
    scale = altair.Scale(domain=[round(low, 2), 1.0])
    colours = altair.Scale(domain=["TF-IDF + logistic regression", "shipped model"], range=[GREY, ACCENT])
    legend = altair.Legend(title=None, orient="top")
    base = altair.Chart(frame).encode(y=sets)
    lines = base.mark_line(color="#d1d5db", strokeWidth=2).encode(
        x=altair.X("value:Q", scale=scale), detail="set:N"
    )
    points = base.mark_circle(size=110, opacity=1).encode(
        x=altair.X("value:Q", scale=scale, title="development part, texts not trained on"),
        color=altair.Color("who:N", scale=colours, legend=legend),
    )
    return (lines + points).properties(width=460, height=26 * len(order))


def main() -> None:
    IMAGES.mkdir(exist_ok=True)
    for draw in (quality,):
        result = json.loads((RESULTS / f"{draw.__name__}.json").read_text(encoding="utf-8"))
        chart = draw(result).configure_view(stroke=None).configure(background="white")
        chart = chart.configure_axis(
            labelColor=INK, titleColor=INK, gridColor="#f3f4f6", titleFontWeight="normal"
        )
        chart.save(str(IMAGES / f"{draw.__name__}.svg"))


if __name__ == "__main__":
    main()
