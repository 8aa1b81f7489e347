"""A version as it is measured: what its classifier says, softened by the temperature that is in force.

What is stored is softened where it is routed (`monitor.classification.judging.routed`); this is for what is
asked of a version beside that: `monitor certify`, `monitor evaluate`, the check-list.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from monitor.hookspecs import Classifier
from monitor.records import Article, Prediction


class Softened:
    """A loaded classifier that does nothing but judge, at a temperature."""

    kind: ClassVar[str] = "softened"

    def __init__(self, classifier: Classifier, temperature: float) -> None:
        self._classifier = classifier
        self._temperature = temperature

    def load(self, model: Path, version: str) -> None:
        """Read another model."""
        self._classifier.load(model, version)

    def classify(self, articles: Sequence[Article]) -> list[Prediction]:
        """What the classifier says, at the temperature."""
        return [one.tempered(self._temperature) for one in self._classifier.classify(articles)]
