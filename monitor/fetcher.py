"""The only way out to the network: an HTTP client for hosts nobody vouches for.

Every request, and every hop of a redirect, resolves its host here, judges all the
addresses it got (`monitor.addresses`), and connects to one of those same addresses, so
that a name cannot change its mind between the check and the connection. Time is bounded
from the first DNS query to the last byte, size by what the body becomes when decoded.
"""

from __future__ import annotations

import re
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cached_property
from http import HTTPStatus
from typing import Any

import httpcore2
import httpx2

from monitor.addresses import AddressPolicy
from monitor.errors import BlockedError, FetchError
from monitor.hookspecs import Response

MAX_REDIRECTS = 5
MAX_RETRY_AFTER_SECONDS = 86_400.0
USER_AGENT = "monitor (financial news monitor)"

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_CREDENTIALS = frozenset({"authorization", "cookie", "proxy-authorization"})
_CHUNK_BYTES = 65_536
_GZIP_MAGIC = b"\x1f\x8b"

Resolver = Callable[[str, int], Sequence[str]]
"""Addresses of a host, as text; raises OSError where it has none."""


def resolve(host: str, port: int) -> list[str]:
    """The addresses the system's resolver gives for `host`, in its order."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def retry_after(value: str, now: datetime) -> float | None:
    """Seconds that a `Retry-After` header asks to wait, at most a day; None where it is unreadable."""
    value = value.strip()
    if value.isascii() and value.isdigit():
        seconds = float(value[:12])
    else:
        try:
            moment = parsedate_to_datetime(value)
        except ValueError:
            return None
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        seconds = (moment - now).total_seconds()
    return min(max(seconds, 0.0), MAX_RETRY_AFTER_SECONDS)


def parse_url(url: str) -> httpx2.URL:
    """An absolute http(s) URL, or BlockedError saying what about it is refused.

    Backslashes, control characters and user information are refused because URL parsers
    disagree about them, and an attacker needs only one that disagrees with ours.
    """
    if "\\" in url or any(ord(char) <= 0x20 or 0x7F <= ord(char) < 0xA0 for char in url):
        raise BlockedError(f"the address {url!r} holds a blank, a backslash or a control character")
    try:
        parsed = httpx2.URL(url)
    except (httpx2.InvalidURL, ValueError) as error:
        raise BlockedError(f"the address {url!r} is not a URL: {error}") from None
    if parsed.scheme not in ("http", "https"):
        raise BlockedError(f"only http and https are fetched, not {url!r}")
    if parsed.userinfo or "@" in re.split("[/?#]", url.partition("://")[2], maxsplit=1)[0]:
        raise BlockedError("the address holds a user name or password; give credentials in a header instead")
    if not parsed.host:
        raise BlockedError(f"the address {url!r} names no host")
    if parsed.port is not None and not 0 < parsed.port < 65_536:
        raise BlockedError(f"the address {url!r} names a port that does not exist")
    return parsed


class _Deadline:
    """A moment on the monotonic clock after which nothing more is waited for."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.at = time.monotonic() + seconds

    def left(self) -> float:
        left = self.at - time.monotonic()
        if left <= 0:
            raise FetchError(f"no complete answer within {self.seconds:g} seconds")
        return left


