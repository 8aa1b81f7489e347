"""Users and tokens: who is let in, and for how long."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from monitor.errors import ConflictError, NotFoundError
from monitor.records import Role, User
from monitor.store import Store, users

HOUR = timedelta(hours=1)


def test_a_user_comes_back_with_the_hash(store: Store, now: datetime) -> None:
    with store.begin() as tx:
        ann = users.add(tx, "ann", "$argon2id$1", Role.ANALYST, now)
        assert ann == User(ann.id, "ann", Role.ANALYST, now)
        assert users.get(tx, "ann") == (ann, "$argon2id$1")
        assert users.by_id(tx, ann.id) == ann
        assert users.get(tx, "Ann") is None
        aaron = users.add(tx, "aaron", "", Role.ADMIN, now)
        assert users.all(tx) == [aaron, ann]
        assert users.count(tx) == 2


def test_a_name_is_taken_once(store: Store, now: datetime) -> None:
    with store.begin() as tx:
        users.add(tx, "ann", "1", Role.VIEWER, now)
        with pytest.raises(ConflictError, match="'ann' exists already"):
            users.add(tx, "ann", "2", Role.ADMIN, now)
        found = users.get(tx, "ann")
        assert found is not None and found[1] == "1"


def test_an_unknown_user_is_named(store: Store) -> None:
    with store.begin() as tx:
        for ask in (
            lambda: users.by_id(tx, 41),
            lambda: users.disable(tx, "41"),
            lambda: users.enable(tx, "41"),
            lambda: users.set_role(tx, "41", Role.ADMIN),
            lambda: users.set_password(tx, "41", "1"),
        ):
            with pytest.raises(NotFoundError, match="41"):
                ask()


def test_a_disabled_user_is_out_at_once(store: Store, now: datetime) -> None:
    with store.begin() as tx:
        ann, bob = (users.add(tx, name, "1", Role.ANALYST, now) for name in ("ann", "bob"))
        for user in (ann, bob):
            users.add_token(tx, f"session of {user.name}", "session", user.id, "", now, now + HOUR)
        users.disable(tx, "ann")
        assert users.token(tx, "session of ann", now) is None
        assert users.token(tx, "session of bob", now) == ("session", bob)
        assert users.by_id(tx, ann.id).disabled
        users.enable(tx, "ann")
        assert users.token(tx, "session of ann", now) is None  # the session is gone for good
        assert not users.by_id(tx, ann.id).disabled


def test_a_token_made_after_disabling_is_worth_nothing(store: Store, now: datetime) -> None:
    with store.begin() as tx:
        ann = users.add(tx, "ann", "1", Role.ANALYST, now)
        users.disable(tx, "ann")
        users.add_token(tx, "late", "session", ann.id, "", now, None)
        assert users.token(tx, "late", now) is None


def test_role_and_password_change(store: Store, now: datetime) -> None:
    with store.begin() as tx:
        ann = users.add(tx, "ann", "1", Role.ANALYST, now)
        users.add_token(tx, "session", "session", ann.id, "", now, None)
        users.set_role(tx, "ann", Role.ADMIN)
        assert users.token(tx, "session", now) == ("session", User(ann.id, "ann", Role.ADMIN, now))
        users.set_password(tx, "ann", "2")
        found = users.get(tx, "ann")
        assert found is not None and found[1] == "2"
        assert users.token(tx, "session", now) is None


def test_a_token_ends_on_time_or_never(store: Store, now: datetime) -> None:
    with store.begin() as tx:
        ann = users.add(tx, "ann", "1", Role.ANALYST, now)
        users.add_token(tx, "short", "session", ann.id, "", now, now + HOUR)
        users.add_token(tx, "long", "api", ann.id, "nightly export", now, None)
        moment = now + HOUR - timedelta(microseconds=1)
        assert users.token(tx, "short", moment) == ("session", ann)
        assert users.token(tx, "short", now + HOUR) is None
        assert users.token(tx, "long", now + 9999 * HOUR) == ("api", ann)
        assert users.token(tx, "unknown", now) is None
        users.drop_token(tx, "long")
        users.drop_token(tx, "long")
        assert users.token(tx, "long", now) is None


def test_a_setup_link_works_once(store: Store, now: datetime) -> None:
    with store.begin() as tx:
        ann = users.add(tx, "ann", "1", Role.ANALYST, now)
        users.add_token(tx, "link", "setup", None, "", now, now + HOUR)
        users.add_token(tx, "old link", "setup", None, "", now, now)
        users.add_token(tx, "session", "session", ann.id, "", now, None)
        assert users.token(tx, "link", now) == ("setup", None)
        assert not users.take_setup(tx, "old link", now)
        assert not users.take_setup(tx, "session", now)
        assert users.take_setup(tx, "link", now)
        assert not users.take_setup(tx, "link", now)
        assert users.token(tx, "session", now) == ("session", ann)
