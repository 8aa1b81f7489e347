"""A child's whole life: load one plugin, then do what the parent asks of it until the parent goes."""

from __future__ import annotations

import contextlib
import faulthandler
import resource
import signal
import sys
import traceback
from collections.abc import Mapping
from typing import Any

from monitor import errors
from monitor.errors import FetchError, MonitorError
from monitor.extensions import loading
from monitor.extensions.loading import Loaded, Origin
from monitor.sandbox import limits
from monitor.sandbox.calls import CALLS, TooManyItems, kind_of, text_of
from monitor.sandbox.channel import Channel

_OURS = ("BlockedError", "FetchError", "ConfigError", "DataError", "UserError", "ModelError")
"""Errors that come out at the other end as what they were; any other is "it raised ..."."""


def main(descriptor: int, parent: int) -> None:
    """Live. `descriptor` is the socket to the parent, whose process is `parent`."""
    limits.die_with(parent)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    faulthandler.enable()
    closed = limits.close_network()
    channel = Channel(descriptor)
    limits.forbid()
    loaded: Loaded | None = None
    with contextlib.suppress(EOFError, OSError):
        while True:
            asked, _ = channel.receive()
            limits.hold(asked["seconds"], asked["memory"])
            reply: dict[str, Any]
            try:
                if loaded is None:
                    loaded = loading.load(Origin(**asked["origin"]))
                    reply = {
                        "done": {
                            "hooks": loaded.hooks,
                            "version": loaded.version,
                            "kinds": loaded.kinds,
                            "scoring": loaded.scoring,
                            "closed": closed,
                        }
                    }
                else:
                    reply = {"done": CALLS[asked["do"]](loaded, asked, channel)}
            except (EOFError, BrokenPipeError):
                return
            except BaseException as error:
                reply = {"error": _told(error, asked)}
            for stream in (sys.stdout, sys.stderr):
                with contextlib.suppress(Exception):
                    stream.flush()
            limits.release()
            channel.send(reply)
            if "error" in reply and loaded is None:
                return


def _told(error: BaseException, asked: Mapping[str, Any]) -> dict[str, Any]:
    """An error as data; its trace goes to the log, by way of standard error."""
    if isinstance(error, MemoryError):
        return {"name": "memory"}
    if isinstance(error, TooManyItems):
        return {"name": "items"}
    told: dict[str, Any] = {"text": text_of(error.told if isinstance(error, MonitorError) else error)}
    if isinstance(error, FetchError):
        told |= {"status": error.status, "retry_after": error.retry_after}
    for name in _OURS:
        if isinstance(error, getattr(errors, name)):
            return told | {"name": name}
    if isinstance(error, MonitorError):
        return told | {"name": type(error).__name__}
    if asked.get("do"):
        with contextlib.suppress(Exception):
            traceback.print_exception(error, limit=-8)
    return told | {"name": "raised", "kind": kind_of(error)}
