"""evaluate, models: the versions of the classifier."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from monitor.cli.checklist import check, passed
from monitor.cli.terminal import (
    USER,
    Encoding,
    Json,
    address,
    emit,
    existing,
    opened,
    plain,
    progress,
    stored,
    table,
)
from monitor.messages import Message


class Task(StrEnum):
    """What `monitor evaluate` measures."""

    SENTIMENT = "sentiment"
    TOPICS = "topics"
    COMPANY = "company"


models = typer.Typer(help="Model versions: which serves, which may.", rich_markup_mode=None)
models.command()(check)


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(evaluate)
    app.add_typer(models, name="models")


def evaluate(
    ctx: typer.Context,
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="Columns text, and label, topics (a|b), or entity and label."),
    ],
    task: Annotated[Task, typer.Option(help="Which judgement to measure.")] = Task.SENTIMENT,
    model: Annotated[
        str, typer.Option(metavar="ID|PATH", help="A model version or a model folder; the one that serves.")
    ] = "",
    limit: Annotated[int, typer.Option(min=0, help="Only so many texts, from the top; 0 takes all.")] = 0,
    encoding: Encoding = "",
    json: Json = False,
) -> None:
    """Measure a model on a labelled file."""
    from monitor.datasets import labelled
    from monitor.evaluation import measuring

    existing(file)
    with opened(ctx) as monitor, progress() as report:
        names = [topic.name for topic in monitor.settings.taxonomy]
        found = labelled.read(file, names, str(task), encoding=encoding)
        examples = found.examples[: limit or None]
        classifier = monitor.classifier(model)
        result = measuring.measure(classifier, examples, str(task), monitor.now(), report)
    for warning in found.warnings:
        typer.echo(f"{file}: {warning}", err=True)
    if json:
        emit(result)
        return
    table(
        ("metric", "value"),
        [(name, value) for name, value in result.items() if isinstance(value, (int, float))],
        "",
    )


@models.command("list")
def list_models(ctx: typer.Context, json: Json = False) -> None:
    """Every version, newest first."""
    from monitor.store import models as versions

    with opened(ctx) as monitor:
        monitor.served.register()
        with monitor.store.read() as tx:
            found = sorted(versions.all(tx), key=lambda version: version.created_at, reverse=True)
    if json:
        emit(found)
        return
    table(
        ("id", "kind", "state", "created", "parent", "reason"),
        [(v.id, v.kind, v.state, v.created_at, v.parent, v.reason) for v in found],
        "No model is known.",
    )


@models.command()
def show(ctx: typer.Context, id: Annotated[str, typer.Argument(metavar="ID")], json: Json = False) -> None:
    """One version with its metrics, the gate's verdict, its certificate, its duel and its shadow, its figures
    on audits and gold, and what happened to it since."""
    from monitor.evaluation import figures, groups
    from monitor.store import doubts, duels, shadows
    from monitor.store import models as versions

    with stored(ctx) as store, store.read() as tx:
        version, events = versions.get(tx, id), versions.events(tx, id)
        duel, shadow = duels.of(tx, id), shadows.of(tx, id)
        drawn, curve = figures.to_json(figures.of(tx, id)), figures.points_to_json(figures.curve(tx))
        taught = doubts.taught(tx, version.snapshot)
    found = duels.told(duel) if duel else None
    beside = shadows.told(shadow) if shadow else None
    if json:
        verdict = version.metrics.get("gate")
        more = {"duel": found, "shadow": beside, "doubted": taught, "events": events}
        emit({**plain(version), "gate": verdict, **more, "figures": drawn, "curve": curve})
        return
    for name in (
        "id",
        "kind",
        "state",
        "created_at",
        "promoted_at",
        "parent",
        "snapshot",
        "path",
        "digest",
        "reason",
    ):
        typer.echo(f"{name:12} {getattr(version, name) or ''}")
    typer.echo(f"{'certificate':12} {groups.told(groups.from_json(version.certificate))}")
    typer.echo(f"{'temperature':12} {version.temperature:.4g}")
    for source in ("audits", "gold"):
        if told := drawn[source]:
            typer.echo(f"{source:12} {told['texts']} texts, calibration error {told['ece']:.3f}")
            table(
                ("figure", "value", "95% interval"),
                [
                    (name, f"{one['value']:.3f}", f"{one['low']:.3f} to {one['high']:.3f}")
                    for name, one in told["figures"].items()
                ],
                "",
            )
    for name, value in version.metrics.items():
        if name not in ("behaviour", "gate"):
            typer.echo(f"{name:12} {value}")
    for user, n in taught.items():
        typer.echo(f"{'doubted':12} {Message('doubts.taught', n=n, user=user)}")
    if found:
        typer.echo(f"{'duel':12} {found}")
    if beside:
        typer.echo(f"{'shadow':12} {beside}")
    columns = ("at", "event", "by", "reason")
    table(
        columns, [(one.at, one.event, one.user, one.reason) for one in events], "Nothing happened to it yet."
    )
    if "behaviour" in version.metrics:
        passed(version.metrics["behaviour"])


@models.command()
def promote(ctx: typer.Context, id: Annotated[str, typer.Argument(metavar="ID")], json: Json = False) -> None:
    """Let a version serve, whatever the gate said."""
    with opened(ctx) as monitor:
        version = monitor.promote(id, USER, address())
    if json:
        emit(version)
    else:
        typer.echo(f"{version.id} serves now.")


@models.command()
def rollback(ctx: typer.Context, json: Json = False) -> None:
    """Let the version serve that served before."""
    with opened(ctx) as monitor:
        version = monitor.rollback(USER, address())
    if json:
        emit(version)
    else:
        typer.echo(f"{version.id} serves again.")
