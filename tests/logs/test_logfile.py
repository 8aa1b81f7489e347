"""The log's file: whole lines, turned over in time, by any number of processes at once."""

from __future__ import annotations

import errno
import json
import logging
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.logs import logfile
from monitor.logs.logfile import FILES_KEPT, LogFile


@pytest.fixture
def failed() -> list[logging.LogRecord]:
    return []


@pytest.fixture
def file(tmp_path: Path, failed: list[logging.LogRecord]) -> Iterator[LogFile]:
    handler = LogFile(tmp_path / "log" / "monitor.log", failed.append, most=100)
    yield handler
    handler.close()


def say(file: LogFile, text: str) -> None:
    file.handle(logging.LogRecord("x", logging.INFO, "", 0, text, None, None))


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_it_is_its_owners_also_where_it_was_wider(tmp_path: Path, failed: list[logging.LogRecord]) -> None:
    (tmp_path / "monitor.log").write_text("before\n")
    (tmp_path / "monitor.log").chmod(0o644)
    handler = LogFile(tmp_path / "monitor.log", failed.append)
    say(handler, "密码 \ud800")
    handler.close()
    assert (tmp_path / "monitor.log").read_text() == "before\n密码 \\ud800\n"
    assert mode(tmp_path / "monitor.log") == 0o600


def test_it_is_turned_over_and_the_oldest_goes(file: LogFile) -> None:
    for number in range(40):
        say(file, f"line {number:02} " + "x" * 41)  # two of them fill a file
    names = sorted(path.name for path in file.path.parent.iterdir())
    assert names == ["monitor.log", *(f"monitor.log.{n}" for n in range(1, FILES_KEPT + 1))]
    assert [line[:7] for line in file.path.read_text().splitlines()] == ["line 38", "line 39"]
    assert f"{file.path.with_name('monitor.log.1').read_text()[:7]}" == "line 36"
    assert {mode(path) for path in file.path.parent.iterdir()} == {0o600}
    assert mode(file.path.parent) == 0o700


def test_a_file_that_was_taken_away_is_made_again(file: LogFile) -> None:
    say(file, "one")
    file.path.unlink()
    say(file, "two")
    os.rename(file.path, file.path.with_name("elsewhere"))
    say(file, "three")
    assert file.path.read_text() == "three\n"
    assert file.path.with_name("elsewhere").read_text() == "two\n"


def test_a_full_disk_is_told_and_not_raised(
    file: LogFile, failed: list[logging.LogRecord], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(handle: int, data: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(logfile.os, "write", full)
        say(file, "lost")
    say(file, "kept")
    assert [record.getMessage() for record in failed] == ["lost"]
    assert file.path.read_text() == "kept\n"


WRITE = """
import logging, sys
from pathlib import Path
from monitor.logs.logfile import LogFile
handler = LogFile(Path(sys.argv[1]), lambda record: sys.exit(1), most=3000)
sys.stdin.readline()
for number in range(60):
    text = f'{{"who": "{sys.argv[2]}", "n": {number}}}'
    handler.handle(logging.LogRecord("x", 20, "", 0, text, None, None))
"""


def test_processes_that_write_at_once_lose_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "monitor.log"
    children = [
        subprocess.Popen([sys.executable, "-c", WRITE, str(path), name], stdin=subprocess.PIPE, text=True)
        for name in ("ann", "bob", "cleo")
    ]
    for child in children:
        assert child.stdin is not None
        child.stdin.write("\n")
        child.stdin.flush()
    for child in children:
        child.communicate(timeout=120)
        assert child.returncode == 0
    found = [json.loads(line) for file in tmp_path.iterdir() for line in file.read_text().splitlines()]
    assert len(found) == 180
    assert {(one["who"], one["n"]) for one in found} == {
        (who, n) for who in ("ann", "bob", "cleo") for n in range(60)
    }
    assert all(file.stat().st_size <= 3000 for file in tmp_path.iterdir())
