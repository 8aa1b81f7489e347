"""A fault in compiled code is told by the next start."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from monitor.logs import crashes
from monitor.premises import locks

PROGRAM = """
import faulthandler, sys
from pathlib import Path
from monitor.logs import crashes
crashes.watch(Path(sys.argv[1]) / "data")
if sys.argv[2] == "crash":
    faulthandler._sigsegv()
if sys.argv[2] == "wait":
    print("waits", flush=True)
    sys.stdin.readline()
"""


def run(folder: Path, how: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", PROGRAM, str(folder), how], capture_output=True, text=True)


def test_a_fault_is_told_once_by_the_next_start(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    died = run(tmp_path, "crash")
    assert (died.returncode, died.stderr) == (-signal.SIGSEGV, "")
    assert crashes.report(tmp_path / "data") == 1
    (record,) = caplog.records
    assert record.levelname == "CRITICAL" and "Segmentation fault" in record.trace  # type: ignore[attr-defined]
    assert crashes.report(tmp_path / "data") == 0
    assert os.listdir(tmp_path / "data") == []


def test_who_ends_or_is_killed_leaves_no_trace(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert run(tmp_path, "end").returncode == 0
    assert os.listdir(tmp_path / "data") == []
    child = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(tmp_path), "wait"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None and child.stdout.readline() == "waits\n"
    assert crashes.report(tmp_path / "data") == 0, "one that runs is left alone"
    assert len(os.listdir(tmp_path / "data")) == 1
    child.kill()
    child.communicate()
    assert crashes.report(tmp_path / "data") == 0
    assert os.listdir(tmp_path / "data") == [] and not caplog.records


def test_a_long_trace_is_bounded(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    os.close(locks.make(tmp_path / "crash-77-0011.txt", "x" * 1_000_000))
    assert crashes.report(tmp_path) == 1
    (record,) = caplog.records
    assert (len(record.trace), record.process_id) == (crashes.MAX_BYTES, "77")  # type: ignore[attr-defined]


def test_a_folder_that_cannot_be_written_to_is_no_reason_not_to_start(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    assert run(tmp_path, "end").returncode == 0
