from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from monitor.desk import auth
from monitor.errors import AccessError, NotFoundError, UserError
from monitor.records import Role
from monitor.store import Store, audit, users

PASSWORD = "correct horse"
HASH = auth.hash_password(PASSWORD, "ada")  # slow on purpose: once for all tests


def add(store: Store, now: datetime, name: str = "ada", role: Role = Role.ANALYST) -> None:
    with store.begin() as tx:
        users.add(tx, name, HASH, role, now)


def test_a_hash_verifies_its_password_only_and_never_contains_it() -> None:
    hashed = auth.hash_password(PASSWORD, "ada")
    assert hashed.startswith("$argon2id$") and PASSWORD not in hashed
    assert auth.verify_password(hashed, PASSWORD)
    assert not auth.verify_password(hashed, PASSWORD + " ")
    assert not auth.verify_password("not a hash", PASSWORD)
    assert auth.hash_password(PASSWORD, "ada") != hashed, "salted"


@pytest.mark.parametrize("length", [0, 9, 1025])
def test_passwords_too_short_or_too_long_are_refused(length: int) -> None:
    with pytest.raises(UserError, match="characters"):
        auth.hash_password("x" * length, "ada")


def test_a_password_may_hold_half_a_surrogate() -> None:
    assert auth.verify_password(auth.hash_password("\ud800 and ten more", "ada"), "\ud800 and ten more")


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "x" * 101, "\x00abc"])
def test_names_that_nobody_could_type_are_refused(name: str) -> None:
    with pytest.raises(UserError):
        auth.check_name(name)


def test_a_session_lasts_until_it_expires_or_is_closed(sqlite_store: Store, now: datetime) -> None:
    add(sqlite_store, now)
    secret, user = auth.log_in(sqlite_store, " ada ", PASSWORD, now)
    assert auth.user_of_session(sqlite_store, secret, now) == user
    just_before = now + auth.SESSION_LIFE - timedelta(seconds=1)
    assert auth.user_of_session(sqlite_store, secret, just_before) == user
    assert auth.user_of_session(sqlite_store, secret, now + auth.SESSION_LIFE) is None
    auth.log_out(sqlite_store, secret, now, "10.0.0.1")
    assert auth.user_of_session(sqlite_store, secret, now) is None
    auth.log_out(sqlite_store, secret, now)
    with sqlite_store.read() as tx:
        closed = [(one.user, one.address) for one in audit.page(tx) if one.action == "session.close"]
    assert closed == [("ada", "10.0.0.1")]


@pytest.mark.parametrize(("name", "password"), [("ada", "wrong horse!"), ("eve", PASSWORD), ("", "")])
def test_a_wrong_name_and_a_wrong_password_get_the_same_words(
    sqlite_store: Store, now: datetime, name: str, password: str
) -> None:
    add(sqlite_store, now)
    with pytest.raises(AccessError, match="no user has this name and password"):
        auth.log_in(sqlite_store, name, password, now)


def test_a_disabled_user_is_out_at_once(sqlite_store: Store, now: datetime) -> None:
    add(sqlite_store, now)
    secret, user = auth.log_in(sqlite_store, "ada", PASSWORD, now)
    token = auth.create_token(sqlite_store, user, "script", now)
    with sqlite_store.begin() as tx:
        users.disable(tx, "ada")
    assert auth.user_of_session(sqlite_store, secret, now) is None
    assert auth.user_of_token(sqlite_store, token, now) is None
    with pytest.raises(AccessError):
        auth.log_in(sqlite_store, "ada", PASSWORD, now)


def test_a_token_is_no_session_and_a_session_no_token(sqlite_store: Store, now: datetime) -> None:
    add(sqlite_store, now)
    secret, user = auth.log_in(sqlite_store, "ada", PASSWORD, now)
    token = auth.create_token(sqlite_store, user, "script", now, days=1)
    assert auth.user_of_token(sqlite_store, token, now) == user
    assert auth.user_of_token(sqlite_store, secret, now) is None
    assert auth.user_of_session(sqlite_store, token, now) is None
    assert auth.user_of_token(sqlite_store, token, now + timedelta(days=1)) is None
    assert auth.user_of_session(sqlite_store, "", now) is None


def test_the_setup_link_makes_one_administrator_once(sqlite_store: Store, now: datetime) -> None:
    secret = auth.setup_link(sqlite_store, now)
    other = auth.setup_link(sqlite_store, now)
    assert secret and other and auth.setup_open(sqlite_store, secret, now)
    with pytest.raises(UserError, match="characters"):
        auth.create_administrator(sqlite_store, secret, "ada", "short", now)
    user = auth.create_administrator(sqlite_store, secret, "ada", PASSWORD, now)
    assert user.role is Role.ADMIN
    for used in (secret, other):
        assert not auth.setup_open(sqlite_store, used, now)
        with pytest.raises(NotFoundError):
            auth.create_administrator(sqlite_store, used, "eve", PASSWORD, now)
    assert auth.setup_link(sqlite_store, now) is None
    with sqlite_store.read() as tx:
        assert users.count(tx) == 1


def test_the_setup_link_runs_out(sqlite_store: Store, now: datetime) -> None:
    secret = auth.setup_link(sqlite_store, now)
    assert secret and not auth.setup_open(sqlite_store, secret, now + auth.SETUP_LIFE)
    with pytest.raises(NotFoundError):
        auth.create_administrator(sqlite_store, secret, "ada", PASSWORD, now + auth.SETUP_LIFE)


def test_the_database_holds_no_secret(sqlite_store: Store, sqlite_url: str, now: datetime) -> None:
    add(sqlite_store, now)
    secret, user = auth.log_in(sqlite_store, "ada", PASSWORD, now)
    token = auth.create_token(sqlite_store, user, "script", now)
    with sqlite_store.read() as tx:
        assert [entry.action for entry in audit.page(tx)] == ["api.open", "session.open"]
    sqlite_store.close()
    content = Path(sqlite_url.removeprefix("sqlite:///")).read_bytes()
    for text in (secret, token, PASSWORD):
        assert text.encode() not in content
