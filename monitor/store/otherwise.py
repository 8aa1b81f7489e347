"""What would have counted, had another model judged or had other companies been watched.

A replay goes over what counted (`store.past`). Asked for something else, it goes over this: every story made
anew for each moment in which an article came to it or left it, as `relived` does for an archive, with facts
that somebody else says of the articles. Each is as if it had been said at once when its article was seen.
Nothing is written.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from sqlalchemy import func, select

from monitor.detection import rollups
from monitor.detection.lines import Change, Entry
from monitor.detection.rollups import Entries, Judgement, Pair, Told
from monitor.news.companies import Linker
from monitor.records import likeliest
from monitor.store import dialect, relived
from monitor.store import told as facts
from monitor.store.dialect import Tx
from monitor.store.past import EVER, SERIES, Moment
from monitor.store.predictions import millionths
from monitor.store.schema import articles, predictions, stories

Facts = Callable[[Tx, Collection[int]], Mapping[int, Told]]
"""What is said of articles, by id."""
NOTHING = Judgement("", 0)


def as_stored(tx: Tx, article_ids: Collection[int]) -> Mapping[int, Told]:
    """What is said of articles now."""
    return facts.unweighed(tx, article_ids)


def judged_by(model: str, said: Facts = as_stored) -> Facts:
    """What a model's version says of articles; of one that it never judged, nothing. No label counts."""

    def found(tx: Tx, article_ids: Collection[int]) -> Mapping[int, Told]:
        judged: dict[int, Told] = {}
        columns = (predictions.c.article_id, predictions.c.sentiment, predictions.c.label)
        wanted = select(*columns, predictions.c.chosen, predictions.c.companies)
        known = dict(said(tx, article_ids))
        for some in dialect.parts(sorted(known)):
            of_model = (predictions.c.model == model, predictions.c.article_id.in_(some))
            for row in tx.execute(wanted.where(*of_model)):
                one = known[row.article_id]
                towards = {
                    company: _towards(row.companies.get(company) or row.sentiment)
                    for company in one.companies
                }
                likely = Judgement(row.label, millionths(row.sentiment))
                judged[one.article_id] = replace(
                    one, judged=likely, topics=tuple(sorted(row.chosen)), companies=towards
                )
        for id in known.keys() - judged.keys():
            blank = dict.fromkeys(known[id].companies, NOTHING)
            judged[id] = replace(known[id], judged=NOTHING, topics=(), companies=blank)
        return judged

    return found


def naming(linker: Linker, said: Facts = as_stored) -> Facts:
    """What is said of articles, of the companies that `linker` finds in them. A company of which `said` says
    nothing has the sentiment of the article, as everywhere."""

    def found(tx: Tx, article_ids: Collection[int]) -> Mapping[int, Told]:
        named: dict[int, Told] = {}
        known = said(tx, article_ids)
        columns = (articles.c.id, articles.c.content, articles.c.published_at)
        for some in dialect.parts(sorted(known)):
            for row in tx.execute(select(*columns).where(articles.c.id.in_(some))):
                one = known[row.id]
                mentions = linker.mentions(row.content, row.published_at.date())
                names = {mention.company_id for mention in mentions}
                companies = {company: one.companies.get(company, one.judged) for company in names}
                named[row.id] = replace(one, companies=companies)
        return named

    return found


def changes(tx: Tx, until: datetime, said: Facts) -> list[Moment]:
    """Every change before `until`, those of one moment together, in order, as if these facts had been known
    at once. Neither the sample nor what is backlog is among them."""
    found: list[tuple[datetime, Change]] = []
    of_real = select(stories.c.id).where(~stories.c.sample, stories.c.first_seen_at < until)
    every = tx.scalars(of_real.order_by(stories.c.id)).all()
    for some in dialect.parts(every):
        spans = relived.spans(tx, some, EVER)
        told = said(tx, {one.article_id for its in spans.values() for one in its})
        for its in spans.values():
            before: dict[Pair, Entries] = {}
            for at, after in relived.states(its, told, EVER):
                if at >= until:
                    break
                fresh = any(one.came and one.since == at for one in its)
                found += ((at, one) for one in _differences(before, after, fresh=fresh))
                before = after
    found.sort(key=lambda one: (one[0], one[1].sign))
    return [(at, [change for _, change in of]) for at, of in itertools.groupby(found, key=lambda one: one[0])]


def judged(tx: Tx, model: str) -> int:
    """How many articles a model's version judged."""
    of_model = select(func.count()).select_from(predictions).where(predictions.c.model == model)
    return tx.scalar(of_model) or 0


def models(tx: Tx) -> list[str]:
    """The versions that ever judged an article."""
    return list(tx.scalars(select(predictions.c.model).distinct().order_by(predictions.c.model)))


def _differences(
    before: Mapping[Pair, Entries], after: Mapping[Pair, Entries], *, fresh: bool
) -> Iterator[Change]:
    for story_id, voice in sorted(before.keys() | after.keys()):
        old, new = before.get((story_id, voice), {}), after.get((story_id, voice), {})
        for name in sorted(old.keys() | new.keys()):
            if not name.startswith(SERIES) or old.get(name) == new.get(name):
                continue
            for sign, one in ((-1, old.get(name)), (1, new.get(name))):
                if one is not None and not one.backlog:
                    yield Change(sign, name, _entry(story_id, voice, one), fresh)


def _entry(story_id: int, voice: str, one: rollups.Entry) -> Entry:
    return Entry(one.cell, story_id, voice, one.article_id, one.negative, one.weight)


def _towards(likely: Mapping[str, float]) -> Judgement:
    return Judgement(likeliest(likely), millionths(likely))
