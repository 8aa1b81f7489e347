"""A Ray cluster of one node on loopback, for a session's tests; `tests/executor/test_clusters.py` has it.

No test process is a driver: a cluster is started by `ray start` and asked through errands and over HTTP.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from monitor.executor import errands

TOKEN = "0123456789abcdef0123456789abcdef"
"""Ray's own are hexadecimal digits; this one opens a cluster that nobody else can reach."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Head:
    """The head of a cluster, which is the whole of it. `folder` holds its sessions' logs."""

    folder: Path
    port: int = field(default_factory=free_port)
    cpus: int = 3  # to be promised; the machine may have fewer
    process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def environ(self) -> dict[str, str]:
        return {
            **errands.environment(self.address),
            "RAY_AUTH_MODE": "token",
            "RAY_AUTH_TOKEN": TOKEN,
            "OMP_NUM_THREADS": "1",
            "RAY_worker_niceness": "0",
            # A node that went is noticed soon; the defaults are for networks that stall.
            "RAY_health_check_period_ms": "1000",
            "RAY_health_check_failure_threshold": "3",
        }

    def start(self) -> None:
        command = [
            *(str(Path(sys.executable).parent / "ray"), "start", "--head", "--block"),
            *("--node-ip-address=127.0.0.1", f"--port={self.port}", f"--num-cpus={self.cpus}"),
            *("--object-store-memory=100000000", "--include-dashboard=false", "--disable-usage-stats"),
            *(f"--temp-dir={self.folder}", f"--dashboard-agent-listen-port={free_port()}"),
            f"--ray-client-server-port={free_port()}",
        ]
        # Without this file a head asks the cloud's metadata service where it is.
        (self.folder / "ray_bootstrap_config.yaml").write_text("{}\n")
        with (self.folder / "head.log").open("wb") as log:
            self.process = subprocess.Popen(
                command,
                env={**os.environ, **self.environ, "HOME": str(self.folder)},
                stdout=log,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        until = time.monotonic() + 180
        while "Ray runtime started" not in (self.folder / "head.log").read_text("utf-8", "replace"):
            assert self.process.poll() is None and time.monotonic() < until, (
                self.folder / "head.log"
            ).read_text()
            time.sleep(0.1)

    def processes(self, name: str = "") -> list[psutil.Process]:
        """Everything that the cluster runs, whose title begins so."""
        if self.process is None:
            return []
        with contextlib.suppress(psutil.NoSuchProcess):
            found = psutil.Process(self.process.pid).children(recursive=True)
            return [one for one in found if _title(one).startswith(name)]
        return []

    def kill(self) -> None:
        """End it at once, as a machine that lost its power."""
        if self.process is None:
            return
        every = self.processes()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        for one in every:
            with contextlib.suppress(psutil.NoSuchProcess):
                one.kill()
        self.process.wait(30)
        psutil.wait_procs(every, timeout=30)
        self.process = None


def _title(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


@contextlib.contextmanager
def head() -> Iterator[Head]:
    """A head that has started; it ends with the context, and leaves nothing."""
    folder = Path(tempfile.mkdtemp(prefix="r"))  # short: its sockets' paths have at most 107 bytes
    one = Head(folder)
    try:
        one.start()
        yield one
    finally:
        one.kill()
        shutil.rmtree(folder, ignore_errors=True)
