from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.testclient import TestClient

from monitor.web.unknown import Addresses, Unknown


async def fallback(request: Request) -> Response:
    """As Streamlit's static files: one page for everything, which is read only."""
    if request.method not in ("GET", "HEAD"):
        return PlainTextResponse("Method Not Allowed", 405)
    if request.url.path == "/static/app.js":
        return PlainTextResponse("code", media_type="text/javascript")
    if request.url.path == "/favicon.png":
        return PlainTextResponse("picture", media_type="image/png")
    if request.url.path == "/media/gone":
        return PlainTextResponse("File not found", 404)
    return HTMLResponse("<title>Streamlit</title>")


async def ours(request: Request) -> Response:
    return HTMLResponse("ours", 404 if request.url.path == "/setup/used" else 200)


async def api(request: Request) -> Response:
    return JSONResponse({"detail": "the API's own"}, 404)


@pytest.fixture
def client() -> Iterator[TestClient]:
    routes = [
        Mount("/api", routes=[Route("/{path:path}", api, methods=["GET", "POST"])]),
        Route("/login", ours, methods=["GET", "POST"]),
        Route("/setup/{secret}", ours),
    ]
    every = ["GET", "HEAD", "POST", "PUT", "DELETE"]
    addresses = Addresses({"", "alerts", "queue"}, ["favicon.png"], routes)
    app = Starlette(
        routes=[*routes, Route("/{path:path}", fallback, methods=every)],
        middleware=[Middleware(Unknown, addresses=addresses)],
    )
    with TestClient(app, base_url="http://localhost", follow_redirects=False) as client:
        yield client


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/alerts",
        "/alerts?id=1",
        "/queue",
        "/queue/",
        "/favicon.png",
        "/static/app.js",
        "/login",
        "/setup/x",
    ],
)
def test_what_is_there_is_answered(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        *(
            "/nothing",
            "/alerts/x",
            "/Alerts",
            "http://localhost//alerts",
            "/index.html",
            "/.env",
            "/oauth2callback",
        ),
        *("/static/gone.js", "/_stcore/nothing", "/login/x", "/setup", "/setup/x/y", "/favicon.ico"),
    ],
)
def test_what_is_not_there_is_404_on_a_page_with_a_way_home(client: TestClient, path: str) -> None:
    for method in ("GET", "HEAD"):
        answer = client.request(method, path, headers={"accept": "text/html", "accept-language": "zh-CN"})
        assert answer.status_code == 404 and answer.headers["content-length"] != "0"
    if not path.startswith("/_stcore"):
        page = client.get(path, headers={"accept": "text/html", "accept-language": "zh-CN"}).text
        assert 'lang="zh"' in page and "页面不存在" in page and 'href="/"' in page and "返回首页" in page
        page = client.get(path, headers={"accept": "text/html"}).text
        assert "This page does not exist" in page and "To the start page" in page
    assert "nothing is at this address" in client.get(path).json()["detail"], "a program is told"


def test_what_knows_its_own_404_says_it(client: TestClient) -> None:
    assert client.get("/api/nothing").json() == {"detail": "the API's own"}
    assert client.get("/setup/used").text == "ours"
    assert client.get("/media/gone").text == "File not found"


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("POST", "/alerts", "GET, HEAD"),
        ("DELETE", "/", "GET, HEAD"),
        ("PUT", "/static/app.js", "GET, HEAD"),
        ("PUT", "/login", "GET, HEAD, POST"),
        ("DELETE", "/setup/x", "GET, HEAD"),
    ],
)
def test_a_method_there_is_not_is_405_with_those_there_are(
    client: TestClient, method: str, path: str, allowed: str
) -> None:
    answer = client.request(method, path)
    assert answer.status_code == 405 and answer.headers["allow"] == allowed
    assert client.request(method, "/nothing").status_code == 404


def test_a_stranger_is_asked_to_log_in_where_there_is_something() -> None:
    addresses = Addresses({"", "alerts"}, ["favicon.png"])
    for path in ("/", "/alerts", "/alerts/", "/favicon.png", "/static/app.js", "/media/x", "/component/x"):
        assert addresses.leads_to_login(path), path
    for path in ("/nothing", "/alerts/x", "//", "/static", "/_stcore/x"):
        assert not addresses.leads_to_login(path), path
