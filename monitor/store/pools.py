"""What a query strategy's pool is filled from: open tasks that a strategy may order, labels, times taken.

One query for each, of narrow rows: texts stay where they are. Probabilities are those at the temperature that
is in force, whichever was when they were stored.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Table, and_, func, select

from monitor.records import MEASURING, Lane, Scope, TaskState, softer
from monitor.store import models, samples
from monitor.store.dialect import Tx
from monitor.store.schema import answers, article_topics, articles, mentions, predictions, tasks, texts
from monitor.store.standing import COUNTS, LABEL

ORDERED = (Lane.REVIEW, Lane.EXPLORE)
"""Lanes that a strategy orders; what was drawn is served in the order of the draw."""

NEWEST = 5000
"""Answers that tell how long reading takes."""

BATCH = 1000  # ids in one query


class Waiting(NamedTuple):
    """An article with an open task, and what the model says of it."""

    id: int
    story_id: int
    source: str
    language: str
    first_seen_at: datetime
    length: int
    sentiment: Mapping[str, float]


class Known(NamedTuple):
    """A labelled article: its standing label, and what the model says of it (None: nothing)."""

    id: int
    label: str
    sentiment: Mapping[str, float] | None


class Asked(NamedTuple):
    """A label with what brought it."""

    lane: Lane
    reason: str
    label: str
    sentiment: Mapping[str, float]


class Reading(NamedTuple):
    """A label that counts, of a text that was asked about for no draw's sake, and what the model said of it
    before anybody labelled it; `again` where it may be read once more."""

    text_id: int
    article_id: int
    user: str
    label: str
    sentiment: Mapping[str, float]
    again: bool


class Taken(NamedTuple):
    """How long an answer took."""

    length: int
    language: str
    source: str
    seconds: float


_SAID = (predictions.c.sentiment.label("said"), predictions.c.model, predictions.c.temperature)


def _softened(
    present: Mapping[str, float], said: Mapping[str, float], model: str, temperature: float
) -> Mapping[str, float]:
    return softer(said, temperature / present.get(model, temperature))


def waiting(tx: Tx) -> list[Waiting]:
    """The articles of open tasks in the lanes that a strategy orders, of which no label counts yet, by
    id."""
    current = and_(predictions.c.article_id == articles.c.id, predictions.c.current)
    rows = tx.execute(
        select(
            articles.c.id,
            articles.c.story_id,
            articles.c.source,
            articles.c.language,
            articles.c.first_seen_at,
            func.length(articles.c.content).label("length"),
            *_SAID,
        )
        .join(tasks, tasks.c.article_id == articles.c.id)
        .join(predictions, current)
        .where(
            tasks.c.state == TaskState.OPEN.value,
            tasks.c.lane.in_([lane.value for lane in ORDERED]),
            ~_labelled(),
            samples.of_counted(tx, articles.c.id),
        )
        .order_by(articles.c.id)
    )
    present = models.temperatures(tx)
    return [Waiting(*row[:6], _softened(present, *row[6:])) for row in rows]


def second(tx: Tx) -> list[int]:
    """The articles of open tasks in these lanes of which a label counts: asked about once more, by id."""
    open_ones = (tasks.c.state == TaskState.OPEN.value, tasks.c.lane.in_([lane.value for lane in ORDERED]))
    return list(tx.scalars(select(tasks.c.article_id).where(*open_ones, _labelled()).order_by(tasks.c.id)))


def readings(tx: Tx) -> list[Reading]:
    """The newest labels that count of texts in these lanes, whoever gave them wherever, the oldest first."""
    before = _first_said(tasks)
    rows = tx.execute(
        select(
            *(answers.c.id, tasks.c.text_id, tasks.c.article_id, answers.c.user, answers.c.sentiment),
            predictions.c.sentiment.label("said"),
            and_(tasks.c.state == TaskState.DONE.value, tasks.c.wanted == 1).label("again"),
        )
        .select_from(tasks.join(answers, answers.c.text_id == tasks.c.text_id).join(predictions, before))
        .where(tasks.c.lane.in_([lane.value for lane in ORDERED]), COUNTS, ~answers.c.gold)
        .where(samples.of_counted(tx, tasks.c.article_id))
        .order_by(answers.c.id.desc())
        .limit(NEWEST)
    )
    found = {row.id: Reading(row[1], row[2], row[3], row[4], row.said, bool(row.again)) for row in rows}
    return [found[id] for id in sorted(found)]


def _first_said(about: Table) -> ColumnElement[bool]:
    """Whether a prediction is the first that there was of the article of a row of this table: it knows of no
    label."""
    any_of = predictions.alias()
    first = (
        select(func.min(any_of.c.created_at))
        .where(any_of.c.article_id == about.c.article_id)
        .correlate(about)
        .scalar_subquery()
    )
    return and_(predictions.c.article_id == about.c.article_id, predictions.c.created_at == first)


def _labelled() -> ColumnElement[bool]:
    """Whether a label of a task counts: one that waits is asked again as if nobody had answered."""
    return select(answers.c.id).where(answers.c.task_id == tasks.c.id, COUNTS).exists()


def labelled(tx: Tx) -> list[Known]:
    """The newest label that counts of each text, of the lanes that do not measure, by the article's id: what
    measures a model must not say either what it is asked next."""
    newest = (
        select(func.max(answers.c.id))
        .select_from(answers.join(tasks, tasks.c.id == answers.c.task_id))
        .join(texts, texts.c.id == answers.c.text_id)
        .where(COUNTS, ~texts.c.sample)
        .where(tasks.c.lane.not_in([lane.value for lane in MEASURING]))
        .group_by(answers.c.text_id)
    )
    current = and_(predictions.c.article_id == answers.c.article_id, predictions.c.current)
    rows = tx.execute(
        select(answers.c.article_id, answers.c.sentiment, *_SAID)
        .select_from(answers.outerjoin(predictions, current))
        .where(answers.c.id.in_(newest))
        .order_by(answers.c.article_id)
    )
    present = models.temperatures(tx)
    return [Known(row[0], row[1], None if row[2] is None else _softened(present, *row[2:])) for row in rows]


def asked(tx: Tx) -> list[Asked]:
    """The newest labels that count, the oldest of them first: why each was asked for, in which lane, and what
    the model said of the article before anybody labelled it, the first of its versions that judged it."""
    before = _first_said(answers)
    rows = tx.execute(
        select(answers.c.id, tasks.c.lane, tasks.c.reason, answers.c.sentiment, predictions.c.sentiment)
        .select_from(answers.join(tasks, tasks.c.id == answers.c.task_id).join(predictions, before))
        .where(COUNTS)
        .where(samples.of_counted(tx, answers.c.article_id))
        .order_by(answers.c.id.desc())
        .limit(NEWEST)
    )
    found = {row[0]: Asked(Lane(row[1]), row[2], row[3], row[4]) for row in rows}
    return [found[id] for id in sorted(found)]


def taken(tx: Tx) -> list[Taken]:
    """How long the newest answers took, where somebody counted."""
    rows = tx.execute(
        select(func.length(articles.c.content), articles.c.language, articles.c.source, answers.c.seconds)
        .select_from(answers.join(articles, articles.c.id == answers.c.article_id))
        .where(answers.c.seconds.is_not(None), answers.c.outcome == LABEL)
        .order_by(answers.c.id.desc())
        .limit(NEWEST)
    )
    return [Taken(*row) for row in rows]


def series(tx: Tx, article_ids: Sequence[int]) -> list[list[Scope]]:
    """The series that each article counts in: all news, its topics, its companies, and both together."""
    found: dict[int, list[Scope]] = defaultdict(lambda: [Scope("all")])
    for first in range(0, len(article_ids), BATCH):
        some = article_ids[first : first + BATCH]
        for kind, table, name in (
            ("topic", article_topics, article_topics.c.topic),
            ("company", mentions, mentions.c.company_id),
        ):
            named = select(table.c.article_id, name).where(table.c.article_id.in_(some)).distinct()
            for id, one in tx.execute(named):
                found[id].append(Scope(kind, one))
    for scopes in found.values():
        topics = [one.name for one in scopes if one.kind == "topic"]
        companies = [one.name for one in scopes if one.kind == "company"]
        scopes += [Scope("both", f"{topic}:{company}") for topic in topics for company in companies]
    return [found[id] for id in article_ids]
