"""What every request passes before Streamlit and FastAPI: one ASGI middleware, HTTP and WebSocket alike.

In this order: the Host header must name this server (DNS rebinding); a body is at most
MAX_BODY bytes; a state-changing or WebSocket request must not come from another site; and
there must be a user, except on the few open paths. The user is left in ``scope["user"]``.

The cross-site rule is the one of Go's http.CrossOriginProtection (Go 1.25, F. Valsorda,
https://words.filippo.io/csrf/): Sec-Fetch-Site decides where a browser sends it, else Origin
must equal Host, else the request is no browser's. A request with an API token is exempt: other
sites cannot make a browser send one.
"""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Callable, Collection, Iterable
from datetime import datetime
from urllib.parse import quote, urlsplit

from anyio import to_thread
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from monitor.desk import auth
from monitor.errors import StoreError
from monitor.records import User
from monitor.store import Store

MAX_BODY = 1_000_000
OPEN_PATHS = frozenset({"/login", "/logout", "/healthz", "/metrics", "/favicon.ico"})
OPEN_PREFIXES = ("/setup/", "/language/")
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
# Streamlit and Swagger UI run inline scripts, so scripts are not restricted; but whatever an
# article's text might smuggle into a page can neither load nor send anything elsewhere.
_POLICY = (
    "connect-src 'self'; img-src 'self' data: blob:; media-src 'self'; font-src 'self' data:; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'self'; object-src 'none'"
)
_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
    (b"content-security-policy", _POLICY.encode()),
)


class TooLarge(Exception):
    """The body grew over MAX_BODY while it was read."""


class Guard:
    """The middleware. `hosts` are the names this server goes by besides localhost and bare addresses."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        store: Store,
        now: Callable[[], datetime],
        hosts: Collection[str] = (),
        max_body: int = MAX_BODY,
    ) -> None:
        self.app = app
        self.store = store
        self.now = now
        self.hosts = frozenset(host.lower().rstrip(".") for host in hosts)
        self.max_body = max_body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        host = headers.get(b"host", "")
        if not is_own_host(host, self.hosts):
            message = (
                f"this server does not go by the name {host[:100]!r}; "
                "add it to allowed_hosts in [web] of config.toml"
            )
            await _refuse(scope, send, 421, message)
            return
        if not headers.get(b"content-length", "0").isdecimal():
            await _refuse(scope, send, 400, "the Content-Length header is not a number")
            return
        if int(headers.get(b"content-length", "0")[:20]) > self.max_body:
            await _refuse(scope, send, 413, f"the body is larger than {self.max_body} bytes")
            return
        bearer = _bearer(headers.get(b"authorization", ""))
        if bearer is None and _changes(scope) and not is_same_site(headers, host):
            message = "the request comes from another site; use the monitor's own pages, or an API token"
            await _refuse(scope, send, 403, message)
            return
        try:
            user = await to_thread.run_sync(self._user, bearer, headers.get(b"cookie", ""))
        except StoreError as error:
            await _refuse(scope, send, 503, str(error), [(b"retry-after", b"5")])
            return
        if user is None and not is_open(scope["path"]):
            await self._log_in_first(scope, send)
            return
        scope["user"] = user
        await self._pass_on(scope, receive, send)

    def _user(self, bearer: str | None, cookies: str) -> User | None:
        if bearer is not None:
            return auth.user_of_token(self.store, bearer, self.now())
        return auth.user_of_session(self.store, session_of(cookies), self.now())

    async def _log_in_first(self, scope: Scope, send: Send) -> None:
        path: str = scope["path"]
        if scope["type"] == "websocket" or path == "/api" or path.startswith(("/api/", "/_stcore/")):
            header = (b"www-authenticate", b'Bearer realm="monitor"')
            await _refuse(scope, send, 401, "log in at /login, or send Authorization: Bearer TOKEN", [header])
            return
        target = "/login" if path == "/" else f"/login?next={quote(path, safe='/')}"
        await _answer(send, 303, b"", [(b"location", target.encode("ascii"))])

    async def _pass_on(self, scope: Scope, receive: Receive, send: Send) -> None:
        read, started = 0, False

        async def counted() -> Message:
            nonlocal read
            message = await receive()
            if message["type"] == "http.request":
                read += len(message.get("body", b""))
                if read > self.max_body:
                    raise TooLarge
            return message

        async def marked(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                present = {name.lower() for name, _ in message.get("headers", ())}
                extra = [pair for pair in _HEADERS if pair[0] not in present]
                message = {**message, "headers": [*message.get("headers", ()), *extra]}
            await send(message)

        try:
            await self.app(scope, counted if scope["type"] == "http" else receive, marked)
        except TooLarge:
            if not started:
                await _refuse(scope, send, 413, f"the body is larger than {self.max_body} bytes")


def is_open(path: str) -> bool:
    """Whether `path` is answered without a login."""
    return path in OPEN_PATHS or path.startswith(OPEN_PREFIXES)


def is_own_host(host: str, names: Collection[str]) -> bool:
    """Whether a Host header may be this server's.

    A bare IP address always may: rebinding needs a name that the attacker controls.
    """
    try:
        parts = urlsplit(f"//{host}")
        name, _ = parts.hostname, parts.port
    except ValueError:
        return False
    if not name or parts.username is not None or parts.path or parts.query or parts.fragment:
        return False
    name = name.rstrip(".")
    if name == "localhost" or name in names:
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def is_same_site(headers: dict[bytes, str], host: str) -> bool:
    """Whether the request comes from one of this server's own pages, or from no browser at all."""
    fetch_site = headers.get(b"sec-fetch-site")
    if fetch_site is not None:
        return fetch_site in ("same-origin", "none")
    origin = headers.get(b"origin")
    return origin is None or (bool(host) and urlsplit(origin).netloc == host)


def key_of(scope: Scope) -> str:
    """The digest of the secret that a request came with: of its token, else of its session."""
    headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
    bearer = _bearer(headers.get(b"authorization", ""))
    secret = bearer if bearer is not None else session_of(headers.get(b"cookie", ""))
    return auth.digest(secret) if secret else ""


def session_of(cookies: str) -> str:
    """The session secret in a Cookie header, or ""."""
    return cookie_parser(cookies).get(auth.SESSION_COOKIE, "")


def _changes(scope: Scope) -> bool:
    return scope["type"] == "websocket" or scope["method"] not in _SAFE


def _bearer(authorization: str) -> str | None:
    kind, _, secret = authorization.partition(" ")
    return secret.strip() if kind.lower() == "bearer" else None


async def _refuse(
    scope: Scope, send: Send, status: int, message: str, headers: Iterable[tuple[bytes, bytes]] = ()
) -> None:
    if scope["type"] == "websocket":
        # Before acceptance a close is answered as 403; the code is for the log alone.
        await send({"type": "websocket.close", "code": 1008, "reason": message[:100]})
        return
    body = json.dumps({"detail": message}).encode()
    await _answer(send, status, body, [(b"content-type", b"application/json"), *headers])


async def _answer(send: Send, status: int, body: bytes, headers: Iterable[tuple[bytes, bytes]]) -> None:
    length = (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": status, "headers": [length, *headers, *_HEADERS]})
    await send({"type": "http.response.body", "body": body})
