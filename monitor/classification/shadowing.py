"""A shadow's work: judge what the champion judged meanwhile, keep it, and look where the shadow stands.

Called on schedule while a shadow runs (`monitor.store.shadows`), beside the process's own classifier: the
shadow's model is loaded once and let go when its shadow is over. A call judges LIMIT articles at most, so
that it is over soon and the champion is not kept waiting; what is left is judged by the next ones. A
version that cannot be loaded is refused.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from monitor.classification import judging, manifest
from monitor.classification.champion import folder_of
from monitor.errors import ModelError
from monitor.hookspecs import Classifier
from monitor.messages import Message
from monitor.schedule.clocks import Now
from monitor.settings import RoutingSettings
from monitor.store import Store, models, shadows
from monitor.store.shadows import Shadow

LIMIT = 2048
"""Articles that one call judges at most."""


@dataclass
class Shadowing:
    """Works for the shadow that runs. `factory` makes classifiers that have loaded nothing; trained models
    lie in `directory`."""

    store: Store
    factory: Callable[[], Classifier]
    directory: Path
    rules: RoutingSettings
    now: Now
    _loaded: tuple[int, Classifier] | None = field(default=None, init=False)

    def work(self, level: float) -> Shadow | None:
        """Judge, keep, look; the shadow as it stands then, None where none runs. `level` as in
        `evaluation.shadow.against`. Raises ModelError where the classifier fails on everything."""
        with self.store.read() as tx:
            shadow = shadows.running(tx)
        if shadow is None:
            self._loaded = None
            return None
        try:
            classifier = self._classifier(shadow)
        except ModelError as error:
            return self._refused(shadow, error)
        self._judge(shadow, classifier)
        with self.store.begin() as tx:
            after = shadows.look(tx, shadow, level, self.now())
        if after.verdict:
            self._loaded = None
        return after

    def _classifier(self, shadow: Shadow) -> Classifier:
        if self._loaded is not None and self._loaded[0] == shadow.id:
            return self._loaded[1]
        with self.store.read() as tx:
            version = models.get(tx, shadow.challenger)
        folder = folder_of(version, self.directory)
        manifest.verify(folder, version.digest)
        classifier = self.factory()
        classifier.load(folder, version.id)
        self._loaded = shadow.id, classifier
        return classifier

    def _judge(self, shadow: Shadow, classifier: Classifier) -> None:
        done = 0
        while done < LIMIT:
            with self.store.read() as tx:
                running = shadows.running(tx)
                if running is None or running.id != shadow.id:
                    return
                batch = shadows.waiting(tx, running, judging.BATCH)
            if not batch:
                return
            judged = judging.judge(classifier.classify, batch)
            if judged.down:
                raise ModelError(Message("classifier.down", n=len(batch), why=judged.down))
            with self.store.begin() as tx:
                limits = judging.accepted(tx, [shadow.challenger], self.rules)[shadow.challenger]
                said = {}
                for place, one in judged.predictions.items():
                    softened, sent = judging.routed(batch[place], one, limits)
                    said[batch[place].id] = softened, sent.route
                failed = [batch[place].id for place in judged.failures]
                shadows.keep(tx, running, said, failed, self.now())
            done += len(batch)

    def _refused(self, shadow: Shadow, error: ModelError) -> Shadow:
        with self.store.begin() as tx:
            return shadows.refuse(tx, shadow, Message("shadow.broken", why=error.told), self.now())
