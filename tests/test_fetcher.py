"""The fetcher against a loopback server that misbehaves. Nothing here leaves the machine:
names resolve by a stub, and connections that must not happen would raise."""

from __future__ import annotations

import gzip
import socket
import threading
import zlib
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpcore2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import BlockedError, FetchError
from monitor.fetcher import HttpFetcher, parse_url, retry_after
from monitor.messages import Message, said
from monitor.transport.connections import resolve

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
FEED = b"<?xml version='1.0'?><rss version='2.0'><channel><item><title>a</title></item></channel></rss>"
Handle = Callable[[BaseHTTPRequestHandler], None]


class Site:
    """A loopback server whose paths are functions; `requests` holds what was asked."""

    def __init__(self) -> None:
        self.paths: dict[str, Handle] = {}
        self.requests: list[tuple[str, str, dict[str, str], bytes]] = []
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                sent = {name.lower(): value for name, value in self.headers.items()}
                site.requests.append((self.command, self.path, sent, body))
                self.close_connection = True
                try:
                    site.paths[self.path](self)
                except (BrokenPipeError, ConnectionResetError):
                    return

            do_POST = do_GET

            def log_message(self, *args: Any) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    def answer(self, path: str, status: int = 200, body: bytes = b"", **headers: str) -> str:
        """Serve `body` at `path`; underscores in header names are dashes."""

        def handle(request: BaseHTTPRequestHandler) -> None:
            request.send_response(status)
            for name, value in {"Content_Length": str(len(body)), **headers}.items():
                if value:
                    request.send_header(name.replace("_", "-"), value)
            request.end_headers()
            request.wfile.write(body)

        return self.serve(path, handle)

    def serve(self, path: str, handle: Handle) -> str:
        self.paths[path] = handle
        return self.url + path


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site()
    yield site
    site.server.shutdown()
    site.server.server_close()


@pytest.fixture
def fetcher() -> HttpFetcher:
    return HttpFetcher(allow_networks=["127.0.0.1/32"], timeout_seconds=5, max_bytes=100_000, now=lambda: NOW)


class NoBackend(httpcore2.NetworkBackend):
    """Fails the test where a connection is tried; `tried` says where to."""

    def __init__(self) -> None:
        self.tried: list[str] = []

    def connect_tcp(self, host: str, port: int, *args: Any, **options: Any) -> httpcore2.NetworkStream:
        self.tried.append(f"{host}:{port}")
        raise httpcore2.ConnectError("no connection in this test")


