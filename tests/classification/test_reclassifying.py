"""The archive judged again: once each whatever happens, the counts moved, what people decided kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from monitor.classification import judging, reclassifying
from monitor.classification.judging import Judged
from monitor.classification.reclassifying import OvertakenError, Pace, Said, reclassify, served_by_others
from monitor.detection import cells
from monitor.errors import ConflictError, ModelError, StoppedError
from monitor.executor.local import Inline
from monitor.records import (
    Article,
    Decision,
    Mention,
    ModelState,
    ModelVersion,
    Prediction,
    Route,
    Scope,
    TaskState,
)
from monitor.settings import RoutingSettings
from monitor.store import (
    Store,
    answers,
    articles,
    counts,
    models,
    past,
    predictions,
    processes,
    reclassifications,
    recounts,
    stories,
    tasks,
    turns,
    vectors,
)
from monitor.store.processes import Process
from monitor.store.reclassifications import Reclassification, Wanted
from monitor.store.schema import articles as rows_
from monitor.store.schema import predictions as table
from monitor.testing import make_prediction

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
LATER = NOW + 2 * HOUR
RULES = RoutingSettings(threshold=0.75)
ALONE = "me"
NUMBER = 20


@dataclass
class Stand:
    """Stands in for a version: it calls what was negative neutral, and the other way round. It cannot judge
    the text `never`, and raises `fails` at the text number `at`."""

    model: str = "b"
    never: str = ""
    fails: BaseException | None = None
    at: int = -1
    sure: float = 0.9
    asked: list[str] = field(default_factory=list)
    meanwhile: Callable[[], None] = lambda: None

    def open(self) -> Callable[[Sequence[Article]], Said]:
        return self.judge

    def judge(self, batch: Sequence[Article]) -> Said:
        judged = Judged()
        self.meanwhile()
        for place, one in enumerate(batch):
            if self.fails is not None and len(self.asked) == self.at:
                raise self.fails
            self.asked.append(one.title)
            if one.title == self.never:
                judged.failures[place] = "too odd"
                continue
            bad = int(one.title.split()[1]) % 4 == 0
            chances = (1 - self.sure, self.sure) if bad else (self.sure, 1 - self.sure)
            judged.predictions[place] = make_prediction(*chances, model=self.model)
        return Said(judged, 0.5)


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reclassifying, "BATCH", 4)
    monkeypatch.setattr(reclassifying, "SLICE", 8)


def serves(store: Store, model: str, at: datetime) -> None:
    with store.begin() as tx:
        models.put(tx, ModelVersion(model, "fake", "p", "d", ModelState.CHALLENGER, at))
        models.promote(tx, model, "by hand", at)


both = pytest.mark.parametrize("store", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def store(request: pytest.FixtureRequest) -> Store:
    found: Store = request.getfixturevalue(f"{getattr(request, 'param', 'sqlite')}_store")
    return found


@pytest.fixture
def archive(store: Store, article: Callable[..., Article]) -> list[int]:
    """Articles of the last day, every fourth negative, all judged by version a; then b serves."""
    serves(store, "a", NOW - 90 * HOUR)
    ids = []
    with store.begin() as tx:
        for n in range(NUMBER):
            at = NOW - (NUMBER - n) * HOUR
            story = stories.create(tx, at)
            mention = (Mention("acme", "Text", 0, 4),)
            stated: dict[str, Any] = {"first_seen_at": at, "published_at": at, "mentions": mention}
            source = "wire" if n % 2 else "paper"
            piece = articles.insert(tx, article(f"Text {n}", source=source, story_id=story, **stated))
            stories.join(tx, story, piece.source, at)
            chances = (0.9 - n / 100, 0.1 + n / 100) if n % 4 == 0 else (0.1 + n / 100, 0.9 - n / 100)
            decision = Decision(Route.REVIEW, "unsure") if n < 8 else Decision(Route.ACCEPT, "")
            predictions.put(tx, piece.id, make_prediction(*chances, model="a"), decision, [], at)
            if n < 8:
                tasks.open_task(tx, piece.id, decision, 0.5, at)
            ids.append(piece.id)
    serves(store, "b", NOW)
    return ids


ALL = Wanted("b")


def begun(store: Store, wanted: Wanted = ALL, holder: str = ALONE) -> Reclassification:
    with store.begin() as tx:
        processes.enter(tx, process(holder, "reclassify"))
        return reclassifications.begin(tx, wanted, "b", "ada", holder, LATER)


def process(holder: str, role: str) -> Process:
    return Process(holder, "host", role, "machine", 1, 1, 0, NOW, NOW)


def run(store: Store, work: Stand, one: Reclassification, **options: Any) -> Reclassification:
    pace = Pace(store, 0.5, lambda tx: False)
    return reclassify(store, Inline(1), work, one, RULES, pace, now=lambda: LATER, **options)


def current(store: Store, ids: Sequence[int]) -> dict[int, tuple[Prediction, Decision]]:
    with store.read() as tx:
        return predictions.of(tx, ids)


@both
def test_all_is_judged_again_and_the_counts_follow(store: Store, archive: list[int]) -> None:
    with store.read() as tx:
        before = list(past.changes(tx, NOW + HOUR))
        then = recounts.as_of(tx, NOW + HOUR)
    told: list[tuple[float, float]] = []
    ended = run(store, work := Stand(), begun(store), progress=lambda what, *how: told.append(how))
    assert (ended.state, ended.judged, ended.failed, ended.passed) == ("done", NUMBER, 0, 0)
    assert work.asked == [f"Text {n}" for n in range(NUMBER)], "the oldest first"
    assert told == [(done, NUMBER) for done in range(0, NUMBER + 1, 4)]
    said = current(store, archive)
    assert {one.model for one, _ in said.values()} == {"b"}
    assert [said[id][0].label for id in archive[:4]] == ["neutral", *["negative"] * 3]
    with store.read() as tx:
        assert recounts.check(tx, LATER) == []
        edges = [cells.begins(cells.hour(NOW) + n, cells.HOUR) for n in (-NUMBER - 1, 2)]
        [window] = counts.windows(tx, Scope("all"), edges)
        assert (window.stories, window.negative) == (NUMBER, 15)
        # What was known then is known still, and nothing that came by it is fresh: no alert is opened.
        assert list(past.changes(tx, NOW + HOUR)) == before and recounts.as_of(tx, NOW + HOUR) == then
        late = [one for at, some in past.changes(tx, LATER + HOUR, LATER) for one in some]
        assert late and not any(one.fresh for one in late if one.sign > 0)
        rows = tx.execute(select(table).order_by(table.c.article_id, table.c.model)).all()
    assert [(row.model, row.current, row.superseded_at) for row in rows[:2]] == [
        ("a", False, LATER),
        ("b", True, None),
    ]
    assert len(rows) == 2 * NUMBER


@both
@pytest.mark.parametrize("at", [0, 11, NUMBER - 1])
def test_killed_anywhere_it_goes_on(store: Store, archive: list[int], at: int) -> None:
    work = Stand(fails=KeyboardInterrupt(), at=at)
    one = begun(store)
    with pytest.raises(KeyboardInterrupt):
        run(store, work, one)
    with store.begin() as tx:  # its process is seen to be dead
        processes.leave(tx, ALONE, LATER)
        [kept] = reclassifications.all(tx, 5)
    assert (kept.state, kept.done) == ("interrupted", at // 4 * 4)
    with pytest.raises(ConflictError, match="was not finished"):
        begun(store)
    with store.begin() as tx:
        processes.enter(tx, process("other", "reclassify"))
        again = reclassifications.resume(tx, kept.id, "other", LATER)
    ended = run(store, rest := Stand(), again)
    assert (ended.state, ended.judged) == ("done", NUMBER)
    assert rest.asked == [f"Text {n}" for n in range(at // 4 * 4, NUMBER)], "none twice that was stored"


@both
def test_the_least_sure_come_first(store: Store, archive: list[int]) -> None:
    sure = {id: one.confidence for id, (one, _) in current(store, archive).items()}
    run(store, work := Stand(), begun(store, Wanted("b", doubtful=True)))
    order = [archive[int(title.split()[1])] for title in work.asked]
    assert order == sorted(archive, key=lambda id: (sure[id], id))


def test_only_what_was_asked_for_is_judged(store: Store, archive: list[int]) -> None:
    run(store, work := Stand(), begun(store, Wanted("b", since=NOW - 5 * HOUR, source="wire")))
    assert work.asked == ["Text 15", "Text 17", "Text 19"]
    with store.read() as tx:
        assert [one.anew for one in turns.all(tx)] == [None], "most of the past is another version's"
    ended = run(store, work, begun(store))
    assert ended.judged == NUMBER - 3
    with store.read() as tx:
        assert [one.anew for one in turns.all(tx)] == [cells.cell(LATER) + turns.LATER]


@both
def test_what_people_decided_and_began_stays(store: Store, archive: list[int]) -> None:
    with store.begin() as tx:
        of = [tasks.of(tx, id) for id in archive[:4]]
        ids = [one.id for one in of if one is not None]
        answers.answer(tx, ids[0], "ann", "positive", None, NOW)
        tasks.claim(tx, "bo", [ids[1]], NOW)
    ended = run(store, Stand(), begun(store))
    said = current(store, archive)
    assert said[archive[0]][1] == Decision(Route.REVIEW, "unsure"), "the route of what is decided stays"
    assert {said[id][1].route for id in archive[1:]} == {Route.ACCEPT}
    with store.read() as tx:
        states = [one.state for id in archive[:8] if (one := tasks.of(tx, id)) is not None]
        assert recounts.check(tx, LATER) == []
        counted = tx.scalar(select(rows_.c.sentiment).where(rows_.c.id == archive[0]))
    assert states == [TaskState.DONE, TaskState.OPEN, *[TaskState.WITHDRAWN] * 6]
    assert (ended.withdrawn, counted) == (6, "positive"), "the label counts on"


def test_what_is_doubtful_now_enters_no_queue(store: Store, archive: list[int]) -> None:
    with store.read() as tx:
        open_before = tasks.open_count(tx)
    ended = run(store, Stand(sure=0.6), begun(store))
    assert ended.withdrawn == 0
    assert {one.route for _, one in current(store, archive).values()} == {Route.REVIEW}
    with store.read() as tx:
        assert tasks.open_count(tx) == open_before


def test_what_cannot_be_judged_keeps_what_was_said(store: Store, archive: list[int]) -> None:
    ended = run(store, Stand(never="Text 5"), begun(store))
    assert (ended.judged, ended.failed) == (NUMBER - 1, 1)
    assert current(store, archive)[archive[5]][0].model == "a"


@both
def test_what_retention_took_keeps_what_was_said_when_it_could_be_read(
    store: Store, archive: list[int]
) -> None:
    gone, soon = archive[3], archive[1]  # the second is in the first batch

    def take(id: int) -> None:
        with store.begin() as tx:
            tx.execute(update(rows_).where(rows_.c.id == id).values(text="", body_removed_at=NOW))

    take(gone)
    work = Stand(meanwhile=lambda: take(soon))
    ended = run(store, work, begun(store))
    assert (ended.total, ended.judged, ended.passed) == (NUMBER - 1, NUMBER - 2, 1)
    assert [current(store, [id])[id][0].model for id in (gone, soon, archive[0])] == ["a", "a", "b"]


def test_what_was_edited_meanwhile_is_left_to_who_judges_news(
    store: Store, archive: list[int], article: Callable[..., Article]
) -> None:
    def edit() -> None:
        work.meanwhile = lambda: None
        with store.begin() as tx:
            old = articles.get(tx, archive[2])
            articles.revise(tx, article("Text 99", id=old.id, source=old.source), NOW)

    work = Stand(meanwhile=edit)
    ended = run(store, work, begun(store))
    assert (ended.judged, ended.passed) == (NUMBER - 1, 1)
    assert archive[2] not in current(store, archive)


def test_another_champion_stops_it(store: Store, archive: list[int]) -> None:
    def promoted() -> None:
        if len(work.asked) >= 8:
            work.meanwhile = lambda: None
            serves(store, "c", LATER)

    work = Stand(meanwhile=promoted)
    one = begun(store)
    with pytest.raises(OvertakenError, match="c began to serve meanwhile"):
        run(store, work, one)
    models_ = [said.model for said, _ in current(store, archive).values()]
    assert models_.count("b") == 8, "what was judged before stays"


@both
def test_of_two_at_once_one_is_told(store: Store, archive: list[int]) -> None:
    one = begun(store)
    with pytest.raises(ConflictError, match=r"being judged again already \(number 1, under b\)"):
        begun(store, holder="other")
    with store.begin() as tx:
        assert reclassifications.end(tx, one.id, "stopped", "given up", LATER)
    with pytest.raises(ConflictError, match="not this process's any more"):
        run(store, Stand(), one)
    assert {said.model for said, _ in current(store, archive).values()} == {"a"}, "nothing half done"


def test_a_classifier_that_is_down_is_told(store: Store, archive: list[int]) -> None:
    class Down(Stand):
        def judge(self, batch: Sequence[Article]) -> Said:
            return Said(judging.Judged(down="no memory"), 0.0)

    with pytest.raises(ModelError, match="no memory"):
        run(store, Down(), begun(store))


def test_vectors_of_long_ago_are_not_kept(store: Store, archive: list[int]) -> None:
    class Vectors(Stand):
        def judge(self, batch: Sequence[Article]) -> Said:
            said = super().judge(batch)
            for place, one in said.judged.predictions.items():
                object.__setattr__(one, "vector", b"\0\0\0<")
                said.judged.predictions[place] = one
            return said

    run(store, Vectors(), begun(store), keep=7 * HOUR)
    with store.read() as tx:
        assert [size.vectors for size in vectors.sizes(tx) if size.model == "b"] == [5]


# --- beside the news ---------------------------------------------------------------------------


def test_bulk_work_takes_its_share_and_waits_for_the_news(
    store: Store, archive: list[int], article: Callable[..., Article]
) -> None:
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 9:
            with store.begin() as tx:
                said = make_prediction(0.9, 0.1, model="b")
                predictions.put(tx, late.id, said, Decision(Route.ACCEPT, ""), [], NOW)

    with store.begin() as tx:
        processes.enter(tx, process("worker-1", "worker"))
    pace = Pace(store, 0.25, served_by_others(ALONE), sleep=sleep)
    pace.wait()
    assert slept == []
    pace.spent(0.5)
    pace.wait()
    assert sum(slept) == pytest.approx(1.5), "a quarter of the time is 0.5 of 2 s"
    slept.clear()
    with store.begin() as tx:
        story = stories.create(tx, NOW)
        late = articles.insert(tx, article("Text 77", story_id=story, first_seen_at=NOW))
    pace.wait()
    assert len(slept) == 9, "until nothing waits"


def test_alone_it_waits_for_nobody(store: Store, archive: list[int]) -> None:
    with store.begin() as tx:
        processes.enter(tx, process(ALONE, "worker"))
        processes.enter(tx, process("web-1", "web"))
    pace = Pace(store, 0.25, served_by_others(ALONE), sleep=lambda seconds: pytest.fail("it waits"))
    pace.spent(100)
    pace.wait()


def test_who_ends_does_not_wait(store: Store) -> None:
    def check() -> None:
        raise StoppedError("enough")

    with pytest.raises(StoppedError):
        Pace(store, 0.5, lambda tx: True, check).wait()


def test_news_that_nobody_judges_does_not_stop_it_for_ever(
    store: Store, archive: list[int], article: Callable[..., Article]
) -> None:
    slept: list[float] = []
    with store.begin() as tx:
        story = stories.create(tx, NOW)
        articles.insert(tx, article("Text 77", story_id=story, first_seen_at=NOW))
    Pace(store, 0.5, lambda tx: True, sleep=slept.append).wait()
    assert sum(slept) == pytest.approx(reclassifying.PATIENCE_SECONDS)
