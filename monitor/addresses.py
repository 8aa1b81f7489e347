"""Which network addresses the monitor may connect to.

An address is judged after resolution and after unwrapping, never as the text of a URL:
``0x7f000001``, ``①②⑦.0.0.1`` and a public name that resolves to 10.0.0.1 all end at a
private address, and ``64:ff9b::7f00:1`` reaches 127.0.0.1 through a NAT64 gateway.

Ranges: the IANA special-purpose registries (RFC 6890) as far as `ipaddress` knows them,
and those below that it calls global on Python 3.11 although no feed lives there.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from monitor.messages import Message

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_NAT64 = IPv6Network("64:ff9b::/96")
_COMPATIBLE = IPv6Network("::/96")

_GLOBAL_UNICAST = IPv6Network("2000::/3")  # all that IANA has given out

_SPECIAL: tuple[Network, ...] = tuple(
    ip_network(block)
    for block in (
        "0.0.0.0/8",
        "100.64.0.0/10",  # carrier-grade NAT
        "168.63.129.16/32",  # Azure's host agent
        "192.0.0.0/24",
        "192.88.99.0/24",  # 6to4 relays, deprecated
        "224.0.0.0/4",
        "240.0.0.0/4",
        "64:ff9b:1::/48",
        "100::/64",
        "100:0:0:1::/64",
        "2001::/23",
        "2001:db8::/32",
        "3fff::/20",
        "5f00::/16",
    )
)

# https://fetch.spec.whatwg.org/#port-blocking: services that can be abused by a forged request line.
_BAD_PORTS = frozenset(
    {0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103}
    | {104, 109, 110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513}
    | {514, 515, 526, 530, 531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720}
    | {1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6379, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697}
    | {10080}
)


def unwrap(address: Address) -> tuple[Address, ...]:
    """The IPv4 addresses that an IPv6 address carries a packet to, or the address itself.

    IPv4-mapped (``::ffff:0:0/96``), IPv4-compatible (``::/96``), NAT64 (RFC 6052), 6to4
    (RFC 3056) and Teredo (RFC 4380: its server and its client).
    """
    if isinstance(address, IPv4Address):
        return (address,)
    if address.ipv4_mapped is not None:
        return (address.ipv4_mapped,)
    if address.sixtofour is not None:
        return (address.sixtofour,)
    if address.teredo is not None:
        return address.teredo
    low = IPv4Address(int(address) & 0xFFFFFFFF)
    if address in _NAT64 or (address in _COMPATIBLE and int(address) > 0xFFFF):
        return (low,)
    return (address,)


def is_public(address: Address) -> bool:
    """Whether an address, unwrapped, is one of the public Internet's."""
    return all(
        each.is_global
        and (isinstance(each, IPv4Address) or each in _GLOBAL_UNICAST)
        and not any(each in network for network in _SPECIAL)
        for each in unwrap(address)
    )


class AddressPolicy:
    """Permits public addresses, and those of `allow_networks` (CIDR notation)."""

    def __init__(self, allow_networks: Iterable[str] = ()) -> None:
        self.allowed: tuple[Network, ...] = tuple(ip_network(each, strict=False) for each in allow_networks)

    def listed(self, address: Address) -> bool:
        """Whether the operator permits this address by `allow_networks`."""
        return all(any(each in network for network in self.allowed) for each in unwrap(address))

    def refusal(self, addresses: Sequence[str], port: int, own_ports: Collection[int] = ()) -> str:
        """Why a host that resolves to `addresses` is not connected to; "" where it is.

        `own_ports` are those of the protocol that is to be spoken: the web is kept from mail's ports,
        which mail is not. One address that is not permitted refuses the host: a name with a public and a
        private address is how DNS rebinding looks from here.
        """
        for text in addresses:
            address = ip_address(text.partition("%")[0])
            if self.listed(address):
                continue
            if not is_public(address):
                network = f"{address}/{address.max_prefixlen}"
                return Message("fetcher.not_public", address=text, network=network)
            if port in _BAD_PORTS and port not in own_ports:
                return Message("fetcher.port", port=port)
        return ""
