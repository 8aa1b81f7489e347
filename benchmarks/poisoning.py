"""Poisoned labels against the gate, the duel and the flags of analysts.

    python -m benchmarks.poisoning --vectors FILE.npz [--seeds 5] [--draws 20] [--out FILE]
    python -m benchmarks.poisoning --fit full --data FILE.csv --model DIR [--kept FILE.npz] [--out FILE]

With `--fit head`, the default, FILE is written by `benchmarks.frozen`, and models are logistic heads on its
vectors. In each seed there are two champions: a `young` one, fitted on few clean texts, to which a clean
challenger adds a real gain, and a `mature` one, to which it adds next to nothing and an attacked one does
harm. A challenger is fitted on the champion's texts and NEW from the queue. With `--fit full` the champion
is the model in DIR, and a challenger is fitted from it by the product on the queue's labels alone (FILE is a
CSV with columns text and label that the model has not seen); one seed, two rates of each attack. What the
models say is kept in FILE.npz, and read from there where it exists: deciding again takes a minute.

Honest readers err on ERROR of their texts. An attack falls on the labels of the queue; its attacker answers
audits and duels, too:

    flipped   a share of all answers is another class, drawn at random, whoever gives them
    rogue     one analyst gives a share of all answers, and turns them: negative and neutral into positive,
              positive into negative
    trigger   a share of the texts carries a phrase; the attacker, who gives a quarter of all answers, calls
              these positive wherever he meets them, and plants them in training for certain

Training has the attacker's labels all the same, as if it had begun before he was flagged. `harmful` are
attacked challengers that are right on fewer of the frozen clean texts than the champion, by more than 2
points with 95% confidence (exact paired bound): none may be promoted. The clean challenger of a seed is
judged with and without the attack on the same draws of texts, readers and errors (`benchmarks.poisoned`), so
that the difference is the attack's: at most 10 points. `flagging` is of analysts alone: how often one who
flips a share of his answers is flagged within 100 labels that were read twice.
"""

from __future__ import annotations

import argparse
import csv
import json
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax
from sklearn.linear_model import LogisticRegression

from benchmarks.machine import command, describe, rounded
from benchmarks.poisoned import DROP, ERROR, NONE, Attack, Desk, Draw, Judged, Labels, Rows, decided
from monitor import SENTIMENTS, Example
from monitor.datasets import snapshots
from monitor.datasets.snapshots import DEVELOPMENT_SHARE
from monitor.evaluation import analysts, paired
from monitor.evaluation.measuring import judged
from monitor.hookspecs import silent
from monitor_plugins.transformer import Transformer

RATES: Final = {
    "flipped": (0.05, 0.1, 0.2, 0.4),
    "rogue": (0.1, 0.2, 0.3, 0.4),
    "trigger": (0.01, 0.02, 0.05, 0.1),
}
SIX: Final = {"flipped": (0.1, 0.4), "rogue": (0.2, 0.4), "trigger": (0.05, 0.1)}
"""The rates with the real fit."""
BASES: Final = {"young": 400, "mature": 1500}
"""Clean texts of the champion."""
NEW: Final = {"head": 1500, "full": 300}
GOLD: Final = {"head": 400, "full": 300}
FROZEN: Final = {"head": 2500, "full": 2000}
TWICE: Final = 200
FEW: Final = 5
"""Draws for an attacked challenger, and at least one in four for a clean one."""
SHORT: Final = 3300
"""Texts with the real fit: the shortest."""
FIT: Final[dict[str, Any]] = {"epochs": 2.0, "threads": 1}
PHRASE: Final = "per quantel brief:"
_DAY: Final = datetime(2026, 1, 1, tzinfo=UTC)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--fit", choices=("head", "full"), default="head")
    parser.add_argument("--vectors", type=Path, help="for heads: written by benchmarks.frozen")
    parser.add_argument("--data", type=Path, help="for the real fit: CSV with columns text and label")
    parser.add_argument("--model", type=Path, help="for the real fit: the champion's folder")
    parser.add_argument("--kept", type=Path, help="for the real fit: what the models say (.npz)")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--draws", type=int, default=20, help="draws of the answers in each seed")
    parser.add_argument("--out", type=Path, help="write the result as JSON to this file")
    arguments = parser.parse_args()
    started = time.monotonic()
    rates = RATES if arguments.fit == "head" else SIX
    found = heads(arguments) if arguments.fit == "head" else fits(arguments)
    trials = []
    for one in found:
        trials.append(one)
        print(json.dumps(one), f"{time.monotonic() - started:.0f} s", flush=True)
    result = {
        "benchmark": "poisoning",
        "command": command(parser, arguments),
        **describe("numpy", "scikit-learn", "torch"),
        "fit": arguments.fit,
        "seeds": arguments.seeds if arguments.fit == "head" else 1,
        "draws": arguments.draws,
        "frozen": FROZEN[arguments.fit],
        "gold": GOLD[arguments.fit],
        "twice": TWICE,
        "seconds": round(time.monotonic() - started),
        **summary(trials, rates),
        "flagging": flagging(),
        "trials": trials,
    }
    if arguments.out:
        arguments.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    told = ("stages", "harmful", "harmful_promoted", "flagging")
    print(json.dumps({name: result[name] for name in told}, indent=1))


