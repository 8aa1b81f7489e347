"""Distinct texts: what is asked about, labelled, sampled and counted, whatever number of articles carry it.

A text is entered, and its coin tossed, in the transaction that stores its first article, before any
model sees it. What was tossed stays, whatever becomes of the article: a sample from which anything can be
taken back afterwards is no sample.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import timedelta

from sqlalchemy import func, select

from monitor.acquisition.coins import Coins
from monitor.classification.routing import Draw
from monitor.news import identity
from monitor.records import Article
from monitor.store import dialect, shares
from monitor.store.dialect import Tx
from monitor.store.schema import answers, articles, revisions, texts

BATCH = 1000
"""Ids in one query."""

TOSSED = Coins(audits_per_day=0, explore_share=0)
"""The coins where no installation tosses them: nothing is drawn."""
_DAY = timedelta(days=1)


def enter(tx: Tx, arrived: Sequence[Article], coins: Coins = TOSSED) -> list[int]:
    """The ids of the texts of these articles, in their order; a text that is new is entered, with its coin.

    Each article must have its block. Another process may enter the same text at the same time: one coin
    is kept, and it is the same one.
    """
    first: dict[str, Article] = {}
    keys = [_key(article) for article in arrived]
    for key, article in zip(keys, arrived, strict=True):
        first.setdefault(key, article)
    known = _known(tx, list(first))
    # Rows are entered in one order everywhere, so that two processes wait for each other and never in a ring.
    new = sorted(key for key in first if key not in known)
    if new:
        latest = max(article.first_seen_at for article in arrived)
        share = coins.thinned(shares.in_force(tx, latest), _audited_since(tx, latest - _DAY))
        rows = []
        for key in new:
            article = first[key]
            # The sample and archives measure nothing.
            aside = article.sample or article.history
            coin = coins.toss(key, article.block_id, 0.0 if aside else share)
            values = {**asdict(coin), "purpose": coin.purpose.value}
            about = {"story_id": article.block_id, "sample": aside}
            rows.append({"key": key, "drawn_at": article.first_seen_at, **about, **values})
        statement = dialect.insert(tx, texts).on_conflict_do_nothing(index_elements=["key"])
        tx.execute(statement, rows)
        known |= _known(tx, new)
    return [known[key] for key in keys]


def draws(tx: Tx, article_ids: Sequence[int]) -> dict[int, Draw]:
    """What was drawn for the texts of these articles, by article."""
    before = (
        select(answers.c.id)
        .join(revisions, revisions.c.text_id == answers.c.text_id)
        .where(
            revisions.c.article_id == articles.c.id,
            revisions.c.text_id != articles.c.text_id,
            answers.c.outcome == "label",
            answers.c.withdrawn_at.is_(None),
        )
    )
    columns = (texts.c.audited, texts.c.share, texts.c.explored, texts.c.explore_share)
    found: dict[int, Draw] = {}
    for first in range(0, len(article_ids), BATCH):
        wanted = articles.c.id.in_(article_ids[first : first + BATCH])
        statement = select(articles.c.id, *columns, before.exists().label("relabel"))
        for row in tx.execute(statement.join(texts, texts.c.id == articles.c.text_id).where(wanted)):
            found[row.id] = Draw(row.audited, row.share, row.explored, row.explore_share, row.relabel)
    return found


def copies(tx: Tx, text_id: int) -> list[int]:
    """The articles that carry this text now, oldest first."""
    return list(
        tx.scalars(select(articles.c.id).where(articles.c.text_id == text_id).order_by(articles.c.id))
    )


def _key(article: Article) -> str:
    """The texts of the sample and of archives are their own: they must not draw, or answer, for news."""
    key = identity.text_key(article.content)
    return f"~{key[1:]}" if article.sample else f"^{key[1:]}" if article.history else key


def _known(tx: Tx, keys: Sequence[str]) -> dict[str, int]:
    rows = tx.execute(select(texts.c.key, texts.c.id).where(texts.c.key.in_(keys)))
    return {row.key: row.id for row in rows}


def _audited_since(tx: Tx, since: object) -> int:
    drawn = select(func.count()).select_from(texts).where(texts.c.audited, texts.c.drawn_at > since)
    return tx.scalar(drawn) or 0
