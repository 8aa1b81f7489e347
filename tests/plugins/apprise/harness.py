"""Many messages through the sending child's own code, in one process, on a network that is a stub.

The stub lies below the guard: a judged address is "connected to" at a port of this machine, whatever the
address is, so that services whose hosts are fixed can be tried, and not one packet goes elsewhere. What was
asked, judged and connected to comes back with every outcome.
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PUBLIC = "203.0.113.7"  # RFC 5737: nobody's
_BOOT = "import sys; sys.path[:] = sys.argv[1:]; from tests.plugins.apprise.harness import main; main()"


@dataclass(frozen=True)
class Told:
    """What came of one message."""

    outcome: Mapping[str, Any]
    asked: Sequence[tuple[str, int]]
    connected: Sequence[tuple[str, int]]


def run(
    urls: Sequence[str],
    *,
    ports: Sequence[int] = (),
    ca: Path | None = None,
    title: str = "Title",
    body: str = "Text",
    seconds: float = 20.0,
    hidden: Sequence[str] = (),
) -> list[Told]:
    """Send one message to each of `urls`, whose connections end at the port of the same place. Without
    `ports` the judge refuses every host. Packages that are `hidden` are not there."""
    task = {"urls": urls, "ports": ports, "ca": str(ca or ""), "seconds": seconds}
    task |= {"title": title, "body": body, "hidden": hidden}
    done = subprocess.run(
        [sys.executable, "-I", "-c", _BOOT, *filter(None, sys.path)],
        input=json.dumps(task),
        capture_output=True,
        text=True,
        timeout=240,
        env={
            "PATH": "/usr/bin:/bin",
            "HTTP_PROXY": "http://127.0.0.1:9",
            "HTTPS_PROXY": "http://127.0.0.1:9",
        },
    )
    assert done.returncode == 0, done.stderr[-3000:]
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(told) == len(urls), done.stderr[-3000:]
    return [Told(one["outcome"], _pairs(one["asked"]), _pairs(one["connected"])) for one in told]


def _pairs(found: Sequence[Sequence[Any]]) -> list[tuple[str, int]]:
    return [(host, port) for host, port in found]


def main() -> None:
    """The child: the task on standard input, one line of JSON for each URL on standard output."""
    import logging

    task = json.load(sys.stdin)
    sys.modules.update(dict.fromkeys(task["hidden"]))  # None: importing it says that there is none

    import apprise
    import requests.adapters

    from monitor_plugins.apprise import transport
    from monitor_plugins.apprise.child import Sender
    from monitor_plugins.apprise.guard import Refused

    logging.disable(logging.CRITICAL)
    transport.BODY_SECONDS = 0.1  # a body that does not end is left soon
    if task["ca"]:
        requests.adapters.DEFAULT_CA_BUNDLE_PATH = task["ca"]
    asked: list[tuple[str, int]] = []
    connected: list[tuple[str, int]] = []
    ports: list[int] = []

    def judge(host: str, port: int) -> Sequence[str]:
        asked.append((host, port))
        if not ports:
            raise Refused("refused")
        return [PUBLIC]

    real = socket.socket.connect

    def connect(one: socket.socket, address: Any) -> Any:
        connected.append(tuple(address[:2]))
        assert ports, f"connected to {address}, which nobody judged"
        return real(one, ("127.0.0.1", ports[0]))

    setattr(socket.socket, "connect", connect)  # noqa: B010
    apprise.URLBase.throttle = lambda *arguments, **options: None  # waits between two requests
    sender = Sender(judge, task["seconds"])
    for number, url in enumerate(task["urls"]):
        ports[:] = task["ports"][number : number + 1]
        sender.guard._judged.update({("127.0.0.1", port): False for port in ports})
        asked.clear()
        connected.clear()
        outcome = sender.send(url, task["title"], task["body"], "warning")
        sender.leave()
        print(json.dumps({"outcome": outcome, "asked": asked, "connected": connected}), flush=True)
