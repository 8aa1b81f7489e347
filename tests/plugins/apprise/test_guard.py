"""The guard, in processes of its own: the judged way is open, and every other one is shut.

What must not be reached is 127.0.0.2, where a canary listens; not one packet goes to another machine.
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

_CHILD = """
import sys; sys.path[:] = sys.argv[1:]
import json, time, socket, _socket, subprocess, os, ctypes, syslog, asyncio, http.client, smtplib, ssl
import asyncio.selector_events
from monitor_plugins.apprise.guard import Guard, Refused

task = json.load(sys.stdin)
port, asked = task["port"], []

def judge(host, number):
    asked.append([host, number])
    if host not in task["hosts"]:
        raise Refused("nobody knows " + host)
    return task["hosts"][host]

guard = Guard(judge, time.monotonic() + 60)
guard.arm()
told = []
for code in task["codes"]:
    asked.clear()
    guard.stopped.clear()
    try:
        result = repr(eval(code))
    except Refused as error:
        result = "refused"
    except BaseException as error:
        result = type(error).__name__
    told.append({"result": result, "asked": list(asked), "stopped": list(guard.stopped)})
print(json.dumps(told))
sys.stdout.flush()
os._exit(0)
"""

SHUT = {
    "another address": 'socket.create_connection(("127.0.0.2", port))',
    "another address, by the socket": 'socket.socket().connect(("127.0.0.2", port))',
    "another address, by number": 'socket.socket().connect_ex(("127.0.0.2", port))',
    "another port": 'socket.socket().connect(("127.0.0.3", port + 1))',
    "IPv6": 'socket.socket(socket.AF_INET6).connect(("::ffff:127.0.0.2", port))',
    "below the socket": '_socket.socket().connect(("127.0.0.2", port))',
    "below the socket, by a name": '_socket.socket().connect(("localhost", port))',
    "a name, unresolved": 'socket.socket().connect(("localhost", port))',
    "a number that is no address": 'socket.socket().connect(("2130706434", port))',
    "the system's resolver": '_socket.getaddrinfo("localhost", port)',
    "its older brother": 'socket.gethostbyname("localhost")',
    "its elder brother": 'socket.gethostbyname_ex("localhost")',
    "a host's name": 'socket.gethostbyaddr("127.0.0.2")',
    "a name's name": 'socket.getnameinfo(("127.0.0.2", port), 0)',
    "datagrams": 'socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.2", port))',
    "datagrams, below": '_socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.2", port))',
    "datagrams, in parts": (
        'socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendmsg([b"x"], [], 0, ("127.0.0.2", port))'
    ),
    "datagrams, connected": 'socket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect(("127.0.0.2", port))',
    "resolving for datagrams": 'socket.getaddrinfo("good.example", port, type=socket.SOCK_DGRAM)',
    "listening": 'socket.socket().bind(("127.0.0.1", 0))',
    "another program's socket": 'socket.socket(socket.AF_UNIX).connect("/run/nowhere")',
    "a program": 'subprocess.run(["true"])',
    "a shell": 'os.system("true")',
    "a program in this place": 'os.execv("/bin/true", ["true"])',
    "a program beside": 'os.posix_spawn("/bin/true", ["true"], {})',
    "a copy": "os.fork()",
    "machine code": 'ctypes.CDLL("libc.so.6")',
    "the machine's log": 'syslog.syslog("x")',
    "asyncio": 'asyncio.run(asyncio.open_connection("127.0.0.2", port))',
    "asyncio, by a name": 'asyncio.run(asyncio.open_connection("bad.example", port))',
    "http": 'http.client.HTTPConnection("127.0.0.2", port).connect()',
    "mail": 'smtplib.SMTP("127.0.0.2", port)',
    "TLS": (
        'ssl.create_default_context().wrap_socket(socket.socket(), server_hostname="x")'
        '.connect(("127.0.0.2", port))'
    ),
}

OPEN = {
    "a judged name": 'socket.create_connection(("good.example", port)).getpeername()[0]',
    "a judged address": 'socket.create_connection(("127.0.0.1", port)).getpeername()[0]',
    "a judged address, by the socket": (
        "(lambda one: (one.connect(('127.0.0.1', port)), one.getpeername()[0])[1])(socket.socket())"
    ),
    "a name in bytes": 'socket.create_connection((b"good.example", port)).getpeername()[0]',
    "a port in digits": 'socket.create_connection(("good.example", str(port))).getpeername()[0]',
    "the second address": 'socket.create_connection(("twice.example", port), 10).getpeername()[0]',
    "asyncio": (
        'asyncio.run(asyncio.open_connection("good.example", port))[1].get_extra_info("peername")[0]'
    ),
    "http": 'http.client.HTTPConnection("good.example", port).connect() or "127.0.0.1"',
}

HOSTS = {
    "good.example": ["127.0.0.1"],
    "127.0.0.1": ["127.0.0.1"],
    "twice.example": ["127.0.0.9", "127.0.0.1"],
}


@dataclass
class Canary:
    port: int
    seen: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def canary() -> Iterator[Canary]:
    """Listens at one port of 127.0.0.1 for whom it is open, and of 127.0.0.2, for streams and datagrams."""
    good = socket.create_server(("127.0.0.1", 0), backlog=50)
    port = good.getsockname()[1]
    bad = socket.create_server(("127.0.0.2", port))
    datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    datagrams.bind(("127.0.0.2", port))
    bad.setblocking(False)
    datagrams.setblocking(False)
    state = Canary(port)
    stopping = threading.Event()

    def watch() -> None:
        while not stopping.wait(0.01):
            for one, look in ((bad, lambda: bad.accept()[1]), (datagrams, lambda: datagrams.recvfrom(10)[1])):
                try:
                    state.seen.append(f"{one.type!r} {look()}")
                except BlockingIOError:
                    continue

    thread = threading.Thread(target=watch)
    thread.start()
    yield state
    stopping.set()
    thread.join()
    for one in (good, bad, datagrams):
        one.close()


@dataclass(frozen=True)
class Tried:
    result: str
    asked: list[list[object]]
    stopped: list[str]


@pytest.fixture(scope="module")
def tried(canary: Canary) -> dict[str, Tried]:
    """What came of each way, all of them from one process."""
    ways = {f"shut {name}": code for name, code in SHUT.items()}
    ways |= {f"open {name}": code for name, code in OPEN.items()}
    ways["own name"] = "socket.getfqdn()"
    done = subprocess.run(
        [sys.executable, "-I", "-c", _CHILD, *filter(None, sys.path)],
        input=json.dumps({"port": canary.port, "hosts": HOSTS, "codes": list(ways.values())}),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return {name: Tried(**told) for name, told in zip(ways, json.loads(done.stdout), strict=True)}


@pytest.mark.parametrize("name", SHUT)
def test_a_way_that_is_not_judged_is_shut(tried: dict[str, Tried], canary: Canary, name: str) -> None:
    told = tried[f"shut {name}"]
    assert told.result in ("refused", "gaierror"), told
    assert told.stopped or told.asked or name in ("its older brother", "its elder brother", "a host's name")
    assert canary.seen == []


@pytest.mark.parametrize("name", OPEN)
def test_the_judged_way_is_open(tried: dict[str, Tried], canary: Canary, name: str) -> None:
    told = tried[f"open {name}"]
    assert told.result == "'127.0.0.1'", told
    assert told.stopped == []
    assert canary.seen == []


def test_a_host_is_asked_for_under_its_name_and_port(tried: dict[str, Tried], canary: Canary) -> None:
    assert tried["open a judged name"].asked == [["good.example", canary.port]]
    assert tried["shut asyncio, by a name"].asked == [["bad.example", canary.port]]


def test_a_program_that_asks_for_its_own_name_gets_one_without_the_network(tried: dict[str, Tried]) -> None:
    told = tried["own name"]
    assert told.result == repr(socket.gethostname()) or told.result == "'localhost'"
    assert told.stopped == [], "for smtplib's greeting, which is no way out"