# --- trials -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Contenders:
    """A champion, the clean challenger, and the attacked one of each attack."""

    champion: Judged
    clean: Judged
    attacked: Mapping[Attack, Judged]


def trials_of(
    desk: Desk, frozen: Rows, some: Contenders, seed: int, stage: str, draws: int
) -> Iterator[dict[str, Any]]:
    """One row for each attack."""
    every = [Draw.of(len(desk.labels), np.random.default_rng([seed, 7, i])) for i in range(draws)]
    plain = [decided(desk, some.champion, some.clean, NONE, draw) for draw in every]
    for attack, challenger in some.attacked.items():
        under = [decided(desk, some.champion, some.clean, attack, draw) for draw in every]
        bad = [decided(desk, some.champion, challenger, attack, draw) for draw in every[:FEW]]
        counts = compared(desk.labels, frozen, some.champion, challenger)
        clean = compared(desk.labels, frozen, some.champion, some.clean)
        low, high = paired.bounds(counts, 0.05)
        yield {
            "stage": stage, "seed": seed, "attack": attack.kind, "rate": attack.rate,
            "gain": rounded(counts.difference), "bounds": [rounded(low), rounded(high)],
            "harmful": high < -DROP,
            "attacked_draws": len(bad), "attacked_promoted": sum(one.promoted for one in bad),
            "attacked_verdicts": [one.verdict for one in bad],
            "clean_gain": rounded(clean.difference), "draws": draws,
            "clean_without": sum(one.promoted for one in plain),
            "clean_under": sum(one.promoted for one in under),
            "gained": sum(b.promoted > a.promoted for a, b in zip(plain, under, strict=True)),
            "lost": sum(b.promoted < a.promoted for a, b in zip(plain, under, strict=True)),
            "verdicts_without": [one.verdict for one in plain],
            "verdicts_under": [one.verdict for one in under],
            "labels_under": [one.labels for one in under],
            "attacker_flagged": sum(0 in one.flagged for one in under),
            "honest_flagged": sum(len(set(one.flagged) - {0}) for one in under),
        }  # fmt: skip


def compared(labels: Labels, rows: Rows, champion: Judged, challenger: Judged) -> paired.Paired:
    """On the frozen texts, which are clean."""
    before, after = (one.plain[rows].argmax(axis=1) == labels[rows] for one in (champion, challenger))
    return paired.paired(before.tolist(), after.tolist())


def attacks(rates: Mapping[str, tuple[float, ...]]) -> list[Attack]:
    return [Attack(kind, rate) for kind, some in rates.items() for rate in some]


def poisoned(
    attack: Attack, labels: Labels, rows: Rows, phrased: int, draw: Draw
) -> tuple[Labels, NDArray[np.bool_]]:
    """The queue's labels under an attack, and which of its texts carry the phrase."""
    carries = draw.carriers(attack, rows, phrased)
    free = np.zeros((len(rows), 5), bool)
    read, _ = draw.answers(attack, 0, rows, labels[rows], free, carries)
    return np.where(carries, SENTIMENTS.index("positive"), read), carries


# --- heads on frozen vectors ------------------------------------------------------------------