def chunks(parts: Iterable[bytes], *headers: tuple[str, str]) -> Handle:
    """An answer in HTTP chunks, as many as `parts` has."""

    def handle(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        for name, value in (("transfer-encoding", "chunked"), *headers):
            request.send_header(name, value)
        request.end_headers()
        for part in parts:
            request.wfile.write(f"{len(part):x}\r\n".encode() + part + b"\r\n")
            request.wfile.flush()
        request.wfile.write(b"0\r\n\r\n")

    return handle


# --- what works ----------------------------------------------------------------------------


def test_answers_with_body_status_headers_and_final_url(site: Site, fetcher: HttpFetcher) -> None:
    url = site.answer("/feed", body=b"<rss/>", ETag='"1"', Content_Type="text/xml")
    response = fetcher.get(url, {"If-None-Match": '"0"'})
    assert (response.status, response.body, response.url) == (200, b"<rss/>", url)
    assert response.headers["etag"] == '"1"'
    assert response.headers["content-type"] == "text/xml"
    sent = site.requests[0][2]
    assert sent["if-none-match"] == '"0"'
    assert sent["accept-encoding"] == "gzip"
    assert "monitor" in sent["user-agent"]


def test_a_caller_cannot_change_the_host_header(site: Site, fetcher: HttpFetcher) -> None:
    fetcher.get(site.answer("/"), {"Host": "elsewhere.example"})
    assert site.requests[0][2]["host"] == f"127.0.0.1:{site.server.server_port}"


def test_304_is_returned_as_it_is(site: Site, fetcher: HttpFetcher) -> None:
    assert fetcher.get(site.answer("/feed", 304, ETag='"1"')).status == 304


def test_names_are_resolved_once_and_the_judged_address_is_connected_to(site: Site) -> None:
    asked: list[str] = []

    def resolver(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["10.0.0.1"]  # a name that changes its mind

    site.answer("/feed", body=b"x")
    fetcher = HttpFetcher(allow_networks=["127.0.0.1/32"], timeout_seconds=5, resolver=resolver)
    response = fetcher.get(f"http://news.example:{site.server.server_port}/feed")
    assert response.body == b"x"
    assert asked == ["news.example"]
    assert site.requests[0][2]["host"] == f"news.example:{site.server.server_port}"


def test_a_dead_first_address_leaves_the_second_its_turn(site: Site) -> None:
    fetcher = HttpFetcher(
        allow_networks=["127.0.0.0/8"],
        timeout_seconds=5,
        resolver=lambda host, port: ["127.0.0.9", "127.0.0.1"],
    )
    site.answer("/feed", body=b"x")
    assert fetcher.get(f"http://news.example:{site.server.server_port}/feed").body == b"x"


def test_gzip_is_decoded_in_all_its_members(site: Site, fetcher: HttpFetcher) -> None:
    body = gzip.compress(b"first ", mtime=0) + gzip.compress(b"second", mtime=0) + b"\x00" * 10
    assert fetcher.get(site.answer("/feed", body=body, Content_Encoding="gzip")).body == b"first second"


@pytest.mark.parametrize(
    ("label", "body"),
    [
        ("UTF-8", FEED),
        ("aws-chunked", FEED),
        ("gzip", FEED),
        ("", gzip.compress(FEED, mtime=0)),
        ("utf-8", gzip.compress(FEED, mtime=0)),
        ("deflate", zlib.compress(FEED)),
        ("gzip, gzip", gzip.compress(gzip.compress(FEED, mtime=0), mtime=0)),
    ],
)
def test_a_body_is_read_however_its_coding_is_labelled(
    site: Site, fetcher: HttpFetcher, label: str, body: bytes
) -> None:
    assert fetcher.get(site.answer("/feed", body=body, Content_Encoding=label)).body == FEED


def test_repeated_headers_are_joined(site: Site, fetcher: HttpFetcher) -> None:
    def handle(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Vary", "a")
        request.send_header("Vary", "b")
        request.end_headers()

    assert fetcher.get(site.serve("/", handle)).headers["vary"] == "a, b"


def test_the_environments_proxy_is_not_used(
    site: Site, fetcher: HttpFetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    assert fetcher.get(site.answer("/", body=b"direct")).body == b"direct"


def test_the_systems_resolver_knows_numbers_in_every_spelling() -> None:
    assert resolve("127.0.0.1", 80) == ["127.0.0.1"]
    assert resolve("0x7f000001", 80) == ["127.0.0.1"]


# --- redirects -----------------------------------------------------------------------------


def test_redirects_are_followed_relative_ones_too(site: Site, fetcher: HttpFetcher) -> None:
    site.answer("/new/feed", body=b"here")
    site.answer("/moved", 301, Location="new/feed")
    assert fetcher.get(site.answer("/old", 302, Location=site.url + "/moved")).url == site.url + "/new/feed"


@pytest.mark.parametrize(
    ("raw", "asked"),
    [
        ("/财经/要闻.xml".encode(), "/%E8%B4%A2%E7%BB%8F/%E8%A6%81%E9%97%BB.xml"),
        ("/a?q=股市&b=%E8%82%A1 c#部分".encode(), "/a?q=%E8%82%A1%E5%B8%82&b=%E8%82%A1%20c"),
        ("/财经.xml".encode("gb18030"), "/%B2%C6%BE%AD.xml"),
        (b"/caf\xe9 1.xml", "/caf%E9%201.xml"),
        ("新闻.xml".encode(), "/deep/%E6%96%B0%E9%97%BB.xml"),
    ],
)
def test_a_location_of_raw_bytes_is_followed(
    site: Site, fetcher: HttpFetcher, raw: bytes, asked: str
) -> None:
    site.answer(asked, body=b"here")
    response = fetcher.get(site.answer("/deep/old", 302, Location=raw.decode("latin-1")))
    assert (response.body, response.url) == (b"here", site.url + asked)


@pytest.mark.parametrize("host", ["１０.0.0.1", "10。0。0。1", "①⓪.0.0.1", "ⓛocalhost"])
def test_a_raw_host_is_judged_as_what_it_means(site: Site, host: str) -> None:
    def resolver(name: str, port: int) -> list[str]:
        return ["127.0.0.1"] if name == "127.0.0.1" else ["10.0.0.1"]

    url = site.answer("/", 302, Location=f"http://{host}/".encode().decode("latin-1"))
    fetcher = HttpFetcher(allow_networks=["127.0.0.1/32"], timeout_seconds=5, resolver=resolver)
    with pytest.raises(FetchError):
        fetcher.get(url)
    assert len(site.requests) == 1


def test_a_redirect_loop_is_named(site: Site, fetcher: HttpFetcher) -> None:
    site.answer("/b", 302, Location="/a")
    with pytest.raises(FetchError, match=r"redirect loop: .*/b leads back to .*/a"):
        fetcher.get(site.answer("/a", 302, Location="/b"))


def test_redirects_end_after_five(site: Site, fetcher: HttpFetcher) -> None:
    for number in range(20):
        site.answer(f"/{number}", 302, Location=f"/{number + 1}")
    with pytest.raises(FetchError, match="more than 5 redirects"):
        fetcher.get(site.url + "/0")
    assert len(site.requests) == 6


@pytest.mark.parametrize(
    "location",
    [
        "http://10.0.0.1/",
        "http://169.254.169.254/latest/meta-data/",
        "http://[::1]/",
        "http://2130706434/",
        "file:///etc/passwd",
        "gopher://example.com/",
        "http://user:password@example.com/",
        "http://example.com\\@127.0.0.1/",
        "//10.0.0.1/x",
    ],
)
def test_a_redirect_to_a_private_place_is_refused_before_connecting(site: Site, location: str) -> None:
    connected: list[str] = []

    class Spy(httpcore2.SyncBackend):
        def connect_tcp(self, host: str, *args: Any, **options: Any) -> httpcore2.NetworkStream:
            connected.append(host)
            return super().connect_tcp(host, *args, **options)

    fetcher = HttpFetcher(allow_networks=["127.0.0.1/32"], timeout_seconds=5, backend=Spy())
    with pytest.raises(BlockedError):
        fetcher.get(site.answer("/", 302, Location=location))
    assert connected == ["127.0.0.1"]


def test_credentials_are_dropped_when_a_redirect_leaves_the_origin(fetcher: HttpFetcher) -> None:
    first, second = Site(), Site()
    try:
        second.answer("/", body=b"x")
        first.answer("/same", 302, Location=second.url + "/")
        url = first.answer("/", 302, Location="/same")
        fetcher.get(url, {"Authorization": "Bearer secret", "Cookie": "a=b", "X-Kept": "yes"})
        assert first.requests[1][2]["authorization"] == "Bearer secret"
        assert not second.requests[0][2].keys() & {"authorization", "cookie"}
        assert second.requests[0][2]["x-kept"] == "yes"
    finally:
        for site in (first, second):
            site.server.shutdown()
            site.server.server_close()


# --- what is refused -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("ftp://example.com/", "only http and https"),
        ("file:///etc/passwd", "only http and https"),
        ("/etc/passwd", "only http and https"),
        ("http://user@example.com/", "user name"),
        ("http://:@example.com/", "user name"),
        ("http://@example.com/", "user name"),
        ("http://example.com\\@127.0.0.1/", "backslash"),
        ("http://exa mple.com/", "blank"),
        ("http://example.com/\r\nX: y", "control character"),
        ("http://example.com/\x00", "control character"),
        ("http:///path", "names no host"),
        ("http://example.com:99999/", "port"),
        ("http://[not-an-address]/", "not a URL"),
    ],
)
def test_addresses_that_parsers_disagree_on_are_refused(url: str, reason: str) -> None:
    with pytest.raises(BlockedError, match=reason):
        parse_url(url)


def test_an_at_sign_in_the_query_is_no_user_name() -> None:
    assert parse_url("http://example.com?mail=a@b.example").host == "example.com"


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "[::1]",
        "localhost",
        "0x7f000001",
        "2130706433",
        "127.1",
        "0",
        "[::ffff:7f00:1]",
    ],
)
def test_private_hosts_are_refused_in_every_spelling_without_a_connection(host: str) -> None:
    backend = NoBackend()
    with pytest.raises(BlockedError, match="is not public"):
        HttpFetcher(backend=backend, timeout_seconds=5).get(f"http://{host}:8000/")
    assert backend.tried == []


