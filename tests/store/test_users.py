"""Users and tokens: who is let in, and for how long."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

import pytest

from monitor.errors import ConflictError, NotFoundError
from monitor.records import Role, User
from monitor.store import Store, users

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


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
        assert users.drop_token(tx, "long") == ann
        assert users.drop_token(tx, "long") is None
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


def test_tokens_are_listed_and_ended_one_by_one(store: Store, now: datetime) -> None:
    digests = {name: hashlib.sha256(name.encode()).hexdigest() for name in ("a", "b", "c", "d", "e")}
    ids = {name: digest[: users.ID_DIGITS] for name, digest in digests.items()}
    with store.begin() as tx:
        ann, bob = (users.add(tx, name, "1", Role.ANALYST, now) for name in ("ann", "bob"))
        users.add_token(tx, digests["a"], "session", ann.id, "", now, now + HOUR)
        users.add_token(tx, digests["b"], "api", ann.id, "nightly export", now + MINUTE, None)
        users.add_token(tx, digests["c"], "api", bob.id, "bob's", now, None)
        users.add_token(tx, digests["d"], "setup", None, "", now, None)
        users.used(tx, digests["b"], now + HOUR)
        listed = users.tokens_of(tx, "ann", now)
        assert [(one.id, one.kind, one.name) for one in listed] == [
            (ids["b"], "api", "nightly export"),
            (ids["a"], "session", ""),
        ]
        assert (listed[0].used_at, listed[1].used_at) == (now + HOUR, None)
        assert (listed[1].created_at, listed[1].expires_at, listed[1].user) == (now, now + HOUR, "ann")
        assert [one.id for one in users.tokens_of(tx, "ann", now + HOUR)] == [ids["b"]], "the other expired"
        for wrong in (ids["c"], ids["d"], ids["b"][:4], "", "%", digests["b"]):
            with pytest.raises(NotFoundError, match="no session or token"):
                users.revoke(tx, "ann", wrong)
        assert users.revoke(tx, "ann", ids["b"]) == listed[0]
        assert users.token(tx, digests["b"], now) is None
        assert users.token(tx, digests["c"], now) == ("api", bob)
        with pytest.raises(NotFoundError, match="'nobody'"):
            users.tokens_of(tx, "nobody", now)
        users.add_token(tx, digests["e"], "api", ann.id, "", now, None)
        assert users.revoke_all(tx, "ann", keep=digests["a"]) == 1
        assert [one.id for one in users.tokens_of(tx, "ann", now)] == [ids["a"]]


def test_a_new_password_may_keep_the_session_that_gave_it(store: Store, now: datetime) -> None:
    with store.begin() as tx:
        ann = users.add(tx, "ann", "1", Role.ANALYST, now)
        for digest in ("this", "other"):
            users.add_token(tx, digest, "session", ann.id, "", now, None)
        users.set_password(tx, "ann", "2", keep="this")
        assert users.token(tx, "this", now) == ("session", ann)
        assert users.token(tx, "other", now) is None


def test_the_last_use_is_known_to_the_hour(store: Store, now: datetime) -> None:
    with store.begin() as tx:
        ann = users.add(tx, "ann", "1", Role.ANALYST, now)
        users.add_token(tx, "one", "session", ann.id, "", now, None)
        assert users.used_long_ago(tx, "one", now)
        users.used(tx, "one", now)
        assert not users.used_long_ago(tx, "one", now)
        assert not users.used_long_ago(tx, "one", now + HOUR - timedelta(seconds=1))
        assert users.used_long_ago(tx, "one", now + HOUR)
        assert users.used_long_ago(tx, "one", now - HOUR), "a clock that was ahead"
