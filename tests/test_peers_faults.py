"""What peers were found to get wrong, and every kind of bad input, each with the test that shows it is right.

FAULTS names the tests; those that had no other place are in this file.
"""

from __future__ import annotations

import ast
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from monitor import Response, notifying
from monitor.alerts import deadlines
from monitor.alerts.routing import Tree
from monitor.detection.coverage import Polls
from monitor.detection.replay import Past, replay
from monitor.errors import FetchError
from monitor.news.companies import Linker
from monitor.news.normalize import content
from monitor.records import AlertState, Article, Company, Item
from monitor.settings import AlertSettings
from monitor.store import Store, alerts, arrangements, past, polls
from monitor.testing import Clock
from monitor_plugins.apprise import cut, plain
from monitor_plugins.rss import MAX_UNCHANGED, Rss
from tests.alarms import NO_WAIT, alarm
from tests.plugins.test_rss import URL, item, rss
from tests.test_pipeline import INTERVAL, TEXT, Desk, Odd
from tests.test_watch import COMPANIES, HOUR, KNOWN, MINUTE, Newsroom

FAULTS: Mapping[str, tuple[str, ...]] = {
    # What peers got wrong.
    "304 with changed body": (
        "test_peers_faults.py::test_a_304_that_brings_another_body_loses_nothing",
        "plugins/test_rss.py::test_a_server_that_says_unchanged_for_ever_is_asked_again_in_full",
    ),
    "stale ETag loop": (
        "plugins/test_rss.py::test_a_server_that_says_unchanged_for_ever_is_asked_again_in_full",
        "plugins/test_rss.py::test_a_validator_older_than_a_day_or_from_the_future_is_not_used",
    ),
    "2041 Last-Modified": (
        "plugins/test_rss.py::test_a_server_that_says_unchanged_for_ever_is_asked_again_in_full",
    ),
    "GUID scheme change": (
        "test_peers_faults.py::test_a_guid_that_changes_its_scheme_makes_no_second_article",
        "test_pipeline.py::test_a_changed_guid_over_the_same_text_is_no_new_article",
    ),
    "title edit = same story": (
        "test_peers_faults.py::test_an_edited_title_is_the_same_story_whatever_becomes_of_its_guid",
        "test_pipeline.py::test_an_edit_is_a_revision_and_no_new_article",
    ),
    "same GUID on all items": ("test_pipeline.py::test_the_same_guid_on_every_item_loses_none",),
    "gb2312 label with GB18030 bytes": (
        "plugins/test_rss.py::test_the_gb2312_label_covers_characters_of_gb18030",
    ),
    "relative and // links": ("plugins/test_rss.py::test_links_are_absolute_and_http_only",),
    "403-as-429": ("test_peers_faults.py::test_a_403_is_waited_out_as_a_429_is",),
    "Retry-After 88 h": ("test_fetcher.py::test_retry_after_is_at_most_a_day",),
    "one bad route must not block its host": (
        "test_peers_faults.py::test_one_bad_route_does_not_block_its_host",
        "schedule/test_polling.py::test_fifty_that_hang_beside_fifty_that_do_not_change_little_for_these",
    ),
    "private-IP redirect": (
        "test_fetcher.py::test_a_redirect_to_a_private_place_is_refused_before_connecting",
    ),
    "COST/SPY/BABA and full-width names": (
        "test_peers_faults.py::test_tickers_that_are_words_and_names_in_full_width",
        "news/test_companies.py::test_names_in_texts",
    ),
    "any code returns the same news": (
        "test_peers_faults.py::test_a_source_that_answers_every_code_with_the_same_news_counts_once",
    ),
    "catch-up burst after an outage gives no alert": (
        "test_watch.py::test_backlog_is_counted_and_opens_nothing",
        "test_pipeline.py::test_after_an_outage_what_has_no_date_had_piled_up_and_what_has_one_counts",
    ),
    "100 reprints = 1 voice": ("news/test_gathering.py::test_one_hundred_reprints_are_one_voice",),
    "restart mid-cooldown": (
        "test_peers_faults.py::test_waits_repeats_and_deadlines_hold_over_starts",
        "desk/test_caseload.py::test_deadlines_hold_over_a_start_and_another_file_of_settings",
    ),
    "time zone of cooldown": ("test_peers_faults.py::test_a_cooldown_is_the_same_in_every_zone",),
    "20 480-byte message in Chinese": (
        "test_peers_faults.py::test_a_chinese_message_of_20480_bytes_breaks_no_character",
        "plugins/test_apprise.py::test_cutting_does_not_tear_characters_apart",
    ),
    "a late article must not change a past replay": (
        "test_peers_faults.py::test_a_late_article_changes_no_replay_of_the_past",
        "detection/test_walk.py::test_what_comes_later_changes_nothing_before",
    ),
    # Bad input.
    "time zones": ("news/test_dates.py::test_a_time_without_a_zone_is_read_in_the_source_s_and_counted",),
    "DST": (
        "detection/test_seasons.py::test_summer_time_moves_nothing",
        "news/test_dates.py::test_an_hour_that_clocks_showed_twice_is_told_by_the_name_of_its_zone",
        "test_peers_faults.py::test_a_cooldown_is_the_same_in_every_zone",
    ),
    "clock steps": (
        "test_peers_faults.py::test_a_clock_that_is_set_opens_no_alert_twice_and_mutes_none",
        "alerts/test_lifecycle.py::test_a_clock_set_back_holds_no_wait_for_longer_than_it_lasts",
        "test_delivery.py::test_no_step_of_the_clock_delays_or_gives_up_a_message",
    ),
    "late articles": (
        "detection/test_walk.py::test_what_comes_late_is_tested_in_the_window_of_its_own_hour_too",
    ),
    "future-dated articles": (
        "store/test_counts.py::test_an_article_counts_when_it_was_published_however_late_it_is_seen",
        "news/test_normalize.py::test_times_that_cannot_be_true_become_now",
    ),
    "articles with no date": ("test_pipeline.py::test_dates_are_read_as_the_source_writes_them_and_told",),
    "edits under the same id": (
        "test_pipeline.py::test_an_edit_is_a_revision_and_no_new_article",
        "test_watch.py::test_labels_edits_and_new_models_open_nothing",
    ),
    "rules that name nothing": (
        "test_config.py::test_a_mistake_is_one_line_that_says_where",
        "test_cli.py::test_rules_are_listed_and_checked",
    ),
    "two rules with one name": ("test_cli.py::test_rules_are_listed_and_checked",),
    "a budget of 0": (
        "test_config.py::test_a_mistake_is_one_line_that_says_where",
        "test_cli.py::test_rules_are_replayed_over_an_archive",
    ),
    "a million articles in one poll": (
        "test_pipeline.py::test_an_endless_source_keeps_nothing_and_its_place",
        "test_pipeline.py::test_a_document_longer_than_a_chunk",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_every_fault_has_its_tests(fault: str) -> None:
    here = Path(__file__).parent
    for place in FAULTS[fault]:
        file, _, name = place.partition("::")
        tree = ast.parse((here / file).read_text(encoding="utf-8"))
        assert any(isinstance(node, ast.FunctionDef) and node.name == name for node in tree.body), place


@pytest.fixture
def lite(sqlite_store: Store, now: datetime) -> Desk:
    return Desk(sqlite_store, Clock(now))


@pytest.fixture
def room(sqlite_store: Store, article: Callable[..., Article]) -> Newsroom:
    return Newsroom(sqlite_store, article, rules=(COMPANIES,))


# --- feeds ------------------------------------------------------------------------------------


class Unchanging:
    """A server that says 304 to every conditional request, with the new document as its body."""

    def __init__(self, first: str, then: str) -> None:
        self.first, self.then = first, then

    def get(self, url: str, headers: Mapping[str, str] | None = None) -> Response:
        if headers and "if-none-match" in {name.lower() for name in headers}:
            return Response(304, url, {"etag": '"2"'}, self.then.encode())
        self.first, body = self.then, self.first
        return Response(200, url, {"etag": '"1"'}, body.encode())


def test_a_304_that_brings_another_body_loses_nothing() -> None:
    """It is unchanged, as it says, and the server is asked in full before long."""
    old, new = rss(item("a", "/1", "1")), rss(item("a", "/1", "1"), item("b", "/2", "2"))
    fetcher = Unchanging(old, new)
    fetched = Rss(URL).fetch({}, fetcher)  # type: ignore[arg-type]
    assert [one.title for one in fetched.items] == ["a"]
    for _ in range(MAX_UNCHANGED + 1):
        assert not fetched.items or fetched.unchanged == 0
        fetched = Rss(URL).fetch(fetched.state, fetcher)  # type: ignore[arg-type]
    assert [one.title for one in fetched.items] == ["a", "b"]


def test_a_guid_that_changes_its_scheme_makes_no_second_article(lite: Desk) -> None:
    at = lite.clock() - timedelta(hours=1)
    first = Item("Bank fined", TEXT, "http://a.example/1", "http://a.example/?p=1", published_at=at)
    assert lite.items(first) == (1, 0)
    secure = replace(first, guid="https://a.example/?p=1", url="https://a.example/1")
    assert lite.items(secure) == (0, 1)
    assert lite.items(first) == (0, 1), "and back"
    assert lite.items(secure) == (0, 1)
    assert len(lite.articles()) == 1


def test_an_edited_title_is_the_same_story_whatever_becomes_of_its_guid(lite: Desk) -> None:
    at = lite.clock() - timedelta(hours=1)
    first = Item("Halvorsen Bank fined", TEXT, "https://a.example/1", "1", published_at=at)
    lite.items(first)
    lite.clock.advance(minutes=20)
    lite.items(replace(first, title="Halvorsen Bank is fined", guid="2", url="https://a.example/1-edited"))
    found = lite.articles()
    assert len({one.story_id for one in found}) == 1
    assert lite.story(found[0])[1] == 1, "one voice"


def test_a_403_is_waited_out_as_a_429_is(lite: Desk) -> None:
    for status in (403, 429):
        name = f"route {status}"
        refused = FetchError(f"the server answered {status}", status=status, retry_after=7200)
        lite.poll(Odd(refused), name)
        assert lite.status(name).wait_seconds == 7200
        waits = []
        for _ in range(6):  # no word of how long
            lite.poll(Odd(FetchError("refused", status=status)), name)
            waits.append(lite.status(name).wait_seconds)
        assert waits == sorted(waits) and waits[-1] > 2 * 3600, "and longer each time"


def test_one_bad_route_does_not_block_its_host(lite: Desk) -> None:
    """What a server says of one feed is about that feed, however many it has."""
    refused = FetchError("the server answered 429", status=429, retry_after=86_400)
    lite.poll(Odd(refused), "hub /bad")
    assert lite.items(Item("News of the other route"), name="hub /good") == (1, 0)
    assert lite.status("hub /bad").wait_seconds == 86_400
    assert lite.status("hub /good").wait_seconds == INTERVAL.total_seconds()
    assert lite.status("hub /good").consecutive_failures == 0


# --- names and counts -------------------------------------------------------------------------

WATCHED = (
    Company("costco", "Costco Wholesale", (), "COST"),
    Company("spy", "SPDR S&P 500 ETF", (), "SPY"),
    Company("baba", "Alibaba", ("阿里巴巴",), "BABA"),
    Company("vanke", "万科", ("万科A",), "000002"),
)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("The cost of living rises; a spy was caught; Ali Baba and the forty thieves", []),
        ("Costs at the border, spies abroad, and Sai Baba's followers", []),
        ("COST beats estimates", ["costco"]),
        ("$SPY falls 2% while (NYSE: BABA) rises", ["spy", "baba"]),
        ("万科Ａ涨停，成交额超１０亿元", ["vanke"]),
        ("萬科Ａ漲停", ["vanke"]),
        ("数万科研人员获奖", []),
    ],
)
def test_tickers_that_are_words_and_names_in_full_width(text: str, named: list[str]) -> None:
    found = Linker(WATCHED).mentions(content("", text))
    assert [one.company_id for one in found] == named