def test_a_name_with_a_public_and_a_private_address_is_refused() -> None:
    backend = NoBackend()
    fetcher = HttpFetcher(backend=backend, resolver=lambda host, port: ["93.184.216.34", "192.168.0.1"])
    with pytest.raises(BlockedError, match=r"news\.example was not connected to: the address 192\.168\.0\.1"):
        fetcher.get("http://news.example/")
    assert backend.tried == []


def test_a_public_address_is_connected_to_by_number() -> None:
    backend = NoBackend()
    fetcher = HttpFetcher(backend=backend, resolver=lambda host, port: ["93.184.216.34"])
    with pytest.raises(FetchError, match="no connection to news"):
        fetcher.get("https://news.example/")
    assert backend.tried == ["93.184.216.34:443"]


def test_an_unknown_name_is_said_to_be_unknown() -> None:
    def resolver(host: str, port: int) -> list[str]:
        raise OSError("Name or service not known")

    with pytest.raises(FetchError, match=r"the name nowhere\.example could not be resolved"):
        HttpFetcher(resolver=resolver).get("http://nowhere.example/")


@pytest.mark.parametrize(
    ("error", "english", "chinese"),
    [
        (
            socket.gaierror(socket.EAI_AGAIN, "Temporary failure"),
            "no name server answered",
            "域名服务器没有应答",
        ),
        (socket.gaierror(socket.EAI_NONAME, "not known"), "there is no such name", "没有这个域名"),
        (socket.gaierror(socket.EAI_FAIL, "broke"), "broke", "broke"),
    ],
)
def test_why_a_name_has_no_address_is_in_the_reader_s_language(
    error: OSError, english: str, chinese: str
) -> None:
    def resolver(host: str, port: int) -> list[str]:
        raise error

    with pytest.raises(FetchError, match=english) as caught:
        HttpFetcher(resolver=resolver).get("http://nowhere.example/")
    assert chinese in said(caught.value.told, "zh") and "nowhere.example" in said(caught.value.told, "zh")


