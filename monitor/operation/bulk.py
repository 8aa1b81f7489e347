"""Bulk work with a model: what workers are sent, which load the version themselves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from monitor.classification import judging
from monitor.classification.exchanged import WHO
from monitor.classification.reclassifying import Said
from monitor.errors import ModelError
from monitor.extensions import exits
from monitor.extensions.instances import Instances
from monitor.hookspecs import Classifier
from monitor.records import Article, Prediction
from monitor.registry import Registry
from monitor.settings import Settings

WANTED = ("classifier", "plugins", "plugins_dir", "disabled_plugins")
"""The settings that a worker needs: no others leave this process, and no secret of a source does."""


@dataclass(frozen=True, slots=True)
class Version:
    """A version of the model to load anywhere, from its folder."""

    settings: Settings
    folder: Path
    id: str

    @classmethod
    def of(cls, settings: Settings, folder: Path, id: str) -> Version:
        """With as much of the settings as it needs."""
        return cls(Settings(**{name: getattr(settings, name) for name in WANTED}), folder, id)

    def load(self) -> Classifier:
        """Raises ModelError."""
        registry = Registry.of(self.settings)
        try:
            classifier = Instances(self.settings, registry).bulk_classifier()
        finally:
            registry.close()  # a classifier runs here
        with exits.refused(ModelError, WHO):
            classifier.load(self.folder, self.id)
        return classifier


@dataclass(frozen=True, slots=True)
class Judge:
    """Says of batches of articles what a version does. Raises what the classifier raises."""

    version: Version

    def open(self) -> Callable[[Sequence[Article]], list[Prediction]]:
        classifier = self.version.load()

        def judge(batch: Sequence[Article]) -> list[Prediction]:
            with exits.refused(ModelError, WHO):
                return list(classifier.classify(batch))

        return judge


@dataclass(frozen=True, slots=True)
class Rejudge:
    """The same where a batch that fails is judged article by article, with how long it took."""

    version: Version

    def open(self) -> Callable[[Sequence[Article]], Said]:
        classifier = self.version.load()

        def judge(batch: Sequence[Article]) -> Said:
            began = perf_counter()
            judged = judging.judge(classifier.classify, batch)
            return Said(judged, perf_counter() - began)

        return judge
