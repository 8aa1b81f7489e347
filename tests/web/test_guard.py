from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
import structlog
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect

from monitor.desk import auth
from monitor.errors import StoreBusyError
from monitor.records import Role, User
from monitor.store import Store, users
from monitor.web import guard


async def echo(request: Request) -> Response:
    body = await request.body()
    user = request.scope["user"]
    return PlainTextResponse(f"{user.name if user else 'nobody'} {len(body)}")


async def stream(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.send_text(websocket.scope["user"].name)
    await websocket.close()


@pytest.fixture
def user(sqlite_store: Store, now: datetime) -> User:
    with sqlite_store.begin() as tx:
        return users.add(tx, "ada", "no password", Role.ANALYST, now)


@pytest.fixture
def session(sqlite_store: Store, user: User, now: datetime) -> str:
    with sqlite_store.begin() as tx:
        users.add_token(tx, auth.digest("secret"), "session", user.id, "", now, None)
    return "secret"


@pytest.fixture
def client(sqlite_store: Store, now: datetime) -> Iterator[TestClient]:
    paths = ("/", "/api/me", "/login", "/healthz", "/static/app.js", "/setup/abc", "/_stcore/host-config")
    routes = [Route(path, echo, methods=["GET", "POST"]) for path in paths]
    guarded = Middleware(
        guard.Guard, store=sqlite_store, now=lambda: now, hosts=("news.example",), max_body=1000
    )
    app = Starlette(routes=[*routes, WebSocketRoute("/_stcore/stream", stream)], middleware=[guarded])
    with TestClient(app, base_url="http://localhost", follow_redirects=False) as client:
        yield client


def cookie(session: str) -> dict[str, str]:
    return {"cookie": f"{auth.SESSION_COOKIE}={session}"}


@pytest.mark.parametrize("path", ["/login", "/healthz", "/setup/abc"])
def test_open_paths_need_nobody(client: TestClient, path: str) -> None:
    assert client.get(path).text == "nobody 0"


@pytest.mark.parametrize("path", ["/", "/static/app.js", "/anything?x=1", "/login/", "/loginx", "/healthz/x"])
def test_pages_lead_to_the_login(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/login")
    assert answer.content == b""


@pytest.mark.parametrize("path", ["/api/me", "/api", "/api/", "/_stcore/host-config"])
@pytest.mark.parametrize("secret", ["", "nonsense", "x" * 5000])
def test_the_api_answers_401_in_json(client: TestClient, path: str, secret: str) -> None:
    for headers in (cookie(secret), {"authorization": f"Bearer {secret}"}):
        answer = client.get(path, headers=headers)
        assert answer.status_code == 401 and "log in" in answer.json()["detail"]
        assert answer.headers["www-authenticate"].startswith("Bearer")


def test_cookie_and_token_both_name_the_user(
    client: TestClient, session: str, user: User, sqlite_store: Store, now: datetime
) -> None:
    assert client.get("/api/me", headers=cookie(session)).text == "ada 0"
    token = auth.create_token(sqlite_store, user, "script", now)
    assert client.post("/api/me", headers={"authorization": f"bearer {token}"}).text == "ada 0"
    both = {**cookie(session), "authorization": "Bearer wrong"}
    assert client.get("/api/me", headers=both).status_code == 401, "a wrong token is not made good"


def test_other_cookies_do_not_hide_the_session(client: TestClient, session: str) -> None:
    header = {"cookie": f'odd name=1; a="b; {auth.SESSION_COOKIE}={session}; c=\\"'}
    assert client.get("/api/me", headers=header).text == "ada 0"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),  # no browser: nothing to be forged
        ({"sec-fetch-site": "same-origin"}, 200),
        ({"sec-fetch-site": "none"}, 200),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"origin": "http://localhost"}, 200),
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "http://localhost:1234"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "http://evil.example", "sec-fetch-site": "cross-site"}, 403),
    ],
)
def test_changes_from_other_sites_are_refused(
    client: TestClient, session: str, headers: dict[str, str], status: int
) -> None:
    assert client.post("/api/me", headers={**cookie(session), **headers}).status_code == status
    assert client.get("/api/me", headers={**cookie(session), **headers}).status_code == 200
    assert client.post("/login", headers=headers).status_code == status, "nor may one be logged in as another"


def test_a_token_is_exempt_from_the_cross_site_rule(
    client: TestClient, user: User, sqlite_store: Store, now: datetime
) -> None:
    token = auth.create_token(sqlite_store, user, "script", now)
    headers = {"authorization": f"Bearer {token}", "origin": "http://elsewhere.example"}
    assert client.post("/api/me", headers=headers).status_code == 200