# --- what misbehaves -----------------------------------------------------------------------


def test_an_error_status_is_told_with_its_phrase_and_the_wish_to_wait(
    site: Site, fetcher: HttpFetcher
) -> None:
    with pytest.raises(FetchError, match="the server answered 503 Service Unavailable") as caught:
        fetcher.get(site.answer("/", 503, b"<html>", Retry_After="120"))
    assert (caught.value.status, caught.value.retry_after) == (503, 120.0)


def test_a_status_nobody_knows_is_told_too(site: Site, fetcher: HttpFetcher) -> None:
    with pytest.raises(FetchError, match="the server answered 599") as caught:
        fetcher.get(site.answer("/", 599))
    assert caught.value.retry_after is None


def test_a_body_that_is_announced_too_large_is_not_read(site: Site, fetcher: HttpFetcher) -> None:
    url = site.answer("/", Content_Length="200000000", body=b"")
    with pytest.raises(FetchError, match="200,000,000 bytes"):
        fetcher.get(url)


def test_an_endless_body_is_cut_off(site: Site, fetcher: HttpFetcher) -> None:
    def forever() -> Iterator[bytes]:
        while True:
            yield b"x" * 10_000

    with pytest.raises(FetchError, match="longer than 100,000 bytes"):
        fetcher.get(site.serve("/", chunks(forever())))


