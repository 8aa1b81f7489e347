"""policy train|show: a query strategy that learned from labelled history."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from monitor.cli.terminal import Encoding, Json, emit, existing, opened, progress, table
from monitor.cli.training import chosen


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module."""
    group = typer.Typer(help="Query strategies that learned from labelled history.", no_args_is_help=True)
    group.command()(train)
    group.command()(show)
    app.add_typer(group, name="policy")


def train(
    ctx: typer.Context,
    data: Annotated[Path, typer.Option(metavar="FILE", help="Labelled texts: text and label.")],
    strategy: Annotated[str, typer.Option(metavar="NAME", help="The strategy to train.")] = "policy",
    base: Annotated[
        str, typer.Option(metavar="MODEL", help="Model folder, version or encoder; the one that serves.")
    ] = "",
    episodes: Annotated[int, typer.Option(min=1, help="Splits of the texts to learn from.")] = 10,
    held: Annotated[int, typer.Option(min=3, help="Further ones to play against margin on.")] = 10,
    batch: Annotated[int, typer.Option(min=0, help="Labels at a time; 0: 2% of the pool.")] = 0,
    most: Annotated[float, typer.Option(min=0.01, max=1, help="Share of the pool to go up to.")] = 0.2,
    vectors: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Keep the texts' vectors here for the next time.")
    ] = None,
    option: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KEY=VALUE", help="An option of the strategy, e.g. reward=surprise; repeatable."
        ),
    ] = None,
    encoding: Encoding = "",
    json: Json = False,
) -> None:
    """Train a policy in episodes over labelled texts, and play it against margin on episodes held back."""
    with opened(ctx) as monitor, progress() as report:
        told = monitor.train_policy(
            existing(data),
            strategy,
            options=chosen(option, None),
            base=base,
            episodes=episodes,
            held=held,
            batch=batch,
            most=most,
            vectors=vectors,
            encoding=encoding,
            progress=report,
        )
    emit(told) if json else typer.echo(said(told))


def show(ctx: typer.Context, json: Json = False) -> None:
    """The policies there are, how each fared against margin, and what serves."""
    from monitor.acquisition import policies

    with opened(ctx) as monitor:
        found = policies.show(monitor.settings.learning.directory)
    if json:
        emit(found)
        return
    rows = [(one["id"], one["made_at"], one.get("ahead"), one["serves"], one["damaged"]) for one in found]
    nothing = "no policy yet: train one with `monitor policy train --data FILE`; margin serves"
    table(("policy", "made", "ahead of margin", "serves", "damaged"), rows, nothing)


def said(told: dict[str, Any]) -> str:
    """What became of a training, in a sentence."""
    low, high = told["ahead_interval"]
    fared = (
        f"{told['id']}: area ahead of {told['rival']} {told['ahead']:+.4f} ({low:+.4f} to {high:+.4f}) "
        f"on {told['held_episodes']} held-back episodes; "
    )
    if told["better"]:
        return fared + f'it is better: name it with `model = "{told["folder"]}"` in a table of kind policy'
    return fared + f"not better, so {told['rival']} serves"
