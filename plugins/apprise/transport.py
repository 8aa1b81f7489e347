"""How `requests` and `smtplib` behave in the sending child, and what they were told.

Apprise's services call `requests.post` and the like, each in its own module, so the class under them all is
changed, in this process only:

* no proxy, certificate or password comes from the environment or from ~/.netrc;
* no redirect is followed: a POST that is redirected would arrive without its text (RFC 9110, section
  15.4), and a GET would carry its tokens to somebody else;
* an answer's status stands whatever its body is. As much of the body is read as comes soon, for there are
  services whose body says more than their status ("errcode"); what cannot be read is left out;
* every wait is as long as configured.

Enters: `hold(...)`, once. Leaves: a `Fact` for every exchange. No fact holds a part of an address but its
host; of what a server wrote, `told` stays in this process, and `word` is a number or a short plain word.
"""

from __future__ import annotations

import functools
import json
import re
import smtplib
import ssl
import threading
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import requests

BODY_BYTES = 1_000_000
BODY_SECONDS = 5.0

_ENCODINGS = "gzip, deflate"
_WORD = re.compile(r"-?[0-9]{1,7}|(?=.{2,40}\Z)[a-z]+(?:_[a-z]+)*")
_WORD_KEYS = ("errcode", "error_code", "code", "StatusCode", "errno", "error", "status")


@dataclass(frozen=True, slots=True)
class Fact:
    """One exchange: with which host, and what came of it.

    `status` is the HTTP status or the code of the mail server's last reply, 0 where there was none;
    `failure` is "late", "tls", "unreached", "redirect", "starttls" or "login"; `retry_after` in seconds;
    `told` is the JSON object that the body holds, if it does, and `word` the error that it names.
    """

    host: str
    mail: bool = False
    status: int = 0
    failure: str = ""
    retry_after: int | None = None
    word: str = ""
    told: Mapping[str, Any] = field(default_factory=dict, repr=False)


Note = Callable[[Fact], None]


def hold(note: Note, seconds: float | None) -> None:
    """Change `requests` and `smtplib` for the rest of this process's life.

    A wait for an HTTP answer lasts `seconds`, or as long as the caller says where that is None.
    """
    _hold_requests(note, seconds)
    _hold_smtp(note)


# --- HTTP --------------------------------------------------------------------------------


def _hold_requests(note: Note, seconds: float | None) -> None:
    session: Any = requests.Session
    begin, send = session.__init__, session.send

    @functools.wraps(begin)
    def begin_alone(self: requests.Session) -> None:
        begin(self)
        self.trust_env = False

    @functools.wraps(send)
    def send_once(
        self: requests.Session, request: requests.PreparedRequest, **options: Any
    ) -> requests.Response:
        host = urlsplit(request.url or "").hostname or ""
        request.headers["Accept-Encoding"] = _ENCODINGS
        options |= {"allow_redirects": False, "stream": True, "proxies": {}}
        if seconds is not None:
            options["timeout"] = (seconds, seconds)
        try:
            response: requests.Response = send(self, request, **options)
        except requests.exceptions.RequestException as error:
            note(Fact(host, failure=_failure(error)))
            raise
        if response.is_redirect:
            note(Fact(host, status=response.status_code, failure="redirect"))
            raise requests.exceptions.TooManyRedirects("not followed")
        body = _body(response)
        response._content = body
        response._content_consumed = True
        told = _told(body)
        note(
            Fact(
                host,
                status=response.status_code,
                retry_after=_seconds(response.headers.get("Retry-After", "")),
                word=_word(told),
                told=told,
            )
        )
        return response

    session.__init__, session.send = begin_alone, send_once


def _failure(error: requests.exceptions.RequestException) -> str:
    if isinstance(error, requests.exceptions.Timeout):
        return "late"
    return "tls" if isinstance(error, requests.exceptions.SSLError) else "unreached"


def _body(response: requests.Response) -> bytes:
    """What can be read of the body within `BODY_BYTES` and `BODY_SECONDS`; b"" where that is nothing.

    It is read in a thread that is left alone afterwards: the process ends with the message.
    """
    raw = bytearray()

    def read() -> None:
        try:
            for chunk in response.raw.stream(8192, decode_content=False):
                raw.extend(chunk)
                if len(raw) >= BODY_BYTES:
                    return
        except Exception:  # cut, lying or late: the status has been told
            return

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    thread.join(BODY_SECONDS)
    return _decoded(bytes(raw[:BODY_BYTES]), response.headers.get("Content-Encoding", "").strip().lower())


def _decoded(raw: bytes, coding: str) -> bytes:
    if coding in ("", "identity"):
        return raw
    if coding not in ("gzip", "x-gzip", "deflate"):
        return b""
    for bits in (47, -15):  # gzip or zlib by their header, or deflate without one
        try:
            return zlib.decompressobj(bits).decompress(raw, BODY_BYTES)
        except zlib.error:
            continue
    return b""


def _seconds(value: str) -> int | None:
    value = value.strip()
    return int(value[:12]) if value.isascii() and value.isdigit() else None


def _told(body: bytes) -> Mapping[str, Any]:
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}


def _word(told: Mapping[str, Any]) -> str:
    """The error code in a JSON object, where it is a number or a short plain word."""
    for key in _WORD_KEYS:
        value = told.get(key)
        if isinstance(value, int | str) and not isinstance(value, bool) and _WORD.fullmatch(str(value)):
            return str(value)
    return ""


# --- mail --------------------------------------------------------------------------------


def _hold_smtp(note: Note) -> None:
    smtp: Any = smtplib.SMTP
    connect, reply, starttls, login = smtp.connect, smtp.getreply, smtp.starttls, smtp.login

    @functools.wraps(connect)
    def connecting(self: Any, host: str = "localhost", *arguments: Any, **options: Any) -> Any:
        self._monitor_host = host
        try:
            return connect(self, host, *arguments, **options)
        except OSError as error:
            note(Fact(host, mail=True, failure=_mail_failure(error)))
            raise

    @functools.wraps(reply)
    def replied(self: Any) -> tuple[int, bytes]:
        try:
            code, text = reply(self)
        except (OSError, smtplib.SMTPException) as error:
            note(Fact(self._monitor_host, mail=True, failure=_mail_failure(error)))
            raise
        note(Fact(self._monitor_host, mail=True, status=max(code, 0)))
        return code, text

    @functools.wraps(starttls)
    def secured(self: Any, *arguments: Any, **options: Any) -> Any:
        try:
            return starttls(self, *arguments, **options)
        except smtplib.SMTPNotSupportedError:
            note(Fact(self._monitor_host, mail=True, failure="starttls"))
            raise
        except OSError as error:
            note(Fact(self._monitor_host, mail=True, failure=_mail_failure(error)))
            raise

    @functools.wraps(login)
    def logged_in(self: Any, *arguments: Any, **options: Any) -> Any:
        try:
            return login(self, *arguments, **options)
        except smtplib.SMTPNotSupportedError:
            note(Fact(self._monitor_host, mail=True, failure="login"))
            raise

    smtp.connect, smtp.getreply, smtp.starttls, smtp.login = connecting, replied, secured, logged_in


def _mail_failure(error: Exception) -> str:
    # smtplib tells of a wait that ended as of a server that is gone.
    if isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError):
        return "late"
    return "tls" if isinstance(error, ssl.SSLError) else "unreached"
