"""Time and memory of the query strategies, beside those of four libraries, in one run.

    python -m venv PEERS
    PEERS/bin/pip install "numpy>=2" scikit-learn scikit-activeml==1.0.1 small-text==1.4.1 \\
        modAL-python==0.4.2.1 alipy==1.2.5
    python -m benchmarks.acquisition --peers PEERS/bin/python --out benchmarks/results/acquisition.json

The pool is 100,000 unit vectors of 384 numbers in 200 clusters, with probabilities of three classes and 500
labelled ones; asked for are 50. Each way runs in a process of its own (`benchmarks.choosing`), twice, the
second time in the opposite order, and the better of both counts, with one thread each and the load told: on
a shared machine the processor's seconds say more than the clock's, and on a quiet one they are the same.
The peers' own Python has what they need: two of them pin old versions. Then all of ours on 1,000,000 rows
of 16-bit vectors. small-text's core-set (which measures all distances at every step, beyond two minutes)
and its BADGE (whose embedding is another) are left out.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks import machine
from monitor_plugins.strategies import register_strategies

AIMS = {"margin": 0.010, "entropy": 0.010, "coreset": 2.0, "badge": 1.2}
"""Seconds, on two quiet cores."""
MEMORY_AIM = 150
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
PEERS = {
    "margin": ("scikit-activeml", "modAL", "small-text", "ALiPy"),
    "entropy": ("scikit-activeml", "modAL", "small-text", "ALiPy"),
    "coreset": ("scikit-activeml", "ALiPy"),
    "badge": ("scikit-activeml",),
}
MANY = 1_000_000
CHOOSING = Path(__file__).with_name("choosing.py")


def fill(folder: Path, rows: int, kind: type[np.floating[Any]]) -> None:
    """Write a pool of `rows` vectors of `kind` to the folder, a part at a time."""
    rng = np.random.default_rng(0)
    middles = rng.normal(size=(200, 384)).astype(np.float32)
    weights = 3 * rng.normal(size=(384, 3)).astype(np.float32)

    def some(number: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        found = (
            0.7 * rng.normal(size=(number, 384)).astype(np.float32) + middles[rng.integers(0, 200, number)]
        )
        found /= np.linalg.norm(found, axis=1, keepdims=True)
        scores = np.exp(found @ weights)
        return found, scores / scores.sum(axis=1, keepdims=True)

    vectors, probabilities = np.empty((rows, 384), kind), np.empty((rows, 3), np.float32)
    for start in range(0, rows, 50_000):
        part = slice(start, min(start + 50_000, rows))
        vectors[part], probabilities[part] = some(part.stop - part.start)
    labelled, said = some(500)
    members = np.exp(np.log(probabilities) + 0.3 * rng.normal(size=(5, rows, 3)).astype(np.float32))
    columns = {
        "vectors": vectors,
        "probabilities": probabilities,
        "members": members / members.sum(axis=2, keepdims=True),
        "labels": said.argmax(axis=1),
        "labelled_vectors": labelled.astype(kind),
        "labelled_probabilities": said,
        "seconds": rng.uniform(2, 60, rows),
        "impact": rng.uniform(0, 1, rows),
    }
    for name, column in columns.items():
        np.save(folder / f"{name}.npy", column)


def measured(python: str, folder: Path, way: str, patience: float) -> dict[str, Any]:
    """What `benchmarks.choosing` says of one way; {"error": ...} where it fails or takes too long."""
    command = [python, "-W", "ignore", str(CHOOSING), str(folder), way]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=patience, check=True, env=os.environ | ONE_THREAD
        )
    except subprocess.TimeoutExpired:
        return {"error": f"not done after {patience:.0f} seconds"}
    except subprocess.CalledProcessError as error:
        return {"error": (error.stderr.strip().splitlines() or ["no word"])[-1][:200]}
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found | {"load": round(os.getloadavg()[0], 1)}


def better(first: dict[str, Any] | None, second: dict[str, Any]) -> dict[str, Any]:
    """The quicker of two measurements of one way."""
    if first is None or "error" in first:
        return second
    return min(first, second, key=lambda one: one.get("processor_seconds", np.inf))


def main() -> int:
    """Measure, and write the result."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--peers", default="", help="the Python that has the peers; without it, ours alone")
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--many", type=int, default=MANY, help="rows of the large pool; 0: none")
    parser.add_argument("--patience", type=float, default=240.0, help="seconds one way may take")
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    kinds = [cls.kind for cls in register_strategies()]
    ways = [(sys.executable, f"ours:{kind}") for kind in kinds]
    if arguments.peers:
        ways += [(arguments.peers, f"{who}:{what}") for what, names in PEERS.items() for who in names]
    found: dict[str, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory() as name:
        fill(Path(name), arguments.rows, np.float32)
        for turn in (ways, ways[::-1]):
            for python, way in turn:
                one = measured(python, Path(name), way, arguments.patience)
                found[way] = better(found.get(way), one)
                print(way, {key: value for key, value in one.items() if key != "rows"}, file=sys.stderr)
    many: dict[str, dict[str, Any]] = {}
    if arguments.many:
        with tempfile.TemporaryDirectory() as name:
            fill(Path(name), arguments.many, np.float16)
            for kind in kinds:
                many[kind] = measured(sys.executable, Path(name), f"ours:{kind}", 4 * arguments.patience)
                print(
                    kind, {key: value for key, value in many[kind].items() if key != "rows"}, file=sys.stderr
                )
    result = {
        "command": machine.command(parser, arguments),
        "rows": arguments.rows,
        "batch": 50,
        "aims": AIMS,
        "memory_aim_mb": MEMORY_AIM,
        "strategies": {kind: plain(found[f"ours:{kind}"]) for kind in kinds},
        "peers": {
            what: {who: plain(found[f"{who}:{what}"], found[f"ours:{what}"]) for who in names}
            for what, names in PEERS.items()
            if arguments.peers
        },
        "many_rows": arguments.many,
        "many": {kind: plain(one) for kind, one in many.items()},
        **machine.describe("numpy", "scipy"),
    }
    arguments.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    return 0


def plain(one: dict[str, Any], ours: dict[str, Any] | None = None) -> dict[str, Any]:
    """A measurement as it is kept: of a peer, how often its time is ours, and how many rows are the same."""
    kept = {key: value for key, value in one.items() if key != "rows"}
    if ours is not None and "rows" in one and "rows" in ours:
        kept["times_ours"] = round(one["processor_seconds"] / ours["processor_seconds"], 1)
        kept["same_rows"] = len(set(one["rows"]) & set(ours["rows"]))
        kept["same_order"] = one["rows"] == ours["rows"]
    return kept


if __name__ == "__main__":
    sys.exit(main())
