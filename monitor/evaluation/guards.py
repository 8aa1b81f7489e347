"""Guards of the gate: harm that a comparison over all texts hides.

In each language, in each sentiment (its recall), in topics, towards companies, in calibration, in the
check-list and each of its capabilities, both models are compared by a paired test on blocks of texts (a
block is a group of near-duplicates). Enters: their predictions for the gold texts, their outcomes on the
check-list. Leaves: a `Guard` for each. One refuses (is "harmed") where its test shows harm at a level
corrected for all of them (Holm) and the fall is more than `max_drop`; where even the clearest result could
not show it, it is "few": too few to tell, and refuses nothing.

Readers err, and that is no harm. Of the texts read as a rare sentiment some are of the frequent one: a model
that tells these apart better is "wrong" on them. Where a share `error` of the labels is wrong, a recall is
lost by chance as often as the models differ so on the other texts; and a confidence is what the reading is
likely to say, not the truth.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from monitor.evaluation import metrics
from monitor.evaluation.checklist import Outcome
from monitor.evaluation.paired import by_block, holm, kept, sign_test, swapped
from monitor.messages import Message
from monitor.records import SENTIMENTS, Example, Prediction, likeliest

CALIBRATED: Final = 100
"""Blocks of gold texts below which calibration is not compared."""
_DRAWS: Final = 1999

Behaviour = tuple[Sequence[Outcome], Sequence[Outcome]]
"""The champion's and the challenger's outcomes on the same cases of the check-list, in order."""


@dataclass(frozen=True, slots=True)
class Guard:
    """One thing that may not be harmed: its shares before (champion) and after (challenger), in [0, 1],
    on how many texts or cases the models `differ`, the p-value of harm, and `state`: "fine", "harmed", or
    "few" where there are too few to tell."""

    name: str  # language:zh, recall:negative, topics, company, calibration, behaviour, capability:negation
    before: float
    after: float
    differ: int
    p: float
    state: str = "fine"

    def told(self) -> Message:
        """The guard's finding as a sentence."""
        values = {"before": self.before, "after": self.after, "p": self.p, "n": self.differ}
        key = {"fine": "gate.fine", "harmed": "gate.harm", "few": "gate.few"}[self.state]
        return Message(key, what=_what(self.name), **values)


def block(example: Example) -> str:
    """What joins an example with its near-duplicates."""
    return example.group or example.text


def guarded(
    champion: Sequence[Prediction],
    challenger: Sequence[Prediction],
    gold: Sequence[Example],
    languages: Sequence[str] = (),
    behaviour: Behaviour | None = None,
    *,
    max_drop: float,
    level: float,
    error: float = 0.0,
    seed: int = 0,
) -> tuple[Guard, ...]:
    """The guards with their states, of which any is wrongly "harmed" with probability at most `level`, where
    a share `error` of the labels is wrong, either of two other classes alike. `languages` are the gold
    texts', "" where it is unknown; () for no guards of them."""
    guards = list(_guards(champion, challenger, gold, languages, behaviour, error, seed))
    rejected = holm([one.p for one in guards], level)
    found = []
    for one, sure in zip(guards, rejected, strict=True):
        clearest = 0.0 if one.name == "calibration" else 0.5**one.differ
        if sure and one.before - one.after > max_drop + 1e-9:
            state = "harmed"
        else:
            state = "few" if one.differ == 0 or clearest > level / len(guards) else "fine"
        found.append(replace(one, state=state))
    return tuple(found)


