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


def poisoning_section(result: dict[str, Any]) -> str:
    """What `benchmarks.poisoning` found with one kind of fit."""
    full = result["fit"] == "full"
    title = "Poisoned labels, with the real fit" if full else "Poisoned labels"
    what = (
        "The shipped model, fitted further by the product on a queue of 300 labels of a set that it had not "
        "seen; its duel\nhas few texts, for the set is small."
        if full
        else "A logistic head on frozen vectors: a `young` champion of 400 texts, to which a clean "
        "challenger adds a real gain,\nand a `mature` one of 1,500, to which it adds next to nothing."
    )
    lines = [
        f"## {title}\n",
        f"{what} Seeds {result['seeds']}, draws of the answers {result['draws']} in each. The attacker "
        "answers audits and duels,\ntoo; audits that two read and differ on are read a third time, and who "
        "is flagged by them waits, his texts being read again.\n`harmful`: challengers that lose more than 2 "
        f"points on {result['frozen']:,} clean texts with 95% confidence; {result['harmful_promoted']} of "
        f"{result['harmful']} were promoted.\nThe same clean challengers are judged with and without the "
        "attack, on the same draws; `error` is the standard error of\nthe change over draws. "
        f"{result['honest_flagged']:.1%} of honest analysts were flagged.\n",
        "| champion | attack | rate | gain of the attacked, points | harmful | attacked promoted "
        "| clean promoted, without and under it | change | error | attacker flagged |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for stage, some in result["stages"].items():
        for one in some["attacks"]:
            lines.append(
                f"| {stage} ({100 * some['clean_gain']:+.1f}) | {one['attack']} | {one['rate']:.0%} "
                f"| {100 * one['gain']:+.1f} | {one['harmful']} | {one['attacked_promoted']:.0%} "
                f"| {one['clean_without']:.0%}, {one['clean_under']:.0%} | {100 * one['change']:+.0f} "
                f"| {100 * one['error']:.0f} | {one['flagged']:.0%} |"
            )
    return "\n".join([*lines, ""])
