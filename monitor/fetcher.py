"""The only way out to the network: an HTTP client for hosts nobody vouches for.

Every request, and every hop of a redirect, resolves its host here, judges all the
addresses it got (`monitor.addresses`), and connects to one of those same addresses, so
that a name cannot change its mind between the check and the connection. Time is bounded
from the first DNS query to the last byte, size by what the body becomes when decoded.

A message that is sent (`post` with `status_only`) is judged by the status line of its answer alone. What
follows that line, be it cut, coded, endless or a lie, says nothing about whether the receiver has the
message; a receiver whose 2xx is not believed gets the message again, at every attempt.
"""

from __future__ import annotations

import contextlib
import re
import ssl
import string
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cached_property
from http import HTTPStatus
from urllib.parse import quote

import httpcore2
import httpx2

from monitor.addresses import AddressPolicy
from monitor.errors import BlockedError, FetchError
from monitor.hookspecs import Response
from monitor.messages import Message
from monitor.transport import codings
from monitor.transport.connections import Deadline, Head, JudgedBackend, Resolver, headers_of, resolve

MAX_REDIRECTS = 5
MAX_RETRY_AFTER_SECONDS = 86_400.0
USER_AGENT = "monitor (financial news monitor)"

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_CREDENTIALS = frozenset({"authorization", "cookie", "proxy-authorization"})

