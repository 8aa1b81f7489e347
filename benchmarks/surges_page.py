"""The sections of docs/benchmarks.md about surges: planted ones, and an archive of five years."""

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


def archive(result: dict[str, Any]) -> str:
    """What budgets cost on an archive, which of its events were told, and how long a replay takes."""
    replayed, happened = result["replay"], result["events"]
    costs = result.get("shuffled", {"budgets": {}, "shuffles": 0})
    lines = [
        "## An archive of five years\n",
        "Reuters' news of October 2006 to December 2010, judged by the shipped model and brought as history",
        "(`benchmarks/surges.py`). In shuffled weeks, all series together, whatever opens is false; in 2009",
        "and 2010 as they were it may be true. Every cut is found on the weeks before the counted one.\n",
        f"| budget, a week | {costs['shuffles']} shuffles: a week | 95% interval | of the budget "
        "(aim 0.8 to 1.2) | 2009 and 2010: a week | of the budget (aim 0.5 to 2) |",
        "|---|---|---|---|---|---|",
    ]
    for name, one in result["forward"].items():
        cost = costs["budgets"].get(name)
        shown = (
            f"{cost['a_week']:.2f} | {cost['low']:.2f} to {cost['high']:.2f} | {cost['of_budget']:.2f}"
            if cost and "low" in cost
            else " | | "
        )
        lines.append(f"| {one['budget']:g} | {shown} | {one['a_week']:.2f} | {one['of_budget']:.2f} |")
    shares = {name: (part, whole, low, high) for name, part, whole, low, high in happened["shares"]}
    told, true = shares["events told"], shares["alerts of events"]
    quarter, half, most = happened["delay_hours"]
    together = sum(rule["budget"] for rule in happened["rules"].values())
    lines += [
        "",
        f"Of {happened['listed']} listed events, {told[1]} are told by an article that names the company. "
        f"The shipped rules (together {together:g} a week) alerted to {told[0]:g} of these "
        f"({told[0] / told[1]:.0%}; {told[2]:.0%} to {told[3]:.0%}), half of them within {half:.1f} hours "
        f"of the first article (quartiles {quarter:.1f} and {most:.1f}). {true[0]:g} of {true[1]} alerts "
        f"match a listed event ({true[2]:.0%} to {true[3]:.0%}).\n",
        *_read(happened["read"]),
        f"The replay of 2009 and 2010 with {replayed['rules']} rules, cuts set anew each week, the years "
        f"before walked through first: {replayed['seconds']:.0f} seconds (aim 300).\n",
        "| event | date | first article | alert after (hours) |",
        "|---|---|---|---|",
    ]
    for one in happened["told"]:
        first = (one["first_article_at"] or "")[:16].replace("T", " ")
        after = "" if one["delay_hours"] is None else f"{one['delay_hours']:.1f}"
        lines.append(f"| {one['name']} | {one['begins_at'][:10]} | {first or 'none'} | {after} |")
    return "\n".join([*lines, "", made_by(result)])


def _read(read: dict[str, Any]) -> list[str]:
    """What alerts were that match no listed event."""
    event, again, calendar, mixed, passing = (
        read["kinds"].get(kind, 0) for kind in ("event", "again", "calendar", "mixed", "passing")
    )
    lines = [
        f"Of those that match none, {read['all']['read']} were drawn and read by one reader, by titles of",
        f"their stories (`benchmarks/surges_archive/read.csv`): {event} tell an event that the list does not",
        f"have, {again} go on with one that was told before, or by another rule. {calendar} are a season of",
        f"results or a day of monthly sales, {mixed} stories that have nothing in common, {passing}",
        "another company's. So many of all alerts have a real event behind them:\n",
        "| alerts about | alerts | read | true | 95% interval |",
        "|---|---|---|---|---|",
    ]
    for name, one in read.items():
        if name != "kinds":
            low, high = one["low"], one["high"]
            lines.append(
                f"| {name} | {one['alerts']} | {one['read']} | {one['true']:.0%} | {low:.0%} to {high:.0%} |"
            )
    return [*lines, ""]


