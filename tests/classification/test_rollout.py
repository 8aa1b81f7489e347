"""The watch over what is deployed, without a cluster."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from monitor.classification import champion, manifest, replicas, rollout
from monitor.classification.rollout import Watch
from monitor.classification.told import Version
from monitor.classification.wire import Address
from monitor.errors import ModelError, UserError
from monitor.messages import Message
from monitor.settings import ClusterSettings, Settings
from monitor.store import Store, models
from monitor.testing import FakeClassifier, make_snapshot

FIRST, SECOND = Version("v1", "/models/v1", "1"), Version("v2", "/models/v2", "2")
FINE: Mapping[str, Any] = {"status": "ready", "model": "v1", "trouble": ""}


class Cluster:
    """What is wanted of it, what it says of itself, and what was deployed on it."""

    def __init__(self) -> None:
        self.wanted = FIRST
        self.said: Mapping[str, Any] | None = FINE
        self.error: Exception | None = None
        self.deployed: list[Version] = []
        self.watch = Watch(lambda known: self.wanted, lambda: self.said, self.deploy)

    def deploy(self, version: Version) -> None:
        if self.error is not None:
            raise self.error
        self.deployed.append(version)


def test_the_champion_is_deployed_once_and_a_new_one_when_it_comes() -> None:
    cluster = Cluster()
    for _ in range(3):
        cluster.watch.look()
    assert cluster.deployed == [FIRST]
    cluster.wanted = SECOND
    cluster.watch.look()
    assert cluster.deployed == [FIRST, SECOND]


def test_who_does_not_answer_is_deployed_anew() -> None:
    cluster = Cluster()
    cluster.watch.look()
    cluster.said = None
    for _ in range(rollout.MISSES - 1):
        cluster.watch.look()
    assert cluster.deployed == [FIRST]
    cluster.watch.look()
    assert cluster.deployed == [FIRST, FIRST]


def test_what_fails_is_told_once_and_tried_again_ever_later(capsys: pytest.CaptureFixture[str]) -> None:
    cluster = Cluster()
    cluster.error = UserError("no Ray cluster answers")
    pauses = []
    for _ in range(4):
        cluster.watch.look()
        pauses.append(cluster.watch.pause(5))
    assert pauses == [10, 15, 15, 15]
    assert capsys.readouterr().out.count("no Ray cluster answers") == 1
    cluster.error = None
    cluster.watch.look()
    assert cluster.deployed == [FIRST] and cluster.watch.pause(5) == 5


def test_a_node_without_the_model_is_told_and_not_deployed_again(capsys: pytest.CaptureFixture[str]) -> None:
    cluster = Cluster()
    cluster.watch.look()
    why = Message("manifest.no_folder", folder="/models/v1")
    cluster.said = {**FINE, "trouble": why.encoded()}
    cluster.watch.look()
    cluster.watch.look()
    assert cluster.deployed == [FIRST]
    assert capsys.readouterr().out.count("/models/v1: no such model folder") == 1


def test_the_watch_goes_on_until_it_is_ended() -> None:
    cluster = Cluster()
    waits: list[float] = []

    def ended(seconds: float) -> bool:
        waits.append(seconds)
        return len(waits) == 3

    cluster.watch.keep(ended, 7)
    assert waits == [7, 7, 7]


def test_the_champion_is_verified_and_a_damaged_one_replaced(
    sqlite_store: Store, tmp_path: Path, now: datetime
) -> None:
    for name in ("a", "b"):
        FakeClassifier().fit(make_snapshot(), None, tmp_path / name, lambda what, done, total: None)
        (tmp_path / name / "name").write_text(name)
        manifest.seal(tmp_path / name)
    first = champion.register_shipped(sqlite_store, tmp_path / "a", "fake", now)
    second = champion.register_shipped(sqlite_store, tmp_path / "b", "fake", now)
    found = rollout.wanted(sqlite_store, tmp_path, now)
    assert found == Version(second.id, str(tmp_path / "b"), second.digest)
    (tmp_path / "b" / "name").write_text("other")
    assert rollout.wanted(sqlite_store, tmp_path, now, found) is found  # looked at when it was new
    assert rollout.wanted(sqlite_store, tmp_path, now).id == first.id
    with sqlite_store.read() as tx:
        serving = models.champion(tx)
    assert serving is not None and serving.id == first.id
    (tmp_path / "a" / "name").unlink()
    with pytest.raises(ModelError, match="no model can be loaded"):
        rollout.wanted(sqlite_store, tmp_path, now)


def test_nothing_secret_is_carried_to_a_node(tmp_path: Path) -> None:
    settings = Settings.model_validate(
        {
            "classifier": {"kind": "fake", "smoothing": 0.1, "host": "ray"},
            "store": {"url": "postgresql://monitor:hunter2@db/monitor"},
            "notifiers": {"desk": {"kind": "webhook", "secret": "hunter2"}},
            "installation_key": "ab" * 32,
        }
    )
    carried = replicas.carried(settings)
    assert "hunter2" not in str(carried) and "abab" not in str(carried)
    again = Settings.model_validate(carried["settings"])
    assert again.classifier.kind == "fake" and again.classifier.options == {"smoothing": 0.1}
    asked = rollout.asked(ClusterSettings(http="http://127.0.0.1:9000", gpus=0.5), carried, FIRST)
    assert asked["told"] == {"id": "v1", "folder": "/models/v1", "digest": "1"}
    assert (asked["host"], asked["port"], asked["gpus"]) == ("127.0.0.1", 9000, 0.5)


def test_nobody_answers_at_a_port_that_is_closed() -> None:
    assert rollout.answer(Address(host="127.0.0.1", port=1)) is None
