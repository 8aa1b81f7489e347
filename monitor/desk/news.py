"""News at the desk: the overview, trends, articles, companies and topics."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from monitor.desk import blinding
from monitor.desk.seat import MAX_PAGE, Seat, within
from monitor.desk.telling import kept
from monitor.desk.views import ArticleDetail, ArticleView, Overview, TopicTrend
from monitor.detection import cells
from monitor.errors import ConflictError, NotFoundError, UserError
from monitor.messages import Message
from monitor.records import OPEN, Company, Explanation, Role, Scope, Topic, Window
from monitor.store import (
    Tx,
    alerts,
    articles,
    bodies,
    counts,
    mentions,
    predictions,
    prunings,
    samples,
    sources,
    stories,
    tasks,
)

if TYPE_CHECKING:
    from monitor.registry import PluginStatus

MAX_HOURS = 24 * 366
MIN_STEP_MINUTES = 5
FINE_HOURS = 72
"""Periods of up to so many hours are read in five minutes, longer ones in hours."""
MAX_STEPS = 2000
MINUTE = timedelta(minutes=1)


class News(Seat):
    """What anybody may read."""

    def overview(self, hours: int = 24, sample: bool | None = None) -> Overview:
        """The last `hours`. `sample` None: the sample source counts while there is nothing else.
        Raises UserError."""
        self._may(Role.VIEWER, "read")
        end = period_end(self.monitor.now(), within("hours", hours, 1, MAX_HOURS))
        start = end - timedelta(hours=hours)
        with self.monitor.store.read() as tx:
            if sample is None:
                sample = samples.counted(tx)
            step = bar_minutes(hours)
            trend = counts.trend(tx, start, end, step, Scope("all"), include_sample=sample)
            return Overview(
                hours=hours,
                sample=sample,
                articles=articles.count(tx, sample=None if sample else False),
                sample_articles=articles.count(tx, sample=True) if sample else 0,
                stories=sum(window.stories for window in trend),
                negative=sum(window.negative for window in trend),
                open_alerts=len(alerts.page(tx, states=OPEN, limit=MAX_PAGE, include_sample=sample)),
                open_tasks=tasks.open_count(tx),
                trend=trend,
                topics=self._topic_trends(tx, start, end, sample),
                top_stories=blinding.stories(
                    stories.top(tx, start, 10, include_sample=sample), self._hidden(tx)
                ),
                sources_failing=[s.name for s in sources.all(tx) if s.consecutive_failures],
            )

    def samples(self) -> int:
        """How many articles of the bundled sample are counted: 0 once a real one is stored."""
        self._may(Role.VIEWER, "read")
        with self.monitor.store.read() as tx:
            return samples.number(tx)

    def trend(
        self, scope: Scope, hours: int = 24, step_minutes: int = 60, sample: bool | None = None
    ) -> list[Window]:
        """Stories and negative stories of `scope` in steps over the last `hours`, of five minutes or a
        multiple (of an hour, for more than `FINE_HOURS`): a step in between is rounded up; `sample` as for
        `overview`. Raises UserError."""
        self._may(Role.VIEWER, "read")
        within("hours", hours, 1, MAX_HOURS)
        within("step_minutes", step_minutes, MIN_STEP_MINUTES, MAX_HOURS * 60)
        if hours * 60 / step_minutes > MAX_STEPS:
            raise UserError(Message("desk.steps", hours=hours, minutes=step_minutes, most=MAX_STEPS))
        size = _size(timedelta(hours=hours))
        step = -(-timedelta(minutes=step_minutes) // size) * size
        end = period_end(self.monitor.now(), hours)
        with self.monitor.store.read() as tx:
            start = end - timedelta(hours=hours)
            if sample is None:
                sample = samples.counted(tx)
            return list(counts.trend(tx, start, end, step // MINUTE, scope, include_sample=sample))

    def articles(self, **filters: Any) -> list[ArticleView]:
        """Articles, newest first; filters as `store.articles.page` takes them. Where neither `sample` nor a
        `source` is among them, the sample is left out once it counts no more. Raises UserError."""
        self._may(Role.VIEWER, "read")
        within("limit", filters.get("limit", 50), 1, MAX_PAGE)
        with self.monitor.store.read() as tx:
            if filters.get("sample") is None and not filters.get("source"):
                filters["sample"] = None if samples.counted(tx) else False
            by_judgement = any(filters.get(name) for name in ("sentiment", "topic"))
            return blinding.views(articles.page(tx, **filters), self._hidden(tx), chosen=by_judgement)

    def texts_kept_since(self, since: datetime | None = None) -> datetime | None:
        """From when on articles are searched by words, where retention took texts of after `since`; None
        where all of that time are there."""
        self._may(Role.VIEWER, "read")
        with self.monitor.store.read() as tx:
            gone = prunings.of(tx, "bodies")
        until = gone.until_at if gone is not None else None
        return until if until is not None and (since is None or since < until) else None

    def article(self, article_id: int) -> ArticleDetail:
        """One article. Raises NotFoundError."""
        self._may(Role.VIEWER, "read")
        with self.monitor.store.read() as tx:
            article = articles.get(tx, article_id)
            current = predictions.current(tx, article_id)
            told = articles.page(tx, story_id=article.story_id, limit=50)
            [counts_as] = articles.views(tx, [article_id])
            found = ArticleDetail(
                article=article,
                prediction=current[0] if current else None,
                decision=current[1] if current else None,
                companies=mentions.companies(tx, [article_id]).get(article_id, {}),
                revisions=articles.history(tx, article_id),
                story=[view for view in told if view.article.id != article_id],
                sentiment=counts_as.sentiment,
                topics=counts_as.topics,
                labelled=counts_as.labelled,
                body_removed_at=bodies.removed_at(tx, article_id),
            )
            return blinding.detail(found, self._hidden(tx))

    def explanation(self, article_id: int, target: str = "sentiment") -> Explanation:
        """Why the champion judges an article as it does; `target` as in `monitor.Explaining`. It
        takes a few seconds. Raises NotFoundError, also for a topic the model does not know and a company
        the text does not name, UserError for any other target, ModelError, BusyError, and ConflictError
        where this user judges the article without the model's opinion, or retention took its text."""
        self._may(Role.VIEWER, "read")
        with self.monitor.store.read() as tx:
            article = articles.get(tx, article_id)
            if article.story_id in self._hidden(tx):
                raise ConflictError(Message("queue.blind"))
            bodies.check(tx, article_id)
        try:
            return self.monitor.explain(article, target.strip())
        except UserError as error:
            if target.startswith(("topics:", "company:")):
                raise NotFoundError(error.told) from error
            raise

    def companies(self) -> list[Company]:
        """The watch list."""
        self._may(Role.VIEWER, "read")
        return list(self.monitor.companies)

    def topics(self) -> list[Topic]:
        """The taxonomy."""
        self._may(Role.VIEWER, "read")
        return list(self.monitor.settings.taxonomy)

    def plugins(self) -> Sequence[PluginStatus]:
        """Every plugin found, those that failed included."""
        self._may(Role.VIEWER, "read")
        return [replace(one, error=kept(one.error)) for one in self.monitor.registry.plugins]

    def _topic_trends(self, tx: Tx, start: datetime, end: datetime, sample: bool) -> list[TopicTrend]:
        span = end - start
        twelfth = cells.after(cells.begins(0) + span / 12, _size(span)) - cells.begins(0)
        edges = [start - span, *(edge for k in range(12) if (edge := start + k * twelfth) < end), end]
        topics = {Scope("topic", topic.name): topic for topic in self.monitor.settings.taxonomy}
        found = counts.many(tx, list(topics), edges, include_sample=sample)
        trends = []
        for scope, topic in topics.items():
            before, *period = found[scope]
            trends.append(
                TopicTrend(
                    topic,
                    sum(w.stories for w in period),
                    sum(w.negative for w in period),
                    before.stories,
                    before.negative,
                    [w.negative / w.stories if w.stories else 0.0 for w in period],
                )
            )
        return sorted((t for t in trends if t.stories), key=lambda t: (-t.negative, -t.stories))


def _size(span: timedelta) -> timedelta:
    """What cells a period is read from, with one as long before it: hours where five minutes are not kept."""
    return cells.FINE if span <= timedelta(hours=FINE_HOURS) else cells.HOUR


def period_end(now: datetime, hours: int) -> datetime:
    """The end of the period of the last `hours`."""
    return cells.after(now, _size(timedelta(hours=hours)))


def bar_minutes(hours: int) -> int:
    """A step that makes 24 to 60 bars of the period."""
    return 60 if hours <= 48 else 360 if hours <= 24 * 14 else 1440
