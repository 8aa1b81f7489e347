"""Which items are the same article, and which articles tell the same story.

Within a source, publishers name their items badly: ids are missing, repeated on every
item, reused for other news, or new at every fetch. Two keys are therefore made of an item
and compared in turn by the pipeline: what the source says identifies it (`keys`), and all
that it contains (`exact_key`). Where they disagree the item is kept: a copy too many
joins the story of its twin, an article dropped is lost.

Across sources, near-duplicates are found by MinHash (Broder 1997, "On the resemblance and
containment of documents") over character shingles, which need no word boundaries and so
work in Chinese, with banding (Leskovec, Rajaraman, Ullman, "Mining of Massive Datasets",
section 3.4) so that a look-up touches only likely candidates. Notices of one form resemble each other
whatever they announce, so a signature also holds what its headline is made of
(`monitor.news.stories.facts`), and two headlines that each say what the other does not are kept apart.
"""

from __future__ import annotations

import hashlib
import re
import zlib
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from monitor.news import masking
from monitor.news.normalize import content_hash
from monitor.news.stories import facts, vocabulary
from monitor.news.urls import canonical_url
from monitor.records import Article, Item

STORY_THRESHOLD = 0.7
"""Estimated Jaccard similarity of shingles from which two articles tell one story."""
STORY_WINDOW = timedelta(days=3)
"""How far back an article looks for its story."""
SAME_ITEM_OVERLAP = 0.35
"""Share of the shorter text's shingles that an edited version keeps."""

HASHES = 64
"""Numbers of a signature that estimate how far two texts resemble each other."""
APART = 0.5
"""The most that `similarity` says of texts that resemble each other and tell different news."""

_ROWS = 4  # 16 bands of 4: finds a pair at 0.7 with probability 0.99, at 0.3 with 0.12
_CHARACTERS = 6_000  # a story is told in its beginning; bounds the cost of a long text
_SIDES = 1024
_AXES = {axis: place for place, axis in enumerate(vocabulary.AXES)}
_DENIED = _SIDES - 2
_LATIN_WIDTH = 5
_HAN_WIDTH = 3


# --- the same item of one source ------------------------------------------------------------


def keys(items: Sequence[Item]) -> list[str]:
    """One identity key (SHA-256, hex) per item of a document, in its order.

    The item's guid, else its address, else its content; a guid or an address in which something was
    masked may be that of several items and is passed over. Where items that differ share a key, each
    gets its `exact_key` instead. Equal keys therefore mean equal items.
    """
    stated = [_stated_key(item) for item in items]
    exact = [exact_key(item) for item in items]
    different = Counter(key for key, _ in set(zip(stated, exact, strict=True)))
    return [key if different[key] == 1 else whole for key, whole in zip(stated, exact, strict=True)]


def exact_key(item: Item) -> str:
    """Identity key made of everything that tells an item from others but its time."""
    return _digest("exact", item.guid, item.url, item.title, item.text)


def _stated_key(item: Item) -> str:
    if item.guid.strip() and not masking.holds_mask(item.guid):
        return _digest("guid", item.guid.strip())
    if item.url.strip() and not masking.holds_mask(item.url):
        # The fragment stays: pages list several items under "#1", "#2".
        address, _, fragment = item.url.strip().partition("#")
        return _digest("url", canonical_url(address) or address, fragment)
    return _digest("content", item.title, item.text)


def _digest(*parts: str) -> str:
    framed = "".join(f"{len(part)}:{part}" for part in parts)
    return hashlib.sha256(framed.encode("utf-8", "surrogatepass")).hexdigest()


def same_item(old: Article, new: Article) -> bool:
    """Whether `new`, under the same guid or address as `old`, is `old` edited.

    Otherwise the source has reused the key for other news. An edit keeps the text or the
    title with its time, or a good part of the wording. Of an article whose text retention took, the time is
    enough: its wording is not known any more.
    """
    if old.content_hash == new.content_hash:
        return True
    same_time = old.published_at == new.published_at
    if same_time and ((old.title and old.title == new.title) or (old.text and old.text == new.text)):
        return True
    if same_time and not old.text and content_hash(old.content) != old.content_hash:
        return True
    before, after = _shingles(old.content), _shingles(new.content)
    shorter = min(len(before), len(after))
    if not shorter:
        return same_time
    return len(np.intersect1d(before, after, assume_unique=True)) >= SAME_ITEM_OVERLAP * shorter


# --- the same text ---------------------------------------------------------------------------


_SAME_MARKS = str.maketrans(
    {
        **dict.fromkeys("\u201c\u201d\u201e\u00ab\u00bb\u300c\u300d\u300e\u300f", '"'),
        **dict.fromkeys("\u2018\u2019\u201a\u2032", "'"),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"),
        **{"\uff0c": ",", "\u3002": ".", "\uff1a": ":", "\uff1b": ";", "\uff08": "(", "\uff09": ")"},
        **{"\uff01": "!", "\uff1f": "?", "\u3001": ",", "\u2026": "..."},
    }
)
_LOOSE = re.compile(r"\s+|\.+(?=\s*$)")


def text_key(content: str) -> str:
    """What makes a text the same to whoever judges it (SHA-256, hex): its words, numbers and marks in their
    order. Case, white space, the shape of quotes, dashes and full-width marks, and a full stop at the end
    change nothing of what it says; every other edit may."""
    words = _LOOSE.sub(" ", content.translate(_SAME_MARKS).casefold())
    return _digest("text", " ".join(words.split()))


