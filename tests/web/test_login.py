from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime
from html import escape, unescape
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx2
import pytest
from sqlalchemy import text
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient

from monitor.desk import auth
from monitor.desk.tries import ACCOUNT_TRIES, MAX_DELAY_SECONDS, TRIES, Tries
from monitor.errors import DiskFullError, StoreBusyError, StoreError, StoreLostError
from monitor.messages import Message
from monitor.records import Role
from monitor.store import Store, audit, users
from monitor.store.recurring import Recurring
from monitor.web import devices, guard, login

HASH = auth.hash_password("correct horse", "ada")  # slow on purpose: once for all tests


KEY = b"k" * 32
PROXY = "10.0.0.1"
CHINESE = {"accept-language": "zh-CN"}


@pytest.fixture
def recurring(sqlite_store: Store, now: datetime) -> Iterator[Recurring]:
    noted = Recurring(sqlite_store, lambda: now)
    yield noted
    noted.flush()


@pytest.fixture
def app(sqlite_store: Store, now: datetime, recurring: Recurring) -> Starlette:
    pages = login.LoginPages(sqlite_store, lambda: now, Tries(), KEY, recurring)
    middleware = [Middleware(guard.Guard, store=sqlite_store, now=lambda: now, proxies=[PROXY])]
    return Starlette(routes=pages.routes(), middleware=middleware)


@pytest.fixture
def client(app: Starlette) -> Iterator[TestClient]:
    with TestClient(app, base_url="http://localhost", follow_redirects=False) as client:
        yield client


