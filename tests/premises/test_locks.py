"""What a living process holds stays, what a dead one held is cleared up."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from monitor.premises import locks

HOLD = """
import sys
from pathlib import Path
from monitor.premises import locks
handle = locks.hold(Path(sys.argv[1])) if Path(sys.argv[1]).exists() else locks.make(Path(sys.argv[1]), "x")
print("held", flush=True)
sys.stdin.readline()
"""


def holder(path: Path) -> subprocess.Popen[str]:
    child = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None and child.stdout.readline() == "held\n"
    return child


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_a_dead_holder_holds_nothing(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "one.part"
    if kind == "folder":
        (path / "inside").mkdir(parents=True)
    child = holder(path)
    with pytest.raises(BlockingIOError):
        locks.hold(path)
    assert locks.clear(tmp_path, "*.part") == []
    assert path.exists()
    child.send_signal(signal.SIGKILL)
    child.communicate()
    with locks.held(path):
        pass
    assert locks.clear(tmp_path, "*.part") == [path]
    assert os.listdir(tmp_path) == []


def test_only_what_matches_is_cleared_and_no_link_is_followed(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "kept").write_text("")
    (tmp_path / "a.part").symlink_to(elsewhere)
    (tmp_path / "b.part").write_text("")
    (tmp_path / "notes").write_text("")
    assert locks.clear(tmp_path, "*.part") == [tmp_path / "b.part"]
    assert (elsewhere / "kept").exists()
    assert locks.clear(tmp_path / "absent", "*") == []


def test_a_made_file_is_its_owners_and_held(tmp_path: Path) -> None:
    handle = locks.make(tmp_path / "a", "who")
    assert (tmp_path / "a").read_text() == "who"
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o600
    with pytest.raises(BlockingIOError):
        locks.hold(tmp_path / "a")
    with pytest.raises(FileExistsError):
        locks.make(tmp_path / "a")
    os.close(handle)
    os.close(locks.hold(tmp_path / "a"))


def test_making_and_clearing_at_once_never_leaves_a_file_unheld(tmp_path: Path) -> None:
    """A clearer that comes between the making and the locking takes the file; it is made once more."""
    over = threading.Event()

    def clearing() -> None:
        while not over.is_set():
            locks.clear(tmp_path, "*.part")

    clearer = threading.Thread(target=clearing)
    clearer.start()
    try:
        for number in range(300):
            path = tmp_path / f"{number}.part"
            handle = locks.make(path, "" if number % 2 else None)
            assert path.exists()
            assert os.fstat(handle).st_ino == path.stat().st_ino
            os.close(handle)
    finally:
        over.set()
        clearer.join()


def test_a_file_takes_its_name_when_it_is_complete(tmp_path: Path) -> None:
    with locks.finished(tmp_path / "a.gz") as part:
        part.write_text("x")
        assert os.listdir(tmp_path) == [part.name] and part.name.startswith("a.gz.")
        with locks.finished(tmp_path / "b.gz") as other:
            other.write_text("y")
        assert part.exists(), "one that is being written is left alone"
    assert ((tmp_path / "a.gz").read_text(), sorted(os.listdir(tmp_path))) == ("x", ["a.gz", "b.gz"])
    assert stat.S_IMODE((tmp_path / "a.gz").stat().st_mode) == 0o600


def test_a_file_that_is_not_finished_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.gz").write_text("before")
    with pytest.raises(RuntimeError), locks.finished(tmp_path / "a.gz") as part:
        part.write_text("x")
        raise RuntimeError
    assert ((tmp_path / "a.gz").read_text(), os.listdir(tmp_path)) == ("before", ["a.gz"])
