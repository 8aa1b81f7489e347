"""The ingest line: once is once, edits, reused ids, stories, failures, two processes."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor import pipeline
from monitor.errors import DiskFullError, FetchError, ModelError, StoppedError, StoreError
from monitor.failures import backoff
from monitor.messages import Message, said
from monitor.news import fetching
from monitor.news.companies import Linker
from monitor.news.dates import Dates
from monitor.news.normalize import content, content_hash
from monitor.pipeline import Intake, poll
from monitor.records import Article, Company, Fetched, Item, Pace, PollResult, Prediction, SourceStatus
from monitor.settings import RoutingSettings
from monitor.store import Store, articles, known, open_store, predictions, sources, stories, tasks
from monitor.testing import Clock, FakeFetcher, FakeSource

INTERVAL = timedelta(minutes=15)
UNSURE = Prediction({"negative": 0.4, "neutral": 0.3, "positive": 0.3}, {"earnings": 0.8}, "m1")
TEXT = "The lender said that it would not appeal and had set the sum aside in the spring of last year."


@dataclass
class Desk:
    """A store, a clock, and one line to poll a source."""

    store: Store
    clock: Clock
    classify: Callable[[Sequence[Article]], Sequence[Prediction]] | None = None
    numbers: Iterator[int] = field(default_factory=itertools.count)  # for names that no other test used

    def poll(self, source: Any, name: str = "wire", **options: Any) -> PollResult:
        linker = Linker([Company("halvorsen", "Halvorsen Bank", ("哈尔沃森银行",))])
        rules = RoutingSettings(threshold=0.75, audits_per_day=0, explore_share=0)
        intake = Intake(name, linker, rules, self.clock, self.classify, **options)
        return poll(self.store, source, FakeFetcher(), intake, interval=INTERVAL)

    def items(self, *items: Item, name: str = "wire") -> tuple[int, int]:
        result = self.poll(FakeSource(items), name)
        assert result.ok, result.error
        assert result.fetched == len(items)
        return result.new, result.duplicates

    def status(self, name: str = "wire") -> SourceStatus:
        with self.store.read() as tx:
            return sources.status(tx, name)

    def articles(self) -> list[Article]:
        with self.store.read() as tx:
            return [view.article for view in reversed(articles.page(tx, limit=10_000))]

    def story(self, article: Article) -> tuple[int, int]:
        with self.store.read() as tx:
            (found,) = [
                one
                for one in stories.top(tx, datetime.min.replace(tzinfo=UTC), 1000)
                if one.id == article.story_id
            ]
        return found.reach, found.voices


@pytest.fixture
def desk(store: Store, now: datetime) -> Desk:
    return Desk(store, Clock(now))


@pytest.fixture
def lite(sqlite_store: Store, now: datetime) -> Desk:
    return Desk(sqlite_store, Clock(now))


# --- once is once ------------------------------------------------------------------------------


def test_new_items_become_articles_and_again_they_are_duplicates(desk: Desk) -> None:
    items = [
        Item("Halvorsen Bank cuts jobs", TEXT, "https://a.example/1", "1"),
        Item("哈尔沃森银行裁员", "", "https://a.example/2", "2"),
        Item("", "only a text", "", ""),
    ]
    assert desk.items(*items) == (3, 0)
    assert desk.items(*items) == (0, 3)
    found = desk.articles()
    assert {one.title for one in found} == {"Halvorsen Bank cuts jobs", "哈尔沃森银行裁员", ""}
    assert sorted(len(one.mentions) for one in found) == [0, 1, 1]


def test_the_newest_of_a_feed_is_the_newest_of_the_store(lite: Desk) -> None:
    day = timedelta(days=1)
    old, new = (Item(f"news {n}", guid=str(n), published_at=lite.clock() - n * day) for n in (2, 1))
    lite.items(new, old)
    lite.items(Item("third", guid="c"), Item("second", guid="b"))
    assert [one.title for one in lite.articles()] == ["news 2", "news 1", "second", "third"]


small = st.sampled_from(["", "a", "b", "c"])
times = st.sampled_from([None, datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)])
documents = st.lists(
    st.builds(
        Item,
        title=small,
        text=small,
        guid=small,
        url=st.sampled_from(["", "https://a.example/1"]),
        published_at=times,
    ).filter(lambda item: item.title or item.text),
    max_size=8,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(document=documents, rng=st.randoms(use_true_random=False))
def test_whatever_the_keys_nothing_is_lost_and_nothing_comes_twice(
    lite: Desk, document: list[Item], rng: random.Random
) -> None:
    """Every distinct item is one article; any order and any part of the document is known again."""
    name = f"source {next(lite.numbers)}"
    distinct = {(item.title, item.text, item.guid, item.url) for item in document}
    assert lite.items(*document, name=name) == (len(distinct), len(document) - len(distinct))
    for _ in range(2):
        part = rng.sample(document, rng.randint(0, len(document)))
        assert lite.items(*part, name=name) == (0, len(part))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(documents=st.lists(documents, min_size=2, max_size=4))
def test_every_text_that_was_ever_sent_is_kept(lite: Desk, documents: list[list[Item]]) -> None:
    """Across documents too, each text is an article's, or was one before an edit."""
    name = f"source {next(lite.numbers)}"
    for document in documents:
        lite.items(*document, name=name)
    with lite.store.read() as tx:
        stored = [view.article for view in articles.page(tx, source=name, limit=1000)]
        kept = {one.content_hash for one in stored}
        kept |= {past.content_hash for one in stored for past in articles.history(tx, one.id)}
    sent = {content_hash(content(item.title, item.text)) for document in documents for item in document}
    assert sent <= kept


