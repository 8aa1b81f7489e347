"""How many labels each query strategy would have needed, on four sets of texts, chosen and then checked.

    python -m benchmarks.simulation --data DIR --encoder DIR --out benchmarks/results/simulation.json

Financial PhraseBank, TFNS and FinFE (of the last two `--texts` drawn ones) are read from a frozen encoder
that has seen none of their labels, FinEntity (the texts whose companies fare alike) from the shipped model,
which has not seen it; a head is fitted on the vectors. On seeds 1 to 5 all strategies are asked, and the
one whose mean area over the sets is largest is chosen; on seeds 6 to 10 it is compared with random and with
the default. Batches are 2% to 2.6% of a pool. Vectors are kept in `--vectors`.
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
    "FinEntity": ("entities/finentity_train.csv", "shipped", 8, 0.6),
    "PhraseBank": ("sentiment/fpb_train.csv", "encoder", 53, 0.4),
    "FinFE": ("sentiment/finfe_zh_train.csv", "encoder", 52, 0.5),
    "TFNS": ("sentiment/tfns_train.csv", "encoder", 52, 0.5),
}
"""Name -> file, what embeds it, batch, share of the pool to go up to."""
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


def read(name: str, data: Path, texts: int, embed: Embed, kept: Path | None) -> Material:
    """A set as a simulation takes it."""
    file, model, _, _ = SETS[name]
    examples = labelled.read(data / file, [topic.name for topic in TOPICS]).examples
    rows = sorted(np.random.default_rng(0).permutation(len(examples))[:texts])
    some = [examples[row] for row in rows]
    words, labels = material.judged(some)
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
    """The strategy of the largest mean area over the sets, of those that are checked."""
    areas = {
        kind: float(np.mean([one["strategies"][kind]["area"] for one in first.values()]))
        for kind in CHECKED
        if kind != "random"
    }
    return max(areas, key=areas.__getitem__)


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
        "reached": sum((one[picked]["saved"] or 0) >= AIM for one in verdicts.values()),
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
    parser.add_argument("--texts", type=int, default=3000, help="of TFNS and FinFE, drawn")
    parser.add_argument("--vectors", type=Path, help="folder to keep vectors in")
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    folders = {"encoder": arguments.encoder, "shipped": arguments.model}
    first, second = {}, {}
    with tempfile.TemporaryDirectory() as work:
        for name, (_, model, _, _) in SETS.items():
            most = arguments.texts if name in ("TFNS", "FinFE") else sys.maxsize
            embed = rehearsal.Encoder(Transformer, folders[model], Path(work) / name).embed
            some = read(name, arguments.data, most, embed, arguments.vectors)
            first[name] = rehearsed(name, some, KINDS, range(1, 6))
            second[name] = rehearsed(name, some, CHECKED, range(6, 11))
    told = result(first, second, machine.command(parser, arguments))
    arguments.out.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
