"""certify: the threshold above which a model's judgements are held to a stated error."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.terminal import Encoding, Json, emit, existing, opened, progress, table

if TYPE_CHECKING:
    from monitor.evaluation.certificate import Certificate
    from monitor.evaluation.readings import Readings

NOT_CERTIFIABLE = 3
"""Exit code where nothing is certified: no failure, and no certificate either."""


class Task(StrEnum):
    """What `monitor certify` certifies."""

    SENTIMENT = "sentiment"
    COMPANY = "company"


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(certify)


def certify(
    ctx: typer.Context,
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="Texts drawn at random, never trained on: columns text and label; entity too for companies.",
        ),
    ],
    task: Annotated[Task, typer.Option(help="Which judgement to certify.")] = Task.SENTIMENT,
    model: Annotated[
        str, typer.Option(metavar="ID|PATH", help="A model version or a model folder; the one that serves.")
    ] = "",
    alpha: Annotated[
        float | None,
        typer.Option(help="The most that may be wrong of what is accepted, between 0 and 1; as configured."),
    ] = None,
    delta: Annotated[
        float | None,
        typer.Option(help="How likely the certificate may be wrong, between 0 and 1; as configured."),
    ] = None,
    limit: Annotated[int, typer.Option(min=0, help="Only so many texts, drawn at random; 0 takes all.")] = 0,
    encoding: Encoding = "",
    json: Json = False,
) -> None:
    """Find the threshold from which on a model errs at most so often, by one look at labelled texts.

    Exit code 0: certified. 3: not certifiable on these labels; how many more it takes at the least is told.
    """
    from monitor.datasets import labelled
    from monitor.evaluation import bounds, certificate, measuring, readings
    from monitor.messages import Message

    bounds.checked(0.05 if alpha is None else alpha, 0.05 if delta is None else delta)
    existing(file)
    with opened(ctx) as monitor, progress() as report:
        found = labelled.read(file, [], str(task), encoding=encoding)
        read = readings.distinct(found.examples, str(task))
        drawn = _drawn(read, limit) if limit else read
        rules = monitor.settings.routing
        classifier = monitor.classifier(model)
        told = measuring.judged(classifier, drawn.examples, monitor.now(), "classify", report)
        sample, groups = readings.sample(drawn, told)
        made = certificate.once(
            sample,
            alpha=rules.alpha if alpha is None else alpha,
            delta=rules.delta if delta is None else delta,
            model=told[0].model,
            made_at=monitor.now(),
            labels=drawn.digest,
            groups=groups,
        )
        made = replace(made, temperature=told[0].temperature)
    warnings = list(found.warnings)
    notes = (
        ("repeated", {"count": read.repeated}),
        ("contradicted", {"count": drawn.contradicted}),
        ("unlabelled", {"count": found.blank}),
        ("drawn", {"count": len(drawn.examples) if drawn is not read else 0, "all": len(read.examples)}),
    )
    warnings += [Message(f"certificate.{name}", **values) for name, values in notes if values["count"]]
    for warning in warnings:
        typer.echo(f"{file}: {warning}", err=True)
    if json:
        value = certificate.to_json(made)
        emit({"certified": made.certified, **value, "languages": value["groups"]["language"],
              "reason": certificate.told(made), "warnings": warnings})  # fmt: skip
    else:
        _print(made)
    if not made.certified:
        raise typer.Exit(NOT_CERTIFIABLE)


def _drawn(read: Readings, limit: int) -> Readings:
    """So many of the readings, drawn at random by the same numbers each time, in their order."""
    import numpy as np

    if limit >= len(read.examples):
        return read
    rows = sorted(np.random.default_rng(0).permutation(len(read.examples))[:limit])
    labels = tuple(read.labels[row] for row in rows)
    examples = tuple(read.examples[row] for row in rows)
    return replace(read, examples=examples, labels=labels, contradicted=labels.count(None))


def _print(made: Certificate) -> None:
    from monitor.evaluation import certificate

    typer.echo(certificate.told(made))
    rows = [
        (kind, name, part.n, *((f"{part.threshold:.4f}", f"{part.coverage:.1%}", part.accepted, part.errors,
         f"{part.bound:.2%}", "") if part.threshold is not None else ("", "", "", "", "", part.more)))
        for kind, some in made.groups.items() for name, part in some.items()
    ]  # fmt: skip
    table(
        ("of", "name", "texts", "threshold", "coverage", "accepted", "errors", "bound", "lacking"), rows, ""
    )
