"""The pages before the dashboard: log in, log out, and the one-time set-up of the first user.

Plain forms, no script, nothing loaded from elsewhere; in English and Chinese.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from datetime import datetime
from html import escape
from urllib.parse import parse_qs, quote, urlsplit

from anyio import CapacityLimiter, to_thread
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from monitor.desk import auth
from monitor.errors import AccessError, UserError
from monitor.store import Store
from monitor.store.recurring import Recurring
from monitor.web import guard

LANGUAGE_COOKIE = "monitor_language"
MAX_FORM = 10_000
_HASHERS = 2  # argon2 takes 19 MiB and a core each: a burst of guesses must not take them all

_WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "product": "Financial opinion monitor",
        "tagline": "News and public opinion on finance, in Chinese and English: what turned negative, "
        "how far it spread, and the evidence.",
        "log_in": "Log in",
        "log_out": "Log out",
        "log_out?": "Log out of the monitor?",
        "name": "User name",
        "password": "Password",
        "repeat": "Password again",
        "set_up": "Create the administrator",
        "set_up_hint": "This link works once. Choose at least {n} characters.",
        "no_account": "No account? An administrator adds users with “monitor users add”.",
        "differ": "the two passwords differ; type the same one twice",
        "wait": "too many failed attempts; try again in {n} minutes",
        "gone": "this set-up link is not valid any more; restart the monitor for a new one, "
        "or log in if there is an administrator already",
        "wrong": "no user has this name and password; check both, or ask an administrator",
        "large": "the form is too large",
    },
    "zh": {
        "product": "金融舆情监测",
        "tagline": "中英文财经新闻与舆情：何处转负、传播多广、依据何在。",
        "log_in": "登录",
        "log_out": "退出",
        "log_out?": "确定退出系统？",
        "name": "用户名",
        "password": "密码",
        "repeat": "再次输入密码",
        "set_up": "创建管理员",
        "set_up_hint": "此链接只能使用一次。密码至少 {n} 位。",
        "no_account": "没有账号？请管理员用“monitor users add”添加。",
        "differ": "两次输入的密码不一致，请重新输入",
        "wait": "失败次数过多，请 {n} 分钟后再试",
        "gone": "此链接已失效；请重新启动系统以获取新链接，若已有管理员请直接登录",
        "wrong": "用户名或密码不正确，请检查后重试，或联系管理员",
        "large": "提交的内容过大",
    },
}

_STYLE = """
:root{--ink:#16202e;--mute:#5d6b7e;--line:#dbe1e8;--accent:#0f6e69;--bad:#a83a32}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:grid;grid-template-columns:minmax(0,1.1fr) minmax(0,1fr);
 color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI","PingFang SC","Microsoft YaHei",
 "Noto Sans CJK SC",sans-serif}
