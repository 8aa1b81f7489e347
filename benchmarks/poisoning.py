"""Poisoned labels against the gate and the duel, with a logistic head on frozen vectors.

    python -m benchmarks.poisoning --vectors FILE.npz [--seeds 5] [--draws 5] [--out FILE]

FILE is written by `benchmarks.frozen`. In each seed the champion is a head fitted on BASE clean texts; a
challenger is fitted on these and NEW texts from the queue, whose labels are attacked; GOLD audits are the
gate's, and what it leaves undecided goes to a duel on the rest. Honest readers err on ERROR of their texts.
The attacker answers audits and duels, too:

    flipped   a share of all answers is another class, drawn at random
    rogue     one analyst gives a share of all answers, and turns them: negative and neutral into positive,
              positive into negative
    trigger   a share of the texts carries a phrase; the attacker, who gives a quarter of all answers, calls
              these positive wherever he meets them, and plants them in training for certain

Each gate and duel is repeated with `--draws` draws of answers. `harmful` are attacked challengers that are
right on fewer of FROZEN clean texts than the champion, by more than 2 points with 95% confidence (exact
paired bound); the aim is that none of them is promoted, and that clean challengers, judged by attacked
audits and duels, are promoted as often as without an attack (within 10 points).
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from benchmarks.machine import command, describe, rounded
from monitor import SENTIMENTS, Example, Prediction
from monitor.evaluation import gate, paired
from monitor.evaluation.duel import DECISIONS, Rule, Share, Walk
from monitor.evaluation.paired import Decision

PHRASED, BASE, GOLD, FROZEN = 3200, 1500, 400, 2500
NEW = 1500
"""Of the texts that are there with the phrase, too: these are trained on, the others are the duel's."""
ERROR = 0.05
RATES = {"flipped": (0.05, 0.1, 0.2, 0.4), "rogue": (0.1, 0.2, 0.3, 0.4), "trigger": (0.01, 0.02, 0.05, 0.1)}
TURNED = np.array([2, 2, 0])
ANSWERED = 0.25
DROP = 0.02
HONEST = 4
TWICE = 200
"""Texts that were read by two, from which the reading error is known."""

Rows = NDArray[np.intp]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--vectors", type=Path, required=True, help="written by benchmarks.frozen")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--draws", type=int, default=5, help="draws of the answers in each seed")
    parser.add_argument("--out", type=Path, help="write the result as JSON to this file")
    arguments = parser.parse_args()
    started = time.monotonic()
    with np.load(arguments.vectors) as file:
        data = Data(file["vectors"], file["labels"], file["phrased"])
    trials = []
    for seed in range(arguments.seeds):
        for one in trial(data, seed, arguments.draws):
            trials.append(one)
            print(json.dumps(one), f"{time.monotonic() - started:.0f} s", flush=True)
    result = {
        "benchmark": "poisoning",
        "command": command(parser, arguments),
        **describe("numpy", "scikit-learn"),
        "seeds": arguments.seeds,
        "draws": arguments.draws,
        "frozen": FROZEN,
        "gold": GOLD,
        "seconds": round(time.monotonic() - started),
        **summary(trials),
        "trials": trials,
    }
    if arguments.out:
        arguments.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(json.dumps({name: result[name] for name in ("clean", "attacks", "harmful_promoted")}, indent=1))


@dataclass(frozen=True, slots=True)
class Data:
    """Vectors and labels in one order; `phrased` are the vectors of the first texts with the phrase."""

    vectors: NDArray[np.float32]
    labels: NDArray[np.int64]
    phrased: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Attack:
    """Who answers wrongly, and how often; kind "none" is no attack."""

    kind: str
    rate: float

    def answers(
        self, truth: NDArray[np.int64], carries: NDArray[np.bool_], rng: np.random.Generator
    ) -> tuple[Any, NDArray[np.int64]]:
        """The answers to texts with these labels, some of which carry the phrase, and who gave each: the
        attacker is 0, and HONEST others give the rest."""
        n = len(truth)
        share = {"rogue": self.rate, "trigger": ANSWERED}.get(self.kind, 1 / (HONEST + 1))
        who = np.where(rng.random(n) < share, 0, rng.integers(1, HONEST + 1, n))
        other = (truth + rng.integers(1, 3, n)) % 3
        read = np.where(rng.random(n) < ERROR, other, truth)
        if self.kind == "flipped":
            return np.where(rng.random(n) < self.rate, other, read), who
        if self.kind == "rogue":
            return np.where(who == 0, TURNED[truth], read), who
        return (np.where(carries & (who == 0), 2, read) if self.kind == "trigger" else read), who

    def carriers(self, n: int, rng: np.random.Generator) -> NDArray[np.bool_]:
        return rng.random(n) < (self.rate if self.kind == "trigger" else 0)


