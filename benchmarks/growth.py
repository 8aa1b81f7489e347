"""What a retraining costs as labels grow.

    python -m benchmarks.growth --data DIR [--labels 500 2000] [--methods lora top-k] [--json]

The shipped model is fitted further with adapters (or by --methods) and else the defaults of `monitor train`,
on so many texts of those that `models/train.py` fits it on, drawn at random, with 500 others for
development. Told are the seconds from nothing to a written model and the most memory resident; each fitting
has a process of its own, and the machine is to have nothing else to do. How good the models get is the
business of `fitting`.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.fitting import alone, fitted
from benchmarks.machine import command, describe
from monitor import Snapshot
from monitor_models.datasets import read_examples, split
from monitor_plugins.transformer.fitting.recipe import METHODS

LABELS = (500, 2_000, 8_000, 32_000)
DEVELOPMENT = 500


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure what a retraining costs as labels grow.")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--model", type=Path, default=Path("models/default"))
    parser.add_argument("--labels", type=int, nargs="+", default=list(LABELS), help="how many, in turn")
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=["lora"])
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results/growth.json"))
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    arguments = parser.parse_args()

    train = split(read_examples(arguments.data)).train
    if max(arguments.labels) + DEVELOPMENT > len(train):
        parser.error(f"--labels: at most {len(train) - DEVELOPMENT:,}, for {arguments.data} has no more")
    drawn = [train[i] for i in np.random.default_rng(0).permutation(len(train))]
    result: dict[str, Any] = {
        "command": command(parser, arguments),
        "model": arguments.model.name,
        "development": DEVELOPMENT,
        "runs": [],
        **describe("torch", "transformers", "peft", "numpy"),
    }
    for number in arguments.labels:
        snapshot = Snapshot("", drawn[:number], drawn[number : number + DEVELOPMENT])
        for method in arguments.methods:
            _, cost = alone(fitted, {"method": method}, snapshot, arguments.model, [])
            result["runs"].append({"labels": number, "method": method, **cost})
            print(line(result["runs"][-1]), file=sys.stderr, flush=True)
            arguments.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=1) if arguments.json else "\n".join(map(line, result["runs"])))
    return 0


def line(run: Mapping[str, Any]) -> str:
    minutes = run["seconds"] / 60
    return f"{run['labels']:>7,} labels, {run['method']}: {minutes:.1f} min, {run['peak_memory_mb']:,} MB"


if __name__ == "__main__":
    sys.exit(main())
