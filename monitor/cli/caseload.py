"""alerts list|assign|comment|severity: the list of alerts, whose they are, and what people say of them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from monitor.cli.alerts import Id, User, alerts, changed, due
from monitor.cli.terminal import Json, at_desk, emit, table
from monitor.records import Alert, AlertState


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module to those of `monitor alerts`."""
    alerts.command("list")(list_alerts)
    for command in (assign, comment, severity):
        alerts.command()(command)


def list_alerts(
    ctx: typer.Context,
    state: Annotated[list[AlertState] | None, typer.Option(help="Only these; repeatable.")] = None,
    severity: Annotated[str, typer.Option(metavar="NAME", help="Only as grave as this.")] = "",
    rule: Annotated[str, typer.Option(metavar="NAME", help="Only of this rule.")] = "",
    company: Annotated[str, typer.Option(metavar="ID", help="Only about this company.")] = "",
    topic: Annotated[str, typer.Option(metavar="NAME", help="Only about this topic.")] = "",
    owner: Annotated[str, typer.Option(metavar="NAME", help="Only this user's.")] = "",
    unowned: Annotated[bool, typer.Option("--unowned", help="Only what is nobody's.")] = False,
    overdue: Annotated[
        bool, typer.Option("--overdue", help="Only what should have been done by now.")
    ] = False,
    text: Annotated[str, typer.Option(metavar="TEXT", help="Only with this in a title or a name.")] = "",
    sort: Annotated[str, typer.Option(metavar="age|severity|sla", help="What stands first.")] = "age",
    page: Annotated[int, typer.Option(min=1, max=10_000, help="The first is 1.")] = 1,
    limit: Annotated[int, typer.Option(min=1, max=500, help="At most so many.")] = 100,
    json: Json = False,
) -> None:
    """Alerts, newest first; those of the sample while there is nothing else."""
    from monitor.errors import UserError
    from monitor.messages import Message
    from monitor.store.caseload import Sort, Wanted

    if sort not in list(Sort):
        raise UserError(Message("caring.no_sort", sort=sort, known=", ".join(Sort)))
    with at_desk(ctx) as desk:
        now = desk.monitor.now()
        wanted = Wanted(
            states=tuple(state or ()),
            severity=severity,
            rule=rule,
            company=company,
            topic=topic,
            owner="" if unowned else owner or None,
            text=text,
            overdue_at=now if overdue else None,
        )
        found = desk.find_alerts(wanted, Sort(sort), page, limit)
    if json:
        emit(found)
        return
    columns = ("id", "rule", "severity", "state", "about", "opened", "owner", "due")
    table((*columns, "voices", "weight", "expected", "p"), [_line(one, now) for one in found], "No alerts.")


def assign(
    ctx: typer.Context,
    id: Id,
    user: User,
    to: Annotated[str, typer.Option(metavar="NAME", help="Whose it is from now on; else one's own.")] = "",
    nobody: Annotated[bool, typer.Option("--nobody", help="Let it be nobody's.")] = False,
    json: Json = False,
) -> None:
    """Make an alert somebody's; that acknowledges nothing."""
    with at_desk(ctx, user) as desk:
        changed(desk.assign(id, "" if nobody else to or None), json)


def comment(
    ctx: typer.Context,
    id: Id,
    text: Annotated[str, typer.Argument(help="What to say of it.")],
    user: User,
    json: Json = False,
) -> None:
    """Write something to an alert's history."""
    with at_desk(ctx, user) as desk:
        changed(desk.comment_on_alert(id, text), json)


def severity(
    ctx: typer.Context,
    id: Id,
    severity: Annotated[str, typer.Argument(metavar="info|warning|critical", help="How grave it is.")],
    user: User,
    why: Annotated[str, typer.Option(metavar="TEXT", help="Why it is; it stands in its history.")],
    json: Json = False,
) -> None:
    """Raise or lower an alert's severity; its deadlines follow."""
    with at_desk(ctx, user) as desk:
        changed(desk.change_severity(id, severity, why), json)


def _line(alert: Alert, now: datetime) -> tuple[object, ...]:
    figures = (alert.observed, alert.expected, alert.p_value)
    told = ("" if one is None else f"{one:.2g}" for one in figures)
    who = (alert.owner, due(alert, now))
    return (
        *(alert.id, alert.rule, alert.severity, alert.state, alert.scope, alert.opened_at, *who),
        alert.voices,
        *told,
    )
