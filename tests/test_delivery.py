"""The outbox on a real store: everything arrives, in order, under one id, whatever fails."""

from __future__ import annotations

import base64
import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest
import standardwebhooks
from hypothesis import given
from hypothesis import strategies as st

from monitor.delivery import (
    FIRST_WAIT,
    GIVE_UP_AFTER,
    LAST_START,
    LEAST_ATTEMPTS,
    LONGEST_WAIT,
    backoff,
    deliver,
    next_wait,
)
from monitor.errors import FetchError
from monitor.fetcher import HttpFetcher
from monitor.hookspecs import Fetcher, Notifier
from monitor.messages import Message, said
from monitor.records import Delivery, DeliveryState, Scope
from monitor.store import Store, alerts, clock, deliveries, processes
from monitor.store.processes import Process
from monitor.testing import Clock, FakeFetcher, FakeNotifier, make_delivery
from monitor_plugins.webhook import Webhook
from tests.alarms import alarm
from tests.clocks import pass_time


@dataclass
class Outbox:
    """A store with alerts and messages to send."""

    store: Store
    clock: Clock = field(default_factory=Clock)
    written: int = 0
    holder: str = "one"

    def __post_init__(self) -> None:
        with self.store.begin() as tx:
            at = self.clock()
            processes.enter(tx, Process(self.holder, "desk", "worker", "", 1, 1, 0, at, at))

    def write(self, alert_id: str = "a", notifier: str = "desk", event: str = "opened") -> str:
        """Store a message a second after the last one; its id."""
        at = self.clock.advance(seconds=1)
        self.written += 1
        message = make_delivery(
            id=f"m{self.written}",
            alert_id=alert_id,
            notifier=notifier,
            event=event,
            created_at=at,
        )
        with self.store.begin() as tx:
            pass_time(tx, 1.0)
            if alert_id:
                alerts.put(tx, alarm(alert_id, at, scope=Scope("company", alert_id)))
            deliveries.add(tx, message)
        return message.id

    def deliver(self, limit: int = 100, **notifiers: Notifier) -> dict[str, int]:
        return deliver(
            self.store,
            notifiers,
            FakeFetcher(),
            self.clock,
            limit,
            holder=self.holder,
            steady=self.clock.steady,
        )

    def wait(self, seconds: float) -> None:
        """Let time pass, on every clock."""
        self.clock.advance(seconds=seconds)
        with self.store.begin() as tx:
            pass_time(tx, seconds)

    def run(self, hours: float, every: float = 20, **notifiers: Notifier) -> None:
        """Empty the outbox every twenty seconds, or as often as is told."""
        end = self.clock() + timedelta(hours=hours)
        while self.clock() < end:
            self.deliver(**notifiers)
            self.wait(every)

    def message(self, message_id: str) -> Delivery:
        with self.store.read() as tx:
            return deliveries.get(tx, message_id)


@pytest.fixture
def outbox(sqlite_store: Store) -> Outbox:
    return Outbox(sqlite_store)


@dataclass
class Script:
    """Answers each message by `script`: an error to raise, or None."""

    script: Callable[[Delivery], BaseException | None]
    got: list[str] = field(default_factory=list)
    tried: list[str] = field(default_factory=list)

    kind: ClassVar[str] = "script"

    def send(self, delivery: Delivery, fetcher: Fetcher) -> None:
        self.tried.append(delivery.id)
        error = self.script(delivery)
        if error is not None:
            raise error
        self.got.append(delivery.id)


def test_two_failures_then_delivered_once_under_the_same_id(store: Store) -> None:
    outbox = Outbox(store)
    sent = outbox.write()
    desk = FakeNotifier(failures=2)
    outbox.run(0.1, desk=desk)
    assert [one.id for one in desk.attempts] == [sent] * 3
    assert [one.id for one in desk.sent] == [sent]
    message = outbox.message(sent)
    assert (message.state, message.attempts, message.last_error) == (DeliveryState.DELIVERED, 3, "")
    assert message.delivered_at is not None