def test_dates_are_read_as_the_source_writes_them_and_told(desk: Desk) -> None:
    desk.clock.at = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)
    stated = {
        "text": "Sat, 14 Mar 2026 9:30:00 AM",
        "zoned": "2026-03-14T09:30:00Z",
        "naive": datetime(2026, 3, 14, 9, 30),
        "day": "2026年3月14日",
        "date": date(2026, 3, 13),
        "ago": "3小时前",
        "ambiguous": "01/02/2026",
        "ahead": datetime(2041, 1, 1, tzinfo=UTC),
        "none": None,
    }
    items = [Item(name, f"news of {name}", guid=name, published_at=at) for name, at in stated.items()]
    assert desk.poll(FakeSource(items), dates=Dates("Asia/Shanghai")).new == len(items)
    found = {one.title: (one.published_at, one.published_day) for one in desk.articles()}
    now, early = desk.clock(), datetime(2026, 3, 14, 1, 30, tzinfo=UTC)
    assert found == {
        "text": (early, None),
        "zoned": (early + timedelta(hours=8), None),
        "naive": (early, None),
        "day": (datetime(2026, 3, 13, 16, tzinfo=UTC), date(2026, 3, 14)),
        "date": (datetime(2026, 3, 12, 16, tzinfo=UTC), date(2026, 3, 13)),
        "ago": (now - timedelta(hours=3), None),
        "ambiguous": (now, None),
        "ahead": (now, None),
        "none": (now, None),
    }
    unreadable, untrue, assumed = desk.status().warnings
    assert unreadable.startswith("1 dates could not be read and were left out: 01/02/2026")
    assert untrue.startswith("1 dates cannot be true") and "2041-01-01" in untrue
    assert assumed == "3 dates had no time zone and were read in Asia/Shanghai"
    assert isinstance(assumed, Message)


def test_identical_items_in_one_document_are_one_article(desk: Desk) -> None:
    item = Item("Rates held", guid="1", url="https://a.example/1")
    assert desk.items(item, item, replace(item, author="somebody else")) == (1, 2)


def test_the_same_guid_on_every_item_loses_none(desk: Desk) -> None:
    items = [Item(f"headline number {word}", guid="https://a.example/") for word in ("one", "two", "three")]
    assert desk.items(*items) == (3, 0)
    assert desk.items(*items) == (0, 3)
    assert desk.items(items[1]) == (0, 1)
    assert desk.items(items[2], Item("something else entirely", guid="https://a.example/")) == (1, 1)


def test_one_item_at_a_time_under_one_guid_loses_none(desk: Desk) -> None:
    texts = ["Halvorsen Bank cuts four hundred jobs", "Oil rises as producers meet", "央行维持利率不变"]
    items = [Item(text, guid="latest") for text in texts]
    assert [desk.items(item) for item in items] == [(1, 0)] * 3
    assert [desk.items(item) for item in reversed(items)] == [(0, 1)] * 3
    assert desk.items(*items) == (0, 3)