def test_a_gzip_bomb_is_cut_off_at_the_decoded_size(site: Site, fetcher: HttpFetcher) -> None:
    bomb = zlib.compressobj(9, wbits=31)
    body = bomb.compress(b"\x00" * 50_000_000) + bomb.flush()
    assert len(body) < 100_000
    with pytest.raises(FetchError, match="longer than 100,000 bytes"):
        fetcher.get(site.answer("/", body=body, Content_Encoding="gzip"))


def test_a_bomb_of_several_layers_is_cut_off_at_each(site: Site, fetcher: HttpFetcher) -> None:
    bomb = gzip.compress(gzip.compress(gzip.compress(b"\x00" * 50_000_000)), mtime=0)
    assert len(bomb) < 1_000
    for label in ("gzip, gzip, gzip", "gzip", ""):
        with pytest.raises(FetchError, match="longer than 100,000 bytes"):
            fetcher.get(site.answer("/", body=bomb, Content_Encoding=label))


@pytest.mark.parametrize("coding", ["br", "zstd", "gzip, br", "compress"])
def test_codings_that_were_not_asked_for_are_refused(site: Site, fetcher: HttpFetcher, coding: str) -> None:
    with pytest.raises(FetchError, match="not asked for"):
        fetcher.get(site.answer("/", body=b"x", Content_Encoding=coding))


def test_damaged_gzip_is_told(site: Site, fetcher: HttpFetcher) -> None:
    with pytest.raises(FetchError, match="is gzip, and is not"):
        fetcher.get(site.answer("/a", body=b"plainly not", Content_Encoding="gzip"))
    half = gzip.compress(bytes(range(256)) * 50, mtime=0)[:-20]
    with pytest.raises(FetchError, match="in the middle of its gzip"):
        fetcher.get(site.answer("/b", body=half, Content_Encoding="gzip"))


def test_a_body_cut_short_is_told(site: Site, fetcher: HttpFetcher) -> None:
    with pytest.raises(FetchError, match="broke"):
        fetcher.get(site.answer("/", body=b"half", Content_Length="100"))


def test_the_deadline_covers_a_body_that_trickles(site: Site) -> None:
    released = threading.Event()

    def trickle() -> Iterator[bytes]:
        while not released.wait(0.05):
            yield b"x"

    fetcher = HttpFetcher(allow_networks=["127.0.0.1/32"], timeout_seconds=0.5)
    with pytest.raises(FetchError, match=r"within 0\.5 seconds"):
        fetcher.get(site.serve("/", chunks(trickle())))
    assert not released.is_set()  # the body had no end of its own
    released.set()


def test_the_deadline_covers_headers_that_trickle(site: Site) -> None:
    released = threading.Event()

    def handle(request: BaseHTTPRequestHandler) -> None:
        request.wfile.write(b"HTTP/1.1 200 OK\r\n")
        while not released.wait(0.05):
            request.wfile.write(b"X-Slow: 1\r\n")
            request.wfile.flush()

    fetcher = HttpFetcher(allow_networks=["127.0.0.1/32"], timeout_seconds=0.5)
    with pytest.raises(FetchError, match=r"within 0\.5 seconds"):
        fetcher.get(site.serve("/", handle))
    released.set()


def test_the_deadline_covers_a_resolver_that_hangs() -> None:
    released = threading.Event()

    def resolver(host: str, port: int) -> list[str]:
        released.wait(10)
        return ["127.0.0.1"]

    with pytest.raises(FetchError, match=r"within 0\.2 seconds"):
        HttpFetcher(timeout_seconds=0.2, resolver=resolver).get("http://slow.example/")
    released.set()


