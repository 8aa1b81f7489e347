from __future__ import annotations

import contextlib
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx2
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from monitor.desk import auth
from monitor.errors import UserError
from monitor.settings import Settings, WebSettings
from monitor.web import application

SERVE = Path(__file__).parents[1] / "browser" / "serve.py"
STREAM = "/_stcore/stream"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """The address of a running server, and its process."""
    folder = tmp_path_factory.mktemp("web")
    command = [sys.executable, str(SERVE), str(folder)]
    with (
        open(folder / "log", "w") as log,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True) as process,
    ):
        try:
            assert process.stdout is not None
            lines = iter(process.stdout.readline, "")
            url = next((line.strip() for line in lines if line.startswith("http")), "")
            assert url, (folder / "log").read_text()
            yield url, process
        finally:
            process.kill()


@pytest.fixture(scope="module")
def url(server: tuple[str, subprocess.Popen[str]]) -> str:
    return server[0]


@pytest.fixture(scope="module")
def session(url: str) -> str:
    """The cookie of a logged-in administrator."""
    answer = httpx2.post(f"{url}/login", data={"name": "ada", "password": "correct horse"})
    assert answer.status_code == 303
    return f"{auth.SESSION_COOKIE}={answer.cookies[auth.SESSION_COOKIE]}"


def test_one_port_serves_dashboard_and_api_to_those_who_are_logged_in(url: str, session: str) -> None:
    cookie = {"cookie": session}
    page = httpx2.get(f"{url}/", headers=cookie)
    assert page.status_code == 200 and "<title>Streamlit</title>" in page.text
    asset = re.search(r'src="\.?(/static/js/[^"]+)"', page.text)
    assert asset and httpx2.get(f"{url}{asset.group(1)}", headers=cookie).status_code == 200
    assert httpx2.get(f"{url}/queue", headers=cookie).status_code == 200
    assert httpx2.get(f"{url}/api/me", headers=cookie).json() == {"name": "ada", "role": "admin"}
    assert httpx2.get(f"{url}/api/docs", headers=cookie).status_code == 200
    assert httpx2.get(f"{url}/api/nothing", headers=cookie).status_code == 404
    forged = httpx2.post(f"{url}/api/tasks/1/skip", headers={**cookie, "origin": "http://evil.example"})
    assert forged.status_code == 403


HOST = b"Host: localhost\r\n"
POST = b"POST /login HTTP/1.1\r\n" + HOST
UPGRADE = b"Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"


def raw(url: str, *parts: bytes) -> bytes:
    """What the server sends to these bytes until it closes the connection; waits as long as it does."""
    with socket.create_connection(("127.0.0.1", int(url.rsplit(":", 1)[1])), timeout=60) as connection:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            for part in parts:
                connection.sendall(part)
        answer = b""
        with contextlib.suppress(ConnectionResetError):
            while piece := connection.recv(65_536):
                answer += piece
    return answer


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nHost: elsewhere.example\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\n\r\n",
        b"GET /healthz HTTP/1.0\r\n\r\n",
        POST + b"Content-Length: 3\r\nContent-Length: 5\r\n\r\nabcde",
        b"POST /login HTTP/1.1\r\n"
        + HOST
        + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        POST + b"Content-Length: -5\r\n\r\n",
        POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        POST + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
        b"GET http://localhost/healthz HTTP/1.1\r\n" + HOST + b"\r\n",
        b"GET http://elsewhere.example/healthz HTTP/1.1\r\n" + HOST + b"\r\n",
        b"OPTIONS * HTTP/1.1\r\n" + HOST + b"\r\n",
        b"CONNECT localhost:443 HTTP/1.1\r\n" + HOST + b"\r\n",
        b"GET /healthz HTTP/1.1\r\n" + HOST + b"X: " + b"a" * 400_000 + b"\r\n\r\n",
        b"GET /" + b"a" * 400_000 + b" HTTP/1.1\r\n" + HOST + b"\r\n",
        b"GET /healthz HTTP/1.1\r\n" + HOST + b"X: a\r\n" * 60_000 + b"\r\n",
        b"GET /healthz HTTP/1.1\r\n" + HOST + b"X: a\x00b\r\n\r\n",
        b"GET /health\xffz HTTP/1.1\r\n" + HOST + b"\r\n",
        b"GET /_stcore/stream HTTP/1.1\r\n" + HOST + HOST + UPGRADE,
        b"\x16\x03\x01 this is TLS\r\n\r\n",
    ],
    ids=lambda request: request[:40],
)
def test_a_request_that_is_not_clear_is_400_and_the_connection_closed(url: str, request_bytes: bytes) -> None:
    answer = raw(url, request_bytes)
    assert re.match(rb"HTTP/1.1 4(00|31) ", answer), answer[:300]
    assert b"connection: close" in answer.lower() and answer.count(b"HTTP/1.1 ") == 1


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/login", 413),
        ("/api/tasks/1/label", 413),
        ("/api/tasks/1/skip", 413),
        ("/api/me", 405),  # what does not read it
        ("/setup/x", 404),
        ("/queue", 405),
    ],
)
def test_a_chunked_body_over_the_limit_is_not_read_and_the_connection_closed(
    url: str, session: str, path: str, status: int
) -> None:
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nCookie: {session}\r\n".encode() + CHUNKED
    chunks = [b"10000\r\n" + b"x" * 65_536 + b"\r\n"] * 40
    answer = raw(url, head, *chunks, b"0\r\n\r\n")
    assert answer.startswith(f"HTTP/1.1 {status} ".encode()), answer[:200]
    assert b"connection: close" in answer.lower() and answer.count(b"HTTP/1.1 ") == 1