def test_a_receiver_down_for_an_hour_gets_everything_once_and_in_order(outbox: Outbox) -> None:
    up = outbox.clock() + timedelta(hours=1)
    desk = Script(lambda _: FetchError("connection refused") if outbox.clock() < up else None)
    early = [outbox.write(alert, event=event) for event in ("opened", "updated") for alert in "abc"]
    outbox.run(0.5, desk=desk)
    late = [outbox.write(alert, event="resolved") for alert in "abc"]
    outbox.run(0.5, desk=desk)
    assert desk.got == []
    attempts = len(desk.tried)
    assert attempts < 40, "a receiver that is down is not hammered"
    outbox.run(1, desk=desk)
    assert sorted(desk.got) == sorted(early + late), "all, each once"
    for alert in range(3):
        own = [*early[alert::3], late[alert]]
        assert [one for one in desk.got if one in own] == own, "in the order of the alert"
    tried = len(desk.tried)
    outbox.run(1, desk=desk)
    assert len(desk.tried) == tried, "then quiet"


def test_who_was_away_for_a_day_gets_the_newest_of_each_alert_and_the_history_has_the_rest(
    sqlite_store: Store,
) -> None:
    store, outbox = sqlite_store, Outbox(sqlite_store)
    up = outbox.clock() + timedelta(hours=24)
    desk = Script(lambda _: FetchError("connection refused") if outbox.clock() < up else None)
    over = [outbox.write("over", event=event) for event in ("opened", "updated", "resolved")]
    still = [outbox.write("still", event=event) for event in ("opened", "updated")]
    single = outbox.write("single")
    outbox.run(23, every=600, desk=desk)
    late = outbox.write("still", event="updated")
    outbox.run(2, desk=desk)
    assert sorted(desk.got) == sorted([over[-1], late, single]), "no flood"
    for id in (*over[:-1], *still):
        message = outbox.message(id)
        assert message.state is DeliveryState.FOLDED and "a newer message stands for it" in message.last_error
    told = outbox.message(over[-1]).payload
    assert told["folded"] == 2 and "It stands for 2 earlier messages" in told["text"]
    assert outbox.message(single).payload == make_delivery().payload
    with store.read() as tx:
        notes = [str(one.note) for one in alerts.events(tx, "over") if one.event == "folded"]
        assert notes == ["desk: 3 messages that waited for hours are one, the newest"]
        assert [one.event for one in alerts.events(tx, "single")] == []


def test_what_was_tried_keeps_its_content_when_it_stands_for_others(outbox: Outbox) -> None:
    first, second = outbox.write("a"), outbox.write("a", event="updated")
    with outbox.store.begin() as tx:
        deliveries.failed(tx, second, "it may have arrived all the same", 0.0)
    outbox.wait(13 * 3600)
    desk = FakeNotifier()
    outbox.deliver(desk=desk)
    assert [one.id for one in desk.sent] == [second] and "folded" not in desk.sent[0].payload
    assert outbox.message(first).state is DeliveryState.FOLDED


def test_nothing_that_somebody_is_sending_is_folded(outbox: Outbox) -> None:
    first = outbox.write("a")
    with outbox.store.begin() as tx:
        at = outbox.clock()
        processes.enter(tx, Process("other", "desk", "worker", "", 2, 1, 0, at, at))
        assert [one.id for one in deliveries.due(tx, 9, holder="other")] == [first]
    outbox.write("a", event="updated")
    outbox.wait(13 * 3600)
    outbox.deliver(desk=FakeNotifier())
    assert outbox.message(first).state is DeliveryState.PENDING


def test_messages_of_no_alert_wait_for_no_other(outbox: Outbox) -> None:
    first, second = outbox.write("", event="digest"), outbox.write("", event="heartbeat")
    desk = Script(lambda one: FetchError("HTTP 422", status=422) if one.id == first else None)
    assert outbox.deliver(desk=desk) == {"delivered": 1, "failed": 1, "dead": 0, "postponed": 0}
    assert desk.got == [second] and outbox.message(second).alert_id == ""


def test_one_receiver_down_does_not_delay_the_others(outbox: Outbox) -> None:
    for _ in range(5):
        outbox.write(notifier="down")
    well = [outbox.write(notifier="desk") for _ in range(5)]
    down = Script(lambda _: OSError("no route to host"))
    desk = FakeNotifier()
    assert outbox.deliver(down=down, desk=desk) == {"delivered": 5, "failed": 1, "dead": 0, "postponed": 4}
    assert [one.id for one in desk.sent] == well
    assert down.tried == ["m1"]
    assert outbox.message("m1").last_error == "OSError: no route to host"
    assert outbox.message("m2").attempts == 0, "not tried, so not counted"


