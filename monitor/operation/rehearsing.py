"""Rehearsing: query strategies tried, and policies trained, on labels that are there already."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from monitor.acquisition import material, policies, rehearsal
from monitor.acquisition.simulate import Material
from monitor.hookspecs import Progress, silent
from monitor.news.languages import detect_language
from monitor.operation.trainings import Trainings


class Rehearsing(Trainings):
    """Plays labelling through, without an analyst."""

    def rehearse(
        self,
        data: Path,
        strategies: Sequence[str],
        seeds: Sequence[int],
        *,
        full: bool = False,
        base: str = "",
        batch: int = 0,
        start: int = 0,
        most: float = 0.6,
        vectors: Path | None = None,
        encoding: str = "",
        progress: Progress = silent,
    ) -> dict[str, Any]:
        """What each of the `strategies`, by kind or name, would have needed of the labels in the file `data`
        (`acquisition.rehearsal`). `base` is a model version, a model folder or an encoder; the serving model
        if empty. Raises UserError, PluginError, ModelError."""
        asked = {name: self.instances.strategy_of(name) for name in strategies}
        with self._rehearsed(data, base, vectors, encoding, progress) as (some, encoder, texts):
            how = rehearsal.plan(some, seeds, batch=batch, start=start, most=most, full=full)
            fit = encoder.learner(texts) if full else None
            return rehearsal.rehearse(some, asked, how, fit=fit, executor=self.bulk, progress=progress)

    def train_policy(
        self,
        data: Path,
        strategy: str,
        *,
        options: Mapping[str, Any] | None = None,
        base: str = "",
        episodes: int = 10,
        held: int = 10,
        batch: int = 0,
        most: float = 0.2,
        vectors: Path | None = None,
        encoding: str = "",
        progress: Progress = silent,
    ) -> dict[str, Any]:
        """Train the policy `strategy`, with these `options`, on the labels in the file `data` and play it
        against margin (`acquisition.policies`). Raises UserError, ConfigError, ModelError."""
        learner = self.registry.build_here("strategies", strategy, options or {}, "--option")
        directory, rival = self.settings.learning.directory, self.instances.strategy_of("margin")
        seeds = range(100, 100 + episodes)  # a simulation's own seeds begin at 1
        last = range(seeds.stop, seeds.stop + held)
        with self._rehearsed(data, base, vectors, encoding, progress) as (some, _, _):
            how = rehearsal.plan(some, tuple(seeds), batch=batch, most=most, full=False)
            return policies.train(some, learner, rival, how, last, directory, self.now(), progress)

    @contextmanager
    def _rehearsed(
        self, data: Path, base: str, vectors: Path | None, encoding: str, progress: Progress
    ) -> Iterator[tuple[Material, rehearsal.Encoder, Sequence[str]]]:
        """The labelled texts of the file `data` on the vectors of `base`, with what made these, which has a
        folder of its own meanwhile."""
        texts, labels = material.judged(self.workbench.examples([data], ("sentiment",), encoding))
        with tempfile.TemporaryDirectory() as folder:
            parent = self.model_folder(base) if base else self.workbench.serving()
            encoder = rehearsal.Encoder(self.new_classifier, parent, Path(folder))
            found = material.vectors(texts, encoder.embed, encoder.name, vectors, progress)
            yield material.material(texts, labels, found, detect_language), encoder, texts
