"""A child's end of the pipe, and the fetcher that a plugin is given there."""

from __future__ import annotations

import socket
import threading
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from monitor import errors
from monitor.errors import FetchError, MonitorError
from monitor.hookspecs import Response
from monitor.messages import Message
from monitor.sandbox import wire


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
        *,
        status_only: bool = False,
    ) -> Response:
        asked = {"url": url, "headers": _headers(headers), "status_only": bool(status_only)}
        return self._response("post", asked, bytes(body))

    def addresses(self, host: str, port: int, *, own_ports: Collection[int] = ()) -> Sequence[str]:
        asked = {"host": host, "port": port, "own_ports": [int(one) for one in own_ports]}
        answer, _ = self._channel.ask({"ask": "addresses", "with": asked})
        return list(answer["addresses"])

    def _response(self, how: str, asked: Mapping[str, Any], body: bytes = b"") -> Response:
        answer, content = self._channel.ask({"ask": how, "with": asked}, body)
        return Response(answer["status"], answer["url"], answer["headers"], content)


def _headers(headers: Mapping[str, str] | None) -> dict[str, str]:
    return {str(name): str(value) for name, value in (headers or {}).items()}


def _revived(told: Mapping[str, Any]) -> MonitorError:
    """The error that the parent answered a question with."""
    text = Message.decoded(told["text"])
    if told["name"] in ("FetchError", "BlockedError"):
        cls: type[FetchError] = getattr(errors, told["name"])
        return cls(text, status=told.get("status"), retry_after=told.get("retry_after"))
    return MonitorError(text)
