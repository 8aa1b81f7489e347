from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest
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
