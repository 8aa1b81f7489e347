"""When another version of the model began to serve, what both say of the same texts, and what is known of
their ratio since when.

A turn is written in the transaction in which the version begins to serve (`models.promote`, `rollback`).
Then texts that the version before judged in the last `turns.WEEKS` weeks are judged by the new one in the
background, beside everything else: what it says of them is kept here alone, moves no count, and opens
nothing. They are drawn evenly from all of that time, so that the hour of the promotion tells no more than
another. What both said of a text already, as where the new version was a shadow, is not asked again.

Each batch commits together with what the ratio is known to be from then on. So a process that is killed loses
no more than the batch in its hands.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import func, insert, select, update

from monitor.detection import cells
from monitor.detection import turns as scaling
from monitor.detection.refits import fitted_at
from monitor.detection.rollups import NEGATIVE
from monitor.detection.turns import Ratio, Step, Turn
from monitor.store import dialect, past
from monitor.store.dialect import Tx
from monitor.store.schema import articles, compared, predictions, ratios, turns

MOST = 1000
"""Texts that are judged by both at most."""
DRAWN = 4 * MOST
"""Articles among which they are looked for."""
LATER = 3
"""Cells after which what was found of a ratio holds: whoever looks by then has seen it stored."""
_MIXED = 2654435761
"""A prime (Knuth's multiplicative hash), by which texts are asked about in no order of time, so that a few
tell of all."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A turn as it is stored; `compared`: all that is to be judged by both was."""

    id: int
    at: datetime
    model: str
    before: str
    compared: bool
    anew_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Drawn:
    """What a turn's texts tell: those that both judged (before, new), by text, and the articles that wait for
    the new one, with their texts and what the version before said."""

    both: Mapping[int, tuple[float, float]] = field(default_factory=dict)
    waiting: Sequence[tuple[int, int, float]] = ()


def note(tx: Tx, model: str, serving: str, at: datetime) -> None:
    """The version `model` begins to serve in place of the one that is `serving` ("": none, as where it was
    damaged); the same one again is no turn."""
    last = newest(tx)
    before = last.model if last is not None else serving
    if before != model:
        tx.execute(insert(turns).values(at=at, model=model, before=before))


def newest(tx: Tx) -> Kept | None:
    """The turn after which the version serves that serves now."""
    row = tx.execute(select(turns).order_by(turns.c.id.desc()).limit(1)).mappings().first()
    return None if row is None else Kept(**row)


def all(tx: Tx) -> list[Turn]:
    """Every turn from one version to another, in order, with what was known of its ratio since when."""
    known: dict[int, list[Ratio]] = {}
    for row in tx.execute(select(ratios).order_by(ratios.c.since)):
        one = Ratio(row.since, row.ratio, row.variance, row.articles)
        known.setdefault(row.turn_id, []).append(one)
    rows = tx.execute(select(turns).where(turns.c.before != "").order_by(turns.c.at, turns.c.id))
    return [
        Turn(
            cells.cell(row.at),
            row.model,
            row.before,
            tuple(known.get(row.id, ())),
            None if row.anew_at is None else cells.cell(row.anew_at) + LATER,
        )
        for row in rows
    ]


def past_is_own(tx: Tx, at: datetime) -> None:
    """The whole archive was judged again by the version that serves: what it says of the past and what it
    says now is one count, and no turn until now stands between them any more."""
    tx.execute(update(turns).where(turns.c.anew_at.is_(None)).values(anew_at=at))


def scaled(tx: Tx, start: datetime, end: datetime) -> list[Step]:
    """By what counts between two moments are scaled, as it is known at the second; none where they stand as
    they are."""
    turned, first = all(tx), past.first(tx)
    if not turned or first is None:
        return []
    hour, cell = fitted_at(first, end), cells.cell(end) + 1
    by = scaling.scale(turned, first, first if hour is None else hour, cell)
    return by.within(cells.cell(start), cell)


def drawn(tx: Tx, turn: Kept, limit: int) -> Drawn:
    """The next texts of a turn, at most `limit` that wait."""
    had = set(tx.scalars(select(compared.c.text_id).where(compared.c.turn_id == turn.id)))
    wanted = max(MOST - len(had), 0)
    said = _said(tx, turn)
    both: dict[int, tuple[float, float]] = {}
    waiting: dict[int, tuple[int, int, float]] = {}
    for id, text_id in sorted(said, key=lambda one: (one[0] * _MIXED % 2**32, one[0])):
        if text_id in had or text_id in waiting or text_id in both:
            continue
        if len(both) + len(waiting) >= wanted or len(waiting) >= limit:
            break
        old, new = said[id, text_id]
        if new is None:
            waiting[text_id] = (id, text_id, old)
        else:
            both[text_id] = (old, new)
    return Drawn(both, list(waiting.values()))


def _said(tx: Tx, turn: Kept) -> dict[tuple[int, int], tuple[float, float | None]]:
    """What the version before said of articles that were first seen in the weeks before a turn, and the new
    one where it did, by article and text."""
    within = (
        articles.c.first_seen_at >= turn.at - timedelta(weeks=scaling.WEEKS),
        articles.c.first_seen_at < turn.at,
    )
    first, last = tx.execute(select(func.min(articles.c.id), func.max(articles.c.id)).where(*within)).one()
    if first is None:
        return {}
    step = max((last - first) / DRAWN, 1.0)
    ids = sorted({first + int(step * place) for place in range(min(DRAWN, last - first + 1))})
    found: dict[tuple[int, int], dict[str, float]] = {}
    wanted = select(articles.c.id, articles.c.text_id, predictions.c.model, predictions.c.sentiment)
    joined = wanted.join(predictions, predictions.c.article_id == articles.c.id)
    of_both = predictions.c.model.in_((turn.model, turn.before))
    for some in dialect.parts(ids):
        for row in tx.execute(joined.where(articles.c.id.in_(some), of_both, ~articles.c.sample, *within)):
            found.setdefault((row.id, row.text_id), {})[row.model] = row.sentiment.get(NEGATIVE, 0.0)
    return {
        key: (said[turn.before], said.get(turn.model)) for key, said in found.items() if turn.before in said
    }


def keep(
    tx: Tx, turn: Kept, said: Iterable[tuple[int, float, float | None]], at: datetime, *, over: bool = False
) -> Ratio:
    """Store what both said of texts (text, before, new; None: it cannot be judged), and what is known of the
    ratio by then. `over`: there is nothing more to judge."""
    rows = [{"turn_id": turn.id, "text_id": text, "before": old, "after": new} for text, old, new in said]
    if rows:
        statement = dialect.insert(tx, compared)
        tx.execute(statement.on_conflict_do_nothing(index_elements=["turn_id", "text_id"]), rows)
    if over:
        tx.execute(update(turns).where(turns.c.id == turn.id).values(compared=True))
    pairs = select(compared.c.before, compared.c.after).where(
        compared.c.turn_id == turn.id, compared.c.after.is_not(None)
    )
    told = [(old, new) for old, new in tx.execute(pairs.order_by(compared.c.text_id))]
    found = scaling.ratio(told, cells.cell(at) + LATER)
    if rows:
        values = {"ratio": found.ratio, "variance": found.variance, "articles": found.articles}
        statement = dialect.insert(tx, ratios).values(turn_id=turn.id, since=found.since, **values)
        tx.execute(statement.on_conflict_do_update(index_elements=["turn_id", "since"], set_=values))
    return found
