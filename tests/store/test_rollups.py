"""Roll-ups: whatever happens to articles, cells say what a recount says, and the past stays what it was."""

from __future__ import annotations

import contextlib
import random
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, select

from monitor.detection import cells, rollups
from monitor.detection.rollups import Sums
from monitor.errors import NotFoundError
from monitor.records import Article, Decision, Mention, Prediction, Route, Scope
from monitor.store import Store, answers, articles, counts, mentions, predictions, recounts, schema, tasks
from monitor.store import rollups as counting

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
REVIEW = Decision(Route.REVIEW, "")
ALL = Scope("all")
Publish = Callable[..., Article]
Predict = Callable[..., Prediction]


def likely(negative: float) -> dict[str, float]:
    return {"negative": negative, "neutral": 1 - negative, "positive": 0.0}


def total(store: Store, name: str, now: datetime) -> Sums:
    with store.read() as tx:
        by_cell = counts.sums(tx, [name], cells.cell(now - 50 * HOUR), cells.cell(now + 50 * HOUR))
    return sum(by_cell.get(name, {}).values(), start=Sums())


def test_weights_are_whole_millionths_of_what_counts(
    store: Store, publish: Publish, predict: Predict, now: datetime
) -> None:
    acme = Mention("acme", "Acme", 0, 4)
    with store.begin() as tx:
        one, other, alone = (publish(tx, mentions=(acme,)) for _ in range(3))
        predict(tx, one.id, likely(0.3333333), topics=("debt",), companies={"acme": likely(0.9)})
        predict(tx, other.id, likely(0.8), companies={})
        predict(tx, alone.id, likely(0.25))
        task = tasks.open_task(tx, alone.id, REVIEW, 0.5, now)
        assert task is not None
        answers.answer(tx, task.id, "ann", "negative", None, now)
    assert total(store, "all", now) == Sums(3, 2, 333_333 + 800_000 + 1_000_000)
    assert total(store, "company:acme", now) == Sums(3, 3, 900_000 + 800_000 + 1_000_000)
    assert total(store, "topic:debt", now) == Sums(1, 0, 333_333)
    assert total(store, "both:debt:acme", now) == Sums(1, 1, 900_000)
    assert total(store, "source:wire", now) == total(store, "language:en", now) == total(store, "all", now)


def test_what_was_not_committed_counts_for_nothing(
    store: Store, publish: Publish, predict: Predict, now: datetime
) -> None:
    with pytest.raises(KeyError), store.begin() as tx:
        predict(tx, publish(tx).id)
        raise KeyError
    assert total(store, "all", now) == Sums()
    with store.begin() as tx:
        predict(tx, publish(tx).id)
    assert total(store, "all", now) == Sums(1, 1, 800_000)


def test_the_past_stays_what_it_was(store: Store, publish: Publish, predict: Predict, now: datetime) -> None:
    with store.begin() as tx:
        stored = publish(tx)
        predictions.put(tx, stored.id, Prediction(likely(0.9), {}, "m-1"), REVIEW, [], now)
    later = now + 3 * HOUR
    with store.begin() as tx:
        predictions.put(tx, stored.id, Prediction(likely(0.1), {}, "m-2"), REVIEW, [], later)
    place = ("all", cells.cell(now))
    with store.read() as tx:
        assert recounts.as_of(tx, now - MINUTE) == {}
        assert recounts.as_of(tx, later - MINUTE)[place] == Sums(1, 1, 900_000)
        assert recounts.as_of(tx, later)[place] == Sums(1, 0, 100_000)
        assert recounts.check(tx, later) == []


