"""What the page of plots says of certificates and the watchdog."""

from __future__ import annotations

import math
from typing import Any

import altair
import pandas

from benchmarks.charts import ACCENT, GREY, INK, Drawn


def section(result: dict[str, Any]) -> str:
    """Tables of how often certificates are wrong, and of how soon the watchdog fires."""
    runs, delta = result["runs"], result["delta"]
    most = delta + 2 * math.sqrt(delta * (1 - delta) / runs)
    false = 0.01 + 2 * math.sqrt(0.01 * 0.99 / runs)
    lines = [
        "## Certificates\n",
        f"From each set {runs:,} samples are drawn with replacement and certified: by one look, and by\n"
        "looking after every label. A certificate is wrong where the error of what it accepts exceeds alpha\n"
        f"on the whole set; this may happen in {delta:.0%} of the samples ({most:.1%} with two standard\n"
        "errors). Coverage is the mean share of texts accepted, 0 where nothing is certified. The model was\n"
        "fitted on most of these sets: what it errs on them is not what it errs on news.\n",
        "![coverage of certificates](images/certificates.svg)\n",
        "| set | error | alpha | labels | one look: certified | coverage | wrong | any looks: certified "
        "| coverage | wrong |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for one in result["sets"]:
        figures = [one[how][what] for how in ("one look", "any looks") for what in _WHAT]
        shown = " | ".join(f"{figure:.1%}" for figure in figures)
        lines.append(
            f"| {one['set']} | {one['error']:.1%} | {one['alpha']:.0%} | {one['labels']:,} | {shown} |"
        )
    lines += [
        "\nMade-up scores whose error exceeds 5% at every threshold, so that every certificate is wrong:\n",
        "| error | one look | any looks | exact test repeated every 20 labels |",
        "|---|---|---|---|",
    ]
    for one in result["made_up"]:
        hows = ("one look", "any looks", "exact test every 20 labels")
        lines.append(f"| {one['shape']} | " + " | ".join(f"{one[how]:.1%}" for how in hows) + " |")
    lines += [
        "\nLabels above one threshold until half of the runs are certified at 5%, by ways to look often:\n",
        "| true error | e-process | exact tests that share delta |",
        "|---|---|---|",
    ]
    for one in result["labels_to_certify"]:
        lines.append(
            f"| {one['error']:.0%} | {_labels(one, 'e-process')} | {_labels(one, 'spent look by look')} |"
        )
    lines += _groups(result)
    lines += [
        "\n## The watchdog\n",
        f"Fired in so many of {runs:,} runs of 5,000 labels although the error stays at most 5% "
        f"(aim: at most {false:.1%}):\n"
        + ", ".join(f"{one['fired']:.1%} at {one['error']:.0%}" for one in result["quiet"]),
        "\nMean labels until it fires, beside Wald's test at the same level that knows the error (aim: 1.5\n"
        "times):\n",
        "| what happens | accepted error | watchdog | knows the error | ratio |",
        "|---|---|---|---|---|",
    ]
    for one in result["speed"]:
        lines.append(f"| made up | {_fast(one, one['error'])} |")
    for one in result["shifts"]:
        if "ratio" in one:
            lines.append(f"| {one['set']}: {one['shift']} | {_fast(one, one['accepted error'])} |")
    still = [one for one in result["shifts"] if "fired" in one]
    worst = max(still, key=lambda one: float(one["fired"]))
    lines += [
        f"\nOf {len(still)} other shifts, after which the error stays at most 5%, it fires most often after "
        f"{worst['set']}: {worst['shift']} (error {worst['accepted error']:.1%}), in {worst['fired']:.1%} of "
        "runs.\n",
        "A change to 10% that comes after labels at 2%; median labels from the change:\n",
        "| after labels | watchdog | knows the error | knows the moment too |",
        "|---|---|---|---|",
    ]
    for one in result["late"]:
        waits = (str(one[how]) for how in ("watchdog", "knows the shift", "knows the moment too"))
        lines.append(f"| {one['after']:,} | {' | '.join(waits)} |")
    lines.append(
        "\nNo test can be as fast as one that knows when the change comes, and as seldom wrong: it has to\n"
        "be unlikely to fire at every other time.\n"
    )
    return "\n".join(lines)


def _groups(result: dict[str, Any]) -> list[str]:
    """What is certified group by group, where the result has it."""
    if "groups" not in result:
        return []
    lines = [
        "\nThree groups of texts with thresholds of their own that share delta, by looking after every\n"
        "label. Wrong is a run in which any group is certified whose error exceeds 5%; beside it, a run in\n"
        "which one certificate of all texts leaves a group above 5%:\n",
        "| errors | wrong | coverage | one for all: leaves a group above | coverage | any watchdog fires |",
        "|---|---|---|---|---|---|",
    ]
    names = ("wrong", "coverage", "wrong of all", "coverage of all", "fired")
    for one in result["groups"]:
        shown = " | ".join(f"{one[name]:.1%}" if name in one else "" for name in names)
        lines.append(f"| {one['groups']} | {shown} |")
    pairs = (
        f"{' and '.join(one['sets'])}: wrong {one['wrong']:.1%}, coverage {one['coverage']:.1%}"
        for one in result["languages"]
    )
    lines.append("\nTwo languages in one stream: " + "; ".join(pairs) + ".")
    return lines


_WHAT = ("certified", "coverage", "wrong")


def _labels(one: dict[str, Any], how: str) -> str:
    certified = f"{one[f'{how} certified']:.0%} within 1,500"
    return certified if one[how] is None else f"{one[how]} ({certified})"


def _fast(one: dict[str, Any], error: float) -> str:
    return f"{error:.1%} | {one['watchdog']:.0f} | {one['knows the shift']:.0f} | {one['ratio']:.2f}"


def chart(result: dict[str, Any]) -> Drawn:
    """Coverage by set and limit, of one look and of any number, for the largest samples."""
    most = max(one["labels"] for one in result["sets"])
    rows = [
        {
            "set": f"{one['set']}, at most {one['alpha']:.0%} wrong",
            "how": how,
            "coverage": one[how]["coverage"],
        }
        for one in result["sets"]
        if one["labels"] == most
        for how in ("one look", "any looks")
    ]
    frame = pandas.DataFrame(rows)
    colours = altair.Scale(domain=["one look", "any looks"], range=[ACCENT, GREY])
    axis = altair.Axis(labelLimit=320, ticks=False, domain=False)
    base = altair.Chart(frame).encode(
        y=altair.Y("set:N", title=None, axis=axis, sort=None),
        x=altair.X(
            "coverage:Q",
            scale=altair.Scale(domain=[0, 1]),
            title=f"mean share of texts accepted, from {most:,} labels",
        ),
    )
    lines = base.mark_line(color="#d1d5db", strokeWidth=2).encode(detail="set:N")
    legend = altair.Legend(title=None, orient="top", labelColor=INK)
    points = base.mark_circle(size=110, opacity=1).encode(
        color=altair.Color("how:N", scale=colours, legend=legend)
    )
    return altair.layer(lines, points).properties(width=460, height=22 * frame["set"].nunique())
