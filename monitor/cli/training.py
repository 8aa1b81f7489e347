"""train, pretrain, compress: making models."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated

import typer

from monitor.cli import trainings
from monitor.cli.models import Task
from monitor.cli.terminal import Encoding, Json, emit, existing, opened, progress
from monitor.errors import UserError

RECOMMENDED = {"heads": 0.25, "neurons": 0.25}
"""About what was removed from the upper layers of the shipped model (models/train.py)."""

Seed = Annotated[int | None, typer.Option(min=0, help="Another one gives another result.")]
Options = Annotated[
    list[str] | None,
    typer.Option(metavar="KEY=VALUE", help="Any option of [classifier], e.g. epochs=5; repeatable."),
]


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module."""
    for command in (train, pretrain, compress):
        app.command()(command)


def train(
    ctx: typer.Context,
    id: Annotated[
        str, typer.Argument(metavar="[ID]", help="With --cancel, --resume: which; the one that is open.")
    ] = "",
    data: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE",
            help="Further labelled texts: text, and label or topics, or entity and label; repeatable.",
        ),
    ] = None,
    gold: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE",
            help="Labelled texts to judge by and never to learn from, beside audits; repeatable.",
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
    seed: Seed = None,
    option: Options = None,
    encoding: Encoding = "",
    status: Annotated[bool, typer.Option("--status", help="Show the latest trainings instead.")] = False,
    cancel: Annotated[
        bool, typer.Option("--cancel", help="Give a training up instead, wherever it runs.")
    ] = False,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with an interrupted one instead, here and now.")
    ] = False,
    json: Json = False,
) -> None:
    """Fit a challenger on the labels, measure it against the champion, promote it if it passes.

    Exit codes: 0 promoted, 3 refused by the gate, 4 cancelled, 1 failed, 2 a mistake in what was asked,
    130 interrupted: it can be resumed.
    """
    if status + cancel + resume > 1:
        raise UserError("give one of --status, --cancel and --resume")
    if status or cancel or resume:
        if data or gold or out or option or method or base:
            raise UserError("--status, --cancel and --resume take no further options than ID and --json")
        trainings.act(ctx, id, status=status, cancel=cancel, json=json)
        return
    if id:
        raise UserError(f"{id!r}: an ID goes with --cancel or --resume")
    files = [existing(path) for path in data or ()]
    judging = [existing(path) for path in gold or ()]
    learnt = known(tasks)
    options = chosen(option, seed) | ({"method": method} if method else {})
    if out is not None and not files:
        raise UserError("--out fits on files alone: give some with --data FILE")
    if judging and out is not None:
        raise UserError("--out writes a model that no gate judges: measure it with `monitor evaluate`")
    if base and out is None:
        raise UserError("--base is for a model beside the served ones: say where with --out DIR")
    if out is None:
        trainings.ask(ctx, files, judging, learnt, options, encoding, json=json)
        return
    with opened(ctx) as monitor, progress() as report:
        metrics = monitor.workbench.fit(
            files, out, report, base=base, tasks=learnt, options=options, encoding=encoding
        )
    if json:
        emit({"path": str(out), **metrics})
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
    seed: Seed = None,
    option: Options = None,
    encoding: Encoding = "",
    json: Json = False,
) -> None:
    """Let the encoder read the archive's articles and further files before it is fitted to labels."""
    files = [existing(path) for path in data or ()]
    options = chosen(option, seed)
    with opened(ctx) as monitor, progress() as report:
        texts = monitor.passages(files, encoding=encoding)
        metrics = monitor.workbench.pretrain(texts, out, report, base=base, options=options)
    if json:
        emit({"path": str(out), **metrics})
    else:
        typer.echo(f"{out}: written; fit it with `monitor train --data FILE --base {out} --out DIR`")


def compress(
    ctx: typer.Context,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Where to write the smaller model.")],
    data: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="Labelled texts to learn from and be measured on; repeatable."),
    ] = None,
    texts: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="Texts without labels to learn from; repeatable."),
    ] = None,
    archive: Annotated[bool, typer.Option(help="Learn from the archive's articles too.")] = False,
    model: Annotated[
        str, typer.Option(metavar="ID|PATH", help="A model version or a model folder; the one that serves.")
    ] = "",
    teacher: Annotated[
        list[str] | None,
        typer.Option(metavar="ID|PATH", help="A further teacher, larger or fitted otherwise; repeatable."),
    ] = None,
    layers: Annotated[int, typer.Option(min=0, help="Layers to keep; 0 keeps all.")] = 0,
    heads: Annotated[float, typer.Option(min=0, max=0.95, help="Share of the heads to remove.")] = 0.0,
    neurons: Annotated[float, typer.Option(min=0, max=0.95, help="Share of the neurons to remove.")] = 0.0,
    rank: Annotated[int, typer.Option(min=0, help="Rank of the feed-forward maps; 0 leaves them.")] = 0,
    vocabulary: Annotated[int, typer.Option(min=0, help="Tokens to keep; 0 keeps all.")] = 0,
    seed: Seed = None,
    option: Options = None,
    encoding: Encoding = "",
    json: Json = False,
) -> None:
    """Make a smaller, faster model that judges as nearly as it can like a larger one.

    Without any of --layers, --heads, --neurons, --rank and --vocabulary the recommended ways are taken.
    """
    labelled, bare = ([existing(path) for path in some or ()] for some in (data, texts))
    options = chosen(option, seed)
    asked = {"layers": layers, "heads": heads, "neurons": neurons, "rank": rank, "vocabulary": vocabulary}
    ways = {name: value for name, value in asked.items() if value} or RECOMMENDED
    with opened(ctx) as monitor, progress() as report:
        metrics = monitor.workbench.compress(
            labelled,
            out,
            report,
            ways=ways,
            model=monitor.model_folder(model) if model else None,
            teachers=[monitor.model_folder(one) for one in teacher or ()],
            texts=monitor.passages(bare, archive=archive, encoding=encoding),
            options=options,
            encoding=encoding,
        )
    if json:
        emit({"path": str(out), "ways": ways, **metrics})
        return
    typer.echo(f"{out}: written; " + ", ".join(f"{name} {value:g}" for name, value in ways.items()))


def known(tasks: str) -> list[str]:
    """The tasks in a list with commas. Raises UserError for one that does not exist."""
    named = [name.strip() for name in tasks.split(",") if name.strip()]
    for name in named:
        if name not in list(Task):
            raise UserError(f"--tasks: {name!r} is unknown; known: {', '.join(Task)}")
    if not named:
        raise UserError(f"--tasks: name at least one of {', '.join(Task)}")
    return named


def chosen(option: list[str] | None, seed: int | None) -> dict[str, object]:
    """The classifier's options that were given; `seed` goes before one among them. Raises UserError."""
    options = dict(setting(text) for text in option or ())
    return options if seed is None else options | {"seed": seed}


def setting(text: str) -> tuple[str, object]:
    """``KEY=VALUE`` as config.toml would read it; a bare word is text. Raises UserError."""
    key, equals, value = text.partition("=")
    if not equals or not key.strip():
        raise UserError(f"--option {text!r}: expected KEY=VALUE, as in epochs=5")
    try:
        return key.strip(), tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        return key.strip(), value.strip()
