"""Where a request comes from, through proxies that the configuration names and through no others.

A proxy says whom it speaks for in `X-Forwarded-For` or `Forwarded` (RFC 7239), and over which scheme.
Anybody can write these headers, so they count only where the connection comes from a proxy in `[web]
trusted_proxies`, and only from the right: each proxy adds its visitor at the end, so the first address
from the right that is no trusted proxy is the visitor, and whatever stands left of it is hearsay. What is
no address ("unknown", `_hidden`, rubbish) ends the walk at the last proxy that could be named. Where both
headers are there and disagree, one of them was the visitor's own: the proxy's address counts.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence

from starlette.types import Scope

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

MAX_HOPS = 32  # from the right; nobody stands behind more proxies
_PAIR = re.compile(r'\s*([\w!#$%&\'*+.^`|~-]+)=("(?:[^"\\]|\\.)*"|[^\s;,"]*)\s*([;,]|$)')


def networks(trusted: Sequence[str]) -> tuple[Network, ...]:
    """The networks of `[web] trusted_proxies`."""
    return tuple(ipaddress.ip_network(one, strict=False) for one in trusted)


def through_proxies(scope: Scope, trusted: Sequence[Network]) -> Scope:
    """`scope` with the visitor's address and scheme where a trusted proxy connects, else as it is."""
    client = scope.get("client")
    peer = address_of(client[0]) if client else None
    if peer is None or not _among(peer, trusted):
        return scope
    chain = _values(scope, b"x-forwarded-for")
    listed = [hop for value in chain for hop in value.split(",")] if chain else None
    elements = _elements(_values(scope, b"forwarded"))
    named = [element.get("for", "") for element in elements] if elements is not None else None
    found = {_visitor(hops, peer, trusted) for hops in (listed, named) if hops is not None}
    visitor = found.pop() if len(found) == 1 else peer
    scheme = _scheme(scope, elements)
    return {**scope, "client": (str(visitor), 0), "scheme": scheme}


def address_of(text: str) -> Address | None:
    """The address that `text` writes, its port and zone left out and IPv4 in IPv6 unwrapped, or None."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        found = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return mapped or found


def _visitor(hops: Sequence[str], peer: Address, trusted: Sequence[Network]) -> Address:
    nearest = peer
    for hop in reversed(hops[-MAX_HOPS:]):
        found = address_of(hop)
        if found is None:
            return nearest
        if not _among(found, trusted):
            return found
        nearest = found
    return nearest


def _scheme(scope: Scope, elements: Sequence[dict[str, str]] | None) -> str:
    """The scheme that the nearest proxy was asked over, as this connection's kind spells it."""
    told = [value.split(",")[-1].strip() for value in _values(scope, b"x-forwarded-proto")[-1:]]
    told += [element["proto"] for element in (elements or ())[-1:] if "proto" in element]
    secure = {value.lower() in ("https", "wss") for value in told}
    if len(secure) != 1:
        return str(scope["scheme"])
    plain = "ws" if scope["type"] == "websocket" else "http"
    return f"{plain}s" if secure.pop() else plain


def _elements(values: Sequence[str]) -> list[dict[str, str]] | None:
    """The elements of `Forwarded`, each its pairs; one empty one where it cannot be read; None without it."""
    if not values:
        return None
    text, at = ", ".join(values), 0
    elements: list[dict[str, str]] = [{}]
    while at < len(text):
        pair = _PAIR.match(text, at)
        if pair is None:
            return [{}]
        name, value, end = pair.groups()
        elements[-1][name.lower()] = re.sub(r"\\(.)", r"\1", value[1:-1]) if value[:1] == '"' else value
        if end == ",":
            elements.append({})
        at = pair.end()
    return elements


def _values(scope: Scope, name: bytes) -> list[str]:
    return [value.decode("latin-1") for key, value in scope["headers"] if key == name]


def _among(address: Address, trusted: Sequence[Network]) -> bool:
    return any(address.version == network.version and address in network for network in trusted)
