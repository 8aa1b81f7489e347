"""A child's whole life: load one plugin, then do what the parent asks of it until the parent goes.

    load    import the plugin; what it provides
    build   build an instance once, to see whether its options fit
    fetch   a source's items, in batches, then its state
    send    a notifier's delivery
    select  a strategy's choice
    test    a detector's verdicts

The instance is built anew from its options for every call: a plugin keeps in its object nothing that the
next call needs, because that one may come to another process.
"""

from __future__ import annotations

import contextlib
import faulthandler
import json
import resource
import signal
import socket
import sys
import threading
import traceback
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

from monitor import errors, loading
from monitor.building import build
from monitor.errors import FetchError, MonitorError, PluginError
from monitor.hookspecs import Response
from monitor.loading import Loaded, Origin
from monitor.messages import Message
from monitor.records import Fetched, Item, Signal
from monitor.sandbox import limits, wire

BATCH_ITEMS = 500
BATCH_BYTES = 1_000_000
TOLD = 3  # malformed items that are told one by one
MAX_WARNINGS = 20
MAX_TEXT = 2000
_OURS = ("BlockedError", "FetchError", "ConfigError", "DataError", "UserError", "ModelError")
"""Errors that come out at the other end as what they were; any other is "it raised ..."."""


class Channel:
    """This end of the pipe."""

    def __init__(self, descriptor: int) -> None:
        self._socket = socket.socket(fileno=descriptor)
        self._asking = threading.Lock()

    def send(self, message: Mapping[str, Any], body: bytes = b"") -> None:
        self._socket.sendall(wire.pack(message, body))

    def receive(self) -> tuple[dict[str, Any], bytes]:
        """The parent's next message. Raises EOFError when the parent has closed."""
        header, body = wire.HEAD.unpack(self._exactly(wire.HEAD.size))
        return wire.unpack(self._exactly(header)), self._exactly(body)

    def ask(self, message: Mapping[str, Any], body: bytes = b"") -> tuple[dict[str, Any], bytes]:
        """The parent's answer to a question, one question at a time. Raises the error it answers with."""
        with self._asking:
            self.send(message, body)
            answer, content = self.receive()
        if "error" in answer:
            raise _revived(answer["error"])
        return answer, content

    def _exactly(self, length: int) -> bytes:
        received = bytearray(length)
        view = memoryview(received)
        while view:
            count = self._socket.recv_into(view)
            if not count:
                raise EOFError
            view = view[count:]
        return bytes(received)


