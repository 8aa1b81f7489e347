"""Counts of stories per window: what trends show and detectors test.

A story counts once, in the window in which it was first seen, as its first article does: with
that article's topics and companies, negative if that article is. For a company it is negative
if the article is so towards that company, whatever it says of others. Copies that arrive later
change reach, not these counts. Where an analyst labelled the article, the label decides; how
far it does for companies, `predictions.settle` says.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from sqlalchemy import ColumnElement, FromClause, and_, select

from monitor.records import Scope, Window
from monitor.store.dialect import Tx
from monitor.store.schema import article_topics, company_sentiments, mentions, stories


def windows(tx: Tx, scope: Scope, edges: Sequence[datetime], *, include_sample: bool = False) -> list[Window]:
    """How many stories of `scope` were first seen between each two neighbours of `edges`.

    `edges` ascend; the result has one window fewer. Sample articles count only on request.
    """
    if len(edges) < 2:
        return []
    total, negative = [0] * (len(edges) - 1), [0] * (len(edges) - 1)
    # One pass over a narrow index. Joining the windows in SQL is slower: SQLite's planner then
    # builds an index of its own and compares every story with every window.
    counted, sentiment, _ = _judged(scope)
    rows = tx.execute(
        select(stories.c.first_seen_at, sentiment)
        .select_from(counted)
        .where(
            stories.c.first_seen_at >= edges[0],
            stories.c.first_seen_at < edges[-1],
            *_conditions(scope, include_sample),
        )
    )
    for seen_at, judged in rows:
        place = bisect_right(edges, seen_at) - 1
        total[place] += 1
        negative[place] += judged == "negative"
    return [
        Window(scope, start, end, stories=total[place], negative=negative[place])
        for place, (start, end) in enumerate(pairwise(edges))
    ]


def scopes(
    tx: Tx,
    since: datetime,
    kinds: Sequence[str] = ("all", "topic", "company"),
    *,
    include_sample: bool = False,
) -> list[Scope]:
    """The scopes of `kinds` that have a story first seen since `since`: all, topics, companies."""
    recent = select(stories.c.article_id).where(
        stories.c.first_seen_at >= since, *_conditions(Scope("all"), include_sample)
    )
    found = []
    if "all" in kinds and tx.execute(recent.limit(1)).first():
        found.append(Scope("all"))
    for kind, table, name in (
        ("topic", article_topics, article_topics.c.topic),
        ("company", mentions, mentions.c.company_id),
    ):
        if kind in kinds:
            named = tx.scalars(select(name).where(table.c.article_id.in_(recent)).distinct())
            found += [Scope(kind, found_name) for found_name in sorted(named)]
    return found


def evidence(
    tx: Tx,
    scope: Scope,
    start: datetime,
    end: datetime,
    limit: int = 20,
    *,
    include_sample: bool = False,
) -> list[int]:
    """The articles behind the negative count of `scope` in [start, end): most certain first."""
    counted, sentiment, confidence = _judged(scope)
    return list(
        tx.scalars(
            select(stories.c.article_id)
            .select_from(counted)
            .where(
                stories.c.first_seen_at >= start,
                stories.c.first_seen_at < end,
                sentiment == "negative",
                *_conditions(scope, include_sample),
            )
            .order_by(confidence.desc(), stories.c.article_id)
            .limit(limit)
        )
    )


def trend(
    tx: Tx,
    start: datetime,
    end: datetime,
    step_minutes: int,
    scope: Scope,
    *,
    include_sample: bool = False,
) -> list[Window]:
    """`windows` of `step_minutes` from `start`; the last one ends at `end`, and may be shorter."""
    if step_minutes < 1:
        raise ValueError(f"step_minutes is {step_minutes}: a window lasts at least one minute")
    edges = [start]
    while edges[-1] < end:
        edges.append(min(edges[-1] + timedelta(minutes=step_minutes), end))
    return windows(tx, scope, edges, include_sample=include_sample)


def _judged(scope: Scope) -> tuple[FromClause, ColumnElement[str], ColumnElement[float]]:
    """Where the sentiment of a story in `scope` and the confidence in it stand."""
    if scope.kind != "company":
        return stories, stories.c.sentiment, stories.c.confidence
    towards = company_sentiments.c
    same = and_(towards.article_id == stories.c.article_id, towards.company_id == scope.name)
    return stories.outerjoin(company_sentiments, same), towards.sentiment, towards.confidence


def _conditions(scope: Scope, include_sample: bool) -> list[ColumnElement[bool]]:
    """That a story is of `scope`, and has an article yet."""
    conditions: list[ColumnElement[bool]] = [stories.c.article_id.is_not(None)]
    if not include_sample:
        conditions.append(~stories.c.sample)
    if scope.kind == "topic":
        named = select(article_topics.c.article_id).where(article_topics.c.topic == scope.name)
        conditions.append(stories.c.article_id.in_(named))
    elif scope.kind == "company":
        named = select(mentions.c.article_id).where(mentions.c.company_id == scope.name)
        conditions.append(stories.c.article_id.in_(named))
    elif scope.kind != "all":
        raise ValueError(f"scope {scope}: kind must be all, topic or company")
    return conditions
