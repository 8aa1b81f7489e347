"""How a challenger is decided on: what the gate and the duel promise, and what the duel saves.

    python -m benchmarks.duels [--trials 2000] [--out FILE]

Simulated models that disagree on a given share of texts; of those TIED are wrong both ways. The share is
measured on UNLABELLED texts anew in each trial. All numbers are shares of trials unless named otherwise.

- equal: two models of equal accuracy (A/A). "superior" is a false promotion as better; aim: 5% and two
  standard errors at most, with the default rule and with max_drop 0 (where only better is promoted)
- edge: the challenger is worse by exactly `max_drop` (superior or not inferior errs), or better by it
  (worse errs)
- better: better by two points. Ours beside the sequential likelihood-ratio test that knows the truth (both
  at 5%, at most 200 labels), labels on the average; aim: decided right in 90% where they disagree on 6% at
  most, and 0.8 of that test's power and labels at 8, 10 and 15%. `random` is the same without a duel: the
  power of the exact paired test (`paired`) on so many gold labels drawn at random
- gold: the gate's exact bounds on 600 gold labels: how often each is wrong
- reuse: 50 challengers, equal to the champion, judged on the same 600 gold labels one after the other: how
  often any is promoted as better, each tested at 5% and with the budget. They are drawn independently; or
  each that was found worse is followed by its mirror image; or, which no budget of verdicts covers, made
  from the *figures* of all before (boosting, Blum and Hardt 2015)
- analysts: who flips 0, 20 or 30% of his answers, flagged within 100 double-read labels; the others are
  honest. Disagreements are read a third time, or not; `spread` is how much honest errors differ, `before`
  how many texts honest people had read twice
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.machine import command, describe, rounded
from monitor.evaluation import analysts, paired
from monitor.evaluation.duel import DECISIONS, Rule, Share, Walk
from monitor.evaluation.paired import Paired
from monitor.evaluation.reuse import Use

TIED = 0.12
"""Share of the disagreements on which both are wrong."""
UNLABELLED = 5000
LEVEL = 0.05
GOLD = 600
CHALLENGERS = 50
POINTS = 0.02


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--trials", type=int, default=2000, help="simulated trials of each kind")
    parser.add_argument("--out", type=Path, help="write the result as JSON to this file")
    arguments = parser.parse_args()
    started, result = time.monotonic(), {}
    for part in (equal, edge, better, gold, reuse, readers):
        result[part.__name__] = part(arguments.trials)
        print(
            part.__name__,
            json.dumps(result[part.__name__]),
            f"{time.monotonic() - started:.0f} s",
            flush=True,
        )
    whole = {
        "benchmark": "duels",
        "command": command(parser, arguments),
        **describe("numpy", "scipy"),
        "trials": arguments.trials,
        "tied": TIED,
        "unlabelled": UNLABELLED,
        "level": LEVEL,
        "seconds": round(time.monotonic() - started),
        **result,
    }
    if arguments.out:
        arguments.out.write_text(json.dumps(whole, indent=1) + "\n", encoding="utf-8")


# --- duels -----------------------------------------------------------------------------------


def chances(share: float, gain: float) -> NDArray[np.float64]:
    """Of a win, a loss and a tie, where the models disagree on `share` of texts and one gains `gain`."""
    mean = gain / share
    tied = min(TIED, 1 - abs(mean))
    return np.array([(1 - tied + mean) / 2, (1 - tied - mean) / 2, tied])


def duels(share: float, gain: float, rule: Rule, trials: int, seed: int) -> dict[str, Any]:
    """How `trials` duels end, and after how many labels."""
    rng = np.random.default_rng([seed, round(share * 1000), round((gain + 1) * 1000)])
    outcomes = rng.choice([1, -1, 0], p=chances(share, gain), size=(trials, rule.most)).astype(np.int8)
    measured = rng.binomial(UNLABELLED, share, trials)
    ends, labels = np.empty(trials, int), np.empty(trials, int)
    for disagreements in np.unique(measured):
        rows = np.flatnonzero(measured == disagreements)
        won, lost, tied = (
            np.concatenate([np.zeros((len(rows), 1), int), np.cumsum(outcomes[rows] == one, axis=1)], axis=1)
            for one in (1, -1, 0)
        )
        share_of = Share(UNLABELLED, int(disagreements))
        verdicts = Walk.of(share_of, won, lost, tied, rule).verdict(rule.most)
        ends[rows], labels[rows] = verdicts[:, -1], np.argmax(verdicts >= 0, axis=1)
    found: dict[str, Any] = {one.value: rounded((ends == i).mean()) for i, one in enumerate(DECISIONS)}
    return {"disagree": share, **found, "labels": round(float(labels.mean()), 1)}


def equal(trials: int) -> dict[str, Any]:
    shares = (0.02, 0.05, 0.1, 0.2)
    return {
        "default": [duels(one, 0, Rule(), trials, 1) for one in shares],
        "max_drop_0": [duels(one, 0, Rule(max_drop=0), trials, 2) for one in shares],
    }


def edge(trials: int) -> dict[str, Any]:
    shares = (0.03, 0.05, 0.1, 0.2)
    return {
        "worse_by_max_drop": [duels(one, -POINTS, Rule(), trials, 3) for one in shares],
        "better_by_max_drop": [duels(one, POINTS, Rule(), trials, 4) for one in shares],
    }


def better(trials: int) -> list[dict[str, Any]]:
    found = []
    for share in (0.02, 0.04, 0.06, 0.08, 0.1, 0.15):
        ours = duels(share, POINTS, Rule(), trials, 5)
        strict = duels(share, POINTS, Rule(max_drop=0), trials, 6)
        power, labels = oracle(share, trials)
        found.append({
            "disagree": share,
            "default": ours,
            "max_drop_0": strict,
            "oracle": {"superior": rounded(power), "labels": round(labels, 1)},
            "power_ratio": rounded(strict["superior"] / power),
            "labels_ratio": rounded(labels / strict["labels"]),
            "random": {str(n): at_random(share, n, trials) for n in (200, 500, 1000, 2000, 4000)},
        })  # fmt: skip
    return found


def oracle(share: float, trials: int) -> tuple[float, float]:
    """Power and labels of the sequential likelihood-ratio test of the true chances against equal ones."""
    rng = np.random.default_rng([7, round(share * 1000)])
    win, loss, _ = chances(share, POINTS)
    even = (win + loss) / 2
    with np.errstate(divide="ignore"):
        steps = np.log([win / even, loss / even, 1.0])
    walk = np.cumsum(steps[rng.choice(3, p=chances(share, POINTS), size=(trials, 200))], axis=1)
    passed = walk >= -np.log(LEVEL)
    return float(passed.any(axis=1).mean()), float(
        np.where(passed.any(axis=1), passed.argmax(axis=1) + 1, 200).mean()
    )


def at_random(share: float, n: int, trials: int) -> float:
    """How often the exact paired test on `n` gold labels finds the challenger superior."""
    counts = drawn(share, POINTS, n, trials, 8)
    return rounded(np.mean([significant(n, w, l_) for w, l_ in counts]))


def drawn(share: float, gain: float, n: int, trials: int, seed: int) -> list[tuple[int, int]]:
    rng = np.random.default_rng([seed, n, round(share * 1000), round((gain + 1) * 1000)])
    win, loss, _ = share * chances(share, gain)
    found = rng.multinomial(n, [win, loss, 1 - win - loss], trials)
    return [(int(w), int(l_)) for w, l_, _ in found]


@cache
def significant(n: int, wins: int, losses: int) -> bool:
    return wins > losses and paired.p_value(Paired(n, wins, losses)) <= LEVEL


# --- gold --------------------------------------------------------------------------------------


def gold(trials: int) -> list[dict[str, Any]]:
    found = []
    for share in (0.02, 0.05, 0.1, 0.2):
        for gain in (-0.02, 0.0, 0.02):
            counts = [Paired(GOLD, *one) for one in drawn(share, gain, GOLD, trials, 9)]
            over = np.mean([above(one, gain) for one in counts])
            under = np.mean([above(Paired(GOLD, one.losses, one.wins), -gain) for one in counts])
            found.append({
                "disagree": share, "gain": gain,
                "lower_bound_wrong": rounded(over), "upper_bound_wrong": rounded(under),
            })  # fmt: skip
    return found


def above(counts: Paired, truth: float) -> bool:
    """Whether the lower bound of the difference is over the truth."""
    return paired.p_value(counts, round(truth, 6)) <= LEVEL


def reuse(trials: int) -> dict[str, Any]:
    """Texts on which challengers may differ (a fifth of the gold texts) are won or lost by differing, each
    as likely; a challenger differs on half of them."""
    field = GOLD // 5
    makers: dict[str, Callable[[History, np.random.Generator], NDArray[np.bool_]]] = {
        "independent": lambda history, rng: rng.random(field) < 0.5,
        "mirrored": mirrored,
        "figures": boosted,
    }
    found: dict[str, Any] = {}
    for name, make in makers.items():
        fooled = {"each at 5%": 0, "budget": 0}
        for trial in range(trials):
            rng = np.random.default_rng([10, trial])
            signs = rng.choice([1, -1], field)
            for way in fooled:
                fooled[way] += deceived(signs, make, rng, budget=way == "budget")
        found[name] = {way: rounded(count / trials) for way, count in fooled.items()}
    return found


History = list[tuple[NDArray[np.bool_], float, str]]
"""Challengers so far: where each differed, by how much it gained, and the verdict."""


def deceived(
    signs: NDArray[np.int64],
    make: Callable[[History, np.random.Generator], NDArray[np.bool_]],
    rng: np.random.Generator,
    *,
    budget: bool,
) -> bool:
    """Whether any of the challengers is found superior."""
    history: History = []
    decided = 0
    for k in range(1, CHALLENGERS + 1):
        differs = make(history, rng)
        wins, losses = int((signs[differs] > 0).sum()), int((signs[differs] < 0).sum())
        level = Use(k, decided).spent(LEVEL) if budget else LEVEL
        if wins > losses and tail(GOLD, wins, losses) <= level:
            return True
        verdict = "worse" if losses > wins and tail(GOLD, losses, wins) <= LEVEL else "undecided"
        decided += verdict == "worse"
        history.append((differs, wins - losses, verdict))
    return False


@cache
def tail(n: int, wins: int, losses: int) -> float:
    return paired.p_value(Paired(n, wins, losses))


def mirrored(history: History, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Where the last was found worse, one that differs everywhere else."""
    if history and history[-1][2] == "worse":
        return ~history[-1][0]
    return rng.random(GOLD // 5) < 0.5


def boosted(history: History, rng: np.random.Generator) -> NDArray[np.bool_]:
    """At every tenth, where those before gained most; at others, at random."""
    if len(history) % 10 != 9:
        return rng.random(GOLD // 5) < 0.5
    votes = sum((gain * (differs - 0.5) for differs, gain, _ in history), np.zeros(GOLD // 5))
    return votes > 0


# --- analysts ------------------------------------------------------------------------------------


def readers(trials: int) -> list[dict[str, Any]]:
    found = []
    for team in (3, 5, 8):
        for error in (0.03, 0.05, 0.08):
            for third in (True, False):
                for history in (0, 500) if third else (0,):
                    row: dict[str, Any] = {"team": team, "error": error, "third": third, "before": history}
                    for flips in (0.2, 0.3):
                        guilty, honest = flagged(team, error, flips, third, trials // 4, 0.0, history)
                        row[f"flips_{flips}"], row[f"honest_beside_{flips}"] = guilty, honest
                    for spread in (0.0, 0.5):
                        first, rest = flagged(team, error, 0.0, third, trials // 4, spread, history)
                        row[f"honest_spread_{spread}"] = rounded((first + (team - 1) * rest) / team)
                    found.append(row)
    return found


def flagged(
    team: int, error: float, flips: float, third: bool, trials: int, spread: float, history: int
) -> tuple[float, float]:
    """How often the first analyst, who flips, and the others are flagged within 100 double-read labels.
    Texts have three answers; a wrong one is any of two. Third readers err as all do. `history` texts were
    read twice before, by honest people."""
    rng = np.random.default_rng([11, team, round(error * 100), round(flips * 100), third])
    guilty = honest = 0.0
    texts = team * 100 // 2
    for _ in range(trials):
        errors = error * (1 + spread * rng.uniform(-1, 1, team))
        errors[0] += flips * (1 - errors[0])
        order = np.array([rng.permutation(team)[:3] for _ in range(texts)]).T
        answers = np.where(rng.random((3, texts)) < errors[order], rng.integers(1, 3, (3, texts)), 0)
        agreed = answers[0] == answers[1]
        before = rng.binomial(history, 2 * error * (1 - error) + error**2 / 2)
        sided = np.where(answers[2] == answers[0], order[0], np.where(answers[2] == answers[1], order[1], -1))
        for user in range(team):
            own = (order[0] == user) | (order[1] == user)
            differed = before + int((~agreed[~own]).sum())
            most = analysts.ceiling(history + int((~own).sum()), differed)
            innocent = agreed | (third & (sided == user))
            blames = np.where(innocent, 0.0, np.where(third & (sided >= 0), 1.0, 0.5))[own][:100]
            hit = most is not None and bool(analysts.flags(blames, most))
            guilty, honest = guilty + (hit and user == 0), honest + (hit and user != 0)
    return rounded(guilty / trials), rounded(honest / (trials * (team - 1)))


if __name__ == "__main__":
    main()