class RemoteFetcher:
    """The fetcher a plugin is given: every request is made by the parent, which judges its address."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel

    def get(self, url: str, headers: Mapping[str, str] | None = None) -> Response:
        return self._response("get", {"url": url, "headers": _headers(headers)})

    def post(
        self,
        url: str,
        body: bytes,
        headers: Mapping[str, str] | None = None,
        **options: bool,
    ) -> Response:
        return self._response("post", {"url": url, "headers": _headers(headers), **options}, bytes(body))

    def addresses(self, host: str, port: int, *, own_ports: Collection[int] = ()) -> Sequence[str]:
        asked = {"host": host, "port": port, "own_ports": [int(one) for one in own_ports]}
        answer, _ = self._channel.ask({"ask": "addresses", "with": asked})
        return list(answer["addresses"])

    def _response(self, how: str, asked: Mapping[str, Any], body: bytes = b"") -> Response:
        answer, content = self._channel.ask({"ask": how, "with": asked}, body)
        return Response(answer["status"], answer["url"], answer["headers"], content)


def _headers(headers: Mapping[str, str] | None) -> dict[str, str]:
    return {str(name): str(value) for name, value in (headers or {}).items()}


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
                            "closed": closed,
                        }
                    }
                else:
                    reply = {"done": _DOES[asked["do"]](loaded, asked, channel)}
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


# --- what is asked ---------------------------------------------------------------------------


def _instance(loaded: Loaded, asked: Mapping[str, Any]) -> Any:
    cls = loaded.classes.get((asked["group"], asked["kind"]))
    if cls is None:
        raise PluginError(Message("plugins.kind_gone", kind=asked["kind"]))
    return build(cls, asked["kind"], wire.options_of(asked["options"]), asked["where"])


def _build(loaded: Loaded, asked: Mapping[str, Any], channel: Channel) -> dict[str, Any]:
    _instance(loaded, asked)
    return {}


def _fetch(loaded: Loaded, asked: Mapping[str, Any], channel: Channel) -> dict[str, Any]:
    fetched = _instance(loaded, asked).fetch(asked["state"], RemoteFetcher(channel))
    if not isinstance(fetched, Fetched):
        raise PluginError(Message("plugins.not_fetched", found=_kind(fetched)))
    told = _deliver(fetched.items, channel, asked["items"])
    warnings = [_text(one) for _, one in zip(range(MAX_WARNINGS), fetched.warnings, strict=False)]
    return {
        "state": wire.state_of(fetched.state),
        "warnings": warnings,
        "unchanged": max(0, int(fetched.unchanged)),
        "malformed": max(0, int(fetched.malformed)) + told.malformed,
        "reasons": told.reasons,
    }


class _Told:
    """What could not be delivered."""

    def __init__(self) -> None:
        self.malformed = 0
        self.reasons: list[str] = []

    def leave_out(self, number: int, why: str) -> None:
        self.malformed += 1
        if len(self.reasons) < TOLD:
            self.reasons.append(Message("plugins.item", number=number, why=why).encoded())


def _deliver(items: Iterable[object], channel: Channel, most: int) -> _Told:
    """Send the items on, a batch at a time. A generator runs here."""
    told = _Told()
    batch: list[str] = []
    length = 0
    for number, item in enumerate(items):
        if number >= most:
            raise _TooMany
        text = _plain(item, number, told)
        if not text:
            continue
        batch.append(text)
        length += len(text)
        if len(batch) >= BATCH_ITEMS or length >= BATCH_BYTES:
            _send(batch, channel)
            batch, length = [], 0
    if batch:
        _send(batch, channel)
    return told


def _plain(item: object, number: int, told: _Told) -> str:
    if not isinstance(item, Item):
        told.leave_out(number, Message("plugins.no_item", found=_kind(item)))
        return ""
    try:
        text = json.dumps(wire.plain_item(item), ensure_ascii=False)
    except Exception as error:  # the fields of a class of the plugin's own
        told.leave_out(number, f"{type(error).__name__}: {error}"[:300])
        return ""
    if len(text) > wire.MAX_ITEM_BYTES:
        told.leave_out(number, Message("plugins.item_long", bytes=wire.MAX_ITEM_BYTES))
        return ""
    return text


def _send(batch: Sequence[str], channel: Channel) -> None:
    body = f"[{','.join(batch)}]".encode("utf-8", "surrogatepass")
    channel.send({"items": len(batch)}, body)


class _TooMany(Exception):
    """More items than one fetch may deliver."""


def _notify(loaded: Loaded, asked: Mapping[str, Any], channel: Channel) -> dict[str, Any]:
    from pydantic import TypeAdapter

    from monitor.records import Delivery

    delivery = TypeAdapter(Delivery).validate_python(asked["delivery"])
    _instance(loaded, asked).send(delivery, RemoteFetcher(channel))
    return {}


def _select(loaded: Loaded, asked: Mapping[str, Any], channel: Channel) -> dict[str, Any]:
    import numpy as np

    from monitor.records import Prediction

    pool = {int(id): Prediction(**prediction) for id, prediction in asked["pool"].items()}
    rng = np.random.default_rng(asked["seed"])
    chosen = _instance(loaded, asked).select(pool, asked["labelled"], asked["n"], rng)
    return {"chosen": [int(id) for id in chosen]}


def _test(loaded: Loaded, asked: Mapping[str, Any], channel: Channel) -> dict[str, Any]:
    from pydantic import TypeAdapter

    from monitor.records import Window

    history = TypeAdapter(list[Window]).validate_python(asked["history"])
    window = TypeAdapter(Window).validate_python(asked["window"])
    signal = _instance(loaded, asked).test(history, window)
    if signal is not None and not isinstance(signal, Signal):
        raise PluginError(Message("plugins.not_signal", found=_kind(signal)))
    return {"signal": None if signal is None else wire.plain(signal)}


_DOES: Mapping[str, Callable[[Loaded, Mapping[str, Any], Channel], dict[str, Any]]] = {
    "build": _build,
    "fetch": _fetch,
    "send": _notify,
    "select": _select,
    "test": _test,
}


# --- what went wrong -------------------------------------------------------------------------


def _told(error: BaseException, asked: Mapping[str, Any]) -> dict[str, Any]:
    """An error as data; its trace goes to the log, by way of standard error."""
    if isinstance(error, MemoryError):
        return {"name": "memory"}
    if isinstance(error, _TooMany):
        return {"name": "items"}
    told: dict[str, Any] = {"text": _text(error.told if isinstance(error, MonitorError) else error)}
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
    return told | {"name": "raised", "kind": _kind(error)}


def _revived(told: Mapping[str, Any]) -> MonitorError:
    """The error that the parent answered a question with."""
    text = Message.decoded(told["text"])
    if told["name"] in ("FetchError", "BlockedError"):
        cls: type[FetchError] = getattr(errors, told["name"])
        return cls(text, status=told.get("status"), retry_after=told.get("retry_after"))
    return MonitorError(text)


def _kind(value: object) -> str:
    return type(value).__name__


def _text(value: object) -> str:
    """The text of what a plugin raised or warned; asking for it may fail as well."""
    try:
        return value.encoded() if isinstance(value, Message) else str(value)[:MAX_TEXT]
    except Exception:
        return _kind(value)