# Of an answer that only its status counts of, so much is read before the connection is closed: one that
# is closed with bytes unread is reset, which some receivers take for a sender that has given up.
_COURTESY_BYTES = 65_536
_COURTESY_SECONDS = 1.0


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
        raise BlockedError(Message("fetcher.characters", url=url))
    try:
        parsed = httpx2.URL(url)
    except (httpx2.InvalidURL, ValueError) as error:
        raise BlockedError(Message("fetcher.no_url", url=url, error=str(error))) from None
    if parsed.scheme not in ("http", "https"):
        raise BlockedError(Message("fetcher.scheme", url=url))
    if parsed.userinfo or "@" in re.split("[/?#]", url.partition("://")[2], maxsplit=1)[0]:
        raise BlockedError(Message("fetcher.credentials"))
    if not parsed.host:
        raise BlockedError(Message("fetcher.no_host", url=url))
    if parsed.port is not None and not 0 < parsed.port < 65_536:
        raise BlockedError(Message("fetcher.no_port", url=url))
    return parsed


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
        deadline = Deadline(self._timeout_seconds)
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
                raise FetchError(Message("fetcher.loop", url=seen[-1], target=str(target)))
            if len(seen) > MAX_REDIRECTS:
                raise FetchError(Message("fetcher.hops", most=MAX_REDIRECTS, target=str(target)))
            if _origin(target) != _origin(httpx2.URL(seen[-1])):
                sent = {name: value for name, value in sent.items() if name not in _CREDENTIALS}
            seen.append(str(target))
        if response.status != 304 and not 200 <= response.status < 300:
            raise self._refused(response)
        return response

    def post(
        self,
        url: str,
        body: bytes,
        headers: Mapping[str, str] | None = None,
        *,
        status_only: bool = False,
    ) -> Response:
        """Answer of a POST. Raises FetchError unless the status is 200-299; follows no redirect.

        With `status_only` the answer is its status line and those headers that came whole: the body is
        neither judged nor returned, and the connection is closed after a second or 64 KiB of it at most.
        """
        sent = {name.lower(): value for name, value in (headers or {}).items()}
        target, deadline = parse_url(url), Deadline(self._timeout_seconds)
        if status_only:
            response = self._status(target, body, sent, deadline)
        else:
            response = self._exchange("POST", target, body, sent, deadline)
        if not 200 <= response.status < 300:
            raise self._refused(response)
        return response

    def addresses(self, host: str, port: int, *, own_ports: Collection[int] = ()) -> Sequence[str]:
        """Addresses of `host` that a client other than this one may connect to at `port`; never empty.

        Raises BlockedError where one of them may not be connected to, or where the port is one that a
        request must not reach; `own_ports` are the client's own among those (25, 465 and 587 for mail).
        Raises FetchError where the name has no address, or gets none within `timeout_seconds`.
        """
        deadline = Deadline(self._timeout_seconds)
        backend = JudgedBackend(self._policy, self._resolver, self._backend, deadline, Head())
        addresses = backend.judged(host, port, own_ports)
        if not addresses:
            raise FetchError(Message("fetcher.no_address", host=host))
        return addresses

    @cached_property
    def _ssl_context(self) -> ssl.SSLContext:
        return httpx2.create_ssl_context(trust_env=False)

    def _next_hop(self, source: httpx2.URL, location: str) -> httpx2.URL:
        try:
            joined = str(source.join(_written(location)).copy_with(fragment=None))
        except (httpx2.InvalidURL, ValueError) as error:
            raise FetchError(Message("fetcher.hop_no_url", url=location, error=str(error))) from None
        if "\\" in location:
            raise BlockedError(Message("fetcher.hop_characters", url=location))
        return parse_url(joined)

    def _refused(self, response: Response) -> FetchError:
        try:
            phrase = " " + HTTPStatus(response.status).phrase
        except ValueError:
            phrase = ""
        status = f"{response.status}{phrase}"
        location = response.headers.get("location", "")
        if response.status in _REDIRECTS and location:
            # Of the place only its origin is told: its path may hold what made the first one secret.
            with contextlib.suppress(FetchError):
                place = self._next_hop(httpx2.URL(response.url), location)
                location = f"{place.scheme}://{place.netloc.decode('ascii')}"
                return FetchError(
                    Message("fetcher.redirect", status=status, place=location), status=response.status
                )
        return FetchError(
            Message("fetcher.answered", status=status),
            status=response.status,
            retry_after=retry_after(response.headers.get("retry-after", ""), self._now()),
        )

    def _exchange(
        self,
        method: str,
        url: httpx2.URL,
        body: bytes | None,
        headers: Mapping[str, str],
        deadline: Deadline,
        head: Head | None = None,
    ) -> Response:
        """One request and its answer, on a connection of its own. With `head`, which keeps the first bytes
        of the answer, its body is left."""
        sent = {
            "user-agent": self._user_agent,
            "accept": "*/*",
            **headers,
            "host": url.netloc.decode("ascii"),
            "accept-encoding": codings.ACCEPTED,
            "connection": "close",
        }
        if body is not None:
            sent["content-length"] = str(len(body))
        try:
            pool = httpcore2.ConnectionPool(
                ssl_context=self._ssl_context if url.scheme == "https" else None,
                network_backend=JudgedBackend(
                    self._policy, self._resolver, self._backend, deadline, head or Head()
                ),
            )
            wire = httpcore2.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
            with pool, pool.stream(method, wire, headers=list(sent.items()), content=body) as answer:
                received = headers_of(answer.headers)
                wanted = head is None and 200 <= answer.status < 300
                read = self._body(answer, received, deadline) if wanted else b""
                if head is not None:
                    _take_leave(answer, deadline)
                return Response(status=answer.status, url=str(url), headers=received, body=read)
        except (httpcore2.ConnectTimeout, httpcore2.ReadTimeout, httpcore2.WriteTimeout):
            raise deadline.passed() from None
        except httpcore2.ConnectError as error:
            raise FetchError(Message("fetcher.unreached", host=url.host, error=str(error))) from None
        except (httpcore2.NetworkError, httpcore2.ProtocolError) as error:
            raise FetchError(Message("fetcher.broken", host=url.host, error=str(error))) from None

    def _status(
        self, url: httpx2.URL, body: bytes, headers: Mapping[str, str], deadline: Deadline
    ) -> Response:
        """What the status line of a POST's answer says, whatever comes behind it."""
        head = Head()
        try:
            return self._exchange("POST", url, body, headers, deadline, head)
        except FetchError:
            told = head.answer(str(url))
            if told is None:
                raise
            return told

    def _body(self, answer: httpcore2.Response, headers: Mapping[str, str], deadline: Deadline) -> bytes:
        announced = headers.get("content-length", "")
        if announced.isdigit() and int(announced[:20]) > self._max_bytes:
            length = int(announced[:20])
            raise FetchError(Message("fetcher.long", length=length, most=self._max_bytes))
        packed = bytearray()
        for chunk in answer.iter_stream():
            deadline.left()
            packed += chunk
            if len(packed) > self._max_bytes:
                raise codings.too_long(self._max_bytes)
        return codings.decoded(
            bytes(packed), headers.get("content-encoding", ""), self._max_bytes, deadline.left
        )


def _take_leave(answer: httpcore2.Response, deadline: Deadline) -> None:
    """Read a little of a body that nobody needs, whatever it is, before its connection is closed."""
    deadline.shorten(_COURTESY_SECONDS)
    left = _COURTESY_BYTES
    with contextlib.suppress(
        FetchError, httpcore2.TimeoutException, httpcore2.NetworkError, httpcore2.ProtocolError
    ):
        for chunk in answer.iter_stream():
            left -= len(chunk)
            if left <= 0:
                break


def _written(location: str) -> str:
    """A `Location` as it was meant: RFC 9110 has ASCII there, and Chinese servers send raw UTF-8. Other
    bytes, of GB 18030 say, are kept as they are, percent-encoded, as browsers do."""
    raw = location.strip().encode("latin-1")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return quote(raw, safe=string.punctuation)


def _origin(url: httpx2.URL) -> tuple[str, str, int | None]:
    return (url.scheme, url.host, url.port)
