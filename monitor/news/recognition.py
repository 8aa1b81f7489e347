"""What an item on its way in is to the store: known, edited or new, and whose story it tells.

The laws are `monitor.news.identity`'s; here they meet what is stored.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from monitor.news import identity
from monitor.news.identity import STORY_THRESHOLD, STORY_WINDOW
from monitor.news.stories import guards
from monitor.records import Article
from monitor.store import Tx, known, stories


@dataclass(frozen=True, slots=True)
class Entry:
    """An item on its way in, with everything that can be computed without the store."""

    article: Article
    exact_key: str
    stated_at: datetime | None
    signature: list[int]
    bands: list[str]


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
    """Finds the stories that new articles belong to: those of recent texts that are the same, stored or new."""

    def __init__(self, tx: Tx, entries: Sequence[Entry]) -> None:
        bands = [band for entry in entries for band in entry.bands]
        found: dict[int, stories.Candidate] = {}
        if bands:
            since = min(entry.article.first_seen_at for entry in entries) - STORY_WINDOW
            found = stories.candidates(tx, list(dict.fromkeys(bands)), since)
        recent = [one for one in found.values() if one.signature]
        self._known = [(one.signature, one.companies) for one in recent]
        self._places: list[tuple[int, int | None]] = [(one.story_id, None) for one in recent]
        self._hashes = np.zeros((len(recent) + len(entries), identity.HASHES), dtype=np.uint64)
        if recent:
            self._hashes[: len(recent)] = [one.signature[: identity.HASHES] for one in recent]
        self._number = 0  # of the next article

    def place(self, signature: Sequence[int], companies: frozenset[str]) -> tuple[int, int | None]:
        """Where the next article belongs, which names these companies (ids): (stored story, None), (0, number
        of the article before it that it follows), or (0, None) for a story of its own."""
        number = self._number
        self._number += 1
        if not signature:
            return 0, None
        hashes = np.asarray(signature[: identity.HASHES], dtype=np.uint64)
        equal = np.count_nonzero(self._hashes[: len(self._places)] == hashes, axis=1)
        place: tuple[int, int | None] = (0, None)
        alike = np.flatnonzero(equal >= STORY_THRESHOLD * identity.HASHES)
        for row in alike[np.argsort(-equal[alike], kind="stable")]:
            known, named = self._known[row]
            if not guards.companies(companies, named) and not identity.apart(signature, known):
                place = self._places[row]
                break
        self._hashes[len(self._places)] = hashes
        self._known.append((signature, companies))
        self._places.append((0, number) if place == (0, None) else place)
        return place
