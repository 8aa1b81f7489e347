"""What is old goes and nothing else: whatever an article went through, on both databases."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select, update

from monitor.records import Article, Decision, Prediction, Route
from monitor.store import (
    Store,
    Tx,
    alerts,
    articles,
    bodies,
    clock,
    expired,
    polls,
    predictions,
    prunings,
    runs,
    search,
)
from monitor.store.expired import KINDS, Edge, Sum
from monitor.store.schema import (
    answers,
    comments,
    feedback,
    metadata,
    tasks,
    texts,
)
from monitor.store.schema import articles as article_rows
from monitor.store.schema import polls as poll_rows
from monitor.store.schema import predictions as prediction_rows
from monitor.store.schema import revisions as revision_rows
from monitor.store.schema import runs as run_rows
from monitor.store.schema import vectors as vector_rows
from tests.alarms import alarm

Publish = Callable[..., Article]
DAY = timedelta(days=1)
KEPT = 60 * DAY
SPARING = (
    *("labelled", "withdrawn", "copy labelled", "asked", "audited", "cited", "commented", "reported"),
    *("pending", "revised", "brought lately", "sample"),
)
HARMLESS = ("answered task withdrawn", "judged", "judged twice", "judged again lately", "revised long ago")


@dataclass(frozen=True)
class Lived:
    """An article of so many days ago, and what happened to it."""

    days: int
    facts: frozenset[str]


FACTS = st.builds(
    frozenset.union,
    st.frozensets(st.sampled_from(SPARING), max_size=1),
    st.frozensets(st.sampled_from(HARMLESS), max_size=2),
)
EACH = [Lived(days, frozenset([fact])) for days in (60, 61) for fact in (*SPARING, *HARMLESS, "nothing")]
LIVED = st.builds(Lived, st.integers(50, 70), FACTS)
NUMBERS = itertools.count()


def prediction(model: str) -> Prediction:
    return Prediction({"negative": 0.8, "neutral": 0.1, "positive": 0.1}, {}, model)


def asked(tx: Tx, article: Article, state: str, now: datetime) -> int:
    row = {
        "text_id": article.text_id,
        "article_id": article.id,
        "lane": "request",
        "reason": "",
        "priority": 0.0,
    }
    return int(tx.scalar(insert(tasks).values(**row, state=state, created_at=now).returning(tasks.c.id)) or 0)


def labelled(tx: Tx, article: Article, now: datetime, **fields: Any) -> None:
    row = {"task_id": asked(tx, article, "done", now), "text_id": article.text_id, "article_id": article.id}
    tx.execute(
        insert(answers).values(
            **row, user="ann", outcome="label", sentiment="negative", companies={}, created_at=now, **fields
        )
    )


def live(tx: Tx, publish: Publish, one: Lived, now: datetime) -> Article:
    """Store the article, and let everything happen to it."""
    at, number = now - one.days * DAY, next(NUMBERS)
    words = f"Text {number} of {one.days} days says 净利润下降"
    article = publish(
        tx,
        words,
        title=f"Title {number}",
        content=f"Title {number}\n{words}",
        at=at,
        sample="sample" in one.facts,
    )
    decision = Decision(Route.ACCEPT, "")
    if one.facts & {"judged", "judged twice", "judged again lately", "brought lately"}:
        predictions.put(tx, article.id, prediction("old"), decision, (), at)
    if "judged twice" in one.facts:
        predictions.put(tx, article.id, prediction("new"), decision, (), at + timedelta(hours=1))
    if "judged again lately" in one.facts:
        predictions.put(tx, article.id, prediction("newest"), decision, (), now - 2 * DAY)
    if "brought lately" in one.facts:
        mine = prediction_rows.c.article_id == article.id
        tx.execute(update(prediction_rows).where(mine).values(later_at=now - DAY))
    for fact, ago in (("revised long ago", KEPT + 3 * DAY), ("revised", DAY)):
        if fact in one.facts:
            row = {"article_id": article.id, "revision": ago.days, "text_id": article.text_id}
            tx.execute(
                insert(revision_rows).values(
                    **row, title="before", text="as it read", content_hash="x", replaced_at=now - ago
                )
            )
    if "labelled" in one.facts:
        labelled(tx, article, at)
    if "withdrawn" in one.facts:
        labelled(tx, article, at, withdrawn_at=now)
    if "copy labelled" in one.facts:
        copy = publish(tx, words, title=f"Title {number}", content=f"Title {number}\n{words}", at=now)
        assert copy.text_id == article.text_id
        labelled(tx, copy, at)
    if "asked" in one.facts:
        asked(tx, article, "open", at)
    if "answered task withdrawn" in one.facts:
        asked(tx, article, "withdrawn", at)
    if "audited" in one.facts:
        tx.execute(update(texts).where(texts.c.id == article.text_id).values(audited=True))
    if "cited" in one.facts:
        alerts.put(tx, alarm(f"alert {article.id}", at), [article.id])
    if "commented" in one.facts:
        tx.execute(insert(comments).values(article_id=article.id, user="ann", at=at, text="look"))
    if "reported" in one.facts:
        row = {"article_id": article.id, "text_id": article.text_id, "user": "ann"}
        tx.execute(insert(feedback).values(**row, kind="duplicate", created_at=at))
    waits = {"pending": "pending" in one.facts}
    tx.execute(update(article_rows).where(article_rows.c.id == article.id).values(waits))
    return article


def dump(tx: Tx) -> dict[str, list[dict[str, Any]]]:
    return {
        table.name: [dict(row) for row in tx.execute(select(table).order_by(*table.primary_key)).mappings()]
        for table in metadata.sorted_tables
    }


def prune(store: Store, kind: str, edge: Edge, now: datetime, size: int) -> Sum:
    gone = Sum()
    for part in KINDS[kind]:
        after = None
        while True:
            with store.read() as tx:
                keys = part.keys(tx, edge, after, size)
            if not keys:
                break
            with store.begin() as tx:
                some = part.remove(tx, edge, keys, now)
                prunings.note(tx, kind, now, 0.0, some, edge.at)
            gone, after = gone + some, keys[-1]
    return gone


def summed(store: Store, kind: str, edge: Edge) -> Sum:
    with store.read() as tx:
        return sum((part.sum(tx, edge) for part in KINDS[kind]), Sum())


@example(lived=EACH, size=2)
@example(lived=[Lived(70, frozenset(["judged twice", one])) for one in SPARING], size=100)
@given(lived=st.lists(LIVED, min_size=1, max_size=12), size=st.integers(1, 9))
@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_happened_what_is_protected_stays_and_what_is_young_is_untouched(
    store: Store, publish: Publish, now: datetime, lived: Sequence[Lived], size: int
) -> None:
    edge = Edge(now - KEPT, 0.0)
    with store.begin() as tx:
        mine = {live(tx, publish, one, now).id: one for one in lived}
    with store.read() as tx:
        before = dump(tx)
    told = {kind: summed(store, kind, edge) for kind in ("bodies", "predictions")}
    for kind, foreseen in told.items():
        assert prune(store, kind, edge, now, size) == foreseen, "the dry run says what goes"
        assert summed(store, kind, edge) == Sum()
    with store.read() as tx:
        after = dump(tx)
    for table in before.keys() - {"articles", "revisions", "predictions", "prunings"}:
        assert after[table] == before[table], table
    for old, new in zip(before["articles"], after["articles"], strict=True):
        one = mine.get(old["id"])
        goes = one is not None and one.days > KEPT.days and not one.facts & set(SPARING)
        if goes:
            assert new == {
                **old,
                "text": "",
                "content": old["title"],
                "search_text": "",
                "body_removed_at": now,
            }
        else:
            assert new == old
    kept = {(row["article_id"], row["model"]) for row in after["predictions"]}
    for row in before["predictions"]:
        one = mine.get(row["article_id"])
        facts = one.facts if one is not None else frozenset()
        old = one is not None and one.days > KEPT.days and not row["current"]
        replaced = "judged again lately" not in facts and not facts & set(SPARING)
        assert ((row["article_id"], row["model"]) not in kept) == (old and replaced)
    revised = {(row["article_id"], row["revision"]): row for row in after["revisions"]}
    for row in before["revisions"]:
        one = mine.get(row["article_id"])
        new = revised[row["article_id"], row["revision"]]
        goes = one is not None and row["revision"] > KEPT.days and not one.facts & set(SPARING)
        assert new == ({**row, "text": "", "body_removed_at": now} if goes else row)


def test_a_dry_run_says_why_something_stays(store: Store, publish: Publish, now: datetime) -> None:
    with store.begin() as tx:
        for fact in (*SPARING, "cited"):
            live(tx, publish, Lived(80, frozenset([fact])), now)
        live(tx, publish, Lived(80, frozenset(["labelled", "cited"])), now)
        live(tx, publish, Lived(80, frozenset()), now)
    with store.read() as tx:
        found = expired.kept(tx, "bodies", Edge(now - KEPT, 0.0))
    assert found == {
        **{"labelled": 4, "asked": 1, "audited": 1, "cited": 3, "discussed": 2},
        **{"waiting": 1, "fresh": 2, "sample": 1},
    }


def test_words_are_not_found_any_more_and_the_article_never_comes_again(
    store: Store, publish: Publish, now: datetime
) -> None:
    with store.begin() as tx:
        old = live(tx, publish, Lived(80, frozenset()), now)
        young = live(tx, publish, Lived(1, frozenset()), now)
        assert len(articles.page(tx, text="净利润")) == 2
    prune(store, "bodies", Edge(now - KEPT, 0.0), now, 10)
    with store.begin() as tx:
        assert [view.article.id for view in articles.page(tx, text="净利润")] == [young.id]
        assert articles.find(tx, old.source, old.identity_key) == articles.get(tx, old.id)
        [text_id] = tx.scalars(select(article_rows.c.text_id).where(article_rows.c.id == old.id))
        assert text_id == old.text_id
        assert bodies.removed_at(tx, old.id) == now and bodies.removed_at(tx, young.id) is None
        edited = articles.revise(tx, old, now + DAY)
        assert edited.content == old.content and bodies.removed_at(tx, old.id) is None
        assert [(one.text, one.body_removed_at) for one in articles.history(tx, old.id)] == [("", now)]
    assert summed(store, "bodies", Edge(now - KEPT, 0.0)) == Sum(), "what a source changed lately is young"


def test_an_article_that_is_but_a_headline_loses_nothing(
    store: Store, publish: Publish, now: datetime
) -> None:
    with store.begin() as tx:
        one = publish(tx, "净利润下降", title="净利润下降", at=now - 80 * DAY)
        tx.execute(update(article_rows).values(pending=False, text=""))
    assert prune(store, "bodies", Edge(now - KEPT, 0.0), now, 10) == Sum()
    with store.read() as tx:
        assert [view.article.id for view in articles.page(tx, text="净利润")] == [one.id]


def test_a_label_that_comes_in_between_spares_its_text(store: Store, publish: Publish, now: datetime) -> None:
    edge = Edge(now - KEPT, 0.0)
    with store.begin() as tx:
        one, two = (live(tx, publish, Lived(80, frozenset()), now) for _ in range(2))
    [part, _] = KINDS["bodies"]
    with store.read() as tx:
        keys = part.keys(tx, edge, None, 10)
    with store.begin() as tx:
        labelled(tx, one, now)
    with store.begin() as tx:
        assert part.remove(tx, edge, keys, now).rows == 1
        assert bodies.removed_at(tx, one.id) is None and bodies.removed_at(tx, two.id) == now


@given(
    minutes=st.lists(st.tuples(st.integers(0, 400), st.booleans(), st.booleans()), max_size=25),
    size=st.integers(1, 9),
)
@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_of_old_polls_the_hours_in_which_somebody_read_stay(
    store: Store, now: datetime, minutes: Sequence[tuple[int, bool, bool]], size: int
) -> None:
    edge = Edge(now - timedelta(minutes=90), 0.0)

    def hours(tx: Tx) -> set[datetime]:
        return {at.replace(minute=0) for at in polls.read_at(tx, now - DAY, now + DAY)}

    def young(tx: Tx) -> list[Any]:
        return list(tx.execute(select(poll_rows).where(poll_rows.c.at >= edge.at)))

    with store.begin() as tx:
        tx.execute(poll_rows.delete())
        for ago, read, held in minutes:
            at = now - timedelta(minutes=ago)
            tx.execute(insert(poll_rows).values(source="wire", at=at, read=read or held, new=1, held=held))
        before = hours(tx), young(tx)
    foreseen = summed(store, "polls", edge)
    assert prune(store, "polls", edge, now, size) == foreseen
    with store.read() as tx:
        assert (hours(tx), young(tx)) == before
        rows = tx.execute(select(poll_rows).where(poll_rows.c.at < edge.at, ~poll_rows.c.held)).all()
    assert all(row.read for row in rows)
    assert len({row.at.replace(minute=0) for row in rows}) == len(rows), "one of each hour"


def test_vectors_and_runs_go_by_the_clock_of_the_store(store: Store, publish: Publish, now: datetime) -> None:
    with store.begin() as tx:
        article = publish(tx)
        for n, seconds in enumerate((10.0, 20.0, 30.0)):
            tx.execute(
                insert(vector_rows).values(
                    model=f"m{n}", article_id=article.id, seconds=seconds, data=b"\0\0" * 8
                )
            )
            for job, state in (("a", "done"), ("b", "failed" if n else "done")):
                row = {"job": job, "slot": n, "state": state, "holder": "", "seconds": seconds}
                tx.execute(insert(run_rows).values(**row))
    edge = Edge(now, 20.0)
    assert prune(store, "vectors", edge, now, 1) == Sum(2, 32)
    assert prune(store, "runs", Edge(now, 40.0), now, 1).rows == 3
    with store.read() as tx:
        assert [(one.job, one.slot) for one in runs.recent(tx)] == [("a", 2), ("b", 2), ("b", 0)]
        assert clock.seconds(tx) == 0
        assert runs.last(tx, "b") == runs.recent(tx)[1]


def test_a_pruned_period_is_remembered(store: Store, now: datetime) -> None:
    with store.begin() as tx:
        prunings.note(tx, "bodies", now, 1.0)
        assert prunings.of(tx, "bodies") is None
        prunings.note(tx, "bodies", now, 2.0, Sum(3, 30, now - 90 * DAY), now - 60 * DAY)
        prunings.note(tx, "bodies", now + DAY, 3.0, Sum(1, 10, now - 60 * DAY), now - 59 * DAY)
        prunings.note(tx, "bodies", now + 2 * DAY, 4.0)
        found = prunings.of(tx, "bodies")
        assert found == prunings.Pruning(
            "bodies", now + 2 * DAY, 4.0, now - 90 * DAY, now - 59 * DAY, rows=4, bytes=40
        )
        assert prunings.all(tx) == {"bodies": found}
        assert prunings.stirred(tx) is None
        polls.note(tx, "wire", now, read=True)
        assert prunings.stirred(tx) == now


def test_the_words_of_the_index_are_those_of_the_text(
    publish: Publish, sqlite_store: Store, now: datetime
) -> None:
    with sqlite_store.begin() as tx:
        article = live(tx, publish, Lived(80, frozenset()), now)
    gone = prune(sqlite_store, "bodies", Edge(now - KEPT, 0.0), now, 10)
    words = (article.text, article.content, search.index_text(article.content))
    assert gone.bytes == sum(len(one.encode()) for one in words) - len(article.title.encode())
