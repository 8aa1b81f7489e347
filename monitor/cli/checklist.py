"""models check: the check-list of behaviours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from monitor.cli.terminal import Json, emit, opened, table


def check(
    ctx: typer.Context,
    model: Annotated[
        str,
        typer.Argument(metavar="[ID|PATH]", help="A version or a model folder; the one that serves."),
    ] = "",
    failures: Annotated[bool, typer.Option("--failures", help="Name the cases that fail.")] = False,
    json: Json = False,
) -> None:
    """Ask a model for behaviours it must show: negation, narrowing losses, mixed news, sarcasm, ..."""
    from monitor.evaluation import checklist

    with opened(ctx) as monitor:
        outcomes = checklist.check(monitor.classifier(model).classify, checklist.shipped())
    rates = checklist.rates(outcomes)
    failed = [one for one in outcomes if not one.passed]
    if json:
        emit({**rates, "failures": failed})
        return
    passed(rates)
    if failures:
        table(
            ("capability", "expected", "found", "company", "texts"),
            [
                (
                    one.case.capability,
                    one.case.expected,
                    ", ".join(one.found),
                    one.case.company,
                    " | ".join(one.case.texts),
                )
                for one in failed
            ],
            "No case fails.",
        )


def passed(rates: Mapping[str, Any]) -> None:
    """A table of pass rates, beside the champion's where they are known."""
    others = rates.get("champion", {})
    rows: list[tuple[object, ...]] = []
    for group in ("capabilities", "languages"):
        before = others.get(group, {})
        rows += [
            (name, one["cases"], _share(one), _share(before.get(name))) for name, one in rates[group].items()
        ]
    rows.append(("all", rates["cases"], _share(rates), _share(others)))
    if others:
        table(("behaviour", "cases", "passed", "champion"), rows, "")
    else:
        table(("behaviour", "cases", "passed"), [row[:3] for row in rows], "")


def _share(rate: Mapping[str, Any] | None) -> str:
    return f"{rate['passed']:.1%}" if rate else ""
