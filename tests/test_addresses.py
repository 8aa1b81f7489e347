"""The address policy, with `ssrfguard`'s independent table as an oracle."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.addresses import AddressPolicy, is_public, unwrap

PRIVATE = [
    "0.0.0.0",
    "10.0.0.1",
    "100.64.0.1",
    "100.100.100.200",
    "127.0.0.1",
    "127.255.255.254",
    "168.63.129.16",
    "169.254.169.254",
    "172.16.0.1",
    "192.0.0.8",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::7f00:1",
    "::ffff:10.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1",
    "100::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:a00:1::1",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fec0::1",
    "ff02::1",
]
PUBLIC = [
    "1.1.1.1",
    "93.184.216.34",
    "2606:4700::1111",
    "::ffff:1.1.1.1",
    "64:ff9b::101:101",
    "2002:101:101::1",
]

addresses = st.one_of(
    st.integers(0, 2**32 - 1).map(IPv4Address),
    st.integers(0, 2**128 - 1).map(IPv6Address),
    st.integers(0, 2**32 - 1).map(lambda low: IPv6Address(int(IPv6Address("64:ff9b::")) | low)),
    st.integers(0, 2**32 - 1).map(lambda low: IPv6Address(int(IPv6Address("::ffff:0:0")) | low)),
    st.integers(0, 2**32 - 1).map(lambda middle: IPv6Address((0x2002 << 112) | (middle << 80))),
    st.sampled_from([ip_address(text) for text in PRIVATE + PUBLIC]),
)


@pytest.mark.parametrize("text", PRIVATE)
def test_refuses_what_is_not_public(text: str) -> None:
    assert not is_public(ip_address(text))
    assert "is not public" in AddressPolicy().refusal([text], 80)


@pytest.mark.parametrize("text", PUBLIC)
def test_permits_what_is_public(text: str) -> None:
    assert is_public(ip_address(text))
    assert AddressPolicy().refusal([text], 8443) == ""


@given(addresses)
def test_never_permits_what_ssrfguard_denies(address: IPv4Address | IPv6Address) -> None:
    ssrfguard = pytest.importorskip("ssrfguard")
    if is_public(address):
        ssrfguard.Policy().check_address(str(address))  # raises where it would not connect


def test_an_embedded_address_is_what_counts() -> None:
    assert unwrap(ip_address("64:ff9b::7f00:1")) == (IPv4Address("127.0.0.1"),)
    assert unwrap(ip_address("::ffff:10.1.2.3")) == (IPv4Address("10.1.2.3"),)
    assert unwrap(ip_address("2002:a01:203::")) == (IPv4Address("10.1.2.3"),)
    assert unwrap(ip_address("::1")) == (IPv6Address("::1"),)


def test_allow_networks_permits_only_what_it_names() -> None:
    policy = AddressPolicy(["127.0.0.1/32", "10.1.0.0/16"])
    assert policy.refusal(["127.0.0.1"], 8000) == ""
    assert policy.refusal(["10.1.2.3"], 80) == ""
    assert policy.refusal(["::ffff:127.0.0.1"], 80) == ""
    assert policy.refusal(["127.0.0.2"], 80)
    assert policy.refusal(["10.2.0.1"], 80)


def test_one_bad_address_among_good_ones_refuses() -> None:
    assert "10.0.0.1" in AddressPolicy().refusal(["1.1.1.1", "10.0.0.1"], 80)


def test_the_refusal_says_what_to_write_in_the_settings() -> None:
    assert '[fetch] allow_networks = ["10.0.0.1/32"]' in AddressPolicy().refusal(["10.0.0.1"], 80)
    assert '"fe80::1/128"' in AddressPolicy().refusal(["fe80::1%eth0"], 80)


def test_ports_of_other_services_are_refused_but_on_allowed_networks() -> None:
    assert "port 6379" in AddressPolicy().refusal(["1.1.1.1"], 6379)
    assert AddressPolicy(["127.0.0.0/8"]).refusal(["127.0.0.1"], 6379) == ""
