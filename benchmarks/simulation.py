"""How many labels each query strategy would have needed, on four sets of texts, chosen and then checked.

    python -m benchmarks.simulation --data DIR --encoder DIR --out benchmarks/results/simulation.json

TFNS, FinFE and Financial PhraseBank are read from a frozen encoder that has seen none of their labels,
FinEntity (the texts whose companies fare alike), FiQA and PhraseBank once more from the shipped model, which
has not seen them; a head is fitted on the vectors that come with predictions. On seeds 1 to 5 all strategies
are asked, and the one is chosen that saves most labels in the mean of the four TARGETS (of equals the one of
the larger area); on seeds 6 to 10 it is compared with random and with the default. Batches are about 1% of a
pool (of a large one 1.5%), so that what is needed is known that well. Vectors are kept in `--vectors`, the
curves of a split, once they are drawn, in `--curves`: a run that was cut short goes on from there, and with
`--sets` and `--seeds` several processes share the work.
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
    *("least_confidence", "adjusted", "gradient_length", "committee", "adaptive"),
)
CHECKED = (
    *("random", "margin", "entropy", "balanced", "least_confidence", "adjusted", "committee", "badge"),
    "adaptive",
)
CHOSEN_ON, CHECKED_ON = range(1, 6), range(6, 11)
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


def rehearsed(name: str, some: Material, kinds: Sequence[str], seed: int) -> dict[str, Any]:
    """What the strategies do on one split of a set."""
    made = {cls.kind: cls for cls in register_strategies()}
    _, _, batch, most = SETS[name]
    how = rehearsal.plan(some, [seed], batch=batch, most=most, full=False)
    return rehearsal.rehearse(some, {kind: made[kind]() for kind in kinds}, how, progress=_say)


def together(parts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Results of `rehearsed`, of a seed each, as that of all of them."""
    shortest = min((part["labels"] for part in parts), key=len)
    strategies = {
        kind: {"by_seed": [part["strategies"][kind]["by_seed"][0][: len(shortest)] for part in parts]}
        for kind in parts[0]["strategies"]
    }
    seeds, ceilings = ([one for part in parts for one in part[name]] for name in ("seeds", "ceilings"))
    found = {"seeds": seeds, "ceilings": ceilings, "labels": shortest, "strategies": strategies}
    return summed({**parts[-1], **found})


def _say(what: str, done: int, steps: int) -> None:
    print(f"{what} ({done} of {steps})", file=sys.stderr, flush=True)


def summed(found: Mapping[str, Any]) -> dict[str, Any]:
    """A result, its summary worked out again from the curves."""
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
    parser.add_argument("--curves", type=Path, help="folder to keep each split's curves in, and go on from")
    parser.add_argument("--sets", nargs="+", choices=tuple(SETS), help="these alone: their curves are kept")
    parser.add_argument("--seeds", nargs="+", type=int, help="these alone: their curves are kept")
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    if (arguments.sets or arguments.seeds) and not arguments.curves:
        parser.error("--sets and --seeds need --curves: the result is of all of them")
    folders = {"encoder": arguments.encoder, "shipped": arguments.model}
    found: dict[str, list[dict[str, Any]]] = {}
    for name in arguments.sets or SETS:
        some: Material | None = None
        for seed in arguments.seeds or (*CHOSEN_ON, *CHECKED_ON):
            file = arguments.curves / f"{name} {seed}.json" if arguments.curves else None
            if file is not None and file.exists():
                part = json.loads(file.read_text(encoding="utf-8"))
            else:
                if some is None:
                    with tempfile.TemporaryDirectory() as work:
                        embed = rehearsal.Encoder(Transformer, folders[SETS[name][1]], Path(work)).embed
                        some = read(name, arguments.data, embed, arguments.vectors)
                part = rehearsed(name, some, KINDS if seed in CHOSEN_ON else CHECKED, seed)
                if file is not None:
                    file.write_text(json.dumps(part), encoding="utf-8")
            found.setdefault(name, []).append(part)
            print(name, file=sys.stderr, flush=True)
    if arguments.sets or arguments.seeds:
        return 0
    first, second = (
        {name: together([one for one in parts if one["seeds"][0] in seeds]) for name, parts in found.items()}
        for seeds in (CHOSEN_ON, CHECKED_ON)
    )
    told = result(first, second, machine.command(parser, arguments))
    arguments.out.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
