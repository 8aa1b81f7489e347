"""What is told of the serving model between trainings, checked where the truth is known.

    python -m benchmarks.live --vectors FILE.npz [--trials 60] [--seed 0]

FILE is what `python -m benchmarks.vectors` writes of labelled sets. A set stands for the stream: some of its
texts, drawn at random, are audits, the others are unread, and the figures of all are the truth.

live       how often 95% intervals hold the truth, and how wide they are beside the exact binomial one drift
how often anything fires in periods in which nothing changes, beside the alpha promised; how often a
           change is found in one look at the level of a daily look at ten tests a look
savings    the meter's answer for random labels (which are worth themselves) and for labels chosen by margin
           (worth what many draws, measured on the rest of the set, say they are)
hint       the gain expected of 100 more labels beside the mean gain of many draws, by labels so far
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.machine import command, describe, rounded
from monitor.evaluation import drift, heads, live, savings
from monitor.evaluation.savings import Labelled

LABELS = (100, 200, 400)
FIGURES = ("accuracy", "macro_f1", "precision.negative", "recall.negative")
DAILY = 0.05 / (90 * 10)
"""The level of one of ten tests of one of ninety looks, together at 5%."""


@dataclass(frozen=True, slots=True)
class Set:
    vectors: np.ndarray
    probabilities: np.ndarray
    labels: np.ndarray

    @property
    def said(self) -> np.ndarray:
        return np.asarray(self.probabilities.argmax(axis=1))

    def labelled(self, rows: np.ndarray) -> Labelled:
        return Labelled(self.vectors[rows], self.labels[rows], rows)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--vectors", type=Path, required=True, help="what benchmarks.vectors wrote")
    parser.add_argument("--trials", type=int, default=60)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--parts", nargs="*", default=[], help="only these, beside what is in the file")
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results/live.json"))
    arguments = parser.parse_args()
    sets = read(arguments.vectors)
    rng = np.random.default_rng(arguments.seed)
    began = time.perf_counter()
    few = max(6, arguments.trials // 20)
    before = json.loads(arguments.out.read_text(encoding="utf-8")) if arguments.parts else {}
    arguments.parts, chosen = [], arguments.parts
    result: dict[str, Any] = before | {
        "command": command(parser, arguments),
        "trials": {"live": 4 * arguments.trials, "drift": arguments.trials, "others": few},
        "sets": {name: {"texts": len(one.labels), **truth(one)} for name, one in sets.items()},
    }
    open_sets = [name for name in ("fpb", "finfe_zh") if name in sets]
    parts: dict[str, Callable[[], Any]] = {
        "live": lambda: {name: live_part(one, 4 * arguments.trials, rng) for name, one in sets.items()},
        "drift": lambda: drift_part(sets, arguments.trials, rng),
        "hint": lambda: {name: hint_part(sets[name], few, rng) for name in open_sets},
        "savings": lambda: {name: savings_part(sets[name], few, rng) for name in open_sets},
    }
    for name, part in parts.items():
        if chosen and name not in chosen:
            continue
        result[name] = part()
        print(f"{name}: after {time.perf_counter() - began:.0f} s", flush=True)
        result |= describe("numpy", "scipy")
        arguments.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    return 0


def read(path: Path) -> dict[str, Set]:
    with np.load(path) as kept:
        names = sorted({name.rpartition(".")[0] for name in kept.files})
        return {
            name: Set(
                kept[f"{name}.vectors"].astype(np.float32),
                kept[f"{name}.probabilities"].astype(np.float64),
                kept[f"{name}.labels"],
            )
            for name in names
        }


def truth(one: Set) -> dict[str, float]:
    """The figures of all texts."""
    number = len(one.labels)
    sample = live.Read(one.probabilities, one.labels, np.ones(number), np.arange(number))
    found = live.figures(sample, np.zeros((0, 3)))
    return {name: rounded(found[name].plain.value) for name in FIGURES if name in found}


def live_part(one: Set, trials: int, rng: np.random.Generator) -> dict[str, Any]:
    exact = {name: value for name, value in truth(one).items()}
    rows: dict[str, Any] = {}
    for labels in (some for some in LABELS if 4 * some < len(one.labels)):
        held = {name: [0, 0] for name in exact}
        width = {name: [0.0, 0.0] for name in exact}
        binomial = [0, 0.0]
        for _ in range(trials):
            order = rng.permutation(len(one.labels))
            drawn, rest = order[:labels], order[labels:]
            sample = live.Read(
                one.probabilities[drawn], one.labels[drawn], np.full(labels, 0.1), np.arange(labels)
            )
            found = live.figures(sample, one.probabilities[rest])
            for name, value in exact.items():
                for place, interval in enumerate((found[name].estimate, found[name].plain)):
                    held[name][place] += interval.low <= value <= interval.high
                    width[name][place] += (interval.high - interval.low) / trials
            right = int((one.said[drawn] == one.labels[drawn]).sum())
            plain = live.binomial(right, labels)
            binomial[0] += plain.low <= exact["accuracy"] <= plain.high
            binomial[1] += (plain.high - plain.low) / trials
        rows[str(labels)] = {
            name: {
                "holds": held[name][0] / trials,
                "width": rounded(width[name][0]),
                "holds_labels_alone": held[name][1] / trials,
                "width_labels_alone": rounded(width[name][1]),
            }
            for name in exact
        }
        rows[str(labels)]["accuracy"] |= {
            "holds_binomial": binomial[0] / trials,
            "width_binomial": rounded(binomial[1]),
        }
    return rows


def drift_part(sets: dict[str, Set], trials: int, rng: np.random.Generator) -> dict[str, Any]:
    names = [name for name in ("fpb", "finfe_zh") if name in sets]
    nobody = drift.Known(np.zeros(0, int), np.zeros(0, int), np.zeros(0))
    periods, looks, alpha = max(40, trials // 2), 5, 0.1
    alarms = 0
    values: dict[str, list[float]] = {"label": [], "covariate": []}
    for _ in range(periods):
        fired = False
        for _ in range(looks):
            parts = [(sets[name], rng.permutation(len(sets[name].labels))[:260]) for name in names]
            texts = drift.Texts(
                np.concatenate([np.arange(260) >= 170 for _ in parts]),
                [name for name in names for _ in range(260)],
                [f"{name} {place % 2}" for name in names for place in range(260)],
                np.concatenate([one.said[rows] for one, rows in parts]),
                np.concatenate([one.vectors[rows] for one, rows in parts]),
            )
            for finding in drift.examine(texts, nobody, alpha=alpha, looks=looks, rng=rng):
                fired |= finding.fired
                values[finding.kind].append(finding.p_value)
        alarms += fired
    found: dict[str, Any] = {
        "periods": periods,
        "looks": looks,
        "alpha": alpha,
        "false_alarms": alarms / periods,
        "tests": {kind: len(some) for kind, some in values.items()},
        "p_under_5%": {
            kind: rounded(float(np.mean(np.array(some) <= 0.05))) for kind, some in values.items()
        },
        "level": rounded(DAILY),
        "label": {name: label_power(sets[name], trials, rng) for name in names},
    }
    if {"fpb", "tfns"} <= set(sets):
        found["covariate"] = covariate_power(sets["fpb"], sets["tfns"], max(10, trials // 10), rng)
    return found


def label_power(one: Set, trials: int, rng: np.random.Generator) -> dict[str, Any]:
    """1,000 texts before, so many now, of which negative ones are more by so many points; and whether the
    intervals of the classes' shares hold, from 300 audits."""
    rows = {}
    usual = np.bincount(one.labels, minlength=3) / len(one.labels)
    by_class = [np.flatnonzero(one.labels == c) for c in range(3)]
    for number in (150, 500):
        for points in (0.1, 0.2):
            shares = usual * (1 - points / (1 - usual[0]))
            shares[0] = usual[0] + points
            hits, held = 0, 0
            for _ in range(trials):
                before = rng.integers(len(one.labels), size=1000)
                classes = rng.choice(3, number, p=shares)
                now = np.array([rng.choice(by_class[c]) for c in classes])
                hits += drift.label_test(one.said[before], one.said[now]) <= DAILY
                audits = rng.integers(len(one.labels), size=300)
                known = drift.Known(one.said[audits], one.labels[audits], np.ones(300))
                prior = drift.prior(known, one.said[now], rng)
                held += prior is not None and bool(prior[1, 0] <= shares[0] <= prior[2, 0])
            rows[f"{number} texts, +{100 * points:.0f} points"] = {
                "found": hits / trials,
                "share_interval_holds": held / trials,
            }
    return rows


