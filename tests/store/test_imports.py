"""Labels that come back: each to its article, all or none, and twice is once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from monitor.datasets.exchange import Exchanged
from monitor.datasets.tables import BadRow
from monitor.messages import Message
from monitor.news import masking
from monitor.records import Article, Decision, Mention, Route, TaskState
from monitor.store import Store, Tx, answers, articles, exports, imports, labels, schema, tasks
from monitor.store.imports import Brought

Publish = Callable[..., Article]
DAY = timedelta(days=1)


def label(text: str, sentiment: str = "negative", user: str = "ann", **changes: Any) -> Exchanged:
    return Exchanged(text, sentiment, user, **changes)


def bring(tx: Tx, now: datetime, *given: Exchanged | BadRow) -> Brought:
    asked = (
        one if isinstance(one, BadRow) else (Message("table.line", line=number), one)
        for number, one in enumerate(given, 1)
    )
    return imports.bring(tx, asked, now, mask=masking.mask)


def standing(tx: Tx) -> list[tuple[int, str, str]]:
    return sorted((one.article_id, one.user, one.sentiment) for one in exports.labelled(tx))


def test_each_finds_its_article(store: Store, publish: Publish, now: datetime) -> None:
    """By source and key, by its text, or by number where nothing else is said."""
    with store.begin() as tx:
        a, b, c = publish(tx, "Mill closes"), publish(tx, "Bank opens"), publish(tx, "Ship sails")
        found = bring(
            tx,
            now,
            label("", "negative", source=a.source, identity_key=a.identity_key),
            label("Bank opens", "positive", source="elsewhere", identity_key="unknown here"),
            label("", "neutral", article_id=c.id),
        )
        assert (found.new, found.known, found.problems) == (3, 0, ())
        assert standing(tx) == [
            (a.id, "ann", "negative"),
            (b.id, "ann", "positive"),
            (c.id, "ann", "neutral"),
        ]


def test_everything_that_is_said_is_stored(store: Store, publish: Publish, now: datetime) -> None:
    given = label(
        "Acme sues Bolt",
        topics=("legal", "deal"),
        companies={"acme": "positive"},
        labelled_at=now - DAY,
        suggested=True,
        seconds=12.5,
        gold=True,
        lane="audit",
        inclusion=0.1,
    )
    with store.begin() as tx:
        stored = publish(tx, given.text, mentions=(Mention("acme", "Acme", 0, 4),))
        assert bring(tx, now, given).gold == 1
        (found,) = exports.labelled(tx)
        view = articles.get(tx, stored.id)
    kept = ("sentiment", "topics", "companies", "user", "labelled_at", "suggested", "seconds", "gold")
    assert {name: getattr(found, name) for name in kept} == {name: getattr(given, name) for name in kept}
    assert (found.lane, found.inclusion) == ("request", None), "no estimate may weight it as a draw of ours"
    assert view.id == found.article_id


def test_the_same_file_twice_changes_nothing(store: Store, publish: Publish, now: datetime) -> None:
    with store.begin() as tx:
        publish(tx, "Mill closes")
        rows = [label("Mill closes", topics=("b", "a")), label("Mill closes", "neutral", "bo")]
        assert bring(tx, now, *rows, rows[0]).new == 2
        before = standing(tx)
        again = bring(tx, now + DAY, *rows, replace(rows[0], topics=("a", "b")))
        assert (again.new, again.known, again.problems) == (0, 3, ())
        assert standing(tx) == before


def test_what_leaves_comes_back_to_another_store_s_articles(
    store: Store, publish: Publish, now: datetime
) -> None:
    """And where it left from, it is known."""
    with store.begin() as tx:
        stored = publish(tx, "Mill closes")
        task = tasks.open_task(tx, stored.id, Decision(Route.REVIEW, "unsure"), 0.5, now)
        assert task is not None
        answers.answer(tx, task.id, "ann", "negative", ["macro"], now)
        left = list(exports.labelled(tx))
        assert bring(tx, now, *left) == Brought(new=0, known=1)
        elsewhere = replace(left[0], source="gone", user="bo")
        assert bring(tx, now, elsewhere).new == 1


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (label("Never seen"), "no article in the store"),
        (label("", source="wire", identity_key="nowhere"), "no article in the store"),
        (label("Mill closes", labelled_at=datetime(2999, 1, 1).astimezone()), "lies in the future"),
        (label("Mill closes", companies={"acme": "neutral"}), "does not name the company 'acme'"),
        (label("Mill closes", "positive", "cy"), "cy labelled this text negative on"),
        (label("Mill closes", "negative", "cy", topics=("macro",)), "cy labelled this text negative on"),
        (label("Mill closes", "negative", "dee"), "dee took a label of this text back"),
        (BadRow("line 9", "no label"), "no label"),
    ],
)
def test_one_bad_row_stores_none(
    store: Store, publish: Publish, now: datetime, bad: Exchanged | BadRow, why: str
) -> None:
    with store.begin() as tx:
        publish(tx, "Bank opens")
        publish(tx, "Mill closes")
        bring(tx, now, label("Mill closes", user="cy"), label("Mill closes", user="dee"))
        dee = next(one for one in exports.page(tx, 10) if one[1].user == "dee")[0]
        withdraw(tx, dee, now)
        before = standing(tx)
        found = bring(tx, now, label("Bank opens", "neutral", "new"), bad)
        assert found.new == 0 and [one.why for one in found.problems if why in one.why]
        assert found.problems[0].where == ("line 9" if isinstance(bad, BadRow) else "line 2")
        assert standing(tx) == before


def withdraw(tx: Tx, answer_id: int, now: datetime) -> None:
    tx.execute(update(schema.answers).where(schema.answers.c.id == answer_id).values(withdrawn_at=now))


def test_one_analyst_says_two_things_in_one_file(store: Store, publish: Publish, now: datetime) -> None:
    with store.begin() as tx:
        publish(tx, "Mill closes")
        found = bring(tx, now, label("Mill closes"), label("Mill closes", "positive"))
    assert [(one.where, one.why) for one in found.problems] == [
        ("line 2", "ann says otherwise of the same text in line 1; keep one of the two")
    ]


def test_an_edited_article_is_said_to_be_edited(store: Store, publish: Publish, now: datetime) -> None:
    with store.begin() as tx:
        stored = publish(tx, "Profit soars")
        left = label("Profit soars", source=stored.source, identity_key=stored.identity_key)
        articles.revise(
            tx, replace(stored, text="Profit falls", content="Profit falls", content_hash="other"), now
        )
        found = bring(tx, now, left)
    assert "has changed since" in found.problems[0].why


def test_a_text_with_personal_data_is_found_masked(store: Store, publish: Publish, now: datetime) -> None:
    spoken = "致电13812345678咨询远山光伏"
    with store.begin() as tx:
        publish(tx, masking.mask(spoken))
        assert bring(tx, now, label(spoken)).new == 1


def test_an_open_audit_stays_open(store: Store, publish: Publish, now: datetime) -> None:
    with store.begin() as tx:
        stored = publish(tx, "Mill closes")
        task = tasks.open_task(tx, stored.id, Decision(Route.AUDIT, "drawn"), 0.5, now)
        assert task is not None and bring(tx, now, label("Mill closes")).new == 1
        assert tasks.get(tx, task.id).state is TaskState.OPEN
        assert labels.stats(tx)["labels"] == 1


def test_many_rows(store: Store, publish: Publish, now: datetime) -> None:
    with store.begin() as tx:
        for number in range(7):
            publish(tx, f"text {number}")
        rows = [label(f"text {number % 7}", user=f"user {number}") for number in range(1203)]
        assert bring(tx, now, *rows).new == 1203
        assert bring(tx, now, *rows).known == 1203
