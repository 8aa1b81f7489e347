"""labels: out to files and other tools, and back in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from monitor.cli.terminal import (
    USER,
    Encoding,
    Json,
    Out,
    address,
    emit,
    opened,
    recorded,
    settings_of,
    stored,
)
from monitor.datasets.exchange import FORMATS, Exchanged, write
from monitor.errors import DataError, UserError
from monitor.messages import Message

labels = typer.Typer(help="Labels: out to files and other tools, and back in.", rich_markup_mode=None)

MOST_TOLD = 20
"""Rows that cannot be taken, which are told one by one."""


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.add_typer(labels, name="labels")


@labels.command()
def export(
    ctx: typer.Context,
    format: Annotated[
        str, typer.Option(metavar="NAME", help=f"{', '.join(FORMATS)}; the last three are other tools'.")
    ] = "jsonl",
    out: Out = None,
) -> None:
    """Every label with its text: for `monitor train --data`, for `monitor labels import`, for other tools.

    huggingface and argilla write a folder, label-studio a file with its labelling configuration beside it.
    """
    from monitor.store import exports

    topics = [topic.name for topic in settings_of(ctx, "warning").taxonomy]
    if out is None and format != "jsonl":
        raise UserError(f"--format {format}: say where to with --out")
    number = 0

    def counted(found: Iterator[Exchanged]) -> Iterator[Exchanged]:
        nonlocal number
        for label in found:
            number += 1
            yield label

    with stored(ctx) as store:
        with store.read() as tx:
            found = counted(exports.labelled(tx))
            if out is None:
                from monitor.datasets.exchange.files import lines

                for line in lines(found):
                    typer.echo(line, nl=False)
            else:
                try:
                    write(format, out, found, topics)
                except OSError as error:
                    raise UserError(f"{out}: cannot be written: {error.strerror}") from None
        recorded(store, "labels.export", str(out.resolve()) if out else "", {"labels": number})


@labels.command("import")
def import_file(
    ctx: typer.Context,
    path: Annotated[
        Path,
        typer.Argument(
            metavar="PATH", help="A file or folder that `monitor labels export` or the tool wrote."
        ),
    ],
    user: Annotated[
        str, typer.Option(metavar="NAME", help="Who gave the labels of rows that do not say it.")
    ] = "",
    encoding: Encoding = "",
    json: Json = False,
) -> None:
    """Store the labels of a file for articles that are in the store; the same file again changes nothing.

    Where a row cannot be taken, none is stored and every such row is told. An imported label closes no audit.
    """
    from monitor.desk import Desk
    from monitor.records import Role, User

    if not path.exists():
        raise DataError(f"{path}: no such file or folder")
    with opened(ctx) as monitor:
        operator = User(0, USER, Role.ADMIN, monitor.now())
        brought, warnings = Desk(monitor, operator, address=address()).bring_file(path, user, encoding)
    for warning in warnings:
        typer.echo(f"{path}: {warning}", err=True)
    if json:
        emit({"new": brought.new, "known": brought.known, "problems": brought.problems})
    if not brought.problems:
        if not json:
            typer.echo(f"{brought.new} labels stored, {brought.known} were there already.")
        return
    for problem in brought.problems[:MOST_TOLD]:
        told = Message("table.at", path=str(path), where=problem.where, why=problem.why)
        typer.echo(told, err=True)
    more = len(brought.problems) - MOST_TOLD
    rest = f" ({more} more of them)" if more > 0 else ""
    raise DataError(f"{path}: {len(brought.problems)} rows cannot be taken{rest}; nothing was stored")
