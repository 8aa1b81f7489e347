from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient

from monitor.desk import auth
from monitor.records import Role
from monitor.store import Store, users
from monitor.web import guard, login
from monitor.web.tries import Tries

HASH = auth.hash_password("correct horse", "ada")  # slow on purpose: once for all tests


@pytest.fixture
def client(sqlite_store: Store, now: datetime) -> Iterator[TestClient]:
    pages = login.LoginPages(sqlite_store, lambda: now, Tries(), b"k" * 32)
    middleware = [Middleware(guard.Guard, store=sqlite_store, now=lambda: now)]
    app = Starlette(routes=pages.routes(), middleware=middleware)
    with TestClient(app, base_url="http://localhost", follow_redirects=False) as client:
        yield client


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
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=lax" in cookie and "path=/" in cookie
    assert "secure" not in cookie, "plain http on this machine"
    assert client.get("/login").headers["location"] == "/", "who is logged in needs no form"


@pytest.mark.usefixtures("ada")
def test_over_https_the_cookie_is_secure(client: TestClient) -> None:
    answer = client.post("https://localhost/login", data=form())
    assert "secure" in answer.headers["set-cookie"].lower()


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


@pytest.mark.parametrize(
    "target",
    ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "/a\r\nb: c"],
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
    back = client.get("/language/en?next=/alerts")
    assert back.headers["location"] == "/alerts"
    assert "Log in" in client.get("/login").text
    assert "set-cookie" not in client.get("/language/xx").headers


def test_both_languages_say_everything() -> None:
    assert login._WORDS["en"].keys() == login._WORDS["zh"].keys()


def test_the_pages_load_nothing_and_run_nothing(client: TestClient) -> None:
    answer = client.get("/login")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "<script" not in answer.text and "http:" not in answer.text and "https:" not in answer.text
