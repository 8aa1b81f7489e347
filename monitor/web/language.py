"""Which language a reader is answered in: chosen on a page (a cookie), else wished for by the browser
(Accept-Language, RFC 9110 12.5.4), else English, which programs get that ask for nothing."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.types import Scope

from monitor.messages import LANGUAGES

COOKIE = "monitor_language"


def language_of(scope: Scope) -> str:
    """One of LANGUAGES, for the request that `scope` describes."""
    headers = Headers(scope=scope)
    chosen = cookie_parser(headers.get("cookie", "")).get(COOKIE, "")
    return chosen if chosen in LANGUAGES else wished(headers.get("accept-language", ""))


def wished(accepted: str) -> str:
    """The language of the highest weight in an Accept-Language header; the first of equals."""
    best, weight = "en", 0.0
    for item in accepted.split(",")[:20]:
        tag, _, parameter = item.partition(";")
        language = tag.strip().lower().partition("-")[0]
        told = _weight(parameter)
        if language in LANGUAGES and told > weight:
            best, weight = language, told
    return best


def _weight(parameter: str) -> float:
    name, _, value = parameter.partition("=")
    if name.strip().lower() != "q":
        return 1.0
    try:
        return min(1.0, max(0.0, float(value)))
    except ValueError:
        return 0.0
