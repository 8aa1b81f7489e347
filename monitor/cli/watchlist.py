"""companies: the watch list, what it finds, and what an alias would find."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from monitor.cli.stories import story_table
from monitor.cli.terminal import (
    Hours,
    Json,
    at_desk,
    emit,
    given,
    opened,
    progress,
    recorded,
    settings_of,
    table,
)
from monitor.errors import UserError
from monitor.records import AliasKind

companies = typer.Typer(help="The watch list: which companies texts name.", rich_markup_mode=None)


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.add_typer(companies, name="companies")


@companies.command("list")
def list_companies(
    ctx: typer.Context,
    text: Annotated[str, typer.Argument(metavar="[TEXT]", help="Only those that have it in a name.")] = "",
    hours: Hours = 168,
    json: Json = False,
) -> None:
    """How the watched companies are written about: those with open alerts first, then those most voices are
    negative about."""
    with at_desk(ctx) as desk:
        found = desk.coverage(hours, text)
    if json:
        emit(found)
        return
    rows = [
        (
            one.id,
            one.name,
            one.stories,
            one.negative,
            f"{one.share:.0%}",
            one.negative_before,
            one.open_alerts,
        )
        for one in found
    ]
    columns = ("company", "name", "stories", "negative", "share", "negative before", "open alerts")
    table(columns, rows, "No watched company.")


@companies.command("show")
def show(
    ctx: typer.Context,
    id: Annotated[str, typer.Argument(metavar="ID", help="The company.")],
    hours: Hours = 168,
    json: Json = False,
) -> None:
    """One company: what is usual, its alerts and stories, its names, and the companies beside it."""
    with at_desk(ctx) as desk:
        told = desk.company(id, hours)
    if json:
        emit(told)
        return
    one, usual = told.coverage, told.usual
    typer.echo(f"{one.id}: {one.name}")
    typer.echo(
        f"{one.stories} stories in {hours} hours, {one.negative} negative; "
        f"in the {hours} before, {one.stories_before} and {one.negative_before}"
    )
    if usual is not None:
        typer.echo(
            f"usual in {usual.hours:g} hours: {usual.level:.1f} negative, mostly {usual.low:.1f} to "
            f"{usual.high:.1f} (the mean of {usual.weeks:.1f} weeks before)"
        )
    for alert in told.alerts:
        typer.echo(f"alert {alert.id}: {alert.state}, {alert.rule}, {alert.opened_at:%Y-%m-%d %H:%M}")
    names = [(name.name, name.kind, name.market, name.valid_from, name.valid_until) for name in told.names]
    table(("name", "kind", "market", "from", "until"), names, "")
    story_table(told.stories, id)
    for name, peers in (("named beside", told.peers), (told.rivals_topic, told.rivals)):
        if peers:
            typer.echo(f"{name}: {', '.join(f'{peer.name} ({peer.stories})' for peer in peers)}")


@companies.command("find")
def find(
    ctx: typer.Context,
    text: Annotated[str, typer.Argument(metavar="[TEXT|-]", help="The text; - reads standard input.")] = "-",
    on: Annotated[
        str, typer.Option(metavar="DAY", help="The text's day, for names valid for a time: 2021-10-28.")
    ] = "",
    json: Json = False,
) -> None:
    """Say which watched companies a text names, with their roles, and which finds are no names."""
    from monitor.desk.watched import named
    from monitor.news import normalize
    from monitor.news.companies import Linker, load_watchlist

    text = given(text)
    try:
        day = date.fromisoformat(on) if on else None
    except ValueError:
        raise UserError(f"--on {on}: expected a day as 2021-10-28") from None
    linker = Linker(load_watchlist(settings_of(ctx, "warning").watchlist.path))
    told = named(linker, normalize.content("", text), day)
    if json:
        emit(told)
        return
    table(
        ("company", "name", "alias", "kind", "role", "place"),
        [
            (one.company_id, one.name, one.alias, one.kind, one.role, f"{one.start}-{one.end}")
            for one in told.mentions
        ],
        "It names no watched company.",
    )
    for refused in told.refused:
        typer.echo(f"not {refused.name}: {refused.alias!r} ({refused.reason.replace('_', ' ')})")


@companies.command("preview")
def preview(
    ctx: typer.Context,
    alias: Annotated[str, typer.Argument(metavar="ALIAS")],
    company: Annotated[
        str, typer.Option(metavar="ID", help="The watched company that it would name; a new one if absent.")
    ] = "",
    kind: Annotated[AliasKind, typer.Option(help="What sort of name it is.")] = AliasKind.SHORT,
    days: Annotated[int, typer.Option(min=1, max=366, help="How far back.")] = 30,
    json: Json = False,
) -> None:
    """Say what an alias would have matched in the stored articles, and what it would have got wrong."""
    with at_desk(ctx) as desk:
        told = desk.preview_alias(alias, company, kind, days)
    if json:
        emit(told)
        return
    typer.echo(
        f"{told.alias}: names the company in {told.matched} of {told.read} articles of {told.days} days, "
        f"{told.new} of them by no other name{'' if told.complete else '; older ones were not read'}"
    )
    for reason, number in told.refused.items():
        typer.echo(f"no name in {number}: {reason.replace('_', ' ')}")
    for match in (*told.examples, *told.refused_examples):
        sort = match.reason.replace("_", " ") or "matched"
        typer.echo(f"  {match.article_id} {sort}: {match.around}")


@companies.command("relink")
def relink(
    ctx: typer.Context,
    days: Annotated[int, typer.Option(min=1, max=3660, help="How far back.")] = 30,
    json: Json = False,
) -> None:
    """Find the companies of the stored articles once more, with the watch list as it is now."""
    from monitor.store import prunings

    with opened(ctx) as monitor, progress() as report:
        read, changed = monitor.relink(days, report)
        with monitor.store.read() as tx:
            gone = prunings.of(tx, "bodies")
        recorded(monitor.store, "companies.relink", "", {"days": days, "read": read, "changed": changed})
    if json:
        emit({"read": read, "changed": changed})
        return
    typer.echo(f"{read} articles read; the mentions of {changed} changed")
    if (
        gone is not None
        and gone.until_at is not None
        and gone.until_at > datetime.now(UTC) - timedelta(days=days)
    ):
        typer.echo(
            f"The texts of before {gone.until_at:%Y-%m-%d} were removed: whom they name stays as it is."
        )


@companies.command("import")
def import_listing(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A watch list, or an exchange's listing.")],
    replace: Annotated[
        bool, typer.Option("--replace", help="Companies that are on the list already become those of FILE.")
    ] = False,
    json: Json = False,
) -> None:
    """Add the companies of a file to the watch list: a listing of A shares, of the SEC or of the S&P 500,
    or another watch list."""
    from monitor.news.names.watchlist import load_watchlist
    from monitor.premises.watchlist import Listed, rewrite

    path = settings_of(ctx, "warning").watchlist.path
    brought = {one.id: one for one in load_watchlist(file)}
    added: list[str] = []
    replaced: list[str] = []

    def with_brought(before: Listed) -> Listed:
        added.extend(id for id in brought if id not in before)
        replaced.extend(id for id, one in brought.items() if replace and before.get(id, one) != one)
        return {**before, **{id: brought[id] for id in (*added, *replaced)}}

    after = rewrite(path, with_brought)
    done = {"path": path, "added": len(added), "replaced": len(replaced), "companies": len(after)}
    if json:
        emit(done)
        return
    typer.echo(f"{path}: {len(added)} added, {len(replaced)} replaced; {len(after)} companies")