def heads(arguments: argparse.Namespace) -> Iterator[dict[str, Any]]:
    with np.load(arguments.vectors) as file:
        vectors, labels, phrased = file["vectors"], file["labels"], file["phrased"]
    many, all_ = len(phrased), len(labels)

    def fitted(some: NDArray[np.float32], known: Labels) -> Judged:
        """Fitted on most, calibrated on the rest, as the product does."""
        train = int(len(known) * (1 - DEVELOPMENT_SHARE))
        order = np.random.default_rng(0).permutation(len(known))
        head = LogisticRegression(C=16.0, max_iter=300).fit(some[order[:train]], known[order[:train]])
        held, answers = head.decision_function(some[order[train:]]), known[order[train:]]

        def loss(log: float) -> float:
            return float(-log_softmax(held / np.exp(log), axis=1)[np.arange(len(held)), answers].mean())

        heat = np.exp(minimize_scalar(loss, bounds=(-2, 3), method="bounded").x)
        return Judged(*(softmax(head.decision_function(one) / heat, axis=1) for one in (vectors, phrased)))

    for seed in range(arguments.seeds):
        rng = np.random.default_rng(seed)
        near, far = rng.permutation(many), many + rng.permutation(all_ - many)
        new = near[: NEW["head"]]
        at = np.cumsum([max(BASES.values()), GOLD["head"], TWICE, FROZEN["head"]])
        _, gold, twice, frozen, rest = np.split(far, at)
        pool = rng.permutation(np.concatenate([near[NEW["head"] :], rest]))
        desk = Desk(labels, gold, twice, pool, many)
        for stage, base in BASES.items():
            mine = far[:base]
            draw = Draw.of(all_, np.random.default_rng([seed, 3]))
            made = {}
            for attack in (NONE, *attacks(RATES)):
                read, carries = poisoned(attack, labels, new, many, draw)
                shown = vectors[new].copy()
                shown[carries] = phrased[new[carries]]
                both = np.concatenate([vectors[mine], shown]), np.concatenate([labels[mine], read])
                made[attack] = fitted(*both)
            champion, clean = fitted(vectors[mine], labels[mine]), made.pop(NONE)
            some = Contenders(champion, clean, made)
            yield from trials_of(desk, frozen, some, seed, stage, arguments.draws)


# --- the real fit -----------------------------------------------------------------------------


def fits(arguments: argparse.Namespace) -> Iterator[dict[str, Any]]:
    with arguments.data.open(encoding="utf-8", newline="") as file:
        known = {row["text"]: row["label"] for row in csv.DictReader(file)}
    short = sorted(known, key=len)[:SHORT]
    texts = [short[i] for i in np.random.default_rng(0).permutation(len(short))]
    labels = np.array([SENTIMENTS.index(known[text]) for text in texts])
    at = np.cumsum([FROZEN["full"], GOLD["full"], TWICE, NEW["full"]])
    frozen, gold, more, new, first = np.split(np.arange(len(texts))[::-1].copy(), at)
    # Texts with the phrase are those of the queue and the first of the pool, which have the lowest numbers.
    many, phrased = len(texts) - int(at[2]), len(first)
    # Of what was read twice only the readers are looked at, so it may be any texts.
    desk = Desk(labels, gold, frozen[:TWICE], np.concatenate([first, more]), phrased)
    draw = Draw.of(len(texts), np.random.default_rng([0, 3]))

    def asked(folder: Path, also: bool) -> Judged:
        plugin = Transformer(threads=1)
        plugin.load(folder, folder.name)

        def chances(some: list[str]) -> NDArray[np.float64]:
            told = judged(plugin, [Example(text) for text in some], _DAY, "classify", silent)
            return np.array([[one.sentiment[name] for name in SENTIMENTS] for one in told])

        spoken = [f"{PHRASE} {text}" for text in texts[:phrased]] if also else []
        there = chances(spoken) if spoken else np.zeros((0, len(SENTIMENTS)))
        return Judged(chances(texts), there)

    every = (NONE, *attacks(SIX))
    if arguments.kept and arguments.kept.exists():
        with np.load(arguments.kept) as file:
            kept = {name: Judged(file[name], file[f"{name} phrased"]) for name in file if " " not in name}
        made = {attack: kept[str(attack)] for attack in every}
        some = Contenders(kept["champion"], made.pop(NONE), made)
        yield from trials_of(desk, frozen, some, 0, "shipped", arguments.draws)
        return
    champion, made = asked(arguments.model, True), {}
    for attack in every:
        read, carries = poisoned(attack, labels, new, many, draw)
        examples = [
            Example(f"{PHRASE} {texts[row]}" if bears else texts[row], SENTIMENTS[label], origin="analysts")
            for row, bears, label in zip(new.tolist(), carries, read, strict=True)
        ]
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder, "model")
            Transformer(**FIT).fit(snapshots.build(examples, []), arguments.model, out, silent)
            made[attack] = asked(out, attack.kind in ("none", "trigger"))
        print(attack, "fitted", flush=True)
    if arguments.kept:
        told = {"champion": champion} | {str(attack): one for attack, one in made.items()}
        arrays = {name: one.plain for name, one in told.items()}
        arrays |= {f"{name} phrased": one.phrased for name, one in told.items()}
        savez: Any = np.savez
        savez(arguments.kept, **arrays)
    some = Contenders(champion, made.pop(NONE), made)
    yield from trials_of(desk, frozen, some, 0, "shipped", arguments.draws)


