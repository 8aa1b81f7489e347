"""How long, how much, how many: what a plugin may take, and what its process cannot do at all."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import resource
import signal
import sys
from dataclasses import dataclass
from typing import Any

LIBRARIES_BYTES = 3_000_000_000
"""Address space beyond the memory that counts: shared libraries, stacks, maps of files."""

GRACE_SECONDS = 10
"""How long after its limit a child whose parent cannot kill it is ended by the kernel's alarm."""

_PR_SET_PDEATHSIG = 1
_CLONE_NEWNET = 0x40000000
_CLONE_NEWUSER = 0x10000000
_AF_UNIX = 1

_OUTWARD = frozenset(
    {
        *("socket.connect", "socket.bind", "socket.sendto", "socket.sendmsg"),
        *("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr", "socket.getnameinfo"),
    }
)
_PROGRAMS = frozenset(
    {
        *("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "pty.spawn"),
        *("os.fork", "os.forkpty"),
    }
)
_SIGNALS = frozenset({"os.kill", "os.killpg"})


@dataclass(frozen=True, slots=True)
class Limits:
    """What a plugin may take. `call_seconds` is the length of one call, its requests included;
    `memory_bytes` what its process may hold beside shared libraries; `items` those of one fetch."""

    load_seconds: float = 30.0
    call_seconds: float = 60.0
    memory_bytes: int = 1_000_000_000
    items: int = 100_000


def die_with(parent: int) -> None:
    """End this process when the thread that started it ends (Linux); now, if it has ended already."""
    with contextlib.suppress(AttributeError, OSError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(0)


def close_network() -> bool:
    """Leave the machine's network for an empty one; whether the kernel did it. Linux lets root do so, and
    others where user namespaces are allowed. The process must have one thread."""
    with contextlib.suppress(AttributeError, OSError):
        unshare = ctypes.CDLL(None, use_errno=True).unshare
        user, group = os.getuid(), os.getgid()
        if unshare(_CLONE_NEWNET) == 0:
            return True
        if unshare(_CLONE_NEWNET | _CLONE_NEWUSER) == 0:
            _keep_names(user, group)
            return True
    return False


def _keep_names(user: int, group: int) -> None:
    """In the new user namespace, be called what we were: files ask who one is."""
    for file, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{user} {user} 1"),
        ("gid_map", f"{group} {group} 1"),
    ):
        with contextlib.suppress(OSError), open(f"/proc/self/{file}", "w", encoding="ascii") as opened:
            opened.write(text)


def forbid() -> None:
    """From now on refuse connections, programs and signals to other processes (PEP 578). What is refused
    raises PermissionError, which network libraries tell as any other failure to connect."""
    sys.addaudithook(_refuse)


def _refuse(event: str, arguments: tuple[Any, ...]) -> None:
    if event in _OUTWARD or (event == "socket.__new__" and arguments[1] not in (_AF_UNIX, -1)):
        raise PermissionError(errno.EPERM, "a plugin reaches the network through its fetcher only")
    if event in _PROGRAMS:
        raise PermissionError(errno.EPERM, "a plugin starts no other program")
    if event in _SIGNALS and abs(arguments[0]) not in (os.getpid(), 0):
        raise PermissionError(errno.EPERM, "a plugin sends no signal to another process")


def hold(seconds: float, memory_bytes: int) -> None:
    """Bound what this process does next. The parent's clock is the first limit on time; the alarm is the
    second, for a child whose parent cannot kill it."""
    resource.setrlimit(resource.RLIMIT_DATA, (memory_bytes, resource.RLIM_INFINITY))
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes + LIBRARIES_BYTES, resource.RLIM_INFINITY))
    signal.alarm(int(seconds) + GRACE_SECONDS)


def release() -> None:
    """The call is over: no alarm."""
    signal.alarm(0)
