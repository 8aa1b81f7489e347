"""The classifier this process serves with: loaded at first use, exchanged when the champion changes."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import structlog

from monitor.classification import champion
from monitor.classification.exchanged import WHO, Exchanged
from monitor.errors import ModelError
from monitor.extensions import exits
from monitor.hookspecs import Classifier
from monitor.store import Store, models

log = structlog.get_logger(__name__)


class ServedClassifier(Exchanged):
    """Classifies with the champion.

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
        super().__init__()
        self._serving: champion.Serving | None = None
        self._loading: threading.Thread | None = None

    def load(self) -> champion.Serving:
        """The champion, loaded now unless it was before. Raises ModelError."""
        with self._lock, exits.refused(ModelError, WHO):
            return self._champion()

    @property
    def serving(self) -> str:
        serving = self._serving
        return "" if serving is None else serving.version.id

    def register(self) -> None:
        """Make the configured model known to the store, without loading it; a champion trained here
        serves without it. Raises ModelError where there is neither."""
        try:
            champion.register_shipped(self._store, self._shipped, self._kind, self._now())
        except ModelError:
            with self._store.read() as tx:
                if models.champion(tx) is None:
                    raise

    def _present(self) -> Classifier:
        return self._champion().classifier

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
