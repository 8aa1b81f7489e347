"""What an installation holds is closed to others, and nothing besides."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from monitor import config
from monitor.premises import contents
from monitor.premises.installation import store_of
from monitor.settings import Settings

CONFIG = """
[store]
url = "sqlite:///data/monitor.db"
[log]
path = "logs/monitor.log"
"""


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "config.toml").write_text(CONFIG)
    settings = config.load(tmp_path / "config.toml", {})
    store = store_of(settings)
    store.prepare()
    store.backup(tmp_path / "data" / "monday.gz")
    store.close()
    return settings


def open_to_all(folder: Path) -> list[Path]:
    """Every file and folder, readable and writable by everybody."""
    found = sorted(folder.rglob("*"))
    for path in found:
        path.chmod(0o777 if path.is_dir() else 0o666)
    return found


def test_all_that_holds_data_is_closed(settings: Settings, tmp_path: Path) -> None:
    data = tmp_path / "data"
    (data / "models" / "20260101-000000-abcdef").mkdir(parents=True)
    (data / "models" / "20260101-000000-abcdef" / "weights").write_text("")
    for name in (
        "monitor.db-wal",
        "monitor.db-shm",
        "monitor.db.damaged-20260101-000000",
        "x.gz.12.monitor.part",
    ):
        (data / name).write_text("")
    (tmp_path / "logs").mkdir()
    for name in ("monitor.log", "monitor.log.1"):
        (tmp_path / "logs" / name).write_text("")
    found = open_to_all(tmp_path)
    assert contents.close(settings)
    left = [path.name for path in found if mode(path) & 0o077]
    assert left == ["config.toml", "logs"], "the folder of the log is not ours alone"
    assert mode(data) == 0o700
    assert contents.close(settings) == []


def test_a_folder_with_other_things_in_it_stays_open(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "data" / "notes.txt").write_text("")
    (tmp_path / "data" / "photos.gz").write_text("")
    open_to_all(tmp_path)
    contents.close(settings)
    assert mode(tmp_path / "data") == 0o777
    assert {mode(tmp_path / "data" / name) for name in ("notes.txt", "photos.gz")} == {0o666}
    assert {mode(tmp_path / "data" / name) for name in ("monitor.db", "monday.gz", "installation.key")} == {
        0o600
    }


def test_a_database_server_leaves_models_and_log(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('[store]\nurl = "postgresql://ann@db.example/monitor"\n')
    settings = config.load(tmp_path / "config.toml", {})
    (tmp_path / "data" / "models").mkdir(parents=True)
    open_to_all(tmp_path)
    assert contents.close(settings) == [tmp_path / "data" / "models"]
    contents.clear(settings)


def test_what_was_left_half_done_is_cleared(settings: Settings, tmp_path: Path) -> None:
    for name in ("a.gz.0011.monitor.part", "a.part"):
        (tmp_path / "data" / name).write_text("")
    (tmp_path / "data" / ".monitor.db.0011.new").mkdir()
    contents.clear(settings)
    assert sorted(path.name for path in (tmp_path / "data").iterdir()) == [
        "a.part",
        "installation.key",
        "monday.gz",
        "monitor.db",
    ]


def test_logs_are_told_the_oldest_first(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    for name in ("monitor.log.1", "monitor.log.10", "monitor.log.2", "monitor.log.gz"):
        (tmp_path / "logs" / name).write_text("")
    assert [path.name for path in contents.logs(settings)] == [
        "monitor.log.10",
        "monitor.log.2",
        "monitor.log.1",
        "monitor.log",
    ]