class _TimedStream(httpcore2.NetworkStream):
    """A connection whose every wait ends at the request's deadline."""

    def __init__(self, stream: httpcore2.NetworkStream, deadline: _Deadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._deadline.left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._deadline.left())

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        stream = self._stream.start_tls(ssl_context, server_hostname, self._deadline.left())
        return _TimedStream(stream, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


@dataclass(frozen=True)
class _JudgedBackend(httpcore2.NetworkBackend):
    """Resolves, judges and connects; what it connects to is exactly what it judged."""

    policy: AddressPolicy
    resolver: Resolver
    backend: httpcore2.NetworkBackend
    deadline: _Deadline

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        addresses = self._resolve(host, port)
        reason = self.policy.refusal(addresses, port)
        if reason:
            raise BlockedError(f"{host} was not connected to: {reason}")
        for last, address in enumerate(addresses, start=1 - len(addresses)):
            # A dead first address must leave time for the next one.
            wait = self.deadline.left() / (1 if last == 0 else 2)
            try:
                stream = self.backend.connect_tcp(address, port, wait, socket_options=socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout):
                if last == 0:
                    raise
            else:
                return _TimedStream(stream, self.deadline)
        raise FetchError(f"the name {host} has no address")

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
            raise FetchError(f"the name {host} could not be resolved ({failure[0]})")
        if not answer:
            self.deadline.left()
            raise FetchError(f"the name {host} could not be resolved in time")
        return answer[0]


class HttpFetcher:
    """`monitor.hookspecs.Fetcher` over HTTP/1.1.

    `timeout_seconds` covers one call in full, redirects included; `max_bytes` is the size
    of a decoded body. Public addresses are reached on any port but those of other
    services (mail, SSH, Redis, ...); addresses in `allow_networks` on every port. The
    environment's proxies are not used. Safe to share between threads.

    `resolver`, `backend` and `now` are the edges, given by tests.
    """

    def __init__(
        self,
        *,
        allow_networks: Sequence[str] = (),
        timeout_seconds: float = 30.0,
        max_bytes: int = 20_000_000,
        user_agent: str = USER_AGENT,
        resolver: Resolver = resolve,
        backend: httpcore2.NetworkBackend | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._policy = AddressPolicy(allow_networks)
        self._timeout_seconds = timeout_seconds
        self._max_bytes = max_bytes
        self._user_agent = user_agent
        self._resolver = resolver
        self._backend = backend or httpcore2.SyncBackend()
        self._now = now

    def get(self, url: str, headers: Mapping[str, str] | None = None) -> Response:
        """Answer of a GET, after at most five redirects.

        304 is returned as it is. Raises BlockedError for an address that is not public or
        allowed, FetchError for every other failure: no connection, no complete answer in
        time, a body too large, a status of 400 or more (with `status` and `retry_after`).
        """
        deadline = _Deadline(self._timeout_seconds)
        sent = {name.lower(): value for name, value in (headers or {}).items()}
        target = parse_url(url)
        seen = [str(target)]
        while True:
            response = self._exchange("GET", target, None, sent, deadline)
            location = response.headers.get("location", "")
            if response.status not in _REDIRECTS or not location:
                break
            target = self._next_hop(target, location)
            if str(target) in seen:
                raise FetchError(f"redirect loop: {seen[-1]} leads back to {target}")
            if len(seen) > MAX_REDIRECTS:
                raise FetchError(f"more than {MAX_REDIRECTS} redirects, the last one to {target}")
            if _origin(target) != _origin(httpx2.URL(seen[-1])):
                sent = {name: value for name, value in sent.items() if name not in _CREDENTIALS}
            seen.append(str(target))
        if response.status != 304 and not 200 <= response.status < 300:
            raise self._refused(response)
        return response

    def post(self, url: str, body: bytes, headers: Mapping[str, str] | None = None) -> Response:
        """Answer of a POST. Raises FetchError unless the status is 200-299; follows no redirect."""
        sent = {name.lower(): value for name, value in (headers or {}).items()}
        response = self._exchange("POST", parse_url(url), body, sent, _Deadline(self._timeout_seconds))
        if not 200 <= response.status < 300:
            raise self._refused(response)
        return response

    @cached_property
    def _ssl_context(self) -> ssl.SSLContext:
        return httpx2.create_ssl_context(trust_env=False)

    def _next_hop(self, source: httpx2.URL, location: str) -> httpx2.URL:
        try:
            joined = str(source.join(location.strip()).copy_with(fragment=None))
        except (httpx2.InvalidURL, ValueError) as error:
            raise FetchError(f"redirected to {location!r}, which is not a URL: {error}") from None
        if "\\" in location:
            raise BlockedError(f"redirected to {location!r}, which holds a backslash")
        return parse_url(joined)

    def _refused(self, response: Response) -> FetchError:
        try:
            phrase = " " + HTTPStatus(response.status).phrase
        except ValueError:
            phrase = ""
        return FetchError(
            f"the server answered {response.status}{phrase}",
            status=response.status,
            retry_after=retry_after(response.headers.get("retry-after", ""), self._now()),
        )

    def _exchange(
        self,
        method: str,
        url: httpx2.URL,
        body: bytes | None,
        headers: Mapping[str, str],
        deadline: _Deadline,
    ) -> Response:
        """One request and its answer, on a connection of its own."""
        sent = {
            "user-agent": self._user_agent,
            "accept": "*/*",
            **headers,
            "host": url.netloc.decode("ascii"),
            "accept-encoding": "gzip",
            "connection": "close",
        }
        if body is not None:
            sent["content-length"] = str(len(body))
        try:
            pool = httpcore2.ConnectionPool(
                ssl_context=self._ssl_context if url.scheme == "https" else None,
                network_backend=_JudgedBackend(self._policy, self._resolver, self._backend, deadline),
            )
            wire = httpcore2.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
            with pool, pool.stream(method, wire, headers=list(sent.items()), content=body) as answer:
                received = _headers(answer.headers)
                failed = not (200 <= answer.status < 300)
                return Response(
                    status=answer.status,
                    url=str(url),
                    headers=received,
                    body=b"" if failed else self._body(answer, received, deadline),
                )
        except (httpcore2.ConnectTimeout, httpcore2.ReadTimeout, httpcore2.WriteTimeout):
            raise FetchError(f"no complete answer within {deadline.seconds:g} seconds") from None
        except httpcore2.ConnectError as error:
            raise FetchError(f"no connection to {url.host}: {error}") from None
        except (httpcore2.NetworkError, httpcore2.ProtocolError) as error:
            raise FetchError(f"the connection to {url.host} broke: {error}") from None

    def _body(self, answer: httpcore2.Response, headers: Mapping[str, str], deadline: _Deadline) -> bytes:
        announced = headers.get("content-length", "")
        if announced.isdigit() and int(announced[:20]) > self._max_bytes:
            raise FetchError(
                f"the answer is {int(announced[:20]):,} bytes long, more than {self._max_bytes:,}"
            )
        coding = headers.get("content-encoding", "").strip().lower()
        if coding in ("", "identity"):
            return self._plain(answer, deadline)
        if coding in ("gzip", "x-gzip"):
            return self._gunzipped(answer, deadline)
        raise FetchError(f"the answer is coded as {coding!r}, which was not asked for and is not read")

    def _plain(self, answer: httpcore2.Response, deadline: _Deadline) -> bytes:
        body = bytearray()
        for chunk in answer.iter_stream():
            deadline.left()
            body += chunk
            self._check_size(body)
        return bytes(body)

    def _gunzipped(self, answer: httpcore2.Response, deadline: _Deadline) -> bytes:
        body = bytearray()
        decoder = zlib.decompressobj(wbits=31)
        started = False
        try:
            for chunk in answer.iter_stream():
                started = started or bool(chunk)
                pending, full = chunk, False
                while pending or full:
                    deadline.left()
                    if decoder.eof:
                        if not pending.startswith(_GZIP_MAGIC):
                            break  # padding behind the data
                        decoder = zlib.decompressobj(wbits=31)  # a gzip file may hold several members
                    piece = decoder.decompress(pending, _CHUNK_BYTES)
                    full = len(piece) == _CHUNK_BYTES and not decoder.eof
                    body += piece
                    self._check_size(body)
                    pending = decoder.unconsumed_tail or decoder.unused_data
        except zlib.error as error:
            raise FetchError(f"the answer says that it is gzip, and is not: {error}") from None
        if started and not decoder.eof:
            raise FetchError("the answer ended in the middle of its gzip data")
        return bytes(body)

    def _check_size(self, body: bytearray) -> None:
        if len(body) > self._max_bytes:
            raise FetchError(f"the answer is longer than {self._max_bytes:,} bytes")


def _headers(pairs: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Lower-case names; repeated headers joined by commas (RFC 9110, section 5.3)."""
    headers: dict[str, str] = {}
    for raw_name, raw_value in pairs:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers


def _origin(url: httpx2.URL) -> tuple[str, str, int | None]:
    return (url.scheme, url.host, url.port)