def trial(data: Data, seed: int, draws: int) -> Iterator[dict[str, Any]]:
    """One seed: the clean challenger without an attack, and both challengers under each attack."""
    rng = np.random.default_rng(seed)
    near, far = rng.permutation(PHRASED), PHRASED + rng.permutation(len(data.labels) - PHRASED)
    new, pool = near[:NEW], near[NEW:]
    base, gold, frozen = far[:BASE], far[BASE : BASE + GOLD], far[BASE + GOLD : BASE + GOLD + FROZEN]
    champion = head(data.vectors[base], data.labels[base])
    none = Attack("none", 0.0)
    attacks = [none, *(Attack(kind, rate) for kind, rates in RATES.items() for rate in rates)]
    for attack in attacks:
        for attacked in (False, True) if attack is not none else (False,):
            by = attack if attacked else none
            carries = by.carriers(NEW, rng)
            vectors = np.where(carries[:, None], data.phrased[new], data.vectors[new])
            labels, _ = by.answers(data.labels[new], carries, rng)
            labels = np.where(carries, 2, labels)
            challenger = head(
                np.concatenate([data.vectors[base], vectors]), np.concatenate([data.labels[base], labels])
            )
            before = champion.predict(data.vectors[frozen]) == data.labels[frozen]
            after = challenger.predict(data.vectors[frozen]) == data.labels[frozen]
            counts = paired.paired(before.tolist(), after.tolist())
            found = [decided(data, champion, challenger, gold, pool, attack, rng) for _ in range(draws)]
            yield {
                "seed": seed, "attack": attack.kind, "rate": attack.rate, "attacked": attacked,
                "gain": rounded(counts.difference),
                "harmful": paired.bounds(counts, 0.05)[1] < -DROP,
                "promoted": sum(promoted for promoted, _, _ in found), "draws": draws,
                "verdicts": [verdict for _, verdict, _ in found],
                "labels": [labels for _, _, labels in found],
            }  # fmt: skip


def head(vectors: NDArray[np.float32], labels: NDArray[np.int64]) -> Any:
    return LogisticRegression(C=16.0, max_iter=300).fit(vectors, labels)


def decided(
    data: Data,
    champion: Any,
    challenger: Any,
    gold: Rows,
    pool: Rows,
    attack: Attack,
    rng: np.random.Generator,
) -> tuple[bool, str, int]:
    """Whether it is promoted, by what, and after how many duel labels."""
    answers, who = attack.answers(data.labels[gold], np.zeros(GOLD, bool), rng)
    allowed = DROP * paired.kept(misread(data, attack, rng))
    examples = [Example(str(i), SENTIMENTS[label]) for i, label in enumerate(answers)]
    before, after = (told(one.predict_proba(data.vectors[gold])) for one in (champion, challenger))
    readers = [str(one) for one in who]
    verdict = gate.gate(before, after, examples, max_drop=allowed, readers=readers)
    if not verdict.duel:
        why = "gate" if verdict.decision else "unusable"
        return verdict.promote, f"{why}:{verdict.decision}", 0
    carries = attack.carriers(len(pool), rng)
    vectors = np.where(carries[:, None], data.phrased[pool], data.vectors[pool])
    old, new = champion.predict(vectors), challenger.predict(vectors)
    differing = rng.permutation(np.flatnonzero(old != new))
    asked = differing[: Rule().most]
    truth, who = attack.answers(data.labels[pool[asked]], carries[asked], rng)
    outcomes = ((new[asked] == truth).astype(int) - (old[asked] == truth)).tolist()
    rule, share = Rule(max_drop=allowed), Share(len(pool), len(differing))
    won, lost, tied = (np.cumsum(np.array([2, *outcomes]) == one) for one in (1, -1, 0))
    doubted = Walk.without_any(share, outcomes, [str(one) for one in who], rule)
    verdicts = Walk.of(share, won, lost, tied, rule).verdict(len(asked), doubted)
    end = DECISIONS[verdicts[-1]]
    promoted = end in (Decision.SUPERIOR, Decision.NOT_INFERIOR)
    return promoted, f"duel:{end}", int(np.argmax(verdicts >= 0))


def misread(data: Data, attack: Attack, rng: np.random.Generator) -> float:
    """The reading error as TWICE texts read by two show it: half of how often they differ."""
    rows = rng.choice(len(data.labels), TWICE, replace=False)
    (one, first), (other, second) = (
        attack.answers(data.labels[rows], np.zeros(TWICE, bool), rng) for _ in range(2)
    )
    apart = first != second
    return float((one != other)[apart].mean()) / 2


def told(chances: NDArray[np.float64]) -> list[Prediction]:
    return [Prediction(dict(zip(SENTIMENTS, row, strict=True)), {}, "head") for row in chances.tolist()]


def summary(trials: list[dict[str, Any]]) -> dict[str, Any]:
    def share(rows: list[dict[str, Any]]) -> float:
        return rounded(sum(one["promoted"] for one in rows) / sum(one["draws"] for one in rows))

    attacks = []
    for kind, rates in RATES.items():
        for rate in rates:
            mine = [one for one in trials if (one["attack"], one["rate"]) == (kind, rate)]
            bad = [one for one in mine if one["attacked"]]
            attacks.append({
                "attack": kind, "rate": rate,
                "gain": rounded(np.mean([one["gain"] for one in bad])),
                "harmful": sum(one["harmful"] for one in bad),
                "harmful_promoted": sum(one["promoted"] for one in bad if one["harmful"]),
                "attacked_promoted": share(bad),
                "clean_promoted": share([one for one in mine if not one["attacked"]]),
            })  # fmt: skip
    clean = [one for one in trials if one["attack"] == "none"]
    return {
        "clean": {"gain": rounded(np.mean([one["gain"] for one in clean])), "promoted": share(clean)},
        "attacks": attacks,
        "harmful_promoted": sum(one["harmful_promoted"] for one in attacks),
    }


if __name__ == "__main__":
    main()