def test_a_source_that_answers_every_code_with_the_same_news_counts_once(lite: Desk) -> None:
    """Twenty feeds, one for each share, that all bring the news of one of them: it is told by one voice, and
    of the company that it names and of no other, whatever was asked for."""
    told = Item(
        "Halvorsen Bank cuts its outlook for the year", TEXT, "https://quotes.example/603777", "603777"
    )
    for code in range(20):
        lite.clock.advance(minutes=1)
        lite.items(told, name=f"share {code:06}")
    found = lite.articles()
    assert len({one.story_id for one in found}) == 1
    with lite.store.read() as tx:
        assert arrangements.get(tx, found[0].story_id).voices == 1
    assert {tuple(one.named) for one in found} == {("halvorsen",)}


# --- alerts -----------------------------------------------------------------------------------


def test_waits_repeats_and_deadlines_hold_over_starts(room: Newsroom, now: datetime) -> None:
    """A process that starts anew before every look tells as often as one that never ends."""
    room.settings = AlertSettings(wait_minutes=10, repeat_hours=0.5)
    room.ordinary(now)
    room.publish(now, 9)
    told: list[int] = []
    for minute in range(1, 120, 3):
        room.restart()
        before = len(room.outbox())
        room.watch(now + minute * MINUTE)
        told += [minute] if len(room.outbox()) > before else []
    assert told == [10, 40, 70, 100]
    with room.store.read() as tx:
        (alert,) = alerts.page(tx)
        history = [one.event for one in alerts.events(tx, alert.id)]
    assert history == ["pending", "opened", "repeated", "repeated"], "at most one row an hour"
    assert alert.state is AlertState.FIRING and alert.acknowledge_by == now + 70 * MINUTE
    assert deadlines.overdue(alert, now + 71 * MINUTE) and not deadlines.overdue(alert, now + 69 * MINUTE)