def test_a_receiver_that_hangs_does_not_hold_up_the_others(outbox: Outbox) -> None:
    outbox.write(notifier="slow")
    outbox.write(notifier="desk")
    arrived = threading.Event()

    def release(_: Delivery) -> None:
        arrived.set()

    def hang(_: Delivery) -> BaseException | None:
        return None if arrived.wait(60) else TimeoutError("desk was not served meanwhile")

    outbox.deliver(slow=Script(hang), desk=Script(release))
    assert outbox.message("m1").state is DeliveryState.DELIVERED


def test_a_message_the_receiver_refuses_holds_up_its_own_alert_only(outbox: Outbox) -> None:
    first, second, other = outbox.write("a"), outbox.write("a"), outbox.write("b")
    desk = Script(lambda one: FetchError("HTTP 422", status=422) if one.id == first else None)
    assert outbox.deliver(desk=desk) == {"delivered": 1, "failed": 1, "dead": 0, "postponed": 1}
    assert desk.got == [other]
    third = outbox.write("a")
    outbox.deliver(desk=desk)
    assert desk.got == [other], "a later message waits for the one that waits"
    desk.script = lambda _: None
    outbox.run(0.1, desk=desk)
    assert desk.got == [other, first, second, third]


@pytest.mark.parametrize("status", [401, 403, 404, 408, 425, 429, 500, 503])
def test_a_receiver_that_takes_nothing_is_tried_with_one_message(outbox: Outbox, status: int) -> None:
    outbox.write("a"), outbox.write("b")
    desk = Script(lambda _: FetchError("no", status=status))
    assert outbox.deliver(desk=desk)["postponed"] == 1


def test_a_receiver_gone_for_good_gets_no_more_of_the_message(outbox: Outbox) -> None:
    sent, next_one = outbox.write("a"), outbox.write("a")
    desk = Script(lambda one: FetchError("answered HTTP 410", status=410) if one.id == sent else None)
    assert outbox.deliver(desk=desk) == {"delivered": 1, "failed": 0, "dead": 1, "postponed": 0}
    assert outbox.message(sent).state is DeliveryState.DEAD
    assert outbox.message(sent).last_error == "answered HTTP 410"
    assert desk.got == [next_one], "what is dead holds up nothing"


def test_after_three_days_it_is_dead_visible_and_can_be_sent_again(outbox: Outbox) -> None:
    sent = outbox.write()
    outbox.wait(71.9 * 3600)
    down = Script(lambda _: FetchError("HTTP 500", status=500))
    outbox.run(0.3, desk=down)
    message = outbox.message(sent)
    assert (message.state, message.last_error) == (DeliveryState.DEAD, "HTTP 500")
    with outbox.store.begin() as tx:
        assert [one.id for one in deliveries.all(tx, [DeliveryState.DEAD])] == [sent]
        deliveries.retry(tx, sent)
    desk = FakeNotifier(failures=2)
    outbox.run(0.1, desk=desk)
    assert [one.id for one in desk.sent] == [sent]


def test_a_notifier_no_longer_configured_leaves_its_messages_dead_with_the_reason(outbox: Outbox) -> None:
    sent, other = outbox.write(notifier="gone"), outbox.write()
    desk = FakeNotifier()
    assert outbox.deliver(desk=desk)["dead"] == 1
    told = outbox.message(sent).last_error
    assert "no enabled notifier 'gone'" in told
    assert said(told, "zh").startswith("已没有启用的通知器")
    assert [one.id for one in desk.sent] == [other]


def test_what_a_notifier_says_is_kept_for_every_reader(outbox: Outbox) -> None:
    words = Message("fetcher.unreached", host="desk.example", error="x" * 1000)
    sent = outbox.write()
    outbox.deliver(desk=Script(lambda _: FetchError(words)))
    told = outbox.message(sent).last_error
    assert told == words and said(told, "zh") == words.said("zh"), "whole, for it is data"


