"""How many labels each query strategy would have needed, on four sets of texts, chosen and then checked.

    python -m benchmarks.simulation --data DIR --encoder DIR --out benchmarks/results/simulation.json

TFNS, FinFE and Financial PhraseBank are read from a frozen encoder that has seen none of their labels,
FinEntity (the texts whose companies fare alike), FiQA and PhraseBank once more from the shipped model, which
has not seen them; a head is fitted on the vectors that come with predictions. On seeds 1 to 5 all strategies
are asked, and the one is chosen that saves most labels in the mean of the four TARGETS (of equals the one of
the larger area); on seeds 6 to 10 it is compared with random and with the default. Batches are about 1% of a
pool (of a large one 1.5%), so that what is needed is known that well. Vectors are kept in `--vectors`.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks import machine
from monitor.acquisition import material, rehearsal
from monitor.acquisition.simulate import Curve, Material, summary
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
    *("least_confidence", "gradient_length", "committee", "adaptive"),
)
CHECKED = (
    *("random", "margin", "entropy", "balanced", "least_confidence", "committee", "badge", "adaptive"),
)
DEFAULT = "margin"
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


def rehearsed(name: str, some: Material, kinds: Sequence[str], seeds: Sequence[int]) -> dict[str, Any]:
    """What the strategies need on a set."""
    made = {cls.kind: cls for cls in register_strategies()}
    _, _, batch, most = SETS[name]
    how = rehearsal.plan(some, seeds, batch=batch, most=most, full=False)
    return rehearsal.rehearse(some, {kind: made[kind]() for kind in kinds}, how)


def summed(found: Mapping[str, Any]) -> dict[str, Any]:
    """A result of `rehearsed`, its summary worked out again from the curves."""
    labels = tuple(found["labels"])
    curves = {
        kind: [Curve(labels, tuple(row)) for row in one["by_seed"]]
        for kind, one in found["strategies"].items()
    }
    return {**found, **summary(curves, found["ceilings"], found["pool"])}


def choice(first: Mapping[str, Mapping[str, Any]]) -> str:
    """The strategy that saves most labels in the mean of the targets, of those that are checked."""

    def worth(kind: str) -> tuple[float, float]:
        found = [first[name]["strategies"][kind] for name in TARGETS]
        saved = [one.get("saved") or 0.0 for one in found]
        return float(np.mean(saved)), float(np.mean([one["area"] for one in found]))

    return max((kind for kind in CHECKED if kind != "random"), key=worth)


def result(
    first: Mapping[str, Mapping[str, Any]], second: Mapping[str, Mapping[str, Any]], command: str
) -> dict[str, Any]:
    """All that was found, as it is kept."""
    first, second = ({name: summed(one) for name, one in some.items()} for some in (first, second))
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
            for kind in dict.fromkeys(("random", picked, DEFAULT, "adaptive"))
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


def main() -> int:
    """Simulate, and write the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of the data sets")
    parser.add_argument("--encoder", type=Path, required=True, help="a frozen encoder, as a model folder")
    parser.add_argument("--model", type=Path, default=Path("models/default"))
    parser.add_argument("--vectors", type=Path, help="folder to keep vectors in")
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    folders = {"encoder": arguments.encoder, "shipped": arguments.model}
    first, second = {}, {}
    with tempfile.TemporaryDirectory() as work:
        for name, (_, model, _, _) in SETS.items():
            embed = rehearsal.Encoder(Transformer, folders[model], Path(work) / name).embed
            some = read(name, arguments.data, embed, arguments.vectors)
            first[name] = rehearsed(name, some, KINDS, range(1, 6))
            second[name] = rehearsed(name, some, CHECKED, range(6, 11))
            print(name, file=sys.stderr, flush=True)
    told = result(first, second, machine.command(parser, arguments))
    arguments.out.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
