"""The sentence of a text that is most probably negative, as the model said that was asked: an alert shows it.

It is kept of the distinct text, so that an edited article has none until it is asked about again, and as a
place in the text: what is shown is what is stored.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sqlalchemy import func, select, tuple_

from monitor.records import OPEN, Scope
from monitor.store import dialect
from monitor.store.alerts import NEWEST
from monitor.store.dialect import Tx
from monitor.store.schema import alert_articles, alerts, articles, mentions, quotes

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


@dataclass(frozen=True, slots=True)
class Shown:
    """What decides which sentences an open alert shows: the company it is about, its evidence, the texts and
    the stories of that, and which of it names the company; each as a sum of numbers, for a look at two of
    them says whether there is anything to ask."""

    alert_id: str
    company_id: str
    articles: int
    texts: int
    stories: int
    naming: int


def shown(tx: Tx, limit: int) -> list[Shown]:
    """The newest open alerts, so many at most, as they stand: two queries, however many there are."""
    states = [state.value for state in OPEN]
    columns = (alerts.c.id, alerts.c.scope_kind, alerts.c.scope_name, alerts.c.opened_at)
    newest = select(*columns).where(alerts.c.state.in_(states)).order_by(*NEWEST).limit(limit).subquery()
    sums = (func.sum(articles.c[name]).label(f"{name}s") for name in ("id", "text_id", "story_id"))
    rows = tx.execute(
        select(*newest.c, *sums)
        .join(alert_articles, alert_articles.c.alert_id == newest.c.id)
        .join(articles, articles.c.id == alert_articles.c.article_id)
        .group_by(*newest.c)
        .order_by(newest.c.opened_at.desc(), newest.c.id.desc())
    ).all()
    companies = {row.id: Scope(row.scope_kind, row.scope_name).company for row in rows}
    pairs = [(id, company) for id, company in companies.items() if company]
    naming: dict[str, int] = {}
    for some in dialect.parts(pairs):
        named = (
            select(alert_articles.c.alert_id, func.sum(mentions.c.article_id))
            .join(mentions, mentions.c.article_id == alert_articles.c.article_id)
            .where(alert_articles.c.alert_id.in_([id for id, _ in some]))
            .where(tuple_(alert_articles.c.alert_id, mentions.c.company_id).in_(some))
        )
        naming.update((id, int(sum)) for id, sum in tx.execute(named.group_by(alert_articles.c.alert_id)))
    return [
        Shown(
            row.id,
            companies[row.id],
            articles=int(row.ids),
            texts=int(row.text_ids),
            stories=int(row.story_ids),
            naming=naming.get(row.id, 0),
        )
        for row in rows
    ]


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