def test_what_a_dead_process_was_sending_is_sent_again_under_the_same_id(store: Store) -> None:
    outbox = Outbox(store)
    sent, later = outbox.write(), outbox.write()
    dead = Process("dead", "desk", "worker", "", 2, 1, 0, outbox.clock(), outbox.clock())
    with store.begin() as tx:
        processes.enter(tx, dead)
        assert len(deliveries.due(tx, 9, holder="dead")) == 2  # it is killed between send and mark
    desk = FakeNotifier()
    outbox.deliver(desk=desk)
    outbox.clock.step(days=365)
    outbox.deliver(desk=desk)
    assert desk.attempts == [], "they may still be on their way: their process lives, as far as anybody knows"
    with store.begin() as tx:
        assert processes.bury(tx, dead, outbox.clock())
    outbox.deliver(desk=desk)
    assert [one.id for one in desk.sent] == [sent, later]


@pytest.mark.parametrize("raised", [SystemExit(1), KeyboardInterrupt(), GeneratorExit()])
def test_a_notifier_that_would_end_the_process_fails_like_any_other(
    outbox: Outbox, raised: BaseException
) -> None:
    first, _ = outbox.write(), outbox.write(notifier="well")
    well = FakeNotifier()
    counts = outbox.deliver(desk=Script(lambda _: raised), well=well)
    assert (counts["failed"], counts["delivered"]) == (1, 1)
    assert type(raised).__name__ in outbox.message(first).last_error


def test_where_a_notifier_raised_is_told_to_the_log(outbox: Outbox, caplog: pytest.LogCaptureFixture) -> None:
    outbox.write()
    outbox.deliver(desk=Script(lambda _: ValueError("bad luck")))
    (record,) = caplog.records
    assert record.notifier == "desk" and "ValueError: bad luck" in caplog.text  # type: ignore[attr-defined]
    caplog.clear()
    outbox.write()
    outbox.deliver(desk=Script(lambda _: FetchError("the server answered 503")))
    assert not caplog.records


def test_a_round_that_breaks_keeps_no_message(outbox: Outbox, monkeypatch: pytest.MonkeyPatch) -> None:
    sent = outbox.write()
    with monkeypatch.context() as patch:
        patch.setattr(deliveries, "delivered", lambda *_: pytest.fail("the disk is full"))
        with pytest.raises(BaseException, match="the disk is full"):
            outbox.deliver(desk=FakeNotifier())
    desk = FakeNotifier()
    outbox.deliver(desk=desk)
    assert [one.id for one in desk.sent] == [sent]


@pytest.mark.parametrize("step", [{"days": 365}, {"days": -365}, {"hours": 1}, {"hours": -1}])
def test_no_step_of_the_clock_delays_or_gives_up_a_message(outbox: Outbox, step: dict[str, float]) -> None:
    sent = outbox.write()
    desk = Script(lambda _: OSError("down"))
    outbox.deliver(desk=desk)
    outbox.clock.step(**step)
    for _ in range(LEAST_ATTEMPTS + 1):
        outbox.wait(LONGEST_WAIT)
        outbox.deliver(desk=desk)
    assert len(desk.tried) == LEAST_ATTEMPTS + 2, "each wait was as long as it should be"
    assert outbox.message(sent).state is DeliveryState.PENDING
    desk.script = lambda _: None
    outbox.wait(LONGEST_WAIT)
    outbox.deliver(desk=desk)
    assert desk.got == [sent]


def test_two_workers_at_once_send_each_message_once(store: Store) -> None:
    outbox = Outbox(store)
    written = [outbox.write(alert) for alert in "abcdefgh" for _ in range(3)]
    desk = Script(lambda _: None)
    barrier = threading.Barrier(2)
    errors: list[BaseException] = []

    def work() -> None:
        barrier.wait()
        try:
            for _ in range(6):
                outbox.deliver(5, desk=desk)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert len(set(desk.got)) == len(desk.got)
    outbox.deliver(desk=desk)
    assert sorted(desk.got) == sorted(written)


def test_the_end_of_a_round_frees_nothing_that_another_round_has_claimed_meanwhile(outbox: Outbox) -> None:
    first, second = outbox.write("a"), outbox.write("b")

    def script(message: Delivery) -> BaseException | None:
        if message.id == first:
            return FetchError("HTTP 422", status=422)
        outbox.wait(60)  # the first one is due again, and another round of this process takes it
        with outbox.store.begin() as tx:
            assert [one.id for one in deliveries.due(tx, 9, holder=outbox.holder)] == [first]
        return None

    desk = Script(script)
    outbox.deliver(desk=desk)
    assert desk.got == [second]
    assert outbox.deliver(desk=desk)["delivered"] == 0 and desk.tried == [first, second], "it is being sent"


