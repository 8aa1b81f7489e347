"""replay, rules: what rules would have done, and which there are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli.terminal import Json, emit, existing, opened, plain, progress, settings_of, table

if TYPE_CHECKING:
    from monitor.app import Monitor
    from monitor.detection.rules import Rule
    from monitor.errors import MonitorError
    from monitor.records import Alert

rules = typer.Typer(help="The rules that watch.", rich_markup_mode=None)
DAYS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(replay)
    app.add_typer(rules, name="rules")


def replay(
    ctx: typer.Context,
    since: Annotated[
        datetime | None, typer.Option("--from", formats=DAYS, help="From when on (UTC); the first article.")
    ] = None,
    until: Annotated[
        datetime | None, typer.Option("--to", formats=DAYS, help="Up to when (UTC); now.")
    ] = None,
    rules: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A TOML file of [rules.NAME] tables; the settings'.")
    ] = None,
    budget: Annotated[
        float | None, typer.Option(help="False alerts a week, for every rule; what each says.")
    ] = None,
    watchlist: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Companies to watch, new ones too; those watched then."),
    ] = None,
    model: Annotated[
        str, typer.Option(metavar="ID", help="As if this version had judged all of it; as judged then.")
    ] = "",
    as_judged: Annotated[
        bool, typer.Option("--as-judged", help="By what was said then: what holds without --model.")
    ] = False,
    events: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Events to find: company, date, aliases, until.")
    ] = None,
    json: Json = False,
) -> None:
    """What the rules would have alerted to in the past, knowing nothing that came later. Writes nothing."""
    from monitor.alerts import notice
    from monitor.detection import telling
    from monitor.errors import UserError
    from monitor.news.companies import load_watchlist

    if as_judged and model:
        raise UserError("--as-judged and --model say two things: leave one of them out")
    with opened(ctx) as monitor, progress() as report:
        chosen = _chosen(monitor, rules)
        if budget is not None:
            chosen = tuple(replace(one, budget=_budget(budget)) for one in chosen)
        companies = list(load_watchlist(existing(watchlist)) if watchlist is not None else ())
        begin, end = _utc(since), _utc(until)
        found = monitor.replay(begin, end, chosen, companies, progress=_bar(report, begin, end), model=model)
        companies = companies or monitor.watched_in(found.since, found.until)
        outcomes = monitor.outcomes(found, existing(events), companies) if events is not None else None
        titles = notice.titles(monitor.settings.taxonomy, companies)
        told = telling.told(found, monitor.firsts(found), titles, outcomes)
    if json:
        emit(told)
        return
    keys = (
        *("opened_at", "resolved_at", "rule", "about"),
        *("observed", "expected", "score", "cut", "first_title"),
    )
    columns = [key.replace("_at", "").replace("_", " ") for key in keys]
    table(columns, [tuple(one[key] for key in keys) for one in told["alerts"]], "No alert.")
    of_rules = [
        (name, one["budget"], one["alerts"], one["alerts_per_week"], one["cut"], one["checked"])
        for name, one in told["rules"].items()
    ]
    table(("rule", "budget", "alerts", "a week", "cut now", "checked"), of_rules, "")
    if outcomes is not None:
        rows = [
            (one["name"], one["begins_at"], one["first_article_at"], one["alert"], one["delay_hours"])
            for one in told["events"]
        ]
        table(("event", "date", "first article", "alert", "delay (h)"), rows, "No event.")
        table(("share", "number", "of", "from", "to"), [tuple(one) for one in told["shares"]], "")


@rules.command("list")
def list_rules(ctx: typer.Context, json: Json = False) -> None:
    """The rules that are enabled, with their budgets."""
    found = [(name, one) for name, one in settings_of(ctx, "warning").watched.items()]
    if json:
        emit([{"name": name, **one.model_dump()} for name, one in found])
        return
    rows = [
        (name, one.detector, ", ".join(one.scopes), one.budget, one.least, one.severity)
        for name, one in found
    ]
    table(("rule", "detector", "scopes", "a week", "least", "severity"), rows, "No rule is enabled.")


@rules.command()
def check(
    ctx: typer.Context,
    file: Annotated[Path | None, typer.Argument(help="A file of rules; the settings.")] = None,
) -> None:
    """Whether every rule can be run; says what is wrong, and where."""
    with opened(ctx) as monitor:
        chosen = _chosen(monitor, file)
    typer.echo(f"{len(chosen)} rules: {', '.join(one.name for one in chosen)}")


@rules.command("try")
def try_rules(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="A TOML file of the rules as they would be.")],
    weeks: Annotated[int, typer.Option(min=1, max=520, help="How many of the last weeks.")] = 4,
    lines: Annotated[
        bool,
        typer.Option("--lines", help="Print a line of JSON for each step, the last of them what was found."),
    ] = False,
    json: Json = False,
) -> None:
    """What a change of rules would have opened in the last weeks, and what it would have lost."""
    from monitor.errors import MonitorError

    with opened(ctx) as monitor, progress() as report:
        chosen = _chosen(monitor, file)
        if not lines:
            found = monitor.compare_rules(chosen, weeks, lambda done: report("try", done, 1.0))
        else:
            try:
                found = monitor.compare_rules(chosen, weeks, _stepwise())
            except MonitorError as error:
                _line({"failed": _told(error)})
                raise
            _line(found)
            return
    if json:
        emit(found)
        return
    rows = [
        (one.rule, when, side.budget, side.alerts, side.alerts_per_week, side.cut, side.checked)
        for one in found.rules
        for when, side in (("before", one.before), ("after", one.after))
        if side is not None
    ]
    table(("rule", "", "budget", "alerts", "a week", "cut now", "checked"), rows, "")
    changed = [
        (when, alert.rule, alert.scope, alert.opened_at, alert.stories[0].title if alert.stories else "")
        for one in found.rules
        for when, some in (("only before", one.only_before), ("only after", one.only_after))
        for alert in some
    ]
    table(("", "rule", "about", "opened", "first title"), changed, "The same alerts.")


@rules.command()
def test(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="A TOML file of series and alerts.")],
    rules: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A TOML file of [rules.NAME] tables; the settings'.")
    ] = None,
    json: Json = False,
) -> None:
    """Whether the rules open what a file expects of made-up counts, and nothing else; exits with 1 if not."""
    from monitor.config import trial_of
    from monitor.detection.trials import Counted, Expected, tried
    from monitor.settings.trials import counts

    trial = trial_of(existing(file))
    with opened(ctx) as monitor:
        chosen = _chosen(monitor, rules)
        found = tried(
            [Counted(one.name, one.usual, counts(one.hours)) for one in trial.series],
            [Expected(one.rule, one.series, *one.hours) for one in trial.alerts],
            *(chosen, monitor.instances.detectors(chosen)),
            weeks=trial.weeks,
            news=trial.news,
            seed=trial.seed,
        )
    if json:
        emit({"passed": found.passed, **asdict(found)})
    else:
        rows = [(one.rule, one.series, one.hour, one.voices) for one in found.opened]
        table(("rule", "series", "hour", "voices"), rows, "Nothing opened.")
        for missed in found.missing:
            hours = f"{missed.first} to {missed.last}"
            typer.echo(f"expected, and did not open: {missed.rule} on {missed.series} in hours {hours}")
        for other in found.unexpected:
            typer.echo(f"opened, and was not expected: {other.rule} on {other.series} in hour {other.hour}")
    if not found.passed:
        raise typer.Exit(1)


@rules.command()
def route(
    ctx: typer.Context,
    alert: Annotated[str, typer.Argument(metavar="ALERT", help="The alert.")],
    json: Json = False,
) -> None:
    """Who would hear of an alert now, and why."""
    from monitor.alerts import hearings
    from monitor.alerts.hearings import News
    from monitor.store import alerts, silences
    from monitor.store import hearings as kept

    with opened(ctx) as monitor:
        with monitor.store.read() as tx:
            found, now = alerts.get(tx, alert), monitor.now()
            quiet, known = silences.active(tx, now), kept.of_alert(tx, alert)
        rows: list[dict[str, Any]] = []
        for one in monitor.tree.hearings(found):
            barrier = hearings.barrier(found, one, News("updated"), quiet, now)
            mute = next((mute for mute in one.route.mutes if mute.name == (barrier and barrier.name)), None)
            heard = known.get(one.receiver)
            rows.append(
                {
                    "receiver": one.receiver,
                    "routes": list(one.way),
                    "level": one.level,
                    "after_minutes": one.after.total_seconds() / 60,
                    "repeat_hours": one.route.repeat.total_seconds() / 3600,
                    "held_by": str(barrier) if barrier else "",
                    "until": mute.ends_at(now) if mute else None,
                    "told_at": heard.told_at if heard else None,
                }
            )
    told: dict[str, Any] = {
        "alert": found.id,
        "rule": found.rule,
        "severity": found.severity,
        "receivers": list(dict.fromkeys(one["receiver"] for one in rows if not one["level"])),
        "hearings": rows,
        "silences": [one.id for one in quiet if one.about(found) and one.begins_at <= now],
        "acknowledged_by": found.acknowledged_by,
    }
    if json:
        emit(told)
        return
    columns = ("receiver", "by", "when", "held back by", "until", "told")
    lines = [
        (
            one["receiver"],
            " > ".join(f"[{name}]" for name in one["routes"]),
            f"unacknowledged for {one['after_minutes']:g} min" if one["level"] else "at once",
            *(one[key] or "" for key in ("held_by", "until", "told_at")),
        )
        for one in rows
    ]
    table(columns, lines, "Nobody: " + _ends_at(monitor, found))
    for silence in quiet:
        if silence.id in told["silences"]:
            worse = ", unless it gets much worse" if silence.until_worse else ""
            ends = f"{silence.ends_at:%Y-%m-%d %H:%M}"
            typer.echo(f"but nobody until {ends}{worse}: silence {silence.id} of {silence.user}")
    if found.acknowledged_by:
        typer.echo(f"and nothing is repeated: {found.acknowledged_by} acknowledged it")


def _ends_at(monitor: Monitor, alert: Alert) -> str:
    """Where an alert ends that nobody hears of."""
    ways = (" > ".join(f"[{one.name}]" for one in way) for way in monitor.tree.root.ends(alert))
    return ", ".join(ways) + " names no receiver that is enabled."


def _chosen(monitor: Monitor, file: Path | None) -> tuple[Rule, ...]:
    """The rules of a file, or of the settings. Raises ConfigError for one that cannot be run."""
    from monitor.config import rules_of

    found = monitor.rules if file is None else rules_of(existing(file))
    monitor.check_rules(found, file.name if file else "")
    return found


def _stepwise() -> Callable[[float], None]:
    """Tells each hundredth of the way once."""
    last = [-1]

    def told(done: float) -> None:
        if int(100 * done) > last[0]:
            last[0] = int(100 * done)
            _line({"done": done})

    return told


def _line(value: object) -> None:
    import json

    print(json.dumps(value, ensure_ascii=False, default=plain), flush=True)


def _told(error: MonitorError) -> str:
    from monitor.messages import Message

    return error.told.encoded() if isinstance(error.told, Message) else str(error)


def _bar(
    report: Callable[[str, float, float], None], since: datetime | None, until: datetime | None
) -> Callable[[datetime], None]:
    first: list[datetime] = []

    def told(at: datetime) -> None:
        first[:] = first or [at]
        end = until or datetime.now(UTC)
        report(f"{at:%Y-%m-%d}", (at - first[0]).total_seconds(), (end - first[0]).total_seconds())

    return told


def _utc(at: datetime | None) -> datetime | None:
    return at.replace(tzinfo=UTC) if at else None


def _budget(value: float) -> float:
    if not 0 < value <= 1000:
        raise typer.BadParameter(f"--budget: expected a number above 0 and at most 1000, found {value:g}")
    return value