# --- the same story -------------------------------------------------------------------------


def signature(content: str) -> list[int]:
    """What a text is compared by: 64 MinHash numbers below 2^32, then 1 where it is a headline and nothing
    more, else 0, then what its headline is made of, ascending; [] where there is no letter.

    Of the headline, numbers below 1024 are sides (`vocabulary.AXES`: an even one and the odd one after it
    are opposites) and denials. Of the others, odd ones stand for digits and even ones for a word or a Chinese
    character.
    """
    shingles = _hashed(content)
    if not len(shingles):
        return []
    # Multiply-shift hashing (Dietzfelbinger et al. 1997) modulo 2^64.
    hashed = (shingles[:, None] * _FACTORS + _OFFSETS) >> np.uint64(32)
    line = facts.headline(content)
    alone = len(content.strip()) <= facts.HEADLINE and "\n" not in content.strip()
    return [*hashed.min(axis=0).tolist(), int(alone), *sorted(set(map(_token, facts.tokens(line))))]


def _token(token: tuple[str, str]) -> int:
    what, written = token
    if what == "denied":
        return _DENIED
    if what == "side":
        axis, _, side = written.partition(":")
        return 2 * _AXES[axis] + (side == "1")
    return _SIDES + 2 * zlib.crc32(written.encode("utf-8", "surrogatepass")) + (what == "digit")


def bands(signature: Sequence[int]) -> list[str]:
    """The keys under which a signature is looked up: similar articles share at least one, very likely."""
    return [
        f"{start // _ROWS}:{_short_digest(signature[start : start + _ROWS])}"
        for start in range(0, min(len(signature), HASHES), _ROWS)
    ]


def _short_digest(numbers: Sequence[int]) -> str:
    return hashlib.blake2b(repr(list(numbers)).encode(), digest_size=8).hexdigest()


def resemblance(first: Sequence[int], second: Sequence[int]) -> float:
    """Estimated Jaccard similarity of the shingles of two texts, 0 to 1, with a standard error of at most
    0.0625."""
    if not first or not second:
        return 0.0
    return sum(a == b for a, b in zip(first[:HASHES], second[:HASHES], strict=True)) / HASHES


def similarity(first: Sequence[int], second: Sequence[int]) -> float:
    """How far two texts are the same, 0 to 1: their `resemblance`, and below STORY_THRESHOLD where
    `apart`."""
    alike = resemblance(first, second)
    return min(alike, APART) if alike > APART and apart(first, second) else alike


def apart(first: Sequence[int], second: Sequence[int]) -> bool:
    """Whether the headlines of two texts that resemble each other tell different news; symmetric.

    Of two headlines without a text, each has a word, a character or a number that the other lacks, or one
    takes a side or denies something and the other does not: a reprint adds or leaves out, it does not
    replace. Texts with a body may have got another headline, and its figures are brought up to date; they
    are told apart by opposite sides, and by words replaced in headlines that are otherwise mostly the same.
    """
    mine, theirs = set(first[HASHES + 1 :]), set(second[HASHES + 1 :])
    only, other = mine - theirs, theirs - mine
    if first[HASHES] and second[HASHES]:
        return bool(only and other) or any(token < _SIDES for token in only | other)
    if any(token ^ 1 in other for token in only if token < _SIDES):
        return True
    replaced = all(any(not token % 2 for token in some) for some in (only, other))
    return replaced and 2 * len(mine & theirs) >= len(mine | theirs)


_NOT_WORD = re.compile(r"[\W_]+")
_HAN = re.compile(r"[\u3041-\u30ff\u3400-\u9fff\uac00-\ud7a3]")


def _shingles(content: str) -> NDArray[np.uint64]:
    """The distinct ones among `_hashed`, ascending."""
    return np.unique(_hashed(content))


def _hashed(content: str) -> NDArray[np.uint64]:
    """Hashes of a text's overlapping character n-grams, case and punctuation aside: five letters of Latin
    text, three characters of Chinese."""
    folded = _NOT_WORD.sub(" ", content[:_CHARACTERS].lower()).strip()
    if not folded:
        return np.empty(0, dtype=np.uint64)
    width = _HAN_WIDTH if len(_HAN.findall(folded)) * 3 > len(folded) else _LATIN_WIDTH
    codes = np.frombuffer(folded.encode("utf-32-le", "surrogatepass"), dtype=np.uint32).astype(np.uint64)
    if len(codes) < width:
        codes = np.concatenate([codes, np.zeros(width - len(codes), dtype=np.uint64)])
    number = len(codes) - width + 1
    hashed = np.zeros(number, dtype=np.uint64)
    for column in range(width):
        hashed ^= codes[column : column + number]
        hashed *= _PRIME
        hashed ^= hashed >> _SHIFT
    return hashed


def _constants(name: str) -> NDArray[np.uint64]:
    """Fixed 64-bit numbers: stored signatures must mean the same in every version of NumPy."""
    digests = (hashlib.blake2b(f"{name} {i}".encode(), digest_size=8).digest() for i in range(HASHES))
    return np.frombuffer(b"".join(digests), dtype="<u8").astype(np.uint64)


_PRIME = np.uint64(0x9E3779B97F4A7C15)
_SHIFT = np.uint64(29)
_FACTORS = _constants("factor") | np.uint64(1)
_OFFSETS = _constants("offset")
