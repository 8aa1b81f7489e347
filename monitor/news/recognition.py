"""What an item on its way in is to the store: known, edited or new, and whose story it tells.

The laws are `monitor.news.identity`'s; here they meet what is stored.
"""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from monitor.news import identity
from monitor.news.identity import STORY_THRESHOLD, STORY_WINDOW
from monitor.news.stories import corrections, guards
from monitor.records import Article
from monitor.store import Tx, known, stories

NEAREST = 10
"""Stored articles that a new one is compared with."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An item on its way in, with everything that can be computed without the store."""

    article: Article
    exact_key: str
    stated_at: datetime | None
    signature: list[int]
    bands: list[str]
    voice: str = ""
    role: str = corrections.REPORT
    keys: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """Where a new article belongs: the stored story and block of the text it repeats, in whose `voice` it
    speaks; or those of article number `follows` before it; or, where nothing is set, a story of its own."""

    story_id: int = 0
    block_id: int = 0
    voice: str = ""
    follows: int | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """`old` is the stored article that the entry is, None where it is new; `article` what to
    store, None where nothing changed."""

    article: Article | None
    old: Article | None


def recognise(tx: Tx, chunk: Sequence[Entry], taken: set[int]) -> list[Verdict]:
    """What each entry is to the store: known, edited, or new. See `monitor.news.identity`."""
    if not chunk:
        return []
    source = chunk[0].article.source
    keys = [key for entry in chunk for key in (entry.exact_key, entry.article.identity_key)]
    keyed = known.by_key(tx, source, keys)
    verdicts: dict[int, Verdict] = {}
    claimed = set(taken)
    for position, entry in enumerate(chunk):
        verdict = _by_key(entry, keyed)
        if verdict is not None:
            verdicts[position] = verdict
            claimed.add(verdict.old.id if verdict.old else 0)
    rest = [position for position in range(len(chunk)) if position not in verdicts]
    same_text = known.by_content(tx, source, [chunk[position].article.content_hash for position in rest])
    for position in rest:
        entry = chunk[position]
        twins = same_text.get(entry.article.content_hash, [])
        old = next((twin for twin in twins if twin.id not in claimed and _renamed(twin, entry)), None)
        if old is not None:
            claimed.add(old.id)
            verdicts[position] = Verdict(None, old)
            continue
        key = entry.exact_key if entry.article.identity_key in keyed else entry.article.identity_key
        verdicts[position] = Verdict(replace(entry.article, identity_key=key), None)
    return [verdicts[position] for position in range(len(chunk))]


def _by_key(entry: Entry, keyed: Mapping[str, Article]) -> Verdict | None:
    exact = keyed.get(entry.exact_key)
    if exact is not None:
        return Verdict(None, exact)
    stated = keyed.get(entry.article.identity_key)
    if stated is None or not identity.same_item(stated, entry.article):
        return None
    if stated.content_hash == entry.article.content_hash:
        return Verdict(None, stated)
    edited = replace(
        entry.article, id=stated.id, story_id=stated.story_id, first_seen_at=stated.first_seen_at
    )
    return Verdict(edited, stated)


def _renamed(old: Article, entry: Entry) -> bool:
    """Whether an entry with the text of `old` is that item under a new guid or address.

    It is where the address or the stated time is the same, or where neither is given; a
    headline that returns another day, at another address, is not.
    """
    if old.url and old.url == entry.article.url:
        return True
    if entry.stated_at is not None:
        return entry.stated_at == old.published_at
    return not old.url and not entry.article.url


class StoryMatcher:
    """Finds the stories that new articles belong to: those of recent texts that are the same, stored or new.

    Of each new article the NEAREST are compared: those that share most bands with it, of equals the newest,
    and seen no more than STORY_WINDOW before it: the articles of a chunk may lie further apart, as those of
    an archive do.
    """

    def __init__(self, tx: Tx, entries: Sequence[Entry]) -> None:
        bands = list(dict.fromkeys(band for entry in entries for band in entry.bands))
        shared: dict[str, list[int]] = {}
        if bands:
            moments = [entry.article.first_seen_at for entry in entries]
            shared = stories.sharing(tx, bands, min(moments) - STORY_WINDOW, max(moments) + STORY_WINDOW)
        self._near: list[list[tuple[int, int]]] = []  # (bands shared, id), most and newest first
        for entry in entries:
            often = Counter(id for band in entry.bands for id in shared.get(band, ()))
            ranked = ((number, id) for id, number in often.items())
            self._near.append(heapq.nlargest(NEAREST, ranked))
        wanted = sorted({id for some in self._near for _, id in some})
        self._stored = stories.candidates(tx, wanted)
        self._entries = entries
        self._under: dict[str, list[int]] = defaultdict(list)  # band -> numbers of those placed already
        self._places: list[Place] = []

    def place(self) -> Place:
        """Where the next article belongs."""
        number = len(self._places)
        entry = self._entries[number]
        companies = frozenset(entry.article.named)
        best, found = STORY_THRESHOLD, Place(voice=entry.voice)
        for signature, named, place in self._nearest(number):
            if not guards.companies(companies, named):
                alike = identity.similarity(entry.signature, signature)
                if alike >= best:
                    best, found = alike, place
                    if alike == 1:
                        break
        self._places.append(found)
        for band in entry.bands:
            self._under[band].append(number)
        return found

    def _nearest(self, number: int) -> Iterator[tuple[Sequence[int], frozenset[str], Place]]:
        """What an article is compared with: signature, companies, and where what repeats it belongs."""
        entry = self._entries[number]
        oldest = entry.article.first_seen_at - STORY_WINDOW
        mates = Counter(mate for band in entry.bands for mate in self._under[band])
        ranked = [(often, False, id) for often, id in self._near[number]]
        ranked += [(often, True, mate) for mate, often in mates.items()]
        for _, new, id in heapq.nlargest(NEAREST, ranked):
            if new:
                mate = self._entries[id]
                if mate.article.first_seen_at >= oldest:
                    yield mate.signature, frozenset(mate.article.named), self._following(id)
            elif (one := self._stored.get(id)) is not None and one.seen_at >= oldest:
                yield one.signature, one.companies, Place(one.story_id, one.block_id, one.voice)

    def _following(self, number: int) -> Place:
        """Where an article of these belongs, for one that repeats it."""
        place = self._places[number]
        if place.story_id or place.follows is not None:
            return place
        return Place(voice=place.voice, follows=number)
