"""poll, import, classify: articles in."""

from __future__ import annotations

from math import ceil, isfinite
from pathlib import Path
from time import perf_counter
from typing import Annotated

import typer

from monitor.cli.terminal import Encoding, Json, emit, existing, given, opened, progress, recorded, table
from monitor.errors import UserError
from monitor.messages import Message
from monitor.records import PollResult, likeliest

SOME_FAILED = 1
TELL_SECONDS = 10.0
"""How often a long import says how much is left."""
ALL_FAILED = 3


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(poll)
    app.command("import")(import_file)
    app.command()(classify)


def poll(
    ctx: typer.Context,
    sources: Annotated[
        list[str] | None, typer.Argument(metavar="[SOURCE]...", help="Names in config.toml; all if none.")
    ] = None,
    json: Json = False,
) -> None:
    """Fetch sources now and store what is new. Exit code: 0 all worked, 1 some failed, 3 all failed."""
    with opened(ctx) as monitor, progress() as report:
        results = monitor.poll(sources or None, progress=report)
        for result in results:
            did = {"ok": result.ok, "new": result.new, "malformed": result.malformed}
            recorded(monitor.store, "source.poll", result.source, did)
    if json:
        emit(results)
    else:
        table(
            ("source", "state", "fetched", "new", "duplicates", "malformed", "reason"),
            [
                (r.source, _state(r), r.fetched, r.new, r.duplicates, r.malformed or "", r.error)
                for r in results
            ],
            "No source is enabled: add a [sources.NAME] table to config.toml.",
        )
    failed = sum(not result.ok for result in results)
    if failed:
        raise typer.Exit(ALL_FAILED if failed == len(results) else SOME_FAILED)


def _state(result: PollResult) -> str:
    return "ok" if result.ok else "failed"


def import_file(
    ctx: typer.Context,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="JSON lines, a JSON array, CSV, TSV or Parquet.")
    ],
    source: Annotated[
        str, typer.Option(metavar="NAME", help="The source the articles are filed under; the file's name.")
    ] = "",
    judge: Annotated[
        bool,
        typer.Option("--classify/--no-classify", help="Classify them at once, or leave it to the worker."),
    ] = True,
    timezone: Annotated[
        str,
        typer.Option(
            metavar="ZONE", help="Of dates that name none, Asia/Shanghai say; the source's, or UTC."
        ),
    ] = "",
    date_order: Annotated[
        str, typer.Option(metavar="ORDER", help="How 01/02/2026 is read: dmy, mdy or ymd; the source's.")
    ] = "",
    mask: Annotated[
        bool | None,
        typer.Option(
            "--mask/--no-mask",
            help="Mask personal data before anything is kept; if neither is said, as [sources.NAME] has it, "
            "else yes.",
        ),
    ] = None,
    encoding: Encoding = "",
    as_history: Annotated[
        bool,
        typer.Option(
            "--as-history",
            help="Take them in as news of their own time, read and judged then, for replay, search and "
            "pages: they ask, teach and warn of nothing. Rows without a time are refused. Needs --source.",
        ),
    ] = False,
    watchlist: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="With --as-history: the companies to find; else the configured ones."
        ),
    ] = None,
    model: Annotated[
        str,
        typer.Option(metavar="ID", help="With --as-history: the version, or model folder, that judges."),
    ] = "",
    json: Json = False,
) -> None:
    """Store the articles of a file: columns title, text, url, guid, author, publisher, published_at,
    language."""
    existing(file)
    options = {"timezone": timezone, "date_order": date_order, "encoding": encoding}
    if as_history:
        if not source:
            raise UserError(Message("history.source"))
        _import_history(ctx, file, source, watchlist, model, mask, options, json)
        return
    if watchlist is not None or model:
        raise UserError(Message("history.options"))
    with opened(ctx) as monitor, progress() as report:
        result, warnings = monitor.import_file(file, source or file.stem, report, mask=mask, **options)
        recorded(monitor.store, "source.import", result.source, {"file": str(file), "new": result.new})
        classified = monitor.classify_pending(report) if judge else 0
    for warning in warnings:
        typer.echo(f"{file}: {warning}", err=True)
    if json:
        emit(result)
        return
    typer.echo(
        f"{result.fetched} rows read, {result.new} new articles, {result.duplicates} known ones,"
        f" {result.malformed} not usable; {classified} classified."
    )