def test_an_edit_is_a_revision_and_no_new_article(desk: Desk) -> None:
    desk.items(Item("Bank fined", TEXT, guid="1"))
    desk.clock.advance(hours=1)
    assert desk.items(Item("Bank fined (corrected)", TEXT + " It had been told before.", guid="1")) == (0, 1)
    (article,) = desk.articles()
    assert (article.title, article.revision) == ("Bank fined (corrected)", 1)
    assert article.first_seen_at == desk.clock() - timedelta(hours=1)
    with desk.store.read() as tx:
        (before,) = articles.history(tx, article.id)
    assert before.title == "Bank fined"
    assert desk.items(Item("Bank fined (corrected)", TEXT + " It had been told before.", guid="1")) == (0, 1)
    assert desk.articles()[0].revision == 1


def test_a_changed_guid_over_the_same_text_is_no_new_article(desk: Desk) -> None:
    item = Item(
        "Bank fined", TEXT, "https://a.example/1", "1", published_at=desk.clock() - timedelta(hours=3)
    )
    assert desk.items(item) == (1, 0)
    assert desk.items(replace(item, guid="2")) == (0, 1)
    assert desk.items(replace(item, guid="3", url="https://a.example/1?session=9")) == (0, 1)
    assert desk.items(Item("No address, no time", guid="x")) == (1, 0)
    assert desk.items(Item("No address, no time", guid="y")) == (0, 1)


def test_a_headline_that_returns_another_day_is_another_article(desk: Desk) -> None:
    def daily(day: int) -> Item:
        return Item(
            "Market report",
            "",
            f"https://a.example/{day}",
            str(day),
            published_at=datetime(2026, 2, day, tzinfo=UTC),
        )

    assert desk.items(daily(1)) == (1, 0)
    assert desk.items(daily(2), daily(1)) == (1, 1)


def test_items_alike_but_for_their_guid_are_two_articles_of_one_story(desk: Desk) -> None:
    items = Item("Market report", TEXT, guid="1"), Item("Market report", TEXT, guid="2")
    assert desk.items(*items) == (2, 0)
    assert desk.items(*items) == (0, 2)
    first, second = desk.articles()
    assert first.story_id == second.story_id


def test_a_document_longer_than_a_chunk(lite: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "CHUNK", 7)
    items = [Item("Market report", TEXT, guid=str(n)) for n in range(20)]
    assert lite.items(*items) == (20, 0)
    assert lite.items(*reversed(items)) == (0, 20)
    changed = [replace(item, guid=item.guid + "x") for item in items]
    assert lite.items(*items[:10], *changed[10:]) == (0, 20)


# --- stories -------------------------------------------------------------------------------------


def test_the_same_text_from_elsewhere_joins_the_story(desk: Desk) -> None:
    desk.items(Item("Halvorsen Bank fined", TEXT, guid="1"), name="wire")
    desk.items(Item("HALVORSEN BANK FINED!", TEXT, guid="9"), name="daily")
    desk.items(Item("Halvorsen Bank fined", TEXT + " (Wire)", guid="7"), name="wire")
    desk.items(Item("Oil rises as producers meet", "Traders await news from Vienna.", guid="8"), name="wire")
    one, two, three, other = desk.articles()
    assert one.story_id == two.story_id == three.story_id != other.story_id
    assert desk.story(one) == (3, 1)  # a reprint is nobody's own voice
    assert desk.story(other) == (1, 1)


def test_a_story_is_over_after_three_days(desk: Desk) -> None:
    desk.items(Item("Halvorsen Bank fined", TEXT, guid="1"))
    desk.clock.advance(days=3, minutes=1)
    desk.items(Item("Halvorsen Bank fined", TEXT, guid="2", url="https://a.example/2"), name="daily")
    first, second = desk.articles()
    assert first.story_id != second.story_id


def test_reprints_within_one_document_share_a_story(desk: Desk) -> None:
    desk.items(
        *(Item(f"Halvorsen Bank fined {n}", TEXT, guid=str(n)) for n in range(5)), Item("Oil rises", guid="o")
    )
    found = desk.articles()
    assert len({one.story_id for one in found}) == 2
    told = next(one for one in found if one.title.startswith("Halvorsen"))
    assert desk.story(told) == (5, 1)


# --- classification ------------------------------------------------------------------------------


def unsure(batch: Sequence[Article]) -> list[Prediction]:
    return [UNSURE] * len(batch)


