"""What `monitor train` does with trainings: run one and show how far it is, list, cancel and resume them.

Ctrl-C stops the training here at once. Whether it is given up is asked then, at a terminal; else it is left
interrupted, for whoever resumes it, as a running monitor does by itself.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from monitor.cli.terminal import USER, address, emit, opened, progress, table
from monitor.errors import CancelledError, NotFoundError, StoppedError
from monitor.messages import Message

if TYPE_CHECKING:
    from monitor.app import Monitor
    from monitor.records import ModelVersion, Training

REFUSED, CANCELLED, INTERRUPTED = 3, 4, 130
"""Exit codes of a training that made a version which must not serve, that was given up, that can go on."""

EVERY_SECONDS = 15.0
"""How often the progress is a line where standard error is no terminal."""


def ask(
    ctx: typer.Context,
    files: Sequence[Path],
    gold: Sequence[Path],
    tasks: Sequence[str],
    options: dict[str, object],
    encoding: str,
    *,
    json: bool,
) -> None:
    """Ask for a training, and run it here and now."""
    with opened(ctx) as monitor:
        asked = monitor.ask_training(
            files,
            gold=gold,
            tasks=tasks,
            options=options,
            encoding=encoding,
            user=USER,
            address=address(),
            via="cli",
        )
        _run(monitor, asked.id, json)


def act(ctx: typer.Context, id: str, *, status: bool, cancel: bool, json: bool) -> None:
    """Show the latest trainings, give one up, or go on with an interrupted one."""
    from monitor.store import trainings

    with opened(ctx) as monitor:
        monitor.keep_alive()  # which notices the processes of this machine that died
        if status:
            with monitor.store.read() as tx:
                _show(trainings.all(tx, 20), json)
            return
        with monitor.store.read() as tx:
            found = trainings.get(tx, id) if id else None
            found = found or (cancel and trainings.active(tx)) or trainings.resumable(tx)
        if not found:
            raise NotFoundError(Message("training.none_open"))
        if not cancel:
            _run(monitor, found.id, json)
            return
        told = monitor.cancel_training(found.id, USER, address())
    if json:
        emit(told)
    else:
        typer.echo(f"{told.id}: {Message(f'training.state.{told.state}')}")


def _run(monitor: Monitor, id: str, json: bool) -> None:
    """Run a training to its end, and exit with its code."""
    try:
        with telling() as report:
            version = monitor.run_training(id, report)
    except CancelledError as error:
        typer.echo(f"{id}: {error}", err=True)
        raise typer.Exit(CANCELLED) from None
    except (KeyboardInterrupt, StoppedError):
        raise typer.Exit(_left(monitor, id)) from None
    _tell(monitor, version, json)


def _tell(monitor: Monitor, version: ModelVersion, json: bool) -> None:
    from monitor.store import trainings

    with monitor.store.read() as tx:
        training = trainings.get(tx, version.id)
    if json:
        emit(version)
    else:
        typer.echo(training.outcome)
    if training.verdict != "promoted":
        raise typer.Exit(REFUSED)


def _left(monitor: Monitor, id: str) -> int:
    """What becomes of a training that Ctrl-C stopped; the exit code."""
    if terminal():
        try:
            given_up = typer.confirm(
                "Cancel the training? (No: a running monitor goes on with it, or monitor train --resume)",
                err=True,
            )
        except typer.Abort:
            given_up = False
        if given_up:
            monitor.cancel_training(id, USER, address())
            typer.echo(f"{id}: cancelled", err=True)
            return CANCELLED
    typer.echo(
        f"{id}: interrupted. A running monitor goes on with it from its last checkpoint; or do so with "
        "`monitor train --resume`, or give it up with `monitor train --cancel`.",
        err=True,
    )
    return INTERRUPTED


def terminal() -> bool:
    """Whether somebody is there to be asked."""
    return sys.stdin.isatty() and sys.stderr.isatty()


@contextmanager
def telling() -> Iterator[Callable[[str, float, float], None]]:
    """A bar with the stage and the time left on standard error where that is a terminal; else a line for
    each stage, and every so often for how far it is."""
    if sys.stderr.isatty():
        with progress() as report:
            yield report
        return
    stage, since = "", 0.0

    def line(what: str, done: float, total: float) -> None:
        nonlocal stage, since
        if what == stage and time.monotonic() - since < EVERY_SECONDS:
            return
        stage, since = what, time.monotonic()
        typer.echo(f"{what}: {done:,.0f} of {total:,.0f}" if total else what, err=True)

    yield line


def _show(found: Sequence[Training], json: bool) -> None:
    if json:
        emit(found)
        return
    columns = ("id", "state", "asked", "by", "why", "stage", "done", "minutes left", "model", "outcome")
    rows: list[tuple[Any, ...]] = []
    for one in found:
        done = f"{one.done / one.total:.0%}" if one.total and one.ended_at is None else ""
        by = f"{one.asked_by} ({one.via})"
        stage = one.stage if one.ended_at is None else ""
        row = (one.id, one.state, one.asked_at, by, one.why, stage, done, one.minutes_left, one.model)
        rows.append((*row, one.outcome))
    table(columns, rows, "There was no training yet.")
