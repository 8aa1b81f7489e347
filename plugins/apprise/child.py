"""The sending child: one message through Apprise, and then the end of the process.

Lines of JSON over one socket. In comes the task; out go questions ("may I connect to this host?"), each
answered by the parent, and last the outcome. The URL, which holds the service's token, comes this way only:
not by the command line or the environment, where other users of the machine could read it. Apprise's own
log lines go nowhere, for some hold parts of the URL; what happened is told as facts (`transport.py`).
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import select
import signal
import socket
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any
from urllib.parse import parse_qs

import apprise
from apprise.manager_plugins import NotificationManager

from monitor_plugins.apprise import transport
from monitor_plugins.apprise.guard import Guard, Judge, Refused
from monitor_plugins.apprise.services import MAIL, denies, refusal

MEMORY_BYTES = 1_500_000_000
APP = "News Monitor"


def main(descriptor: int) -> None:
    """The child's whole life, on the socket `descriptor`."""
    channel = _Channel(descriptor)
    task = channel.receive()
    seconds = float(task["seconds"])
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, resource.RLIM_INFINITY))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    signal.alarm(int(seconds) + 60)  # should it outlive all else
    threading.Thread(target=channel.end_with_parent, daemon=True).start()
    sender = Sender(channel.judge, seconds, _own_timeouts(task["url"]))
    channel.send({"ready": True})
    try:
        outcome = sender.send(task["url"], task["title"], task["body"], task["type"])
    except Exception as error:  # of its text nothing is told: it may hold parts of the URL
        outcome = {"trouble": "raised", "error": type(error).__name__}
    channel.send({"outcome": outcome})
    with contextlib.suppress(Exception):
        sender.leave()
    os._exit(0)  # threads that still read what nobody needs end with it


class _Channel:
    """Lines of JSON to and from the parent."""

    def __init__(self, descriptor: int) -> None:
        self._socket = socket.socket(fileno=descriptor)
        self._lines = self._socket.makefile("rwb")
        self._asking = threading.Lock()

    def send(self, message: dict[str, Any]) -> None:
        self._lines.write(json.dumps(message).encode("ascii") + b"\n")
        self._lines.flush()

    def receive(self) -> dict[str, Any]:
        line = self._lines.readline()
        if not line:
            os._exit(1)  # the parent is gone
        found: dict[str, Any] = json.loads(line)
        return found

    def end_with_parent(self) -> None:
        """Wait until the parent is gone, killed perhaps, and end this process: nobody would hear of it."""
        watch = select.poll()
        watch.register(self._socket, 0)  # hang-ups are told unasked
        watch.poll()
        os._exit(1)

    def judge(self, host: str, port: int) -> Sequence[str]:
        """What the parent's fetcher says of a host."""
        with self._asking:
            self.send({"ask": [host, port]})
            answer = self.receive()
        if "refused" in answer:
            raise Refused(str(answer["refused"]))
        addresses: list[str] = answer["addresses"]
        return addresses


class Sender:
    """Apprise behind the guard. Made once in a process, and the process is good for nothing else after."""

    def __init__(self, judge: Judge, seconds: float, own_timeouts: frozenset[str] = frozenset()) -> None:
        self._seconds = seconds
        self._own_timeouts = own_timeouts
        manager: Any = NotificationManager  # without annotations
        self._services = manager()
        self._services.load_modules()  # before the guard closes what loading may need
        self._facts: list[transport.Fact] = []
        self._receiver: apprise.Apprise | None = None
        self.guard = Guard(judge, time.monotonic() + seconds)
        transport.hold(self._facts.append, None if own_timeouts else seconds)
        self.guard.arm()

    def send(self, url: str, title: str, body: str, kind: str) -> dict[str, Any]:
        """The outcome as `sending` reads it: `taken`, or what is known of why not."""
        self._facts.clear()
        self.guard.stopped.clear()
        receiver = apprise.Apprise(
            asset=apprise.AppriseAsset(
                app_id=APP,
                app_desc=APP,
                async_mode=False,
                http_redirects=False,
                service_timeout=0,
                secure_logging=True,
            )
        )
        scheme = url.partition("://")[0].strip().lower()
        self._receiver = receiver
        if not receiver.add(url):
            return {"trouble": "url", "packages": self._missing(scheme)}
        if len(receiver.services) != 1:
            return {"trouble": "several"}
        [service] = receiver.services
        # A web address of a service ("https://hooks.slack.com/...") shows here whose it is.
        names = _schemes(type(service))
        for name in names:
            if refusal(name):
                return {"trouble": "scheme", "scheme": name}
        if scheme in MAIL and scheme.endswith("s") and service.secure_mode == "insecure":
            return {"trouble": "insecure", "scheme": scheme}
        if "cto" not in self._own_timeouts:
            service.socket_connect_timeout = self._seconds
        if "rto" not in self._own_timeouts:
            service.socket_read_timeout = self._seconds
        result = receiver.notify(
            title=title,
            body=body,
            body_format=apprise.NotifyFormat.TEXT,
            notify_type=apprise.NotifyType(kind),
            interpret_escapes=False,
        )
        return {
            "service": str(service.service_name),
            "taken": _taken(result) and not any(denies(names, fact.told) for fact in self._facts),
            "facts": [{**asdict(fact), "told": None} for fact in self._facts],
            "stopped": list(self.guard.stopped),
        }

    def leave(self) -> None:
        """Let the service log out, as some do when they are dropped: the message has been told of already."""
        self._receiver = None

    def _missing(self, scheme: str) -> list[str]:
        """Packages that the service of `scheme` needs and this Python lacks."""
        if scheme not in self._services or self._services[scheme].enabled:
            return []
        needed = self._services[scheme].requirements.get("packages_required") or []
        return [needed] if isinstance(needed, str) else [str(one) for one in needed]


def _own_timeouts(url: str) -> frozenset[str]:
    """Which of Apprise's timeouts (of connecting, of reading) the URL sets itself."""
    return frozenset(parse_qs(url.partition("?")[2]).keys() & {"cto", "rto"})


def _taken(result: Any) -> bool:
    """Whether every receiver took it. Apprise's own verdict also counts one that may fail (?optional=yes)."""
    ends = [one.attempts[-1] for one in result.results if one.attempts]
    return bool(ends) and len(ends) == len(result.results) and all(ends)


def _schemes(service: Any) -> list[str]:
    found: list[str] = []
    for value in (service.protocol, service.secure_protocol):
        found += [value] if isinstance(value, str) else value or ()
    return found