aside{background:linear-gradient(155deg,#0d2436 0%,#123c4c 55%,#0f6e69 130%);color:#eaf2f5;padding:9vh 8%;
 display:flex;flex-direction:column;justify-content:space-between}
aside h1{font-size:clamp(1.7rem,3vw,2.6rem);line-height:1.2;margin:1.4rem 0 .8rem;letter-spacing:-.01em}
aside p{max-width:32rem;color:#bcd2d9;margin:0;font-size:1.05rem}
main{display:flex;align-items:center;justify-content:center;padding:2rem;background:#f6f8fa;position:relative}
form{width:min(24rem,100%);background:#fff;border:1px solid var(--line);border-radius:14px;padding:2rem;
 box-shadow:0 10px 30px rgba(16,32,46,.06)}
h2{margin:0 0 1.2rem;font-size:1.35rem}
label{display:block;margin:0 0 1rem;font-size:.92rem;color:var(--mute)}
input{display:block;width:100%;margin-top:.3rem;padding:.65rem .8rem;font:inherit;color:var(--ink);
 border:1px solid var(--line);border-radius:8px;background:#fff}
input:focus{outline:2px solid var(--accent);outline-offset:1px;border-color:transparent}
button{width:100%;padding:.7rem;border:0;border-radius:8px;background:var(--accent);color:#fff;font:inherit;
 font-weight:600;cursor:pointer}
button:hover{background:#0b5a56}
button:focus-visible{outline:2px solid var(--ink);outline-offset:2px}
small{display:block;margin-top:1rem;color:var(--mute)}
.error{margin:0 0 1rem;padding:.6rem .8rem;border-radius:8px;background:#fbeceb;color:var(--bad);
 font-size:.95rem}
nav{position:absolute;top:1.4rem;right:1.6rem;font-size:.9rem}
nav a{color:var(--mute);text-decoration:none;margin-left:.8rem;padding:.3rem}
nav a[aria-current]{color:var(--ink);font-weight:600}
@media(max-width:760px){body{display:block}aside{padding:2rem 1.5rem}aside svg.trend{display:none}
 main{padding:4rem 1rem}}
"""

_MARK = (
    '<svg width="44" height="44" viewBox="0 0 44 44" role="img" aria-hidden="true">'
    '<rect width="44" height="44" rx="11" fill="#ffffff" fill-opacity=".1"/>'
    '<path d="M8 27l7-6 6 4 8-12 7 8" fill="none" stroke="#6fe0cf" stroke-width="3" '
    'stroke-linecap="round" stroke-linejoin="round"/><circle cx="29" cy="13" r="3.6" fill="#ff8a70"/></svg>'
)
_TREND = (
    '<svg class="trend" viewBox="0 0 600 130" width="100%" aria-hidden="true">'
    '<path d="M0 112L60 104 120 108 180 96 240 101 300 88 360 94 420 30 480 52 540 78 600 84" fill="none" '
    'stroke="#6fe0cf" stroke-opacity=".75" stroke-width="2.5" stroke-linejoin="round"/>'
    '<path d="M0 100L600 92" stroke="#fff" stroke-opacity=".25" stroke-dasharray="4 6"/>'
    '<circle cx="420" cy="30" r="6" fill="#ff8a70"/></svg>'
)
_CSP = (
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)


class LoginPages:
    """The routes /login, /logout, /setup/{secret} and /language/{code}; `limit` holds the failed attempts,
    `recurring` writes them to the audit."""

    def __init__(
        self,
        store: Store,
        now: Callable[[], datetime],
        limit: auth.LoginLimit,
        recurring: Recurring | None = None,
    ) -> None:
        self.store = store
        self.now = now
        self.limit = limit
        self.recurring = recurring or Recurring(store, now)
        self._hashers = CapacityLimiter(_HASHERS)

    def routes(self) -> list[Route]:
        return [
            Route("/login", self.log_in, methods=["GET", "POST"]),
            Route("/logout", self.log_out, methods=["GET", "POST"]),
            Route("/setup/{secret}", self.set_up, methods=["GET", "POST"]),
            Route("/language/{code}", self.speak),
        ]

    async def log_in(self, request: Request) -> Response:
        words = _WORDS[language_of(request)]
        after = local_path(request.query_params.get("next", ""))
        if request.method != "POST":
            if request.scope.get("user") is not None:
                return RedirectResponse(after, 303)
            return _page(request, _login_form(words, after, ""))
        form = await _form(request)
        if form is None:
            return _page(request, _login_form(words, after, words["large"]), 413)
        name, password = form.get("name", ""), form.get("password", "")
        client = client_of(request)
        wait = self.limit.wait(name, client, self.now())
        if wait > 0:
            await self._failed(request, name, "too many attempts")
            message = words["wait"].format(n=max(1, round(wait / 60)))
            page = _page(request, _login_form(words, after, message, name), 429)
            page.headers["Retry-After"] = str(int(wait) + 1)
            return page
        try:
            secret, _ = await to_thread.run_sync(
                auth.log_in, self.store, name, password, self.now(), client, limiter=self._hashers
            )
        except AccessError:
            self.limit.failed(name, client, self.now())
            await self._failed(request, name, "unknown name or wrong password")
            return _page(request, _login_form(words, after, words["wrong"], name), 403)
        self.limit.succeeded(name, client)
        return _with_session(request, RedirectResponse(after, 303), secret)

    async def log_out(self, request: Request) -> Response:
        words = _WORDS[language_of(request)]
        # A link is enough from our own pages; a link elsewhere must not end the session.
        if request.method != "POST" and request.headers.get("sec-fetch-site") != "same-origin":
            return _page(request, _logout_form(words))
        secret = guard.session_of(request.headers.get("cookie", ""))
        await to_thread.run_sync(auth.log_out, self.store, secret, self.now(), client_of(request))
        response = RedirectResponse("/login", 303)
        response.delete_cookie(auth.SESSION_COOKIE, path="/")
        return response

    async def speak(self, request: Request) -> Response:
        """Remember the language, and go on where `next` says."""
        response = RedirectResponse(local_path(request.query_params.get("next", "")), 303)
        if request.path_params["code"] in _WORDS:
            _remember(response, request.path_params["code"])
        return response

    async def set_up(self, request: Request) -> Response:
        words = _WORDS[language_of(request)]
        secret = request.path_params["secret"]
        if not await to_thread.run_sync(auth.setup_open, self.store, secret, self.now()):
            return _page(request, _login_form(words, "/", words["gone"]), 404)
        if request.method != "POST":
            return _page(request, _setup_form(words, secret, ""))
        form = await _form(request) or {}
        name, password = form.get("name", ""), form.get("password", "")
        if password != form.get("repeat", ""):
            return _page(request, _setup_form(words, secret, words["differ"], name), 400)
        try:
            await to_thread.run_sync(
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
            return _page(request, _setup_form(words, secret, str(error), name), 400)
        session, _ = await to_thread.run_sync(
            auth.log_in, self.store, name, password, self.now(), client_of(request)
        )
        return _with_session(request, RedirectResponse("/", 303), session)

    async def _failed(self, request: Request, name: str, why: str) -> None:
        """Record a log-in that failed. What was typed as the name is anybody's text, or a password."""
        note = functools.partial(self.recurring.note, detail={"why": why})
        await to_thread.run_sync(note, "session.refused", name.strip(), "", client_of(request))


def client_of(request: Request) -> str:
    """The address a request comes from."""
    return request.client.host if request.client else ""


def language_of(request: Request) -> str:
    """ "zh" or "en": what ?lang= says, else the cookie, else the browser's first wish."""
    asked = request.query_params.get("lang") or request.cookies.get(LANGUAGE_COOKIE, "")
    if asked in _WORDS:
        return asked
    return "zh" if request.headers.get("accept-language", "").strip().lower().startswith("zh") else "en"


def local_path(path: str) -> str:
    """`path` where it leads to a page of this server, else "/": no open redirect."""
    parts = urlsplit(path)
    local = path.startswith("/") and not path.startswith("//") and "\\" not in path and path.isprintable()
    return path if local and not parts.scheme and not parts.netloc else "/"


async def _form(request: Request) -> dict[str, str] | None:
    """The fields of an urlencoded form; None where it is larger than any of ours."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_FORM:
            return None
    fields = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=20)
    return {name: values[-1] for name, values in fields.items()}


def _with_session(request: Request, response: Response, secret: str) -> Response:
    response.set_cookie(
        auth.SESSION_COOKIE,
        secret,
        max_age=int(auth.SESSION_LIFE.total_seconds()),
        path="/",
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )
    return response


def _login_form(words: Mapping[str, str], after: str, error: str, name: str = "") -> str:
    return f"""<form method="post" action="/login?next={escape(quote(after, safe="/"))}">
<h2>{words["log_in"]}</h2>{_error(error)}
{_name_field(words, name)}{_password_field("password", words["password"], "current-password")}
<button>{words["log_in"]}</button><small>{words["no_account"]}</small></form>"""


def _setup_form(words: Mapping[str, str], secret: str, error: str, name: str = "") -> str:
    return f"""<form method="post" action="/setup/{escape(quote(secret, safe=""))}">
<h2>{words["set_up"]}</h2>{_error(error)}
{_name_field(words, name)}{_password_field("password", words["password"], "new-password")}
{_password_field("repeat", words["repeat"], "new-password")}
<button>{words["set_up"]}</button><small>{words["set_up_hint"].format(n=auth.MIN_PASSWORD)}</small></form>"""


def _logout_form(words: Mapping[str, str]) -> str:
    return f"""<form method="post" action="/logout"><h2>{words["log_out?"]}</h2>
<button>{words["log_out"]}</button></form>"""


def _name_field(words: Mapping[str, str], name: str) -> str:
    attributes = f'name="name" value="{escape(name[:100])}" autocomplete="username" required autofocus'
    return f"<label>{words['name']}<input {attributes}></label>"


def _password_field(name: str, title: str, purpose: str) -> str:
    return f'<label>{title}<input name="{name}" type="password" autocomplete="{purpose}" required></label>'


def _error(message: str) -> str:
    return f'<p class="error" role="alert">{escape(message)}</p>' if message else ""


def _page(request: Request, form: str, status: int = 200) -> HTMLResponse:
    language = language_of(request)
    words = _WORDS[language]
    links = "".join(
        f'<a href="?{_query(request, code)}"{" aria-current=true" * (code == language)}>{title}</a>'
        for code, title in (("en", "English"), ("zh", "中文"))
    )
    html = f"""<!doctype html><html lang="{language}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1"><title>{words["product"]}</title>
<style>{_STYLE}</style></head><body>
<aside><div>{_MARK}<h1>{words["product"]}</h1><p>{words["tagline"]}</p></div>{_TREND}</aside>
<main><nav>{links}</nav>{form}</main></body></html>"""
    response = HTMLResponse(html, status, {"content-security-policy": _CSP, "cache-control": "no-store"})
    if request.query_params.get("lang") in _WORDS:
        _remember(response, language)
    return response


def _remember(response: Response, language: str) -> None:
    response.set_cookie(LANGUAGE_COOKIE, language, max_age=31_536_000, path="/", samesite="lax")


def _query(request: Request, language: str) -> str:
    after = local_path(request.query_params.get("next", ""))
    return escape(f"lang={language}" + (f"&next={quote(after, safe='/')}" if after != "/" else ""))