@pytest.mark.parametrize(
    "host",
    ["localhost", "localhost:8080", "127.0.0.1:9", "[::1]:8080", "192.0.2.7", "NEWS.example.:80"],
)
def test_own_names_are_answered(client: TestClient, host: str) -> None:
    assert client.get("/healthz", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    ["evil.example", "", "news.example.x", "localhost.x", "a@b", "localhost/x", "localhost:x", "[::1"],
)
def test_other_names_are_refused(client: TestClient, host: str) -> None:
    assert client.get("/healthz", headers={"host": host}).status_code == 421


def test_a_body_that_says_it_is_too_long_is_refused_unread(client: TestClient, session: str) -> None:
    answer = client.post("/api/me", headers=cookie(session), content=b"x" * 1001)
    assert answer.status_code == 413
    assert client.post("/api/me", headers=cookie(session), content=b"x" * 1000).text == "ada 1000"


def test_a_body_of_untold_length_is_counted(client: TestClient, session: str) -> None:
    chunks = (b"x" * 100 for _ in range(50))
    assert client.post("/api/me", headers=cookie(session), content=chunks).status_code == 413


def test_a_websocket_needs_a_user_and_its_own_page(client: TestClient, session: str) -> None:
    with client.websocket_connect("ws://localhost/_stcore/stream", headers=cookie(session)) as websocket:
        assert websocket.receive_text() == "ada"
    for headers in ({}, cookie("wrong"), {**cookie(session), "origin": "http://evil.example"}):
        with (
            pytest.raises(WebSocketDisconnect) as refused,
            client.websocket_connect("ws://localhost/_stcore/stream", headers=headers),
        ):
            pass
        assert refused.value.code == 1008


def test_every_answer_carries_the_security_headers(client: TestClient, session: str) -> None:
    for answer in (client.get("/healthz"), client.get("/api/me"), client.get("/", headers=cookie(session))):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


def test_a_busy_store_is_503_with_a_time_to_come_back(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_: object) -> None:
        raise StoreBusyError("the database is locked")

    monkeypatch.setattr(auth, "user_of_session", busy)
    answer = client.get("/api/me")
    assert answer.status_code == 503 and answer.headers["retry-after"] == "5"
    assert answer.json()["detail"].startswith("the database is busy") and "locked" not in answer.text
    page = client.get("/", headers={"accept": "text/html", "accept-language": "zh"})
    assert page.status_code == 503 and page.headers["retry-after"] == "5"
    assert page.headers["content-type"].startswith("text/html") and 'lang="zh"' in page.text
    assert "数据库正忙" in page.text and "script" not in page.text


@pytest.mark.parametrize(
    ("headers", "path", "words"),
    [
        ({"host": ["localhost", "localhost"]}, "/healthz", "has 3 Host headers"),
        ({"host": "elsewhere.example"}, "/healthz", "has 2 Host headers"),
        ({"content_length": ["5", "5"]}, "/healthz", "one Content-Length"),
        ({"content_length": ["5", "6"]}, "/healthz", "one Content-Length"),
        ({"content_length": "5", "transfer_encoding": "chunked"}, "/healthz", "one Content-Length"),
        ({"content_length": "+5"}, "/healthz", "not a number"),
        ({"content_length": "5, 5"}, "/healthz", "not a number"),
        ({"content_length": "٥"}, "/healthz", "not a number"),
        ({"content_length": ""}, "/healthz", "not a number"),
        ({}, "http://localhost/healthz", "no path"),
        ({}, "*", "no path"),
        ({}, "localhost:443", "no path"),
        ({}, "", "no path"),
    ],
)
def test_a_request_that_can_be_read_in_two_ways_is_refused_and_the_connection_closed(
    ask: Callable[..., Any],
    guarded: Callable[..., guard.Guard],
    headers: dict[str, Any],
    path: str,
    words: str,
) -> None:
    status, answered, body = ask(path, **headers).through(guarded())
    assert status == 400 and answered["connection"] == "close" and words in body


def test_a_request_without_a_host_is_refused(
    ask: Callable[..., Any], guarded: Callable[..., guard.Guard]
) -> None:
    exchange = ask("/healthz")
    exchange.scope["headers"] = []
    assert exchange.through(guarded())[0] == 400


