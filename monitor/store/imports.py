"""Labels that come back from other tools: which article each is about, what speaks against it, storing it.

All or nothing: `bring` writes only where every row can be taken. A row's article is the one that it names by
source and key, or else any that has exactly its text; a text with personal data is looked for masked too,
because that is how it was stored. The same label again is the same label: a file can be brought twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import select

from monitor.datasets.exchange import Exchanged
from monitor.datasets.tables import BadRow
from monitor.messages import Message
from monitor.news.normalize import content_hash
from monitor.records import Article
from monitor.store import answers, known, schema
from monitor.store import articles as articles_
from monitor.store.answers import Circumstances
from monitor.store.articles import records
from monitor.store.dialect import Tx
from monitor.store.standing import LABEL

BATCH = 500
AHEAD = timedelta(days=1)
"""How far a label's time may lie in the future before it is taken for a mistake."""

Mask = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that cannot be taken: where it stands, and why."""

    where: str
    why: str


@dataclass(frozen=True, slots=True)
class Brought:
    """What became of the rows: `new` labels were stored, `known` ones were there before. With any of
    `problems`, nothing was stored."""

    new: int = 0
    known: int = 0
    gold: int = 0  # of the new ones
    problems: tuple[Refused, ...] = ()


@dataclass(frozen=True, slots=True)
class _Placed:
    """A label that can be stored, and the article it is about. The text is not kept."""

    where: str
    label: Exchanged
    article: Article


_Said = tuple[str, tuple[str, ...] | None, tuple[tuple[str, str], ...]]


def bring(tx: Tx, given: Iterable[tuple[str, Exchanged] | BadRow], now: datetime, *, mask: Mask) -> Brought:
    """Store these labels where all of them can be; what became of them. `mask` is what an article's text
    goes through where its source masks."""
    new: dict[tuple[int, str], _Placed] = {}
    problems: list[Refused] = []
    known_before = 0
    for batch in _batches(given):
        problems += [Refused(one.where, one.why) for one in batch if isinstance(one, BadRow)]
        asked = [one for one in batch if not isinstance(one, BadRow)]
        places = _places(tx, [label for _, label in asked], mask)
        stood = _standing(tx, [place for place in places if isinstance(place, Article)])
        for (where, label), place in zip(asked, places, strict=True):
            why = place if isinstance(place, Message) else _against(label, place, now)
            if why is not None or isinstance(place, Message):
                problems.append(Refused(where, why or ""))
                continue
            key = (place.text_id, label.user)
            before = new.get(key)
            said = _said(label)
            if before is not None and _said(before.label) != said:
                again = Message("labels.twice", user=label.user, where=before.where)
                problems.append(Refused(where, again))
            elif before is not None:
                known_before += 1
            elif (stands := stood.get(key)) is None:
                new[key] = _Placed(where, replace(label, text="", title=""), place)
            elif stands.withdrawn:
                problems.append(Refused(where, Message("labels.taken_back", user=label.user)))
            elif stands.said == said:
                known_before += 1
            else:
                other = Message(
                    "labels.conflict",
                    user=label.user,
                    sentiment=Message(f"sentiment.{stands.said[0]}"),
                    at=f"{stands.at:%Y-%m-%d %H:%M}",
                )
                problems.append(Refused(where, other))
    if problems:
        return Brought(known=known_before, problems=tuple(problems))
    for placed in new.values():
        _store(tx, placed, now)
    gold = sum(placed.label.gold for placed in new.values())
    return Brought(len(new), known_before, gold)


def _batches(given: Iterable[Any]) -> Iterator[list[Any]]:
    rows = iter(given)
    while batch := list(islice(rows, BATCH)):
        yield batch


# --- which article ---------------------------------------------------------------------------


def _places(tx: Tx, given: Sequence[Exchanged], mask: Mask) -> list[Article | Message]:
    """The article of each label, or why there is none."""
    by_source: dict[str, list[str]] = {}
    for label in given:
        if label.source and label.identity_key:
            by_source.setdefault(label.source, []).append(label.identity_key)
    named = {source: known.by_key(tx, source, keys) for source, keys in by_source.items()}
    by_text = _by_text(tx, [label.text for label in given if label.text], mask)
    by_id = {one.id: one for one in articles_.get_many(tx, [label.article_id for label in given])}
    return [_place(label, named, by_text, by_id) for label in given]


def _place(
    label: Exchanged,
    named: Mapping[str, Mapping[str, Article]],
    by_text: Mapping[str, Article],
    by_id: Mapping[int, Article],
) -> Article | Message:
    found = named.get(label.source, {}).get(label.identity_key)
    same_text = by_text.get(label.text)
    if found is not None and (not label.text or _same(found, label, same_text)):
        return found
    if same_text is not None:
        return same_text
    if found is not None:
        return Message("labels.edited", source=found.source, article=found.id)
    if not label.text and (numbered := by_id.get(label.article_id)) is not None:
        return numbered
    return Message("labels.no_article")


def _same(article: Article, label: Exchanged, same_text: Article | None) -> bool:
    if same_text is not None:
        return article.content_hash == same_text.content_hash
    return article.content == label.text


def _by_text(tx: Tx, texts: Sequence[str], mask: Mask) -> dict[str, Article]:
    """The first article that has each of these texts, as it is or masked."""
    hashes: dict[str, list[str]] = {}
    for text in dict.fromkeys(texts):
        sound = text.encode("utf-8", "replace").decode("utf-8")
        hashes[text] = [content_hash(sound), content_hash(mask(sound))]
    wanted = [one for both in hashes.values() for one in both]
    found: dict[str, Article] = {}
    if wanted:
        statement = select(schema.articles)
        statement = statement.where(schema.articles.c.content_hash.in_(wanted))
        statement = statement.order_by(schema.articles.c.id.desc())
        found = {one.content_hash: one for one in records(tx, tx.execute(statement).mappings())}
    return {
        text: article
        for text, both in hashes.items()
        if (article := found.get(both[0]) or found.get(both[1])) is not None
    }


# --- what speaks against it ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Stands:
    said: _Said
    at: datetime
    withdrawn: bool


def _against(label: Exchanged, article: Article, now: datetime) -> Message | None:
    if label.labelled_at is not None and label.labelled_at > now + AHEAD:
        return Message("labels.future", at=label.labelled_at.isoformat())
    unknown = [id for id in label.companies if id not in article.named]
    if unknown:
        return Message("labels.company", company=unknown[0], known=sorted(article.named))
    return None


def _standing(tx: Tx, about: Sequence[Article]) -> dict[tuple[int, str], _Stands]:
    """What analysts said of the texts of these articles: what stands, or else what they took back last."""
    given = schema.answers
    rows = tx.execute(
        select(given)
        .where(given.c.text_id.in_({article.text_id for article in about}), given.c.outcome == LABEL)
        .order_by(given.c.withdrawn_at.is_(None), given.c.id)
    ).mappings()
    found = {}
    for row in rows:
        topics = None if row["topics"] is None else tuple(sorted(row["topics"]))
        said = (row["sentiment"], topics, tuple(sorted(row["companies"].items())))
        key = (row["text_id"], row["user"])
        found[key] = _Stands(said, row["created_at"], row["withdrawn_at"] is not None)
    return found


def _said(label: Exchanged) -> _Said:
    topics = None if label.topics is None else tuple(sorted(label.topics))
    return label.sentiment, topics, tuple(sorted(label.companies.items()))


# --- storing it ------------------------------------------------------------------------------


def _store(tx: Tx, placed: _Placed, now: datetime) -> None:
    """A request that was answered elsewhere: it is no audit's answer, whatever it was where it is from."""
    label, at = placed.label, placed.label.labelled_at or now
    answers.on_request(
        tx,
        placed.article.id,
        label.user,
        label.sentiment,
        label.topics,
        at,
        reason=Message("labels.brought"),
        companies=label.companies,
        gold=label.gold,
        how=Circumstances(label.suggested, label.seconds, note=label.note, guideline=label.guideline),
    )