def covariate_power(one: Set, other: Set, trials: int, rng: np.random.Generator) -> dict[str, Any]:
    """1,000 texts before, so many now, of which a share is from another set."""
    rows = {}
    for number in (150, 500):
        for share in (0.1, 0.2, 0.4):
            hits, areas = 0, []
            for _ in range(trials):
                order = rng.permutation(len(one.labels))
                new = rng.permutation(len(other.labels))[: round(share * number)]
                rest = order[1000 : 1000 + number - len(new)]
                now = np.concatenate([other.vectors[new], one.vectors[rest]])
                p_value, area = drift.covariate_test(one.vectors[order[:1000]], now, rng)
                hits += p_value <= DAILY
                areas.append(area)
            rows[f"{number} texts, {100 * share:.0f}% of another kind"] = {
                "found": hits / trials,
                "auc": rounded(float(np.mean(areas))),
            }
    return rows


def savings_part(one: Set, trials: int, rng: np.random.Generator) -> dict[str, Any]:
    """800 audits; labels spent at random and by margin."""
    rows: dict[str, Any] = {}
    for way in ("random", "margin"):
        for spent in (150, 300):
            answers = []
            for _ in range(trials):
                order = rng.permutation(len(one.labels))
                audits, test, pool = order[:800], order[800:1800], order[1800:]
                chosen = pool[:spent] if way == "random" else by_margin(one, pool, spent)
                told = savings.savings(one.labelled(chosen), one.labelled(audits), rng)
                assert told is not None
                worth = spent if way == "random" else worth_of(one, chosen, pool, test, rng)
                low, high = told.low or told.most, told.high or 10**9
                answers.append((told.random, worth, low <= min(worth, told.most) and worth <= high))
            known = [answer for answer, _, _ in answers if answer is not None]
            rows[f"{spent} by {way}"] = {
                "trials": trials,
                "worth": rounded(float(np.median([worth for _, worth, _ in answers]))),
                "told": rounded(float(np.median(known))) if known else None,
                "more_than_the_audits": sum(answer is None for answer, _, _ in answers) / trials,
                "interval_holds": sum(held for _, _, held in answers) / trials,
            }
    return rows


