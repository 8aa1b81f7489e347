"""The receivers page: what waits for each, what did not arrive, a test, and sending again."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from monitor.app import Monitor
from monitor.records import DeliveryState, Role
from monitor.settings import NotifierSettings
from monitor.store import deliveries
from monitor.testing import FakeNotifier
from tests.dashboard.pages import opened, words


@pytest.fixture
def desk(filled: Monitor, monkeypatch: pytest.MonkeyPatch) -> FakeNotifier:
    """The newsroom's night desk, which is a receiver that fails once."""
    notifier = FakeNotifier(failures=1)
    table = NotifierSettings.model_validate(
        {"kind": "console", "heartbeat_minutes": 30, "digest": "0 8 * * *"}
    )
    settings = filled.settings.model_copy(update={"notifiers": {"night-desk": table}})
    monkeypatch.setattr(filled, "settings", settings)
    monkeypatch.setattr(filled.instances, "_settings", settings)
    monkeypatch.setattr(filled.instances, "notifiers", lambda: {"night-desk": notifier})
    return notifier


@pytest.mark.parametrize(("language", "none"), [("en", "Nobody is told"), ("zh", "预警没有接收方")])
def test_without_a_receiver_it_says_so(
    monitor: Monitor, log_in: Callable[..., str], language: str, none: str
) -> None:
    app = opened("receivers", log_in("ann"), language)
    assert none in app.info[0].value and not app.error


@pytest.mark.parametrize("role", [Role.VIEWER, Role.ANALYST])
@pytest.mark.parametrize(
    ("language", "told"),
    [
        (
            "en",
            ["messages lost", "1 not delivered", "heartbeat every 30 min", "digest at 0 8 * * *", "410 Gone"],
        ),
        (
            "zh",
            ["有消息未送达", "1 条发送失败", "每 30 分钟报平安", "定时摘要 0 8 * * *", "未在 config.toml 中"],
        ),
    ],
)
def test_each_receiver_says_how_it_does(
    filled: Monitor,
    desk: FakeNotifier,
    log_in: Callable[..., str],
    language: str,
    told: list[str],
    role: Role,
) -> None:
    app = opened("receivers", log_in("ann", role), language)
    shown = " ".join(words(app))
    assert all(one in shown for one in told), shown
    assert (
        {button.key for button in app.button} >= {"test-night-desk"}
        if role is Role.ANALYST
        else not app.button
    )


def test_a_test_says_whether_it_was_taken_and_why_not(
    filled: Monitor, desk: FakeNotifier, log_in: Callable[..., str]
) -> None:
    app = opened("receivers", log_in("ann", Role.ANALYST))
    app.button(key="test-night-desk").click().run()
    assert "503" in app.error[0].value
    app.button(key="test-night-desk").click().run()
    assert "took the test message" in app.success[0].value
    assert [one.event for one in desk.sent] == ["test"]


def test_what_did_not_arrive_is_sent_again(
    filled: Monitor, desk: FakeNotifier, log_in: Callable[..., str]
) -> None:
    app = opened("receivers", log_in("ann", Role.ANALYST), "zh")
    app.button(key="retry-night-desk").click().run()
    with filled.store.read() as tx:
        assert deliveries.all(tx, (DeliveryState.DEAD,)) == []
    assert "retry-night-desk" not in {button.key for button in app.button}


@pytest.mark.parametrize(("language", "busy"), [("en", "the database is busy"), ("zh", "数据库正忙")])
def test_the_store_fails(filled: Monitor, log_in: Callable[..., str], language: str, busy: str) -> None:
    app = opened("receivers", log_in("ann"), language, failing=True)
    assert len(app.error) == 1 and busy in app.error[0].value