def test_a_server_that_hangs_up_is_told(site: Site, fetcher: HttpFetcher) -> None:
    with pytest.raises(FetchError, match="broke"):
        fetcher.get(site.serve("/", lambda request: request.connection.close()))


def test_what_is_not_http_is_told(site: Site, fetcher: HttpFetcher) -> None:
    with pytest.raises(FetchError, match="broke"):
        fetcher.get(
            site.serve("/", lambda request: request.wfile.write(b"\x16\x03\x01 hello\r\n\r\n") and None)
        )


# --- posting -------------------------------------------------------------------------------


def test_post_sends_the_body_and_returns_the_answer(site: Site, fetcher: HttpFetcher) -> None:
    response = fetcher.post(site.answer("/", 202, b"ok"), b'{"a":1}', {"Content-Type": "application/json"})
    assert (response.status, response.body) == (202, b"ok")
    method, _, headers, body = site.requests[0]
    assert (method, body, headers["content-type"]) == ("POST", b'{"a":1}', "application/json")


@pytest.mark.parametrize("status", [302, 304, 400, 500])
def test_post_accepts_only_success_and_follows_nothing(site: Site, fetcher: HttpFetcher, status: int) -> None:
    site.answer("/other", body=b"never")
    with pytest.raises(FetchError, match=str(status)):
        fetcher.post(site.answer("/", status, Location="/other"), b"")
    assert len(site.requests) == 1


def test_post_is_judged_like_get() -> None:
    with pytest.raises(BlockedError):
        HttpFetcher(backend=NoBackend()).post("http://127.0.0.1/", b"")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirected_post_is_told_where_it_points_without_the_path(
    site: Site, fetcher: HttpFetcher, status: int
) -> None:
    url = site.answer("/tok3n", status, Location="https://elsewhere.example:8443/tok3n/?key=s3cret")
    with pytest.raises(
        FetchError, match=r"https://elsewhere\.example:8443; what is sent follows no"
    ) as caught:
        fetcher.post(url, b"")
    assert (caught.value.status, "tok3n" in str(caught.value)) == (status, False)
    assert isinstance(caught.value.args[0], Message), "it is said in the reader's language"


# --- messages, of whose answer the status line alone counts ---------------------------------


LEAVE = 1e-9
"""A wait so short that a body that does not come is left at once: no test here is about time."""


def raw(answer: bytes, *, hold: bool = False, endless: bytes = b"") -> Handle:
    """Writes these bytes, and hangs up; or stays until the other side does; or goes on for ever."""

    def handle(request: BaseHTTPRequestHandler) -> None:
        request.wfile.write(answer)
        while endless:
            request.wfile.write(endless)
        while hold and request.connection.recv(1024):
            pass

    return handle


