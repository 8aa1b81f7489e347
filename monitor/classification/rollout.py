"""Which version serves on the cluster: deployed, looked at, and told of a new champion.

One process keeps watch (`monitor worker --role classifier` with `host = "ray"`). It is no part of the
cluster: it asks Serve over HTTP how it is, and sends a child (`monitor.executor.errands`) where something is
to be done. So it outlives every node, and puts the classifier back when the cluster returns.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any, ClassVar

import structlog

from monitor.classification import champion
from monitor.classification.told import Version
from monitor.classification.wire import Address
from monitor.errors import MonitorError
from monitor.messages import Message
from monitor.records import Article, Prediction
from monitor.settings import ClusterSettings
from monitor.store import Store, models

MOST_PAUSE_SECONDS = 15.0
MISSES = 3
"""Looks in a row that Serve does not answer before it is deployed anew: replicas that die come back by
themselves within seconds."""

ANSWER_SECONDS = 5.0
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Unread:
    """Stands for a classifier where a folder is only verified: the cluster loads it."""

    kind: ClassVar[str] = ""

    def load(self, model: Path, version: str) -> None: ...

    def classify(self, articles: Sequence[Article]) -> Sequence[Prediction]:
        raise NotImplementedError


def wanted(store: Store, directory: Path, now: datetime, known: Version | None = None) -> Version:
    """The champion, verified on this machine unless it is `known`; a damaged one is refused as
    `champion.load_champion` does it. Raises ModelError."""
    with store.read() as tx:
        serving = models.champion(tx)
    if known is not None and serving is not None and serving.id == known.id:
        return known
    version = champion.load_champion(store, Unread, directory, now).version
    return Version(version.id, str(champion.folder_of(version, directory).resolve()), version.digest)


def answer(address: Address) -> Mapping[str, Any] | None:
    """What a replica says of itself (/readyz); None where none answers."""
    connection = HTTPConnection(address.host, address.port, timeout=ANSWER_SECONDS)
    try:
        connection.request("GET", "/readyz")
        found = connection.getresponse()
        said = json.loads(found.read())
    except (OSError, HTTPException, ValueError):
        return None
    finally:
        connection.close()
    return said if found.status == 200 and isinstance(said, dict) and "model" in said else None


def asked(cluster: ClusterSettings, carried: Mapping[str, Any], version: Version) -> dict[str, Any]:
    """What `clusters.deploy` is asked for."""
    address = Address.served(cluster.http, cluster.networks)
    return {
        "address": cluster.address,
        "host": address.host,
        "port": address.port,
        "kind": "monitor.classification.replicas:Replica",
        "carried": dict(carried),
        "told": {"id": version.id, "folder": version.folder, "digest": version.digest},
        "min_replicas": cluster.min_replicas,
        "max_replicas": cluster.max_replicas,
        "cpus": cluster.cpus,
        "gpus": cluster.gpus,
        "queue": cluster.queue,
    }


@dataclass
class Watch:
    """Keeps the champion on the cluster: `wanted` says which version it is (given the one that is known),
    `answer` what Serve says of itself, `deploy` sends the child. Each `look` does at most one thing and
    raises nothing of the monitor's."""

    wanted: Callable[[Version | None], Version]
    answer: Callable[[], Mapping[str, Any] | None]
    deploy: Callable[[Version], None]
    deployed: Version | None = None
    misses: int = 0
    failures: int = 0
    _told: str = field(default="", repr=False)

    def look(self) -> None:
        """See whether the version that is wanted serves, and have it deployed where it does not."""
        try:
            version = self.wanted(self.deployed)
            said = self.answer()
            self.misses = 0 if said is not None else self.misses + 1
            if self.deployed != version or self.misses >= MISSES:
                self.deployed = None  # until it is known what became of it
                self.deploy(version)
                self.deployed, self.misses = version, 0
                log.info("deployed", model=version.id)
            elif said is not None and said.get("trouble"):
                self._tell(Message.decoded(str(said["trouble"])))
                return
        except MonitorError as error:
            self.failures += 1
            self._tell(error.told)
        else:
            self.failures, self._told = 0, ""

    def _tell(self, why: str) -> None:
        """Once, however often it is met."""
        if str(why) != self._told:
            self._told = str(why)
            log.error("the cluster does not serve the champion", reason=str(why))

    def pause(self, seconds: float) -> float:
        """How long until the next look: `seconds`, and longer after each failure."""
        return float(min(seconds * 2**self.failures, max(MOST_PAUSE_SECONDS, seconds)))

    def keep(self, ended: Callable[[float], bool], seconds: float) -> None:
        """Look every `seconds` until `ended`, which waits so long, is true."""
        self.look()
        while not ended(self.pause(seconds)):
            self.look()
