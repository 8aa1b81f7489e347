"""The account's page: one's own password, sessions and tokens."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from monitor.app import Monitor
from monitor.desk import auth
from monitor.errors import AccessError
from monitor.records import Role
from tests.dashboard import pages


def opened(session: str, language: str = "en", **query: str) -> AppTest:
    return pages.opened("account", session, language, query=query)


def shown(app: AppTest) -> str:
    return "".join(one.body for one in app.get("html"))


def press(app: AppTest, label: str) -> AppTest:
    (button,) = (one for one in app.button if one.label == label)
    app = button.click().run(timeout=60)
    assert not app.exception
    return app


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_token_is_made_and_shown_once(monitor: Monitor, log_in: Callable[..., str], language: str) -> None:
    app = opened(log_in("ann", Role.VIEWER), language)
    app.text_input[3].set_value("nightly export")
    app = press(app, {"en": "Make it", "zh": "创建"}[language])
    secret = app.code[0].value
    user = auth.user_of_token(monitor.store, secret, monitor.now())
    assert user is not None and user.name == "ann"
    assert "nightly export" in shown(app) and secret not in shown(app)
    assert not app.run(timeout=60).code


def test_sessions_are_ended_but_not_this_one(monitor: Monitor, log_in: Callable[..., str]) -> None:
    here, elsewhere, third = log_in("ann", Role.VIEWER), log_in("ann"), log_in("ann")
    app = opened(here)
    assert "this one" in shown(app)
    ends = [one for one in app.button if one.label == "End"]
    assert sorted(one.disabled for one in ends) == [False, False, True]
    next(one for one in ends if not one.disabled).click().run(timeout=60)
    left = [auth.user_of_session(monitor.store, one, monitor.now()) for one in (here, elsewhere, third)]
    assert sum(one is not None for one in left) == 2 and left[0] is not None
    log_in("ann")
    app = press(opened(here), "End all the others")
    assert len([one for one in app.button if one.label == "End"]) == 1
    assert auth.user_of_session(monitor.store, here, monitor.now()) is not None


def test_the_password_is_changed(monitor: Monitor, log_in: Callable[..., str]) -> None:
    session = log_in("ann", Role.VIEWER)
    app = opened(session)

    def change(old: str, new: str, again: str) -> AppTest:
        for field, value in zip(app.text_input, (old, new, again), strict=False):
            field.set_value(value)
        return press(app, "Change it")

    assert "differ" in change("correct horse", "a better password", "another password").error[0].value
    assert "old password is not right" in change("x", "a better password", "a better password").error[0].value
    assert "Changed" in change("correct horse", "a better password", "a better password").success[0].value
    auth.log_in(monitor.store, "ann", "a better password", monitor.now())
    with pytest.raises(AccessError):
        auth.log_in(monitor.store, "ann", "correct horse", monitor.now())
    assert auth.user_of_session(monitor.store, session, monitor.now()) is not None


def test_an_administrator_sees_everybodys(monitor: Monitor, log_in: Callable[..., str]) -> None:
    admin, bob = log_in("ann"), log_in("bob", Role.VIEWER)
    app = opened(admin, user="bob")
    assert [one.disabled for one in app.button if one.label == "End"] == [False]
    press(app, "End")
    assert auth.user_of_session(monitor.store, bob, monitor.now()) is None
    assert len(opened(log_in("bob")).selectbox) == 1, "the days of a token, and no choice of users"


def test_hostile_names_stay_text(monitor: Monitor, log_in: Callable[..., str]) -> None:
    app = opened(log_in("ann", Role.VIEWER))
    app.text_input[3].set_value("<img src=x onerror=alert(1)>")
    assert "<img" not in shown(press(app, "Make it"))


@pytest.mark.parametrize(("language", "busy"), [("en", "the database is busy"), ("zh", "数据库正忙")])
def test_the_store_fails(log_in: Callable[..., str], monitor: Monitor, language: str, busy: str) -> None:
    app = pages.opened("account", log_in("ann"), language, failing=True)
    assert len(app.error) == 1 and busy in app.error[0].value


@pytest.mark.parametrize("role", [Role.VIEWER, Role.ANALYST])
@pytest.mark.parametrize(("language", "title"), [("en", "Sessions and API tokens"), ("zh", "会话与接口令牌")])
def test_filled(log_in: Callable[..., str], filled: Monitor, language: str, title: str, role: Role) -> None:
    app = pages.opened("account", log_in("ann", role), language)
    assert title in pages.said(app) and not app.error
