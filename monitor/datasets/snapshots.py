"""A data set to learn from: labels and file examples, split and frozen.

What is gold is said and never drawn here: audits, which were drawn from everything, and files that are
declared gold. A share of whatever was labelled would mostly hold what some model was unsure of.

A split must keep three promises: an example never changes sides, whatever is labelled
later; near-duplicates never stand on both sides; and the same examples give the same
snapshot. So development is drawn from a hash of the example's group alone, and whatever
resembles a gold example is left out of the others.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence

from monitor.news import identity
from monitor.records import Article, Example, Label, Snapshot

DEVELOPMENT_SHARE = 0.15
"""Of the groups to learn from: kept for early stopping and calibration."""
ANALYSTS = "analysts"
"""The `origin` of examples that analysts labelled."""


def from_labels(labelled: Iterable[tuple[Label, Article]]) -> list[Example]:
    """One example per content: of several labels the newest counts, by id where the time is
    the same. The group is the article's block, which it keeps whatever becomes of its story. Companies
    are those that the label judges by themselves; of an article that mentions one company, the
    label is the sentiment towards it too."""
    newest: dict[str, tuple[Label, Article]] = {}
    for label, article in labelled:
        key = article.content_hash
        if key not in newest or (label.created_at, label.id) > (newest[key][0].created_at, newest[key][0].id):
            newest[key] = (label, article)
    return [
        Example(
            article.content,
            label.sentiment,
            label.topics,
            ANALYSTS,
            group=f"block {article.block_id}",
            companies=towards(article, label),
        )
        for label, article in newest.values()
        if article.content.strip()
    ]


def towards(article: Article, label: Label) -> tuple[tuple[str, str], ...]:
    """What a label says of the companies an article names, by the names that stand in it: what it judged by
    themselves; else of the only one, the same as of the article."""
    named = article.named
    judged = tuple((named[id], towards) for id, towards in label.companies.items() if id in named)
    if judged or len(named) != 1:
        return judged
    return ((next(iter(named.values())), label.sentiment),)


def build(examples: Sequence[Example], gold: Sequence[Example] = ()) -> Snapshot:
    """Split `examples` into development and training, beside what is `gold`.

    An example without a group is a group of its own text; DEVELOPMENT_SHARE of the groups are
    development. What is held out wins: an example in the group of a gold one, or a near-duplicate of it,
    is dropped, and a training one that is of a development one. Of several examples with the same text
    the first counts. The order of `examples` does not change the snapshot's id.
    """
    judges, learners = _distinct(gold), _distinct(examples)
    known, groups = _Known(one.text for one in judges), {one.group for one in judges if one.group}
    learners = [one for one in learners if one.group not in groups and not known.has(one.text)]
    development = [one for one in learners if side(one) == "development"]
    held = _Known(example.text for example in development)
    train = [one for one in learners if side(one) == "train" and not held.has(one.text)]
    content = [[_canonical(one) for one in some] for some in (train, development, judges)]
    digest = hashlib.sha256(json.dumps(content).encode()).hexdigest()
    return Snapshot(digest, tuple(train), tuple(development), tuple(judges))


def side(example: Example) -> str:
    """ "development" or "train": a function of the example's group and nothing else."""
    group = example.group or hashlib.sha256(example.text.encode("utf-8", "surrogatepass")).hexdigest()
    return "development" if _draw("development", group) < DEVELOPMENT_SHARE else "train"


def _distinct(examples: Sequence[Example]) -> list[Example]:
    return sorted({example.text: example for example in reversed(examples)}.values(), key=_canonical)


def counts(snapshot: Snapshot) -> dict[str, dict[str, int]]:
    """How many examples each side holds, in all and by origin."""
    found: dict[str, dict[str, int]] = {}
    sides = (("train", snapshot.train), ("development", snapshot.development), ("gold", snapshot.gold))
    for name, some in sides:
        found[name] = {"all": len(some)}
        for example in some:
            found[name][example.origin] = found[name].get(example.origin, 0) + 1
    return found


class _Known:
    """Texts, asked for near-duplicates by MinHash bands and confirmed by similarity."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._signatures: list[list[int]] = []
        self._bands: dict[str, list[int]] = {}
        for number, text in enumerate(texts):
            signature = identity.signature(text)
            self._signatures.append(signature)
            for band in identity.bands(signature):
                self._bands.setdefault(band, []).append(number)

    def has(self, text: str) -> bool:
        if not self._signatures:
            return False
        signature = identity.signature(text)
        candidates = {number for band in identity.bands(signature) for number in self._bands.get(band, ())}
        return any(
            identity.resemblance(signature, self._signatures[number]) >= identity.STORY_THRESHOLD
            for number in candidates
        )


def _draw(purpose: str, group: str) -> float:
    digest = hashlib.sha256(f"{purpose}:{group}".encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:6], "big") / 2**48


def _canonical(example: Example) -> str:
    return json.dumps(
        [
            example.text,
            example.sentiment,
            example.topics,
            example.origin,
            example.group,
            example.weight,
            example.companies,
        ]
    )
