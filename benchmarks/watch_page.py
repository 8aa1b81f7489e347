"""The sections of docs/benchmarks.md about the watch: what it costs as history grows, how soon it tells."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from benchmarks.provenance import made_by


def costs(result: dict[str, Any]) -> str:
    """What a look, a start, a page and the counts of an intake cost, by how many articles are stored."""
    runs = result["runs"]
    lines = [
        "## What counts and the watch cost as history grows\n",
        "Made-up articles, 33,000 a day up to now, 200 companies and 24 topics (`benchmarks/rollups.py`);",
        "the watch has the three shipped rules. Seconds; medians of several.\n",
        "| | " + " | ".join(f"{run['articles']:,} articles" for run in runs) + " |",
        "|---|" + "---|" * len(runs),
    ]
    rows: list[tuple[str, Callable[[dict[str, Any]], str]]] = [
        ("series with a baseline", lambda run: f"{run['series']:,}"),
        ("the first look: all of the past", lambda run: f"{run['first_look']:.1f}"),
        ("going on after a start", lambda run: f"{run['start']:.1f}"),
        ("a look after 256 articles", lambda run: f"{run['look']['median']:.3f}"),
        (
            "a look with something in every series (aim 1)",
            lambda run: f"{run['look_at_every_series']['median']:.3f}",
        ),
        ("counts of the overview, 24 hours (aim 0.3)", lambda run: f"{run['overview_day']['median']:.3f}"),
        ("counts of the overview, 30 days (aim 0.3)", lambda run: f"{run['overview_month']['median']:.3f}"),
        ("the same by rows, 30 days", lambda run: f"{run['overview_month_by_rows']['median']:.3f}"),
        ("peak memory, MB", lambda run: f"{run['peak_mb']:,}"),
    ]
    lines += [f"| {title} | " + " | ".join(said(run) for run in runs) + " |" for title, said in rows]
    return "\n".join([*lines, "", made_by(result)])


def intake(result: dict[str, Any]) -> str:
    """What the counts cost an intake, on both databases."""
    lines = [
        "## What the counts cost an intake\n",
        f"Batches of {result['batch']} articles with a stand-in classifier, with the counts and without, in",
        "turn, on a store filled as above (`benchmarks/intake.py`). Counting is the part of a batch",
        "in which it is counted, timed by itself, for the difference is less than the noise of the rest;",
        "load is that of the machine.\n",
        "| | articles stored | a second | without counts | slower (aim 10%) | counting | load |",
        "|---|---|---|---|---|---|---|",
    ]
    for run in result["runs"]:
        rates = (f"{run[name]:.0f}" for name in ("per_second", "per_second_without"))
        part = run["counting"] * run["per_second"] / result["batch"]
        told = (f"{run['slower']:.1%}", f"{run['counting']:.3f} s, {part:.1%}", f"{run['load']:.1f}")
        lines.append("| " + " | ".join((run["database"], f"{run['articles']:,}", *rates, *told)) + " |")
    return "\n".join([*lines, "", made_by(result)])


def latency(result: dict[str, Any]) -> str:
    """How soon a message arrives."""
    seconds = result["seconds"]
    return "\n".join(
        [
            "## From an article to its alert's message\n",
            "A real worker with the shipped model and intervals polls a feed on the same machine and tells a",
            "webhook there (`benchmarks/latency.py`). From when the last article behind an alert was stored",
            "to when its message arrived, in seconds:\n",
            "| surges | told | median | 95 of 100 (aim 10) | most |",
            "|---|---|---|---|---|",
            f"| {result['surges']} | {result['told']} | {seconds['median']:.1f} | {seconds['p95']:.1f} | "
            f"{seconds['most']:.1f} |",
            "",
            made_by(result),
        ]
    )


def commits(result: dict[str, Any]) -> str:
    """Whether writers on one hour wait for each other in a circle."""
    lines = [
        "## Writers on one hour's counts\n",
        f"{result['writers']} processes write on the same hour and a few series (`benchmarks/commits.py`):",
        "articles come, any writer's are judged again, edited, or go into another's story.\n",
        "| | commits | errors (deadlocks among them) | cells that a recount contradicts | commits a second |",
        "|---|---|---|---|---|",
    ]
    for name in ("postgresql", "sqlite"):
        run = result[name]
        errors = sum(run["errors"].values())
        numbers = (f"{run['commits']:,}", errors, run["cells_that_disagree"], f"{run['per_second']:.0f}")
        lines.append(f"| {name} | " + " | ".join(map(str, numbers)) + " |")
    return "\n".join([*lines, "", made_by(result)])
