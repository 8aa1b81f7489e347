"""The archive line: what is brought is what was lived, asks nobody, and is judged once."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from monitor import archive, pipeline
from monitor.archive import Brought
from monitor.classification.judging import Judged, settle
from monitor.detection import cells
from monitor.errors import DataError, ModelError
from monitor.news.companies import Linker
from monitor.news.dates import Dates
from monitor.pipeline import Intake, Taken
from monitor.records import Article, Company, Item, Prediction
from monitor.settings import RoutingSettings
from monitor.store import (
    Store,
    Tx,
    aliases,
    articles,
    memberships,
    mentions,
    open_store,
    past,
    polls,
    predictions,
    recounts,
    sources,
)
from monitor.store.schema import articles as article_table
from monitor.store.schema import memberships as membership_table
from monitor.store.schema import predictions as prediction_table
from monitor.store.schema import tasks, texts
from monitor.testing import Clock
from tests.news.test_gathering import CUT, FINED, LIKE, RAISED, VARIANT, vector

THEN = datetime(2008, 9, 1, 8, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
COMPANIES = (Company("halvorsen", "Halvorsen"), Company("meridian", "Meridian Steel"))
RULES = RoutingSettings(threshold=0.99, audits_per_day=1e6, explore_share=1)
DENIED = "Halvorsen denies that it was fined 57 million pounds"
TITLES = (*LIKE, DENIED, "Meridian Steel shuts a mill", "Retraction: story on Halvorsen withdrawn")


@dataclass
class Classifier:
    """Says what the title's sum says, with the vector of `test_gathering`; keeps what it was asked."""

    asked: list[str] = field(default_factory=list)
    fails_at: int = 1_000_000

    def __call__(self, batch: Sequence[Article]) -> list[Prediction]:
        found = []
        for article in batch:
            if len(self.asked) >= self.fails_at:
                raise ModelError("the disk is full")
            self.asked.append(article.content)
            bad = sum(map(ord, article.content)) % 97 / 100
            said = {"negative": bad, "neutral": 1 - bad, "positive": 0.0}
            topics = {"legal": bad, "dividend": 1 - bad}
            towards = {one: {"negative": 1 - bad, "neutral": bad, "positive": 0.0} for one in article.named}
            found.append(Prediction(said, topics, "m1", companies=towards, vector=vector(article.content)))
        return found


def intake(now: datetime, classify: Classifier | None, source: str = "wire") -> Intake:
    return Intake(source, Linker(COMPANIES), RULES, Clock(now), classify)


def bring(
    store: Store,
    items: Sequence[Item],
    now: datetime,
    classify: Classifier | None = None,
    source: str = "wire",
) -> Brought:
    return archive.bring(store, items, intake(now, classify or Classifier(), source), COMPANIES)


def item(title: str, at: object, n: int = 0) -> Item:
    return Item(title, url=f"https://wire.example/{n}-{title}", published_at=at)  # type: ignore[arg-type]


def count(store: Store, table: object) -> int:
    with store.read() as tx:
        return tx.scalar(select(func.count()).select_from(table)) or 0  # type: ignore[arg-type]


# --- what is brought is what was lived ---------------------------------------------------


def lived(store: Store, items: Sequence[Item]) -> None:
    """The items taken in one by one, each when it was published."""
    for one in items:
        assert isinstance(one.published_at, datetime)
        pipeline.take_in(store, [one], intake(one.published_at, Classifier()), Taken())


def filler(store: Store) -> None:
    """Enough vectors of the version for its centres, of a source that nobody looks at."""
    at = THEN - timedelta(days=40)
    items = [item(text, at) for n in range(64) for text in (f"Item number {n}", f"第{n}条消息")]
    pipeline.take_in(store, items, intake(at, Classifier(), "past"), Taken())


def same_as_a_life(store: Store, other: Store, now: datetime, seed: int) -> None:
    """Brings items in any order to `store`, lives through them in `other`, and compares every moment."""
    rng = random.Random(seed)
    minutes = sorted(rng.sample(range(8 * 24 * 60), 30))
    items = [item(rng.choice(TITLES), THEN + timedelta(minutes=at), n) for n, at in enumerate(minutes)]
    filler(other)
    lived(other, items)
    filler(store)
    rng.shuffle(items)
    assert bring(store, items, now).new == len(items)
    with store.read() as mine, other.read() as theirs:
        for at in [*(THEN + timedelta(minutes=at) for at in minutes), now]:
            assert recounts.as_of(mine, at) == recounts.as_of(theirs, at), at
            assert told(mine, at) == told(theirs, at), at
        assert recounts.check(mine, now) == []


