"""The pages before the dashboard: log in, log out, and the one-time set-up of the first user.

A log-in goes: whose password is it, is another try allowed (`tries`), wait if the address is to be slowed,
judge the password, open the session. The try is counted before the password is judged, and the database is
asked outside the few threads that judge passwords, so that neither a burst of guesses nor a locked database
takes those from others. What fails in the store is answered with 503 on a page.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from html import escape
from math import ceil
from urllib.parse import parse_qs, quote

from anyio import CapacityLimiter, sleep, to_thread
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from monitor.desk import auth, passwords
from monitor.desk.telling import told
from monitor.desk.tries import Account, Tries
from monitor.errors import AccessError, AttemptsError, StoreError, UserError
from monitor.messages import LANGUAGES, Message, said
from monitor.records import User
from monitor.store import Store
from monitor.store.recurring import Recurring
from monitor.web import answers, devices, guard, language
from monitor.web.page import page, word

MAX_FORM = 10_000
_HASHERS = 2  # argon2 takes 19 MiB and a core each: a burst of guesses must not take them all


class LoginPages:
    """The routes /login, /logout, /setup/{secret} and /language/{code}.

    `tries` counts the tries; `key` is the installation's for device cookies, and marks the browsers that
    logged in; `recurring` writes failed log-ins to the audit.
    """

    def __init__(
        self,
        store: Store,
        now: Callable[[], datetime],
        tries: Tries,
        key: bytes,
        recurring: Recurring | None = None,
    ) -> None:
        self.store = store
        self.now = now
        self.tries = tries
        self.devices = devices.Devices(key)
        self.recurring = recurring or Recurring(store, now)
        self._hashers = CapacityLimiter(_HASHERS)
        self._hashers_of_known = CapacityLimiter(1)  # whom no burst of strangers' guesses keeps waiting

    def routes(self) -> list[Route]:
        return [
            Route("/login", self.log_in, methods=["GET", "POST"]),
            Route("/logout", self.log_out, methods=["GET", "POST"]),
            Route("/setup/{secret}", self.set_up, methods=["GET", "POST"]),
            Route("/language/{code}", self.speak),
        ]

    async def log_in(self, request: Request) -> Response:
        after = local_path(request.query_params.get("next", ""))
        if request.method != "POST":
            if request.scope.get("user") is not None:
                return RedirectResponse(after, 303)
            return _page(request, _login_form(request, after))
        form = await _form(request)
        if form is None:
            return _page(request, _login_form(request, after, Message("page.large")), 413)
        name, password = form.get("name", "").strip(), form.get("password", "")
        try:
            secret = await self._judged(request, name, password)
        except AttemptsError as error:
            answer = _later(_page(request, _login_form(request, after, error, name), 429), error.retry_after)
            return self._recorded(request, answer, name, Message("login.often"))
        except AccessError as error:
            answer = _page(request, _login_form(request, after, error, name), 403)
            return self._recorded(request, answer, name, Message("login.unknown"))
        except StoreError as error:
            return _later(_page(request, _login_form(request, after, told(error), name), 503))
        return self._with_session(request, RedirectResponse(after, 303), secret, name)

    async def log_out(self, request: Request) -> Response:
        # A link is enough from our own pages; a link elsewhere must not end the session.
        if request.method != "POST" and request.headers.get("sec-fetch-site") != "same-origin":
            return _page(request, _logout_form(request))
        secret = guard.session_of(request.headers.get("cookie", ""))
        try:
            await to_thread.run_sync(auth.log_out, self.store, secret, self.now(), client_of(request))
        except StoreError as error:
            return _later(_page(request, _logout_form(request, told(error)), 503))
        response = RedirectResponse("/login", 303)
        response.delete_cookie(auth.SESSION_COOKIE, path="/")
        return response

    async def speak(self, request: Request) -> Response:
        """Remember the language, and go on where `next` says."""
        response = RedirectResponse(local_path(request.query_params.get("next", "")), 303)
        if request.path_params["code"] in LANGUAGES:
            _remember(request, response, request.path_params["code"])
        return response

    async def set_up(self, request: Request) -> Response:
        secret = request.path_params["secret"]
        try:
            if not await to_thread.run_sync(auth.setup_open, self.store, secret, self.now()):
                return _page(request, _login_form(request, "/", Message("setup.gone")), 404)
            if request.method != "POST":
                return _page(request, _setup_form(request, secret))
            form = await _form(request)
            if form is None:
                return _page(request, _setup_form(request, secret, Message("page.large")), 413)
            return await self._create(request, secret, form)
        except StoreError as error:
            return _later(_page(request, _setup_form(request, secret, told(error)), 503))

    async def _create(self, request: Request, secret: str, form: Mapping[str, str]) -> Response:
        name, password = form.get("name", "").strip(), form.get("password", "")
        if password != form.get("repeat", ""):
            return _page(request, _setup_form(request, secret, Message("page.differ"), name), 400)
        try:
            user = await to_thread.run_sync(
                auth.create_administrator,
                self.store,
                secret,
                name,
                password,
                self.now(),
                client_of(request),
                limiter=self._hashers,
            )
        except UserError as error:
            return _page(request, _setup_form(request, secret, error, name), answers.status_of(error))
        client = client_of(request)
        try:
            session = await to_thread.run_sync(auth.open_session, self.store, user, self.now(), client)
        except StoreError as error:  # the administrator is there, and the link used up
            return _later(_page(request, _login_form(request, "/", told(error), name), 503))
        return self._with_session(request, RedirectResponse("/", 303), session, name)

    async def _judged(self, request: Request, name: str, password: str) -> str:
        """The secret of a new session. Raises AttemptsError, AccessError, StoreError."""
        found = await to_thread.run_sync(auth.account, self.store, name)
        device = self.devices.known(request.cookies.get(devices.COOKIE, ""), name) if found else ""
        client = client_of(request)
        counted = self.tries.reserve(Account(found[0].id if found else None, name), client, device)
        await sleep(counted.delay)
        hashers = self._hashers_of_known if device else self._hashers
        user: User = await to_thread.run_sync(auth.judge, found, password, limiter=hashers)
        try:
            secret = await to_thread.run_sync(auth.open_session, self.store, user, self.now(), client)
        except StoreError:
            counted.void()
            raise
        counted.succeeded()
        return secret

    def _recorded(self, request: Request, answer: Response, name: str, why: str) -> Response:
        """`answer`, and once it is given a note of the log-in that failed. What was typed as the name is
        anybody's text, or a password."""
        client, detail = client_of(request), {"why": why}
        answer.background = BackgroundTask(
            self.recurring.note, "session.refused", name, "", client, detail=detail
        )
        return answer

    def _with_session(self, request: Request, response: Response, secret: str, name: str) -> Response:
        response.set_cookie(
            auth.SESSION_COOKIE,
            secret,
            max_age=int(auth.SESSION_LIFE.total_seconds()),
            path="/",
            httponly=True,
            samesite="lax",
            secure=_is_secure(request),
        )
        response.set_cookie(
            devices.COOKIE,
            self.devices.remembered(request.cookies.get(devices.COOKIE, ""), name),
            max_age=devices.LIFE_SECONDS,
            path="/login",
            httponly=True,
            samesite="strict",
            secure=_is_secure(request),
        )
        return response


