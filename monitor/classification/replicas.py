"""A replica on a cluster: the hosted classifier of `hosting`, with no store behind it.

Enters: what a node needs of the settings (`carried`), and the version to serve. Leaves: the application
that answers there, with the same interface, batches and refusals as a host of one machine. What a node needs
is the classifier's table, where plugins lie, and nothing that is secret: no database, no key, no receiver.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from starlette.types import ASGIApp

from monitor.classification import champion, hosting
from monitor.classification.batching import Batcher
from monitor.classification.told import ToldClassifier, Version
from monitor.extensions.instances import Instances
from monitor.registry import Registry
from monitor.settings import Settings

TABLES = ("classifier", "plugins", "plugins_dir", "disabled_plugins")


def carried(settings: Settings, *, most_waiting: int = 8192) -> dict[str, Any]:
    """What a replica is made of: some tables, as JSON has them, and the folder that paths relate to."""
    tables = settings.model_dump(mode="json", include=set(TABLES))
    table = tables["classifier"]
    tables["classifier"] = {**table.pop("options"), **table}
    return {
        "settings": tables,
        "shipped": str(champion.shipped_folder(settings.classifier.model, settings.directory)),
        "most_waiting": most_waiting,
    }


class Replica:
    """One copy of the model. `carried` as that function gives it. Raises MonitorError where a node lacks the
    plugin."""

    def __init__(self, carried: Mapping[str, Any]) -> None:
        settings = Settings.model_validate(carried["settings"])
        self._registry = Registry.of(settings)
        instances = Instances(settings, self._registry)
        self._classifier = ToldClassifier(instances.classifier, Path(carried["shipped"]))
        load = hosting.Load()
        batcher = Batcher(
            self._classifier.classify, most_waiting=int(carried["most_waiting"]), observe=load.batch
        )
        batcher.start()
        self.app: ASGIApp = hosting.create_host(self._classifier, batcher, load)

    def tell(self, told: Mapping[str, str]) -> None:
        """Serve the version of these fields (`told.Version`). Raises ModelError where it is the first one and
        cannot be loaded."""
        self._classifier.tell(Version(**told))
