"""The sections on duels and on poisoned labels of docs/benchmarks.md, and their chart."""

from __future__ import annotations

from typing import Any

import altair
import pandas

INK, GREY, ACCENT = "#1f2937", "#9ca3af", "#b45309"


def duels_section(result: dict[str, Any]) -> str:
    """What `benchmarks.duels` found."""
    lines = [
        "## Duels and the gate\n",
        f"{result['trials']:,} simulated trials of each kind, at a level of {result['level']:.0%}; "
        f"where models disagree,\n{result['tied']:.0%} of the texts are wrong both ways. "
        "Equal models (A/A), and how often they were called better:\n",
        "| disagree on | called better (max_drop 0.02) | not inferior | undecided | labels "
        "| called better (max_drop 0) |",
        "|---|---|---|---|---|---|",
    ]
    for one, strict in zip(result["equal"]["default"], result["equal"]["max_drop_0"], strict=True):
        lines.append(
            f"| {one['disagree']:.0%} | {one['superior']:.1%} | {one['not_inferior']:.1%} "
            f"| {one['undecided']:.1%} | {one['labels']:.0f} | {strict['superior']:.1%} |"
        )
    lines += [
        "\nBetter by two points, at most 200 labels: how often a duel said better, beside the sequential\n"
        "likelihood-ratio test that knows the truth, and the exact paired test on random gold labels.\n",
        "![Duels](images/duels.svg)\n",
        "| disagree on | duel, better or not inferior | duel, better | labels | knows the truth | labels "
        "| 200 random labels | 1,000 | 4,000 |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for one in result["better"]:
        usual, strict, random = one["default"], one["max_drop_0"], one["random"]
        lines.append(
            f"| {one['disagree']:.0%} | {usual['superior'] + usual['not_inferior']:.1%} "
            f"| {strict['superior']:.1%} | {strict['labels']:.0f} "
            f"| {one['oracle']['superior']:.1%} | {one['oracle']['labels']:.0f} "
            f"| {random['200']:.1%} | {random['1000']:.1%} | {random['4000']:.1%} |"
        )
    worst = max(max(one["lower_bound_wrong"], one["upper_bound_wrong"]) for one in result["gold"])
    lines += [
        "\n(The first figure is of the default rule, the others of max_drop 0: only better promotes.)\n",
        f"The gate's bounds on 600 gold labels were wrong in {worst:.1%} at most (aim: 5%). Fifty equal\n"
        "challengers judged on the same gold labels, and how often any was called better:\n",
        "| the next challenger | each at 5% | with the budget |",
        "|---|---|---|",
    ]
    names = {
        "independent": "drawn independently",
        "mirrored": "the mirror of one that was worse",
        "figures": "made from the figures of all before",
    }
    for key, name in names.items():
        found = result["reuse"][key]
        lines.append(f"| {name} | {found['each at 5%']:.1%} | {found['budget']:.1%} |")
    lines += [
        "\nAnalysts, flagged within 100 double-read labels (`unlike`: honest errors differ by half;\n"
        "`before`: texts that others had read twice):\n",
        "| team | reading error | read a third time | before | flips 20% | flips 30% | honest, alike "
        "| honest, unlike |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for one in result["readers"]:
        lines.append(
            f"| {one['team']} | {one['error']:.0%} | {'yes' if one['third'] else 'no'} | {one['before']} "
            f"| {one['flips_0.2']:.1%} | {one['flips_0.3']:.1%} | {one['honest_spread_0.0']:.1%} "
            f"| {one['honest_spread_0.5']:.1%} |"
        )
    return "\n".join([*lines, ""])


def duels_chart(result: dict[str, Any]) -> Any:
    """How often better by two points is found, by how much the models disagree."""
    rows = []
    for one in result["better"]:
        rows += [
            {"disagree": one["disagree"], "who": "duel", "found": one["max_drop_0"]["superior"]},
            {"disagree": one["disagree"], "who": "knows the truth", "found": one["oracle"]["superior"]},
            {"disagree": one["disagree"], "who": "200 random labels", "found": one["random"]["200"]},
            {"disagree": one["disagree"], "who": "1,000 random labels", "found": one["random"]["1000"]},
        ]
    who = ["duel", "knows the truth", "1,000 random labels", "200 random labels"]
    colours = altair.Scale(domain=who, range=[ACCENT, INK, "#60a5fa", GREY])
    base = altair.Chart(pandas.DataFrame(rows)).encode(
        x=altair.X("disagree:Q", title="share of texts on which they disagree", axis=altair.Axis(format="%")),
        y=altair.Y("found:Q", title="called better", axis=altair.Axis(format="%")),
        color=altair.Color("who:N", scale=colours, legend=altair.Legend(title=None, orient="top")),
    )
    return altair.layer(base.mark_line(), base.mark_circle(size=60, opacity=1)).properties(
        width=460, height=240
    )


STAGES = {
    "young": "A young champion, to which a clean challenger adds a real gain",
    "mature": "A mature champion, to which a clean challenger adds next to nothing",
    "shipped": "The shipped model, fitted on by the product",
}


def poisoning_section(result: dict[str, Any]) -> str:
    """What `benchmarks.poisoning` found, with heads or with the real fit."""
    head = result["fit"] == "head"
    lines = [
        "## Poisoned labels\n" if head else "### With the real fit\n",
        f"{'A logistic head on frozen vectors' if head else 'The transformer'}, {result['seeds']} "
        f"{'seeds' if result['seeds'] > 1 else 'seed'}, {result['draws']} draws of the answers, "
        f"{result['gold']} gold labels. `harmful`: challengers that lose more than two\npoints on "
        f"{result['frozen']:,} clean texts with 95% confidence: {result['harmful']}, of which "
        f"{result['harmful_promoted']} were promoted. The clean challenger of a seed is judged\nwith and "
        "without the attack on the same draws. Honest "
        f"analysts were flagged in {result['honest_flagged']:.1%}.\n",
    ]
    for stage, one in result["stages"].items():
        lines += [
            f"{STAGES[stage]} ({100 * one['clean_gain']:+.1f} points):\n",
            "| attack | rate | gain of the attacked, points | harmful | of these promoted "
            "| attacked promoted | clean promoted, without | under it | rogue flagged |",
            "|---|---|---|---|---|---|---|---|---|",
        ]
        for each in one["attacks"]:
            lines.append(
                f"| {each['attack']} | {each['rate']:.0%} | {100 * each['gain']:+.1f} | {each['harmful']} "
                f"| {each['harmful_promoted']} | {each['attacked_promoted']:.0%} "
                f"| {each['clean_without']:.0%} | {each['clean_under']:.0%} | {each['flagged']:.0%} |"
            )
        lines.append("")
    if head:
        lines += [
            "One who flips a share of his answers, flagged within 100 labels that were read twice:\n",
            "| reading error | a third reading | flips | flagged |",
            "|---|---|---|---|",
        ]
        for each in result["flagging"]:
            third = "yes" if each["third"] else "no"
            lines.append(f"| {each['error']:.0%} | {third} | {each['flips']:.0%} | {each['flagged']:.1%} |")
        lines.append("")
    return "\n".join(lines)