def test_counting_reads_the_stories_touched_by_index_and_nothing_of_all_time(
    sqlite_store: Store, publish: Publish, predict: Predict, now: datetime
) -> None:
    plans: dict[str, list[str]] = {}

    def explain(_: object, cursor: Any, statement: str, values: Any, *__: object) -> None:
        if statement.startswith("SELECT") and ("counted" in statement or "memberships" in statement):
            rows = cursor.connection.execute(f"EXPLAIN QUERY PLAN {statement}", values)
            plans[statement] = [row[3] for row in rows]

    with sqlite_store.begin() as tx:
        predict(tx, publish(tx).id)
        counting.touch_stories(tx, range(1, 257), now)  # as a batch of intake does
        event.listen(tx, "before_cursor_execute", explain)
        counting.fold(tx)
    assert len(plans) == 2, "what the stories tell, and what counted of them"
    for statement, lines in plans.items():
        # Of a database that was never analysed SQLite takes "IS NULL" for rare: it holds of nearly every row.
        assert not [line for line in lines if "SCAN" in line or "superseded_at" in line], (statement, lines)
    wanted = select(schema.counted.c.id).where(schema.counted.c.superseded_at >= now)
    with sqlite_store.read() as tx:
        event.listen(tx, "before_cursor_execute", explain)
        tx.execute(wanted)
    lines = list(plans.values())[-1]
    assert any("ix_counted_superseded_at" in line for line in lines), "what ceased is found by its time"


def test_fine_cells_are_forgotten_and_hours_stay(
    store: Store, publish: Publish, predict: Predict, now: datetime
) -> None:
    with store.begin() as tx:
        old = publish(tx)
        predict(tx, old.id)
    later = now + cells.KEPT + HOUR
    with store.begin() as tx:
        counting.prune(tx, later)
    assert total(store, "all", now) == Sums()
    with store.begin() as tx:  # what changes then moves hours alone
        predictions.put(tx, old.id, Prediction(likely(0.1), {}, "m-2"), REVIEW, [], later)
    with store.read() as tx:
        [window] = counts.windows(tx, ALL, [now, now + HOUR])
        assert (window.stories, window.negative) == (1, 0)
        assert recounts.check(tx, later) == []


def test_a_recount_finds_and_mends_a_cell_that_is_wrong(
    store: Store, publish: Publish, predict: Predict, now: datetime
) -> None:
    with store.begin() as tx:
        predict(tx, publish(tx).id)
        counting.add(tx, [("all", cells.cell(now), Sums(2, 0, 5))], now)
    with store.read() as tx:
        found = recounts.check(tx, now)
    assert [(one.series, one.minutes, one.stored, one.right) for one in found] == [
        ("all", minutes, Sums(3, 1, 800_005), Sums(1, 1, 800_000)) for minutes in (5, 60)
    ]
    assert {one.begins_at for one in found} == {now}
    with store.begin() as tx:
        recounts.rebuild(tx, now)
    with store.read() as tx:
        assert recounts.check(tx, now) == []
    assert total(store, "all", now) == Sums(1, 1, 800_000)


class History:
    """Random things that happen to a newsroom, each in a transaction of its own or with others."""

    def __init__(self, store: Store, publish: Publish, now: datetime, seed: int) -> None:
        self.store, self.publish, self.now = store, publish, now
        self.dice = random.Random(seed)
        self.articles: list[Article] = []
        self.asked: list[int] = []

    def step(self, kind: str) -> None:
        """One thing that happens; where there is no article yet, one comes."""
        self.now += timedelta(minutes=self.dice.randrange(40))
        with self.store.begin() as tx:
            if kind == "come" or not self.articles:
                known = (
                    self.dice.choice(self.articles) if self.articles and self.dice.random() < 0.4 else None
                )
                self.articles.append(
                    self.publish(
                        tx,
                        at=self.now,
                        published_at=self.now - timedelta(minutes=self.dice.randrange(4000)),
                        story_id=known.story_id if known else 0,
                        source=self.dice.choice(["wire", "paper"]),
                        mentions=self.named(),
                        sample=self.dice.random() < 0.1,
                    )
                )
                return
            one = self.dice.choice(self.articles)
            if kind == "judge":
                said = {name: likely(self.dice.random()) for name in ("acme", "bolt")}
                topics = self.dice.sample(["debt", "fraud"], self.dice.randrange(3))
                model = self.dice.choice(["m-1", "m-2"])
                prediction = Prediction(likely(self.dice.random()), {}, model, companies=said)
                predictions.put(tx, one.id, prediction, REVIEW, topics, self.now)
            elif kind == "name":
                mentions.replace(tx, one.id, self.named(), self.now)
            elif kind == "edit":
                new = replace(
                    articles.get(tx, one.id), text=f"edited {self.dice.random()}", mentions=self.named()
                )
                articles.revise(tx, replace(new, content=new.text, mentions=self.named()), self.now)
            elif kind == "label":
                task = tasks.open_task(tx, one.id, REVIEW, 0.5, self.now)
                if task is not None:
                    sentiment = self.dice.choice(["negative", "neutral", "positive"])
                    answers.answer(tx, task.id, "ann", sentiment, None, self.now)
            elif kind == "undo":
                with contextlib.suppress(NotFoundError):
                    answers.undo(tx, "ann", self.now)

    def named(self) -> tuple[Mention, ...]:
        return tuple(
            Mention(company, company, place, place + 1)
            for place, company in enumerate(["acme", "bolt"])
            if self.dice.random() < 0.5
        )


