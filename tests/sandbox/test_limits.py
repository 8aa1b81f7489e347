"""What a child cannot do, and what it still can. Each line runs in a process of its own."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Callable

import pytest
import structlog

from monitor.logs import events
from monitor.sandbox.pool import Pool
from monitor.sandbox.proxies import SourceProxy
from monitor.testing import FakeFetcher
from tests.sandbox.conftest import origin


def run(code: str) -> str:
    """What a fresh interpreter prints after `forbid`."""
    program = f"import os, socket, subprocess, sys\nfrom monitor.sandbox import limits\n{code}"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


OUTWARD = "a plugin reaches the network through its fetcher only"
PROGRAM = "a plugin starts no other program"
OTHERS = "a plugin sends no signal to another process"


@pytest.mark.parametrize(
    ("call", "told"),
    [
        ("socket.socket()", OUTWARD),
        ("socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)", OUTWARD),
        ("socket.create_connection(('127.0.0.1', 9))", OUTWARD),
        ("socket.getaddrinfo('localhost', 80)", OUTWARD),
        ("socket.gethostbyname('localhost')", OUTWARD),
        ("socket.socket(socket.AF_UNIX).connect('/nowhere')", OUTWARD),
        ("socket.socketpair()[0].sendto(b'x', '/nowhere')", OUTWARD),
        ("__import__('urllib.request').request.urlopen('http://127.0.0.1:9/')", OUTWARD),
        ("subprocess.run(['true'])", PROGRAM),
        ("os.system('true')", PROGRAM),
        ("os.execv('/bin/true', ['true'])", PROGRAM),
        ("os.posix_spawn('/bin/true', ['true'], {})", PROGRAM),
        ("os.fork()", PROGRAM),
        ("os.kill(os.getppid(), 9)", OTHERS),
        ("os.kill(-1, 9)", OTHERS),
        ("os.killpg(os.getpgid(os.getppid()) + 1, 9)", OTHERS),
    ],
)
def test_it_is_refused(call: str, told: str) -> None:
    tried = f"try:\n    {call}\nexcept OSError as error:\n    print(error)\nelse:\n    print('done')"
    assert told in run(f"limits.forbid()\n{tried}")


@pytest.mark.parametrize(
    "call",
    [
        "a, b = socket.socketpair(); a.sendall(b'x'); assert b.recv(1) == b'x'",
        "__import__('asyncio').run(__import__('asyncio').sleep(0))",
        "__import__('threading').Thread(target=print).start()",
        "os.kill(os.getpid(), 0)",
        "open('/proc/self/status').close()",
        "__import__('tempfile').TemporaryFile().write(b'x')",
    ],
)
def test_it_is_allowed(call: str) -> None:
    assert run(f"limits.forbid()\n{call}\nprint('done')").split()[-1] == "done"


def test_the_kernels_network_is_empty_where_it_says_that_it_closed_it() -> None:
    told = run("print(limits.close_network(), os.getuid())\nprint(open('/proc/net/dev').read())")
    closed, user = told.splitlines()[0].split()
    names = [line.split(":")[0].strip() for line in told.splitlines() if ":" in line]
    assert closed == "False" or names == ["lo"]
    assert int(user) == __import__("os").getuid()


def test_memory_is_bounded_and_libraries_are_not_counted() -> None:
    code = (
        "limits.hold(60, 200_000_000)\nimport pyarrow.parquet, numpy\n"
        "try:\n    bytearray(250_000_000)\nexcept MemoryError:\n    print('too much')"
    )
    assert run(code) == "too much"


def test_a_child_whose_parent_cannot_end_it_ends_itself() -> None:
    code = "limits.GRACE_SECONDS = 1\nlimits.hold(0.1, 10**9)\nprint('on', flush=True)\nwhile True:\n    pass"
    program = f"from monitor.sandbox import limits\n{code}"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout) == (-14, "on\n")


def test_secrets_that_a_plugin_prints_are_hidden_in_the_log(
    pools: Callable[..., Pool], monkeypatch: pytest.MonkeyPatch
) -> None:
    import logging

    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    try:
        events.configure("info", secrets=["line 7"], stream=stream)
        plugin = origin("prints", "bad")
        SourceProxy(pools(), plugin, "sources", "prints", "wire", {}, "").fetch({}, FakeFetcher())
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
        structlog.reset_defaults()
    said = stream.getvalue()
    assert '"line": "***"' in said and "line 7" not in said and '"line": "line 8"' in said