def trend(result: dict[str, Any]) -> str:
    """What budgets cost where news fades or grows."""
    growths = result["growths"]
    shown = {
        "fades": "all fades, 40% a year",
        "level": "no trend",
        "grows": "all grows, 60% a year",
        "mixed": "each its own, -40% to +60%",
    }
    worlds = f"{result['worlds']} world{'s' if result['worlds'] > 1 else ''}"
    lines = [
        "## Budgets where news grows or fades\n",
        f"Counts drawn with the archive's week, levels and dispersions (`benchmarks/surges_trend.py`): "
        f"{result['streams']} streams of",
        f"together {result['stories_a_week']:.0f} stories a week, {worlds} of each kind, walked through for "
        f"{result['weeks']} weeks after those that the first",
        "cuts are found on. Nothing in them is an event, so whatever opens is false. Openings a week, and",
        "how many times the budget that is (aim 0.5 to 2):\n",
        "| budget, a week | " + " | ".join(shown[name] for name in growths) + " |",
        "|---|" + "---|" * len(growths),
    ]
    for name, one in next(iter(growths.values()))["budgets"].items():
        cells = [found["budgets"][name] for found in growths.values()]
        told = " | ".join(f"{cell['a_week']:.2f} ({cell['of_budget']:.2f})" for cell in cells)
        lines.append(f"| {one['budget']:g} | {told} |")
    return "\n".join([*lines, "", made_by(result)])


def novelty(result: dict[str, Any]) -> str:
    """What a rule of novelty told, beside rules that draw lots."""
    shown = ", ".join(f"{one:.2f}" for one in result["distances"])
    lines = [
        "## Novelty\n",
        f"{result['stories']:,} negative stories about a company of the archive, each by its distance to the",
        "nearest story about that company in the 28 days before (`benchmarks/novelty.py`; 10, 25, 50, 75 and",
        f"90%: {shown}). What a rule of it opens, held against the {result['listed']} listed events; in",
        f"brackets the mean of {result['lots']} rules that draw their scores. The listed events are such",
        "that much was told of them. They are told no better than by lots, so no such rule is shipped.\n",
        "| stories in 28 days | budget, a week | 2009 and 2010: a week | alerts of events | events told |",
        "|---|---|---|---|---|",
    ]
    for one in result["tried"]:
        found, lots = one["novelty"], one["lots"]
        lines.append(
            f"| {one['past']} or more | {one['budget']:g} | {found['a_week']:.2f} ({lots['a_week']:.2f}) "
            f"| {found['precision']:.1%} ({lots['precision']:.1%}) "
            f"| {found['events']} ({lots['events']:.1f}) |"
        )
    return "\n".join([*lines, "", made_by(result)])


def pit(result: dict[str, Any]) -> str:
    """How nearly p is uniform, by level and window."""
    lines = [
        "## Whether p is uniform\n",
        f"{result['series']} series of the archive, its weeks in another order, on {result['days']:,} days,",
        "each after the 26 weeks that its baseline is fitted on (`benchmarks/surges_pit.py`). Of a uniform p",
        "the mean is a half, and one in a hundred is under 0.01; the farthest is how far its distribution is",
        "from the uniform one at most.\n",
        "| negative voices a day | series | hours | mean | farthest | under 0.1 | under 0.01 | under 0.001 |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for one in result["table"]:
        low, high = one["level"]
        level = f"over {low:g}" if high is None else f"{low:g} to {high:g}"
        under = " | ".join(f"{value:.4f}" for value in one["under"].values())
        lines.append(
            f"| {level} | {one['series']} | {one['hours']} | {one['mean']:.3f} | {one['off']:.3f} | {under} |"
        )
    return "\n".join([*lines, "", made_by(result)])
