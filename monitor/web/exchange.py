"""One request and its answer, of which there is one, whatever the application does.

The body is counted as it is read, and answered with 413 here the moment it is too large: what an application
makes of a body that ends early must not reach the client. Every answer carries the security headers. An
answer that is given before the body was read to its end closes the connection, for nobody may go on sending
for ever what nobody reads; and it reads on for a moment before that, because a connection closed with unread
bytes in it is reset, and the client may then never see the answer (RFC 9112 9.6).
"""

from __future__ import annotations

from collections.abc import Sequence

from anyio import move_on_after
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from monitor.messages import Message as Sentence
from monitor.web import answers

CLOSE = {"Connection": "close"}
"""Headers of an answer after which the connection cannot be trusted to bring a request."""

LINGER_SECONDS, LINGER_BYTES = 2.0, 4_000_000

# Streamlit and Swagger UI run inline scripts, so scripts are not restricted; but whatever an
# article's text might smuggle into a page can neither load nor send anything elsewhere.
_POLICY = (
    "connect-src 'self'; img-src 'self' data: blob:; media-src 'self'; font-src 'self' data:; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'self'; object-src 'none'"
)
_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
    (b"content-security-policy", _POLICY.encode()),
)


class Exchange:
    """What stands between the server's `receive` and `send` and an application's."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, max_body: int) -> None:
        headers = Headers(scope=scope)
        self._scope = scope
        self._receive = receive
        self._send = send
        self._max_body = max_body
        self._read = 0
        self._unread = "transfer-encoding" in headers or headers.get("content-length", "0") != "0"
        self._started = False
        self._closes = False
        self.is_refused = False

    async def receive(self) -> Message:
        """What the application reads."""
        if self.is_refused:
            return {"type": "http.disconnect"}
        message = await self._receive()
        if message["type"] == "http.request":
            self._read += len(message.get("body", b""))
            self._unread = message.get("more_body", False)
            if self._read > self._max_body:
                await self.refuse(too_large(self._scope, self._max_body))
                return {"type": "http.disconnect"}
        return message

    async def send(self, message: Message) -> None:
        """What the application answers."""
        if not self.is_refused:
            await self._answer(message)

    async def refuse(self, answer: Response) -> None:
        """Answer this in place of the application; nothing more where an answer has begun."""
        if self.is_refused:
            return
        self.is_refused = True
        if self._scope["type"] == "websocket":
            # Before acceptance a close is answered as 403, and says no more; the code is for the log alone.
            await self._send({"type": "websocket.close", "code": 1011 if self._started else 1008})
        elif not self._started:
            start = {"type": "http.response.start", "status": answer.status_code}
            await self._answer({**start, "headers": answer.raw_headers})
            await self._answer({"type": "http.response.body", "body": bytes(answer.body)})

    async def _answer(self, message: Message) -> None:
        kind = message["type"]
        if kind in ("http.response.start", "websocket.http.response.start"):
            message = {**message, "headers": self._headers(message.get("headers", ()))}
        self._started = self._started or kind in ("http.response.start", "websocket.accept")
        if kind == "http.response.body" and self._closes and not message.get("more_body", False):
            await self._send({**message, "more_body": True})
            await self._linger()
            message = {"type": kind, "body": b""}
        await self._send(message)

    def _headers(self, headers: Sequence[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        present = {name.lower(): value for name, value in headers}
        found = [*headers, *(pair for pair in _HEADERS if pair[0] not in present)]
        closes = present.get(b"connection", b"").lower() == b"close"
        if self._unread and not closes and self._scope["type"] == "http":
            found.append((b"connection", b"close"))
        self._closes = self._unread or closes
        return found

    async def _linger(self) -> None:
        read = 0
        with move_on_after(LINGER_SECONDS):
            while self._unread and read < LINGER_BYTES:
                message = await self._receive()
                read += len(message.get("body", b""))
                self._unread = message["type"] == "http.request" and message.get("more_body", False)


def too_large(scope: Scope, most: int) -> Response:
    """The answer to a body of more than `most` bytes."""
    return answers.refusal(scope, 413, Sentence("web.large", most=most), CLOSE)