def told(tx: Tx, at: datetime) -> set[tuple[str, ...]]:
    """The stories as they were told at a moment: each the addresses of its articles, and how they came in."""
    held = select(article_table.c.url, membership_table.c.story_id, membership_table.c.how)
    joined = held.join(article_table, article_table.c.id == membership_table.c.article_id)
    found: dict[int, list[str]] = {}
    for row in tx.execute(joined.where(article_table.c.source == "wire", memberships.holds(at))):
        found.setdefault(row.story_id, []).append(f"{row.url} {row.how}")
    return {tuple(sorted(some)) for some in found.values()}


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Store]:
    """A second store."""
    found = open_store(f"sqlite:///{tmp_path / 'lived.db'}")
    found.prepare(migrate=True)
    yield found
    found.close()


def test_the_counts_of_every_moment_are_those_of_a_life(store: Store, other: Store, now: datetime) -> None:
    same_as_a_life(store, other, now, 0)


@pytest.mark.parametrize(("seed", "chunk"), [(1, 128), (2, 5), (3, 1)])
def test_so_they_are_wherever_a_chunk_ends(
    sqlite_store: Store, other: Store, now: datetime, monkeypatch: pytest.MonkeyPatch, seed: int, chunk: int
) -> None:
    monkeypatch.setattr(archive, "CHUNK", chunk)
    same_as_a_life(sqlite_store, other, now, seed)


def test_chunks_end_anywhere_and_nothing_is_judged_twice(
    store: Store, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "CHUNK", 3)
    items = [item(title, THEN + n * HOUR, n) for n, title in enumerate((*TITLES, *TITLES))]
    broken = Classifier(fails_at=7)
    with pytest.raises(ModelError, match="6 of 16 rows are done"):
        bring(store, items, now, broken)
    whole = Classifier()
    told: list[tuple[int, int, float]] = []
    found = archive.bring(
        store,
        items,
        intake(now, whole),
        COMPANIES,
        told=lambda *said: told.append(said),
        clock=iter(range(0, 6000, 60)).__next__,
    )
    assert (found.rows, found.new, found.known) == (16, 10, 6)
    assert len(whole.asked) == 10
    assert [one[:2] for one in told] == [(3, 16), (6, 16), (9, 16), (12, 16), (15, 16), (16, 16)]
    assert told[0][2] == float("inf")  # nothing was judged yet: nobody knows
    assert told[2][2] == pytest.approx(7 / 3)  # a minute for three articles, and seven are left
    assert bring(store, items, now) == replace(found, new=0, known=16)
    with store.read() as tx:
        assert recounts.check(tx, now) == []


def test_each_is_seen_read_and_judged_in_its_own_time(store: Store, now: datetime) -> None:
    bring(store, [item(FINED, THEN), item(RAISED, THEN + 50 * HOUR)], now)
    with store.read() as tx:
        first, second = sorted(articles.page(tx, limit=9), key=lambda one: one.article.first_seen_at)
        assert [one.article.first_seen_at for one in (first, second)] == [THEN, THEN + 50 * HOUR]
        assert first.article.history
        rows = tx.execute(select(prediction_table).order_by(prediction_table.c.created_at)).all()
        assert [(row.created_at, row.later_at) for row in rows] == [(THEN, now), (THEN + 50 * HOUR, now)]
        assert mentions.as_of(tx, [first.article.id], THEN)[first.article.id]
        assert mentions.as_of(tx, [first.article.id], THEN - HOUR) == {}
        assert predictions.current(tx, first.article.id) is not None


# --- it asks, teaches and warns of nothing ---------------------------------------------------


def test_it_asks_and_teaches_nobody(store: Store, now: datetime) -> None:
    """Though everything is unsure, audited and explored here."""
    recent = now - 2 * HOUR
    found = bring(
        store, [item(title, recent + n * timedelta(minutes=9)) for n, title in enumerate(TITLES)], now
    )
    assert found.new == len(TITLES)
    assert count(store, tasks) == 0
    with store.read() as tx:
        assert not any(tx.scalars(select(texts.c.audited)))
        assert all(tx.scalars(select(texts.c.sample)))
        assert articles.contents(tx) == []
        assert articles.unclassified(tx, 9) == []


def test_its_past_is_walked_through_as_one_that_was_read(store: Store, now: datetime) -> None:
    """What it brings is no backlog, and each piece is news in its own time."""
    bring(store, [item(title, THEN + n * HOUR, n) for n, title in enumerate(TITLES)], now)
    with store.read() as tx:
        moments = list(past.changes(tx, now))
        assert past.begins(tx) == THEN
        assert not any(view.article.backlog for view in articles.page(tx, limit=99))
    assert [at for at, _ in moments] == [THEN + n * HOUR for n in range(len(TITLES))]
    came = [one for _, some in moments for one in some if one.sign > 0 and one.series == "all"]
    assert {one.fresh for one in came} == {True} and any(one.entry.negative for one in came)