def _import_history(
    ctx: typer.Context,
    file: Path,
    source: str,
    watchlist: Path | None,
    model: str,
    mask: bool | None,
    options: dict[str, str],
    json: bool,
) -> None:
    if watchlist is not None:
        existing(watchlist)
    started = said = perf_counter()

    def told(done: int, total: int, minutes: float) -> None:
        nonlocal said
        if isfinite(minutes) and (perf_counter() - said >= TELL_SECONDS or done == total):
            said = perf_counter()
            left = Message("history.left", done=done, total=total, minutes=ceil(minutes))
            typer.echo(f"{file}: {left}", err=True)

    with opened(ctx) as monitor:
        brought, warnings = monitor.import_history(
            file, source, told, watchlist=watchlist, model=model, mask=mask, **options
        )
        did = {"file": str(file), "new": brought.new, "history": True}
        recorded(monitor.store, "source.import", source, did)
    for warning in warnings:
        typer.echo(f"{file}: {warning}", err=True)
    if json:
        emit(brought)
        return
    typer.echo(
        f"{brought.rows} rows read, {brought.new} new articles, {brought.known} known ones, {brought.undated}"
        f" without a time, {brought.malformed} not usable; {perf_counter() - started:.0f} s."
    )
    if brought.first_at is not None and brought.last_at is not None:
        typer.echo(
            f"{source}: {brought.first_at:%Y-%m-%d} to {brought.last_at:%Y-%m-%d}, held as read in "
            f"{brought.hours - brought.unread} of {brought.hours} hours."
        )


def classify(
    ctx: typer.Context,
    text: Annotated[str, typer.Argument(metavar="[TEXT|-]", help="The text; - reads standard input.")] = "-",
    file: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Judge every row of this file instead; its columns are kept."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="With --file: where to; .parquet, .jsonl or .csv.")
    ] = None,
    encoding: Encoding = "",
    json: Json = False,
) -> None:
    """Judge the sentiment and topics of a text and the sentiment towards the watched companies it
    names, and say where it would go."""
    if file is not None or out is not None:
        _classify_file(ctx, file, out, text, encoding, json)
        return
    text = given(text)
    with opened(ctx) as monitor:
        prediction, decision = monitor.classify_text(text)
        names = {company.id: company.name for company in monitor.companies}
        named = monitor.article_of(text).named
    companies = {company: prediction.towards(company) for company in named}
    if json:
        emit(
            {
                "sentiment": prediction.sentiment,
                "label": prediction.label,
                "confidence": prediction.confidence,
                "topics": prediction.topics,
                "chosen_topics": prediction.chosen_topics(),
                "companies": companies,
                "route": decision.route,
                "reason": decision.reason,
                "model": prediction.model,
                "unsupported": prediction.unsupported,
            }
        )
        return
    typer.echo(f"{prediction.label} ({prediction.confidence:.0%}); {', '.join(prediction.chosen_topics())}")
    for company, towards in companies.items():
        label = likeliest(towards)
        typer.echo(f"towards {names[company]}: {label} ({towards[label]:.0%})")
    typer.echo(f"{decision.route}: {decision.reason}")
    typer.echo(f"model {prediction.model}")


def _classify_file(
    ctx: typer.Context, file: Path | None, out: Path | None, text: str, encoding: str, json: bool
) -> None:
    from monitor.classification import bulk

    if file is None or out is None or text != "-":
        raise UserError("a file is judged with --file FILE --out FILE, and no TEXT")
    existing(file)
    started = perf_counter()
    warnings: list[str] = []
    with opened(ctx) as monitor, progress() as report:
        rows = bulk.classify_file(
            file, out, monitor.classify_many, report, encoding=encoding, warn=warnings.append
        )
    for warning in warnings:
        typer.echo(f"{file}: {warning}", err=True)
    seconds = perf_counter() - started
    if json:
        emit({"path": str(out), "rows": rows, "seconds": round(seconds, 2)})
    else:
        typer.echo(f"{out}: {rows} rows judged in {seconds:.0f} s.")
