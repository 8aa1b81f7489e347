"""db prune, db vacuum: what is old goes, and its space comes back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.operate import db
from monitor.cli.terminal import Json, emit, opened, progress, recorded, table

if TYPE_CHECKING:
    from monitor.operation.retaining import Plan


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module, to those of `db`."""
    db.command()(prune)
    db.command()(vacuum)


def prune(
    ctx: typer.Context,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would go, and what stays and why; remove nothing.")
    ] = False,
    clock_is_right: Annotated[
        bool,
        typer.Option(
            "--clock-is-right", help="Believe this machine's clock, though it went far since the last time."
        ),
    ] = False,
    json: Json = False,
) -> None:
    """Remove what is older than [retention] says, as every night: a little at a time, while others work."""
    with opened(ctx) as monitor, progress() as report:
        if dry_run:
            found = monitor.plan()
        else:
            found = monitor.prune(
                clock_is_right=clock_is_right, told=lambda kind, rows: report(f"{kind} {rows:,}", rows, 0)
            )
            went = {one.kind: one.rows for one in found if one.rows}
            recorded(monitor.store, "db.prune", str(monitor.store.url), {"by_hand": True, **went})
    if json:
        emit(found)
        return
    columns = ("kind", "kept (days)", "goes before", "oldest", "rows", "MB")
    table(columns, [_row(one) for one in found], "")
    for one in found:
        if one.kept:
            why = ", ".join(f"{number:,} {reason}" for reason, number in one.kept.items())
            typer.echo(f"{one.kind}: as old, and kept for good: {why}")
    if dry_run:
        typer.echo("Nothing was removed.")


def _row(one: Plan) -> tuple[object, ...]:
    days = "for ever" if one.days is None else f"{one.days:g}"
    return (one.kind, days, one.until_at, one.since_at, f"{one.rows:,}", f"{one.bytes / 1e6:,.2f}")


def vacuum(ctx: typer.Context) -> None:
    """Give the space of what was removed back to the disk. SQLite's file is written anew: reading goes on,
    writing waits (some seconds a GB), and as much room again is needed beside it."""
    with opened(ctx) as monitor:
        found = monitor.vacuum()
        recorded(
            monitor.store, "db.vacuum", str(monitor.store.url), {"before": found.before, "after": found.after}
        )
    typer.echo(f"{found.before / 1e6:,.1f} MB before, {found.after / 1e6:,.1f} MB after.")
