"""A receiver on this machine that answers as the services do, over HTTP or TLS at one port."""

from __future__ import annotations

import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPMessage, parse_headers
from pathlib import Path
from typing import Any, BinaryIO

TLS = Path(__file__).parent / "tls"
CA = TLS / "ca.pem"
"""Of `server.pem`, which is valid for the hosts of all services, for host.example and mail.example. The
authority's own key was thrown away; tests/plugins/apprise/tls/README.md says how both were made."""


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    headers: HTTPMessage
    body: bytes

    @property
    def host(self) -> str:
        return self.headers.get("host", "").partition(":")[0]

    @property
    def json(self) -> Any:
        return json.loads(self.body)


Answer = Callable[[Request], bytes]
"""The bytes of the answer, status line and all."""


def http(body: bytes | dict[str, Any] = b"", status: str = "200 OK", *headers: str) -> bytes:
    """An answer with this body; a dict is JSON."""
    if isinstance(body, dict):
        body, headers = json.dumps(body).encode(), ("Content-Type: application/json", *headers)
    lines = [f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body)}", "Connection: close", "", ""]
    return "\r\n".join(lines).encode() + body


@dataclass
class Receiver:
    """What was asked for, and how it is answered. After an answer the connection is closed, unless
    `hold` is set: then it stays open for as long as the other side wants it."""

    port: int
    answer: Answer
    hold: bool = False
    requests: list[Request] = field(default_factory=list)
    heard: threading.Event = field(default_factory=threading.Event)


@contextmanager
def receiver(answer: Answer | bytes, hold: bool = False) -> Iterator[Receiver]:
    """A receiver that ends with the test."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(TLS / "server.pem")
    listener = socket.create_server(("127.0.0.1", 0), backlog=50)
    answering = (lambda request: answer) if isinstance(answer, bytes) else answer
    state = Receiver(listener.getsockname()[1], answering, hold)
    threads: list[threading.Thread] = []
    open_ones: list[socket.socket] = []

    def serve(plain: socket.socket) -> None:
        one = plain
        try:
            if plain.recv(1, socket.MSG_PEEK) == b"\x16":  # a TLS handshake
                one = context.wrap_socket(plain, server_side=True)
            with one, one.makefile("rb") as lines:
                request = _request(lines)
                if request is not None:
                    state.requests.append(request)
                    state.heard.set()
                    one.sendall(state.answer(request))
                while state.hold and one.recv(1024):
                    pass
        except OSError:
            return
        finally:
            one.close()

    def accept() -> None:
        while True:
            try:
                one, _ = listener.accept()
            except OSError:
                return
            open_ones.append(one)
            thread = threading.Thread(target=serve, args=(one,), daemon=True)
            threads.append(thread)
            thread.start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield state
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for thread in threads:
            thread.join(10)


def _request(lines: BinaryIO) -> Request | None:
    first = lines.readline(65_536).decode("latin-1").split()
    if len(first) != 3:
        return None
    headers = parse_headers(lines)
    if headers.get("transfer-encoding") == "chunked":
        body = b""
        while size := int(lines.readline(), 16):
            body += lines.read(size)
            lines.readline()
        lines.readline()
    else:
        body = lines.read(int(headers.get("content-length", 0)))
    return Request(first[0], first[1], headers, body)