def test_new_and_edited_articles_are_classified_and_queued(desk: Desk) -> None:
    desk.classify = unsure
    desk.items(Item("Bank fined", TEXT, guid="1"))
    (article,) = desk.articles()
    with desk.store.read() as tx:
        told = predictions.current(tx, article.id)
        assert told is not None and told[0] == UNSURE
        assert tasks.open_count(tx) == 1
    calls: list[int] = []
    desk.classify = lambda batch: calls.append(len(batch)) or unsure(batch)  # type: ignore[func-returns-value]
    desk.items(Item("Bank fined", TEXT, guid="1"))
    assert calls == []
    desk.items(Item("Bank fined", TEXT + " Corrected.", guid="1"), Item("New", guid="2"))
    assert calls == [2]
    with desk.store.read() as tx:
        assert articles.unclassified(tx, 10) == []
        assert tasks.open_count(tx) == 2


def test_the_classifier_is_told_which_companies_an_article_names(desk: Desk) -> None:
    seen: list[Article] = []
    desk.classify = lambda batch: seen.extend(batch) or unsure(batch)  # type: ignore[func-returns-value]
    desk.items(Item("Halvorsen Bank fined", TEXT, guid="1"))
    desk.items(Item("Halvorsen Bank fined", f"{TEXT} 哈尔沃森银行", guid="1"), Item("New", guid="2"))
    assert sorted([one.alias for one in article.mentions] for article in seen) == [
        [],
        ["Halvorsen Bank"],
        ["Halvorsen Bank", "哈尔沃森银行"],
    ]
    for article in seen:
        for one in article.mentions:
            assert article.content[one.start : one.end] == one.alias
    stored = {article.content: article.mentions for article in desk.articles()}
    assert stored == {article.content: article.mentions for article in seen[1:]}


def test_a_classifier_that_is_down_loses_no_article(desk: Desk) -> None:
    def down(batch: Sequence[Article]) -> list[Prediction]:
        raise ModelError("the model folder is gone")

    desk.classify = down
    assert desk.items(Item("a", guid="1"), Item("b", guid="2")) == (2, 0)
    status = desk.status()
    assert "2 articles wait for classification: the model folder is gone" in str(status)
    with desk.store.read() as tx:
        assert len(articles.unclassified(tx, 10)) == 2


def test_poison_does_not_stop_the_others(desk: Desk) -> None:
    def choosy(batch: Sequence[Article]) -> list[Prediction]:
        if any("poison" in one.content for one in batch):
            raise ValueError("no")
        return unsure(batch)

    desk.classify = choosy
    assert desk.items(*(Item("poison" if n == 3 else f"good {n}", guid=str(n)) for n in range(8))) == (8, 0)
    with desk.store.read() as tx:
        assert [one.content for one in articles.unclassified(tx, 10)] == ["poison"]


def test_sample_articles_are_marked_and_have_a_past(desk: Desk) -> None:
    past = desk.clock() - timedelta(days=2)
    assert desk.poll(FakeSource([Item("a", published_at=past)]), sample=True).new == 1
    (article,) = desk.articles()
    assert (article.sample, article.first_seen_at) == (True, past)


# --- what had piled up ---------------------------------------------------------------------------


def backlog(desk: Desk) -> dict[str, bool]:
    """By title, whether an article came with what had piled up."""
    return {one.title: one.backlog for one in desk.articles()}


def test_what_a_first_answer_brings_is_backlog_and_what_comes_then_is_news(desk: Desk) -> None:
    first = desk.clock()
    desk.items(Item("undated at first"), Item("dated at first", published_at=first))
    desk.clock.advance(minutes=15)
    desk.items(
        Item("undated"),
        Item("dated", published_at=desk.clock() - timedelta(minutes=5)),
        Item("of the moment of the first answer", published_at=first),
        Item("from before it", published_at=first - timedelta(seconds=1)),
        Item("from long before", published_at=first - timedelta(days=90)),
    )
    assert {title for title, had in backlog(desk).items() if had} == {
        *("undated at first", "dated at first", "from before it", "from long before")
    }


def test_a_first_answer_without_items_is_one_and_a_failure_is_none(desk: Desk) -> None:
    desk.poll(FakeSource(error=FetchError("no route")))
    desk.items(Item("after a failure"))
    desk.poll(FakeSource(), "quiet")
    desk.clock.advance(minutes=15)
    desk.items(Item("after a silence"), name="quiet")
    assert backlog(desk) == {"after a failure": True, "after a silence": False}


