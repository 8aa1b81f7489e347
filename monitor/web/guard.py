"""What every request passes before Streamlit and FastAPI: one ASGI middleware, HTTP and WebSocket alike.

In this order: the visitor's address and scheme are taken from proxies that the configuration names
(`forwarded`); the request must be one that cannot be read in two ways (one Host, one length, a path); the
Host must name this server (DNS rebinding); a body is at most MAX_BODY bytes; a state-changing or WebSocket
request must not come from another site; and there must be a user, except on the few open paths. The user is
left in ``scope["user"]``. An error that nobody answered is answered here, with an id and no word of its text.

The cross-site rule is the one of Go's http.CrossOriginProtection (Go 1.25, F. Valsorda,
https://words.filippo.io/csrf/): Sec-Fetch-Site decides where a browser sends it, else Origin
must equal Host, else the request is no browser's. A request with an API token is exempt: other
sites cannot make a browser send one.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from urllib.parse import quote, urlsplit

from anyio import to_thread
from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from monitor.desk import auth
from monitor.errors import StoreError
from monitor.messages import Message
from monitor.records import User
from monitor.store import Store
from monitor.web import answers, forwarded
from monitor.web.exchange import CLOSE, Exchange, too_large

MAX_BODY = 1_000_000
MAX_HEADERS = 32_768
OPEN_PATHS = frozenset({"/login", "/logout", "/healthz", "/metrics", "/favicon.ico"})
OPEN_PREFIXES = ("/setup/", "/language/")
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class Guard:
    """The middleware. `hosts` are the names this server goes by besides localhost and bare addresses;
    `proxies` the networks whose word on visitors counts; `is_page` says which addresses are pages that
    a visitor is asked to log in for (every one, unless told)."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        store: Store,
        now: Callable[[], datetime],
        hosts: Collection[str] = (),
        proxies: Sequence[str] = (),
        is_page: Callable[[str], bool] = lambda path: True,
        max_body: int = MAX_BODY,
    ) -> None:
        self.app = app
        self.store = store
        self.now = now
        self.hosts = frozenset(host.lower().rstrip(".") for host in hosts)
        self.proxies = forwarded.networks(proxies)
        self.is_page = is_page
        self.max_body = max_body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        scope = forwarded.through_proxies(scope, self.proxies)
        exchange = Exchange(scope, receive, send, self.max_body)
        refused = self._unclear(scope) or self._foreign(scope)
        if refused is None:
            try:
                user = await to_thread.run_sync(self._user, scope)
            except StoreError as error:
                refused = answers.failure(scope, error)
            else:
                refused = self._log_in_first(scope) if user is None and not is_open(scope["path"]) else None
                scope["user"] = user
        if refused is not None:
            await exchange.refuse(refused)
            return
        try:
            await self.app(scope, exchange.receive, exchange.send)
        except Exception as error:
            if not exchange.is_refused:  # else it is what the application made of that
                await exchange.refuse(answers.failure(scope, error))

    def _unclear(self, scope: Scope) -> Response | None:
        """The refusal of a request that two readers could read in two ways (RFC 9112 3.2, 6.1, 11.2)."""
        headers = Headers(scope=scope)
        hosts, lengths = headers.getlist("host"), headers.getlist("content-length")
        problem = None
        if not scope["path"].startswith("/"):
            problem = Message("web.target")
        elif len(hosts) != 1:
            problem = Message("web.hosts", count=len(hosts))
        elif len(lengths) > 1 or (lengths and "transfer-encoding" in headers):
            problem = Message("web.lengths")
        elif lengths and not (lengths[0].isascii() and lengths[0].isdecimal()):
            problem = Message("web.length")
        if problem is not None:
            return answers.refusal(scope, 400, problem, CLOSE)
        if sum(len(name) + len(value) for name, value in scope["headers"]) > MAX_HEADERS:
            return answers.refusal(scope, 431, Message("web.headers", most=MAX_HEADERS), CLOSE)
        if lengths and int(lengths[0][:20]) > self.max_body:
            return too_large(scope, self.max_body)
        return None

    def _foreign(self, scope: Scope) -> Response | None:
        """The refusal of a request that is for another server, or that another site had a browser send."""
        headers = Headers(scope=scope)
        host = headers["host"]
        if not is_own_host(host, self.hosts):
            return answers.refusal(scope, 421, Message("web.host", host=host[:100]), CLOSE)
        if _bearer(headers) is None and _changes(scope) and not is_same_site(headers, host):
            return answers.refusal(scope, 403, Message("web.other_site"))
        return None

    def _user(self, scope: Scope) -> User | None:
        headers = Headers(scope=scope)
        bearer = _bearer(headers)
        if bearer is not None:
            return auth.user_of_token(self.store, bearer, self.now())
        return auth.user_of_session(self.store, session_of(headers.get("cookie", "")), self.now())

    def _log_in_first(self, scope: Scope) -> Response:
        path: str = scope["path"]
        for_programs = path == "/api" or path.startswith(("/api/", "/_stcore/"))
        # The one page of the API. A program that asks for it is told as elsewhere under /api.
        shown = path == "/api/docs" and "text/html" in Headers(scope=scope).get("accept", "")
        if scope["type"] == "websocket" or (for_programs and not shown):
            challenge = {"WWW-Authenticate": 'Bearer realm="monitor"'}
            return answers.refusal(scope, 401, Message("web.log_in"), challenge)
        if not (shown or self.is_page(path)):
            return answers.nothing_here(scope)
        return RedirectResponse(login_address(path, scope.get("query_string", b"").decode("latin-1")), 303)


def is_open(path: str) -> bool:
    """Whether `path` is answered without a login."""
    return path in OPEN_PATHS or path.startswith(OPEN_PREFIXES)


def login_address(path: str, query: str = "") -> str:
    """The log-in page that leads on to `path` with its query, encoded once as the one value that they are."""
    after = quote(path, safe="/") + (f"?{query}" if query else "")
    return "/login" if after == "/" else f"/login?next={quote(after, safe='/')}"


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


def is_same_site(headers: Headers, host: str) -> bool:
    """Whether the request comes from one of this server's own pages, or from no browser at all."""
    fetch_site = headers.get("sec-fetch-site")
    if fetch_site is not None:
        return fetch_site in ("same-origin", "none")
    origin = headers.get("origin")
    return origin is None or (bool(host) and urlsplit(origin).netloc == host)


def key_of(scope: Scope) -> str:
    """The digest of the secret that a request came with: of its token, else of its session."""
    headers = Headers(scope=scope)
    bearer = _bearer(headers)
    secret = bearer if bearer is not None else session_of(headers.get("cookie", ""))
    return auth.digest(secret) if secret else ""


def session_of(cookies: str) -> str:
    """The session secret in a Cookie header, or ""."""
    return cookie_parser(cookies).get(auth.SESSION_COOKIE, "")


def _changes(scope: Scope) -> bool:
    return scope["type"] == "websocket" or scope["method"] not in _SAFE


def _bearer(headers: Headers) -> str | None:
    kind, _, secret = headers.get("authorization", "").partition(" ")
    return secret.strip() if kind.lower() == "bearer" else None
