"""A classifier that another process hosts (`monitor.classification.hosting`), asked over HTTP."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Sequence
from dataclasses import replace
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from typing import Any

from pydantic import ValidationError

from monitor.classification.wire import ARTICLES, ASKED, EXPLANATION, PREDICTIONS, Address, Asked, received
from monitor.errors import AwayError, BusyError, ModelError, UserError
from monitor.messages import Message
from monitor.records import Article, Explanation, Prediction

TIMEOUT_SECONDS = 120.0
"""A long line and a model that is being exchanged take a while; a host that is gone is noticed at once."""

FIRST_PAUSE_SECONDS = 0.25
"""After which a host that went away is asked again; then twice as long, and so on."""

MOST_PAUSE_SECONDS = 2.0


class RemoteClassifier:
    """Classifies and explains at `address`. Thread-safe; every call has a connection of its own.

    What was asked of a host that went away meanwhile is asked again for `patience_seconds`: where several
    processes stand behind the address, one of them may be gone and the next one answers. Who was away for so
    long is asked once at a time until it answers. `silent` is the message's key of what is told of it.
    """

    def __init__(
        self,
        address: Address,
        *,
        timeout_seconds: float = TIMEOUT_SECONDS,
        patience_seconds: float = 0.0,
        silent: str = "classifier.silent",
    ) -> None:
        self._address = address
        self._timeout = timeout_seconds
        self._patience = patience_seconds
        self._silent = silent
        self._away = False

    def classify(self, articles: Sequence[Article]) -> Sequence[Prediction]:
        """One prediction per article, in order. Raises ModelError, of it AwayError where nobody answers, and
        BusyError."""
        body = self._post("/classify", ARTICLES.dump_json([_sendable(article) for article in articles]))
        return received(self._read(PREDICTIONS, body))

    def explain(self, article: Article, target: str) -> Explanation:
        """As `ServedClassifier.explain`. Raises UserError, ModelError."""
        body = self._post("/explain", ASKED.dump_json(Asked(_sendable(article), target)))
        found: Explanation = self._read(EXPLANATION, body)
        return found

    def _post(self, path: str, body: bytes) -> bytes:
        until = time.monotonic() + self._patience
        pause = FIRST_PAUSE_SECONDS
        while True:
            try:
                content = self._posted(path, body)
            except AwayError:
                if self._away or time.monotonic() + pause > until:
                    self._away = True
                    raise
            else:
                self._away = False
                return content
            time.sleep(pause)
            pause = min(2 * pause, MOST_PAUSE_SECONDS)

    def _posted(self, path: str, body: bytes) -> bytes:
        connection = _Connection(self._address, self._timeout)
        try:
            connection.request("POST", path, body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            status, content = answer.status, answer.read()
        except (OSError, HTTPException) as error:
            reason = str(error) or type(error).__name__
            raise AwayError(Message(self._silent, address=str(self._address), reason=reason)) from error
        finally:
            connection.close()
        if status == 200:
            return content
        try:
            detail = Message.decoded(str(json.loads(content)["detail"]))
        except (ValueError, KeyError, TypeError, RecursionError):
            # No answer of ours: what stands before the host says that it is gone, or has enough to do.
            answered = Message("classifier.answered", address=str(self._address), status=status)
            busy = status == HTTPStatus.SERVICE_UNAVAILABLE and b"backpressure" in content
            raise (BusyError if busy else AwayError)(answered) from None
        raise {503: BusyError, 422: UserError}.get(status, ModelError)(detail)

    def _read(self, kind: Any, body: bytes) -> Any:
        try:
            return kind.validate_json(body)
        except ValidationError as error:
            reason = error.errors()[0]["msg"]
            unusable = Message("classifier.unusable", address=str(self._address), reason=reason)
            raise ModelError(unusable) from error


class _Connection(HTTPConnection):
    """To a port, or to a unix socket."""

    def __init__(self, address: Address, timeout: float) -> None:
        super().__init__(address.host or "classifier", address.port or None, timeout=timeout)
        self._path = address.socket

    def connect(self) -> None:
        if not self._path:
            super().connect()
            return
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


def _sendable(article: Article) -> Article:
    """The article without halves of characters, which no UTF-8 can carry."""

    def whole(text: str) -> str:
        return text.encode("utf-8", "replace").decode()

    return replace(
        article, title=whole(article.title), text=whole(article.text), content=whole(article.content)
    )