def test_nor_does_it_when_it_is_judged_again(store: Store, now: datetime) -> None:
    bring(store, [item(FINED, THEN)], now)
    with store.begin() as tx:
        [found] = articles.page(tx, limit=9)
        unsure = Judged({0: replace(found.prediction, model="m2")})  # type: ignore[type-var]
        settle(tx, [found.article], unsure, RULES, now)
        assert predictions.current(tx, found.article.id) is not None
    assert count(store, tasks) == 0


def test_a_text_of_an_archive_does_not_answer_for_news(store: Store, now: datetime) -> None:
    bring(store, [item(FINED, now - HOUR)], now)
    pipeline.take_in(store, [item(FINED, now, 7)], intake(now, Classifier(), "paper"), Taken())
    assert count(store, tasks) == 1


def test_what_cannot_be_judged_is_nobodys_work(store: Store, now: datetime) -> None:
    def classify(batch: Sequence[Article]) -> list[Prediction]:
        if any("Meridian" in one.content for one in batch):
            raise ValueError("no")
        return Classifier()(batch)

    line = replace(intake(now, None), classify=classify)
    found = archive.bring(store, [item(title, THEN) for title in TITLES], line, COMPANIES)
    assert (found.new, found.unjudged) == (len(TITLES), 1)
    with store.read() as tx:
        assert articles.unclassified(tx, 9) == []
        [quarantined] = tx.execute(select(article_table).where(article_table.c.quarantine != "")).all()
        assert "Meridian" in quarantined.title


# --- rows ---------------------------------------------------


def test_a_row_without_a_time_is_refused_and_counted(store: Store, now: datetime) -> None:
    rows = [item(FINED, THEN), item(RAISED, None), item(CUT, "soon"), item(VARIANT, now + HOUR)]
    found = bring(store, rows, now)
    assert (found.rows, found.new, found.undated) == (4, 1, 3)
    [told] = found.warnings()
    assert "3 rows were left out" in told
    with pytest.raises(DataError, match="none of its 1 rows"):
        bring(store, [item(RAISED, None)], now)
    assert bring(store, [], now) == Brought("wire")


def test_a_day_without_a_time_was_seen_when_it_was_over(store: Store, now: datetime) -> None:
    line = replace(intake(now, Classifier()), dates=Dates("Asia/Shanghai"))
    archive.bring(store, [item(FINED, date(2008, 9, 15))], line, COMPANIES)
    with store.read() as tx:
        [found] = articles.page(tx, limit=9)
    assert found.article.first_seen_at == datetime(2008, 9, 15, 15, 59, tzinfo=UTC)
    assert found.article.published_at == datetime(2008, 9, 14, 16, 0, tzinfo=UTC)


def test_another_text_of_a_known_row_changes_nothing(store: Store, now: datetime) -> None:
    def told(text: str) -> Item:
        return Item(FINED, text, "https://wire.example/1", published_at=THEN)

    bring(store, [told("The lender said that it would not appeal against the fine.")], now)
    found = bring(store, [told("The lender said that it would not appeal against the fine at all.")], now)
    assert (found.new, found.known, found.changed) == (0, 1, 1)
    assert count(store, article_table) == 1


# --- the watch list, and who was reading ---------------------------------------------------


def test_the_watch_list_counts_from_the_first_row_on(store: Store, now: datetime) -> None:
    listed, former = COMPANIES
    with store.begin() as tx:
        aliases.settle(tx, [listed], now - HOUR)
    for _ in range(2):  # the second time changes nothing
        bring(store, [item(FINED, THEN), item(RAISED, THEN + HOUR)], now)
        with store.read() as tx:
            assert aliases.companies(tx, THEN - HOUR) == []
            assert aliases.companies(tx, THEN) == [listed, former]
            assert aliases.companies(tx, now - HOUR) == [listed, former]
            assert aliases.companies(tx) == aliases.companies(tx, now) == [listed]


def test_the_source_counts_as_read_but_for_a_hole(store: Store, now: datetime) -> None:
    """Three weeks of a row an hour, a fortnight of nothing, three weeks."""
    hours = [*range(21 * 24), *range(35 * 24, 56 * 24)]
    items = [item(f"Item number {n}", THEN + n * HOUR) for n in hours]
    with store.begin() as tx:
        sources.succeeded(tx, "wire", {}, [], now - HOUR, 60)
    found = bring(store, items, now)
    assert (found.hours, found.unread) == (56 * 24, 14 * 24)
    with store.read() as tx:
        read = polls.read_at(tx, THEN, THEN + 56 * 24 * HOUR)
        assert [cells.hour(at) - cells.hour(THEN) for at in read] == hours
        assert sources.first_read(tx, "wire") == THEN
    bring(store, items, now)
    with store.read() as tx:
        assert polls.read_at(tx, THEN, now) == read