def test_long_headers_are_refused(ask: Callable[..., Any], guarded: Callable[..., guard.Guard]) -> None:
    one = ask("/healthz", x_long="a" * guard.MAX_HEADERS)
    many = ask("/healthz", x=["a" * 10] * 3000)
    for exchange in (one, many):
        status, headers, _ = exchange.through(guarded())
        assert status == 431 and headers["connection"] == "close"
    assert ask("/healthz", x_long="a" * 8000).through(guarded())[0] == 200


def test_an_error_that_nobody_caught_is_answered_with_an_id_and_no_word_of_it(
    ask: Callable[..., Any],
    guarded: Callable[..., guard.Guard],
) -> None:
    async def fails(scope: Any, receive: Any, send: Any) -> None:
        raise RuntimeError("/srv/news/monitor.db of ann at db7.lan")

    async def fails_late(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise RuntimeError("/srv/news/monitor.db")

    with structlog.testing.capture_logs() as lines:
        status, _, body = ask("/healthz").through(guarded(fails))
        page = ask("/healthz", accept="text/html", accept_language="zh").through(guarded(fails))
        late = ask("/healthz")
        asyncio.run(guarded(fails_late)(late.scope, late.receive, late.send))
    assert status == 500 and lines[0]["id"] in body and lines[0]["exc_info"]
    assert page[0] == 500 and "系统内部出错" in page[2] and lines[1]["id"] in page[2]
    for word in ("srv", "ann", "db7", "RuntimeError", "Traceback"):
        assert word not in body + page[2]
    assert [message["type"] for message in late.sent] == ["http.response.start"] and len(lines) == 3


@pytest.mark.parametrize(
    ("path", "accept", "location"),
    [
        ("/alerts?id=a%26b&x=1", "text/html", "/login?next=/alerts%3Fid%3Da%2526b%26x%3D1"),
        ("/?q=1", "text/html", "/login?next=/%3Fq%3D1"),
        ("/", "text/html", "/login"),
        ("/%E9%A2%84%E8%AD%A6", "*/*", "/login?next=/%25E9%25A2%2584%25E8%25AD%25A6"),
        ("/api/docs?x=1", "text/html,*/*;q=0.1", "/login?next=/api/docs%3Fx%3D1"),
    ],
)
def test_a_page_is_led_back_to_with_its_query(
    client: TestClient, path: str, accept: str, location: str
) -> None:
    answer = client.get(path, headers={"accept": accept})
    assert (answer.status_code, answer.headers["location"]) == (303, location)
    assert client.get("/api/docs").status_code == 401, "a program is told"


def test_where_there_is_no_page_nobody_is_asked_to_log_in(
    ask: Callable[..., Any], guarded: Callable[..., guard.Guard]
) -> None:
    app = guarded(is_page=lambda path: path == "/alerts")
    assert ask("/alerts", method="GET").through(app)[0] == 303
    status, _, body = ask("/nothing", method="GET", accept="text/html").through(app)
    assert status == 404 and "This page does not exist" in body and 'href="/"' in body


@pytest.mark.parametrize(("peer", "visitor"), [("10.0.0.1", "203.0.113.9"), ("10.0.0.2", "10.0.0.2")])
def test_the_application_sees_the_visitor_behind_a_named_proxy(
    ask: Callable[..., Any], guarded: Callable[..., guard.Guard], peer: str, visitor: str
) -> None:
    async def tells(scope: Any, receive: Any, send: Any) -> None:
        await PlainTextResponse(scope["client"][0])(scope, receive, send)

    app = guarded(tells, proxies=["10.0.0.1/32"])
    exchange = ask("/healthz", x_forwarded_for="203.0.113.9")
    exchange.scope["client"] = (peer, 1)
    assert exchange.through(app)[2] == visitor


def test_a_refused_websocket_is_told_nothing(
    ask: Callable[..., Any], guarded: Callable[..., guard.Guard]
) -> None:
    async def refused(**changes: Any) -> list[Any]:
        sent: list[Any] = []

        async def send(message: Any) -> None:
            sent.append(message)

        async def receive() -> Any:
            return {"type": "websocket.connect"}

        scope = {**ask("/_stcore/stream").scope, "type": "websocket", "scheme": "ws", **changes}
        await guarded()(scope, receive, send)
        return sent

    for changes in (
        {},
        {"path": "http://localhost/_stcore/stream"},
        {"headers": [(b"host", b"evil.example")]},
    ):
        assert asyncio.run(refused(**changes)) == [{"type": "websocket.close", "code": 1008}]
