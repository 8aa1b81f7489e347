"""users: who may log in, and as what."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli.terminal import USER, Json, address, emit, stored, table
from monitor.errors import NotFoundError, UserError
from monitor.records import Role

if TYPE_CHECKING:
    from monitor.store import Tx

Name = Annotated[str, typer.Argument(metavar="NAME")]
PasswordStdin = Annotated[
    bool,
    typer.Option("--password-stdin", help="Read the password from standard input, not from a prompt."),
]

users = typer.Typer(help="Who may log in.", rich_markup_mode=None)


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.add_typer(users, name="users")


@users.command("list")
def list_users(ctx: typer.Context, json: Json = False) -> None:
    """Everybody."""
    from monitor.store import users as stored_users

    with stored(ctx) as store, store.read() as tx:
        found = stored_users.all(tx)
    if json:
        emit(found)
        return
    table(
        ("name", "role", "since", "state"),
        [(u.name, u.role, u.created_at, "disabled" if u.disabled else "active") for u in found],
        "No users yet: `monitor run` prints a link that creates the administrator.",
    )


@users.command("add")
def add_user(
    ctx: typer.Context,
    name: Name,
    role: Annotated[Role, typer.Option(help="Each role includes the ones before it.")] = Role.ANALYST,
    password_stdin: PasswordStdin = False,
) -> None:
    """Add a user, and be asked for the password."""
    from monitor.desk import auth
    from monitor.store import audit
    from monitor.store import users as stored_users

    name = auth.check_name(name)
    with stored(ctx) as store:
        with store.read() as tx:
            if stored_users.get(tx, name):
                raise UserError(f"there is a user {name!r} already")
        hashed, now = auth.hash_password(_password(password_stdin), name), datetime.now(UTC)
        with store.begin() as tx:
            stored_users.add(tx, name, hashed, role, now)
            audit.write(tx, now, USER, "user.add", name, {"role": str(role)}, address=address())
    typer.echo(f"Added {name} ({role}).")


@users.command("disable")
def disable_user(ctx: typer.Context, name: Name) -> None:
    """Log a user out everywhere, and keep them out."""
    from monitor.store import users as stored_users

    with _changing(ctx, name, "user.disable") as tx:
        stored_users.disable(tx, name)
    typer.echo(f"Disabled {name}.")


@users.command("enable")
def enable_user(ctx: typer.Context, name: Name) -> None:
    """Let a disabled user in again."""
    from monitor.store import users as stored_users

    with _changing(ctx, name, "user.enable") as tx:
        stored_users.enable(tx, name)
    typer.echo(f"Enabled {name}.")


@users.command("role")
def change_role(
    ctx: typer.Context, name: Name, role: Annotated[Role, typer.Argument(metavar="ROLE")]
) -> None:
    """Change what a user may do: viewer, analyst or admin."""
    from monitor.store import users as stored_users

    with _changing(ctx, name, "user.role", {"role": str(role)}) as tx:
        stored_users.set_role(tx, name, role)
    typer.echo(f"{name} is {role} now.")


@users.command("password")
def change_password(ctx: typer.Context, name: Name, password_stdin: PasswordStdin = False) -> None:
    """Give a user another password, and end their sessions and tokens."""
    from monitor.desk import auth
    from monitor.store import users as stored_users

    hashed = auth.hash_password(_password(password_stdin), name)
    with _changing(ctx, name, "user.password") as tx:
        stored_users.set_password(tx, name, hashed)
    typer.echo(f"{name} logs in with the new password from now on.")


@users.command("token")
def make_token(
    ctx: typer.Context,
    name: Name,
    title: Annotated[str, typer.Option(metavar="TEXT", help="What it is for.")] = "command line",
    days: Annotated[int, typer.Option(min=1, max=3660, help="How long it is good for.")] = 90,
) -> None:
    """Print a new API token of a user, once."""
    from monitor.desk import auth
    from monitor.store import audit
    from monitor.store import users as stored_users

    now = datetime.now(UTC)
    with stored(ctx) as store:
        with store.read() as tx:
            found = stored_users.get(tx, name)
        if found is None:
            raise NotFoundError(f"user {name!r}: no such user")
        secret = auth.create_token(store, found[0], title, now, days, address())
        with store.begin() as tx:
            detail = {"name": title, "days": days}
            audit.write(tx, now, USER, "user.token", name, detail, address=address())
    typer.echo(secret)


@users.command("tokens")
def list_tokens(ctx: typer.Context, name: Name, json: Json = False) -> None:
    """A user's sessions and API tokens, with the id that `monitor users revoke` takes."""
    from monitor.store import users as stored_users

    with stored(ctx) as store, store.read() as tx:
        found = stored_users.tokens_of(tx, name, datetime.now(UTC))
    if json:
        emit(found)
        return
    table(
        ("id", "kind", "name", "made", "last used", "expires"),
        [(t.id, t.kind, t.name, t.created_at, t.used_at or "never", t.expires_at or "never") for t in found],
        f"{name} has no session and no API token.",
    )


@users.command("revoke")
def revoke_token(
    ctx: typer.Context,
    name: Name,
    id: Annotated[str, typer.Argument(metavar="[ID]", help="From `monitor users tokens NAME`.")] = "",
    everything: Annotated[bool, typer.Option("--all", help="All of them.")] = False,
) -> None:
    """End a session or an API token of a user, or all of them."""
    from monitor.store import users as stored_users

    if bool(id) == everything:
        raise UserError("say which one, by its ID, or --all")
    with _changing(ctx, name, "token.revoke", {"all": True} if everything else {"id": id}) as tx:
        stored_users.tokens_of(tx, name, datetime.now(UTC))  # that there is such a user
        if everything:
            ended = stored_users.revoke_all(tx, name)
        else:
            stored_users.revoke(tx, name, id)
            ended = 1
    typer.echo(f"Ended {ended} of {name}.")


@contextmanager
def _changing(
    ctx: typer.Context, name: str, action: str, detail: Mapping[str, Any] | None = None
) -> Iterator[Tx]:
    """A transaction that changes a user, with its entry in the audit log."""
    from monitor.store import audit

    with stored(ctx) as store, store.begin() as tx:
        yield tx
        audit.write(tx, datetime.now(UTC), USER, action, name, detail, address=address())


def _password(stdin: bool) -> str:
    if stdin:
        return sys.stdin.readline().rstrip("\r\n")
    typed: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    return typed
