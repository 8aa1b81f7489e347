"""Each finding, made on purpose."""

from __future__ import annotations

import json
import shutil
from collections import namedtuple
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NoReturn

import pytest

from monitor import config
from monitor.app import Monitor
from monitor.classification import manifest
from monitor.doctor import configured, examine, stored
from monitor.doctor.check import Check
from monitor.errors import DiskFullError, ModelError, MonitorError, StoreBusyError, StoreLostError
from monitor.messages import Message
from monitor.records import Delivery, DeliveryState, Role
from monitor.store import articles, audit, open_store, sources, stories, users
from monitor.testing import FakeClassifier, make_article, make_snapshot

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

CONFIG = """
plugins_dir = "mine"
[classifier]
kind = "fake"
model = "first"
[sources.demo]
kind = "fake"
"""

PLUGIN = """
from monitor import hookimpl
from monitor.testing import FakeClassifier, FakeSource

@hookimpl
def register_classifiers():
    return [FakeClassifier]

@hookimpl
def register_sources():
    return [FakeSource]
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "doctor_test_plugin.py").write_text(PLUGIN)
    (tmp_path / "config.toml").write_text(CONFIG)
    (tmp_path / "watchlist.csv").write_text("id,name,ticker,aliases\n")
    FakeClassifier().fit(make_snapshot(), None, tmp_path / "first", lambda what, done, total: None)
    manifest.seal(tmp_path / "first")
    return tmp_path


@pytest.fixture
def running(project: Path) -> Path:
    """A project whose database is there, with one user."""
    with Monitor.open(config.load(project / "config.toml", {}), now=lambda: NOW) as monitor:
        with monitor.store.begin() as tx:
            users.add(tx, "ann", "x", Role.ADMIN, NOW)
        monitor.classify_text("利润")
    return project


def found(project: Path, now: datetime = NOW) -> dict[str, Check]:
    """The worst finding of each name."""
    worst: dict[str, Check] = {}
    order = ("ok", "warn", "fail")
    for check in examine(project / "config.toml", {}, now):
        known = worst.get(check.name)
        if known is None or order.index(check.state) > order.index(known.state):
            worst[check.name] = check
    return worst


def test_all_is_well(running: Path) -> None:
    checks = found(running)
    assert {
        name: check.state for name, check in checks.items() if check.state != "ok" and name != "disk"
    } == {}
    assert checks.keys() >= {"configuration", "plugins", "store", "model", "sources", "clock", "disk"}
    assert checks["data"].what.startswith("0.") and "never vacuumed: index" in checks["data"].what
    assert checks["retention"].what == (
        "vectors 30 days, predictions 400 days, polls 90 days, runs 90 days; for ever bodies, audit; "
        "not looked at yet; nothing went yet"
    )


def test_before_the_first_start(project: Path) -> None:
    checks = found(project)
    assert "fail" not in {check.state for name, check in checks.items() if name != "disk"}
    assert checks["store"].what == stored.NO_DATABASE
    assert not (project / "data").exists(), "the doctor changes nothing"


def test_a_mistake_in_the_file_is_all_it_tells(project: Path) -> None:
    (project / "config.toml").write_text("[web]\nport = 'x'\n")
    assert [(check.name, check.state) for check in examine(project / "config.toml", {}, NOW)] == [
        ("configuration", "fail")
    ]


def test_a_mistake_in_an_instance(running: Path) -> None:
    (running / "config.toml").write_text(CONFIG + 'colour = "red"\n')
    check = found(running)["instances"]
    assert (check.state, "colour: unknown key" in check.what) == ("fail", True)


def test_a_broken_plugin_is_a_warning(running: Path) -> None:
    (running / "mine" / "bad_doctor_plugin.py").write_text("1 / 0\n")
    check = found(running)["plugins"]
    assert (check.state, check.what) == ("warn", "bad_doctor_plugin: ZeroDivisionError: division by zero")


def test_a_missing_plugins_dir(running: Path) -> None:
    shutil.rmtree(running / "mine")
    (running / "config.toml").write_text(CONFIG.replace('[classifier]\nkind = "fake"\n', "[classifier]\n"))
    checks = found(running)
    assert checks["instances"].state == "warn"
    assert "sources.demo: unavailable: mine: plugins_dir cannot be read" in checks["instances"].what


def test_no_watch_list(running: Path) -> None:
    (running / "watchlist.csv").unlink()
    assert found(running)["watch list"].state == "warn"


def test_another_schema(running: Path) -> None:
    store = open_store(f"sqlite:///{running}/data/monitor.db")
    with store.begin() as tx:
        tx.exec_driver_sql("UPDATE alembic_version SET version_num = 'another'")
    store.close()
    check = found(running)["store"]
    assert (check.state, check.todo) == ("fail", "run `monitor db upgrade`")


def test_a_file_that_is_no_database(running: Path) -> None:
    for file in (running / "data").iterdir():
        file.unlink()
    (running / "data" / "monitor.db").write_bytes(b"this is not a database" * 400)
    assert found(running)["store"].state == "fail"


def test_a_damaged_database(running: Path) -> None:
    path = running / "data" / "monitor.db"
    store = open_store(f"sqlite:///{path}")
    with store.begin() as tx:
        for number in range(100):
            article = make_article(f"{number} " + "words " * 200, story_id=stories.create(tx, NOW))
            articles.insert(tx, article)
    store.close()
    for name in ("monitor.db-wal", "monitor.db-shm"):
        (path.parent / name).unlink(missing_ok=True)
    data = bytearray(path.read_bytes())
    for start in range(4096 * 20, len(data), 4096 * 3):
        data[start : start + 512] = b"\xff" * len(data[start : start + 512])
    path.write_bytes(data)
    check = found(running)["store"]
    assert (check.state, "monitor db restore" in check.todo) == ("fail", True)


def test_a_damaged_model(running: Path) -> None:
    (running / "first" / "words.json").write_text("{}")
    check = found(running)["model"]
    assert check.state == "fail"
    assert "words.json" in check.what


def test_no_model_at_all(project: Path) -> None:
    shutil.rmtree(project / "first")
    assert found(project)["model"].state == "fail"


def test_a_failing_source_and_how_to_try_again(running: Path) -> None:
    store = open_store(f"sqlite:///{running}/data/monitor.db")
    with store.begin() as tx:
        sources.failed(tx, "demo", "no answer", NOW, 0.0)
    store.close()
    check = found(running)["sources"]
    assert (check.state, check.what) == ("warn", "demo: no answer (failed 1 times in a row)")
    assert "monitor poll demo" in check.todo


def test_a_route_on_which_nobody_hears(running: Path) -> None:
    assert found(running)["routes"].state == "ok"
    with open(running / "config.toml", "a") as file:
        file.write('\n[notifiers.off]\nkind = "console"\nenabled = false\n[[routes]]\nreceivers = ["off"]\n')
    check = found(running)["routes"]
    assert (check.state, check.what) == ("warn", "[routes 1] tells nobody: off switched off")


def test_a_message_that_was_given_up(running: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dead = Delivery("d", "a", "desk", "opened", {}, DeliveryState.DEAD, 5, NOW, last_error="HTTP 410")
    monkeypatch.setattr(stored.deliveries, "all", lambda tx, states, limit: [dead])
    check = found(running)["deliveries"]
    assert (check.state, "to desk: HTTP 410" in check.what) == ("warn", True)


def test_a_changed_entry_of_the_audit(running: Path) -> None:
    assert found(running)["audit"].state == "ok"
    with Monitor.open(config.load(running / "config.toml", {}), now=lambda: NOW) as monitor:
        with monitor.store.begin() as tx:
            audit.write(tx, NOW, "ann", "user.add", "bob")
        assert found(running)["audit"].what == "2 entries in one chain"
        with monitor.store.begin() as tx:
            tx.exec_driver_sql("UPDATE audit SET target = 'eve' WHERE id = 2")
    check = found(running)["audit"]
    assert (check.state, check.what) == ("fail", "entry 2: its content is not what was sealed")


def test_an_end_that_was_cut_off_shows_by_the_log(running: Path) -> None:
    (running / "config.toml").write_text(CONFIG + '[log]\npath = "monitor.log"\n')
    said = [{"event": "audit", "entries": 1, "seal": "0" * 64}, {"event": "audit"}, {"event": "poll"}]
    lines = [json.dumps(one) for one in said]
    (running / "monitor.log.1").write_text("\n".join([*lines, "no JSON: audit", '["audit"]', ""]))
    assert "another entry stood here" in found(running)["audit"].what
    said[0]["entries"] = 7
    (running / "monitor.log.1").write_text(json.dumps(said[0]))
    assert "knows 7 entries, the database has 1" in found(running)["audit"].what


def test_a_lost_key(running: Path) -> None:
    (running / "data" / "installation.key").unlink()
    assert found(running)["audit"].state == "warn"
    Monitor.open(config.load(running / "config.toml", {})).close()
    check = found(running)["audit"]
    assert check.state == "fail" and "monitor audit takeover" in check.what


def test_files_that_others_may_read(running: Path) -> None:
    assert found(running)["files"].state == "ok"
    (running / "data" / "monitor.db").chmod(0o644)
    check = found(running)["files"]
    assert (check.state, "monitor.db" in check.what) == ("warn", True)
    assert (running / "data" / "monitor.db").stat().st_mode & 0o777 == 0o644, "the doctor changes nothing"


@pytest.mark.parametrize("content", [b"", b"x"])
def test_a_database_that_was_lost(running: Path, content: bytes) -> None:
    (running / "data" / "monitor.db").write_bytes(content)
    for journal in ("-wal", "-shm"):
        (running / "data" / f"monitor.db{journal}").unlink(missing_ok=True)
    check = found(running)["store"]
    assert (check.state, "bytes: the database that was there is lost" in check.what) == ("fail", True)


def test_a_clock_behind_the_store(running: Path) -> None:
    store = open_store(f"sqlite:///{running}/data/monitor.db")
    with store.begin() as tx:
        sources.succeeded(tx, "demo", {}, (), NOW + timedelta(hours=2), 0.0)
    store.close()
    assert found(running)["clock"].state == "fail"
    assert found(running, NOW + timedelta(hours=3))["clock"].state == "ok"


def test_nobody_can_log_in_yet(project: Path) -> None:
    Monitor.open(config.load(project / "config.toml", {})).close()
    assert found(project)["users"].state == "warn"


@pytest.mark.parametrize(("free", "state"), [(10_000_000, "fail"), (10**9, "warn"), (10**10, "ok")])
def test_free_disk(running: Path, monkeypatch: pytest.MonkeyPatch, free: int, state: str) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(configured.shutil, "disk_usage", lambda path: usage(10**12, 0, free))
    assert found(running)["disk"].state == state


def failing(monkeypatch: pytest.MonkeyPatch, error: MonitorError) -> None:
    """Every question to the store but the first ones ends in this error."""

    def broken(*_: object, **__: object) -> NoReturn:
        raise error

    monkeypatch.setattr(stored.models, "champion", broken)
    monkeypatch.setattr(stored.sources, "all", broken)
    monkeypatch.setattr(stored.deliveries, "all", broken)
    monkeypatch.setattr(stored.users, "count", broken)


@pytest.mark.parametrize(
    ("error", "name"),
    [
        (StoreBusyError("the database is locked"), "store"),
        (StoreLostError("the connection broke"), "store"),
        (DiskFullError("database or disk is full"), "disk"),
        (ModelError("no model folder"), "model"),
    ],
)
def test_one_cause_is_told_once(
    running: Path, monkeypatch: pytest.MonkeyPatch, error: MonitorError, name: str
) -> None:
    failing(monkeypatch, error)
    told = [check for check in examine(running / "config.toml", {}, NOW) if check.state == "fail"]
    assert [check.name for check in told] == [name]
    assert "ok" not in {
        check.state for check in examine(running / "config.toml", {}, NOW) if check.name == name != "disk"
    }


def test_a_full_disk_is_told_once_with_how_full(running: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    failing(monkeypatch, DiskFullError("database or disk is full"))
    usage = shutil.disk_usage(running)._replace(free=0)
    monkeypatch.setattr(configured.shutil, "disk_usage", lambda _: usage)
    assert sum(check.name == "disk" for check in examine(running / "config.toml", {}, NOW)) == 1


def test_sources_that_fail_alike_are_one_line(running: Path) -> None:
    with open(running / "config.toml", "a") as file:
        file.writelines(f'[sources.s{k}]\nkind = "fake"\n' for k in range(13))
    store = open_store(f"sqlite:///{running}/data/monitor.db")
    with store.begin() as tx:
        for k in range(13):
            message = Message("fetcher.unresolved_in_time", host=f"h{k}.example")
            sources.failed(tx, f"s{k}", message, NOW, 0.0)
        sources.failed(tx, "demo", Message("fetcher.answered", status="404 Not Found"), NOW, 0.0)
    store.close()
    told = [check for check in examine(running / "config.toml", {}, NOW) if check.name == "sources"]
    assert [check.state for check in told] == ["warn", "warn", "ok"]
    assert any(check.what.startswith("s0, s1, s2,") for check in told)
    assert told[-1].what == "0 of 14 enabled sources have no error"
