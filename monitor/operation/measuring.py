"""Measuring: whom to doubt, what is certified, what drifts, and which task comes first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from monitor.acquisition import ordering
from monitor.classification import certifying
from monitor.evaluation import doubting, measured
from monitor.operation.models import Models
from monitor.store import Tx, models, vectors
from monitor.store.doubts import Doubt
from monitor.store.measurements import Measurement

LONGEST = timedelta(days=3650)
"""How far back drift looks where vectors are kept for ever."""


class Measuring(Models):
    """Holds the model, and those who label, to what the labels say."""

    def doubt(self) -> list[Doubt]:
        """Look at what was read twice, before anything rests on it: the analysts whose labels wait from now
        on."""
        return doubting.look(self.store, self.now())

    def certify(self) -> str:
        """Look at what the audits certify of the champion, and at whether they break what was certified;
        what came of it. Raises ModelError."""
        self.doubt()
        self.served.register()
        with self.store.read() as tx:
            serving = models.champion(tx)
        if serving is None:
            return ""
        return certifying.look(
            self.store,
            serving.id,
            self.classifying.classify,
            self.settings.routing,
            self.settings.learning.audit_days,
            self.now,
        )

    def measure(self) -> list[Measurement]:
        """Measure drift, live accuracy and savings of the champion, and act on a drift; what was found.

        Raises ModelError where the classifier does not work.
        """
        with self.store.read() as tx:
            serving = models.champion(tx)
            labelled = measured.bare(tx, serving.id) if serving else []
        if serving is None:
            return []
        measured.fill(self.store, self.classifying.classify, serving.id, labelled)
        settings, now = self.settings, self.now()
        kept = settings.retention.kept("vectors")
        kept = LONGEST if kept is None else kept
        days = max(kept / timedelta(days=1), 2 * settings.drift.present_days)
        with self.store.read() as tx:
            inputs = measured.read(tx, serving.id, now, days=days, audit_days=settings.learning.audit_days)
        looks = settings.drift.period_days * 24 / settings.jobs.measure_hours
        rng = np.random.default_rng(int(now.timestamp()))
        found = measured.measure(inputs, settings.drift, now, looks=looks, rng=rng)
        with self.store.begin() as tx:
            measured.record(tx, found, settings.drift, now)
        return found

    def prioritise(self, seed: int) -> int:
        """Put the most wanted tasks first in the queue; how many were moved."""
        rng = np.random.default_rng(seed)
        order = ordering.prioritise(
            *(self.store, self.strategy, ordering.MOST, rng),
            now=self.now(),
            vectors=_kept_vectors,
            second_share=self.settings.queue.second_share,
        )
        return len(order)


def _kept_vectors(tx: Tx, article_ids: Sequence[int]) -> NDArray[np.float32] | None:
    """What the serving version made of these articles, as `acquisition.pool` takes it."""
    serving = models.champion(tx)
    return None if serving is None else vectors.aligned(tx, serving.id, article_ids)
