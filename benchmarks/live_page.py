"""What the page of plots says of live accuracy, drift, the savings meter and the stopping hint."""

from __future__ import annotations

from typing import Any

NAMES = {
    "accuracy": "accuracy",
    "macro_f1": "macro-F1",
    "precision.negative": "precision of negative",
    "recall.negative": "recall of negative",
}


def section(result: dict[str, Any]) -> str:
    """Tables: how often intervals hold and how wide they are, how often drift is found and not, and how many
    labels the meter and the hint say beside how many there are."""
    return "\n".join([*_live(result), "", *_drift(result), "", *_savings(result), "", *_hint(result), ""])


def _live(result: dict[str, Any]) -> list[str]:
    lines = [
        "## Live accuracy\n",
        f"{result['trials']['live']} times some texts of a set are audits, the rest is unread. The truth\n"
        "is the figure of the whole set. How often intervals of 95% hold it, and how wide they are:\n"
        "prediction-powered, from the labels alone in the same way, and the exact binomial one.\n",
        "| set | figure | labels | holds | width | labels alone: holds | width | binomial: holds | width |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for name, by_labels in result["live"].items():
        for labels, figures in by_labels.items():
            for figure, one in figures.items():
                plain = (
                    f"{one['holds_binomial']:.1%} | {one['width_binomial']:.3f}"
                    if "holds_binomial" in one
                    else " | "
                )
                lines.append(
                    f"| {name} | {NAMES[figure]} | {labels} | {one['holds']:.1%} | {one['width']:.3f} "
                    f"| {one['holds_labels_alone']:.1%} | {one['width_labels_alone']:.3f} | {plain} |"
                )
    return lines


def _drift(result: dict[str, Any]) -> list[str]:
    one = result["drift"]
    tests = ", ".join(f"{number:,} of {kind} shift" for kind, number in one["tests"].items())
    under = ", ".join(f"{share:.1%} of {kind} shift" for kind, share in one["p_under_5%"].items())
    lines = [
        "## Drift\n",
        f"{one['periods']} periods of {one['looks']} looks in which nothing changes: something fired in\n"
        f"{one['false_alarms']:.1%}, where at most {one['alpha']:.0%} is promised. Of single tests\n"
        f"({tests}), under 5% are\n{under}. In one look at the level of one of ten daily\n"
        f"tests ({one['level']:.1e}), a change is found in:\n",
        "| set | change | found | |",
        "|---|---|---|---|",
    ]
    for name, rows in one["label"].items():
        for change, found in rows.items():
            lines.append(
                f"| {name} | more negative ones: {change} | {found['found']:.0%} "
                f"| the interval of their share holds in {found['share_interval_holds']:.0%} |"
            )
    for change, found in one.get("covariate", {}).items():
        lines.append(f"| fpb, tfns | {change} | {found['found']:.0%} | AUC {found['auc']:.2f} |")
    return lines


def _savings(result: dict[str, Any]) -> list[str]:
    lines = [
        "## Savings meter\n",
        "800 expired audits. What labels are worth in random ones, as heads fitted on many draws say of\n"
        "other texts (medians), and what the meter says.\n",
        "| set | labels spent | worth | meter | beyond its audits | its interval holds |",
        "|---|---|---|---|---|---|",
    ]
    for name, rows in result["savings"].items():
        for spent, one in rows.items():
            told = "" if one["told"] is None else f"{one['told']:.0f}"
            lines.append(
                f"| {name} | {spent} | {one['worth']:.0f} | {told} | {one['more_than_the_audits']:.0%} "
                f"| {one['interval_holds']:.0%} |"
            )
    return lines


def _hint(result: dict[str, Any]) -> list[str]:
    lines = [
        "## Stopping hint\n",
        "Points of macro-F1 that 100 more labels gain on average of many draws, and what the hint expects.\n",
        "| set | labels so far | gain | hint | its interval (90%) | holds the gain | says stop (under 0.2) |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, rows in result["hint"].items():
        for labels, one in rows.items():
            low, high = one["interval"]
            gain = f"{one['gain']:.2f} +- {one['gain_standard_error']:.2f}"
            lines.append(
                f"| {name} | {labels} | {gain} | {one['told']:.2f} | {low:.2f} to {high:.2f} "
                f"| {one['interval_holds']:.0%} | {one['says_stop']:.0%} |"
            )
    return lines
