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

from anyio import move_on_after, to_thread
from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from monitor.desk import auth
from monitor.errors import StoreError
from monitor.messages import Message as Sentence
from monitor.records import User
from monitor.store import Store
from monitor.web import answers, forwarded

MAX_BODY = 1_000_000
MAX_HEADERS = 32_768
OPEN_PATHS = frozenset({"/login", "/logout", "/healthz", "/metrics", "/favicon.ico"})
OPEN_PREFIXES = ("/setup/", "/language/")
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_CLOSE = {"Connection": "close"}  # what follows on this connection cannot be trusted to be a request
_LINGER_SECONDS, _LINGER_BYTES = 2.0, 4_000_000
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
        exchange = _Exchange(scope, receive, send, self.max_body)
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
            problem = Sentence("web.target")
        elif len(hosts) != 1:
            problem = Sentence("web.hosts", count=len(hosts))
        elif len(lengths) > 1 or (lengths and "transfer-encoding" in headers):
            problem = Sentence("web.lengths")
        elif lengths and not (lengths[0].isascii() and lengths[0].isdecimal()):
            problem = Sentence("web.length")
        if problem is not None:
            return answers.refusal(scope, 400, problem, _CLOSE)
        if sum(len(name) + len(value) for name, value in scope["headers"]) > MAX_HEADERS:
            return answers.refusal(scope, 431, Sentence("web.headers", most=MAX_HEADERS), _CLOSE)
        if lengths and int(lengths[0][:20]) > self.max_body:
            return self._too_large(scope)
        return None

    def _foreign(self, scope: Scope) -> Response | None:
        """The refusal of a request that is for another server, or that another site had a browser send."""
        headers = Headers(scope=scope)
        host = headers["host"]
        if not is_own_host(host, self.hosts):
            return answers.refusal(scope, 421, Sentence("web.host", host=host[:100]), _CLOSE)
        if _bearer(headers) is None and _changes(scope) and not is_same_site(headers, host):
            return answers.refusal(scope, 403, Sentence("web.other_site"))
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
            return answers.refusal(scope, 401, Sentence("web.log_in"), challenge)
        if not (shown or self.is_page(path)):
            return answers.nothing_here(scope)
        return RedirectResponse(login_address(path, scope.get("query_string", b"").decode("latin-1")), 303)

    def _too_large(self, scope: Scope) -> Response:
        return answers.refusal(scope, 413, Sentence("web.large", most=self.max_body), _CLOSE)


class _Exchange:
    """One request and its answer, of which there is one, whatever the application does.

    Counts the body as it is read, and answers 413 itself the moment it is too large: what the application
    makes of a body that ends early must not reach the client.
    """

    def __init__(self, scope: Scope, receive: Receive, send: Send, max_body: int) -> None:
        self._scope = scope
        self._receive = receive
        self._send = send
        self._max_body = max_body
        self._read = 0
        self._started = False
        self._lingers = False
        self.is_refused = False

    async def receive(self) -> Message:
        """What the application reads."""
        if self.is_refused:
            return {"type": "http.disconnect"}
        message = await self._receive()
        if message["type"] == "http.request":
            self._read += len(message.get("body", b""))
            if self._read > self._max_body:
                large = Sentence("web.large", most=self._max_body)
                await self.refuse(answers.refusal(self._scope, 413, large, _CLOSE))
                return {"type": "http.disconnect"}
        return message

    async def send(self, message: Message) -> None:
        """What the application answers."""
        if self.is_refused:
            return
        if message["type"] in ("http.response.start", "websocket.http.response.start"):
            message = {**message, "headers": _with_security(message.get("headers", ()))}
        self._started = self._started or message["type"] in ("http.response.start", "websocket.accept")
        if message.get("status") == 413:  # of a form, say, of which less than the whole was read
            self._lingers = True
            message["headers"].append((b"connection", b"close"))
        if self._lingers and message["type"] == "http.response.body" and not message.get("more_body"):
            await self._send({**message, "more_body": True})
            await self._linger()
            return
        await self._send(message)

    async def refuse(self, answer: Response) -> None:
        """Answer this in place of the application; nothing more where an answer has begun."""
        if self.is_refused:
            return
        self.is_refused = True
        if self._scope["type"] == "websocket":
            # Before acceptance a close is answered as 403, and says no more; the code is for the log alone.
            await self._send({"type": "websocket.close", "code": 1011 if self._started else 1008})
        elif not self._started:
            self._lingers = answer.headers.get("connection") == "close"
            start = {"type": "http.response.start", "status": answer.status_code}
            await self._send({**start, "headers": _with_security(answer.raw_headers)})
            await self._send(
                {"type": "http.response.body", "body": bytes(answer.body), "more_body": self._lingers}
            )
            if self._lingers:
                await self._linger()

    async def _linger(self) -> None:
        """Read on for a moment before closing: a connection closed with unread bytes in it is reset, and
        the client may never see the answer (RFC 9112 9.6)."""
        read = 0
        with move_on_after(_LINGER_SECONDS):
            while read < _LINGER_BYTES:
                message = await self._receive()
                read += len(message.get("body", b""))
                if message["type"] != "http.request" or not message.get("more_body", False):
                    break
        await self._send({"type": "http.response.body", "body": b""})


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


def session_of(cookies: str) -> str:
    """The session secret in a Cookie header, or ""."""
    return cookie_parser(cookies).get(auth.SESSION_COOKIE, "")


def _changes(scope: Scope) -> bool:
    return scope["type"] == "websocket" or scope["method"] not in _SAFE


def _bearer(headers: Headers) -> str | None:
    kind, _, secret = headers.get("authorization", "").partition(" ")
    return secret.strip() if kind.lower() == "bearer" else None


def _with_security(headers: Sequence[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    present = {name.lower() for name, _ in headers}
    return [*headers, *(pair for pair in _HEADERS if pair[0] not in present)]