def client_of(request: Request) -> str:
    """The address a request comes from."""
    return request.client.host if request.client else ""


def local_path(path: str) -> str:
    """`path` where it leads to a page of this server, else "/": no open redirect."""
    local = path.startswith("/") and not path.startswith("//") and "\\" not in path and path.isprintable()
    return path if local else "/"


async def _form(request: Request) -> dict[str, str] | None:
    """The fields of an urlencoded form; None where it is larger than any of ours, or no such form."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_FORM:
            return None
    try:
        fields = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=20)
    except ValueError:
        return None
    return {name: values[-1] for name, values in fields.items()}


def _later(answer: Response, seconds: float = answers.RETRY_SECONDS) -> Response:
    answer.headers["Retry-After"] = str(ceil(seconds))
    return answer


def _login_form(request: Request, after: str, problem: object = "", name: str = "") -> str:
    spoken = _language(request)
    return f"""<form method="post" action="/login?next={escape(quote(after, safe="/"))}">
<h2>{word("log_in", spoken)}</h2>{_alert(problem, spoken)}
{_name_field(spoken, name)}{_password_field("password", spoken, "current-password")}
<button>{word("log_in", spoken)}</button><small>{word("no_account", spoken)}</small></form>"""


def _setup_form(request: Request, secret: str, problem: object = "", name: str = "") -> str:
    spoken = _language(request)
    return f"""<form method="post" action="/setup/{escape(quote(secret, safe=""))}">
<h2>{word("set_up", spoken)}</h2>{_alert(problem, spoken)}
{_name_field(spoken, name)}{_password_field("password", spoken, "new-password")}
{_password_field("repeat", spoken, "new-password")}
<button>{word("set_up", spoken)}</button>
<small>{word("set_up_hint", spoken, least=passwords.MIN_PASSWORD)}</small></form>"""


def _logout_form(request: Request, problem: object = "") -> str:
    spoken = _language(request)
    return f"""<form method="post" action="/logout">
<h2>{word("log_out?", spoken)}</h2>{_alert(problem, spoken)}
<button>{word("log_out", spoken)}</button></form>"""


def _name_field(spoken: str, name: str) -> str:
    attributes = f'name="name" value="{escape(name[:100])}" autocomplete="username" required autofocus'
    return f"<label>{word('name', spoken)}<input {attributes}></label>"


def _password_field(name: str, spoken: str, purpose: str) -> str:
    attributes = f'name="{name}" type="password" autocomplete="{purpose}" required'
    return f"<label>{word(name, spoken)}<input {attributes}></label>"


def _alert(problem: object, spoken: str) -> str:
    words = said(problem, spoken)
    return f'<p class="error" role="alert">{escape(words)}</p>' if words else ""


def _language(request: Request) -> str:
    """What ?lang= says, as the links on these pages do, else as everywhere (`monitor.web.language`)."""
    asked = request.query_params.get("lang", "")
    return asked if asked in LANGUAGES else language.language_of(request.scope)


def _page(request: Request, form: str, status: int = 200) -> Response:
    after = local_path(request.query_params.get("next", ""))
    going_on = f"&next={quote(after, safe='/')}" if after != "/" else ""
    links = {code: f"?lang={code}{going_on}" for code in LANGUAGES}
    answer = page(_language(request), form, status, links)
    if request.query_params.get("lang") in LANGUAGES:
        _remember(request, answer, _language(request))
    return answer


def _remember(request: Request, answer: Response, spoken: str) -> None:
    answer.set_cookie(
        language.COOKIE,
        spoken,
        max_age=devices.LIFE_SECONDS,
        path="/",
        httponly=True,
        samesite="lax",
        secure=_is_secure(request),
    )


def _is_secure(request: Request) -> bool:
    """Whether the visitor came over TLS, to this server or to the proxy before it."""
    return request.url.scheme == "https"
