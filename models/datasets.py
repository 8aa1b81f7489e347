"""The public data sets the shipped model is fitted on, as examples in groups.

The files are not part of the project (their licences differ); a folder holding them is
named on the command line. Financial PhraseBank and FiQA are never read here: their
licences do not allow a shipped model.
"""

from __future__ import annotations

import csv
import hashlib
import json
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from monitor import SENTIMENTS, Example, Snapshot

DEVELOPMENT_SHARE = 0.10
SAME_TEXT = 0.7  # Jaccard similarity of character 3-grams from which two texts are near-duplicates


@dataclass(frozen=True, slots=True)
class DataSet:
    """A public data set: where it lies in the data folder and what its card must say of it."""

    name: str
    file: str
    language: str
    title: str
    licence: str
    balance: bool = False  # weight classes by the inverse square root of their frequency
    repeats: tuple[float, ...] = (1.0, 1.0, 1.0)  # how often each stage of `models/train.py` shows each text


DATA_SETS: tuple[DataSet, ...] = (
    DataSet(
        "tfns",
        "sentiment/tfns_train.csv",
        "en",
        "Twitter Financial News Sentiment (zeroshot/twitter-financial-news-sentiment)",
        "MIT",
        balance=True,
        repeats=(3, 2, 1.5),
    ),
    DataSet(
        "finfe",
        "sentiment/finfe_zh_train.csv",
        "zh",
        "FinFE, stock-forum posts (FinCUGE)",
        "none stated",
        balance=True,
        repeats=(3, 1.5, 1.8),
    ),
    DataSet(
        "headlines",
        "sentiment/headlines_zh_train.csv",
        "zh",
        "Chinese company headlines 2016-2019, positive and negative only",
        "none stated",
        repeats=(1, 0.5, 0.3),
    ),
    DataSet(
        "sentfin",
        "entities/sentfin_train.csv",
        "en",
        "SEntFiN 1.1, headlines and the sentiment towards each company in them",
        "MIT",
        repeats=(3, 2.5, 1.8),
    ),
    DataSet(
        "cfsc",
        "entities/cfsc_zh_train.csv",
        "zh",
        "CFSC-ABSA, news texts and the sentiment towards each company in them",
        "none stated",
        repeats=(1.5, 2, 0.6),
    ),
    DataSet(
        "negative_entity",
        "entities/negative_entity_zh_train.csv",
        "zh",
        "Negative financial news and the companies it is about: negative, or not negative",
        "none stated",
        repeats=(1, 2, 0.4),
    ),
    DataSet(
        "tfn_topic",
        "topics/tfn_topic_train.csv",
        "en",
        "Twitter Financial News Topic (zeroshot/twitter-financial-news-topic), mapped to our topics",
        "MIT",
        repeats=(2, 0.6, 0.6),
    ),
    DataSet(
        "finnl",
        "topics/finnl_zh_train.csv",
        "zh",
        "FinNL (FinCUGE), mapped to our topics",
        "none stated",
        repeats=(2, 0.6, 0.6),
    ),
)

UNLABELLED: tuple[DataSet, ...] = (
    DataSet(
        "finviz",
        "streams/finviz_us.csv",
        "en",
        "Headlines about US companies, 2022-2023, without labels",
        "none stated",
    ),
    DataSet(
        "bbc",
        "streams/bbc_business_rss.csv",
        "en",
        "Items of the BBC's business feed, without labels",
        "none stated",
    ),
    DataSet(
        "astock",
        "streams/astock_zh.csv",
        "zh",
        "Telegraph news about Chinese companies, without labels",
        "none stated",
    ),
)

_MAPPINGS = {"tfn_topic": "from_tfn", "finnl": "from_finnl"}


def read_topics(data: Path) -> tuple[tuple[str, ...], dict[str, frozenset[str]]]:
    """The topic names, in order, and for each topic data set those its annotators chose from."""
    taxonomy = json.loads((data / "topics" / "taxonomy.json").read_text(encoding="utf-8"))
    names = tuple(topic["name"] for topic in taxonomy["topics"])
    judged = {name: frozenset(taxonomy[key].values()) for name, key in _MAPPINGS.items()}
    return names, judged


def read_examples(data: Path) -> list[Example]:
    """Every example of every set, grouped by near-duplicate text and weighted.

    A text whose companies fare differently has no sentiment of its own, only theirs. What is
    only known not to be negative has the sentiment ``!negative``.
    """
    examples = [example for one in DATA_SETS for example in _weigh(one, _read(one, data))]
    groups = group([example.text for example in examples])
    return [replace(example, group=name) for example, name in zip(examples, groups, strict=True)]


def read_unlabelled(data: Path) -> list[Example]:
    """Texts of which nothing is known, none twice."""
    rows = (row for one in UNLABELLED for row in _rows(data / one.file))
    texts = (". ".join(part for part in (row["text"], row.get("body")) if part) for row in rows)
    return [Example(text) for text in dict.fromkeys(texts) if text.strip()]


def split(examples: Sequence[Example], share: float = DEVELOPMENT_SHARE, salt: str = "") -> Snapshot:
    """Divide by group: a group falls to development by the hash of its name, so that the
    same text is on the same side whatever else is in the data. Another `salt` divides otherwise."""
    train: list[Example] = []
    development: list[Example] = []
    for example in examples:
        draw = int(hashlib.sha256(f"{salt}{example.group}".encode()).hexdigest()[:8], 16) / 2**32
        (development if draw < share else train).append(example)
    content = "\n".join(
        json.dumps([e.origin, e.text, e.sentiment, e.topics, e.group, e.companies], ensure_ascii=False)
        for e in examples
    )
    return Snapshot(
        id=hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest(),
        train=train,
        development=development,
    )


