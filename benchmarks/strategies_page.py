"""The page's sections on query strategies: what they cost, and what they save."""

from __future__ import annotations

from typing import Any

import altair
import pandas

from benchmarks.charts import ACCENT, GREY, INK, Drawn
from benchmarks.provenance import made_by

SHOWN = ("random", "adjusted", "margin", "entropy", "committee", "badge", "adaptive")
COSTS = """## Query strategies: time and memory

{rows:,} vectors of 384 numbers, three classes, 500 labelled, a batch of {batch}; one thread each.
Other programs kept both cores busy (the load is told), so the processor's seconds count; on a quiet
machine the clock's are the same. Peers are asked in processes of their own, with the same arrays.

| strategy | processor, s | clock, s | load | extra memory, MB | aim, s |
|---|---|---|---|---|---|"""
SAVINGS = """## Query strategies: labels saved

Labels needed for 95% of the macro-F1 that the whole pool gives, a head on kept vectors, the mean curve
of five seeds (1 to 5); in brackets the area under the curve as a share of the ceiling's. TFNS,
FinFE and PhraseBank from a frozen encoder, the others from the shipped model, which has seen none of them.
`>` where the curve does not arrive.

![Learning curves](images/simulation.svg)
"""
CHECK = """
Chosen on these seeds: `{chosen}`. On seeds 6 to 10, fewer labels than random (at least, where random does
not arrive), with the paired 95% interval:

| set | strategy | labels needed | fewer than random | interval | area ahead | interval |
|---|---|---|---|---|---|---|"""

POLICY = """## Query strategies: a learned policy

`policy` learns from {episodes} episodes over the labelled history of one set, as `monitor policy train` has
it, and is played against `margin` on {held} episodes of that set that were held back: its gate. Ahead is the
mean macro-F1 along the learning curve less margin's, in pairs, with the 95% interval of the mean.
"""


def acquisition_section(result: dict[str, Any]) -> str:
    """Time and memory."""
    lines = [COSTS.format(rows=result["rows"], batch=result["batch"])]
    for kind, one in result["strategies"].items():
        aim = result["aims"].get(kind)
        told = "" if aim is None else f"{aim:g}: " + _against(aim, one["processor_seconds"])
        lines.append(
            f"| {kind} | {one['processor_seconds']:.4f} | {one['seconds']:.4f} | {one['load']:.0f} "
            f"| {one['extra_memory_mb']} | {told} |"
        )
    most = max(result["strategies"][kind]["extra_memory_mb"] for kind in result["aims"])
    lines += [
        f"\nMost extra memory of those with an aim: {most} MB (aim: {result['memory_aim_mb']} MB).\n",
        "| what | library | processor, s | times ours | the same rows | extra memory, MB |",
        "|---|---|---|---|---|---|",
    ]
    for what, peers in result["peers"].items():
        for who, one in peers.items():
            if "error" in one:
                lines.append(f"| {what} | {who} | {one['error']} | | | |")
                continue
            order = ", in the same order" if one["same_order"] else ""
            lines.append(
                f"| {what} | {who} | {one['processor_seconds']:.4f} | {one['times_ours']:,.1f} "
                f"| {one['same_rows']} of {result['batch']}{order} | {one['extra_memory_mb']} |"
            )
    lines.append("\nBADGE draws at random, so that no two implementations choose the same rows.\n")
    if result["many"]:
        lines += [
            f"{result['many_rows']:,} rows of 16-bit vectors:\n",
            "| strategy | processor, s | extra memory, MB |",
            "|---|---|---|",
            *(
                f"| {kind} | {one['processor_seconds']:.3f} | {one['extra_memory_mb']} |"
                for kind, one in result["many"].items()
            ),
            "",
        ]
    return "\n".join([*lines, made_by(result)])


