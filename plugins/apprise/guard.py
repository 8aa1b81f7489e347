"""Every connection of this process goes to an address that was judged, or is not made.

This runs in the sending child alone (`child.py`), whose whole network it is. It has two parts.

*The way*: `socket.getaddrinfo` and `socket.socket.connect` are replaced. A name is resolved by asking
the parent, whose fetcher resolves and judges; an address that was not given so, such as one written in a
URL, is asked for when it is connected to. Whatever library opens the connection, it goes to the numbers
that were judged, so that a name cannot change its mind between the check and the connection.

*The wall*: an audit hook (PEP 578), which sees what Python code does below those two functions and cannot
be taken off again, refuses every other way out: connecting to what was not judged, resolving names
itself, sending datagrams, listening, starting programs, loading libraries of machine code. It keeps code
that means no harm on the way; it is no prison for code that does.
"""

from __future__ import annotations

import ipaddress
import socket
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

Judge = Callable[[str, int], Sequence[str]]
"""Addresses of a host that may be connected to at a port; raises `Refused` where there are none."""

_INTERNET = (socket.AF_INET, socket.AF_INET6)

_SHUT = frozenset(
    {
        *("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr", "socket.getnameinfo"),
        *("socket.bind", "socket.sendto"),
        *("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork", "os.forkpty"),
        *("pty.spawn", "ctypes.dlopen", "syslog.openlog", "syslog.syslog"),
    }
)


class Refused(socket.gaierror):
    """This connection is not made. An error of name resolution, which every network library knows."""

    def __init__(self, why: str) -> None:
        super().__init__(socket.EAI_FAIL, why)


class Guard:
    """What was judged, and what was tried beside it (`stopped`, names of audit events)."""

    def __init__(self, judge: Judge, deadline: float) -> None:
        self.stopped: list[str] = []
        self._judge = judge
        self._deadline = deadline  # on the monotonic clock
        self._judged: dict[tuple[str, int], bool] = {}  # address, port -> whether another one follows it

    def arm(self) -> None:
        """Close every way out but the judged one, for the rest of this process's life."""
        connect, connect_ex = socket.socket.connect, socket.socket.connect_ex

        def guarded(how: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
            def connecting(one: socket.socket, address: Any) -> Any:
                wait = one.gettimeout()
                if self._permit(one, address) and wait:
                    # A dead first address must leave time for the next one.
                    one.settimeout(min(wait, max((self._deadline - time.monotonic()) / 2, 0.1)))
                try:
                    return how(one, address)
                finally:
                    one.settimeout(wait)

            return connecting

        def shut(*arguments: Any) -> Any:
            # Here, for the name in a datagram's address is resolved before the hook is asked.
            self._stop("socket.sendto")

        changes = {"connect": guarded(connect), "connect_ex": guarded(connect_ex), "sendto": shut}
        for name, change in changes.items():
            setattr(socket.socket, name, change)
        setattr(socket, "getaddrinfo", self._resolve)  # noqa: B010 - mypy takes the module's own for final
        sys.addaudithook(self._watch)

    def _resolve(
        self, host: Any, port: Any, family: int = 0, type: int = 0, proto: int = 0, flags: int = 0
    ) -> list[tuple[int, int, int, str, tuple[Any, ...]]]:
        """`socket.getaddrinfo`, with addresses that were judged."""
        if host is None or type not in (0, socket.SOCK_STREAM):
            self._stop("socket.getaddrinfo")
        name = host.decode("ascii") if isinstance(host, bytes) else str(host)
        number = _port(port)
        found: list[tuple[int, int, int, str, tuple[Any, ...]]] = []
        for address in self._judge(name, number):
            kind, target = _target(address, number)
            if family in (0, kind):
                found.append((kind, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", target))
        if not found:
            raise Refused("no address of that family")
        for index, (_, _, _, _, target) in enumerate(found, start=1):
            self._judged[target[0], number] = index < len(found)
        return found

    def _permit(self, one: socket.socket, address: Any) -> bool:
        """Let `one` connect to `address`, or raise `Refused`; whether other addresses follow this one."""
        if one.family not in _INTERNET or not isinstance(address, tuple) or not _literal(address[0]):
            self._stop("socket.connect")
        host, port = str(address[0]), int(address[1])
        if (host, port) not in self._judged:
            if _plain(host) not in map(_plain, self._judge(host, port)):
                self._stop("socket.connect")
            self._judged[host, port] = False
        return self._judged[host, port]

    def _watch(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event in _SHUT:
            self._stop(event)
        if event == "socket.sendmsg" and arguments[1] is not None:
            self._stop(event)
        if event == "socket.connect":
            address = arguments[1]
            if not isinstance(address, tuple) or tuple(address[:2]) not in self._judged:
                self._stop(event)

    def _stop(self, event: str) -> None:
        if not event.startswith("socket.gethost"):  # asked by smtplib for its greeting, which does without
            self.stopped.append(event)
        raise Refused(f"{event} is not open here")


def _port(port: Any) -> int:
    if isinstance(port, str) and not port.isdigit():
        return socket.getservbyname(port)
    return int(port or 0)


def _literal(host: Any) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return isinstance(host, str)


def _plain(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    return ipaddress.ip_address(address.partition("%")[0])


def _target(address: str, port: int) -> tuple[int, tuple[Any, ...]]:
    """Family and socket address of a literal, with its zone ("fe80::1%eth0") where it has one."""
    text, _, zone = address.partition("%")
    if ipaddress.ip_address(text).version == 4:
        return socket.AF_INET, (text, port)
    scope = (int(zone) if zone.isdigit() else socket.if_nametoindex(zone)) if zone else 0
    return socket.AF_INET6, (text, port, 0, scope)
