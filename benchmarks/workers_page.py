"""The section on several workers of the page of benchmarks."""

from __future__ import annotations

from typing import Any

from benchmarks.provenance import made_by


def section(result: dict[str, Any]) -> str:
    """What they take in together, and what killing them costs."""
    return "\n".join(
        [
            "## Several workers\n",
            "`monitor worker` several times on one PostgreSQL, all on one machine, with wire services on",
            "loopback and a stand-in classifier (`benchmarks/workers.py`).\n",
            *(_speed(result["speed"]) if "speed" in result else []),
            *(_kills(result["kills"], result["lease_seconds"]) if "kills" in result else []),
            made_by(result),
        ]
    )


def _speed(runs: list[dict[str, Any]]) -> list[str]:
    lines = [
        "News of 12 sources on 12 hosts, with the counts; cores used by all on it, and what PostgreSQL's",
        "backends were found at on average (a number of backends).\n",
        "| workers | articles/s | cores of the machine | backends at work | client at work "
        "| waiting for a lock | for a light lock | for the disk | load |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for run in runs:
        found = run["backends"]
        waits = (
            sum(count for name, count in found.items() if name.startswith(f"waits: {kind}"))
            for kind in ("Lock", "LWLock", "IO")
        )
        told = (
            f"{run['articles_per_second']:.0f}",
            f"{run['machine_cores']:.2f}",
            *(f"{found.get(name, 0):.2f}" for name in ("at work", "its client is at work")),
            *(f"{one:.2f}" for one in waits),
            f"{run['load']:.1f}",
        )
        lines.append(f"| {run['workers']} | " + " | ".join(told) + " |")
    return [
        *lines,
        "",
        "Nearly all open transactions wait for their client: a worker is one Python process, whose",
        "threads hold transactions open while they compute in turn, and the database waits for them,",
        "not they for it or for each other. The machine's two cores were full all the time, mostly with",
        "work of others (load): where a gain of more workers is theirs, and where it is but a larger share",
        "of the cores, this run cannot tell.\n",
    ]


def _kills(kills: dict[str, Any], lease_seconds: float) -> list[str]:
    back = kills["seconds_until_back"]
    return [
        f"Three workers, leases of {lease_seconds:g} s, {kills['kills']} kills by SIGKILL "
        f"({kills['of_the_leader']} of them of the one that led), each\n"
        "followed by a new start; another version became champion half-way.\n",
        "| articles | lost | double | judged twice, or not | of a version never champion "
        "| a host asked by two at once (requests) |",
        "|---|---|---|---|---|---|",
        f"| {kills['articles']:,} | {kills['lost']} | {kills['double']} | {kills['judged_twice_or_not']} "
        f"| {kills['of_no_champion']} | {kills['host_asked_by_two']} ({kills['requests']:,}) |",
        "",
        *(
            []
            if "and_by_the_last_of_a_dead_one" in kills
            else [
                "Requests that a killed worker had sent, and that were answered after its death, are counted",
                "there, too: this run did not tell them apart.\n",
            ]
        ),
        f"Until every source of the dead worker was read by another: median {back['median']:.1f} s, "
        f"95% within {back['p95']:.1f} s,\nat most {back['most']:.1f} s. "
        f"Load of the machine: {kills['load']:.1f}.",
        "",
    ]