def _rows(file: Path) -> list[dict[str, str]]:
    csv.field_size_limit(1 << 24)
    with file.open(encoding="utf-8", newline="") as opened:
        return list(csv.DictReader(opened))


def _read(one: DataSet, data: Path) -> list[Example]:
    rows = _rows(data / one.file)
    if one.name in _MAPPINGS:
        return [
            Example(text, topics=tuple(sorted({topic for row in same for topic in row["topics"].split("|")})))
            for text, same in _by_text(rows).items()
        ]
    found = []
    for text, same in _by_text(rows).items():
        labels = {row["label"] for row in same}
        label = labels.pop() if len(labels) == 1 else None
        if label not in (*SENTIMENTS, None):
            label = "!negative"
        companies = _companies(same) if one.file.startswith("entities/") else ()
        if label is not None or companies:
            found.append(Example(text, sentiment=label, companies=companies))
    return found


def _companies(rows: Iterable[Mapping[str, str]]) -> tuple[tuple[str, str], ...]:
    """The companies of one text and the sentiment towards each; those given several are left out.

    A row with a ``key_entity`` column names all its companies at once, and in that column those
    the text is negative about.
    """
    found: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        if "key_entity" in row:
            guilty = set(row["key_entity"].split(";"))
            for name in row["entity"].split(";"):
                found[name].add("negative" if name in guilty else "!negative")
        else:
            found[row["entity"]].add(row["label"])
    return tuple((name, labels.pop()) for name, labels in found.items() if name.strip() and len(labels) == 1)


def repeat(examples: Sequence[Example], stage: int) -> list[Example]:
    """What one epoch of a stage (0 to 2) shows: each set's texts as often as the set says, a fraction of
    a time by the text's hash."""
    times = {one.name: one.repeats[stage] for one in DATA_SETS}
    shown = []
    for example in examples:
        whole, part = divmod(times[example.origin], 1)
        draw = int(hashlib.sha256(example.text.encode("utf-8", "surrogatepass")).hexdigest()[-8:], 16)
        shown += [example] * (int(whole) + (draw / 2**32 < part))
    return shown


def _by_text(rows: Iterable[Mapping[str, str]]) -> dict[str, list[Mapping[str, str]]]:
    texts: dict[str, list[Mapping[str, str]]] = defaultdict(list)
    for row in rows:
        if row["text"].strip():
            texts[row["text"]].append(row)
    return texts


def _weigh(one: DataSet, examples: Sequence[Example]) -> list[Example]:
    counts = Counter(example.sentiment for example in examples)
    weights = {label: count**-0.5 if one.balance else 1.0 for label, count in counts.items()}
    mean = sum(weights[label] * count for label, count in counts.items()) / max(len(examples), 1)
    return [replace(e, origin=one.name, weight=weights[e.sentiment] / mean) for e in examples]


# --- near-duplicates --------------------------------------------------------------------

_NOISE = re.compile(r"https?://[!-~]+|\$[A-Za-z.]+|\d+|[\W_]+")
_BANDS, _ROWS = 16, 4


def group(texts: Sequence[str]) -> list[str]:
    """A name per text; texts have the same name if near-duplicates chain them together.

    Candidates come from MinHash signatures in bands (Broder 1997; Leskovec et al., Mining of
    Massive Datasets, 3.4), and are confirmed by the Jaccard similarity of the character
    3-grams left once links, tickers, digits and punctuation are removed. A group's name
    is the smallest text hash in it.
    """
    parents = list(range(len(texts)))

    def root(i: int) -> int:
        while parents[i] != i:
            parents[i] = parents[parents[i]]
            i = parents[i]
        return i

    rng = np.random.default_rng(0)
    factors = rng.integers(1, 2**31, _BANDS * _ROWS, dtype=np.uint64) * np.uint64(2) + np.uint64(1)
    shifts = rng.integers(0, 2**31, _BANDS * _ROWS, dtype=np.uint64)
    grams = [_grams(text) for text in texts]
    buckets: dict[bytes, list[int]] = {}
    for i, found in enumerate(grams):
        mixed = (found[:, None] * factors + shifts) & np.uint64(0xFFFFFFFF)
        signature = mixed.min(axis=0).astype("<u4").reshape(_BANDS, _ROWS)
        for band, key in enumerate(signature):
            members = buckets.setdefault(bytes([band]) + key.tobytes(), [])
            for other in members:
                if root(other) != root(i) and _jaccard(found, grams[other]) >= SAME_TEXT:
                    parents[root(i)] = root(other)
            if len(members) < 40:
                members.append(i)
    hashes = [hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16] for text in texts]
    names: dict[int, str] = {}
    for i, own in enumerate(hashes):
        names[root(i)] = min(own, names.get(root(i), own))
    return [names[root(i)] for i in range(len(texts))]


def _grams(text: str) -> np.ndarray:
    """Distinct character 3-grams of the text's first 400 characters, as 32-bit hashes."""
    kept = _NOISE.sub("", unicodedata.normalize("NFKC", text[:400]).lower())
    if len(kept) < 3:
        kept = text[:400].ljust(3)
    codes = np.frombuffer(kept.encode("utf-32-le", "surrogatepass"), dtype="<u4").astype(np.uint64)
    mixed = codes[:-2] * np.uint64(0x9E3779B1) ^ codes[1:-1] * np.uint64(0x85EBCA77) ^ codes[2:]
    return np.unique((mixed * np.uint64(0xC2B2AE3D27D4EB4F)) >> np.uint64(32))


def _jaccard(a: np.ndarray, b: np.ndarray) -> float:
    both = len(np.intersect1d(a, b, assume_unique=True))
    return both / (len(a) + len(b) - both)
