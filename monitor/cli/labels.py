"""labels: out to files and other tools, and back in."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from monitor.cli.terminal import (
    Encoding,
    Json,
    Out,
    at_desk,
    emit,
    existing,
    recorded,
    settings_of,
    stored,
    table,
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


@labels.command()
def agreement(ctx: typer.Context, json: Json = False) -> None:
    """How far analysts agree about texts that several read: Krippendorff's alpha, of 95% from and to; each
    analyst's quality; whether seeing the model's opinion changes their answers."""
    with at_desk(ctx) as desk:
        team, analysts, pairs = desk.agreement(), desk.analysts(), desk.agreeing_pairs()
    if json:
        emit({"team": team, "analysts": analysts, "pairs": pairs})
        return
    every = {
        "audits": team.audits,
        "audits, ordered": team.audits_ordered,
        "sentiment": team.sentiment,
        "sentiment, ordered": team.sentiment_ordered,
        "topics": team.topics,
    }
    rows = [(name, one.units, one.percent, one.alpha, one.low, one.high) for name, one in every.items()]
    table(("of", "texts", "agreeing", "alpha", "from", "to"), rows, "")
    table(
        ("analyst", "texts shared", "with the consensus", "quality", "the model's opinion"),
        [
            (one.user, one.shared, one.agreeing, one.quality, one.anchoring.verdict if one.anchoring else "")
            for one in analysts
        ],
        "No analysts.",
    )
    table(
        ("analyst", "and", "texts", "agreeing", "kappa"),
        [(one.first, one.second, one.units, one.percent, one.kappa) for one in pairs],
        "No text was read by two.",
    )


@labels.command()
def doubts(
    ctx: typer.Context,
    user: Annotated[str, typer.Argument(metavar="[USER]", help="Decide about this analyst.")] = "",
    keep: Annotated[
        bool | None,
        typer.Option("--keep/--take-back", help="Let their labels count again, or withdraw them."),
    ] = None,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why.")] = "",
    json: Json = False,
) -> None:
    """Analysts whose labels wait, for what was read twice speaks against them; and what was decided. With a
    name, --keep or --take-back and --reason: decide."""
    if bool(user) != (keep is not None):
        raise UserError("doubts: give a name together with --keep or --take-back")
    with at_desk(ctx) as desk:
        found = [desk.decide_doubt(user, bool(keep), reason)] if user else desk.doubts()
        told = {one.user: str(one.told()) for one in desk.analysts() if one.doubt is not None}
    if json:
        emit(found)
        return
    rows = [
        (one.user, one.at, one.labels, one.blame, one.ceiling, ended(one.ended_at, one.kept), one.reason)
        for one in found
    ]
    table(
        ("analyst", "since", "labels", "blame", "at most", "labels now", "why"),
        rows,
        "No label waits or waited.",
    )
    for sentence in told.values():
        typer.echo(sentence)


def ended(at: datetime | None, kept: bool) -> str:
    """What became of labels that waited."""
    if at is None:
        return "wait"
    return "kept" if kept else "taken back"


@labels.command()
def guidelines(
    ctx: typer.Context,
    write: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="A new version, from this Markdown, in force from now on."),
    ] = None,
    examples: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="With --write: its examples; columns label, text, why."),
    ] = None,
    version: Annotated[int, typer.Option(min=0, help="An older version; 0 for the one in force.")] = 0,
    json: Json = False,
) -> None:
    """Show how texts are labelled, or write it anew; labels keep the version they were given under."""
    from monitor.datasets.tables import read_table
    from monitor.store.guidelines import LabelExample

    if examples is not None and write is None:
        raise UserError("--examples belong to guidelines: give these with --write FILE")
    with at_desk(ctx) as desk:
        if write is None:
            found = desk.guideline(version)
        else:
            rows = read_table(existing(examples)) if examples is not None else ()
            some = [LabelExample(row.text("label"), row.text("text"), row.text("why")) for row in rows]
            found = desk.write_guideline(existing(write).read_text(encoding="utf-8"), some)
    if json:
        emit(found)
        return
    if not found.version:
        typer.echo("There are no guidelines yet: write some with --write FILE.")
        return
    typer.echo(f"Version {found.version}, {found.at:%Y-%m-%d %H:%M} UTC, {found.user}\n\n{found.text}")
    table(("label", "text", "why"), [(one.label, one.text, one.why) for one in found.examples], "")


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
    if not path.exists():
        raise DataError(f"{path}: no such file or folder")
    with at_desk(ctx) as desk:
        brought, warnings = desk.bring_file(path, user, encoding)
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
