"""plugins, doctor, db: keeping it alive."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from monitor.cli.terminal import (
    USER,
    Json,
    address,
    emit,
    recorded,
    role_of,
    settings_of,
    stored,
    table,
)
from monitor.detection.rollups import WHOLE, Sums
from monitor.errors import ConfigError, UserError

SHOWN = 20
"""Wrong counts that are shown."""
db = typer.Typer(help="The database.", rich_markup_mode=None)


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(plugins)
    app.command()(doctor)
    app.add_typer(db, name="db")


def plugins(ctx: typer.Context, json: Json = False) -> None:
    """What is loaded, from where, and what failed to load."""
    from monitor.errors import MonitorError
    from monitor.extensions.instances import Instances
    from monitor.registry import Registry

    settings = settings_of(ctx, "error")
    registry = Registry.of(settings)
    try:
        found = registry.plugins
        if json:
            emit(found)
            return
        table(
            ("name", "from", "version", "state", "provides", "reason"),
            [(p.name, p.origin, p.version, p.state, ", ".join(p.kinds), p.error) for p in found],
            "No plugins.",
        )
        try:
            lost = Instances(settings, registry).unavailable()
        except MonitorError as error:  # a mistake in a table: not what was asked
            typer.echo(str(error), err=True)
            return
        for one in lost:
            instead = f"; {one.fallback} does its work" if one.fallback else ""
            typer.echo(f"[{one.group}.{one.name}] is unavailable: {one.why}{instead}")
    finally:
        registry.close()


def doctor(ctx: typer.Context, json: Json = False) -> None:
    """Check configuration, store, model, sources, clock and disk, and say what to do."""
    from monitor import doctor as examination
    from monitor.logs import events

    try:
        settings_of(ctx, "error")
    except ConfigError:  # which the examination tells
        events.configure("error")
    checks = examination.examine(ctx.obj, os.environ, datetime.now(UTC))
    if json:
        emit(checks)
    else:
        for check in checks:
            typer.echo(f"{check.state:4}  {check.name:14} {check.what}")
            if check.todo:
                typer.echo(f"      {'':14} -> {check.todo}")
    if any(check.state == "fail" for check in checks):
        raise typer.Exit(1)


@db.command()
def upgrade(ctx: typer.Context) -> None:
    """Create the tables, or bring an older database up to this version."""
    from monitor.premises.installation import store_of

    store = store_of(settings_of(ctx))
    try:
        store.prepare(migrate=True, role=role_of(ctx))
        typer.echo(f"{store.url}: {store.version()}")
    finally:
        store.close()


@db.command()
def backup(
    ctx: typer.Context, file: Annotated[Path, typer.Argument(metavar="FILE", help="Must not exist yet.")]
) -> None:
    """Write a consistent copy of everything to a file, while the monitor goes on."""
    if file.exists():
        raise UserError(f"{file}: exists already; choose another name, or remove it first")
    with stored(ctx) as store:
        head = store.backup(file)
        detail = {"bytes": file.stat().st_size, "entries": head.entries, "seal": head.seal}
        recorded(store, "db.backup", str(file.resolve()), detail)
    typer.echo(f"Wrote {file} ({file.stat().st_size:,} bytes).")
    typer.echo(f"The audit has {head.entries:,} entries; the last seal is {head.seal or 'none'}.")


@db.command()
def restore(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Replace everything in the database by a backup, while nothing uses it."""
    from monitor.premises.installation import store_of

    if not file.is_file():
        raise UserError(f"{file}: no such file")
    store = store_of(settings_of(ctx))
    try:
        if not yes:
            if not sys.stdin.isatty():
                raise UserError(
                    "restoring replaces everything in the database; add --yes to say that you mean it"
                )
            typer.confirm(f"Replace everything in {store.url}?", abort=True)
        aside = store.restore(file, datetime.now(UTC), user=USER, address=address())
    finally:
        store.close()
    if aside is not None:
        typer.echo(f"The damaged database is kept as {aside}.")
    typer.echo(f"Restored {file}.")


@db.command()
def check(
    ctx: typer.Context,
    json: Json = False,
    mend: Annotated[bool, typer.Option("--mend", help="Make the counts say what was found.")] = False,
) -> None:
    """Count everything again, and compare with the counts that charts and alerts read."""
    from monitor.store import recounts

    with stored(ctx) as store:
        now = datetime.now(UTC)
        with store.read() as tx:
            wrong = recounts.check(tx, now)
        if wrong and mend:
            with store.begin() as tx:
                recounts.rebuild(tx, now)
            recorded(store, "db.check", str(store.url), {"wrong": len(wrong)})
    if json:
        emit(wrong)
    elif not wrong:
        typer.echo("Every count is what its articles say.")
    else:
        table(
            ("series", "from", "minutes", "counted", "right"),
            [(w.series, w.begins_at, w.minutes, _told(w.stored), _told(w.right)) for w in wrong[:SHOWN]],
            "",
        )
        typer.echo(
            f"{len(wrong):,} counts are wrong" + (", and were mended." if mend else "; --mend mends them.")
        )
    if wrong and not mend:
        raise typer.Exit(1)


def _told(sums: Sums) -> str:
    return f"{sums.voices} ({sums.negative} negative, weight {sums.weight / WHOLE:.6f})"
