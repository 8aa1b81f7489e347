"""Draw the committed results and write docs/benchmarks.md about them: `python benchmarks/plot.py`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import altair
import pandas

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "benchmarks" / "results"
DOCS = ROOT / "docs"
INK, GREY, ACCENT = "#1f2937", "#9ca3af", "#b45309"
BASELINE, MODEL = "TF-IDF + logistic regression", "shipped model"
TOPICS = ("tfn_topic", "finnl")


def measure(name: str) -> tuple[str, str]:
    """The figure a set is judged by: its key in the result, and its title."""
    return ("accuracy", "accuracy") if name in TOPICS else ("macro_f1", "macro-F1")


def quality_chart(result: dict[str, Any]) -> altair.LayerChart:
    """The shipped model beside the baseline, on each set's development part."""
    rows = []
    for name, figures in result["sets"].items():
        key, title = measure(name)
        for who, label in (("baseline", BASELINE), ("model", MODEL)):
            rows.append({"set": f"{name}, {title}", "who": label, "value": figures[who][key]})
    frame = pandas.DataFrame(rows)
    order = list(frame[frame.who == MODEL].sort_values("value", ascending=False).set)
    axis = altair.Axis(labelLimit=260, ticks=False, domain=False)
    scale = altair.Scale(domain=[round(float(frame.value.min()) - 0.05, 2), 1.0])
    colours = altair.Scale(domain=[BASELINE, MODEL], range=[GREY, ACCENT])
    value = altair.X("value:Q", scale=scale, title="development part, texts not trained on")
    base = altair.Chart(frame).encode(y=altair.Y("set:N", sort=order, title=None, axis=axis), x=value)
    lines = base.mark_line(color="#d1d5db", strokeWidth=2).encode(detail="set:N")
    legend = altair.Legend(title=None, orient="top")
    points = base.mark_circle(size=110, opacity=1).encode(
        color=altair.Color("who:N", scale=colours, legend=legend)
    )
    return (lines + points).properties(width=460, height=26 * len(order))


def save(chart: altair.LayerChart, name: str) -> None:
    chart = chart.configure_view(stroke=None).configure(background="white")
    chart = chart.configure_axis(
        labelColor=INK, titleColor=INK, gridColor="#f3f4f6", titleFontWeight="normal"
    )
    chart.save(str(DOCS / "images" / f"{name}.svg"))


def quality_section(result: dict[str, Any]) -> str:
    lines = [
        "## The shipped model\n",
        "On development texts that neither it nor the baseline was trained on, grouped so that no\n"
        "near-duplicate stands on both sides (which makes them harder than the sets' public splits).\n"
        "The baseline is fitted on each set's own training texts.\n",
        "![Quality](images/quality.svg)\n",
        f"| set | texts | measure | {BASELINE} | {MODEL} | its calibration error |",
        "|---|---|---|---|---|---|",
    ]
    for name, figures in result["sets"].items():
        key, title = measure(name)
        model = figures["model"]
        lines.append(
            f"| {name} | {figures['development']:,} | {title} | {figures['baseline'][key]:.3f} "
            f"| {model[key]:.3f} | {model['calibration_error']:.3f} |"
        )
    return "\n".join([*lines, "", made_by(result)])


def feeds_section(result: dict[str, Any]) -> str:
    found = result["result"]
    refused = "; ".join(f"{count:,}: {reason}" for reason, count in found["refused_by_reason"].items())
    equal = found["equal_to_feedparser"]
    return "\n".join(
        [
            "## Feeds\n",
            f"{found['files']:,} feed files, well-formed, ill-formed and in odd encodings, were served on\n"
            f"loopback and polled by the `rss` source: {found['read']:,} were read\n"
            f"({found['items']:,} items), and in {equal:,}\n"
            f"titles and links equal feedparser's own.\n"
            f"{found['refused']:,} were refused ({refused}).\n"
            f"Raised out of the source or ended the process: {len(found['escaped'])}.\n",
            "Where the two differ, and why:\n",
            *(f"- `{one['file']}`: {one['why']}" for one in found["differing"]),
            "",
            made_by(result),
        ]
    )


def made_by(result: dict[str, Any]) -> str:
    machine = ", ".join(f"{key} {value}" for key, value in result["machine"].items())
    versions = ", ".join(f"{name} {version}" for name, version in result["versions"].items())
    return f"`{result['command']}`; {machine}; {versions}.\n"


def main() -> None:
    quality, feeds = (
        json.loads((RESULTS / f"{name}.json").read_text(encoding="utf-8")) for name in ("quality", "feeds")
    )
    save(quality_chart(quality), "quality")
    head = (
        "<!-- Written by benchmarks/plot.py from benchmarks/results; do not edit. -->\n\n# Benchmarks\n\n"
        "Each program under `benchmarks/` says in its docstring what it measures; its result is committed\n"
        "under `benchmarks/results/`. The data they read are not part of the project.\n"
    )
    page = "\n".join([head, quality_section(quality), feeds_section(feeds)])
    (DOCS / "benchmarks.md").write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
