"""What sources brought, to all news and to one series: what is left out where one of them is silent."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

from sqlalchemy import ColumnElement, Select, func, select

from monitor.detection import cells, rollups
from monitor.detection.absence import Absence, Brought
from monitor.detection.boards import LENGTHS
from monitor.store.dialect import Tx
from monitor.store.schema import article_topics, articles, company_sentiments, hour_cells


def absence(tx: Tx, sources: Collection[str], series: str, since: int, end: int) -> Absence:
    """What these sources brought from the hour `since` to before the cell `end`; backlog is no part of it."""
    until = -(-end // cells.IN_HOUR)
    within = (articles.c.source.in_(sources), articles.c.cell >= since * cells.IN_HOUR, articles.c.cell < end)
    longest = end - max(LENGTHS) * cells.IN_HOUR
    window = select(articles.c.id).where(within[0], articles.c.cell >= longest, within[2])
    news = _news(tx, sources, since, until, within)
    own = news if series == "all" else _own(tx, series, within)
    return Absence(news, own, frozenset(tx.scalars(window)))


def _news(
    tx: Tx, sources: Collection[str], since: int, until: int, within: tuple[ColumnElement[bool], ...]
) -> Brought:
    names = [f"source:{name}" for name in sources]
    columns = (hour_cells.c.cell, func.sum(hour_cells.c.voices), func.sum(hour_cells.c.weight))
    some = (hour_cells.c.series.in_(names), hour_cells.c.cell >= since, hour_cells.c.cell < until)
    found = {
        hour: (int(number), int(weight))
        for hour, number, weight in tx.execute(select(*columns).where(*some).group_by(hour_cells.c.cell))
    }
    piled = select(articles.c.cell, articles.c.negative).where(*within, articles.c.backlog)
    for cell, weight in tx.execute(piled):
        hour = cell // cells.IN_HOUR
        number, whole = found.get(hour, (0, 0))
        found[hour] = (max(number - 1, 0), max(whole - weight, 0))
    return found


def _own(tx: Tx, series: str, within: tuple[ColumnElement[bool], ...]) -> Brought:
    """A story counts once: by its first article, or its first negative one."""
    stories: dict[int, tuple[bool, int, int]] = {}
    rows = tx.execute(
        _of(series).where(*within, ~articles.c.backlog).order_by(articles.c.cell, articles.c.id)
    )
    for story, cell, sentiment, weight in rows:
        negative = sentiment == rollups.NEGATIVE
        known = stories.get(story)
        if known is None or (negative and not known[0]):
            stories[story] = (negative, cell // cells.IN_HOUR, weight)
    found: dict[int, list[int]] = defaultdict(lambda: [0, 0])
    for _, hour, weight in stories.values():
        found[hour][0] += 1
        found[hour][1] += weight
    return {hour: (number, weight) for hour, (number, weight) in found.items()}


def _of(series: str) -> Select[int, int, str, int]:
    scope = rollups.scope_of(series)
    told = company_sentiments.c if scope.company else articles.c
    wanted = select(articles.c.story_id, articles.c.cell, told.sentiment, told.negative)
    if scope.company:
        named = company_sentiments.c.article_id == articles.c.id
        wanted = wanted.join(company_sentiments, named).where(
            company_sentiments.c.company_id == scope.company
        )
    if scope.topic:
        wanted = wanted.join(article_topics, article_topics.c.article_id == articles.c.id).where(
            article_topics.c.topic == scope.topic
        )
    return wanted
