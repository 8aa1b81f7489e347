"""A simulation from files to a picture: read, embed, ask every strategy, fit, sum up, draw.

The edge of `acquisition.simulate`: what it fits on is read here, and what it found is written here. A head
is fitted on vectors by default; with a `Fit` every round fits the real model on what is labelled so far,
which takes minutes a round.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from monitor.acquisition import simulate
from monitor.acquisition.simulate import Curve, HeadLearner, Learner, Material, Plan, Said
from monitor.classification import manifest
from monitor.datasets import snapshots
from monitor.errors import UserError, WorkerError
from monitor.executor import Executor, pickled
from monitor.executor.local import Inline
from monitor.hookspecs import Progress, Strategy, Trainable, silent
from monitor.messages import Message
from monitor.records import SENTIMENTS, Article, Example, Snapshot

Fit = Callable[[Material, int], Learner]
"""A learner of the real model for a seed."""

INLINE = Inline(0)
"""Here, with as many threads as anything else."""
FULL_ROUNDS = 6
FULL_BATCH = 200


class Encoder:
    """What embeds texts and is fitted: the model in the folder `parent`, or a bare encoder, which becomes a
    model with untrained heads in `work` first. `make` makes a classifier that has loaded nothing."""

    def __init__(self, make: Callable[..., Any], parent: Path, work: Path) -> None:
        self.name = str(parent.resolve())
        self._make = make
        self._work = work
        self._parent = parent
        self._loaded: Any = None
        self._fitted = 0

    def embed(self, texts: Sequence[str]) -> NDArray[np.floating[Any]]:
        """The vectors of texts. Raises ModelError, UserError."""
        if self._loaded is None:
            self._loaded = self._load()
        return embedded(self._loaded, texts)

    def _load(self) -> Any:
        folder = self._parent
        if not (folder / manifest.NAME).is_file():
            folder = self._work / "bare"
            classifier = self._make(base=str(self._parent), epochs=0.0)
            if not isinstance(classifier, Trainable):
                raise UserError(f"the classifier {classifier.kind!r} makes no model of a bare encoder")
            some = tuple(Example("nothing", label) for label in SENTIMENTS)
            classifier.fit(Snapshot("", some, some), None, folder, silent)
        loaded = self._make()
        loaded.load(folder, folder.name)
        return loaded

    def learner(self, texts: Sequence[str]) -> Fit:
        """Fits the real model on what is labelled: a seventh of it for early stopping and calibration, every
        time anew from the parent."""

        def of_seed(material: Material, seed: int) -> Learner:
            def learn(rows: NDArray[np.int64], before: Said | None) -> Said:
                self._fitted += 1
                out = self._work / f"fit-{self._fitted}"
                known = [Example(texts[row], SENTIMENTS[material.labels[row]]) for row in rows.tolist()]
                snapshot = snapshots.build(known)
                bare = not (self._parent / manifest.NAME).is_file()
                options = {"base": str(self._parent)} if bare else {}
                self._make(seed=seed, **options).fit(snapshot, None if bare else self._parent, out, silent)
                fitted = self._make()
                fitted.load(out, out.name)
                told = [one.sentiment for one in fitted.classify(_articles(texts))]
                vectors = embedded(fitted, texts)
                shutil.rmtree(out)
                return Said(np.array([[one[name] for name in SENTIMENTS] for one in told]), vectors)

            return learn

        return of_seed


def embedded(classifier: Any, texts: Sequence[str]) -> NDArray[np.floating[Any]]:
    """The vectors that a classifier judges these texts by. Raises UserError where it hands none on."""
    told = classifier.classify(_articles(texts))
    if not all(one.vector for one in told):
        raise UserError(Message("acquisition.no_vectors", kind=classifier.kind))
    return np.array([np.frombuffer(one.vector, "<f2") for one in told], dtype=np.float32)


def _articles(texts: Sequence[str]) -> list[Article]:
    return [Article.unstored(text, _NEVER) for text in texts]


_NEVER = datetime(2000, 1, 1, tzinfo=UTC)


def plan(
    material: Material, seeds: Sequence[int], *, batch: int = 0, start: int = 0, most: float = 0.6, full: bool
) -> Plan:
    """How to simulate with this much material: batches of 2% of the pool by default, of FULL_BATCH and no
    more than FULL_ROUNDS of them with the real fit. Raises UserError where the pool is too small for it."""
    pool = min(len(simulate.split(material, seed, 1)[0]) for seed in seeds)
    batch = batch or (FULL_BATCH if full else max(5, round(0.02 * pool)))
    start = start or max(batch, 10)
    if start + batch > pool:
        raise UserError(
            f"the pool has {pool} texts: too few for {start} to start with and batches of {batch}"
        )
    made = Plan(batch, start, most, tuple(seeds))
    if full:
        made = replace(made, most=min(most, (start + FULL_ROUNDS * batch) / pool))
    return made


CEILING = ""
"""In place of a strategy's name: what the whole pool teaches."""