TAKEN = {
    "no body": raw(b"HTTP/1.1 204 No Content\r\n\r\n"),
    "204 with a body": raw(b"HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\nok"),
    "205 without a length": raw(b"HTTP/1.1 205 Reset Content\r\n\r\nx", hold=True),
    "any other success": raw(b"HTTP/1.1 299 So Be It\r\nContent-Length: 0\r\n\r\n"),
    "no reason": raw(b"HTTP/1.1 200\r\n\r\n"),
    "a reason in Chinese": raw("HTTP/1.1 200 好\r\nContent-Length: 2\r\n\r\nok".encode("gbk")),
    "HTTP/1.0 without a length": raw(b"HTTP/1.0 200 OK\r\n\r\nok"),
    "bare line feeds": raw(b"HTTP/1.1 200 OK\nContent-Length: 2\n\nok"),
    "Brotli": raw(b"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 5\r\n\r\n\x0b\x02\x80ok"),
    "no gzip": raw(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\nok"),
    "cut": raw(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nok"),
    "cut in its headers": raw(b"HTTP/1.1 200 OK\r\nContent-Type: text/pl"),
    "cut after its status": raw(b"HTTP/1.1 200 OK\r\n"),
    "open": raw(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\nok", hold=True),
    "open in its headers": raw(b"HTTP/1.1 200 OK\r\nContent-Type: text/pl", hold=True),
    "open after its status": raw(b"HTTP/1.1 200 OK\r\n", hold=True),
    "announced too large": raw(b"HTTP/1.1 200 OK\r\nContent-Length: 21000000\r\n\r\nok", hold=True),
    "endless": raw(b"HTTP/1.1 200 OK\r\n\r\n", endless=b"x" * 8192),
    "endless headers": raw(b"HTTP/1.1 200 OK\r\n", endless=b"x: y\r\n" * 1000),
    "chunks that are none": raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nok"),
    "a coding nobody knows": raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: lz\r\n\r\nok"),
    "two lengths": raw(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok"),
    "a length that is none": raw(b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nok"),
    "a header that is none": raw(b"HTTP/1.1 200 OK\r\nno colon here\r\n\r\nok"),
    "continue": raw(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok"),
    "early hints": raw(
        b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" * 3 + b"HTTP/1.1 202 Accepted\r\n: \r\n"
    ),
}


@pytest.mark.parametrize("name", TAKEN)
def test_a_2xx_is_taken_whatever_comes_behind_it(
    site: Site, fetcher: HttpFetcher, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("monitor.fetcher._COURTESY_SECONDS", LEAVE)
    patient = name not in ("open in its headers", "open after its status")
    fetcher = fetcher if patient else HttpFetcher(allow_networks=["127.0.0.1/32"], timeout_seconds=0.3)
    response = fetcher.post(site.serve("/", TAKEN[name]), b"{}", status_only=True)
    assert 200 <= response.status < 300
    assert response.body == b"", "the body is nobody's concern"
    assert len(site.requests) == 1


NOT_TAKEN = {
    "nothing": b"",
    "half a status line": b"HTTP/1.1 200 O",
    "no status": b"HTTP/1.1 20 OK\r\n\r\n",
    "too long a status": b"HTTP/1.1 2000 OK\r\n\r\n",
    "another protocol": b"SSH-2.0-OpenSSH_9.2\r\n",
    "an announcement alone": b"HTTP/1.1 100 Continue\r\n\r\n",
    "half an announcement": b"HTTP/1.1 103 Early Hints\r\nLink: </a",
    "a switch of protocols": b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
}


@pytest.mark.parametrize("name", NOT_TAKEN)
@pytest.mark.parametrize("hold", [False, True], ids=["cut", "open"])
def test_without_a_status_line_a_message_is_not_taken(site: Site, name: str, hold: bool) -> None:
    fetcher = HttpFetcher(allow_networks=["127.0.0.1/32"], timeout_seconds=0.3 if hold else 5)
    with pytest.raises(FetchError, match=r"broke|no complete answer|101"):
        fetcher.post(site.serve("/", raw(NOT_TAKEN[name], hold=hold)), b"{}", status_only=True)


@pytest.mark.parametrize("broken", ["", "Content-Length: 1\r\nContent-Length: 2\r\n", "no colon\r\n"])
@pytest.mark.parametrize(("status", "wish"), [(429, 120.0), (503, 120.0), (410, 120.0)])
def test_a_refusal_keeps_its_status_and_its_wish_to_wait_whatever_comes_behind_it(
    site: Site, fetcher: HttpFetcher, status: int, wish: float, broken: str
) -> None:
    answer = f"HTTP/1.1 {status} No\r\nRetry-After: 120\r\n{broken}Content-Encoding: br\r\n\r\n\xff"
    with pytest.raises(FetchError, match=str(status)) as caught:
        fetcher.post(site.serve("/", raw(answer.encode("latin-1"))), b"{}", status_only=True)
    assert (caught.value.status, caught.value.retry_after) == (status, wish)


@given(st.binary(max_size=300), st.sampled_from([b"200 OK", b"204", b"226 IM Used"]))
def test_the_law_of_the_status_line(behind: bytes, status: bytes) -> None:
    backend = httpcore2.MockBackend([b"HTTP/1.1 " + status + b"\r\n" + behind])
    fetcher = HttpFetcher(backend=backend, resolver=lambda host, port: ["93.184.216.34"])
    assert fetcher.post("http://desk.example/", b"{}", status_only=True).status == int(status[:3])


@given(st.binary(max_size=60))
def test_bytes_of_any_kind_are_an_answer_or_an_error(sent: bytes) -> None:
    backend = httpcore2.MockBackend([sent])
    fetcher = HttpFetcher(backend=backend, resolver=lambda host, port: ["93.184.216.34"])
    with pytest.raises(FetchError):
        fetcher.post("http://desk.example/", b"{}", status_only=True)


def test_a_body_that_somebody_needs_is_judged_as_before(site: Site, fetcher: HttpFetcher) -> None:
    with pytest.raises(FetchError, match="broke"):
        fetcher.post(site.serve("/", TAKEN["cut"]), b"{}")


# --- addresses for other clients -------------------------------------------------------------


def test_another_client_gets_all_the_addresses_of_a_host() -> None:
    fetcher = HttpFetcher(resolver=lambda host, port: ["93.184.216.34", "2606:2800:220:1::1"])
    assert fetcher.addresses("mail.example", 8025) == ["93.184.216.34", "2606:2800:220:1::1"]


def test_the_ports_of_mail_are_mails_alone() -> None:
    fetcher = HttpFetcher(resolver=lambda host, port: ["93.184.216.34"])
    mail = frozenset({25, 465, 587})
    assert fetcher.addresses("mail.example", 587, own_ports=mail)
    for port, own in ((587, frozenset[int]()), (6379, mail)):
        with pytest.raises(BlockedError, match=f"port {port} belongs to another service"):
            fetcher.addresses("mail.example", port, own_ports=own)


@pytest.mark.parametrize(
    "found", [["127.0.0.1"], ["93.184.216.34", "10.0.0.1"], ["64:ff9b::7f00:1"], ["::ffff:169.254.169.254"]]
)
def test_another_client_gets_no_address_that_may_not_be_reached(found: list[str]) -> None:
    with pytest.raises(BlockedError, match="is not public"):
        HttpFetcher(resolver=lambda host, port: found).addresses("mail.example", 587, own_ports={587})
    assert HttpFetcher(
        resolver=lambda host, port: found, allow_networks=["127.0.0.0/8", "10.0.0.0/8", "169.254.0.0/16"]
    ).addresses("mail.example", 587, own_ports={587})


def test_a_name_without_an_address_is_told() -> None:
    def unknown(host: str, port: int) -> list[str]:
        raise OSError("no such name")

    with pytest.raises(FetchError, match="could not be resolved"):
        HttpFetcher(resolver=unknown).addresses("nowhere.example", 587)
    with pytest.raises(FetchError, match="has no address"):
        HttpFetcher(resolver=lambda host, port: []).addresses("empty.example", 587)


# --- Retry-After ---------------------------------------------------------------------------


def test_retry_after_in_seconds_or_as_a_date() -> None:
    assert retry_after("120", NOW) == 120
    assert retry_after(format_datetime(NOW + timedelta(minutes=5), usegmt=True), NOW) == 300
    assert retry_after(format_datetime(NOW - timedelta(minutes=5), usegmt=True), NOW) == 0


def test_retry_after_is_at_most_a_day() -> None:
    assert retry_after("999999999999999999999999", NOW) == 86_400
    assert retry_after(format_datetime(NOW + timedelta(hours=88), usegmt=True), NOW) == 86_400


@given(st.text(max_size=40))
def test_retry_after_never_raises(value: str) -> None:
    seconds = retry_after(value, NOW)
    assert seconds is None or 0 <= seconds <= 86_400
