"""notifiers: who is told of alerts, and whether it arrives."""

from __future__ import annotations

from typing import Annotated

import typer

from monitor.cli.terminal import Json, at_desk, emit, table

notifiers = typer.Typer(help="Who is told of alerts.", rich_markup_mode=None)

Name = Annotated[str, typer.Argument(metavar="NAME", help="The notifier, as its table is called.")]


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.add_typer(notifiers, name="notifiers")


@notifiers.command("list")
def list_notifiers(ctx: typer.Context, json: Json = False) -> None:
    """Every receiver, what waits for it, and what it did not get."""
    with at_desk(ctx) as desk:
        found = desk.receivers()
    if json:
        emit(found)
        return
    rows = [
        (
            one.name,
            one.kind,
            "" if one.enabled else "off" if one.configured else "not in config.toml",
            *(one.waiting, one.held, one.dead, one.delivered_at or "", one.problem or one.last_error),
        )
        for one in found
    ]
    columns = ("notifier", "kind", "state", "waiting", "held back", "dead", "last arrived", "error")
    table(columns, rows, "No notifier is configured.")


@notifiers.command()
def test(ctx: typer.Context, name: Name, json: Json = False) -> None:
    """Send a test message, past the queue; exits with 1 where it is not taken."""
    with at_desk(ctx) as desk:
        found = desk.test_receiver(name)
    if json:
        emit(found)
    else:
        typer.echo(f"{name} took it" if found.ok else f"{name} did not take it: {found.error}")
    if not found.ok:
        raise typer.Exit(1)


@notifiers.command()
def retry(ctx: typer.Context, name: Name, json: Json = False) -> None:
    """Send what it did not get again: of each alert the newest message alone."""
    with at_desk(ctx) as desk:
        found = desk.retry_all(name)
    if json:
        emit(found)
    else:
        typer.echo(f"{found.sent} messages are sent again")
