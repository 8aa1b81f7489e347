"""Browsers that logged in before, known again by a signed cookie: OWASP's device cookies
(https://owasp.org/www-community/Slow_Down_Online_Guessing_Attacks_with_Device_Cookies).

The cookie proves nothing about who sits there and opens no door. It says only that somebody with the
account's password once used this browser, so that its tries are counted apart from strangers' (`tries`).
It holds up to MAX_ACCOUNTS marks, the latest first: a random nonce and, under the installation's key, its
HMAC-SHA-256 with the account's name, which the cookie does not tell. Nothing is stored for it.
"""

from __future__ import annotations

import hmac
import re
import secrets

COOKIE = "monitor_device"
LIFE_SECONDS = 365 * 86_400
MAX_ACCOUNTS = 5

_MARK = re.compile(r"[A-Za-z0-9_-]{22}\.[0-9a-f]{64}")


class Devices:
    """Makes and knows the cookie. `key` is one of the installation's, for this purpose alone."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def known(self, cookie: str, name: str) -> str:
        """The browser's own name where its cookie has the account's mark, else ""."""
        for mark in _marks(cookie):
            if hmac.compare_digest(mark, self._mark(mark.partition(".")[0], name)):
                return mark.partition(".")[0]
        return ""

    def remembered(self, cookie: str, name: str) -> str:
        """The cookie with the account's mark in front, after a log-in."""
        nonce = self.known(cookie, name) or secrets.token_urlsafe(16)
        mine = self._mark(nonce, name)
        return "~".join([mine, *(mark for mark in _marks(cookie) if mark != mine)][:MAX_ACCOUNTS])

    def _mark(self, nonce: str, name: str) -> str:
        signed = f"{nonce}\0{name}".encode("utf-8", "surrogatepass")
        return f"{nonce}.{hmac.digest(self._key, signed, 'sha256').hex()}"


def _marks(cookie: str) -> list[str]:
    """What may be marks of ours; of a longer cookie than ours nothing beyond is looked at."""
    return [mark for mark in cookie.split("~", MAX_ACCOUNTS)[:MAX_ACCOUNTS] if _MARK.fullmatch(mark)]