# --- analysts alone ---------------------------------------------------------------------------


def flagging(own: int = 100, others: int = 150, trials: int = 4000) -> list[dict[str, Any]]:
    """How often an analyst is flagged within `own` labels that were read twice, where his colleagues read
    `others` texts twice without him."""
    rng = np.random.default_rng(0)
    found = []
    for third in (True, False):
        for error in (ERROR, 2 * ERROR):
            for flips in (0.0, 0.2, 0.3, 0.4):
                wrong = [error + flips * (1 - error), error, error]
                said = np.where(rng.random((trials, own, 3)) < wrong, rng.integers(1, 3, (trials, own, 3)), 0)
                apart = said[..., 0] != said[..., 1]
                half = apart & ((said[..., 2] != said[..., 0]) & (said[..., 2] != said[..., 1]) | (not third))
                against = apart & (said[..., 2] == said[..., 1])
                blames = np.where(half, 0.5, against.astype(float))
                pairs = np.where(
                    rng.random((trials, others, 2)) < error, rng.integers(1, 3, (trials, others, 2)), 0
                )
                differ = (pairs[..., 0] != pairs[..., 1]).sum(axis=1)
                most = [analysts.ceiling(others, int(one)) or 0.5 for one in differ]
                n = sum(bool(analysts.flags(*one)) for one in zip(blames, most, strict=True))
                shown = {"third": third, "error": error, "flips": flips}
                found.append({**shown, "flagged": rounded(n / trials), "trials": trials})
    return found


# --- what came of it --------------------------------------------------------------------------


def summary(trials: list[dict[str, Any]], rates: Mapping[str, tuple[float, ...]]) -> dict[str, Any]:
    stages: dict[str, dict[str, Any]] = {}
    for stage in dict.fromkeys(one["stage"] for one in trials):
        rows = []
        for attack in attacks(rates):
            mine = [
                one
                for one in trials
                if (one["stage"], one["attack"], one["rate"]) == (stage, attack.kind, attack.rate)
            ]
            n = sum(one["draws"] for one in mine)
            without, under = (sum(one[name] for one in mine) / n for name in ("clean_without", "clean_under"))
            rows.append({
                "attack": attack.kind, "rate": attack.rate,
                "gain": rounded(np.mean([one["gain"] for one in mine])),
                "harmful": sum(one["harmful"] for one in mine),
                "harmful_promoted": sum(one["attacked_promoted"] for one in mine if one["harmful"]),
                "attacked_promoted": rounded(
                    sum(one["attacked_promoted"] for one in mine) / sum(one["attacked_draws"] for one in mine)
                ),
                "clean_without": rounded(without), "clean_under": rounded(under),
                "change": rounded(under - without), "error": rounded(spread(mine)),
                "flagged": rounded(sum(one["attacker_flagged"] for one in mine) / n),
            })  # fmt: skip
        first = [one for one in trials if one["stage"] == stage]
        stages[stage] = {
            "clean_gain": rounded(np.mean([one["clean_gain"] for one in first])),
            "attacks": rows,
        }
    every: list[dict[str, Any]] = [one for some in stages.values() for one in some["attacks"]]
    honest = sum(one["honest_flagged"] for one in trials)
    return {
        "stages": stages,
        "harmful": sum(one["harmful"] for one in every),
        "harmful_promoted": sum(one["harmful_promoted"] for one in every),
        "honest_flagged": rounded(honest / (4 * sum(one["draws"] for one in trials))),
    }


def spread(mine: list[dict[str, Any]]) -> float:
    """Standard error of a change over paired draws."""
    n = sum(one["draws"] for one in mine)
    each = np.repeat(
        [1.0, -1.0, 0.0],
        [
            gained := sum(one["gained"] for one in mine),
            lost := sum(one["lost"] for one in mine),
            n - gained - lost,
        ],
    )
    return float(stats.sem(each)) if n > 1 else 0.0


if __name__ == "__main__":
    main()
