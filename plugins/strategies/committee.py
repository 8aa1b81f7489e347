"""Query strategies that ask a committee: where its members differ, a label decides between them.

`members` are probabilities of M models (the monitor fits heads on bootstraps of the labelled vectors, or
drops out parts of them). Query by committee (Seung et al. 1992) by vote entropy (Dagan and Engelson 1995)
or by the mean Kullback-Leibler divergence from the consensus (McCallum and Nigam 1998). BALD (Houlsby et
al. 2011, arXiv 1112.5745) is the mutual information between an article's label and which member is right.
BatchBALD (Kirsch et al. 2019, arXiv 1906.08158) is that of a whole batch, so that no two of it tell the same:
the joint of what was taken is held exactly up to CONFIGURATIONS label combinations, then sampled. What a
further article adds can only shrink as the batch grows, so most are never looked at again (Minoux 1978).
All in nats.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from monitor import Choice, Message, Pool
from monitor_plugins.strategies.ranking import Rows, Scores, Turns, chosen, chunks, lots, ranked
from monitor_plugins.strategies.uncertainty import entropy, sentiment

CONFIGURATIONS = 3**6
_BLOCK = 64
_TIE = 1e-3  # less than lies between two vote entropies, of up to a hundred members


def votes(members: Scores) -> NDArray[np.int64]:
    """(N, C): how many members hold each class for the likeliest."""
    _, rows, classes = members.shape
    counted = np.zeros((rows, classes), dtype=np.int64)
    for one in members:
        counted[np.arange(rows), one.argmax(axis=1)] += 1
    return counted


def vote_entropy(members: Scores) -> Scores:
    """The entropy of the members' votes."""
    return entropy(votes(members) / len(members))


def consensus_divergence(members: Scores) -> Scores:
    """The mean divergence of the members from their mean."""
    return mutual_information(members)


def mutual_information(members: Scores) -> Scores:
    """The entropy of the mean less the mean entropy: BALD's, and the same number as the mean divergence
    from the consensus."""
    found = np.empty(members.shape[1])
    for some in chunks(members.shape[1]):
        part = np.asarray(members[:, some], dtype=np.float64)
        inner = sum(entropy(one) for one in part) / len(part)
        found[some] = entropy(part.mean(axis=0)) - inner
    return found


def batch_bald(
    members: Scores, n: int, turns: Turns, drawn: Scores, rng: np.random.Generator
) -> tuple[Rows, Scores]:
    """`n` rows, each the one that adds most to the mutual information of the batch so far, and what it
    adds."""
    bound = np.nan_to_num(mutual_information(members), nan=-np.inf)
    inner = np.asarray([entropy(np.asarray(one, dtype=np.float64)) for one in members]).mean(axis=0)
    fresh = np.ones(len(bound), dtype=bool)
    joint: Scores = np.ones((len(members), 1))  # (M, configurations): of the taken rows' labels, by member
    weights: Scores = np.ones(1)  # how many configurations each stands for
    before = 0.0  # entropy of the labels taken so far
    rows: list[int] = []
    gains: list[float] = []
    while len(rows) < n:
        row = _best(bound, turns.free, drawn)
        if not fresh[row]:
            stale = np.flatnonzero(~fresh & turns.free)
            if len(stale) > _BLOCK:
                stale = stale[np.argpartition(-bound[stale], _BLOCK)[:_BLOCK]]
            block = np.union1d(stale, [row])
            added = _joint_entropy(joint, weights, members[:, block]) - before - inner[block]
            bound[block] = np.minimum(bound[block], np.nan_to_num(added, nan=-np.inf))
            fresh[block] = True
            continue
        rows.append(row)
        gains.append(float(bound[row]))
        turns.take(row)
        taken = np.asarray(members[:, row], dtype=np.float64)
        if np.isfinite(taken).all():
            joint, weights = _extended(joint, weights, taken, rng)
            before = _entropy_of(joint, weights)
        fresh[:] = False
    return np.asarray(rows, dtype=np.int64), np.asarray(gains)


def _best(bound: Scores, free: NDArray[np.bool_], drawn: Scores) -> int:
    among = np.flatnonzero(free)
    highest = among[bound[among] == bound[among].max()]
    return int(highest[drawn[highest].argmax()])


def _joint_entropy(joint: Scores, weights: Scores, members: Scores) -> Scores:
    """The entropy of the taken rows' labels together with that of each row of `members`: the mean over
    the configurations c, as `weights` have it, of -sum_y P(y | c) log P(c, y)."""
    block = np.asarray(members, dtype=np.float64)
    both = np.einsum("mc,mny->ncy", joint, block, optimize=True) / len(joint)
    mean = joint.mean(axis=0)[None, :, None]
    given = np.divide(both, mean, out=np.zeros_like(both), where=mean > 0)
    logs = np.log(np.where(both > 0, both, 1.0))
    found: Scores = -np.einsum("c,ncy,ncy->n", weights, given, logs, optimize=True)
    return found


