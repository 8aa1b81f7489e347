"""One connection: its host resolved and judged, its waits bounded, its first bytes kept.

Enters: a host and a port. Leaves: a connection to one of the addresses that were judged, or an error. The
fetcher speaks HTTP over it; who speaks something else asks for the addresses alone (`JudgedBackend.judged`).
"""

from __future__ import annotations

import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import httpcore2

from monitor.addresses import AddressPolicy
from monitor.errors import BlockedError, FetchError
from monitor.hookspecs import Response
from monitor.messages import Message

_HEAD_BYTES = 262_144
_STATUS_LINE = re.compile(rb"(?:\r?\n)*HTTP/1\.[01] (\d{3})(?:[ \t][^\r\n]*)?\r?\n")  # RFC 9112, section 4
_HEAD_END = re.compile(rb"\n\r?\n")

Resolver = Callable[[str, int], Sequence[str]]
"""Addresses of a host, as text; raises OSError where it has none."""


def resolve(host: str, port: int) -> list[str]:
    """The addresses the system's resolver gives for `host`, in its order."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class Deadline:
    """A moment on the monotonic clock after which nothing more is waited for."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.at = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds until then; raises FetchError after it."""
        left = self.at - time.monotonic()
        if left <= 0:
            raise self.passed()
        return left

    def passed(self) -> FetchError:
        """What is told of a wait that it ended."""
        return FetchError(Message("fetcher.late", seconds=f"{self.seconds:g}"))

    def shorten(self, seconds: float) -> None:
        """Wait no longer than `seconds` from now."""
        self.at = min(self.at, time.monotonic() + seconds)


@dataclass
class Head:
    """The first bytes that a server sent, as they came. They tell its status although what follows the
    status line is such that no answer can be made of it."""

    data: bytearray = field(default_factory=bytearray)

    def note(self, data: bytes) -> None:
        """Keep what was read, up to 256 KiB in all."""
        self.data += data[: max(_HEAD_BYTES - len(self.data), 0)]

    def answer(self, url: str) -> Response | None:
        """The status and the headers that came whole; None where no status line did. Answers that announce
        another one (1xx, RFC 9110, section 15.2) are passed over."""
        data = bytes(self.data)
        at = 0
        while line := _STATUS_LINE.match(data, at):
            status = int(line[1])
            end = _HEAD_END.search(data, line.end() - 1)
            if not 100 <= status < 200 or status == HTTPStatus.SWITCHING_PROTOCOLS:
                lines = data[line.end() : end.end() if end else len(data)].splitlines()
                return Response(status, url, headers_of(_pairs(lines if end else lines[:-1])), b"")
            if end is None:
                break
            at = end.end()
        return None


class TimedStream(httpcore2.NetworkStream):
    """A connection whose every wait ends at the request's deadline, and whose first bytes are kept."""

    def __init__(self, stream: httpcore2.NetworkStream, deadline: Deadline, head: Head) -> None:
        self._stream = stream
        self._deadline = deadline
        self._head = head

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        data = self._stream.read(max_bytes, self._deadline.left())
        self._head.note(data)
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._deadline.left())

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        stream = self._stream.start_tls(ssl_context, server_hostname, self._deadline.left())
        return TimedStream(stream, self._deadline, self._head)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


@dataclass(frozen=True)
class JudgedBackend(httpcore2.NetworkBackend):
    """Resolves, judges and connects; what it connects to is exactly what it judged."""

    policy: AddressPolicy
    resolver: Resolver
    backend: httpcore2.NetworkBackend
    deadline: Deadline
    head: Head

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        addresses = self.judged(host, port)
        for last, address in enumerate(addresses, start=1 - len(addresses)):
            # A dead first address must leave time for the next one.
            wait = self.deadline.left() / (1 if last == 0 else 2)
            try:
                stream = self.backend.connect_tcp(address, port, wait, socket_options=socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout):
                if last == 0:
                    raise
            else:
                return TimedStream(stream, self.deadline, self.head)
        raise FetchError(Message("fetcher.no_address", host=host))

    def judged(self, host: str, port: int, own_ports: Collection[int] = ()) -> Sequence[str]:
        """The addresses of `host`, each of which may be connected to at `port`."""
        addresses = self._resolve(host, port)
        reason = self.policy.refusal(addresses, port, own_ports)
        if reason:
            raise BlockedError(Message("fetcher.blocked", host=host, reason=reason))
        return addresses

    def _resolve(self, host: str, port: int) -> Sequence[str]:
        # The system's resolver takes no timeout, so it is waited for from outside.
        answer: list[Sequence[str]] = []
        failure: list[Exception] = []

        def ask() -> None:
            try:
                answer.append(self.resolver(host, port))
            except (OSError, UnicodeError) as error:
                failure.append(error)

        thread = threading.Thread(target=ask, name=f"resolve {host}", daemon=True)
        thread.start()
        thread.join(self.deadline.left())
        if failure:
            raise FetchError(_unresolved(host, failure[0]))
        if not answer:
            self.deadline.left()
            raise FetchError(Message("fetcher.unresolved_in_time", host=host))
        return answer[0]


def _pairs(lines: Iterable[bytes]) -> Iterable[tuple[bytes, bytes]]:
    """Names and values of header lines; what is none is left out."""
    for line in lines:
        name, colon, value = line.partition(b":")
        if colon and name and name == name.strip():
            yield name, value.strip()


def headers_of(pairs: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Lower-case names; repeated headers joined by commas (RFC 9110, section 5.3)."""
    headers: dict[str, str] = {}
    for raw_name, raw_value in pairs:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers


def _unresolved(host: str, error: Exception) -> Message:
    """Why a name has no address (`getaddrinfo(3)`); what has no words of ours is told in the system's."""
    number = error.errno if isinstance(error, socket.gaierror) else None
    if number == socket.EAI_AGAIN:
        return Message("fetcher.no_resolver", host=host)
    if number in (socket.EAI_NONAME, socket.EAI_NODATA):
        return Message("fetcher.unknown_host", host=host)
    return Message("fetcher.unresolved", host=host, error=str(error))
