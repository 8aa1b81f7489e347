"""The section of the page of benchmarks about a cluster."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from benchmarks.provenance import made_by


def section(result: dict[str, Any]) -> str:
    """Overhead of Ray Serve, and what its parts' deaths cost."""
    lines = [
        "## A cluster\n",
        "The shipped model, one copy of one thread, behind this project's own host and behind Ray Serve,\n"
        "both asked over HTTP on loopback by callers without pause, in turns. The machine's load before: "
        f"{result['load_before']:.1f}.\n",
        "| callers | texts a request | host: p50, p95 (ms) | texts/s | Serve: p50, p95 (ms) | texts/s |",
        "|---|---|---|---|---|---|",
    ]
    for host, serve in zip(result["overhead"]["host"], result["overhead"]["serve"], strict=True):
        lines.append(
            f"| {host['callers']} | {host['texts']} | {host['p50_ms']:.0f}, {host['p95_ms']:.0f} "
            f"| {host['texts_per_second']:.0f} | {serve['p50_ms']:.0f}, {serve['p95_ms']:.0f} "
            f"| {serve['texts_per_second']:.0f} |"
        )
    kills = result["kills"]
    away: dict[str, list[float]] = defaultdict(list)
    for one in kills["kills"]:
        away[one["killed"]].append(one["away_seconds"])
    lines += [
        "",
        "Where one copy of the model is enough, the host needs nothing but the model. Serve pays where one\n"
        "machine's cores or GPU are not enough, or where nobody may wait for a restart.\n",
        f"Two Ray nodes on this machine, a replica on each, four callers: {len(kills['kills'])} kills, "
        f"{kills['answers']:,} answers, {kills['lost']} lost,\n{kills['mixed']} of more than one version. "
        "The longest time in which nobody was answered:\n",
        "| killed | times | median, s | most, s |",
        "|---|---|---|---|",
    ]
    for name, seconds in away.items():
        middle = sorted(seconds)[len(seconds) // 2]
        lines.append(f"| {name} | {len(seconds)} | {middle:.1f} | {max(seconds):.1f} |")
    lines += [
        "",
        f"Against what the same model says of each text alone, {kills['other_label']} labels differ; "
        f"{kills['beyond_1e-4']:,} of {kills['answers']:,} answers\nhave a probability that differs by more "
        f"than 1e-4, by {kills['largest_difference']:.4f} at most: 8-bit layers compute a\n"
        "little differently in batches of another shape, on a cluster or not. Proxies are checked every 2 s\n"
        "and not every 10 s, as a deployment sets it; all other periods are those of a deployment, too.\n",
    ]
    return "\n".join([*lines, made_by(result)])
