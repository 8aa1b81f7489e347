"""Notifier `webhook`: a signed HTTP POST after the Standard Webhooks specification.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md

The body is ``{"type": "alert.opened", "timestamp": ..., "data": PAYLOAD}``; what is about no single alert
is of a type such as ``monitor.digest``. `webhook-id` is the delivery's id, the same at every attempt: a
receiver drops what it has seen. The signature is HMAC-SHA256 over ``id.timestamp.body``, so any Standard
Webhooks library verifies it. While a secret is changed for another, messages are signed with both: a header
may hold several signatures, and a receiver takes one that it knows ("zero downtime secret rotation" there).
It goes through the monitor's fetcher: [fetch] allow_networks governs it.

An answer of 2xx means that the receiver has the message, whatever its body is or is not: were it sent
again for a body that nobody reads, it would be sent at every attempt.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import re
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import ClassVar
from urllib.parse import quote, unquote, urlsplit

from monitor import Delivery, Fetcher, FetchError, Message, Notifier, hookimpl

PREFIX = "whsec_"
SIZES = range(24, 65)
"""Bytes of a key, as the specification bounds them."""

DISTINCT = 12
"""A key of random bytes has more distinct ones, all but one time in a million million."""

_FORBIDDEN = re.compile(r"[\x00-\x20\x7f-\xa0\\]")

_MAKE = (
    'make one with: python -c "import base64, secrets;'
    " print('whsec_' + base64.b64encode(secrets.token_bytes(32)).decode())\""
)


@dataclass
class Webhook:
    """Posts to `url`, signed with `secret` ("whsec_" and 24 to 64 random bytes in base64), and with
    `old_secret` too while there are receivers that know only that."""

    url: str = field(repr=False)  # some receivers put their token in it
    secret: str = field(repr=False)
    old_secret: str = field(default="", repr=False)

    kind: ClassVar[str] = "webhook"

    def __post_init__(self) -> None:
        if _FORBIDDEN.search(self.url):
            raise ValueError("url: an address holds no blank, no backslash and no control character")
        try:
            parts = urlsplit(self.url)
            usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
        except ValueError:  # which repeats what may be a password
            usable = False
        if not usable:
            raise ValueError("url: expected an address that begins with https:// or http://")
        if "@" in parts.netloc:
            raise ValueError("url: an address with a user name or password is not sent to; use a token")
        signing_key(self.secret)
        if self.old_secret:
            signing_key(self.old_secret, "old_secret")

    def send(self, delivery: Delivery, fetcher: Fetcher) -> None:
        body = json.dumps(
            {
                "type": f"{'alert' if delivery.alert_id else 'monitor'}.{delivery.event}",
                "timestamp": delivery.created_at.isoformat(),
                "data": dict(delivery.payload),
            },
            ensure_ascii=False,
            allow_nan=False,
            separators=(",", ":"),
        ).encode("utf-8", "replace")
        at = str(int(time.time()))  # of this attempt: the receiver refuses what is minutes old
        headers = {
            "content-type": "application/json",
            "webhook-id": delivery.id,
            "webhook-timestamp": at,
            "webhook-signature": " ".join(
                sign(signing_key(secret), delivery.id, at, body)
                for secret in (self.secret, self.old_secret)
                if secret
            ),
        }
        try:
            fetcher.post(self.url, body, headers, status_only=True)
        except FetchError as error:
            told = _without_secrets(error, self.url)
            raise type(error)(told, status=error.status, retry_after=error.retry_after) from None


def _without_secrets(error: FetchError, url: str) -> str:
    """What `error` says, without what follows the host in `url`, however it is spelled there.

    A message of the monitor's own stays one, to be said in the reader's language, unless it holds that as a
    whole; of any other text every part of it is hidden, wherever the host's name does not hold it as well.
    """
    told = error.told
    parts = urlsplit(url)
    whole = {url.partition(parts.netloc)[2], parts.path, parts.query, parts.fragment}
    if isinstance(told, Message) and not any(text in told for text in _spellings(whole)):
        return told
    host = parts.hostname or parts.netloc
    hidden = str(told).replace(host, "\0")
    for text in sorted(_spellings(whole | set(parts.path.split("/"))), key=len, reverse=True):
        hidden = hidden.replace(text, "…")
    return hidden.replace("\0", host)


def _spellings(texts: Iterable[str]) -> set[str]:
    return {
        spelling
        for text in texts
        for spelling in (text, quote(text), quote(text, safe=""), unquote(text), repr(text)[1:-1])
        if len(spelling) > 3
    }


def sign(key: bytes, message_id: str, at: str, body: bytes) -> str:
    """One signature of `webhook-signature`: version 1, symmetric."""
    signed = b".".join((message_id.encode(), at.encode(), body))
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def signing_key(secret: str, option: str = "secret") -> bytes:
    """The key in `secret`; ValueError, which names the option and does not repeat it, where it is missing or
    weak."""
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not secret.startswith(PREFIX) or len(key) not in SIZES:
        raise ValueError(f"{option}: expected whsec_ and 24 to 64 random bytes in base64; {_MAKE}")
    if len(set(key)) < DISTINCT:
        raise ValueError(f"{option}: too few distinct bytes to be random; {_MAKE}")
    return key


@hookimpl
def register_notifiers() -> list[type[Notifier]]:
    """The bundled webhook notifier."""
    return [Webhook]
