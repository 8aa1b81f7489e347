"""Errands: what is asked of a cluster by a child process that may die, so that its caller does not.

Enters: a verb of `monitor.executor.clusters` and its arguments, as JSON on the child's standard input.
Leaves: what it returns or why it did not, as the last line of the child's standard output.
"""

from __future__ import annotations

import contextlib
import importlib.util
import ipaddress
import json
import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

from monitor.errors import ModelError, MonitorError, UserError
from monitor.messages import Message

SECONDS = 300.0
"""How long an errand may take: a large model is loaded within it."""

CONNECT_SECONDS = 5.0

QUIET = {
    "RAY_USAGE_STATS_ENABLED": "0",
    # A head whose statistics are off reports that they are off; to the discard port of this machine, then.
    "RAY_USAGE_STATS_REPORT_URL": "http://127.0.0.1:9/",
}
"""What keeps Ray from calling home, on every node and in every process."""

CHILD = "monitor.executor.child"
"""The program of the child, which imports ray."""

_KINDS: Mapping[str, type[MonitorError]] = {"ModelError": ModelError}


def require() -> None:
    """Raises UserError, in a line that says how to install it, where there is no Ray."""
    if importlib.util.find_spec("ray") is None:
        raise UserError(Message("cluster.missing"))


def environment(address: str) -> dict[str, str]:
    """What a process that joins the cluster at `address` has in its environment before it imports ray."""
    found = dict(QUIET)
    with contextlib.suppress(ValueError):
        if ipaddress.ip_address(address.rpartition(":")[0].strip("[]")).is_loopback:
            # Else Ray takes the machine's other address for it, and listens there too.
            found["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"] = "0"
    return found


def reach(address: str) -> None:
    """Raises UserError where nobody listens at HOST:PORT: cheaper than a child that finds it out."""
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host, int(port)), CONNECT_SECONDS).close()
    except (OSError, ValueError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UserError(Message("cluster.silent", address=address, reason=reason)) from None


def run(
    verb: str, asked: Mapping[str, Any], *, seconds: float = SECONDS, environ: Mapping[str, str] | None = None
) -> Any:
    """What `verb` returns. `environ` goes over this process's. Raises UserError, ModelError as it does, and
    MonitorError where the child died or took longer than `seconds`; `asked` names the cluster's `address`."""
    require()
    address = str(asked["address"])
    reach(address)
    ours = {**os.environ, **environment(address), **(environ or {})}
    try:
        done = subprocess.run(
            [sys.executable, "-m", CHILD],
            input=json.dumps({"verb": verb, "asked": dict(asked)}),
            capture_output=True,
            text=True,
            env=ours,
            timeout=seconds,
        )
    except subprocess.TimeoutExpired:
        raise MonitorError(Message("cluster.died", address=address, reason=f"{seconds:g} s")) from None
    lines = done.stdout.splitlines()
    try:
        answer = json.loads(lines[-1])
    except (IndexError, ValueError):
        said = [line for line in done.stderr.splitlines() if line.strip()]
        reason = said[-1][:300] if said else f"exit {done.returncode}"
        raise MonitorError(Message("cluster.died", address=address, reason=reason)) from None
    if "error" in answer:
        raise _KINDS.get(answer["kind"], UserError)(Message.decoded(answer["error"]))
    return answer["found"]