@pytest.fixture
def behind_proxy(app: Starlette) -> Iterator[TestClient]:
    """A client whose address is what it says in X-Forwarded-For."""
    with TestClient(
        app, base_url="http://localhost", follow_redirects=False, client=(PROXY, 50_000)
    ) as client:
        yield client


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What log-ins waited for, in seconds; nobody waits for it."""
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    monkeypatch.setattr(login, "sleep", sleep)
    return slept


@pytest.fixture
def ada(sqlite_store: Store, now: datetime) -> None:
    with sqlite_store.begin() as tx:
        users.add(tx, "ada", HASH, Role.ANALYST, now)


def form(**fields: str) -> dict[str, str]:
    return {"name": "ada", "password": "correct horse", **fields}


@pytest.mark.usefixtures("ada")
def test_logging_in_sets_a_cookie_scripts_cannot_read_and_goes_on(client: TestClient) -> None:
    answer = client.post("/login?next=/queue", data=form())
    assert answer.status_code == 303 and answer.headers["location"] == "/queue"
    session, device = (one.lower() for one in answer.headers.get_list("set-cookie"))
    assert session.startswith(auth.SESSION_COOKIE) and device.startswith(devices.COOKIE)
    assert "httponly" in session and "samesite=lax" in session and "path=/;" in session
    assert "httponly" in device and "samesite=strict" in device and "path=/login" in device
    assert "secure" not in session + device, "plain http on this machine"
    assert client.get("/login").headers["location"] == "/", "who is logged in needs no form"


@pytest.mark.usefixtures("ada")
def test_over_https_the_cookie_is_secure(client: TestClient) -> None:
    answer = client.post("https://localhost/login", data=form())
    assert all("secure" in cookie.lower() for cookie in answer.headers.get_list("set-cookie"))


@pytest.mark.usefixtures("ada")
@pytest.mark.parametrize(("peer", "secure"), [(PROXY, True), ("10.0.0.2", False)])
def test_a_proxy_s_word_on_https_counts_where_it_is_configured(
    app: Starlette, peer: str, secure: bool
) -> None:
    with TestClient(app, base_url="http://localhost", follow_redirects=False, client=(peer, 1)) as client:
        answer = client.post("/login", data=form(), headers={"x-forwarded-proto": "https"})
    assert all(("secure" in one.lower()) is secure for one in answer.headers.get_list("set-cookie"))


@pytest.mark.usefixtures("ada")
def test_a_wrong_password_is_said_and_the_name_kept_but_escaped(client: TestClient) -> None:
    answer = client.post("/login", data=form(name='"><script>alert(1)</script>', password="wrong horse!"))
    assert answer.status_code == 403 and "set-cookie" not in answer.headers
    assert "no user has this name and password" in answer.text
    assert "<script" not in answer.text


@pytest.mark.usefixtures("ada")
def test_the_sixth_guess_waits_even_if_it_is_right(client: TestClient) -> None:
    for _ in range(5):
        assert client.post("/login", data=form(password="wrong horse!")).status_code == 403
    answer = client.post("/login", data=form())
    assert answer.status_code == 429 and int(answer.headers["retry-after"]) > 0
    assert "15 minutes" in answer.text


@pytest.mark.usefixtures("ada")
def test_150_guesses_at_once_are_all_judged_by_the_limit(app: Starlette, waits: list[float]) -> None:
    async def guess_all() -> list[int]:
        transport = httpx2.ASGITransport(app=app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://localhost") as client:
            guesses = [client.post("/login", data=form(password=f"guess number {n}")) for n in range(149)]
            return [
                one.status_code for one in await asyncio.gather(*guesses, client.post("/login", data=form()))
            ]

    statuses = asyncio.run(guess_all())
    assert Counter(statuses) == {403: TRIES, 429: 150 - TRIES}


@pytest.mark.usefixtures("ada")
def test_a_stranger_and_a_neighbour_lock_nobody_out(
    behind_proxy: TestClient, sqlite_store: Store, now: datetime, waits: list[float]
) -> None:
    with sqlite_store.begin() as tx:
        users.add(tx, "bea", HASH, Role.ANALYST, now)
    office = {"x-forwarded-for": "192.0.2.1"}
    assert behind_proxy.post("/login", data=form(), headers=office).status_code == 303, "ada's browser"
    laptop = {name: value for name, value in behind_proxy.cookies.items() if name == devices.COOKIE}
    behind_proxy.cookies.clear()
    seen = Counter()
    for number in range(1000):
        stranger = {"x-forwarded-for": f"203.0.{number // 250}.{number % 250}"}
        guess = form(password=f"guess number {number}")
        seen[behind_proxy.post("/login", data=guess, headers=stranger).status_code] += 1
    assert seen == {403: ACCOUNT_TRIES, 429: 1000 - ACCOUNT_TRIES}
    for number in range(60):  # and from ada's own office, at names that are nobody's
        behind_proxy.post("/login", data=form(name=f"user{number}"), headers=office)
    waits.clear()
    assert behind_proxy.post("/login", data=form(), headers=office).status_code == 429, "another browser"
    headers = {**office, "cookie": f"{devices.COOKIE}={laptop[devices.COOKIE]}"}
    assert behind_proxy.post("/login", data=form(), headers=headers).status_code == 303
    assert waits == [0.0], "and at once"
    behind_proxy.cookies.clear()
    assert behind_proxy.post("/login", data=form(name="bea"), headers=office).status_code == 303
    assert 0 < waits[-1] <= MAX_DELAY_SECONDS, "somebody else there is slowed"


@pytest.mark.usefixtures("ada")
def test_an_address_that_nobody_vouches_for_is_not_believed(client: TestClient, waits: list[float]) -> None:
    statuses = [
        client.post(
            "/login", data=form(password="wrong horse!"), headers={"x-forwarded-for": f"203.0.113.{number}"}
        ).status_code
        for number in range(TRIES + 3)
    ]
    assert statuses == [403] * TRIES + [429] * 3


@pytest.mark.usefixtures("ada")
def test_the_database_and_a_slowed_address_take_no_hasher(
    app: Starlette, waits: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Passwords are judged in threads of their own; nothing that may wait happens there."""
    where: dict[str, str] = {}

    def noted(name: str) -> Callable[..., Any]:
        real = getattr(auth, name)

        def call(*arguments: Any) -> Any:
            borrowed = pages._hashers.borrowed_tokens + pages._hashers_of_known.borrowed_tokens
            where[name] = f"{borrowed} hashers"
            return real(*arguments)

        return call

    pages = next(route.endpoint.__self__ for route in app.routes if route.path == "/login")  # type: ignore[attr-defined]
    for name in ("account", "judge", "open_session"):
        monkeypatch.setattr(auth, name, noted(name))
    with TestClient(app, base_url="http://localhost", follow_redirects=False) as client:
        assert client.post("/login", data=form()).status_code == 303
    assert where == {"account": "0 hashers", "judge": "1 hashers", "open_session": "0 hashers"}


@pytest.mark.parametrize("error", [StoreBusyError, DiskFullError, StoreLostError])
@pytest.mark.parametrize("failing", ["account", "open_session"])
@pytest.mark.usefixtures("ada")
def test_a_store_that_fails_at_the_login_is_503_on_a_page(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, error: type[StoreError], failing: str
) -> None:
    def fail(*_: object) -> None:
        raise error("/srv/news/monitor.db: locked")

    with monkeypatch.context() as patched:
        patched.setattr(auth, failing, fail)
        for _ in range(2 * TRIES):
            answer = client.post("/login?next=/queue", data=form(), headers=CHINESE)
            assert answer.status_code == 503 and answer.headers["retry-after"] == "5"
        sentence = Message(error.sentence).said("zh")
        assert escape(sentence) in answer.text and 'value="ada"' in answer.text and "srv" not in answer.text
        assert "/login?next=/queue" in answer.text and "set-cookie" not in answer.headers
    assert client.post("/login", data=form()).status_code == 303, "the tries were given back"


