"""reclassify: the archive judged again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from time import perf_counter
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli.terminal import USER, Json, address, emit, opened, table
from monitor.cli.trainings import INTERRUPTED, telling
from monitor.errors import StoppedError, UserError
from monitor.messages import Message

if TYPE_CHECKING:
    from monitor.store.reclassifications import Reclassification

SHOWN = 20


def add_to(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command()(reclassify)


def reclassify(
    ctx: typer.Context,
    since: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Articles first seen from this day (UTC) on; else all."),
    ] = None,
    source: Annotated[str, typer.Option(metavar="NAME", help="Articles of this source; else of all.")] = "",
    model: Annotated[
        str, typer.Option(metavar="ID", help="The version that judges; else the champion.")
    ] = "",
    doubtful_first: Annotated[
        bool,
        typer.Option(
            "--doubtful-first/--oldest-first",
            help="In which order: those first of which least was sure, or the oldest.",
        ),
    ] = False,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the one that was interrupted.")
    ] = False,
    cancel: Annotated[
        bool,
        typer.Option("--cancel", help="Give up the one that runs or was interrupted; what it judged stays."),
    ] = False,
    status: Annotated[bool, typer.Option("--status", help="Show the latest ones.")] = False,
    json: Json = False,
) -> None:
    """Judge the archive again under a version of the model. What it says stands beside what was said before,
    counts follow, and no alert is opened. Killed anywhere, it goes on with --resume."""
    named = since is not None or source or model or doubtful_first
    if resume + cancel + status > 1 or (named and (resume or cancel or status)):
        raise UserError("--resume, --cancel and --status stand alone")
    if status or cancel:
        _act(ctx, cancel=cancel, json=json)
        return
    started = perf_counter()
    who = {"user": USER, "address": address()}
    with opened(ctx) as monitor:
        try:
            with telling() as report:
                if resume:
                    run = monitor.resume_reclassification(**who, progress=report)
                else:
                    run = monitor.reclassify(
                        model,
                        since=since.replace(tzinfo=UTC) if since else None,
                        source=source,
                        doubtful=doubtful_first,
                        progress=report,
                        **who,
                    )
        except (KeyboardInterrupt, StoppedError):
            typer.echo(Message("reclassify.left"), err=True)
            raise typer.Exit(INTERRUPTED) from None
    if json:
        emit(run)
        return
    if run.wanted.model != run.champion:
        named_ = {"model": run.wanted.model, "serving": run.champion}
        typer.echo(Message("reclassify.beside", **named_), err=True)
    typer.echo(
        f"{run.judged} articles judged again under {run.wanted.model} in {perf_counter() - started:.0f} s; "
        f"{run.failed} not, {run.passed} judged or edited meanwhile; {run.withdrawn} reviews withdrawn."
    )


def _act(ctx: typer.Context, *, cancel: bool, json: bool) -> None:
    """Give one up, or show the latest ones."""
    from monitor.store import reclassifications

    with opened(ctx) as monitor:
        if cancel:
            ended = monitor.cancel_reclassification(user=USER, address=address())
            found: Sequence[Reclassification] = [ended]
        else:
            monitor.keep_alive()  # which notices the processes of this machine that died
            with monitor.store.read() as tx:
                found = reclassifications.all(tx, SHOWN)
    if json:
        emit(found)
        return
    columns = (
        "id",
        "state",
        "asked",
        "by",
        "model",
        "of",
        "done",
        "judged",
        "failed",
        "withdrawn",
        "outcome",
    )
    rows: list[tuple[Any, ...]] = []
    for one in found:
        about = " ".join(
            filter(
                None, (one.wanted.source, f"since {one.wanted.since:%Y-%m-%d}" if one.wanted.since else "")
            )
        )
        done = f"{one.done / one.total:.0%}" if one.total else ""
        row = (one.id, one.state, one.asked_at, one.user, one.wanted.model, about or "all", done)
        rows.append((*row, one.judged, one.failed, one.withdrawn, one.outcome))
    table(columns, rows, "The archive was never judged again.")
