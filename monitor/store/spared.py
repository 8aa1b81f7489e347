"""What is never removed, however old: what people said of an article, what was asked and measured with it,
and what an alert rests on.

Each reason is a condition on a row of `articles`; what has a reason keeps its text and everything that
versions said of it. Reasons come and do not go, but for an article that waits.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, or_, select

from monitor.records import TaskState
from monitor.store.schema import (
    alert_articles,
    answers,
    articles,
    comments,
    duel_texts,
    feedback,
    predictions,
    revisions,
    tasks,
    texts,
    verdicts,
)

LABELLED = "labelled"
"""Its text was answered about: labels, gold labels, audit readings, skipped and withdrawn ones too."""
ASKED = "asked"
"""It waits in the queue."""
AUDITED = "audited"
"""Its text was drawn to measure models, read or not: certificates rest on that. Or a duel asks about it."""
CITED = "cited"
"""An alert, open or over, cites it."""
DISCUSSED = "discussed"
"""People spoke about it: comments, feedback, verdicts on alerts."""
WAITING = "waiting"
"""No version judged it yet."""
FRESH = "fresh"
"""Its source changed it lately, or an archive brought it lately."""
SAMPLE = "sample"
"""It is of the sample that is shipped."""


def reasons(before: datetime) -> dict[str, ColumnElement[bool]]:
    """Why an article first seen before then is spared, by name, in the order in which it is told."""
    return {
        LABELLED: _one(answers.c.text_id == articles.c.text_id) | _one(answers.c.article_id == articles.c.id),
        ASKED: _one(tasks.c.text_id == articles.c.text_id, tasks.c.state == TaskState.OPEN.value),
        AUDITED: or_(
            _one(texts.c.id == articles.c.text_id, texts.c.audited),
            articles.c.id.in_(select(duel_texts.c.article_id)),
        ),
        CITED: _one(alert_articles.c.article_id == articles.c.id),
        DISCUSSED: or_(
            _one(comments.c.article_id == articles.c.id),
            _one(feedback.c.text_id == articles.c.text_id),
            articles.c.id.in_(select(verdicts.c.article_id).where(verdicts.c.article_id.is_not(None))),
        ),
        WAITING: articles.c.pending,
        FRESH: or_(
            _one(revisions.c.article_id == articles.c.id, revisions.c.replaced_at >= before),
            _one(predictions.c.article_id == articles.c.id, predictions.c.later_at >= before),
        ),
        SAMPLE: articles.c.sample,
    }


def spared(before: datetime) -> ColumnElement[bool]:
    """Whether an article has any reason."""
    return or_(*reasons(before).values())


def _one(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    return select(1).where(*conditions).correlate(articles).exists()