@pytest.mark.parametrize("away", [timedelta(minutes=60), timedelta(minutes=61), timedelta(hours=40)])
def test_after_an_outage_what_has_no_date_had_piled_up_and_what_has_one_counts(
    desk: Desk, away: timedelta
) -> None:
    desk.items(Item("first"))
    desk.clock.advance(minutes=away / timedelta(minutes=1))
    desk.items(Item("undated"), Item("dated", published_at=desk.clock() - away + timedelta(minutes=5)))
    assert backlog(desk) == {"first": True, "undated": away > timedelta(hours=1), "dated": False}
    desk.clock.advance(minutes=15)
    desk.items(Item("later"))
    assert not backlog(desk)["later"], "an outage is over with the first answer"


def test_what_is_as_old_as_anything_may_count_had_piled_up(desk: Desk) -> None:
    desk.items()
    desk.clock.advance(hours=60)
    old = desk.clock() - timedelta(hours=48)
    desk.items(
        Item("old", published_at=old - timedelta(hours=9)),
        Item("late", published_at=old + timedelta(minutes=1)),
    )
    assert backlog(desk) == {"old": True, "late": False}


def test_an_edit_of_what_had_piled_up_is_no_news(desk: Desk) -> None:
    desk.items(Item("first", "a text", guid="1"))
    desk.clock.advance(minutes=15)
    desk.items(Item("first, corrected", "a text that is another", guid="1"))
    assert backlog(desk) == {"first, corrected": True}


def test_all_of_a_file_is_backlog_but_the_sample_is_none(desk: Desk) -> None:
    linker, rules = Linker([]), RoutingSettings()
    items = [Item("a row", published_at=desk.clock()), Item("undated row")]
    pipeline.import_items(desk.store, items, Intake("file", linker, rules, desk.clock))
    desk.poll(FakeSource([Item("of the sample", published_at=desk.clock())]), "shown", sample=True)
    assert backlog(desk) == {"a row": True, "undated row": True, "of the sample": False}


# --- state, failures, back-off -------------------------------------------------------------------


def test_the_state_goes_to_the_next_fetch(desk: Desk) -> None:
    source = FakeSource([Item("a")])
    desk.poll(source)
    desk.poll(source)
    assert source.states == [{}, {"fetches": 1}]
    status = desk.status()
    assert status.state == {"fetches": 2}
    assert (status.last_success_at, status.wait_seconds) == (desk.clock(), INTERVAL.total_seconds())


def test_no_items_and_no_state_are_fine(desk: Desk) -> None:
    assert desk.poll(FakeSource()) == PollResult("wire", True)


def test_items_that_the_server_says_are_unchanged_count_as_duplicates(lite: Desk) -> None:
    assert lite.poll(Odd(Fetched([Item("a")], {}, (), 12))) == PollResult("wire", True, 13, 1, 12)


@dataclass
class Odd:
    """A source that returns, or raises, what it is given."""

    what: Any
    kind: ClassVar[str] = "odd"

    def fetch(self, state: Mapping[str, Any], fetcher: object) -> Any:
        if isinstance(self.what, BaseException):
            raise self.what
        return self.what() if callable(self.what) else self.what


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        (FetchError("the server answered 503 Service Unavailable"), "the server answered 503"),
        (ValueError("bad\nluck"), "raised ValueError: bad"),
        (SystemExit(1), "raised SystemExit"),
        (GeneratorExit(), "raised GeneratorExit"),
        (None, "returned NoneType"),
        ([Item("a")], "returned list"),
        (Fetched([Item("a")], {"x": object()}), "not a JSON object"),
        (Fetched([Item("a")], {"x": float("nan")}), "not a JSON object"),
        (Fetched([Item("a")], {"x": "y" * 2_000_000}), "longer than 1,000,000"),
        (lambda: Fetched(5), "Fetched.items: expected a list of monitor.Item, found int"),  # type: ignore[arg-type]
        (lambda: Fetched([Item("t", published_at=1767225600)]), "Item.published_at: expected"),  # type: ignore[arg-type]
        (Fetched(Item("a") for n in range(fetching.MAX_ITEMS + 1)), "more than 100000 items"),  # type: ignore[arg-type]
    ],
)
def test_whatever_a_source_does_is_recorded_against_it(lite: Desk, what: Any, reason: str) -> None:
    lite.items(Item("kept", guid="k"))
    before = lite.status()
    result = lite.poll(Odd(what))
    assert not result.ok and reason in result.error
    status = lite.status()
    assert status.last_error == result.error
    assert (status.consecutive_failures, status.state) == (1, before.state)
    assert status.wait_seconds > 0
    assert lite.poll(FakeSource([Item("kept", guid="k")])).duplicates == 1
    assert lite.status().consecutive_failures == 0


