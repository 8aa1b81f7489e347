"""Texts without secrets: known values wherever they stand, and what looks like a secret by its form or place.

A secret reaches a log by ways nobody planned: an address in an error, a header in a library's debug
line, a row in a traceback. So it is looked for in three ways: by its value, in every spelling it may take
on the way (in an address, in JSON, in a repr, in base64); by its place (a password in an address, a
header, a key named like one); and by the form of the secrets that this program makes itself.

    Redact(["hunter22"]).text("GET https://ann:hunter22@news.example/")   # GET https://***@news.example/

Every expression here reads a text once, whatever stands in it: a log line may be anybody's text.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Mapping
from html import escape
from itertools import islice
from typing import Any
from urllib.parse import quote, quote_plus, unquote

HIDDEN = "***"
SHORTEST = 4
"""Characters of a known value that is looked for; a shorter one would turn harmless words into stars."""

MOST_DEPTH, MOST_ITEMS = 6, 100
"""Of a nested value; what is deeper is shown as its text, what is more is counted."""

NAMES = r"(?:[\w.-]{0,40}(?:secret|passw(?:or)?d|passphrase|token|api[_-]?key|credential|signature)|pwd|sig)"
"""Names of what is secret, of options, parameters and fields."""

_SECRET_KEY = re.compile(
    r"secret|passw(?:or)?d|passphrase|\bpwd\b|token|authori[sz]ation|api_?key|private_?key|cookie|credential"
    r"|signature|session",
    re.IGNORECASE,
)
_USER_INFO = re.compile(r"(?<=://)[^/\s'\"<>]{1,2000}(?=@)")
_PARAMETER = re.compile(rf"([?&;](?:{NAMES}|key|auth|code|access)=)[^&\s'\"#]{{1,4000}}", re.IGNORECASE)
_QUOTED = r"b?\"[^\"\n]{1,4000}\"?|b?'[^'\n]{1,4000}'?"
_ASSIGNED = re.compile(
    rf"\b({NAMES})(?:(b?[\"']?\s{{0,3}}[=:]\s{{0,3}}|[\"']\s?,\s?)(?:{_QUOTED})"
    # Without quotes: after "=" any word, after ":" one that is no plain word of a sentence.
    r"|(b?[\"']?\s{0,3}=\s{0,3})[^\s,;&'\")\]}]{1,4000}"
    r"|(:\s{0,3})(?=[a-z.!?-]{0,40}[^\s,;'\")\]}a-z.!?-])[^\s,;'\")\]}]{4,4000})",
    re.IGNORECASE,
)
_HEADER = re.compile(
    r"\b((?:proxy-)?authorization|(?:set-)?cookie2?|x-(?:api-key|auth-token|csrf-token|streamlit-user))"
    r"(b?[\"']?\s{0,3}[=:,]\s{0,3}\[?)(b?\"[^\"\n]{1,8000}\"?|b?'[^'\n]{1,8000}'?|[^\n'\"]{1,8000})",
    re.IGNORECASE,
)
_BEARER = re.compile(r"\b(bearer|token)\s{1,3}[\w.~+/=-]{8,4000}", re.IGNORECASE)
_BASIC = re.compile(r"\b((?i:basic))\s{1,3}(?=[a-z+/]{0,200}[A-Z0-9=])[A-Za-z0-9+/]{8,2000}={0,2}")
# What this program makes: sessions, tokens and links are 32 bytes in base64 without padding; password
# hashes name their algorithm; the keys of signed webhooks their kind.
_OWN = re.compile(
    r"(?<![\w-])(?=[\w-]{0,42}[a-z])(?=[\w-]{0,42}[A-Z])[\w-]{43}(?![\w-])"
    r"|\$argon2\w{0,2}\$[\w$=,+/.-]{10,500}|\bwhsec_[\w+/=-]{8,500}"
)
_SETUP = re.compile(r"(/setup/)[^\s/'\"]{8,200}")
_PRIVATE_KEY = re.compile(
    r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----.{0,8000}?(?:-----END [A-Z ]{0,40}PRIVATE KEY-----|\Z)",
    re.DOTALL,
)


class Redact:
    """Hides secrets: `secrets` are values to hide wherever they stand, in any spelling."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        known = {one for secret in secrets for one in spellings(secret)}
        self._known = sorted(known, key=len, reverse=True)

    def text(self, text: str) -> str:
        """`text` without secrets."""
        for known in self._known:
            text = text.replace(known, HIDDEN)
        text = _USER_INFO.sub(HIDDEN, text)
        text = _PARAMETER.sub(rf"\1{HIDDEN}", text)
        text = _SETUP.sub(rf"\1{HIDDEN}", text)
        text = _HEADER.sub(rf"\1\2{HIDDEN}", text)
        text = _ASSIGNED.sub(lambda m: f"{m[1]}{m[2] or m[3] or m[4]}{HIDDEN}", text)
        text = _BEARER.sub(rf"\1 {HIDDEN}", text)
        text = _BASIC.sub(rf"\1 {HIDDEN}", text)
        text = _OWN.sub(HIDDEN, text)
        return _PRIVATE_KEY.sub(HIDDEN, text)

    def value(self, name: str, value: Any, depth: int = 0) -> Any:
        """`value`, which stands under `name`, without secrets: JSON's kinds as they are, all else as text."""
        if value is None or isinstance(value, bool | int | float):
            return value
        if value and _SECRET_KEY.search(name):
            return HIDDEN
        if isinstance(value, str):
            return self.text(value)
        if depth < MOST_DEPTH and isinstance(value, Mapping):
            pairs = list(islice(value.items(), MOST_ITEMS))
            found = {self.text(str(inner)): self.value(str(inner), part, depth + 1) for inner, part in pairs}
            return found | ({"more": len(value) - MOST_ITEMS} if len(value) > MOST_ITEMS else {})
        if depth < MOST_DEPTH and isinstance(value, list | tuple | set | frozenset):
            items = [self.value("", part, depth + 1) for part in islice(value, MOST_ITEMS)]
            return items + ([f"{len(value) - MOST_ITEMS} more"] if len(value) > MOST_ITEMS else [])
        return self.text(shown(value))


def spellings(secret: str) -> set[str]:
    """The ways in which a secret may be written: as it is, in an address, in JSON, in Python, in HTML, in
    base64, and each of its lines. What is shorter than SHORTEST is left out."""
    found = {secret, unquote(secret), *(line.strip() for line in secret.splitlines())}
    for one in [*found]:
        raw = one.encode("utf-8", "surrogatepass")
        found |= {
            quote(raw, safe=""),
            quote(raw),
            quote_plus(raw),
            escape(one),
            json.dumps(one)[1:-1],
            json.dumps(one, ensure_ascii=False)[1:-1],
            repr(one)[1:-1],
            repr(raw)[2:-1],
            base64.b64encode(raw).decode("ascii").rstrip("="),
        }
    return {one for one in found if len(one) >= SHORTEST}


def named_like_a_secret(name: str) -> bool:
    """Whether what stands under `name` is a secret by its name."""
    return bool(_SECRET_KEY.search(name))


def shown(value: Any) -> str:
    """`value` as text, also where it cannot be shown."""
    try:
        return str(value)
    except Exception as error:
        return f"<{type(value).__name__} that cannot be shown: {type(error).__name__}>"