@pytest.fixture(params=["UTC", "America/New_York", "Asia/Shanghai", "Australia/Lord_Howe"])
def process_zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[ZoneInfo]:
    """The zone that the process is in."""
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield ZoneInfo(request.param)
    monkeypatch.undo()
    time.tzset()


def test_a_cooldown_is_the_same_in_every_zone(sqlite_store: Store, process_zone: ZoneInfo) -> None:
    """Neither the zone of the process nor a night in which clocks change moves a repeat or a deadline, and
    neither is lost in the store."""
    opened = datetime(2026, 3, 8, 5, 30, tzinfo=UTC)  # half past midnight in New York, before it springs
    tree = Tree.plain(["desk"], repeat=3 * HOUR)
    made = alarm("a", opened, notified_at=opened, notified_voices=12)
    told = []
    with sqlite_store.begin() as tx:
        alerts.put(tx, deadlines.dated(made, AlertSettings(), NO_WAIT))
    for quarters in range(4 * 13):
        now = (opened + quarters * 15 * MINUTE).astimezone(process_zone)
        with sqlite_store.begin() as tx:
            told += [quarters / 4 for _ in notifying.tell(tx, alerts.get(tx, "a"), (), tree, now, {})]
    assert told == [0, 3, 6, 9, 12]
    with sqlite_store.read() as tx:
        alert = alerts.get(tx, "a")
    assert alert.acknowledge_by == opened + HOUR
    assert deadlines.overdue(alert, (opened + 61 * MINUTE).astimezone(process_zone))


