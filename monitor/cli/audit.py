"""audit: who did what, and whether that is all of it."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli.terminal import (
    USER,
    Json,
    Out,
    address,
    emit,
    existing,
    export_lines,
    settings_of,
    stored,
    table,
)
from monitor.errors import UserError

if TYPE_CHECKING:
    from monitor.store.audit import AuditEntry

audit = typer.Typer(help="Who did what, when, to what, from where.", rich_markup_mode=None)


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.add_typer(audit, name="audit")


@audit.command("list")
def list_entries(
    ctx: typer.Context,
    user: Annotated[str, typer.Option(metavar="NAME", help="Only what this user did.")] = "",
    action: Annotated[
        str, typer.Option(metavar="NAME", help="Only this action, or all of a kind: session, user, db.")
    ] = "",
    where: Annotated[str, typer.Option("--from", metavar="ADDRESS", help="Only from this address.")] = "",
    text: Annotated[str, typer.Option(metavar="TEXT", help="Only with this in the target.")] = "",
    since: Annotated[datetime | None, typer.Option(help="From this time on (UTC).")] = None,
    until: Annotated[datetime | None, typer.Option(help="Before this time (UTC).")] = None,
    before: Annotated[int, typer.Option(min=0, help="Only entries before this number: the next page.")] = 0,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many.")] = 100,
    json: Json = False,
) -> None:
    """Entries, the newest first."""
    from monitor.store import audit as chain

    span = {
        name: at.replace(tzinfo=UTC) for name, at in (("since", since), ("until", until)) if at is not None
    }
    asked: dict[str, Any] = {"user": user, "action": action, "address": where, "text": text, **span}
    with stored(ctx) as store, store.read() as tx:
        found = chain.page(tx, limit, before, **asked)
    if json:
        emit(found)
        return
    table(
        ("no", "when", "who", "what", "target", "from", "more"),
        [(e.id, e.at, e.user, e.action, e.target, e.address, _brief(e)) for e in found],
        "No entry matches.",
    )


@audit.command()
def export(
    ctx: typer.Context,
    out: Out = None,
) -> None:
    """Every entry with its seal, the oldest first, as JSON lines."""
    from monitor.store import audit as chain

    export_lines(ctx, out, chain.all, "audit.export", "entries")


@audit.command()
def verify(
    ctx: typer.Context,
    against: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="A backup or a log that knows how long it was; repeatable."),
    ] = None,
    json: Json = False,
) -> None:
    """Check that no entry was changed, taken out or put in, and with a backup or a log of before that none
    was cut off at the end."""
    from monitor.store import audit_log

    files = [existing(path) for path in against or ()]
    with stored(ctx) as store:
        known = [head for path in [*files, *_own_logs(ctx)] for head in audit_log.heads_in(path)]
        found = store.verify_audit(known)
    if json:
        emit(
            {
                "entries": found.head.entries,
                "seal": found.head.seal,
                "taken_over": found.taken_over,
                "dropped": found.dropped,
                "compared": len(known),
                "first_bad": found.first_bad,
                "problem": found.problem,
            }
        )
    elif found.problem:
        typer.echo(f"Entry {found.first_bad}: {found.problem}.")
    else:
        over = f", {found.taken_over:,} of them taken over from another key" if found.taken_over else ""
        if found.dropped:
            over += f", the first {found.dropped:,} of them removed, as [retention] audit_days says"
        typer.echo(f"{found.head.entries:,} entries are whole{over}; the last seal is {found.head.seal}.")
        typer.echo(f"Compared with {len(known):,} heads from logs and backups.")
    if found.problem:
        raise typer.Exit(1)


@audit.command()
def takeover(
    ctx: typer.Context,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Vouch for entries that another key has sealed, as they are now: the key is lost, or the database
    comes from another installation."""
    from monitor.store import audit as chain

    if not yes:
        if not sys.stdin.isatty():
            raise UserError("nobody can check these entries any more; add --yes to say that you mean it")
        typer.confirm("Take the entries over as they are now?", abort=True)
    with stored(ctx) as store:
        with store.begin() as tx:
            told = chain.taken_over(tx)
            chain.write(tx, datetime.now(UTC), USER, chain.TAKEOVER, "", told, address=address())
        found = store.verify_audit()
    if found.problem:
        raise UserError(f"entry {found.first_bad}: {found.problem}")
    typer.echo(f"{found.head.entries:,} entries, {found.taken_over:,} of them taken over.")


def _own_logs(ctx: typer.Context) -> list[Path]:
    """The log files of the settings."""
    from monitor.premises import contents

    return [path for path in contents.logs(settings_of(ctx, "warning")) if path.is_file()]


def _brief(entry: AuditEntry) -> str:
    """The detail in a line."""
    return " ".join(f"{name}={value}" for name, value in entry.detail.items())
