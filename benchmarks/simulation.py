"""How many labels each query strategy would have needed, on four sets of texts, chosen and then checked.

    python -m benchmarks.simulation --data DIR --encoder DIR --out benchmarks/results/simulation.json

TFNS, FinFE and Financial PhraseBank are read from a frozen encoder that has seen none of their labels,
FinEntity (the texts whose companies fare alike), FiQA and PhraseBank once more from the shipped model, which
has not seen them; a head is fitted on the vectors that come with predictions. On seeds 1 to 5 all strategies
are asked, and the one is chosen that saves most labels in the mean of the four TARGETS (of equals the one of
the larger area); on seeds 6 to 10 it is compared with random and with the default. Batches are about 1% of a
pool (of a large one 1.5%), so that what is needed is known that well. Vectors are kept in `--vectors`, the
curves, once they are drawn, in `--curves`: a run that was cut short goes on from there, and with
`--sets` and `--kinds` several processes share the work.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest

from benchmarks import machine
from monitor.acquisition import material, rehearsal, simulate
from monitor.acquisition.simulate import Curve, HeadLearner, Material, Plan, summary
from monitor.datasets import labelled
from monitor.news import masking
from monitor.news.languages import detect_language
from monitor.taxonomy import TOPICS
from monitor_plugins.strategies import register_strategies
from monitor_plugins.transformer import Transformer

SETS: Mapping[str, tuple[str, str, int, float]] = {
    "FinEntity": ("entities/finentity_train.csv", "shipped", 4, 0.6),
    "FiQA": ("sentiment/fiqa_train.csv", "shipped", 7, 0.6),
    "PhraseBank, shipped": ("sentiment/fpb_train.csv", "shipped", 27, 0.3),
    "PhraseBank": ("sentiment/fpb_train.csv", "encoder", 27, 0.4),
    "TFNS": ("sentiment/tfns_train.csv", "encoder", 100, 0.55),
    "FinFE": ("sentiment/finfe_zh_train.csv", "encoder", 100, 0.55),
}
"""Name -> file, what embeds it, batch, share of the pool to go up to."""
TARGETS = ("TFNS", "FinFE", "PhraseBank", "FinEntity")
"""What the aim is about: the other sets are reported."""
KINDS = (
    *("random", "margin", "entropy", "badge", "balanced", "typical", "coreset", "dense", "contrastive"),
    *("least_confidence", "adjusted", "gradient_length", "committee", "adaptive"),
)
CHECKED = (
    *("random", "margin", "entropy", "balanced", "least_confidence", "adjusted", "committee", "badge"),
    "adaptive",
)
CHOSEN_ON, CHECKED_ON = range(1, 6), range(6, 11)
CEILING = "ceiling"
DEFAULT, FALLBACK = "adjusted", "margin"
AIM = 0.45

Embed = Callable[[Sequence[str]], NDArray[np.floating[Any]]]


def read(name: str, data: Path, embed: Embed, kept: Path | None) -> Material:
    """A set as a simulation takes it."""
    file, model, _, _ = SETS[name]
    examples = labelled.read(data / file, [topic.name for topic in TOPICS]).examples
    words, labels = material.judged(examples)
    words = [masking.mask(one) for one in words]
    found = material.vectors(words, embed, model, kept / f"{name}.npz" if kept else None)
    return material.material(words, labels, found, detect_language)


def ceiling(name: str, some: Material, seed: int) -> dict[str, Any]:
    """What a split of a set is, and what all labels of its pool give."""
    how = plan(name, some, seed)
    return {
        "texts": len(some.labels),
        "classes": np.bincount(some.labels, minlength=3).tolist(),
        "groups": len(np.unique(some.groups)),
        "pool": len(simulate.split(some, seed, how.start)[0]),
        "ceiling": round(simulate.ceiling(some, seed, how, HeadLearner(some)), 4),
    }


def curve(name: str, some: Material, seed: int, kind: str) -> dict[str, Any]:
    """What a strategy does on a split of a set."""
    strategy = next(cls for cls in register_strategies() if cls.kind == kind)()
    found = simulate.curve(some, strategy, seed, plan(name, some, seed), HeadLearner(some))
    return {"labels": found.labels, "scores": [round(score, 4) for score in found.scores]}


def plan(name: str, some: Material, seed: int) -> Plan:
    """How a split of a set is asked about."""
    _, _, batch, most = SETS[name]
    return rehearsal.plan(some, [seed], batch=batch, most=most, full=False)


class Curves:
    """The curves of the sets, each drawn once and kept in the folder `kept`, where there is one."""

    def __init__(self, materials: Callable[[str], Material], kept: Path | None) -> None:
        self._materials = materials
        self._kept = kept

    def one(self, name: str, seed: int, what: str) -> dict[str, Any]:
        """The curve of the strategy `what` on a split, or its "ceiling"."""
        file = self._kept / f"{name} {seed} {what}.json" if self._kept else None
        if file is not None and file.exists():
            known: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
            return known
        some = self._materials(name)
        found = ceiling(name, some, seed) if what == CEILING else curve(name, some, seed, what)
        print(f"{name}, seed {seed}: {what}", file=sys.stderr, flush=True)
        if file is not None:
            file.write_text(json.dumps(found), encoding="utf-8")
        return found

    def all(self, name: str, seeds: Sequence[int], kinds: Sequence[str]) -> dict[str, Any]:
        """What the strategies need on a set."""
        tops = [self.one(name, seed, CEILING) for seed in seeds]
        runs = {kind: [self.one(name, seed, kind) for seed in seeds] for kind in kinds}
        labels = min((one["labels"] for some in runs.values() for one in some), key=len)
        curves = {
            kind: [Curve(tuple(labels), tuple(one["scores"][: len(labels)])) for one in some]
            for kind, some in runs.items()
        }
        facts = {key: value for key, value in tops[-1].items() if key != "ceiling"}
        found = summary(curves, [one["ceiling"] for one in tops], facts["pool"])
        batch = SETS[name][2]
        return {**facts, "batch": batch, "start": labels[0], "seeds": list(seeds), "fit": "head", **found}


def choice(first: Mapping[str, Mapping[str, Any]]) -> str:
    """The strategy that saves most labels in the mean of the targets, of those that are checked."""

    def worth(kind: str) -> tuple[float, float]:
        found = [first[name]["strategies"][kind] for name in TARGETS]
        saved = [one.get("saved") or 0.0 for one in found]
        return float(np.mean(saved)), float(np.mean([one["area"] for one in found]))

    return max((kind for kind in CHECKED if kind != "random"), key=worth)


def beside(curves: Curves, kind: str, other: str) -> dict[str, Any]:
    """How far the curve of `kind` lies above that of `other`, in the mean, on the splits that are checked; on
    how many of these it does, and how probable so many are where neither is better (sign test)."""
    ahead = {
        name: [
            float(np.mean(np.subtract(*(scores[:shortest] for scores in both))))
            for seed in CHECKED_ON
            if (both := [curves.one(name, seed, one)["scores"] for one in (kind, other)])
            and (shortest := min(map(len, both)))
        ]
        for name in SETS
    }
    found = [one for some in ahead.values() for one in some]
    won = sum(one > 0 for one in found)
    return {
        "kind": kind,
        "other": other,
        "ahead": {name: round(float(np.mean(some)), 4) for name, some in ahead.items()},
        "won": won,
        "of": len(found),
        "p": round(float(binomtest(won, len(found)).pvalue), 6),
    }


def result(
    first: Mapping[str, Mapping[str, Any]], second: Mapping[str, Mapping[str, Any]], command: str
) -> dict[str, Any]:
    """All that was found, as it is kept."""
    picked = choice(first)
    verdicts = {
        name: {
            kind: {
                key: one["strategies"][kind].get(key)
                for key in (
                    *("labels_needed", "share_of_pool", "saved", "saved_interval", "area_ahead"),
                    *("area_ahead_interval", "late_ahead", "late_ahead_interval"),
                )
            }
            for kind in dict.fromkeys(("random", picked, DEFAULT, FALLBACK, "adaptive"))
        }
        for name, one in second.items()
    }
    regret = {
        name: round(
            max(one["strategies"][kind]["area"] for kind in CHECKED if kind != "adaptive")
            - one["strategies"]["adaptive"]["area"],
            4,
        )
        for name, one in second.items()
    }
    return {
        "command": command,
        "aim": AIM,
        "default": DEFAULT,
        "chosen": picked,
        "targets": list(TARGETS),
        "reached": sum((verdicts[name][picked]["saved"] or 0) >= AIM for name in TARGETS),
        "checked": verdicts,
        "regret_of_adaptive": regret,
        "sets": first,
        "sets_checked": second,
        **machine.describe("numpy", "scipy", "torch"),
    }


def reading(what: str) -> argparse.ArgumentParser:
    """The arguments of a program that reads the sets."""
    parser = argparse.ArgumentParser(description=what)
    parser.add_argument("--data", type=Path, required=True, help="folder of the data sets")
    parser.add_argument("--encoder", type=Path, required=True, help="a frozen encoder, as a model folder")
    parser.add_argument("--model", type=Path, default=Path("models/default"))
    parser.add_argument("--vectors", type=Path, help="folder to keep vectors in")
    parser.add_argument("--out", type=Path, required=True)
    return parser


def main() -> int:
    """Simulate, and write the result."""
    parser = reading(__doc__)
    parser.add_argument("--curves", type=Path, help="folder to keep curves in, and go on from")
    parser.add_argument("--sets", nargs="+", choices=tuple(SETS), help="these alone: their curves are kept")
    parser.add_argument("--kinds", nargs="+", choices=KINDS, help="these alone: their curves are kept")
    arguments = parser.parse_args()
    if (arguments.sets or arguments.kinds) and not arguments.curves:
        parser.error("--sets and --kinds need --curves: the result is of all of them")
    folders = {"encoder": arguments.encoder, "shipped": arguments.model}

    @cache
    def materials(name: str) -> Material:
        with tempfile.TemporaryDirectory() as work:
            embed = rehearsal.Encoder(Transformer, folders[SETS[name][1]], Path(work)).embed
            return read(name, arguments.data, embed, arguments.vectors)

    curves = Curves(materials, arguments.curves)
    parts = ((CHOSEN_ON, KINDS), (CHECKED_ON, CHECKED))
    if arguments.sets or arguments.kinds:
        for name in arguments.sets or SETS:
            for seeds, kinds in parts:
                for seed in seeds:
                    curves.one(name, seed, CEILING)
                    for kind in kinds:
                        if kind in (arguments.kinds or kinds):
                            curves.one(name, seed, kind)
        return 0
    first, second = ({name: curves.all(name, seeds, kinds) for name in SETS} for seeds, kinds in parts)
    told = result(first, second, machine.command(parser, arguments))
    told["beside_fallback"] = beside(curves, DEFAULT, FALLBACK)
    arguments.out.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
