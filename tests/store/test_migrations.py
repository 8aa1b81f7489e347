"""Schema versions: what migrations build is what the schema says, once, whoever starts first."""

from __future__ import annotations

import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from monitor.errors import SchemaError
from monitor.store import Store, migrations, open_store
from monitor.store.schema import metadata


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database without any table."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/data/monitor.db"
        return
    server = make_url(request.getfixturevalue("postgresql_server")).set(drivername="postgresql+psycopg")
    name = f"empty_{uuid.uuid4().hex}"
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield server.set(database=name).render_as_string(hide_password=False)
    with engine.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name}"))
    engine.dispose()


@pytest.fixture
def empty_store(empty_url: str) -> Iterator[Store]:
    store = open_store(empty_url)
    yield store
    store.close()


def set_version(store: Store, version: str) -> None:
    with store.begin() as tx:
        tx.execute(text("UPDATE alembic_version SET version_num = :version"), {"version": version})


def test_migrations_build_what_the_schema_says(store: Store) -> None:
    with store.read() as tx:
        context = MigrationContext.configure(
            tx, opts={"include_object": migrations.ours, "compare_type": True}
        )
        assert compare_metadata(context, metadata) == []


def test_the_comparison_would_notice(store: Store) -> None:
    with store.begin() as tx:
        tx.execute(text("ALTER TABLE audit ADD COLUMN forgotten INTEGER"))
        context = MigrationContext.configure(tx, opts={"include_object": migrations.ours})
        assert [change[0] for change in compare_metadata(context, metadata)] == ["remove_column"]
        tx.rollback()


def test_an_empty_database_is_told_what_to_run(empty_store: Store) -> None:
    with pytest.raises(SchemaError, match="run `monitor db upgrade`"):
        empty_store.check_schema()
    empty_store.upgrade()
    empty_store.check_schema()
    empty_store.upgrade()
    empty_store.check_schema()


def test_a_newer_database_is_refused_with_both_versions(empty_store: Store) -> None:
    empty_store.upgrade()
    set_version(empty_store, "9876")
    for refused in (empty_store.check_schema, empty_store.upgrade):
        with pytest.raises(SchemaError, match=rf"schema 9876.*needs {migrations.head()}.*newer"):
            refused()


def test_an_older_database_is_told_what_to_run(empty_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    empty_store.upgrade()
    monkeypatch.setattr(migrations, "head", lambda: "0002")
    with pytest.raises(SchemaError, match=r"schema 0001.*needs 0002.*monitor db upgrade"):
        empty_store.check_schema()


def test_a_failing_migration_leaves_nothing_behind(empty_store: Store) -> None:
    with pytest.raises(RuntimeError, match="killed"):
        if empty_store.path:
            empty_store.path.parent.mkdir()
        with empty_store.begin() as tx:
            migrations.upgrade(tx)
            raise RuntimeError("killed")
    with empty_store.read() as tx:
        assert migrations.current(tx) is None
        assert not tx.dialect.has_table(tx, "articles")
    empty_store.upgrade()
    empty_store.check_schema()


def test_processes_that_start_at_once_migrate_once(empty_url: str) -> None:
    program = (
        "import sys; from monitor.store import open_store; store = open_store(sys.argv[1]);"
        "print('ready', flush=True); sys.stdin.readline();"
        "store.upgrade(); store.check_schema(); store.close()"
    )
    children = [
        subprocess.Popen(
            [sys.executable, "-c", program, empty_url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    for child in children:
        assert child.stdout is not None and child.stdout.readline() == "ready\n"
    for child in children:
        assert child.stdin is not None
        child.stdin.write("\n")
        child.stdin.flush()
    for child in children:
        _, error = child.communicate(timeout=120)
        assert (child.returncode, error) == (0, "")


def test_downgrading_removes_every_table(empty_store: Store) -> None:
    empty_store.upgrade()
    with empty_store.begin() as tx:
        command.downgrade(migrations._config(tx), "base")
    with empty_store.read() as tx:
        assert not any(tx.dialect.has_table(tx, table) for table in metadata.tables)
    empty_store.upgrade()
    empty_store.check_schema()


def test_drafting_a_version_finds_nothing_to_do(
    sqlite_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The commands in the docstring of `migrations` work; the draft goes elsewhere."""
    source = Path(migrations.__file__).parent
    for name in ("env.py", "script.py.mako"):
        (tmp_path / name).write_text((source / name).read_text())
    (tmp_path / "versions").mkdir()
    first = next((source / "versions").glob("v0001_*.py"))
    (tmp_path / "versions" / first.name).write_text(first.read_text())
    configure = migrations._config

    def elsewhere(tx: object = None) -> object:
        config = configure(tx)  # type: ignore[arg-type]
        config.set_main_option("script_location", str(tmp_path))
        return config

    monkeypatch.setattr(migrations, "_config", elsewhere)
    with sqlite_store.begin() as tx:
        migrations.draft(tx, "nothing new")
    draft = (tmp_path / "versions" / "v0002_nothing_new.py").read_text()
    assert "down_revision: str | None = '0001'" in draft
    assert draft.count("pass\n") == 2
    compile(draft, "draft", "exec")
