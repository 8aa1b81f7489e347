"""A classifier that stays while the model behind it is exchanged."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Sequence

from monitor.errors import ModelError, UserError
from monitor.extensions import exits
from monitor.hookspecs import Classifier, Explaining
from monitor.messages import Message
from monitor.records import Article, Explanation, Prediction

WHO = "the classifier"


class Exchanged(ABC):
    """One call at a time, and beside it one explanation: a model uses every core by itself. The model is
    exchanged between two calls, so every answer is one version's."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._explaining = threading.Lock()

    @property
    @abstractmethod
    def serving(self) -> str:
        """The id of the version that is loaded; "" while none is."""

    @abstractmethod
    def load(self) -> object:
        """Load what is to serve, unless it was before. Raises ModelError."""

    @abstractmethod
    def _present(self) -> Classifier:
        """The classifier that serves now, loaded; called under the lock. Raises ModelError."""

    @property
    def trouble(self) -> str:
        """Why what is to serve does not; "" where it does."""
        return ""

    def classify(self, articles: Sequence[Article]) -> Sequence[Prediction]:
        """One prediction per article. Raises ModelError where no model can be loaded."""
        with self._lock, exits.refused(ModelError, WHO):
            return self._present().classify(articles)

    def explain(self, article: Article, target: str) -> Explanation:
        """Why the model judges `article` as it does; `target` as in `monitor.Explaining`. Raises
        UserError for a target there is not, and where the classifier cannot explain itself."""
        with self._lock, exits.refused(ModelError, WHO):
            classifier = self._present()
        if not isinstance(classifier, Explaining):
            raise UserError(Message("desk.no_explanation", kind=classifier.kind))
        with self._explaining, exits.refused(ModelError, WHO):  # takes seconds; others classify meanwhile
            return classifier.explain(article, target)