def test_a_clock_that_is_set_opens_no_alert_twice_and_mutes_none(room: Newsroom, now: datetime) -> None:
    room.ordinary(now)
    room.publish(now, 9)
    (opened,) = room.watch(now + MINUTE)
    for step in (timedelta(days=-1), timedelta(hours=-2), timedelta(minutes=-5)):
        assert [one for one in room.watch(now + step) if one.id != opened.id] == []
    room.restart()
    room.watch(now + 2 * MINUTE)
    with room.store.read() as tx:
        assert [one.id for one in alerts.page(tx)] == [opened.id]
    room.publish(now + 3 * MINUTE, 9, company="other")
    (second,) = [one for one in room.watch(now + 4 * MINUTE) if one.id != opened.id]
    assert second.scope.company == "other", "what comes afterwards is seen"


def test_a_chinese_message_of_20480_bytes_breaks_no_character() -> None:
    text = "万科企业股份有限公司公告：" * 2000
    for room in range(20_470, 20_490):
        short = cut(plain(text), room)
        assert 20_000 < len(short.encode("utf-8")) <= room
        assert short.encode("utf-8").decode("utf-8") == short
        assert text.startswith(short[:-1]), "whole characters from the beginning"


def test_a_late_article_changes_no_replay_of_the_past(room: Newsroom, now: datetime) -> None:
    room.ordinary(now)
    room.publish(now, 9)
    ends = now + HOUR

    def replayed() -> list[object]:
        with room.store.read() as tx:
            first, begins = past.first(tx), past.begins(tx)
            assert first is not None and begins is not None
            read = Polls(polls.read_at(tx, begins, ends))
            found = replay(
                Past(past.changes(tx, ends), first, KNOWN, read), room.rules, room.detectors, begins, ends
            )
        return list(found.alerts)

    before = replayed()
    assert len(before) == 1
    seen = now + 5 * HOUR
    room.publish(seen, 30, published_at=now - HOUR)  # of that time, and known only now
    room.publish(seen, 30, published_at=now)
    assert replayed() == before