def test_a_store_that_fails_at_the_set_up_is_503_on_a_page(
    client: TestClient, sqlite_store: Store, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise DiskFullError("/srv/news/monitor.db: full")

    secret = auth.setup_link(sqlite_store, now)
    filled = form(repeat="correct horse")
    for failing, method, form_for in (
        ("setup_open", "GET", "/setup/"),
        ("setup_open", "POST", "/setup/"),
        ("create_administrator", "POST", "/setup/"),
        ("open_session", "POST", "/login"),  # the administrator is made: what is left is to log in
    ):
        with monkeypatch.context() as patched:
            patched.setattr(auth, failing, fail)
            answer = client.request(method, f"/setup/{secret}", data=filled, headers=CHINESE)
        assert answer.status_code == 503 and answer.headers["retry-after"] == "5"
        assert "磁盘已满" in answer.text and "srv" not in answer.text
        assert f'action="{form_for}' in answer.text
    assert client.post("/login", data=form()).status_code == 303


@pytest.mark.usefixtures("ada")
def test_a_store_that_fails_at_the_log_out_is_503_and_one_stays_logged_in(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise StoreBusyError("/srv/news/monitor.db: locked")

    client.post("/login", data=form())
    with monkeypatch.context() as patched:
        patched.setattr(auth, "log_out", fail)
        answer = client.post("/logout", headers=CHINESE)
        assert (
            answer.status_code == 503 and "数据库正忙" in answer.text and "set-cookie" not in answer.headers
        )
        patched.setattr(auth, "user_of_session", fail)  # as the guard asks
        browser = {**CHINESE, "accept": "text/html,*/*;q=0.8"}
        answer = client.get("/logout", headers=browser)
        assert answer.status_code == 503 and answer.headers["retry-after"] == "5"
        assert 'lang="zh"' in answer.text and "数据库正忙" in answer.text
    assert client.get("/login").headers["location"] == "/"


def test_a_database_that_is_really_full_is_503(client: TestClient, sqlite_store: Store, ada: None) -> None:
    with sqlite_store.begin() as tx:
        pages = tx.scalar(text("PRAGMA page_count"))
        tx.execute(text(f"PRAGMA max_page_count = {pages}"))
    answer = client.post("/login", data=form())
    while answer.status_code == 303:  # until the last page is filled
        answer = client.post("/login", data=form())
    assert answer.status_code == 503
    assert "the disk is full" in answer.text and "monitor.db" not in answer.text


@pytest.mark.parametrize("password", ["password123", "ada-ada-ada-ada", "newsmonitor2026", "qwertyuiop"])
def test_the_administrator_s_password_is_no_common_one(
    client: TestClient, sqlite_store: Store, now: datetime, password: str
) -> None:
    secret = auth.setup_link(sqlite_store, now)
    filled = form(password=password, repeat=password)
    answer = client.post(f"/setup/{secret}", data=filled, headers=CHINESE)
    assert answer.status_code == 400 and ("过于常见" in answer.text or "几乎只是" in answer.text)
    assert client.get(f"/setup/{secret}").status_code == 200, "the link stays good"


LINKS = [
    "/alerts?id=alert_5f0c",
    "/articles?id=7&text=制动 系统&text=b",
    "/articles?text=a%26b%3Dc&x=1+2",
    "/api/docs?x=/a/b",
    "/queue",
    "/articles?text=https://elsewhere.example/x",
    "/articles?text=100%25",
]


@pytest.mark.parametrize("link", LINKS)
@pytest.mark.usefixtures("ada")
def test_a_deep_link_survives_log_in_and_the_choice_of_a_language(client: TestClient, link: str) -> None:
    to_login = client.get(link, headers={"accept": "text/html"}).headers["location"]
    assert to_login.count("?") == 1 and to_login.startswith("/login?next=/")
    page = client.get(to_login)
    chinese = unescape(re.findall(r'href="([^"]*)"', page.text)[1])
    page = client.get(f"/login{chinese}")
    assert 'lang="zh"' in page.text
    action = unescape(re.findall(r'action="([^"]*)"', page.text)[0])
    wrong = client.post(action, data=form(password="wrong horse!"))
    action = unescape(re.findall(r'action="([^"]*)"', wrong.text)[0])
    done = client.post(action, data=form())
    assert done.status_code == 303
    asked, got = (
        urlsplit(str(client.build_request("GET", one).url)) for one in (link, done.headers["location"])
    )
    assert (got.path, parse_qsl(got.query)) == (asked.path, parse_qsl(asked.query))
    spoken = client.get("/language/en", params={"next": link})
    assert urlsplit(spoken.headers["location"]).path == asked.path
    assert parse_qsl(urlsplit(spoken.headers["location"]).query) == parse_qsl(asked.query)


@pytest.mark.parametrize(
    "target",
    [
        *("//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "/a\r\nb: c"),
        *(
            "//[",
            "///evil.example",
            "/\t/evil.example",
            "\\\\evil.example",
            " //evil.example",
            "evil.example",
        ),
    ],
)
@pytest.mark.usefixtures("ada")
def test_login_redirects_nowhere_else(client: TestClient, target: str) -> None:
    answer = client.post("/login", params={"next": target}, data=form())
    assert answer.headers["location"] == "/"


@pytest.mark.usefixtures("ada")
def test_logging_out_ends_the_session(client: TestClient, sqlite_store: Store, now: datetime) -> None:
    client.post("/login", data=form())
    secret = client.cookies[auth.SESSION_COOKIE]
    asked = client.get("/logout")
    assert asked.status_code == 200 and auth.user_of_session(sqlite_store, secret, now), "a link elsewhere"
    done = client.get("/logout", headers={"sec-fetch-site": "same-origin"})
    assert done.headers["location"] == "/login"
    assert auth.user_of_session(sqlite_store, secret, now) is None


def test_the_setup_page_makes_the_administrator_and_logs_in(
    client: TestClient, sqlite_store: Store, now: datetime
) -> None:
    secret = auth.setup_link(sqlite_store, now)
    assert "administrator" in client.get(f"/setup/{secret}").text
    assert "differ" in client.post(f"/setup/{secret}", data=form(repeat="another horse")).text
    assert "10" in client.post(f"/setup/{secret}", data=form(password="short", repeat="short")).text
    done = client.post(f"/setup/{secret}", data=form(repeat="correct horse"))
    assert done.status_code == 303 and auth.SESSION_COOKIE in done.headers["set-cookie"]
    user = auth.user_of_session(sqlite_store, client.cookies[auth.SESSION_COOKIE], now)
    assert user is not None and user.role is Role.ADMIN
    assert client.get(f"/setup/{secret}").status_code == 404
    assert client.post(f"/setup/{secret}", data=form(repeat="correct horse")).status_code == 404


@pytest.mark.parametrize("secret", ["x", "..%2f..", "%00", "a" * 4000])
def test_a_wrong_setup_link_is_gone(client: TestClient, secret: str) -> None:
    assert client.get(f"/setup/{secret}").status_code in (404, 303)


def test_a_large_form_is_not_read_to_its_end(client: TestClient) -> None:
    answer = client.post("/login", data=form(name="x" * 20_000))
    assert answer.status_code == 413


def test_both_languages_and_the_choice_is_remembered(client: TestClient) -> None:
    assert "Log in" in client.get("/login").text
    assert "登录" in client.get("/login", headers={"accept-language": "zh-CN,zh;q=0.9"}).text
    assert 'lang="zh"' in client.get("/login?lang=zh").text
    assert "登录" in client.get("/login").text, "by the cookie"
    back = client.get("https://localhost/language/en?next=/alerts")
    assert back.headers["location"] == "/alerts"
    assert all(word in back.headers["set-cookie"] for word in ("HttpOnly", "SameSite=lax", "Secure"))
    assert "Log in" in client.get("/login").text
    assert "set-cookie" not in client.get("/language/xx").headers


def test_the_pages_load_nothing_and_run_nothing(client: TestClient) -> None:
    answer = client.get("/login")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "<script" not in answer.text and "http:" not in answer.text and "https:" not in answer.text


@pytest.mark.usefixtures("ada")
def test_logging_in_and_out_is_recorded_with_where_from(client: TestClient, sqlite_store: Store) -> None:
    client.post("/login", data=form(password="hunter2 hunter2"))
    client.post("/login", data=form(password="hunter2 hunter2"))
    client.post("/login", data=form(name="nobody\x1b[31m\u202e" + "x" * 500))
    client.post("/login", data=form())
    client.post("/logout")
    client.post("/logout")
    with sqlite_store.read() as tx:
        entries = list(audit.all(tx))
    assert [(one.user[:6], one.action) for one in entries] == [
        ("ada", "session.refused"),
        ("nobody", "session.refused"),
        ("ada", "session.open"),
        ("ada", "session.close"),
    ]
    assert {one.address for one in entries} == {"testclient"}
    assert len(entries[1].user) <= 200 and entries[1].user.isprintable()
    assert "hunter2" not in str(entries)


@pytest.mark.usefixtures("ada")
def test_a_flood_of_guesses_is_a_few_entries_with_their_count(
    client: TestClient, sqlite_store: Store
) -> None:
    for _ in range(40):
        assert client.post("/login", data=form(password="hunter2 hunter2")).status_code in (403, 429)
    with sqlite_store.read() as tx:
        assert len(audit.page(tx)) == 1
