"""The classifier of a process that has no store: it serves the version that it is told of.

A replica on a cluster knows neither the database nor its password. Who watches the store tells it which
version serves, by id, folder and digest; certificates and thresholds stay in the store, where they are
found by the id that every prediction names.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import structlog

from monitor.classification import manifest
from monitor.classification.exchanged import WHO, Exchanged
from monitor.errors import ModelError, MonitorError
from monitor.extensions import exits
from monitor.hookspecs import Classifier
from monitor.messages import Message
from monitor.records import Article, Explanation, Prediction

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Version:
    """What is to serve: a version's id, its folder on every node, and the digest of its manifest."""

    id: str
    folder: str
    digest: str


class ToldClassifier(Exchanged):
    """Classifies with the version that it was told of last. `shipped` is this machine's own shipped model: a
    version of the same digest is read from there where its folder is not on this machine.

    A version that comes later is loaded in a thread of its own while the one before it serves, and takes its
    place between two calls; where it cannot be loaded, the one before goes on, and `trouble` says why. What
    a plugin raises may quote a text and would be logged by whatever runs this process: here it becomes a
    ModelError that names its kind alone.
    """

    def __init__(self, factory: Callable[[], Classifier], shipped: Path) -> None:
        super().__init__()
        self._factory = factory
        self._shipped = shipped
        self._wanted: Version | None = None
        self._loaded: tuple[Version, Classifier] | None = None
        self._trouble = ""
        self._telling = threading.Lock()  # one version is loaded at a time

    @property
    def serving(self) -> str:
        loaded = self._loaded
        return "" if loaded is None else loaded[0].id

    @property
    def trouble(self) -> str:
        return self._trouble

    def tell(self, version: Version) -> threading.Thread | None:
        """Serve `version` from now on. The first one is loaded before this returns; a later one by the thread
        that is returned. Raises ModelError where the first one cannot be loaded."""
        self._wanted = version
        if self._loaded is None:
            self._loaded = (version, self._load(version))
            return None
        thread = threading.Thread(target=self._exchange, args=(version,), name="exchange", daemon=True)
        thread.start()
        return thread

    def load(self) -> Version:
        """What serves. Raises ModelError before it was told of a version."""
        with self._lock:
            self._present()
            assert self._loaded is not None
            return self._loaded[0]

    def classify(self, articles: Sequence[Article]) -> Sequence[Prediction]:
        try:
            return super().classify(articles)
        except MonitorError:
            raise
        except Exception as error:
            raise ModelError(Message("classifier.raised", kind=type(error).__name__)) from None

    def explain(self, article: Article, target: str) -> Explanation:
        try:
            return super().explain(article, target)
        except MonitorError:
            raise
        except Exception as error:
            raise ModelError(Message("classifier.raised", kind=type(error).__name__)) from None

    def _present(self) -> Classifier:
        if self._loaded is None:
            raise ModelError(Message("classifier.no_model"))
        return self._loaded[1]

    def _exchange(self, version: Version) -> None:
        with self._telling:
            if version != self._wanted or (self._loaded is not None and self._loaded[0] == version):
                return  # told of another one meanwhile, or of the one that serves
            try:
                classifier = self._load(version)
            except ModelError as error:
                self._trouble = error.told
                log.error("the new model cannot be loaded; the one before goes on", model=version.id)
                return
            with self._lock:
                self._loaded = (version, classifier)
                self._trouble = ""

    def _load(self, version: Version) -> Classifier:
        folder = Path(version.folder)
        if not folder.is_dir() and _is(self._shipped, version.digest):
            folder = self._shipped
        manifest.verify(folder, version.digest)
        classifier = self._factory()
        try:
            with exits.refused(ModelError, WHO):
                classifier.load(folder, version.id)
        except MonitorError:
            raise
        except Exception as error:  # a plugin may raise anything
            raise ModelError(Message("classifier.raised", kind=type(error).__name__)) from error
        return classifier


def _is(folder: Path, digest: str) -> bool:
    try:
        return manifest.digest(folder) == digest
    except ModelError:
        return False
