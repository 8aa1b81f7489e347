"""What commands share: opening the monitor, telling people, telling programs."""

from __future__ import annotations

import dataclasses
import json
import os
import pwd
import socket
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TextIO

import typer

from monitor.errors import DataError, UserError
from monitor.logs import standard_error
from monitor.premises import ownership

if TYPE_CHECKING:
    from monitor.app import Monitor
    from monitor.desk import Desk
    from monitor.settings import Settings
    from monitor.store import Store, Tx

USER = "command line"
"""Who did it, in the audit log."""

Encoding = Annotated[
    str,
    typer.Option(
        metavar="NAME",
        help="The encoding of the file, as gb18030 or big5, where a guess is wrong or refused.",
    ),
]

Out = Annotated[Path | None, typer.Option(metavar="FILE", help="Where to; standard output if absent.")]

Hours = Annotated[int, typer.Option(min=1, max=24 * 366, help="How far back.")]

Json = Annotated[bool, typer.Option("--json", help="Print JSON for programs instead of text for people.")]


def settings_of(ctx: typer.Context, level: str = "") -> Settings:
    """The settings this command was started with; the log goes to standard error from `level` up
    (by default the configured one)."""
    from monitor import config
    from monitor.logs import events

    settings = config.load(ctx.obj, os.environ)
    # Who asks for debug means every command.
    chosen = level if level and settings.log.level != "debug" else settings.log.level
    events.configure(chosen, settings.log.path, events.secrets(settings))
    if standard_error.owned():
        events.own_process()
    return settings


@contextmanager
def opened(
    ctx: typer.Context,
    settings: Settings | None = None,
    *,
    migrate: bool = False,
    role: str = "",
    patience_seconds: float | None = None,
) -> Iterator[Monitor]:
    """The monitor, closed afterwards. A new database gets its tables; an old one is upgraded
    if `migrate`, and refused with the command to run if not. `patience_seconds` as in `Monitor.open`."""
    from monitor.app import Monitor

    chosen = settings or settings_of(ctx, "warning")
    acting = role or role_of(ctx)
    with Monitor.open(chosen, migrate=migrate, role=acting, patience_seconds=patience_seconds) as monitor:
        yield monitor


@contextmanager
def stored(ctx: typer.Context) -> Iterator[Store]:
    """The store alone, for commands that need no plugin."""
    from monitor.premises.installation import store_of

    store = store_of(settings_of(ctx, "warning"))
    try:
        store.prepare(role=role_of(ctx))
        yield store
    finally:
        store.close()


@contextmanager
def at_desk(ctx: typer.Context, name: str = "") -> Iterator[Desk]:
    """The desk as the user `name` sees it; without one, of who commands: an administrator's. Raises
    NotFoundError for a user that is none, or is disabled."""
    from monitor.desk import Desk
    from monitor.errors import NotFoundError
    from monitor.messages import Message
    from monitor.records import Role, User
    from monitor.store import users

    with opened(ctx) as monitor:
        person = User(0, USER, Role.ADMIN, monitor.now())
        if name:
            with monitor.store.read() as tx:
                found = users.get(tx, name)
            if found is None or found[0].disabled:
                raise NotFoundError(Message("users.none", user=name))
            person = found[0]
        yield Desk(monitor, person, address=address())


def role_of(ctx: typer.Context) -> str:
    """What this process does, for who asks why the store is in use: ``run``, ``users list``."""
    return ctx.command_path.partition(" ")[2] or ctx.command_path


def address() -> str:
    """Where a command comes from, for the audit: account@host. The account is the system's word, not the
    environment's."""
    try:
        account = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # a container's user without a name
        account = str(os.getuid())
    return f"{account}@{socket.gethostname()}"


def given(text: str) -> str:
    """The text that a command was given; "-": what stands on standard input. Raises UserError where there is
    none."""
    if text == "-":
        text = sys.stdin.buffer.read().decode("utf-8", "replace")
    if not text.strip():
        raise UserError("the text is empty; give one as TEXT, or on standard input")
    return text


@contextmanager
def written(out: Path | None) -> Iterator[TextIO]:
    """The file `out`, its owner's alone, to write to; standard output where it is None. Raises UserError."""
    if out is None:
        yield sys.stdout
        return
    try:
        file = open(out, "w", encoding="utf-8", opener=ownership.opener)  # noqa: SIM115
    except OSError as error:
        raise UserError(f"{out}: cannot be written: {error.strerror}") from None
    with file:
        yield file


def recorded(store: Store, action: str, target: str, detail: Mapping[str, Any] | None = None) -> None:
    """Write to the audit what a command did."""
    from monitor.store import audit

    with store.begin() as tx:
        audit.write(tx, datetime.now(UTC), USER, action, target, detail, address=address())


def export_lines(
    ctx: typer.Context, out: Path | None, rows: Callable[[Tx], Iterable[object]], action: str, what: str
) -> None:
    """Write rows of the store as JSON lines, and to the audit that `action` was done, with how many of
    `what` there were. Raises UserError."""
    number = 0
    with written(out) as target, stored(ctx) as store:
        with store.read() as tx:
            for row in rows(tx):
                number += 1
                target.write(json.dumps(row, ensure_ascii=False, default=plain) + "\n")
        recorded(store, action, str(out.resolve()) if out else "", {what: number})


def emit(value: Any) -> None:
    """`value` as JSON on standard output."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2, default=plain))


def plain(value: Any) -> Any:
    """What JSON lacks, in what it has: records as objects, times as ISO text."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, (Sequence, Set)):
        return list(value)
    return str(value)


def table(columns: Sequence[str], rows: Sequence[Sequence[object]], nothing: str) -> None:
    """Rows for people; the sentence `nothing` where there are none."""
    if not rows:
        typer.echo(nothing)
        return
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    grid = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        grid.add_column(column, overflow="fold")
    for row in rows:
        # Text, not markup: an article's title may hold square brackets.
        grid.add_row(*(Text(shown(cell)) for cell in row))
    # Elsewhere than in a terminal lines are not cut to a guessed width.
    console = Console() if sys.stdout.isatty() else Console(width=200)
    console.print(grid)


def shown(value: object) -> str:
    """A cell: times to the minute, numbers to three digits, without control characters."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, float):
        return f"{value:.3g}"
    return "".join(char if char.isprintable() else " " for char in str(value))


@contextmanager
def progress() -> Iterator[Callable[[str, float, float], None]]:
    """A bar on standard error where that is a terminal; silence elsewhere."""
    if not sys.stderr.isatty():
        yield lambda what, done, total: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)

        def report(what: str, done: float, total: float) -> None:
            bar.update(task, description=what, completed=done, total=total or None)

        yield report


def existing(path: Path) -> Path:
    """`path` if there is a readable file; DataError otherwise."""
    if not path.exists():
        raise DataError(f"{path}: no such file")
    if path.is_dir():
        raise DataError(f"{path}: is a directory; give a file")
    return path
