"""The sentence of a text that is most probably negative, as the model said that was asked: an alert shows it.

It is kept of the distinct text, so that an edited article has none until it is asked about again, and as a
place in the text: what is shown is what is stored.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sqlalchemy import func, select

from monitor.store import dialect
from monitor.store.dialect import Tx
from monitor.store.schema import articles, mentions, quotes

SHOWN = 20
"""Stories of an alert that are shown with their sentence, the newest."""
EXAMINED = 500
"""Articles of an alert among which they are looked for, the newest."""


@dataclass(frozen=True, slots=True)
class Quote:
    """The sentence at [start, end) of a text's content, with the probability that it is negative (towards
    the company `company_id`, where that is not ""). `start` is `end` where no sentence is."""

    text_id: int
    company_id: str
    start: int
    end: int
    negative: float
    model: str


def keep(tx: Tx, found: Iterable[Quote]) -> None:
    """Keep quotes, each in place of the one of the same text and company."""
    for one in found:
        values = {"start": one.start, "end": one.end, "negative": one.negative, "model": one.model}
        statement = dialect.insert(tx, quotes).values(
            text_id=one.text_id, company_id=one.company_id, **values
        )
        tx.execute(statement.on_conflict_do_update(index_elements=["text_id", "company_id"], set_=values))


def about(tx: Tx, article_ids: Collection[int], company_id: str) -> list[int]:
    """Those of these articles that name a company: all where it is "", or where none does. An alert may have
    opened on a wider scope, and still holds what rose there beside."""
    listed = sorted(set(article_ids))
    if not company_id:
        return listed
    naming: set[int] = set()
    for some in dialect.parts(listed):
        named = (mentions.c.article_id.in_(some), mentions.c.company_id == company_id)
        naming |= set(tx.scalars(select(mentions.c.article_id).where(*named)))
    return sorted(naming) or listed


def leading(tx: Tx, article_ids: Collection[int]) -> dict[int, int]:
    """The first article, with its text, of each of the newest SHOWN stories among these; newest first."""
    newest = sorted(set(article_ids))[-EXAMINED:]
    order = (articles.c.first_seen_at, articles.c.id)
    place = func.row_number().over(partition_by=articles.c.story_id, order_by=order)
    ranked = (
        select(*order, articles.c.text_id, place.label("place")).where(articles.c.id.in_(newest)).subquery()
    )
    firsts = select(ranked.c.id, ranked.c.text_id).where(ranked.c.place == 1)
    shown = firsts.order_by(ranked.c.first_seen_at.desc(), ranked.c.id.desc()).limit(SHOWN)
    return {row.id: row.text_id for row in tx.execute(shown)}


def missing(tx: Tx, article_ids: Collection[int], company_id: str) -> list[int]:
    """The `leading` articles whose text was not asked about."""
    shown = leading(tx, about(tx, article_ids, company_id))
    known = of(tx, shown.values(), company_id)
    return [id for id, text in shown.items() if text not in known]


def of(tx: Tx, text_ids: Collection[int], company_id: str) -> dict[int, Quote]:
    """The quotes of these texts, by text; one that was not asked about is left out."""
    found: dict[int, Quote] = {}
    for some in dialect.parts(sorted(set(text_ids))):
        wanted = select(quotes).where(quotes.c.text_id.in_(some), quotes.c.company_id == company_id)
        found.update((row["text_id"], Quote(**row)) for row in tx.execute(wanted).mappings())
    return found
