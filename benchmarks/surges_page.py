"""The section of docs/benchmarks.md about planted surges."""

from __future__ import annotations

from typing import Any

from benchmarks.provenance import made_by

TITLES = {
    "oracle": "oracle",
    "surge": "surge",
    "farrington": "Farrington",
    "zscore": "z-score",
    "adwin": "ADWIN",
    "page_hinkley": "Page-Hinkley",
}


def section(result: dict[str, Any]) -> str:
    """Each detector's share of the oracle's power, and the power by cell."""
    ratios = result["ratios"]
    cells = result["cells"]
    lines = [
        "## Planted surges\n",
        "Counts drawn with the archive's week, whose truth is known (`benchmarks/surges_power.py` says how);",
        f"the variance of any hours is {result['dispersion']:g} times their mean. "
        f"{cells[0]['plants']:,} surges of each kind,",
        "each with 26 weeks of past. All detectors open equally often by chance, "
        f"{result['rate']:g} times a series and week,",
        f"set on {result['null_weeks']:,} weeks of each level without surges. The oracle knows level, week,",
        "dispersion and size, and not when. A surge is found if an alert opens between its start and 12",
        "hours after its end.\n",
        "Power as a share of the oracle's, over the "
        f"{ratios['surge']['cells']} cells in which the oracle finds a fifth or more:\n",
        "| detector | mean | 95% interval | least | aim |",
        "|---|---|---|---|---|",
    ]
    for name, title in TITLES.items():
        if name in ratios:
            one = ratios[name]
            low, high = one["interval"]
            aim = _aims(one, ratios) if name == "surge" else ""
            lines.append(
                f"| {title} | {one['mean']:.3f} | {low:.3f} to {high:.3f} | {one['least']:.2f} | {aim} |"
            )
    lines += [
        "",
        "Power, by voices a day, size and hours; in brackets the surge detector's share of the oracle's:\n",
        "| voices a day | times | hours | " + " | ".join(TITLES.values()) + " |",
        "|---|---|---|" + "---|" * len(TITLES),
    ]
    for cell in sorted(cells, key=lambda one: (one["level"], one["size"], one["hours"])):
        power = cell["power"]
        if power["oracle"] < 0.05:
            continue
        shown = " | ".join(
            f"{power[name]:.2f}"
            + (f" ({power[name] / power['oracle']:.2f})" if name == "surge" and "interval" in cell else "")
            for name in TITLES
        )
        lines.append(f"| {cell['level']:g} | {cell['size']:g} | {cell['hours']} | {shown} |")
    lines += ["", "Cells in which the oracle finds less than one in twenty are left out.\n"]
    return "\n".join([*lines, made_by(result)])


def _aims(one: dict[str, Any], ratios: dict[str, Any]) -> str:
    best = max(other["mean"] for name, other in ratios.items() if name != "surge")
    told = [
        f"mean >= 0.9: {'reached' if one['mean'] >= 0.9 else 'missed'}",
        f"none below 0.75: {'reached' if one['least'] >= 0.75 else 'missed'}",
        f"above every other: {'reached' if one['mean'] > best else 'missed'}",
    ]
    return ", ".join(told)
