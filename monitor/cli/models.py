"""train, evaluate, models: the versions of the classifier."""

from __future__ import annotations

import tomllib
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from monitor.cli.terminal import USER, Json, emit, existing, opened, progress, stored, table
from monitor.errors import UserError


class Task(StrEnum):
    """What `monitor evaluate` measures."""

    SENTIMENT = "sentiment"
    TOPICS = "topics"
    COMPANY = "company"


models = typer.Typer(help="Model versions: which serves, which may.", rich_markup_mode=None)


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(train)
    app.command()(pretrain)
    app.command()(evaluate)
    app.add_typer(models, name="models")


def train(
    ctx: typer.Context,
    data: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE",
            help="Further labelled texts: text, and label or topics, or entity and label; repeatable.",
        ),
    ] = None,
    tasks: Annotated[
        str, typer.Option(metavar="A,B", help="What is learnt from the files.")
    ] = "sentiment,topics,company",
    method: Annotated[
        str, typer.Option(metavar="NAME", help="How the classifier is fitted: full, lora or top-k.")
    ] = "",
    base: Annotated[
        str, typer.Option(metavar="PATH", help="With --out: start from this model folder or encoder.")
    ] = "",
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Fit on the files alone; write the model here."),
    ] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Another one gives another model.")] = None,
    option: Annotated[
        list[str] | None,
        typer.Option(metavar="KEY=VALUE", help="Any option of [classifier], e.g. epochs=5; repeatable."),
    ] = None,
    json: Json = False,
) -> None:
    """Fit a challenger on the labels, measure it against the champion, promote it if it passes."""
    files = [existing(path) for path in data or ()]
    learnt = known(tasks)
    options = dict(setting(text) for text in option or ())
    options |= {"method": method} if method else {}
    options |= {"seed": seed} if seed is not None else {}
    if out is not None and not files:
        raise UserError("--out fits on files alone: give some with --data FILE")
    if base and out is None:
        raise UserError("--base is for a model beside the served ones: say where with --out DIR")
    with opened(ctx) as monitor, progress() as report:
        if out is None:
            version = monitor.train(files, report, tasks=learnt, options=options, user=USER)
        else:
            metrics = monitor.fit(files, out, report, base=base, tasks=learnt, options=options)
    if json:
        emit(version if out is None else {"path": str(out), **metrics})
    elif out is None:
        typer.echo(f"{version.id}: {version.state}. {version.reason}")
    else:
        typer.echo(f"{out}: written; measure it with `monitor evaluate FILE --model {out}`")


def pretrain(
    ctx: typer.Context,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Where to write the encoder.")],
    data: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="Further texts: title, text, content, body; repeatable."),
    ] = None,
    base: Annotated[
        str,
        typer.Option(metavar="PATH", help="Start from this encoder or model folder; the one that serves."),
    ] = "",
    seed: Annotated[int | None, typer.Option(min=0, help="Another one gives another encoder.")] = None,
    option: Annotated[
        list[str] | None,
        typer.Option(metavar="KEY=VALUE", help="Any option of [classifier], e.g. epochs=1; repeatable."),
    ] = None,
    json: Json = False,
) -> None:
    """Let the encoder read the archive's articles and further files before it is fitted to labels."""
    files = [existing(path) for path in data or ()]
    options = dict(setting(text) for text in option or ())
    options |= {"seed": seed} if seed is not None else {}
    with opened(ctx) as monitor, progress() as report:
        metrics = monitor.pretrain(out, files, report, base=base, options=options)
    if json:
        emit({"path": str(out), **metrics})
    else:
        typer.echo(f"{out}: written; fit it with `monitor train --data FILE --base {out} --out DIR`")


def known(tasks: str) -> list[str]:
    """The tasks in a list with commas. Raises UserError for one that does not exist."""
    named = [name.strip() for name in tasks.split(",") if name.strip()]
    for name in named:
        if name not in list(Task):
            raise UserError(f"--tasks: {name!r} is unknown; known: {', '.join(Task)}")
    if not named:
        raise UserError(f"--tasks: name at least one of {', '.join(Task)}")
    return named


def setting(text: str) -> tuple[str, object]:
    """``KEY=VALUE`` as config.toml would read it; a bare word is text. Raises UserError."""
    key, equals, value = text.partition("=")
    if not equals or not key.strip():
        raise UserError(f"--option {text!r}: expected KEY=VALUE, as in epochs=5")
    try:
        return key.strip(), tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        return key.strip(), value.strip()


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
    json: Json = False,
) -> None:
    """Measure a model on a labelled file."""
    from monitor import datasets, learning

    existing(file)
    with opened(ctx) as monitor, progress() as report:
        names = [topic.name for topic in monitor.settings.taxonomy]
        examples = datasets.read(file, names, str(task)).examples[: limit or None]
        classifier = monitor.classifier(model)
        result = learning.evaluate(classifier, examples, str(task), monitor.now(), report)
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
    """One version with its metrics."""
    from monitor.store import models as versions

    with stored(ctx) as store, store.read() as tx:
        version = versions.get(tx, id)
    if json:
        emit(version)
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
    for name, value in version.metrics.items():
        if name != "behaviour":
            typer.echo(f"{name:12} {value}")
    if "behaviour" in version.metrics:
        from monitor.cli.checklist import passed

        passed(version.metrics["behaviour"])


@models.command()
def promote(ctx: typer.Context, id: Annotated[str, typer.Argument(metavar="ID")], json: Json = False) -> None:
    """Let a version serve, whatever the gate said."""
    with opened(ctx) as monitor:
        version = monitor.promote(id, USER)
    if json:
        emit(version)
    else:
        typer.echo(f"{version.id} serves now.")


@models.command()
def rollback(ctx: typer.Context, json: Json = False) -> None:
    """Let the version serve that served before."""
    with opened(ctx) as monitor:
        version = monitor.rollback(USER)
    if json:
        emit(version)
    else:
        typer.echo(f"{version.id} serves again.")