def simulation_section(result: dict[str, Any]) -> str:
    """Labels needed."""
    sets = result["sets"]
    lines = [
        SAVINGS,
        "| strategy | " + " | ".join(f"{name}, pool {one['pool']:,}" for name, one in sets.items()) + " |",
        "|---" * (len(sets) + 1) + "|",
    ]
    kinds = sorted(
        next(iter(sets.values()))["strategies"],
        key=lambda kind: -sum(one["strategies"][kind]["area"] for one in sets.values()),
    )
    for kind in kinds:
        cells = []
        for one in sets.values():
            found = one["strategies"][kind]
            needed, last = found["labels_needed"], one["labels"][-1]
            number = f"> {last:,}" if needed is None else f"{needed:,.0f}"
            cells.append(f"{number} ({found['area']:.3f})")
        lines.append(f"| {kind} | " + " | ".join(cells) + " |")
    lines += [
        f"\nRandom is ahead by more than noise on: {_lost(sets) or 'no set, of any strategy'}.",
        CHECK.format(chosen=result["chosen"]),
    ]
    for name, some in result["checked"].items():
        for kind, one in some.items():
            needed = "not reached" if one["labels_needed"] is None else f"{one['labels_needed']:,.0f}"
            ahead = _span(one["area_ahead_interval"], "+.3f")
            lines.append(
                f"| {name} | {kind} | {needed} | {_share(one['saved'])} "
                f"| {_span(one['saved_interval'], '+.0%')} | {_number(one['area_ahead'])} | {ahead} |"
            )
    regret = ", ".join(f"{name} {value:+.4f}" for name, value in result["regret_of_adaptive"].items())
    late = ", ".join(
        f"{name} {_number(some['adaptive']['late_ahead'])} "
        f"({_span(some['adaptive']['late_ahead_interval'], '+.3f')})"
        for name, some in result["checked"].items()
    )
    beside = result["beside_fallback"]
    lines += [
        f"\nOn these seeds the curve of `{beside['kind']}`, the default, lies above that of "
        f"`{beside['other']}` on {beside['won']} of {beside['of']} splits "
        f"(sign test: p = {beside['p']:.2g}); in the mean of a set by "
        f"{', '.join(f'{name} {value:+.4f}' for name, value in beside['ahead'].items())}.",
        f"\n`{result['chosen']}` needs at least {result['aim']:.0%} fewer labels than random on "
        f"{result['reached']} of {', '.join(result['targets'])} (aim: three).\n",
        f"`adaptive`: area of the best fixed strategy less its own: {regret}; macro-F1 ahead of random from "
        f"round 10 on: {late}.\n",
    ]
    return "\n".join([*lines, made_by(result)])


def policy_section(result: dict[str, Any]) -> str:
    """Whether a learned policy is better than margin."""
    gates, others = result["gates"], result["others"]
    better = [kind for kind, one in gates.items() if one["better"]]
    verdict = (
        f"At its gate better than margin: {'; '.join(better)}."
        if better
        else "None is better than margin at its gate, so `margin` serves."
    )
    lines = [
        POLICY.format(episodes=result["episodes"], held=next(iter(gates.values()))["held_episodes"]),
        "| learned from, reward | ahead | interval | serves |",
        "|---|---|---|---|",
        *(
            f"| {kind} | {one['ahead']:+.4f} | {_span(one['ahead_interval'], '+.4f')} | `{one['serves']}` |"
            for kind, one in gates.items()
        ),
        f"\n{verdict} On sets that it did not learn from, seeds 1 to 5:\n",
        "| set | strategy | labels needed | ahead | interval |",
        "|---|---|---|---|---|",
    ]
    for name, some in others.items():
        for kind, one in some["strategies"].items():
            needed = f"> {some['last']:,}" if one["labels_needed"] is None else f"{one['labels_needed']:,.0f}"
            ahead = _span(one.get("ahead_interval"), "+.4f")
            figure = f"{one['ahead']:+.4f}" if "ahead" in one else ""
            lines.append(f"| {name} | {kind} | {needed} | {figure} | {ahead} |")
    played = [one for some in others.values() for one in some["strategies"].values()]
    spans = [one["ahead_interval"] for one in played if "ahead" in one]
    ahead, behind = sum(low > 0 for low, _ in spans), sum(high < 0 for _, high in spans)
    lines.append(
        f"\nBy more than noise, {ahead} of these {len(spans)} are ahead of margin and {behind} behind.\n"
    )
    return "\n".join([*lines, made_by(result)])


def _lost(sets: dict[str, Any]) -> str:
    """Where random is ahead, by set."""
    worse = {
        name: [
            kind
            for kind, found in one["strategies"].items()
            if kind != "random" and (found["area_ahead_interval"][1] or 0) < 0
        ]
        for name, one in sets.items()
    }
    return "; ".join(f"{name}: {', '.join(kinds)}" for name, kinds in worse.items() if kinds)


def simulation_chart(result: dict[str, Any]) -> Drawn:
    """The learning curves of some strategies on each set."""
    rows = [
        {"set": name, "strategy": kind, "labels": labels, "macro_f1": value}
        for name, one in result["sets"].items()
        for kind in SHOWN
        for labels, value in zip(one["labels"], one["strategies"][kind]["mean"], strict=True)
    ]
    colours = altair.Scale(
        domain=list(SHOWN), range=[GREY, ACCENT, "#d97706", "#60a5fa", "#059669", "#7c3aed", INK]
    )
    drawn = (
        altair.Chart(pandas.DataFrame(rows))
        .mark_line()
        .encode(
            x=altair.X("labels:Q", title="labels"),
            y=altair.Y("macro_f1:Q", title="macro-F1", scale=altair.Scale(zero=False)),
            color=altair.Color("strategy:N", scale=colours, legend=altair.Legend(title=None, orient="top")),
        )
        .properties(width=230, height=160)
        .facet("set:N", columns=2, title="")
        .resolve_scale(x="independent", y="independent")
    )
    found: Drawn = drawn
    return found


def _against(aim: float, value: float) -> str:
    return "reached" if value <= aim else f"{value - aim:.3f} too slow"


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:+.0%}"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:+.3f}"


def _span(interval: list[float | None] | None, form: str) -> str:
    if interval is None or None in interval:
        return ""
    low, high = interval
    return f"{low:{form}} to {high:{form}}"
