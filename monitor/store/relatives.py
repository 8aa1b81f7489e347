"""What an article may share its story with: articles that were first seen lately and share a key with it.

A key is a company, a name or an actor's event (`monitor.news.stories.matching.keys`). Keys are kept as long
as signatures are, and forgotten with them (`stories.forget`), which bounds what a comparison costs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, delete, func, insert, select

from monitor.store import dialect, newest, stories
from monitor.store import vectors as kept_vectors
from monitor.store.dialect import Tx
from monitor.store.schema import articles, gatherings, mentions, story_keys, vectors

MOST = 20
"""Articles looked at for a key, the newest: of a company that everybody writes of, the latest suffice, and
those of the same kind of event are found by a key of their own."""
SAMPLE = 1024
"""Vectors that the centres of the languages are taken from, the newest of a version."""
HEAD = 400
"""Characters of a content that hold its headline."""


@dataclass(frozen=True, slots=True)
class Relative:
    """An article as stories are matched by: `content` is its beginning, `companies` are ids, `role` its part
    in its story."""

    article_id: int
    story_id: int
    first_seen_at: datetime
    content: str
    language: str
    companies: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Kept:
    """What an article is found by, and when it was first seen."""

    article_id: int
    seen_at: datetime
    keys: Sequence[str]


@dataclass(frozen=True, slots=True)
class Beside:
    """Articles as they are compared before any is read, as columns by ascending id: the story of each now,
    seconds when it was first seen, whether it is in Chinese, and its vector of one version (N x d)."""

    ids: NDArray[np.int64]
    stories: NDArray[np.int64]
    seconds: NDArray[np.float64]
    chinese: NDArray[np.bool_]
    vectors: NDArray[np.float32]


def keep(tx: Tx, kept: Kept) -> None:
    """Keep what an article is found by, in place of what was kept of it."""
    tx.execute(delete(story_keys).where(story_keys.c.article_id == kept.article_id))
    keep_new(tx, [kept])


def keep_new(tx: Tx, kept: Iterable[Kept]) -> None:
    """Keep what new articles are found by."""
    rows = [
        {"key": key, "article_id": one.article_id, "seen_at": one.seen_at}
        for one in kept
        for key in dict.fromkeys(one.keys)
    ]
    if rows:
        tx.execute(insert(story_keys), rows)


def wait(tx: Tx, models: Mapping[int, str]) -> None:
    """Let articles wait for being joined by the vectors that these versions gave: model version by
    article."""
    rows = [{"article_id": id, "model": model} for id, model in sorted(models.items())]
    if rows:
        statement = dialect.insert(tx, gatherings)
        latest = {"model": statement.excluded.model}
        tx.execute(statement.on_conflict_do_update(index_elements=["article_id"], set_=latest), rows)


def waiting(tx: Tx, limit: int, *, lock: bool = True) -> dict[int, str]:
    """Articles that wait, the oldest first, and of which version; with `lock` those that no other process
    took."""
    wanted = select(gatherings).order_by(gatherings.c.article_id).limit(limit)
    rows = tx.execute(wanted.with_for_update(skip_locked=True) if lock else wanted)
    return {row.article_id: row.model for row in rows}


def keys(tx: Tx, article_ids: Sequence[int]) -> dict[int, Kept]:
    """What articles are found by; those without a key are left out."""
    found: dict[int, Kept] = {}
    order = (story_keys.c.article_id, story_keys.c.key)
    columns = (story_keys.c.article_id, story_keys.c.key, story_keys.c.seen_at)
    some = dialect.among(tx, story_keys.c.article_id, article_ids)
    for id, key, seen_at in tx.execute(select(*columns).where(some).order_by(*order)).all():
        if id not in found:
            found[id] = Kept(id, seen_at, [])
        found[id].keys.append(key)  # type: ignore[attr-defined]
    return found


def done(tx: Tx, article_ids: Sequence[int]) -> None:
    """These articles wait no longer."""
    tx.execute(delete(gatherings).where(dialect.among(tx, gatherings.c.article_id, article_ids)))


def sharing(tx: Tx, keys: Collection[str], since: datetime, until: datetime) -> dict[str, list[int]]:
    """The articles kept under these keys that were first seen from `since` to `until`, by key: the newest
    MOST of each."""
    found: dict[str, list[int]] = defaultdict(list)
    if keys:
        for key, id in tx.execute(newest.under(tx, story_keys, sorted(keys), since, until, MOST)).all():
            found[key].append(id)
    return dict(found)


def beside(tx: Tx, model: str, article_ids: Collection[int]) -> Beside:
    """Those of these articles that a version gave a vector of the length of most."""
    columns = (articles.c.id, articles.c.story_id, articles.c.first_seen_at, articles.c.language)
    rows = tx.execute(
        select(*columns, vectors.c.data)
        .select_from(vectors.join(articles, articles.c.id == vectors.c.article_id))
        .where(vectors.c.model == model, dialect.among(tx, vectors.c.article_id, article_ids))
        .order_by(vectors.c.article_id)
    ).all()
    alike, array = kept_vectors.table([row[4] for row in rows])
    rows = [rows[place] for place in alike]
    return Beside(
        np.array([row[0] for row in rows], np.int64),
        np.array([row[1] for row in rows], np.int64),
        np.array([row[2].timestamp() for row in rows], np.float64),
        np.array([row[3] == "zh" for row in rows], np.bool_),
        array,
    )


def stories_of(tx: Tx, article_ids: Sequence[int]) -> dict[int, int]:
    """The stories that articles are in now, by article."""
    some = dialect.among(tx, articles.c.id, article_ids)
    rows = tx.execute(select(articles.c.id, articles.c.story_id).where(some)).all()
    return {id: story_id for id, story_id in rows}


def of(tx: Tx, article_ids: Sequence[int]) -> dict[int, Relative]:
    """These articles by id, with their stories as they are now."""
    some = _read(tx, dialect.among(tx, articles.c.id, article_ids))
    return {one.article_id: one for one in some}


def in_stories(tx: Tx, story_ids: Collection[int]) -> dict[int, list[Relative]]:
    """The articles of several stories, by story."""
    grouped: dict[int, list[Relative]] = defaultdict(list)
    for one in _read(tx, dialect.among(tx, articles.c.story_id, story_ids)):
        grouped[one.story_id].append(one)
    return dict(grouped)


def about(tx: Tx, companies: Collection[str], since: datetime, until: datetime) -> list[int]:
    """The articles that name any of these companies (ids) and were first seen from `since` to `until`: the
    newest MOST."""
    wanted = (
        select(articles.c.id)
        .join(mentions, mentions.c.article_id == articles.c.id)
        .where(mentions.c.company_id.in_(sorted(companies)), articles.c.first_seen_at.between(since, until))
        .distinct()
        .order_by(articles.c.id.desc())
        .limit(MOST)
    )
    return list(tx.scalars(wanted))


def latest_vectors(tx: Tx, model: str) -> dict[bool, NDArray[np.float32]]:
    """The newest SAMPLE vectors of a version, by whether the article is in Chinese; a language without one is
    left out."""
    wanted = (
        select(articles.c.language, vectors.c.data)
        .join(articles, articles.c.id == vectors.c.article_id)
        .where(vectors.c.model == model)
        .order_by(vectors.c.article_id.desc())
        .limit(SAMPLE)
    )
    found: dict[bool, list[bytes]] = defaultdict(list)
    for row in tx.execute(wanted):
        found[row.language == "zh"].append(row.data)
    arrays = {}
    for chinese, some in found.items():
        same = [data for data in some if len(data) == len(some[0])]
        arrays[chinese] = np.frombuffer(b"".join(same), "<f2").reshape(len(same), -1).astype(np.float32)
    return arrays


def _read(tx: Tx, condition: ColumnElement[bool]) -> list[Relative]:
    head = func.substr(articles.c.content, 1, HEAD)
    columns = (articles.c.id, articles.c.story_id, articles.c.first_seen_at, head, articles.c.language)
    rows = tx.execute(select(*columns).where(condition)).all()
    named = stories.named_in(tx, [row[0] for row in rows])
    return [Relative(*row, named.get(row[0], frozenset())) for row in rows]