def test_where_a_source_raised_is_told_to_the_log(lite: Desk, caplog: pytest.LogCaptureFixture) -> None:
    lite.poll(Odd(ValueError("bad luck")))
    (record,) = caplog.records
    assert record.source == "wire" and "ValueError: bad luck" in caplog.text and ", in fetch" in caplog.text  # type: ignore[attr-defined]
    caplog.clear()
    lite.poll(Odd(FetchError("the server answered 503 Service Unavailable")))
    assert not caplog.records, "what is expected to fail has no traceback"


def test_ctrl_c_is_not_swallowed(lite: Desk) -> None:
    with pytest.raises(KeyboardInterrupt):
        lite.poll(Odd(KeyboardInterrupt()))


def test_items_of_other_types_and_without_words_are_left_out_and_told(lite: Desk) -> None:
    items = [Item("good"), None, {"title": "x"}, Item(url="u")]
    fetched = Fetched(items, {"n": 1}, malformed=2)  # type: ignore[arg-type]
    assert lite.poll(Odd(fetched)) == PollResult("wire", True, 1, 1, 0, malformed=5)
    status = lite.status()
    assert (status.malformed, status.state) == (5, {"n": 1})
    assert list(status.warnings) == [
        "5 items could not be used",
        "item 1: expected monitor.Item, found NoneType",
        "item 2: expected monitor.Item, found dict",
        "1 items were left out: neither title nor text",
    ]
    assert said(status.warnings[0], "zh") == "5 条内容无法使用"


def test_where_no_item_could_be_used_the_source_stays_where_it_was(lite: Desk) -> None:
    lite.items(Item("kept", guid="k"))
    before = lite.status()
    result = lite.poll(Odd(Fetched([{"title": "x"}, Item(url="u")], {"n": 1})))  # type: ignore[list-item]
    assert (result.ok, result.malformed, result.fetched) == (False, 2, 0)
    assert "none of its 2 items could be used" in result.error
    assert "item 0: expected monitor.Item, found dict" in result.error
    status = lite.status()
    assert (status.state, status.malformed, status.last_error) == (before.state, 2, result.error)
    # The next line of a file, say, is read at the usual time: it is not the source that failed.
    assert status.wait_seconds == INTERVAL.total_seconds()


def test_an_endless_source_keeps_nothing_and_its_place(lite: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "MAX_ITEMS", 10)

    def endless() -> Iterator[Item]:
        while True:
            yield Item("again")

    result = lite.poll(Odd(lambda: Fetched(endless(), {"n": 1})))  # type: ignore[arg-type]
    assert not result.ok and "more than 10 items" in result.error
    assert (lite.articles(), lite.status().state, lite.status().pace) == ([], {}, Pace.HUNG)


@dataclass
class Dawdler:
    """A source whose fetch takes `seconds` on a clock of the test's."""

    seconds: float
    time: float = 0.0
    fails: bool = False
    kind: ClassVar[str] = "dawdler"

    def fetch(self, state: Mapping[str, Any], fetcher: object) -> Fetched:
        self.time += self.seconds
        if self.fails:
            raise FetchError("down")
        return Fetched([Item("a")])


@pytest.mark.parametrize(("seconds", "pace"), [(3.0, Pace.QUICK), (30.0, Pace.LATE)])
def test_a_source_that_takes_long_is_late_until_it_is_not(lite: Desk, seconds: float, pace: Pace) -> None:
    for fails in (False, True):
        source = Dawdler(seconds, fails=fails)
        intake = Intake("wire", Linker([]), RoutingSettings(), lite.clock)
        poll(lite.store, source, FakeFetcher(), intake, interval=INTERVAL, clock=lambda s=source: s.time)
        assert lite.status().pace is pace
    lite.poll(FakeSource())
    assert lite.status().pace is Pace.QUICK


