"""What leaves: every standing label, with its text, its lane and what the model said."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from monitor.datasets import labelled, snapshots
from monitor.datasets.exchange import rows
from monitor.datasets.exchange.files import lines
from monitor.records import SENTIMENTS, Article, Decision, Prediction, Route
from monitor.store import Store, Tx, answers, exports, labels, tasks

MINUTE = timedelta(minutes=1)


def answer(
    tx: Tx, article_id: int, user: str, sentiment: str, at: datetime, topics: list[str] | None = None
) -> None:
    task = tasks.open_task(tx, article_id, Decision(Route.REVIEW, "unsure"), 0.5, at)
    assert task is not None
    answers.answer(tx, task.id, user, sentiment, topics, at)


def test_an_export_read_back_is_what_is_learnt_from_the_labels(
    store: Store, publish: Callable[..., Article], now: datetime, tmp_path: Path
) -> None:
    with store.begin() as tx:
        for number, text in enumerate(("净利润：下降", "Mill… closes", "a\n b")):
            answer(tx, publish(tx, text).id, "ann", SENTIMENTS[number], now, [["macro"], [], None][number])
        learnt = snapshots.from_labels((one.label, one.article) for one in labels.current(tx))
        written = "".join(lines(exports.labelled(tx)))
    path = tmp_path / "labels.jsonl"
    path.write_text(written, encoding="utf-8")
    found = labelled.read(path, ["macro"]).examples
    assert [replace(one, origin="") for one in found] == [replace(one, origin="", group="") for one in learnt]
    assert [one.topics for one in found] == [("macro",), (), None]


def test_an_export_is_json_with_text_and_label(
    store: Store,
    publish: Callable[..., Article],
    predict: Callable[..., Prediction],
    now: datetime,
) -> None:
    with store.begin() as tx:
        stored = publish(tx, "净利润下降", language="zh")
        predict(tx, stored.id)
        answer(tx, stored.id, "ann", "negative", now, ["earnings"])
        [label] = exports.labelled(tx)
    assert json.loads(json.dumps(rows.row(label))) == {
        "article_id": stored.id,
        "text": "净利润下降",
        "normalised": True,
        "label": "negative",
        "topics": ["earnings"],
        "companies": [],
        "title": stored.title,
        "language": "zh",
        "source": "wire",
        "url": stored.url,
        "identity_key": stored.identity_key,
        "user": "ann",
        "suggested": False,
        "gold": False,
        "labelled_at": "2026-03-02T09:00:00+00:00",
        "seconds": None,
        "lane": "review",
        "inclusion": None,
        "guideline": 0,
        "note": "",
        "towards": {},
        "named": {},
        "model": "model-1",
        "model_label": "negative",
        "model_confidence": 0.8,
    }


def test_all_readings_leave_the_newest_of_a_text_first(
    store: Store, publish: Callable[..., Article], now: datetime
) -> None:
    with store.begin() as tx:
        stored = publish(tx, "Mill closes")
        decision = Decision(Route.AUDIT, "drawn")
        task = tasks.open_task(tx, stored.id, decision, 0.5, now, wanted=2)
        assert task is not None
        answers.answer(tx, task.id, "ann", "negative", None, now)
        answers.answer(tx, task.id, "bo", "neutral", [], now + MINUTE)
        found = list(exports.labelled(tx))
        newest = exports.page(tx, 1)
        older = exports.page(tx, 5, before_id=newest[0][0])
    assert [(one.user, one.sentiment, one.topics, one.lane) for one in found] == [
        ("bo", "neutral", (), "audit"),
        ("ann", "negative", None, "audit"),
    ]
    assert found[0].suggestion is None
    assert [one.user for _, one in newest] == ["bo"] and [one.user for _, one in older] == ["ann"]
