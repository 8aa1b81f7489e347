"""What holds data is its owner's alone, and nothing else is touched."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from monitor.premises import ownership


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


@pytest.mark.parametrize("before", [None, 0o644, 0o666, 0o600])
def test_an_opened_file_is_its_owners(tmp_path: Path, before: int | None) -> None:
    path = tmp_path / "out.csv"
    if before is not None:
        path.write_text("before")
        path.chmod(before)
    with open(path, "w", opener=ownership.opener) as file:
        file.write("x")
    assert (path.read_text(), mode(path)) == ("x", 0o600)


def test_what_is_no_file_keeps_its_mode(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "pipe").chmod(0o666)
    reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    with open(tmp_path / "pipe", "w", opener=ownership.opener):
        pass
    os.close(reader)
    assert mode(tmp_path / "pipe") == 0o666


def test_folders_are_made_for_their_owner_and_others_left(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    ownership.folder(tmp_path / "a" / "b")
    ownership.folder(tmp_path / "a" / "b")
    assert [mode(path) for path in (tmp_path, tmp_path / "a", tmp_path / "a" / "b")] == [0o755, 0o700, 0o700]


def test_wide_modes_are_closed_and_said_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("")
    elsewhere.chmod(0o644)
    models = tmp_path / "models"
    (models / "one").mkdir(parents=True)
    (models / "one" / "weights").write_text("")
    (models / "link").symlink_to(elsewhere)
    for path, wide in ((models, 0o755), (models / "one", 0o775), (models / "one" / "weights", 0o444)):
        path.chmod(wide)
    closed = ownership.settle([tmp_path / "absent"], [models])
    assert closed == [models, models / "one", models / "one" / "weights"]
    assert [mode(path) for path in closed] == [0o700, 0o700, 0o400]
    assert mode(elsewhere) == 0o644
    (record,) = caplog.records
    assert record.paths == [str(path) for path in closed]  # type: ignore[attr-defined]
    assert ownership.settle([tmp_path / "absent"], [models]) == []
    assert len(caplog.records) == 1


def test_everybodys_folder_stays_everybodys(tmp_path: Path) -> None:
    shared = tmp_path / "tmp"
    shared.mkdir()
    shared.chmod(0o1777)
    assert ownership.settle([shared], []) == []
    assert mode(shared) == 0o1777


def test_a_folder_is_ours_only_where_nothing_else_lies_in_it(tmp_path: Path) -> None:
    (tmp_path / "monitor.db").write_text("")
    assert ownership.alone(tmp_path, [tmp_path / "monitor.db", tmp_path / "monitor.db-wal"])
    (tmp_path / "notes").write_text("")
    assert not ownership.alone(tmp_path, [tmp_path / "monitor.db"])
    assert not ownership.alone(tmp_path / "absent", [])
