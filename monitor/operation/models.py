"""Models: a classifier of the one that serves, or of any other."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any

from monitor.classification import champion
from monitor.classification.remote import RemoteClassifier
from monitor.classification.serving import ServedClassifier
from monitor.classification.softened import Softened
from monitor.classification.standby import Judges, Standby
from monitor.classification.wire import Address
from monitor.hookspecs import Classifier
from monitor.operation.parts import Parts
from monitor.records import ModelVersion
from monitor.store import models

CLUSTER = "ray"
"""The host that is a cluster."""

PATIENCE_SECONDS = 10.0
"""How long the cluster is asked again after a replica, or what stands before it, died at an answer."""


class Models(Parts):
    """Gives classifiers to who judges."""

    @cached_property
    def served(self) -> ServedClassifier:
        """The classifier of the champion, exchanged whenever the champion changes."""
        return self.new_served()

    def new_served(self, *, beside: bool = False) -> ServedClassifier:
        """A classifier of the champion that has loaded nothing; `beside` as in `ServedClassifier`."""
        return ServedClassifier(
            self.store,
            self.new_classifier,
            kind=self.settings.classifier.kind,
            shipped=champion.shipped_folder(self.settings.classifier.model, self.settings.directory),
            directory=self.settings.learning.directory,
            now=self.now,
            beside=beside,
        )

    @cached_property
    def classifying(self) -> Judges:
        """What articles are classified with: the hosted classifier where one is configured, on a cluster or
        in a process of this machine, else `served`."""
        host, cluster = self.settings.classifier.host, self.settings.cluster
        if host != CLUSTER:
            return RemoteClassifier(Address.parse(host, self.settings.directory)) if host else self.served
        address = Address.served(cluster.http, cluster.networks)
        remote = RemoteClassifier(address, patience_seconds=PATIENCE_SECONDS, silent="cluster.away")
        if cluster.away == "wait":
            return remote
        again = cluster.look_seconds
        return Standby(remote, lambda: self.served, again_seconds=again, steady=self.steady)

    def new_classifier(self, **options: Any) -> Classifier:
        """A classifier of the configured kind that has loaded nothing; `options` go before its settings."""
        return self.instances.classifier(**options)

    def classifier(self, model: str = "") -> Classifier:
        """The champion's classifier, or one with the version or in the folder that `model` names. What a
        version says is softened by its temperature.

        Raises NotFoundError, ModelError.
        """
        if not model:
            serving = self.served.load()
            with self.store.read() as tx:
                return Softened(serving.classifier, models.get(tx, serving.version.id).temperature)
        folder = self.model_folder(model)
        classifier = self.new_classifier()
        classifier.load(folder, Path(model).name)
        if Path(model).is_dir():
            return classifier
        with self.store.read() as tx:
            return Softened(classifier, models.get(tx, model).temperature)

    def model_folder(self, model: str) -> Path:
        """The folder that `model` is, or of the version that has this id. Raises NotFoundError."""
        if Path(model).is_dir():
            return Path(model)
        with self.store.read() as tx:
            return self.folder_of(models.get(tx, model))

    def folder_of(self, version: ModelVersion) -> Path:
        """Where a version's files are."""
        return champion.folder_of(version, self.settings.learning.directory)
