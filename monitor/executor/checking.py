"""What `monitor doctor` finds of the cluster. Asks it through children, as everybody does."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from monitor.errors import MonitorError
from monitor.executor import errands
from monitor.messages import Message
from monitor.settings import ClusterSettings

Run = Callable[..., Any]
"""As `errands.run`."""

LOOK_SECONDS = 60.0
CORRECT = "correct [cluster], or the cluster"


def findings(
    cluster: ClusterSettings, environ: Mapping[str, str], run: Run = errands.run
) -> Iterator[tuple[str, str, str]]:
    """State ("ok" | "warn" | "fail"), what and what to do, in the order in which things depend on each
    other. A cluster that lets in who has no token fails, however well it works."""
    address = cluster.address
    try:
        errands.require()
        if environ.get("RAY_AUTH_MODE", "").lower() != "token":
            yield "fail", Message("cluster.no_token"), "docs/cluster.md shows how a cluster is started"
            return
        found = run("look", {"address": address}, seconds=LOOK_SECONDS)
        opened = {"RAY_AUTH_MODE": "disabled"}
        if run("is_open", {"address": address}, seconds=LOOK_SECONDS, environ=opened):
            yield "fail", Message("cluster.open", address=address), "stop it until it has a token"
    except MonitorError as error:
        yield "fail", str(error), CORRECT
        return
    what = (
        f"{address}: Ray {found['ray']}, Python {found['python']}, {found['nodes']} nodes, "
        f"{found['cpus']:g} CPUs, {found['gpus']:g} GPUs"
    )
    for name, has, each in (("CPUs", found["cpus"], cluster.cpus), ("GPUs", found["gpus"], cluster.gpus)):
        if has < each * cluster.min_replicas:
            lacking = f"{what}; {cluster.min_replicas} replicas need {each * cluster.min_replicas:g} {name}"
            yield "fail", lacking, "add nodes, or set cpus, gpus and min_replicas in [cluster]"
            return
    if found["usage"]:
        todo = "start every node with RAY_USAGE_STATS_ENABLED=0"
        yield "warn", f"{address}: Ray's usage statistics are on, and call home", todo
    yield "ok", what, ""
