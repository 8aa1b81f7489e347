"""Schema versions, run by alembic on the connection it is handed, inside one transaction.

To add one, change ``monitor/store/schema/``, upgrade a scratch database to the present head,
and let alembic draft the difference into ``versions/``::

    from monitor.store import migrations, open_store
    store = open_store("sqlite:////tmp/scratch.db")
    store.upgrade()
    with store.begin() as tx:
        migrations.draft(tx, "what changes")

Then read the draft, and give it the SQL that alembic does not see: `article_search`. SQLite
rebuilds a table that it alters, which drops the triggers on it: create them again.
"""

from __future__ import annotations

from typing import Any

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from monitor.errors import SchemaError

LOCK = 0x6D6F6E69746F72  # "monitor": the PostgreSQL advisory lock that migrations hold


def upgrade(tx: Connection) -> None:
    """Bring the schema to this program's version. `tx` must be a write transaction.

    On SQLite BEGIN IMMEDIATE already keeps other processes out.
    """
    if tx.dialect.name == "postgresql":
        tx.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
    if current(tx) not in _known():
        check(tx, tx.engine.url.render_as_string())
    command.upgrade(_config(tx), "head")


def check(tx: Connection, url: str) -> None:
    """Raise SchemaError unless the database's schema is this program's."""
    found, expected = current(tx), head()
    if found == expected:
        return
    if found is None:
        raise SchemaError(f"{url}: the database is empty: run `monitor db upgrade` to create its tables")
    if found in _known():
        raise SchemaError(
            f"{url}: the database has schema {found}, this program needs {expected}: "
            "run `monitor db upgrade` (first take a backup with the version before: `monitor db backup FILE`)"
        )
    raise SchemaError(
        f"{url}: the database has schema {found}, which this program does not know (it needs {expected}): "
        "a newer monitor has upgraded it; run that version, or restore a backup of before"
    )


def current(tx: Connection) -> str | None:
    """The database's schema version, None where it has none."""
    return MigrationContext.configure(tx).get_current_revision()


def head() -> str:
    """The schema version this program needs."""
    return str(_scripts().get_current_head())


def draft(tx: Connection, message: str) -> None:
    """Write a new version from the difference between `tx`'s database and ``schema``."""
    number = f"{int(current(tx) or 0) + 1:04}"
    command.revision(_config(tx), message=message, autogenerate=True, rev_id=number)


def ours(_: Any, name: str | None, *__: Any) -> bool:
    """Whether alembic should compare the thing called `name`: not the search index of either dialect."""
    return not (name or "").startswith("article_search")


def _config(tx: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", "monitor.store:migrations")
    config.set_main_option("path_separator", "os")
    config.set_main_option("file_template", "v%%(rev)s_%%(slug)s")
    config.attributes["connection"] = tx
    return config


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())


def _known() -> set[str | None]:
    return {None, *(script.revision for script in _scripts().walk_revisions())}