def test_a_stop_is_no_failure(lite: Desk) -> None:
    with pytest.raises(StoppedError):
        lite.poll(Odd(StoppedError("the monitor is being stopped")))
    assert lite.status().consecutive_failures == 0


def test_a_time_as_the_source_writes_it_is_taken(lite: Desk) -> None:
    at = datetime(2026, 2, 28, 14, 10, tzinfo=UTC)
    times = ["2026-02-28T14:10:00Z", at, at.astimezone(timezone(timedelta(hours=8)))]
    lite.items(*(Item(f"news {n}", published_at=time) for n, time in enumerate(times)))
    assert [one.published_at for one in lite.articles()] == [at] * 3
    lite.items(Item("a day", published_at=at.date()))
    assert datetime(2026, 2, 28, tzinfo=UTC) in [one.published_at for one in lite.articles()]


def test_backoff_doubles_to_six_hours_and_honours_the_server() -> None:
    waits = [backoff("wire", n, INTERVAL).total_seconds() / 60 for n in range(1, 12)]
    for n, wait in enumerate(waits):
        nominal = min(5 * 2**n, 360)
        assert 0.8 * nominal <= wait <= 1.2 * nominal
    assert backoff("wire", 1, timedelta(minutes=1)) <= timedelta(minutes=1.2)
    assert backoff("wire", 1, INTERVAL, retry_after=7200) == timedelta(hours=2)
    assert backoff("wire", 10_000, INTERVAL) <= timedelta(hours=7.2)
    assert len({backoff(f"source {n}", 3, INTERVAL) for n in range(50)}) > 40


def test_failures_in_a_row_wait_longer_and_retry_after_is_kept(lite: Desk) -> None:
    error = FetchError("the server answered 429 Too Many Requests", status=429, retry_after=50_000)
    lite.poll(Odd(FetchError("down")))
    lite.poll(Odd(FetchError("down")))
    assert lite.status().consecutive_failures == 2
    lite.poll(Odd(error))
    assert lite.status().wait_seconds == 50_000


def test_a_store_that_fails_is_in_the_result(lite: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*args: object) -> None:
        raise DiskFullError("the disk is full")

    monkeypatch.setattr(pipeline.arriving, "keep", full)
    result = lite.poll(FakeSource([Item("a")]))
    assert (result.ok, result.error) == (False, "the disk is full")
    monkeypatch.undo()
    assert lite.status().state == {}
    assert lite.items(Item("a")) == (1, 0)


def test_a_failure_in_the_last_transaction_keeps_the_state_behind(
    lite: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline, "CHUNK", 2)

    def fails(*args: object) -> None:
        raise StoreError("lost the connection")

    monkeypatch.setattr(sources, "succeeded", fails)
    items = [Item(f"news {n}", guid=str(n)) for n in range(5)]
    assert not lite.poll(FakeSource(items)).ok
    assert len(lite.articles()) == 4
    monkeypatch.undo()
    assert lite.status().state == {}
    assert lite.items(*items) == (1, 4)


# --- two processes -------------------------------------------------------------------------------


def test_an_item_that_another_process_stores_meanwhile_is_a_duplicate(
    store: Store, store_url: str, now: datetime
) -> None:
    other = open_store(store_url)
    items = [Item(f"news {n}", TEXT, guid=str(n)) for n in range(3)]

    def meanwhile(batch: Sequence[Article]) -> list[Prediction]:
        Desk(other, Clock(now)).items(*items[:2])
        return unsure(batch)

    desk = Desk(store, Clock(now), meanwhile)
    assert desk.items(*items) == (1, 2)
    assert len(desk.articles()) == 3
    other.close()


def test_the_store_knows_many_keys_and_contents_at_once(store: Store, now: datetime) -> None:
    desk = Desk(store, Clock(now))
    desk.items(*(Item(f"news {n // 2}", guid=str(n)) for n in range(6)))
    stored = desk.articles()
    with store.read() as tx:
        by_key = known.by_key(tx, "wire", [one.identity_key for one in stored] + ["unknown"] * 2000)
        assert by_key == {one.identity_key: one for one in stored}
        assert known.by_key(tx, "other", [stored[0].identity_key]) == {}
        by_content = known.by_content(tx, "wire", [one.content_hash for one in stored])
    assert {tuple(one.id for one in twins) for twins in by_content.values()} == {
        (stored[n + 1].id, stored[n].id) for n in (0, 2, 4)
    }
