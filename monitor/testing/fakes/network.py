"""A fetcher that answers from memory."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from monitor.errors import BlockedError, FetchError
from monitor.hookspecs import Response


@dataclass(frozen=True, slots=True)
class Request:
    """What a plugin asked the fetcher for."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes = b""


Answer = Response | bytes | str | Exception


@dataclass
class FakeFetcher:
    """Answers from `answers`: by URL, a `Response`, a body, an error to raise, or a list of
    these, taken in turn, the last one for good. An unknown URL answers `otherwise`.

    As the real fetcher does, it raises FetchError for statuses >= 400 (for a POST, outside
    200-299), and it answers 304 where `If-None-Match` or `If-Modified-Since` repeats the
    answer's own `etag` or `last-modified`. `requests` holds what was asked.

    `hosts` holds the addresses of names for clients that connect themselves (or an error to raise); an
    address of this machine is its own, and every other host is refused. `looked_up` holds what was asked.
    """

    answers: Mapping[str, Answer | Sequence[Answer]] = field(default_factory=dict)
    otherwise: Answer = field(default_factory=lambda: Response(404, "", {}, b""))
    requests: list[Request] = field(default_factory=list)
    hosts: Mapping[str, Sequence[str] | Exception] = field(default_factory=dict)
    looked_up: list[tuple[str, int]] = field(default_factory=list)

    def get(self, url: str, headers: Mapping[str, str] | None = None) -> Response:
        sent = {name.lower(): value for name, value in (headers or {}).items()}
        response = self._answer(Request("GET", url, sent))
        if response.status >= 400:
            raise FetchError(f"{url} answered HTTP {response.status}", status=response.status)
        for asked, told in (("if-none-match", "etag"), ("if-modified-since", "last-modified")):
            if asked in sent and sent[asked] == response.headers.get(told):
                return Response(304, response.url, response.headers, b"")
        return response

    def post(
        self,
        url: str,
        body: bytes,
        headers: Mapping[str, str] | None = None,
        *,
        status_only: bool = False,
    ) -> Response:
        sent = {name.lower(): value for name, value in (headers or {}).items()}
        response = self._answer(Request("POST", url, sent, body))
        if not 200 <= response.status < 300:
            raise FetchError(f"{url} answered HTTP {response.status}", status=response.status)
        return replace(response, body=b"") if status_only else response

    def addresses(self, host: str, port: int, *, own_ports: Collection[int] = ()) -> Sequence[str]:
        self.looked_up.append((host, port))
        found = self.hosts.get(host, (host,) if host in ("127.0.0.1", "::1") else ())
        if isinstance(found, Exception):
            raise found
        if not found:
            raise BlockedError(f"{host} was not connected to: a test reaches this machine only")
        return found

    def _answer(self, request: Request) -> Response:
        earlier = sum(one.url == request.url for one in self.requests)
        self.requests.append(request)
        found = self.answers.get(request.url, self.otherwise)
        if isinstance(found, Sequence) and not isinstance(found, str | bytes):
            found = found[min(earlier, len(found) - 1)]
        if isinstance(found, Exception):
            raise found
        if isinstance(found, str):
            found = found.encode()
        if isinstance(found, bytes):
            return Response(200, request.url, {}, found)
        return Response(found.status, found.url or request.url, found.headers, found.body)
