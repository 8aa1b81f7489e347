"""The classifier this process serves with: loaded at first use, exchanged when the champion changes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

import structlog

from monitor.classification import champion
from monitor.errors import ModelError, UserError
from monitor.extensions import exits
from monitor.hookspecs import Classifier, Explaining
from monitor.messages import Message
from monitor.records import Article, Explanation, Prediction
from monitor.store import Store, models

WHO = "the classifier"
log = structlog.get_logger(__name__)


class ServedClassifier:
    """Classifies with the champion. One call at a time, and beside it one explanation: a model uses
    every core by itself.

    Another process may promote a version at any time: every call first asks the store which
    version is champion, which costs nothing beside classifying, and loads it if it is new.
    A new champion that cannot be loaded is refused, and the model that serves goes on.

    With `beside`, a new champion is loaded in a thread of its own while the one before it serves,
    which takes the memory of both; without, the call that finds it loads it first, so that what follows
    a promotion is always judged by what was promoted.
    """

    def __init__(
        self,
        store: Store,
        factory: Callable[[], Classifier],
        *,
        kind: str,
        shipped: Path,
        directory: Path,
        now: Callable[[], datetime],
        beside: bool = False,
    ) -> None:
        self._store = store
        self._factory = factory
        self._kind = kind
        self._shipped = shipped
        self._directory = directory
        self._now = now
        self._beside = beside
        self._lock = threading.Lock()
        self._explaining = threading.Lock()
        self._serving: champion.Serving | None = None
        self._loading: threading.Thread | None = None

    def classify(self, articles: Sequence[Article]) -> Sequence[Prediction]:
        """One prediction per article. Raises ModelError where no model can be loaded."""
        with self._lock, exits.refused(ModelError, WHO):
            return self._champion().classifier.classify(articles)

    def explain(self, article: Article, target: str) -> Explanation:
        """Why the champion judges `article` as it does; `target` as in `monitor.Explaining`. Raises
        UserError for a target there is not, and where the classifier cannot explain itself."""
        with self._lock, exits.refused(ModelError, WHO):
            classifier = self._champion().classifier
        if not isinstance(classifier, Explaining):
            raise UserError(Message("desk.no_explanation", kind=classifier.kind))
        with self._explaining, exits.refused(ModelError, WHO):  # takes seconds; others classify meanwhile
            return classifier.explain(article, target)

    def load(self) -> champion.Serving:
        """The champion, loaded now unless it was before. Raises ModelError."""
        with self._lock, exits.refused(ModelError, WHO):
            return self._champion()

    def register(self) -> None:
        """Make the configured model known to the store, without loading it; a champion trained here
        serves without it. Raises ModelError where there is neither."""
        try:
            champion.register_shipped(self._store, self._shipped, self._kind, self._now())
        except ModelError:
            with self._store.read() as tx:
                if models.champion(tx) is None:
                    raise

    def _champion(self) -> champion.Serving:
        serving = self._serving
        if serving is None:
            self.register()
            self._serving = self._load()
            return self._serving
        with self._store.read() as tx:
            present = models.champion(tx)
        if present is None or present.id == serving.version.id:
            return serving
        if not self._beside:
            self._serving = self._load_or(serving)
        elif self._loading is None or not self._loading.is_alive():
            self._loading = threading.Thread(target=self._exchange, args=(serving,), daemon=True)
            self._loading.start()
        return self._serving or serving

    def _exchange(self, serving: champion.Serving) -> None:
        loaded = self._load_or(serving)
        with self._lock:
            self._serving = loaded

    def _load_or(self, serving: champion.Serving) -> champion.Serving:
        """The champion, loaded; `serving` where it cannot be."""
        try:
            with exits.refused(ModelError, WHO):
                return self._load()
        except ModelError as error:
            log.error("the new champion cannot be loaded; the one before goes on", error=str(error))
            return serving

    def _load(self) -> champion.Serving:
        serving = champion.load_champion(self._store, self._factory, self._directory, self._now())
        for sentence in serving.refused:
            log.error("a model was refused", reason=sentence, serving=serving.version.id)
        log.info("model loaded", model=serving.version.id)
        return serving
