"""queue: what waits for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import typer

from monitor.cli.terminal import Json, Out, emit, settings_of, stored, table
from monitor.records import TaskState
from monitor.schedule.clocks import utcnow

queue = typer.Typer(help="The labelling queue.", rich_markup_mode=None)


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.add_typer(queue, name="queue")


@queue.command()
def stats(ctx: typer.Context, json: Json = False) -> None:
    """How many tasks are open and done in each lane, how they were drawn, and what measures the model."""
    from monitor.desk.analysts import team_agreement
    from monitor.evaluation import telling
    from monitor.store import audits, doubts, measurements, tasks

    days = settings_of(ctx, "warning").learning.audit_days
    with stored(ctx) as store, store.read() as tx:
        agree = team_agreement(tx)
        counts = tasks.stats(tx) | {"audits": audits.stats(tx, utcnow(), days), "agreement": agree}
        measured = measurements.newest(tx)
        counts |= {"doubts": doubts.waiting(tx), "waiting": sum(doubts.held(tx).values())}
    if json:
        emit(counts | {"measured": measured})
        return
    states = [state.value for state in TaskState]
    rows = [(lane, *(of[state] for state in states), drawn(of)) for lane, of in counts["lanes"].items()]
    table(("lane", *states, "drawn with"), rows, "")
    drawn_texts = counts["audits"]
    names = ("share", "drawn", "read", "open", "missing", "read_twice", "differ")
    table(("audits", "number"), [(name, drawn_texts[name]) for name in names], "")
    table(("labels", "number"), [(name, counts[name]) for name in ("labels", "gold")], "")
    for doubt in counts["doubts"]:
        typer.echo(f"the labels of {doubt.user} wait: `monitor labels doubts` says why")
    for one in measured:
        typer.echo(str(telling.sentence(one.kind, one.scope, one.fired, one.values)))
    of = {"audits": agree.audits, "all readings": agree.sentiment, "topics": agree.topics}
    rows = [(name, one.units, one.percent, one.alpha, one.low, one.high) for name, one in of.items()]
    table(("agreement", "texts", "agreeing", "alpha", "from", "to"), rows, "")


def drawn(lane: Mapping[str, Any]) -> str:
    """The probabilities that tasks of a lane were drawn with."""
    if lane["inclusion"] is None:
        return "picked"
    least, most = lane["inclusion"]
    return f"{least:.2%}" if least == most else f"{least:.2%} to {most:.2%}"


@queue.command()
def export(
    ctx: typer.Context,
    out: Out = None,
) -> None:
    """Every label with its text, as JSON lines: `monitor labels export` with no format said."""
    from monitor.cli import labels

    labels.export(ctx, out=out)