def _guards(
    champion: Sequence[Prediction],
    challenger: Sequence[Prediction],
    gold: Sequence[Example],
    languages: Sequence[str],
    behaviour: Behaviour | None,
    error: float,
    seed: int,
) -> Iterator[Guard]:
    blocks = [block(example) for example in gold]

    def right(predictions: Sequence[Prediction], rows: Sequence[int]) -> NDArray[np.float64]:
        return np.array([predictions[i].label == gold[i].sentiment for i in rows], float)

    def guard(name: str, rows: Sequence[int]) -> Guard:
        old, new = right(champion, rows), right(challenger, rows)
        return _signed(name, old, new, [blocks[i] for i in rows])

    judged = [i for i, example in enumerate(gold) if example.sentiment is not None]
    for language in sorted(set(languages) - {""}):
        if rows := [i for i in judged if languages[i] == language]:
            yield guard(f"language:{language}", rows)
    for sentiment in SENTIMENTS:
        if rows := [i for i in judged if gold[i].sentiment == sentiment]:
            others = [i for i in judged if gold[i].sentiment != sentiment]
            found = guard(f"recall:{sentiment}", rows)
            lost, gained = (
                sum(one[i].label == sentiment != other[i].label for i in others)
                for one, other in ((champion, challenger), (challenger, champion))
            )
            # A wrong reading is this class in one of two; so many of the others' differences are among them.
            share = min(error / 2, len(rows) / max(len(others), 1))
            yield _misread(found, len(rows), share * (lost - gained))
    topics = [(i, example.topics) for i, example in enumerate(gold) if example.topics]
    if topics:
        old, new = (
            np.array([_best(one[i].topics) in wanted for i, wanted in topics], float)
            for one in (champion, challenger)
        )
        yield _signed("topics", old, new, [blocks[i] for i, _ in topics])
    pairs = [(i, id, label) for i, example in enumerate(gold) for id, label in example.companies]
    if pairs:
        old, new = (
            np.array([likeliest(one[i].towards(id)) == label for i, id, label in pairs], float)
            for one in (champion, challenger)
        )
        yield _signed("company", old, new, [blocks[i] for i, _, _ in pairs])
    if judged:
        yield _calibration(champion, challenger, gold, judged, [blocks[i] for i in judged], error, seed)
    if behaviour:
        yield from _behaviours(*behaviour)


def _signed(
    name: str, old: NDArray[np.float64], new: NDArray[np.float64], blocks: Sequence[Hashable]
) -> Guard:
    gained, lost = by_block(new - old, blocks)
    return Guard(name, float(old.mean()), float(new.mean()), gained + lost, sign_test(lost, gained))


def _misread(found: Guard, rows: int, lean: float) -> Guard:
    """The guard of a recall on so many rows where wrong readings alone lose it `lean` rows more often than
    they gain it."""
    if lean <= 0 or not found.differ:
        return found
    lost = round((found.differ + rows * (found.before - found.after)) / 2)
    chance = min(0.5 + lean / (2 * found.differ), 1.0)
    return replace(found, p=sign_test(lost, found.differ - lost, chance))


def _calibration(
    champion: Sequence[Prediction],
    challenger: Sequence[Prediction],
    gold: Sequence[Example],
    rows: Sequence[int],
    blocks: Sequence[Hashable],
    wrong: float,
    seed: int,
) -> Guard:
    """1 minus the overconfidence of both; too few to tell under CALIBRATED blocks."""
    old, new = (
        np.array([
            (kept(wrong) * max(one[i].sentiment.values()) + wrong / 2, one[i].label == gold[i].sentiment)
            for i in rows
        ], float)
        for one in (champion, challenger)
    )  # fmt: skip

    def error(table: NDArray[Any]) -> float:
        return metrics.overconfidence(table[:, 0], table[:, 1] > 0)

    enough = len(set(blocks)) >= CALIBRATED
    rng = np.random.default_rng(seed)
    p = swapped(old, new, blocks, error, rng, _DRAWS) if enough else 1.0
    return Guard("calibration", 1 - error(old), 1 - error(new), len(set(blocks)) if enough else 0, p)


def _behaviours(champion: Sequence[Outcome], challenger: Sequence[Outcome]) -> Iterator[Guard]:
    old, new = (np.array([one.passed for one in side], float) for side in (champion, challenger))
    if not len(old):
        return
    rows = np.arange(len(old))
    yield _signed("behaviour", old, new, rows.tolist())
    capabilities = np.array([one.case.capability for one in champion])
    for capability in sorted(set(capabilities.tolist())):
        some = rows[capabilities == capability]
        yield _signed(f"capability:{capability}", old[some], new[some], some.tolist())


def _what(name: str) -> Message:
    kind, _, which = name.partition(":")
    if kind == "recall":
        return Message("gate.what.recall", sentiment=Message(f"sentiment.{which}"))
    return Message(f"gate.what.{kind}", **({kind: which} if which else {}))


def _best(topics: Mapping[str, float]) -> str:
    return likeliest(topics) if topics else ""