def _entropy_of(joint: Scores, weights: Scores) -> float:
    mean = joint.mean(axis=0)
    return float(-(weights * np.log(np.where(mean > 0, mean, 1.0))).sum())


def _extended(joint: Scores, weights: Scores, row: Scores, rng: np.random.Generator) -> tuple[Scores, Scores]:
    """The joint with one row more, its configurations drawn where there would be too many. `weights` are
    the probabilities of the configurations, or what each of those drawn stands for."""
    wider = (joint[:, :, None] * row[:, None, :]).reshape(len(joint), -1)
    mean = wider.mean(axis=0)
    before = np.repeat(joint.mean(axis=0), row.shape[1])
    share = np.divide(mean, before, out=np.zeros_like(mean), where=before > 0)
    spread = np.repeat(weights, row.shape[1]) * share
    if wider.shape[1] <= CONFIGURATIONS:
        return wider, spread
    total = spread.sum()
    drawn = rng.choice(len(spread), CONFIGURATIONS, p=spread / total)
    return wider[:, drawn], np.full(CONFIGURATIONS, total / CONFIGURATIONS)


@dataclass
class Committee:
    """The articles on which a committee is most divided, by `disagreement`: ``vote`` (equal votes by the
    divergence) or ``consensus``."""

    disagreement: str = "vote"

    kind: ClassVar[str] = "committee"
    needs: ClassVar[Collection[str]] = ("members", "story")

    def __post_init__(self) -> None:
        if self.disagreement not in ("vote", "consensus"):
            raise ValueError(f"disagreement: expected 'vote' or 'consensus', found {self.disagreement!r}")

    def select(self, pool: Pool, n: int, rng: np.random.Generator) -> Choice:
        """The `n` most divided."""
        members = pool.column("members")
        scores = consensus_divergence(members)
        if self.disagreement == "vote":
            scores = vote_entropy(members) + _TIE * scores
        scores = np.nan_to_num(scores, nan=-np.inf)
        rows = ranked(pool, scores, n, rng)
        return chosen(rows, scores[rows], _told(members[:, rows], mutual_information(members[:, rows])))


@dataclass
class Bald:
    """The articles whose label would tell most about which member is right, each by itself."""

    kind: ClassVar[str] = "bald"
    needs: ClassVar[Collection[str]] = ("members", "story")

    def select(self, pool: Pool, n: int, rng: np.random.Generator) -> Choice:
        """The `n` of the highest mutual information."""
        scores = np.nan_to_num(mutual_information(pool.column("members")), nan=-np.inf)
        rows = ranked(pool, scores, n, rng)
        return chosen(rows, scores[rows], [_informs(score) for score in scores[rows].tolist()])


@dataclass
class BatchBald:
    """A batch whose labels together would tell most about which member is right, out of the `candidates`
    that would tell most by themselves."""

    candidates: int = 1000

    kind: ClassVar[str] = "batch_bald"
    needs: ClassVar[Collection[str]] = ("members", "story")

    def __post_init__(self) -> None:
        if self.candidates < 1:
            raise ValueError(f"candidates: expected 1 or more, found {self.candidates}")

    def select(self, pool: Pool, n: int, rng: np.random.Generator) -> Choice:
        """`n` rows, greedily."""
        members = pool.column("members")
        n = min(max(n, 0), len(pool))
        alone = np.nan_to_num(mutual_information(members), nan=-np.inf)
        among = np.sort(ranked(pool, alone, max(self.candidates, n), rng))
        story = None if pool.story is None else pool.story[among]
        some = Pool(ids=pool.ids[among], members=members[:, among], story=story)
        drawn = lots(some, rng)
        places, gains = batch_bald(members[:, among], n, Turns(some), drawn, rng)
        rows = among[places]
        return chosen(rows, gains, [_informs(gain) for gain in gains.tolist()])


def _informs(nats: float) -> Message:
    return Message("acquisition.informs", nats=max(nats, 0.0))


def _told(members: Scores, nats: Scores) -> list[Message]:
    told = []
    for counted, apart in zip(votes(members), nats.tolist(), strict=True):
        split = sorted((int(one) for one in counted if one), reverse=True)
        if len(split) == 1:
            agreed = sentiment(int(counted.argmax()))
            told.append(Message("acquisition.differs", sentiment=agreed, nats=max(apart, 0.0)))
        elif len(split) == 2:
            told.append(Message("acquisition.splits", most=split[0], rest=split[1]))
        else:
            most, second, third = split[:3]
            told.append(Message("acquisition.splits_three", most=most, second=second, third=third))
    return told
