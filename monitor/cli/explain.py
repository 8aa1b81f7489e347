"""explain: why a text is judged as it is."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.terminal import Json, emit, given, opened, shown

if TYPE_CHECKING:
    from rich.text import Text

    from monitor.records import Explanation

STRONG, WEAK = 0.5, 0.15
"""Shares of the strongest word's score from which a word is marked strongly, or at all."""


def add_to(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command()(explain)


def explain(
    ctx: typer.Context,
    text: Annotated[str, typer.Argument(metavar="[TEXT|-]", help="The text; - reads standard input.")] = "-",
    target: Annotated[
        str,
        typer.Option(
            metavar="TARGET",
            help="sentiment, sentiment:CLASS, topics:NAME, or company:NAME as the text has it.",
        ),
    ] = "sentiment",
    json: Json = False,
) -> None:
    """Say what each word of a text adds to a judgement, and what it takes from it."""
    text = given(text)
    with opened(ctx) as monitor:
        told = monitor.explain_text(text, target)
    if json:
        emit(told)
        return
    from rich.console import Console

    console = Console() if sys.stdout.isatty() else Console(width=200)
    console.print(coloured(told))
    ranked = sorted(told.attributions, key=lambda one: -abs(one.score))[:8]
    words = [f"{shown(told.text[one.start : one.end])} {one.score:+.2f}" for one in ranked]
    typer.echo(f"{told.label} ({told.probability:.0%}): {', '.join(words)}")
    typer.echo(
        f"The words make {told.difference:+.2f} log-odds; completeness error {told.error:.1%} "
        f"after {told.steps} steps; model {told.model}"
    )


def coloured(told: Explanation) -> Text:
    """The text with the words that speak for the judgement in green, against it in red."""
    from rich.text import Text

    # Text, not markup, and one blank for each control character, so that the offsets stay.
    line = Text("".join(char if char.isprintable() or char == "\n" else " " for char in told.text))
    most = max((abs(one.score) for one in told.attributions), default=0.0)
    for one in told.attributions:
        if most and abs(one.score) >= WEAK * most:
            colour = "green" if one.score > 0 else "red"
            strength = "bold reverse" if abs(one.score) >= STRONG * most else "bold"
            line.stylize(f"{strength} {colour}", one.start, one.end)
    return line
