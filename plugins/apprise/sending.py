"""One attempt to send one message, in a process of its own.

Enters: what is to be sent, and the fetcher, which alone decides what may be connected to. Leaves: nothing
where the receiver took the message, else an error that says why and holds nothing of the URL.

The child (`child.py`) has no other way to the network than to ask here for every connection. It is ended
when its time is up, however it hangs, and starts anew for every message: a quarter of a second, so that
nothing of one message, one receiver or one token is left for the next.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote

from monitor import BlockedError, Fetcher, FetchError, Message, PluginError
from monitor_plugins.apprise import services

BOOT = (
    "import sys; sys.path[:] = sys.argv[2:];"
    " from monitor_plugins.apprise.child import main; main(int(sys.argv[1]))"
)
START_SECONDS = 60.0  # an interpreter's start on a busy machine, before the attempt's own time counts
LEAVE_SECONDS = 5.0  # for a service to log out, after the message was taken or not
_MAX_LINE = 4_000_000
_KEPT = ("LANG", "LC_ALL", "LC_CTYPE", "LD_LIBRARY_PATH", "PATH", "SSL_CERT_DIR", "SSL_CERT_FILE", "TZ")
"""Of the environment: no proxy, no certificates but those of OpenSSL itself, nobody's secrets."""


@dataclass(frozen=True)
class Letter:
    """A message as Apprise takes it; `kind` is one of its notification types."""

    url: str = field(repr=False)
    title: str
    body: str
    kind: str

    @property
    def scheme(self) -> str:
        return self.url.partition("://")[0].strip().lower()


def send(letter: Letter, fetcher: Fetcher | None, seconds: float) -> None:
    """Send `letter` within `seconds`, or raise FetchError or PluginError.

    Without a fetcher there is nobody to judge, and this machine alone is reached; the monitor always
    passes one.
    """
    judge = _Judge(letter, fetcher)
    with _Child() as child:
        outcome = child.attempt(letter, judge, seconds)
    error = _error(outcome, letter, judge.refusals)
    if error is not None:
        raise error


@dataclass
class _Judge:
    """Answers the child's questions. `refusals` holds what was refused, as errors."""

    letter: Letter
    fetcher: Fetcher | None
    refusals: list[FetchError] = field(default_factory=list)

    def answer(self, host: str, port: int) -> dict[str, Any]:
        try:
            return {"addresses": list(self._addresses(host, port))}
        except FetchError as error:
            self.refusals.append(error)
            return {"refused": str(error)}
        except Exception as error:  # a fetcher of somebody else's: the child must not wait for ever
            self.refusals.append(FetchError(f"{type(error).__name__}: {error}"))
            return {"refused": "error"}

    def _addresses(self, host: str, port: int) -> Sequence[str]:
        if self.fetcher is not None:
            return self.fetcher.addresses(host, port, own_ports=services.own_ports(self.letter.scheme))
        if host in ("127.0.0.1", "::1"):
            return [host]
        raise BlockedError(Message("notify.unjudged_host", host=host))