@pytest.mark.parametrize("path", ["/nothing", "/overview", "/index.html", "/static/nothing.js", "/queue/x"])
def test_an_unknown_address_is_404_in_the_reader_s_language(url: str, session: str, path: str) -> None:
    browser = {"accept": "text/html", "accept-language": "zh-CN"}
    answer = httpx2.get(f"{url}{path}", headers={**browser, "cookie": session})
    assert answer.status_code == 404 and "页面不存在" in answer.text and "返回首页" in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("POST", "/queue", "GET, HEAD"),
        ("PUT", "/login", "GET, HEAD, POST"),
        ("DELETE", "/api/me", "GET"),
        ("POST", "/metrics", "GET, HEAD"),
    ],
)
def test_a_method_there_is_not_is_405(url: str, session: str, method: str, path: str, allowed: str) -> None:
    answer = httpx2.request(method, f"{url}{path}", headers={"cookie": session})
    assert answer.status_code == 405 and answer.headers["allow"] == allowed


def test_every_page_of_the_dashboard_is_there(url: str, session: str) -> None:
    from monitor_dashboard.pages import ADDRESSES

    assert {"", "alerts", "queue", "articles", "sources", "models"} <= ADDRESSES
    for page in ADDRESSES:
        answer = httpx2.get(f"{url}/{page}", headers={"cookie": session})
        assert answer.status_code == 200 and "<title>Streamlit</title>" in answer.text
    policy = answer.headers["content-security-policy"]
    for part in ("connect-src 'self'", "form-action 'self'", "frame-ancestors 'none'", "object-src 'none'"):
        assert part in policy


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/", 303),
        ("/queue", 303),
        ("/static/js/index.js", 303),
        ("/media/x", 303),
        ("/component/x", 303),
        ("/api/me", 401),
        ("/api/openapi.json", 401),
        ("/_stcore/health", 401),
        ("/_stcore/metrics", 401),
        ("/_stcore/host-config", 401),
        ("/_stcore/upload_file/x/y", 401),
        ("/healthz", 200),
        ("/metrics", 200),
        ("/login", 200),
        ("/nothing", 404),
        ("/api/nothing", 401),
    ],
)
def test_without_a_session_there_is_nothing_to_see(url: str, path: str, status: int) -> None:
    answer = httpx2.get(f"{url}{path}")
    assert answer.status_code == status
    assert "Northwind" not in answer.text


def test_the_stream_is_closed_to_strangers_and_other_sites(url: str, session: str) -> None:
    stream = url.replace("http", "ws") + STREAM
    for headers in ({}, {"cookie": f"{auth.SESSION_COOKIE}=forged"}):
        with pytest.raises(InvalidStatus) as refused, connect(stream, additional_headers=headers):
            pass
        assert (refused.value.response.status_code, refused.value.response.body) == (403, b"")
    with (
        pytest.raises(InvalidStatus),
        connect(stream, additional_headers={"cookie": session}, origin="http://evil.example"),  # type: ignore[arg-type]
    ):
        pass
    with connect(stream, additional_headers={"cookie": session}, origin=url) as websocket:  # type: ignore[arg-type]
        assert websocket.protocol.state.name == "OPEN"


def test_metrics_are_numbers_without_names(url: str) -> None:
    answer = httpx2.get(f"{url}/metrics")
    text = answer.text
    assert answer.headers["content-type"].startswith("text/plain")
    values = dict(re.findall(r"^(monitor_\S+) (\S+)$", text, re.MULTILINE))
    assert float(values["monitor_articles_total"]) > 100
    assert float(values["monitor_audit_entries_total"]) > 0
    assert float(values["monitor_tasks_open"]) > 0
    assert float(values['monitor_alerts{state="firing"}']) == 1
    assert float(values['monitor_deliveries{state="dead"}']) == 1
    assert (float(values["monitor_sources"]), float(values["monitor_sources_failing"])) == (5, 1)
    assert float(values["monitor_last_poll_age_seconds"]) > 0
    assert any(name.startswith("monitor_http_requests_total") for name in values)
    for name in ("harbour", "northwind", "ada", "caixun"):
        assert name not in text.lower()


def test_healthz_says_the_version(url: str) -> None:
    assert httpx2.get(f"{url}/healthz").json()["status"] == "ok"


def test_another_host_name_is_refused(url: str) -> None:
    assert httpx2.get(f"{url}/healthz", headers={"host": "rebound.example"}).status_code == 421


def test_a_taken_port_is_a_users_mistake_with_a_way_out(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(UserError, match=rf"port {port} on 127\.0\.0\.1 is in use; .*MONITOR_WEB__PORT"):
            application.serve(_configured(host="127.0.0.1", port=port))


def test_an_address_of_another_machine_is_a_users_mistake() -> None:
    with pytest.raises(UserError, match=r"cannot listen on 192\.0\.2\.1:0"):
        application.serve(_configured(host="192.0.2.1", port=0))


def _configured(**fields: Any) -> Any:
    return SimpleNamespace(settings=Settings(web=WebSettings(**fields)))


def test_control_c_stops_it_cleanly_while_a_page_is_open(
    server: tuple[str, subprocess.Popen[str]], session: str
) -> None:
    """The last test of this file: the server is gone after it."""
    url, process = server
    stream = url.replace("http", "ws") + STREAM
    with connect(stream, additional_headers={"cookie": session}):
        process.send_signal(signal.SIGINT)
        assert process.wait(100) == 0
    with pytest.raises(httpx2.TransportError):
        httpx2.get(f"{url}/healthz")