@dataclass(frozen=True, eq=False, slots=True)
class Curves:
    """A simulation as `Work`: of a seed and a strategy, or CEILING, the learning curve or the ceiling. None
    knows of another, so that it does not matter who finds it."""

    material: Material
    strategies: Mapping[str, Strategy]
    how: Plan
    fit: Fit | None = None

    def open(self) -> Callable[[tuple[int, str]], Curve | float]:
        def found(asked: tuple[int, str]) -> Curve | float:
            seed, name = asked
            learn = HeadLearner(self.material) if self.fit is None else self.fit(self.material, seed)
            if name == CEILING:
                return simulate.ceiling(self.material, seed, self.how, learn)
            return simulate.curve(self.material, self.strategies[name], seed, self.how, learn)

        return found


def rehearse(
    material: Material,
    strategies: Mapping[str, Strategy],
    how: Plan,
    *,
    fit: Fit | None = None,
    executor: Executor = INLINE,
    progress: Progress = silent,
) -> dict[str, Any]:
    """What every strategy would have needed: `simulate.summary`, with the plan. A `fit` and strategies that
    cannot be sent elsewhere work here, whatever the `executor`. Raises PluginError where a strategy does not
    answer as it should, WorkerError."""
    curves: dict[str, list[Curve]] = {name: [] for name in strategies}
    ceilings: list[float] = []
    asked = [(seed, name) for seed in how.seeds for name in (CEILING, *strategies)]
    work = Curves(material, strategies, how, fit)
    here = INLINE if executor.kind != INLINE.kind and not _sendable(work) else executor
    with here.map(work, asked) as results:
        for done, ((seed, name), found) in enumerate(zip(asked, results, strict=True), start=1):
            progress(f"seed {seed}, {name or 'all labels'}", done, len(asked))
            if isinstance(found, Curve):
                curves[name].append(found)
            else:
                ceilings.append(found)
    pool = len(simulate.split(material, how.seeds[-1], how.start)[0])
    shortest = min(len(one.labels) for some in curves.values() for one in some)
    cut = {
        name: [Curve(one.labels[:shortest], one.scores[:shortest]) for one in some]
        for name, some in curves.items()
    }
    return {
        "texts": len(material.labels),
        "classes": np.bincount(material.labels, minlength=3).tolist(),
        "groups": len(np.unique(material.groups)),
        "batch": how.batch,
        "start": how.start,
        "seeds": list(how.seeds),
        "fit": "head" if fit is None else "full",
        **simulate.summary(cut, ceilings, pool),
    }


def _sendable(work: Curves) -> bool:
    """Whether others can do it: a plugin's strategy may live in a process of its own, which only we can ask,
    and what fits the real model holds that."""
    try:
        pickled(work)
    except WorkerError:
        return False
    return True


def write(result: Mapping[str, Any], out: Path) -> tuple[Path, Path]:
    """Write the result as curves.json and curves.png to the folder `out`; both paths."""
    out.mkdir(parents=True, exist_ok=True)
    told, drawn = out / "curves.json", out / "curves.png"
    told.write_text(json.dumps(result, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    draw(result, drawn)
    return told, drawn


def draw(result: Mapping[str, Any], path: Path) -> None:
    """The learning curves as a PNG: the mean over the seeds, two standard errors on either side, the ceiling
    and 95% of it."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 5.5), layout="constrained")
    axes = figure.subplots()
    labels = result["labels"]
    for name, one in result["strategies"].items():
        (line,) = axes.plot(labels, one["mean"], label=name, linewidth=2 if name == "random" else 1.2)
        axes.fill_between(labels, one["low"], one["high"], alpha=0.12, color=line.get_color())
    axes.axhline(result["ceiling"], color="#6b7280", linewidth=0.8)
    axes.axhline(result["target"], color="#6b7280", linewidth=0.8, linestyle="--")
    axes.set_xlabel(f"labels (pool: {result['pool']:,})")
    axes.set_ylabel("macro-F1")
    axes.set_title(
        f"{len(result['seeds'])} seeds, batches of {result['batch']}; dashed: 95% of the whole pool"
    )
    axes.legend(fontsize=8, ncols=2, loc="lower right")
    figure.savefig(path, dpi=130)