class _Child:
    """The parent's end of the child: started, asked once, ended."""

    def __init__(self) -> None:
        self._channel, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-c", BOOT, str(theirs.fileno()), *filter(None, sys.path)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(),),
                env={name: os.environ[name] for name in _KEPT if name in os.environ},
            )
        self._received = bytearray()

    def __enter__(self) -> _Child:
        return self

    def __exit__(self, *exception: object) -> None:
        self._process.kill()
        self._process.wait()
        self._channel.close()

    def attempt(self, letter: Letter, judge: _Judge, seconds: float) -> dict[str, Any]:
        """What came of it. Raises FetchError where it took longer, PluginError where the child died."""
        deadline = time.monotonic() + START_SECONDS
        task = {
            "url": letter.url,
            "title": letter.title,
            "body": letter.body,
            "type": letter.kind,
            "seconds": seconds,
        }
        try:
            self._send(task)
            while "outcome" not in (message := self._receive(deadline)):
                if "ready" in message:
                    deadline = time.monotonic() + seconds
                else:
                    self._reply(judge, *message["ask"])
        except TimeoutError:
            raise FetchError(
                Message("notify.late", scheme=letter.scheme, seconds=f"{seconds:g}"), status=None
            ) from None
        except (OSError, EOFError, ValueError):
            raise PluginError(Message("notify.died", scheme=letter.scheme, status=self._status())) from None
        outcome: dict[str, Any] = message["outcome"]
        with contextlib.suppress(OSError, EOFError, ValueError, KeyError):
            deadline = time.monotonic() + LEAVE_SECONDS
            while True:  # until it ends
                self._reply(judge, *self._receive(deadline)["ask"])
        return outcome

    def _reply(self, judge: _Judge, host: str, port: int) -> None:
        def reply() -> None:
            with contextlib.suppress(OSError):  # the child was ended meanwhile
                self._send(judge.answer(host, port))

        # In a thread, for a resolver may take longer than there is time.
        threading.Thread(target=reply, name=f"judge {host}", daemon=True).start()

    def _send(self, message: Mapping[str, Any]) -> None:
        # The child reads whatever it is sent before it does anything else.
        self._channel.sendall(json.dumps(message).encode("ascii") + b"\n")

    def _receive(self, deadline: float) -> dict[str, Any]:
        while (end := self._received.find(b"\n")) < 0:
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError
            self._channel.settimeout(left)
            piece = self._channel.recv(65_536)
            if not piece:
                raise EOFError
            self._received += piece
            if len(self._received) > _MAX_LINE:
                raise ValueError("a line too long")
        line = bytes(self._received[:end])
        del self._received[: end + 1]
        message: dict[str, Any] = json.loads(line)
        return message

    def _status(self) -> int | None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(1.0)
        return self._process.returncode


# --- what is told ------------------------------------------------------------------------


def _error(
    outcome: Mapping[str, Any], letter: Letter, refusals: Sequence[FetchError]
) -> FetchError | PluginError | None:
    """Why the message was not taken; None where it was."""
    if outcome.get("taken"):
        return None
    if "trouble" in outcome:
        return PluginError(_trouble(outcome, letter))
    if refusals:
        return refusals[-1]
    service = outcome["service"]
    if outcome["stopped"]:
        return PluginError(Message("notify.stopped", service=service, event=outcome["stopped"][-1]))
    facts = outcome["facts"]
    bad = [fact for fact in facts if fact["failure"] or fact["status"] >= (400 if fact["mail"] else 300)]
    for fact in bad[-1:] or [fact for fact in facts[-1:] if not fact["mail"]]:
        return _of_fact(fact, service, letter)
    return PluginError(Message("notify.not_taken", service=service))


def _trouble(outcome: Mapping[str, Any], letter: Letter) -> Message:
    match outcome["trouble"]:
        case "raised":
            return Message("notify.raised", scheme=letter.scheme, error=outcome["error"])
        case "several":
            return Message("notify.several")
        case "scheme":
            return services.refusal(outcome["scheme"]) or Message("notify.unknown", scheme=outcome["scheme"])
        case "insecure":
            return Message("notify.insecure", scheme=outcome["scheme"])
    if outcome.get("packages"):
        return Message("notify.packages", scheme=letter.scheme, packages=outcome["packages"])
    return Message("notify.url", scheme=letter.scheme)


def _of_fact(fact: Mapping[str, Any], service: str, letter: Letter) -> FetchError:
    host, status = fact["host"], fact["status"]
    if fact["failure"] == "redirect":
        return FetchError(
            Message("notify.redirect", service=service, host=host, status=_phrase(status)), status=status
        )
    if fact["failure"]:
        return FetchError(Message(f"notify.{fact['failure']}_host", service=service, host=host))
    if fact["mail"]:
        return FetchError(Message("notify.mail", host=host, code=status))
    word = "" if _repeats(letter.url, fact["word"]) else fact["word"]
    key = "notify.answered_word" if word else "notify.answered"
    return FetchError(
        Message(key, service=service, host=host, status=_phrase(status), word=word),
        status=status if status >= 300 else None,
        retry_after=fact["retry_after"],
    )


def _repeats(url: str, word: str) -> bool:
    """Whether a server's word may be what it was sent: it is part of the URL, or holds a part of it."""
    sent = unquote(url).lower()
    return word in sent or any(len(part) > 3 and part in word for part in re.findall(r"[^\W_]+", sent))


def _phrase(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)
