"""Articles: one row for each item as published, whatever the source sends again."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, func, select, update

from monitor.acquisition.coins import Coins
from monitor.detection import cells
from monitor.errors import NotFoundError
from monitor.messages import Message
from monitor.news.stories import corrections, voices
from monitor.records import Article, Mention, Prediction, Route
from monitor.store import dialect, facets, memberships, mentions, predictions, rollups, search, texts
from monitor.store.dialect import Tx
from monitor.store.memberships import Membership
from monitor.store.mentions import Towards
from monitor.store.schema import answers, article_topics, articles, revisions, stories
from monitor.store.standing import COUNTS

BATCH = 1000  # ids in one query
IN_TURN = (articles.c.attempts, articles.c.id)
"""In which order articles are judged."""


@dataclass(frozen=True, slots=True)
class ArticleView:
    """An article with what is known of it.

    `prediction` and `route` are the current prediction's. `sentiment` and `topics` are what
    counts: an analyst's label (`labelled`) wins over the prediction; "" where there is neither.
    `companies` holds, by company id, the sentiment that counts as the one towards the company.
    """

    article: Article
    prediction: Prediction | None
    route: Route | None
    companies: Mapping[str, Towards]
    sentiment: str
    topics: tuple[str, ...]
    labelled: bool


@dataclass(frozen=True, slots=True)
class Revision:
    """What an article said before its source changed it. `body_removed_at`: when retention took its text."""

    revision: int
    title: str
    text: str
    content_hash: str
    replaced_at: datetime
    body_removed_at: datetime | None = None


def insert(tx: Tx, article: Article, coins: Coins = texts.TOSSED, voice: str = "") -> Article:
    """Store `article` with its mentions and return it with its id.

    If its source already has an item of that `identity_key`, which another process may have
    stored a moment ago, nothing is stored and the stored one is returned. `story_id` must be
    set (see `stories.create`); a story counts as the first article stored with it. The article speaks in
    this `voice`, or where none is given in its own (`voices`).
    """
    if not article.story_id:
        raise ValueError(f"article {article.identity_key} of {article.source}: story_id is not set")
    article = replace(article, block_id=article.block_id or article.story_id)
    [text_id] = texts.enter(tx, [article], coins)
    statement = (
        dialect.insert(tx, articles)
        .values(
            text_id=text_id,
            source=article.source,
            identity_key=article.identity_key,
            story_id=article.story_id,
            block_id=article.block_id,
            first_seen_at=article.first_seen_at,
            sample=article.sample,
            history=article.history,
            backlog=article.backlog,
            revision=article.revision,
            **_content(article, article.first_seen_at),
        )
        .on_conflict_do_nothing(index_elements=["source", "identity_key"])
        .returning(articles.c.id)
    )
    article_id = tx.scalar(statement)
    if article_id is not None:
        tx.execute(
            update(stories)
            .where(stories.c.id == article.story_id, stories.c.article_id.is_(None))
            .values(article_id=article_id, sample=article.sample)
        )
        voice = voice or voices.shipped().voice(
            article.source, article.publisher, article.url, article.content
        )
        membership = Membership(
            article_id, article.story_id, voice, corrections.role(article.title), article.first_seen_at
        )
        memberships.enter(tx, [membership])
        if article.mentions:
            mentions.replace(tx, article_id, article.mentions, article.first_seen_at)
        rollups.touch(tx, [article_id], article.first_seen_at, fresh=True)
        return replace(article, id=article_id, text_id=text_id)
    stored = find(tx, article.source, article.identity_key)
    assert stored is not None  # only a row of that key can have been in the way
    return stored


def get(tx: Tx, article_id: int) -> Article:
    """The article with this id. Raises NotFoundError."""
    row = tx.execute(select(articles).where(articles.c.id == article_id)).mappings().first()
    if row is None:
        raise NotFoundError(Message("articles.none", article=article_id))
    return records(tx, [row])[0]


def get_many(tx: Tx, ids: Sequence[int]) -> list[Article]:
    """The articles with these ids, in the order of `ids`; unknown ids are left out."""
    found: dict[int, Article] = {}
    for first in range(0, len(ids), BATCH):
        batch = ids[first : first + BATCH]
        rows = tx.execute(select(articles).where(articles.c.id.in_(batch))).mappings()
        found.update((article.id, article) for article in records(tx, rows))
    return [found[article_id] for article_id in ids if article_id in found]


def in_story(tx: Tx, story_id: int) -> list[Article]:
    """The articles of a story, oldest first."""
    rows = tx.execute(select(articles).where(articles.c.story_id == story_id).order_by(articles.c.id))
    return records(tx, rows.mappings())


def find(tx: Tx, source: str, identity_key: str) -> Article | None:
    """The article that `source` published under `identity_key`."""
    return _first(tx, articles.c.source == source, articles.c.identity_key == identity_key)


def revise(tx: Tx, article: Article, now: datetime, coins: Coins = texts.TOSSED) -> Article:
    """Store what the source changed, keep what it said before, and return the article as stored.

    The article is found by its id, or by source and `identity_key` where the id is 0. Its id,
    story and `first_seen_at` stay; its mentions become those of `article`, and its prediction
    is withdrawn, so that it is classified again. Where the edit makes it another text, labels of what
    it said before are not about it any more. Raises NotFoundError.
    """
    key: tuple[ColumnElement[bool], ...] = (articles.c.id == article.id,)
    if not article.id:
        key = (articles.c.source == article.source, articles.c.identity_key == article.identity_key)
    row = tx.execute(select(articles).where(*key).with_for_update(key_share=True)).mappings().first()
    if row is None:
        raise NotFoundError(Message("articles.none", article=article.id or article.identity_key))
    [old] = records(tx, [row])
    [text_id] = texts.enter(tx, [replace(article, block_id=old.block_id, first_seen_at=now)], coins)
    tx.execute(
        revisions.insert().values(
            article_id=old.id,
            revision=old.revision,
            text_id=old.text_id,
            title=old.title,
            text=old.text,
            content_hash=old.content_hash,
            replaced_at=now,
            body_removed_at=row["body_removed_at"],
        )
    )
    tx.execute(
        update(articles)
        .where(articles.c.id == old.id)
        .values(
            text_id=text_id,
            revision=old.revision + 1,
            pending=True,
            attempts=0,
            quarantine="",
            body_removed_at=None,
            **_content(article, old.first_seen_at),
        )
    )
    predictions.withdraw(tx, old.id, now)
    mentions.replace(tx, old.id, article.mentions, now)
    return get(tx, old.id)


def history(tx: Tx, article_id: int) -> list[Revision]:
    """What the article said before, oldest first."""
    rows = tx.execute(
        select(revisions).where(revisions.c.article_id == article_id).order_by(revisions.c.revision)
    )
    return [
        Revision(
            *(row.revision, row.title, row.text, row.content_hash),
            replaced_at=row.replaced_at,
            body_removed_at=row.body_removed_at,
        )
        for row in rows
    ]


def page(
    tx: Tx,
    *,
    text: str = "",
    source: str = "",
    topic: str = "",
    company: str = "",
    sentiment: str = "",
    story_id: int = 0,
    since: datetime | None = None,
    until: datetime | None = None,
    sample: bool | None = None,
    limit: int = 50,
    before_id: int = 0,
) -> list[ArticleView]:
    """The newest articles that meet every condition given; the next page starts `before_id` the last.

    `text` is searched for as `search.matches` says. With a `company`, `sentiment` is the one
    towards it. `since` and `until` bound `first_seen_at` to [since, until). `sample` None means
    both kinds.
    """
    conditions: list[ColumnElement[bool]] = []
    if text.strip():
        conditions.append(search.matches(tx, text))
    if source:
        conditions.append(articles.c.source == source)
    if topic:
        conditions.append(facets.has_topic(topic))
    if company and sentiment:
        conditions.append(facets.judges_company(company, sentiment))
    elif company:
        conditions.append(facets.names_company(company))
    elif sentiment:
        conditions.append(articles.c.sentiment == sentiment)
    if story_id:
        conditions.append(articles.c.story_id == story_id)
    if since:
        conditions.append(articles.c.first_seen_at >= since)
    if until:
        conditions.append(articles.c.first_seen_at < until)
    if sample is not None:
        conditions.append(articles.c.sample == sample)
    if before_id:
        conditions.append(articles.c.id < before_id)
    ids = tx.scalars(select(articles.c.id).where(*conditions).order_by(articles.c.id.desc()).limit(limit))
    return views(tx, list(ids))


def views(tx: Tx, ids: Sequence[int]) -> list[ArticleView]:
    """These articles with what is known of them, in the order of `ids`; unknown ids are left out."""
    rows = {row["id"]: row for row in tx.execute(select(articles).where(articles.c.id.in_(ids))).mappings()}
    read = {article.id: article for article in records(tx, rows.values())}
    predicted = predictions.of(tx, ids)
    companies = mentions.companies(tx, ids)
    topics: dict[int, tuple[str, ...]] = {}
    for row in tx.execute(
        select(article_topics).where(article_topics.c.article_id.in_(ids)).order_by(article_topics.c.topic)
    ):
        topics[row.article_id] = (*topics.get(row.article_id, ()), row.topic)
    labelled = set(
        tx.scalars(
            select(articles.c.id)
            .join(answers, answers.c.text_id == articles.c.text_id)
            .where(
                articles.c.id.in_(ids),
                COUNTS,
            )
        )
    )
    found = []
    for article_id in ids:
        if article_id not in rows:
            continue
        prediction, decision = predicted.get(article_id, (None, None))
        found.append(
            ArticleView(
                article=read[article_id],
                prediction=prediction,
                route=decision.route if decision else None,
                companies=companies.get(article_id, {}),
                sentiment=rows[article_id]["sentiment"],
                topics=topics.get(article_id, ()),
                labelled=article_id in labelled,
            )
        )
    return found


def of_stories(tx: Tx, story_ids: Collection[int]) -> set[int]:
    """The ids of the articles of these stories."""
    return set(tx.scalars(select(articles.c.id).where(articles.c.story_id.in_(story_ids))))


def unclassified(tx: Tx, limit: int) -> list[Article]:
    """Articles that wait for a prediction: those never tried first, then in order of arrival."""
    rows = tx.execute(select(articles).where(articles.c.pending).order_by(*IN_TURN).limit(limit))
    return records(tx, rows.mappings())


def failed(tx: Tx, article_id: int, reason: str, *, max_attempts: int = 3) -> bool:
    """Count a failed classification; whether the article is now quarantined, with `reason`.

    A quarantined article is kept and shown, and not tried again until its source revises it.
    Raises NotFoundError.
    """
    attempts = tx.scalar(
        update(articles)
        .where(articles.c.id == article_id)
        .values(attempts=articles.c.attempts + 1)
        .returning(articles.c.attempts)
    )
    if attempts is None:
        raise NotFoundError(Message("articles.none", article=article_id))
    if attempts < max_attempts:
        return False
    tx.execute(update(articles).where(articles.c.id == article_id).values(quarantine=reason, pending=False))
    return True


def contents(tx: Tx) -> list[str]:
    """The distinct contents of all articles, oldest first, those of the sample and of archives left out, and
    those whose text retention took."""
    first = func.min(articles.c.id)
    statement = select(articles.c.content).where(~articles.c.sample, ~articles.c.history)
    statement = statement.where(articles.c.content != "", articles.c.body_removed_at.is_(None))
    return list(tx.scalars(statement.group_by(articles.c.content).order_by(first)))


def count(tx: Tx, *, sample: bool | None = None) -> int:
    """How many articles there are: of the sample, of the others, or in all (None)."""
    wanted = select(func.count()).select_from(articles)
    return tx.scalar(wanted if sample is None else wanted.where(articles.c.sample == sample)) or 0


def records(tx: Tx, rows: Iterable[RowMapping]) -> list[Article]:
    """Rows of `articles` as records, with their mentions."""
    listed = list(rows)
    named = mentions.of(tx, [row["id"] for row in listed])
    return [_record(row, named.get(row["id"], ())) for row in listed]


def _record(row: RowMapping, named: tuple[Mention, ...]) -> Article:
    return Article(
        source=row["source"],
        title=row["title"],
        text=row["text"],
        content=row["content"],
        url=row["url"],
        author=row["author"],
        publisher=row["publisher"],
        block_id=row["block_id"],
        language=row["language"],
        published_at=row["published_at"],
        published_day=date.fromisoformat(row["published_day"]) if row["published_day"] else None,
        first_seen_at=row["first_seen_at"],
        identity_key=row["identity_key"],
        content_hash=row["content_hash"],
        sample=row["sample"],
        history=row["history"],
        backlog=row["backlog"],
        id=row["id"],
        text_id=row["text_id"],
        story_id=row["story_id"],
        revision=row["revision"],
        mentions=named,
    )


def _first(tx: Tx, *conditions: ColumnElement[bool]) -> Article | None:
    rows = tx.execute(select(articles).where(*conditions).order_by(articles.c.id.desc()).limit(1))
    return next(iter(records(tx, rows.mappings())), None)


def _content(article: Article, first_seen_at: datetime) -> dict[str, Any]:
    counted_at = cells.counted_at(article.published_at, article.published_day, first_seen_at)
    return {
        "content_hash": article.content_hash,
        "title": article.title,
        "text": article.text,
        "content": article.content,
        "search_text": search.index_text(article.content),
        "url": article.url,
        "author": article.author,
        "publisher": article.publisher,
        "language": article.language,
        "published_at": article.published_at,
        "published_day": article.published_day.isoformat() if article.published_day else "",
        "cell": cells.cell(counted_at),
    }
