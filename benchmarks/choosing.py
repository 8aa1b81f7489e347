"""One way of choosing a batch, measured in a process of its own: `python benchmarks/choosing.py FOLDER WAY`.

What `benchmarks.acquisition` runs for ours and, with the peers' Python, for theirs: it imports nothing of
the monitor unless the way is ours. FOLDER holds the pool as .npy files. Printed is a JSON object: the best
of some calls, in seconds and in seconds of the processor (which other work on the machine does not
lengthen), the most memory that the first one took beyond what was loaded, and the rows.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

BATCH = 50
LONGEST_SECONDS = 6.0
CALLS = 15


class Pool:
    """The arrays of a folder."""

    def __init__(self, folder: Path) -> None:
        self.arrays = {path.stem: np.load(path) for path in sorted(folder.glob("*.npy"))}
        self.vectors = self.arrays["vectors"]
        self.probabilities = self.arrays["probabilities"]
        self.labelled = self.arrays["labelled_vectors"]
        self.labels = self.arrays["labels"]


class Told:
    """A classifier that says what is told of every row: what peers ask of one."""

    def __init__(self, probabilities: Any) -> None:
        self.probabilities = probabilities

    def predict_proba(self, rows: Any) -> Any:
        """The probabilities of rows given by their places, or of all."""
        return self.probabilities[rows] if getattr(rows, "ndim", 2) == 1 else self.probabilities


class Rows(Sequence[Any]):
    """A data set of places, as small-text wants one."""

    def __init__(self, places: Any) -> None:
        self.places = places

    def __len__(self) -> int:
        return len(self.places)

    def __getitem__(self, some: Any) -> Any:
        return self.places[some]


def ours(kind: str, pool: Pool) -> Callable[[], Any]:
    """A bundled strategy; making the pool's columns is not counted, for the store has them."""
    import monitor
    from monitor_plugins.strategies import register_strategies

    strategy = next(cls() for cls in register_strategies() if cls.kind == kind)
    full = monitor.Pool(ids=np.arange(len(pool.vectors)), **pool.arrays)
    some = full.only(strategy.needs)
    return lambda: strategy.select(some, BATCH, np.random.default_rng(0)).rows


def skactiveml(what: str, pool: Pool) -> Callable[[], Any]:
    """scikit-activeml: its scores with the best picked, or its query."""
    from skactiveml.classifier import SklearnClassifier
    from skactiveml.pool import Badge, CoreSet, UncertaintySampling, uncertainty_scores
    from sklearn.linear_model import LogisticRegression

    methods = {"margin": "margin_sampling", "entropy": "entropy"}
    if what in methods:

        def scores() -> Any:
            found = uncertainty_scores(pool.probabilities, method=methods[what])
            return np.argsort(-found, kind="stable")[:BATCH]

        return scores
    everything = np.concatenate([pool.vectors, pool.labelled])
    known = np.concatenate([np.full(len(pool.vectors), np.nan), pool.labels])
    if what == "coreset":
        return lambda: CoreSet(random_state=0).query(everything, known, batch_size=BATCH)
    fitted = SklearnClassifier(LogisticRegression(max_iter=200), classes=[0, 1, 2]).fit(everything, known)
    if what == "badge":
        strategy = Badge(random_state=0)
    else:
        strategy = UncertaintySampling(method=methods[what.removesuffix("_query")], random_state=0)
    return lambda: strategy.query(everything, known, fitted, fit_clf=False, batch_size=BATCH)


def modal(what: str, pool: Pool) -> Callable[[], Any]:
    """modAL's functions over a classifier that is told."""
    from modAL import uncertainty

    choose = {"margin": uncertainty.margin_sampling, "entropy": uncertainty.entropy_sampling}[what]
    told = Told(pool.probabilities)
    return lambda: np.atleast_1d(choose(told, pool.vectors, n_instances=BATCH)[0])


def smalltext(what: str, pool: Pool) -> Callable[[], Any]:
    """small-text's strategies over a classifier that is told."""
    from small_text.query_strategies import BreakingTies, PredictionEntropy

    strategy = {"margin": BreakingTies, "entropy": PredictionEntropy}[what]()
    number = len(pool.probabilities)
    told = Told(np.concatenate([pool.probabilities, np.full((1, 3), 1 / 3)]))
    everything = Rows(np.arange(number + 1))
    places, labelled = np.arange(number), np.array([number])
    return lambda: strategy.query(told, everything, places, labelled, np.array([0]), n=BATCH)


def alipy(what: str, pool: Pool) -> Callable[[], Any]:
    """ALiPy, which asks for names that Python and NumPy no longer have."""
    import collections
    import collections.abc

    collections.Iterable = collections.abc.Iterable  # type: ignore[attr-defined]
    from alipy.query_strategy import QueryInstanceCoresetGreedy, QueryInstanceUncertainty

    places = list(range(len(pool.vectors)))
    if what in ("margin", "entropy"):
        strategy = QueryInstanceUncertainty(measure=what)
        return lambda: strategy.select_by_prediction_mat(places, pool.probabilities, batch_size=BATCH)
    everything = np.concatenate([pool.vectors, pool.labelled])
    labelled = np.arange(len(places), len(everything))
    answers, rows = np.zeros(len(everything), dtype=int), np.arange(len(places))
    greedy = QueryInstanceCoresetGreedy(everything, answers, np.arange(len(everything)))
    return lambda: greedy.select(labelled, rows, batch_size=BATCH)


WAYS: dict[str, Callable[[str, Pool], Callable[[], Any]]] = {
    "ours": ours,
    "scikit-activeml": skactiveml,
    "modAL": modal,
    "small-text": smalltext,
    "ALiPy": alipy,
}


def resident() -> tuple[int, int]:
    """Memory now, and the most since it was last asked to forget, in MB."""
    told = dict(
        line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines() if ":" in line
    )
    return tuple(round(int(told[name].split()[0]) / 1024) for name in ("VmRSS", "VmHWM"))  # type: ignore[return-value]


def main(folder: str, way: str) -> dict[str, Any]:
    """Measure one way."""
    who, _, what = way.partition(":")
    call = WAYS[who](what, Pool(Path(folder)))
    Path("/proc/self/clear_refs").write_text("5")  # forget the peak of loading
    before, _ = resident()
    seconds: list[float] = []
    processor: list[float] = []
    rows: list[int] = []
    start = time.perf_counter()
    while not seconds or (time.perf_counter() - start < LONGEST_SECONDS and len(seconds) < CALLS):
        begun, worked = time.perf_counter(), time.process_time()
        rows = [int(row) for row in call()]
        seconds.append(time.perf_counter() - begun)
        processor.append(time.process_time() - worked)
        if len(seconds) == 1:
            memory = resident()[1] - before
    return {
        "seconds": round(min(seconds), 5),
        "processor_seconds": round(min(processor), 5),
        "calls": len(seconds),
        "extra_memory_mb": memory,
        "rows": rows,
    }


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))
