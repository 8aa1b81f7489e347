from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.web.forwarded import address_of, networks, through_proxies

TRUSTED = networks(["10.0.0.0/24", "fd00::/64"])
PROXY, NEAR, VISITOR = "10.0.0.7", "10.0.0.8", "203.0.113.9"


def asked(peer: str = PROXY, *, kind: str = "http", scheme: str = "http", **headers: str | list[str]) -> Any:
    pairs = [
        (name.replace("_", "-").encode(), value.encode("latin-1"))
        for name, values in headers.items()
        for value in ([values] if isinstance(values, str) else values)
    ]
    scope = {"type": kind, "scheme": scheme, "client": (peer, 4711), "headers": pairs}
    return through_proxies(scope, TRUSTED)


def visitor(peer: str = PROXY, **headers: str | list[str]) -> str:
    return str(asked(peer, **headers)["client"][0])


def test_nobody_else_is_believed() -> None:
    scope = {"type": "http", "scheme": "http", "client": ("10.0.1.1", 1), "headers": []}
    assert through_proxies(scope, TRUSTED) is scope
    spoofed = asked("203.0.113.1", x_forwarded_for="127.0.0.1", x_forwarded_proto="https")
    assert spoofed["client"] == ("203.0.113.1", 4711) and spoofed["scheme"] == "http"
    assert through_proxies({**scope, "client": None}, TRUSTED)["client"] is None
    assert through_proxies(scope, ())["client"] == ("10.0.1.1", 1)


@pytest.mark.parametrize(
    ("header", "found"),
    [
        (VISITOR, VISITOR),
        (f"198.51.100.1, {VISITOR}", VISITOR),  # the left one is what the visitor claimed
        (f"198.51.100.1, {VISITOR}, {NEAR}", VISITOR),
        (f"{NEAR}, 10.0.0.9", NEAR),  # all of ours: the first that spoke
        (f"{VISITOR}:51234", VISITOR),
        ("[2001:db8::5]:443", "2001:db8::5"),
        ("2001:db8::5", "2001:db8::5"),
        (f"::ffff:{VISITOR}", VISITOR),
        ("fe80::1%eth0", "fe80::1"),
        (f"  {VISITOR}  ", VISITOR),
        ("unknown", PROXY),
        (f"{VISITOR}, unknown", PROXY),
        (f"{VISITOR}, 010.0.0.1", PROXY),
        ("", PROXY),
        (f"{VISITOR}, ", PROXY),
        ("203.0.113.9.evil.example", PROXY),
    ],
)
def test_the_first_stranger_from_the_right_is_the_visitor(header: str, found: str) -> None:
    assert visitor(x_forwarded_for=header) == found


def test_several_headers_are_one_list() -> None:
    assert visitor(x_forwarded_for=["198.51.100.1", VISITOR]) == VISITOR
    assert visitor(forwarded=["for=198.51.100.1", f"for={VISITOR}"]) == VISITOR


@pytest.mark.parametrize(
    ("header", "found"),
    [
        (f"for={VISITOR}", VISITOR),
        (f'FOR="{VISITOR}:80";proto=https;by=10.0.0.7', VISITOR),
        ('for="[2001:db8:cafe::17]:4711"', "2001:db8:cafe::17"),
        (f'for=198.51.100.1;host="a,b;c", for={VISITOR}', VISITOR),
        (f"for={VISITOR}, for=10.0.0.8", VISITOR),
        ("for=_hidden", PROXY),
        ("for=unknown", PROXY),
        ("proto=https", PROXY),
        ('for="unclosed', PROXY),
        (f"for={VISITOR}, garbage", PROXY),
    ],
)
def test_rfc_7239_is_read(header: str, found: str) -> None:
    assert visitor(forwarded=header) == found


def test_two_headers_that_disagree_are_worth_nothing() -> None:
    assert visitor(x_forwarded_for=VISITOR, forwarded="for=127.0.0.1") == PROXY
    assert visitor(x_forwarded_for=VISITOR, forwarded=f"for={VISITOR}") == VISITOR


def test_an_ipv6_proxy_and_one_behind_a_mapped_address_are_known() -> None:
    assert visitor("fd00::3", x_forwarded_for=VISITOR) == VISITOR
    assert visitor("::ffff:10.0.0.7", x_forwarded_for=VISITOR) == VISITOR
    assert visitor("fd00:0:0:1::3", x_forwarded_for=VISITOR) == "fd00:0:0:1::3"


@pytest.mark.parametrize(
    ("headers", "kind", "scheme"),
    [
        ({"x_forwarded_proto": "https"}, "http", "https"),
        ({"x_forwarded_proto": "HTTPS"}, "websocket", "wss"),
        ({"x_forwarded_proto": "http, https"}, "http", "https"),
        ({"x_forwarded_proto": "https, http"}, "http", "http"),
        ({"forwarded": f"for={VISITOR};proto=https"}, "http", "https"),
        ({"forwarded": f"for={VISITOR}"}, "http", "http"),
        ({"x_forwarded_proto": "http", "forwarded": "proto=https"}, "http", "http"),
        ({"x_forwarded_proto": "gopher"}, "http", "http"),
        ({}, "websocket", "ws"),
    ],
)
def test_the_scheme_is_the_one_the_nearest_proxy_was_asked_over(
    headers: dict[str, str], kind: str, scheme: str
) -> None:
    plain = "ws" if kind == "websocket" else "http"
    assert asked(kind=kind, scheme=plain, **headers)["scheme"] == scheme


@given(st.text(st.characters(max_codepoint=255), max_size=200), st.text(st.characters(max_codepoint=255)))
def test_any_header_is_read_without_an_error(one: str, other: str) -> None:
    found = visitor(x_forwarded_for=one, forwarded=other)
    assert address_of(found) is not None


@given(
    st.lists(st.ip_addresses(), max_size=5), st.ip_addresses(v=4).filter(lambda one: str(one)[:3] != "10.")
)
def test_whatever_stands_left_of_the_visitor_changes_nothing(claimed: list[Any], real: Any) -> None:
    chain = ", ".join(map(str, [*claimed, real, NEAR]))
    elements = ", ".join(f'for="[{one}]"' if one.version == 6 else f"for={one}" for one in [*claimed, real])
    assert visitor(x_forwarded_for=chain) == str(real) == visitor(forwarded=elements)
