"""alerts: what fires, who takes care, and closing it. Who acts names a user."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.terminal import Json, at_desk, emit, table
from monitor.records import Alert, VerdictKind

if TYPE_CHECKING:
    from monitor.records import Verdict

alerts = typer.Typer(help="Alerts.", rich_markup_mode=None)

Id = Annotated[str, typer.Argument(metavar="ID", help="The alert.")]
User = Annotated[
    str, typer.Option("--user", metavar="NAME", help="Who does it: a user, an analyst at least.")
]
Note = Annotated[str, typer.Option(metavar="TEXT", help="What to write to its history.")]


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.add_typer(alerts, name="alerts")


@alerts.command()
def show(ctx: typer.Context, id: Id, json: Json = False) -> None:
    """An alert: what it counted, its history, its articles and its messages."""
    with at_desk(ctx) as desk:
        found, now = desk.alert(id), desk.monitor.now()
    if json:
        emit(found)
        return
    from monitor.alerts import lifecycle

    alert = found.alert
    typer.echo(f"{alert.id}: {alert.scope}, {alert.state}, by {alert.rule}")
    typer.echo(f"owner: {alert.owner or 'nobody'}; {_grade(alert)}; {due(alert, now)}")
    if not alert.operational:
        typer.echo(f"{lifecycle.numbers(alert)}, to {alert.end_at:%Y-%m-%d %H:%M}")
        how = "found on past weeks" if alert.checked else "unchecked"
        cut = f"score {alert.score:.3g} against a cut of {alert.cut:.3g} ({how})"
        typer.echo(f"{cut}; usual are {_band(alert)}")
    rows = [(one.at, one.event, one.user, str(one.note)) for one in found.events]
    table(("at", "what", "who", "note"), rows, "Nothing happened.")
    card = found.card
    for sentence in (*card.scaled, *card.counterfactual):
        typer.echo(sentence)
    for one in card.needed:
        typer.echo(f"  story {one.id}: {one.title}")
    stories = [
        (one.id, one.first_at, len(one.voices), one.reach, one.quote.text if one.quote else one.title)
        for one in card.stories
    ]
    table(("story", "first told", "voices", "reach", "what made it negative"), stories, "No story.")
    past = [
        (one.alert.id, one.likeness, one.alert.opened_at, one.alert.resolved_by, _said(one.verdicts))
        for one in found.similar
    ]
    table(("similar alert", "same", "opened", "closed by", "it was"), past, "No alert like it is over.")
    said = [(one.user, one.kind, one.at, one.note) for one in found.feedback]
    table(("who", "says it is", "when", "note"), said, "Nobody said what it was.")
    articles = [
        (view.article.id, view.article.first_seen_at, view.article.source, view.article.title)
        for view in found.evidence
    ]
    table(("article", "first seen", "source", "title"), articles, "No article.")
    sent = [(one.notifier, one.event, one.state, one.attempts, one.last_error) for one in found.deliveries]
    table(("notifier", "message", "state", "attempts", "error"), sent, "Nobody was told.")


def due(alert: Alert, now: datetime) -> str:
    """What is to be done with it next, and until when; nothing where nothing is."""
    from monitor.alerts import deadlines

    found = deadlines.next_of(alert)
    if found is None:
        return ""
    over = found.over(now)
    told = f"overdue {_length(over)}" if found.overdue(now) else f"due in {_length(-over)}"
    return f"{found.duty} {told}"


def _length(time: timedelta) -> str:
    minutes = int(time.total_seconds() // 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h"


def _grade(alert: Alert) -> str:
    if alert.severity == alert.rule_severity:
        return alert.severity
    return f"{alert.severity} (the rule says {alert.rule_severity})"


def _said(verdicts: Sequence[Verdict]) -> str:
    return ", ".join(f"{one.kind} ({one.user})" for one in verdicts)


def _band(alert: Alert) -> str:
    return f"{alert.low:.3g} to {alert.high:.3g}"


@alerts.command()
def ack(ctx: typer.Context, id: Id, user: User, note: Note = "", json: Json = False) -> None:
    """Say that somebody is on it: it is not sent again, but for much worse."""
    with at_desk(ctx, user) as desk:
        changed(desk.acknowledge(id, note), json)


@alerts.command()
def resolve(ctx: typer.Context, id: Id, user: User, note: Note = "", json: Json = False) -> None:
    """Close it; those who were told of it hear of the end."""
    with at_desk(ctx, user) as desk:
        changed(desk.resolve(id, note), json)


@alerts.command()
def feedback(
    ctx: typer.Context,
    id: Id,
    kind: Annotated[VerdictKind, typer.Argument(help="What it was.")],
    user: User,
    other: Annotated[str, typer.Option(metavar="ID", help="The alert that a duplicate repeats.")] = "",
    article: Annotated[int, typer.Option(metavar="NUMBER", help="The article whose label is wrong.")] = 0,
    note: Note = "",
    json: Json = False,
) -> None:
    """Say what it was; each user says one thing, and the last one stands."""
    with at_desk(ctx, user) as desk:
        said = desk.judge_alert(id, kind, note, other=other, article=article)
        tried = desk.spared(id) if kind is VerdictKind.NOISE and not json else ()
    if json:
        emit(said)
        return
    typer.echo(f"{said.alert_id}: {said.kind}, says {said.user}")
    for one in tried:
        told = "told" if one.told else "not told"
        typer.echo(f"at {one.budget:g} false alerts a week, with a cut of {one.cut:.3g}: {told}")


@alerts.command()
def silence(
    ctx: typer.Context,
    user: User,
    id: Annotated[str, typer.Argument(metavar="[ID]", help="As this alert: its rule, company, topic.")] = "",
    rule: Annotated[str, typer.Option(metavar="NAME", help="Of this rule.")] = "",
    company: Annotated[str, typer.Option(metavar="ID", help="About this company.")] = "",
    topic: Annotated[str, typer.Option(metavar="NAME", help="About this topic.")] = "",
    severity: Annotated[str, typer.Option(metavar="NAME", help="As grave as this.")] = "",
    hours: Annotated[float, typer.Option(help="For so long.")] = 24.0,
    until_worse: Annotated[bool, typer.Option(help="But tell of one that gets much worse.")] = False,
    note: Note = "",
    json: Json = False,
) -> None:
    """Tell nobody of such alerts for a while; they open and end as ever."""
    with at_desk(ctx, user) as desk:
        if id:
            alert = desk.alert(id).alert
            rule, company = rule or alert.rule, company or alert.scope.company
            topic = topic or alert.scope.topic
        about = {"rule": rule, "company": company, "topic": topic, "severity": severity}
        made = desk.silence(hours, **about, until_worse=until_worse, note=note)
    if json:
        emit(made)
    else:
        typer.echo(f"silence {made.id} until {made.ends_at:%Y-%m-%d %H:%M}")


@alerts.command()
def silences(ctx: typer.Context, json: Json = False) -> None:
    """What people are not told of, now or later."""
    with at_desk(ctx) as desk:
        found = desk.silences()
    if json:
        emit(found)
        return
    rows = [
        (
            one.id,
            one.rule,
            one.company,
            one.topic,
            one.severity,
            one.ends_at,
            one.until_worse,
            one.user,
            one.note,
        )
        for one in found
    ]
    columns = ("id", "rule", "company", "topic", "severity", "until", "but worse", "who", "note")
    table(columns, rows, "Nothing is silenced.")


@alerts.command()
def unsilence(
    ctx: typer.Context,
    silence: Annotated[int, typer.Argument(metavar="NUMBER", help="The silence.")],
    user: User,
) -> None:
    """Let a silence end now."""
    with at_desk(ctx, user) as desk:
        desk.unsilence(silence)
    typer.echo(f"silence {silence} is over")


def changed(alert: Alert, json: bool) -> None:
    """Tell what an alert is now."""
    if json:
        emit(alert)
    else:
        typer.echo(f"{alert.id}: {alert.state}")
