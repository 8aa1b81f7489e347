"""The addresses of pages: one form for each, and different forms for different ones.

What makes two addresses one page is only what no server tells apart: the case of the host, the default
port, the fragment, and parameters that say how a reader came (`tracking.txt`, which names its sources).
"""

from __future__ import annotations

import re
from functools import cache
from importlib import resources
from urllib.parse import quote, unquote, urljoin, urlsplit, urlunsplit

MAX_URL = 4_096
"""Characters of the longest address that is kept."""

_DEFAULT_PORTS = {"http": 80, "https": 443}
# "&amp;" and WordPress's "&#038;", in an address that was escaped once more than it was read.
_ESCAPED_AMPERSAND = re.compile(r"&(?:(?:amp|#0{0,3}38|#x0{0,3}26);)+", re.IGNORECASE)


def canonical_url(url: str, base: str = "") -> str:
    """One form for the addresses of one page; "" for what is not an http(s) address.

    Lower-case host, no user information, default port, fragment or tracking parameters
    (`tracking.txt`); blanks and what else nobody can see percent-encoded, so that "a b" is not "ab", and an
    "&" that was escaped twice written once. Everything else is kept as it is, order included, because
    servers tell it apart.
    """
    cleaned = _ESCAPED_AMPERSAND.sub("&", _visible(_trimmed(url)))
    try:
        parts = urlsplit(urljoin(base, cleaned) if base else cleaned)
        port = parts.port
    except ValueError:
        return ""
    host = (parts.hostname or "").rstrip(".")
    scheme = parts.scheme.lower()
    if scheme not in _DEFAULT_PORTS or not host or "%" in host:
        return ""
    netloc = f"[{host}]" if ":" in host else host
    if port is not None and port != _DEFAULT_PORTS[scheme]:
        netloc += f":{port}"
    query = "&".join(pair for pair in parts.query.split("&") if pair and not _tracks(pair))
    canonical = urlunsplit((scheme, netloc, parts.path or "/", query, ""))
    return canonical if len(canonical) <= MAX_URL else ""


def _trimmed(url: str) -> str:
    """Without the blanks, controls and marks at its ends."""
    start, end = 0, len(url)
    while start < end and _is_blank(url[start]):
        start += 1
    while start < end and _is_blank(url[end - 1]):
        end -= 1
    return url[start:end]


def _is_blank(char: str) -> bool:
    return char.isspace() or not char.isprintable()


def _visible(url: str) -> str:
    if url.isprintable() and " " not in url:
        return url
    return "".join(quote(char, errors="surrogatepass") if _is_blank(char) else char for char in url)


def _tracks(pair: str) -> bool:
    """Whether a parameter says how a reader came, not what is read."""
    names, beginnings = _tracking()
    name = unquote(pair.partition("=")[0]).lower()
    return name in names or name.startswith(beginnings)


@cache
def _tracking() -> tuple[frozenset[str], tuple[str, ...]]:
    """The names of `tracking.txt`, and what other names begin with."""
    lines = resources.files("monitor.news").joinpath("tracking.txt").read_text("utf-8").splitlines()
    names = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    beginnings = tuple(name.removesuffix("*") for name in names if name.endswith("*"))
    return frozenset(names), beginnings