def by_margin(one: Set, pool: np.ndarray, number: int) -> np.ndarray:
    """50 at random, then 25 at a time those of which a head is least sure between two classes."""
    chosen, left = list(pool[:50]), pool[50:]
    while len(chosen) < number:
        head = heads.fit(one.vectors[chosen], one.labels[chosen], 3)
        scores = np.sort(head.scores(one.vectors[left]), axis=1)
        chances = np.exp(scores - scores[:, -1:])
        chances /= chances.sum(axis=1, keepdims=True)
        order = np.argsort(chances[:, 2] - chances[:, 1])
        chosen += left[order[:25]].tolist()
        left = left[order[25:]]
    return np.array(chosen[:number])


def worth_of(
    one: Set, chosen: np.ndarray, pool: np.ndarray, test: np.ndarray, rng: np.random.Generator
) -> float:
    """How many random labels reach on average what these do, on other texts; at most those of the pool."""
    target = savings._score(one.labelled(chosen), one.labelled(test))
    sizes = [int(size) for size in np.geomspace(50, min(2000, len(pool)), 8)]
    curve = savings._rising(
        np.array(
            [
                np.mean(
                    [
                        savings._score(one.labelled(rng.permutation(pool)[:size]), one.labelled(test))
                        for _ in range(4)
                    ]
                )
                for size in sizes
            ]
        )
    )
    return float(min(savings._crossing(curve, sizes, target), sizes[-1]))


def hint_part(one: Set, trials: int, rng: np.random.Generator) -> dict[str, Any]:
    """The gain that is expected, and the mean one of 30 draws, measured on 1,500 texts."""
    rows = {}
    for labels in (150, 500, 1500):
        gains = []
        for _ in range(30):
            order = rng.permutation(len(one.labels))
            test, drawn = one.labelled(order[:1500]), order[1500 : 1600 + labels]
            before = savings._score(one.labelled(drawn[:labels]), test)
            gains.append(savings._score(one.labelled(drawn), test) - before)
        gain, told = float(np.mean(gains)), []
        for _ in range(trials):
            drawn = rng.permutation(len(one.labels))
            found = savings.hint(one.labelled(drawn[:labels]), one.labelled(drawn[-300:]), rng)
            assert found is not None
            told.append(found)
        rows[str(labels)] = {
            "trials": trials,
            "gain": rounded(100 * gain),
            "gain_standard_error": rounded(100 * float(np.std(gains)) / len(gains) ** 0.5),
            "told": rounded(100 * float(np.mean([found.gain for found in told]))),
            "interval": [
                rounded(100 * float(np.mean([getattr(found, end) for found in told])))
                for end in ("low", "high")
            ],
            "interval_holds": float(np.mean([found.low <= gain <= found.high for found in told])),
            "says_stop": float(np.mean([found.stop for found in told])),
        }
    return rows


if __name__ == "__main__":
    raise SystemExit(main())