kinds = st.sampled_from(["come", "judge", "name", "edit", "label", "undo", "judge"])


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(what=st.lists(kinds, min_size=1, max_size=25), seed=st.integers(0, 2**32))
def test_whatever_happens_cells_and_recount_agree(
    store: Store, publish: Publish, now: datetime, what: list[str], seed: int
) -> None:
    history = History(store, publish, now, seed)
    for kind in what:
        history.step(kind)
    with store.begin() as tx:
        assert recounts.check(tx, history.now) == []
        whole = recounts.as_of(tx, history.now)
        recounts.rebuild(tx, history.now)
        assert recounts.check(tx, history.now) == []
        assert recounts.as_of(tx, history.now) == whole


def test_scopes_and_series_name_one_another() -> None:
    for scope in (ALL, Scope("topic", "debt"), Scope("company", "a:b"), Scope("language", "zh")):
        for sample in (False, True):
            assert rollups.scope_of(rollups.series(scope, sample=sample)) == scope


WRITER = """
import sys
from datetime import UTC, datetime, timedelta
from monitor.records import Article, Decision, Mention, Prediction, Route
from monitor.store import articles, open_store, predictions, stories

store = open_store(sys.argv[1])
now = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
print("ready", flush=True)
sys.stdin.readline()
for n in range(int(sys.argv[3])):
    with store.begin() as tx:
        for part in range(2):
            key = f"{sys.argv[2]}-{n}-{part}"
            story = stories.create(tx, now)
            order = ["acme", "bolt"][:: 1 if n % 2 else -1]
            named = tuple(Mention(c, c, i, i + 1) for i, c in enumerate(order))
            one = articles.insert(tx, Article(
                source=sys.argv[2], title=key, text=key, content=key, url="", author="", language="en",
                published_at=now, first_seen_at=now, identity_key=key, content_hash=key, story_id=story,
                mentions=named,
            ))
            stories.join(tx, story, one.source, now)
            said = Prediction({"negative": 0.75, "neutral": 0.25, "positive": 0.0}, {}, "m")
            predictions.put(tx, one.id, said, Decision(Route.ACCEPT, ""), ["debt"], now)
print("done", flush=True)
"""


def test_four_writers_on_one_hour_never_wait_in_a_circle(store: Store, store_url: str, now: datetime) -> None:
    each = 25
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, store_url, f"writer-{number}", str(each)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in range(4)
    ]
    for writer in writers:
        assert writer.stdout is not None and writer.stdout.readline() == "ready\n"
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write("go\n")
        writer.stdin.flush()
    for writer in writers:
        out, problems = writer.communicate(timeout=120)
        assert out == "done\n", problems
    assert total(store, "company:acme", now) == Sums(8 * each, 8 * each, 8 * each * 750_000)
    with store.read() as tx:
        assert recounts.check(tx, now) == []
