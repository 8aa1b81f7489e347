"""simulate: what a query strategy would have saved."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from monitor.cli.terminal import Encoding, Json, emit, existing, opened, progress, table
from monitor.errors import UserError


class Fitted(StrEnum):
    """What is fitted after every batch."""

    HEAD = "head"
    FULL = "full"


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(simulate)


def simulate(
    ctx: typer.Context,
    data: Annotated[Path, typer.Option(metavar="FILE", help="Labelled texts: text and label.")],
    strategy: Annotated[
        str, typer.Option(metavar="A,B", help="Query strategies to compare; random is always among them.")
    ] = "adjusted",
    seeds: Annotated[int, typer.Option(min=1, help="How often it is done, each time anew split.")] = 5,
    first_seed: Annotated[int, typer.Option(min=0, help="The first of these seeds.")] = 1,
    fit: Annotated[Fitted, typer.Option(help="A head on kept vectors, or the real model.")] = Fitted.HEAD,
    base: Annotated[
        str,
        typer.Option(metavar="MODEL", help="Model folder, version or encoder; the one that serves."),
    ] = "",
    batch: Annotated[int, typer.Option(min=0, help="Labels at a time; 0: 2% of the pool.")] = 0,
    start: Annotated[int, typer.Option(min=0, help="Labels drawn before the first batch; 0: a batch.")] = 0,
    most: Annotated[float, typer.Option(min=0.01, max=1, help="Share of the pool to go up to.")] = 0.6,
    vectors: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Keep the texts' vectors here for the next time.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write curves.json and curves.png here.")
    ] = None,
    encoding: Encoding = "",
    json: Json = False,
) -> None:
    """Ask strategies for labels that a file has, batch by batch: how many would each have needed?

    Texts are split by near-duplicates; macro-F1 is measured on those held out. `labels needed` is the first
    number from which the mean curve stays above 95% of what the whole pool gives.
    """
    from monitor.acquisition import rehearsal

    names = list(dict.fromkeys(["random", *(name.strip() for name in strategy.split(",") if name.strip())]))
    chosen = tuple(range(first_seed, first_seed + seeds))
    with opened(ctx) as monitor, progress() as report:
        result = monitor.rehearse(
            *(existing(data), names, chosen),
            full=fit is Fitted.FULL,
            base=base,
            batch=batch,
            start=start,
            most=most,
            vectors=vectors,
            encoding=encoding,
            progress=report,
        )
    if out is not None:
        if out.exists() and not out.is_dir():
            raise UserError(f"{out}: is a file; name a folder")
        rehearsal.write(result, out)
    if json:
        emit(result)
        return
    rows = []
    for name, one in result["strategies"].items():
        needed, saved = one["labels_needed"], one.get("saved")
        low, high = one.get("saved_interval", (None, None))
        rows.append(
            (
                name,
                f"more than {result['labels'][-1]:,}" if needed is None else f"{needed:,.0f}",
                "" if one["share_of_pool"] is None else f"{one['share_of_pool']:.0%}",
                "" if saved is None else f"{saved:+.0%}",
                "" if low is None or high is None else f"{low:+.0%} to {high:+.0%}",
                f"{one['area']:.4f}",
            )
        )
    typer.echo(
        f"{result['texts']:,} texts, pool {result['pool']:,}, {len(chosen)} seeds; the whole pool gives a "
        f"macro-F1 of {result['ceiling']:.3f}, aimed at are {result['target']:.3f}"
    )
    columns = ("strategy", "labels needed", "of the pool", "fewer than random", "interval", "area")
    table(columns, rows, "no strategy")
