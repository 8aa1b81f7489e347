"""A request made by hand, as servers make them, where a client's library would tidy it up."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse

from monitor.store import Store
from monitor.web.guard import Guard


class Asked:
    """One request by hand, as servers make them, and what was answered."""

    def __init__(self, path: str = "/api/me", *chunks: bytes, method: str = "POST", **headers: Any) -> None:
        pairs = [("host", "localhost"), *((name.replace("_", "-"), value) for name, value in headers.items())]
        raw = [
            (name.encode(), value.encode())
            for name, values in pairs
            for value in (values if isinstance(values, list) else [values])
        ]
        self.scope = {
            "type": "http",
            "method": method,
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "headers": [pair for pair in raw if pair[1] != b"none"],
            "client": ("127.0.0.1", 1),
            "scheme": "http",
        }
        self.chunks = list(chunks)
        self.sent: list[dict[str, Any]] = []
        self.reads = 0

    async def receive(self) -> dict[str, Any]:
        self.reads += 1
        if self.done or (not self.chunks and self.reads > 1):
            return {"type": "http.disconnect"}
        body = self.chunks.pop(0) if self.chunks else b""
        return {"type": "http.request", "body": body, "more_body": bool(self.chunks)}

    async def send(self, message: Any) -> None:
        assert not self.done, "an answer is given once"
        self.sent.append(message)

    @property
    def done(self) -> bool:
        last = self.sent[-1] if self.sent else {}
        return last.get("type") == "http.response.body" and not last.get("more_body", False)

    def through(self, app: Any) -> tuple[int, dict[str, str], str]:
        """Status, headers and body of the answer."""
        asyncio.run(app(self.scope, self.receive, self.send))
        assert self.done
        start, *body = self.sent
        headers = {name.decode(): value.decode() for name, value in start["headers"]}
        return start["status"], headers, b"".join(part["body"] for part in body).decode()


async def reads_everything(scope: Any, receive: Any, send: Any) -> None:
    try:
        read = f"read {len(await Request(scope, receive).body())}"
    except Exception:  # as frameworks do, which then answer something else
        await PlainTextResponse("could not be parsed", 400)(scope, receive, send)
        return
    await PlainTextResponse(read)(scope, receive, send)


@pytest.fixture
def guarded(sqlite_store: Store, now: datetime) -> Callable[..., Guard]:
    def make(app: Any = reads_everything, **options: Any) -> Guard:
        return Guard(app, store=sqlite_store, now=lambda: now, max_body=1000, **options)

    return make


@pytest.fixture
def ask() -> Callable[..., Asked]:
    """Makes requests: `ask("/api/me", b"chunk", content_length="5").through(app)`."""
    return Asked