def test_a_slow_receiver_does_not_hold_the_round(outbox: Outbox) -> None:
    written = [outbox.write(alert) for alert in "abcd"]

    def slow(_: Delivery) -> None:
        outbox.clock.advance(seconds=LAST_START / 2)

    desk = Script(slow)
    assert outbox.deliver(desk=desk) == {"delivered": 2, "failed": 0, "dead": 0, "postponed": 2}
    assert outbox.deliver(desk=desk)["delivered"] == 2
    assert desk.got == written


def test_over_real_connections_a_signed_message_arrives_although_two_attempts_fail(outbox: Outbox) -> None:
    requests: list[tuple[dict[str, str], bytes]] = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            requests.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(204 if len(requests) > 2 else 503)
            self.send_header("retry-after", "60")
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    secret = "whsec_" + base64.b64encode(random.Random(3).randbytes(32)).decode()
    sent = outbox.write()
    with ThreadingHTTPServer(("127.0.0.1", 0), Receiver) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        webhook = Webhook(f"http://127.0.0.1:{server.server_address[1]}/hook", secret)
        fetcher = HttpFetcher(allow_networks=["127.0.0.1/32"])
        waited = []
        for _ in range(4):
            deliver(outbox.store, {"desk": webhook}, fetcher, outbox.clock, holder=outbox.holder)
            with outbox.store.read() as tx:
                waited.append(deliveries.get(tx, sent).next_attempt - clock.seconds(tx))
            outbox.wait(60)
        server.shutdown()
        thread.join()
    assert waited[:2] == [60.0] * 2, "as long as the receiver asked for"
    assert [headers["webhook-id"] for headers, _ in requests] == [sent] * 3
    for headers, body in requests:
        told = standardwebhooks.Webhook(secret).verify(body, headers)
        assert told["type"] == "alert.opened"
    assert outbox.message(sent).state is DeliveryState.DELIVERED


def test_what_a_notifier_is_handed_is_what_was_written(outbox: Outbox) -> None:
    outbox.write()
    desk = FakeNotifier()
    outbox.deliver(desk=desk)
    assert desk.sent[0].payload == make_delivery().payload


@given(st.integers(1, 10_000), st.integers())
def test_waits_double_to_their_bound(attempt: int, seed: int) -> None:
    wait = backoff(attempt, random.Random(seed))
    plain = min(FIRST_WAIT * 2 ** min(attempt - 1, 20), LONGEST_WAIT)
    assert 0.75 * plain <= wait <= plain


def test_messages_that_failed_together_are_not_tried_together() -> None:
    error = FetchError("HTTP 503", status=503)
    waits = {next_wait(make_delivery(id=f"m{n}", attempts=6), error, 0.0) for n in range(50)}
    assert len(waits) == 50


@pytest.mark.parametrize(("wish", "wait"), [(1800.0, 1800.0), (10.0**9, 86400.0)])
def test_the_receivers_wish_is_honoured_within_a_day(wish: float, wait: float) -> None:
    error = FetchError("HTTP 429", status=429, retry_after=wish)
    assert next_wait(make_delivery(), error, 0.0) == wait


def test_a_wish_shorter_than_the_back_off_does_not_shorten_it() -> None:
    message = make_delivery(attempts=9)
    hasty = next_wait(message, FetchError("HTTP 503", status=503, retry_after=1), 0.0)
    assert hasty == next_wait(message, FetchError("HTTP 503", status=503), 0.0)


@pytest.mark.parametrize(
    ("age", "attempts", "dead"),
    [
        (GIVE_UP_AFTER, LEAST_ATTEMPTS, True),
        (GIVE_UP_AFTER - 1, 1000, False),
        (GIVE_UP_AFTER * 2, LEAST_ATTEMPTS - 1, False),  # sent again by hand
    ],
)
def test_giving_up(age: float, attempts: int, dead: bool) -> None:
    message = make_delivery(attempts=attempts - 1, created=50.0)
    assert (next_wait(message, OSError("down"), 50.0 + age) is None) == dead


def test_a_long_error_is_kept_short(outbox: Outbox) -> None:
    sent = outbox.write()
    outbox.deliver(desk=Script(lambda _: ValueError("x" * 10_000)))
    assert len(outbox.message(sent).last_error) == 500
