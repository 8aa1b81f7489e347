"""The section of docs/benchmarks.md about retention: what removing a month costs, and who waits for it."""

from __future__ import annotations

from typing import Any

from benchmarks.provenance import made_by

STORES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


def section(result: dict[str, Any]) -> str:
    """The stores, and the table that is partitioned beside the one that is not."""
    stores = [result[name] for name in STORES]
    lines = [
        "## Removing what is old\n",
        f"A store of {result['articles']:,} made-up articles of a year, with some 500 characters each,\n"
        "loses the texts of its oldest month and what an older version said of them, as it does every night\n"
        "(`benchmarks/retention.py`). Beside it another process stores eight judged articles at a time.\n"
        f"The machine did other work meanwhile: its load was {result['load_before']:.0f} before and\n"
        f"{result['load_after']:.0f} after, so that what waits tells more of that than of the store.\n",
        "| | " + " | ".join(STORES.values()) + " |",
        "|---|" + "---|" * len(stores),
    ]
    rows: list[tuple[str, list[str]]] = [
        ("texts removed", [f"{one['bodies']:,}" for one in stores]),
        ("predictions removed", [f"{one['predictions']:,}" for one in stores]),
        ("seconds (with the pauses)", [f"{one['seconds']:.1f}" for one in stores]),
        ("transactions", [f"{one['transactions']:,}" for one in stores]),
        (
            "longest transaction that wrote, ms (aim 200)",
            [f"{one['longest_write_ms']:.0f}" for one in stores],
        ),
        ("the dry run, seconds", [f"{one['dry_run_seconds']:.2f}" for one in stores]),
        ("storing eight, alone: p50, p95, most, ms", [_latency(one["alone"]) for one in stores]),
        ("storing eight, beside it: p50, p95, most, ms", [_latency(one["beside"]) for one in stores]),
        (
            "MB before, after, after a vacuum",
            [f"{one['mb_before']:,.0f}, {one['mb_after']:,.0f}, {one['mb_vacuumed']:,.0f}" for one in stores],
        ),
        ("the vacuum, seconds", [f"{one['vacuum_seconds']:.1f}" for one in stores]),
    ]
    lines += [f"| {name} | {' | '.join(cells)} |" for name, cells in rows]
    return "\n".join([*lines, "", *_partitions(result["partitions"]), made_by(result)])


def _latency(one: dict[str, Any]) -> str:
    return f"{one['p50_ms']:.0f}, {one['p95_ms']:.0f}, {one['most_ms']:.0f}"


def _partitions(found: dict[str, Any]) -> list[str]:
    both = [found["plain"], found["partitioned"]]
    rows = [
        ("articles stored a second, 128 at a time", "intake_per_second", ",.0f"),
        ("the newest 50 of a source, ms", "newest_ms", ".1f"),
        ("50 negative ones before an id, ms", "before_ms", ".1f"),
        ("one by its id, ms", "one_ms", ".2f"),
        ("a story's, ms", "story_ms", ".2f"),
        ("removing a month's texts, seconds", "prune_seconds", ".1f"),
        ("longest lock, ms", "longest_ms", ".0f"),
        ("MB before", "mb", ",.0f"),
        ("MB after", "mb_after", ",.0f"),
        ("MB after a vacuum", "mb_vacuumed", ",.0f"),
    ]
    return [
        f"One table of {found['rows']:,} articles of {found['months']} months on PostgreSQL,\n"
        "and the same partitioned by month of `first_seen_at` (identities in a table beside).\n"
        "The first loses the texts of its oldest month in batches; of the second that month's partition is\n"
        "written anew without them, and put in the place of the old one.\n"
        f"Ten million rows, {10_000_000 / found['rows']:.0f} times as many, were not tried.\n",
        "| | plain | partitioned |",
        "|---|---|---|",
        *(f"| {name} | {' | '.join(format(one[key], form) for one in both)} |" for name, key, form in rows),
        "",
    ]
