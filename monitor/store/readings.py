"""What several analysts said of the same texts, and what one analyst said of all.

A reading is an analyst's standing label of a text, their newest where they gave several. What an adjudicator
decided (`gold`) is no reading: it was made knowing the others.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations
from typing import Any

from sqlalchemy import and_, func, select

from monitor.records import Label, Lane
from monitor.store import dialect, labels
from monitor.store.dialect import Tx
from monitor.store.schema import answers, articles, models, predictions, snapshots, tasks, texts
from monitor.store.standing import COUNTS, STANDS

MOST = 20_000
"""Readings that a figure is made of: the newest."""


@dataclass(frozen=True, slots=True)
class Given:
    """One of an analyst's own answers; `trained` are the model versions that learnt from it."""

    id: int
    task_id: int
    article_id: int
    title: str
    lane: Lane
    outcome: str  # label | skip
    sentiment: str
    topics: tuple[str, ...] | None
    note: str
    created_at: datetime
    withdrawn_at: datetime | None
    trained: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Seen:
    """An answer beside what the model said of the text when it was given."""

    user: str
    lane: Lane
    shown: bool
    sentiment: str
    said: str  # the model's
    confidence: float


def several(tx: Tx, *, lanes: Iterable[Lane] = ()) -> dict[int, list[Label]]:
    """The readings of each text that two analysts or more have read, oldest first; of answers in these
    lanes alone, where any are named. The sample's are left out."""
    wanted = [STANDS, ~answers.c.gold, ~texts.c.sample]
    if chosen := [lane.value for lane in lanes]:
        wanted.append(tasks.c.lane.in_(chosen))
    twice = (
        select(answers.c.text_id)
        .join(tasks, tasks.c.id == answers.c.task_id)
        .join(texts, texts.c.id == answers.c.text_id)
        .where(*wanted)
        .group_by(answers.c.text_id)
        .having(func.count(answers.c.user.distinct()) > 1)
    )
    given = labels.every().where(answers.c.text_id.in_(twice), ~answers.c.gold)
    if chosen:
        given = given.where(tasks.c.lane.in_(chosen))
    found: dict[int, dict[str, Label]] = defaultdict(dict)
    for row in tx.execute(given.order_by(answers.c.id.desc()).limit(MOST)).mappings():
        found[row["text_id"]].setdefault(row["user"], labels.record(row))
    return {
        text: sorted(some.values(), key=lambda label: label.id)
        for text, some in sorted(found.items())
        if len(some) > 1
    }


def decisions(tx: Tx, text_ids: Iterable[int]) -> dict[int, Label]:
    """What somebody decided between the readings of these texts, where that counts."""
    found: dict[int, Label] = {}
    for some in dialect.parts(list(text_ids)):
        gold = (COUNTS, answers.c.gold, answers.c.text_id.in_(some))
        for row in tx.execute(labels.every().where(*gold).order_by(answers.c.id)).mappings():
            found[row["text_id"]] = labels.record(row)
    return found


def differ(some: Iterable[Label]) -> bool:
    """Whether readings differ: in the sentiment, the topics or the sentiment towards a company, where two
    judged them."""
    given = list(some)
    topics = {frozenset(one.topics) for one in given if one.topics is not None}
    towards: dict[str, set[str]] = defaultdict(set)
    for one in given:
        for company, sentiment in one.companies.items():
            towards[company].add(sentiment)
    return (
        len({one.sentiment for one in given}) > 1
        or len(topics) > 1
        or any(len(said) > 1 for said in towards.values())
    )


def outvoted(some: Iterable[Label]) -> bool:
    """Whether an audit was read a third time and two of the three say the same of everything."""
    read = [one for one in some if one.lane is Lane.AUDIT]
    return len(read) >= 3 and any(
        not differ(pair) and pair[0].sentiment == pair[1].sentiment for pair in combinations(read, 2)
    )


def beside_the_model(tx: Tx, since: datetime) -> list[Seen]:
    """The standing labels since then of texts that a model had judged, each with what the model that judged
    the article last before said of it."""
    rank = func.row_number().over(
        partition_by=answers.c.id, order_by=(predictions.c.created_at.desc(), predictions.c.model.desc())
    )
    judged = and_(
        predictions.c.article_id == answers.c.article_id, predictions.c.created_at <= answers.c.created_at
    )
    ranked = (
        select(
            answers.c.user,
            answers.c.suggested,
            answers.c.sentiment,
            tasks.c.lane,
            predictions.c.label,
            predictions.c.confidence,
            rank.label("rank"),
        )
        .join(tasks, tasks.c.id == answers.c.task_id)
        .join(texts, texts.c.id == answers.c.text_id)
        .join(predictions, judged)
        .where(STANDS, ~answers.c.gold, ~texts.c.sample, answers.c.created_at >= since)
        .subquery()
    )
    rows = tx.execute(select(ranked).where(ranked.c.rank == 1).limit(MOST))
    return [
        Seen(row.user, Lane(row.lane), row.suggested, row.sentiment, row.label, row.confidence)
        for row in rows
    ]


def of_user(tx: Tx, user: str, limit: int, before_id: int = 0) -> list[Given]:
    """What `user` answered, taken back or not, the newest first; what came before `before_id`, where that
    is one."""
    statement = (
        select(answers, tasks.c.lane, articles.c.title, func.substr(articles.c.text, 1, 200).label("begun"))
        .join(tasks, tasks.c.id == answers.c.task_id)
        .join(articles, articles.c.id == answers.c.article_id)
        .where(answers.c.user == user)
        .order_by(answers.c.id.desc())
        .limit(limit)
    )
    if before_id:
        statement = statement.where(answers.c.id < before_id)
    rows = tx.execute(statement).mappings().all()
    taught = _taught(tx, {row["id"] for row in rows})
    return [_given(row, tuple(taught.get(row["id"], ()))) for row in rows]


def _given(row: Any, trained: tuple[str, ...]) -> Given:
    return Given(
        id=row["id"],
        task_id=row["task_id"],
        article_id=row["article_id"],
        title=row["title"] or row["begun"],
        lane=Lane(row["lane"]),
        outcome=row["outcome"],
        sentiment=row["sentiment"],
        topics=None if row["topics"] is None else tuple(row["topics"]),
        note=row["note"],
        created_at=row["created_at"],
        withdrawn_at=row["withdrawn_at"],
        trained=trained,
    )


def _taught(tx: Tx, ids: set[int]) -> dict[int, list[str]]:
    """The model versions that learnt from each of these answers."""
    found: dict[int, list[str]] = defaultdict(list)
    made = select(models.c.id, snapshots.c.label_ids).join(snapshots, snapshots.c.id == models.c.snapshot)
    for row in tx.execute(made.order_by(models.c.created_at)):
        for answer in ids.intersection(row.label_ids):
            found[answer].append(row.id)
    return found
