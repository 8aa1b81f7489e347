"""One Ray cluster: the classifier on it says what it says here, in order, whatever dies.

Without the extra `cluster` these are skipped by name. The tests stand in the order in which they leave the
cluster to each other: the last ones end it.
"""

from __future__ import annotations

import importlib.util
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest

from monitor import Article, Prediction, config
from monitor.classification import manifest, replicas, rollout
from monitor.classification.remote import RemoteClassifier
from monitor.classification.standby import Standby
from monitor.classification.told import ToldClassifier, Version
from monitor.classification.wire import Address
from monitor.errors import AwayError, BusyError, DataError, ModelError, StoppedError, UserError, WorkerError
from monitor.executor import Each, Watch, checking, cut, errands
from monitor.executor.driven import OnCluster
from monitor.executor.local import Inline
from monitor.extensions.instances import Instances
from monitor.records import Example
from monitor.registry import Registry
from monitor.settings import Settings
from monitor.testing import EXAMPLES, FakeClassifier, make_article, make_snapshot
from tests.executor import standing, works

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("ray") is None, reason="needs the extra `cluster` (Ray), which is not installed"
)

MARK = "zqxjvk-never-in-a-log"
PLUGIN = """
import time
from monitor import hookimpl
from monitor.testing import FakeClassifier

class StandIn(FakeClassifier):
    kind = "stand-in"

    def classify(self, articles):
        if any("quoted" in article.content for article in articles):
            raise ValueError("; ".join(article.content for article in articles))
        time.sleep(1.0 if any("slow" in article.content for article in articles) else 0.005)
        return super().classify(articles)

@hookimpl
def register_classifiers():
    return [StandIn]
"""
CONFIG = """
plugins_dir = "mine"
[plugins]
load_seconds = 240
[classifier]
kind = "stand-in"
model = "v1"
host = "ray"
smoothing = 0.25
[cluster]
address = "{address}"
http = "http://127.0.0.1:{port}"
cpus = 1
"""
LINE = 30
"""Texts that may wait at a replica."""


@dataclass
class Cluster:
    """The head, what is configured, and two versions of the stand-in."""

    head: standing.Head
    settings: Settings
    versions: dict[str, Version]
    local: dict[str, ToldClassifier]
    address: Address = field(init=False)

    def __post_init__(self) -> None:
        self.address = Address.served(self.settings.cluster.http, ())

    def client(self, patience: float = 0.0) -> RemoteClassifier:
        return RemoteClassifier(
            self.address, timeout_seconds=30, patience_seconds=patience, silent="cluster.away"
        )

    def deploy(self, version: Version) -> None:
        carried = replicas.carried(self.settings, most_waiting=LINE)
        asked = rollout.asked(self.settings.cluster, carried, version)
        errands.run("deploy", asked, environ=self.head.environ)

    def serves(self) -> str:
        return str((rollout.answer(self.address) or {}).get("model", ""))


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    folder = tmp_path_factory.mktemp("cluster")
    (folder / "mine").mkdir()
    (folder / "mine" / "stand_in_plugin.py").write_text(PLUGIN)
    versions = {}
    other = (*EXAMPLES, *(Example("profit falls and falls", "positive", ()),) * 9)
    for name, examples in (("v1", EXAMPLES), ("v2", other)):
        FakeClassifier().fit(make_snapshot(examples), None, folder / name, lambda what, done, total: None)
        versions[name] = Version(name, str(folder / name), manifest.seal(folder / name))
    with standing.head() as head:
        (folder / "config.toml").write_text(CONFIG.format(address=head.address, port=standing.free_port()))
        settings = config.load(folder / "config.toml", {})
        registry = Registry.of(settings)
        local = {}
        for name, version in versions.items():
            local[name] = ToldClassifier(Instances(settings, registry).classifier, Path("none"))
            local[name].tell(version)
        found = Cluster(head, settings, versions, local)
        found.deploy(versions["v1"])
        yield found
        registry.close()


@pytest.fixture(autouse=True)
def environment(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in cluster.head.environ.items():
        monkeypatch.setenv(name, value)


def until(true: Callable[[], bool], seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.1)


def texts(number: int, of: str = "") -> list[Article]:
    words = ("profit falls", "record profit", "亏损 扩大", "上涨 盈利", "quiet day")
    return [make_article(f"{words[n % 5]} {of} {n}") for n in range(number)]


def same(found: Sequence[Prediction], wanted: Sequence[Prediction]) -> bool:
    """Labels equal, and every probability within 1e-4."""
    return len(found) == len(wanted) and all(
        one.label == other.label
        and one.model == other.model
        and all(abs(one.sentiment[name] - other.sentiment[name]) < 1e-4 for name in other.sentiment)
        and one.topics.keys() == other.topics.keys()
        and all(abs(one.topics[name] - other.topics[name]) < 1e-4 for name in other.topics)
        for one, other in zip(found, wanted, strict=True)
    )


def drivers() -> list[psutil.Process]:
    """Children of this process that joined the cluster to do bulk work."""
    children = psutil.Process().children()
    return [one for one in children if errands.CHILD in " ".join(one.cmdline())]


@dataclass
class Load:
    """Callers that ask again and again, and keep what they were answered and what they were refused."""

    client: RemoteClassifier
    answers: list[tuple[list[Article], Sequence[Prediction]]] = field(default_factory=list)
    errors: list[Exception] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Load:
        self._callers = [threading.Thread(target=self._call, args=(n,), daemon=True) for n in range(4)]
        for caller in self._callers:
            caller.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        for caller in self._callers:
            caller.join(60)

    def _call(self, number: int) -> None:
        rounds = 0
        while not self.over.wait(0.05):  # others need the machine, too
            asked = texts(5, f"caller {number} round {rounds}")
            rounds += 1
            try:
                self.answers.append((asked, self.client.classify(asked)))
            except Exception as error:
                self.errors.append(error)

    def models(self) -> list[set[str]]:
        return [{one.model for one in found} for _, found in self.answers]


def test_many_callers_are_answered_as_here_and_each_in_order(cluster: Cluster) -> None:
    client = cluster.client()
    asked = [texts(6, f"caller {n}") for n in range(20)]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(client.classify, asked))
    for articles, predictions in zip(asked, found, strict=True):
        assert same(predictions, cluster.local["v1"].classify(articles))
    explained = client.explain(asked[0][0], "sentiment")
    assert explained == cluster.local["v1"].explain(asked[0][0], "sentiment")
    with pytest.raises(UserError, match="'mood' is unknown"):
        client.explain(asked[0][0], "mood")


def test_a_full_line_is_refused_and_told_when_to_come_back(cluster: Cluster) -> None:
    client = cluster.client()
    with ThreadPoolExecutor(3) as pool:
        first = pool.submit(client.classify, [make_article("slow")])
        time.sleep(0.4)
        second = pool.submit(client.classify, texts(LINE - 5))
        time.sleep(0.2)
        with pytest.raises(BusyError, match="wait for the classifier already"):
            client.classify(texts(10))
        assert len(first.result(30)) == 1
        assert len(second.result(30)) == LINE - 5


def test_no_text_is_in_rays_logs_and_no_door_is_open(cluster: Cluster) -> None:
    client = cluster.client()
    client.classify([make_article(f"{MARK} profit")])
    with pytest.raises(ModelError, match="ValueError") as raised:
        client.classify([make_article(f"{MARK} quoted")])
    assert MARK not in str(raised.value)
    with pytest.raises(UserError):
        client.explain(make_article(MARK), MARK)
    written = [path for path in cluster.head.folder.rglob("*") if path.is_file() and not path.is_symlink()]
    assert any("serve" in str(path) for path in written)
    for path in written:
        assert MARK.encode() not in path.read_bytes(), path
    address = {"address": cluster.head.address}
    assert errands.run("is_open", address, environ={"RAY_AUTH_MODE": "disabled"}) is False
    open_at = [one for process in cluster.head.processes() for one in process.net_connections("tcp")]
    listening = {one.laddr.ip for one in open_at if one.status == psutil.CONN_LISTEN}
    assert listening <= {"127.0.0.1", "::ffff:127.0.0.1", "::1"}


def test_the_doctor_sees_the_cluster(cluster: Cluster) -> None:
    [(state, what, todo)] = checking.findings(cluster.settings.cluster, dict(os.environ))
    assert (state, todo) == ("ok", "")
    assert "1 nodes, 3 CPUs, 0 GPUs" in what


@pytest.mark.parametrize(
    ("environ", "told"),
    [
        ({"RAY_AUTH_MODE": "disabled"}, "RAY_AUTH_MODE is not `token`"),
        ({"RAY_AUTH_TOKEN": "f" * 32}, "refuses the token"),
    ],
)
def test_who_has_no_token_is_told_so_in_one_line(
    cluster: Cluster, environ: dict[str, str], told: str
) -> None:
    with pytest.raises(UserError, match=told) as raised:
        errands.run("look", {"address": cluster.head.address}, environ=environ)
    assert "\n" not in str(raised.value)


def test_a_new_version_is_rolled_out_under_load(cluster: Cluster) -> None:
    """Nothing is dropped, and every answer is of one version."""
    with Load(cluster.client()) as load:
        until(lambda: len(load.answers) > 5)
        cluster.deploy(cluster.versions["v2"])
        until(lambda: cluster.serves() == "v2")
        seen = len(load.answers)
        until(lambda: len(load.answers) > seen + 20)
    assert load.errors == []
    assert {"v1"} in load.models() and load.models()[-1] == {"v2"}
    assert all(len(one) == 1 for one in load.models())
    for asked, found in load.answers:
        assert same(found, cluster.local[found[0].model].classify(asked))


def test_a_version_that_a_node_lacks_leaves_the_one_before(cluster: Cluster) -> None:
    cluster.deploy(Version("v3", "/nowhere/v3", "0" * 64))
    until(lambda: bool((rollout.answer(cluster.address) or {}).get("trouble")))
    said = rollout.answer(cluster.address)
    assert said is not None and said["model"] == "v2" and "/nowhere/v3" in said["trouble"]
    assert cluster.client().classify(texts(1))[0].model == "v2"
    cluster.deploy(cluster.versions["v2"])


def test_a_killed_replica_comes_back_and_no_text_is_lost(cluster: Cluster) -> None:
    [replica] = cluster.head.processes("ray::ServeReplica")
    with Load(cluster.client(patience=30)) as load:
        until(lambda: len(load.answers) > 5)
        replica.kill()
        seen = len(load.answers)
        until(lambda: len(load.answers) > seen + 20)
    assert load.errors == []
    for asked, found in load.answers:
        assert same(found, cluster.local["v2"].classify(asked))


def test_work_on_the_cluster_is_the_same_to_the_bit(cluster: Cluster, tmp_path: Path) -> None:
    work = works.Judging(7, str(tmp_path / "loads"))
    batches = list(cut([f"text {n} 亏损" for n in range(200)], 9))
    there = OnCluster(cluster.head.address, workers=2, threads=1)
    seen: list[int] = []
    watch = Watch("work", len(batches), lambda title, done, total: seen.append(done))
    with there.map(work, batches, watch) as found, Inline(1).map(works.Judging(7), batches) as wanted:
        assert list(found) == list(wanted)
    assert seen == list(range(1, len(batches) + 1))
    assert len((tmp_path / "loads").read_text().split()) <= 2
    with there.map(Each(works.picky), range(10)) as found:
        assert [next(found) for _ in range(5)] == list(range(5))
        with pytest.raises(DataError, match="row 5 is none"):
            next(found)


def test_killed_workers_and_drivers_lose_no_batch(cluster: Cluster) -> None:
    there = OnCluster(cluster.head.address, workers=2, threads=1)
    with there.map(Each(works.slow), range(150)) as found:
        told = [next(found)]
        cluster.head.processes("ray::Hand")[0].kill()
        told += [next(found) for _ in range(40)]
        [driver] = drivers()
        driver.kill()
        told += list(found)
    assert told == list(range(150))
    with there.map(Each(works.deadly), [3]) as found, pytest.raises(WorkerError, match="died with batch 1"):
        next(found)


def test_who_stops_leaves_nothing_on_the_cluster(cluster: Cluster) -> None:
    there = OnCluster(cluster.head.address, workers=2, threads=1)

    def check() -> None:
        if len(cluster.head.processes("ray::Hand.do")) == 2:
            raise StoppedError("enough")

    with pytest.raises(StoppedError), there.map(Each(works.forever), range(9), Watch(check=check)) as found:
        next(found)
    assert drivers() == []
    until(lambda: cluster.head.processes("ray::Hand") == [])
    nowhere = OnCluster("127.0.0.1:1", 1, 1)
    with (
        nowhere.map(Each(works.square), [1]) as found,
        pytest.raises(UserError, match="no Ray cluster answers"),
    ):
        next(found)


def test_away_and_back(cluster: Cluster) -> None:
    """The head dies: articles wait, or this process judges, and the watch puts all back when it returns."""
    client, local = cluster.client(), cluster.local["v1"]
    standby = Standby(client, lambda: local, again_seconds=0.5, steady=time.monotonic)
    assert standby.classify(texts(1))[0].model == "v2"
    cluster.head.kill()
    with pytest.raises(AwayError, match="articles wait until it does"):
        cluster.client().classify(texts(1))
    assert standby.classify(texts(1))[0].model == "v1"
    with pytest.raises(UserError, match="no Ray cluster answers at"):
        cluster.deploy(cluster.versions["v2"])

    wanted = Version("v3", "/nowhere/v3", "0" * 64)
    watch = rollout.Watch(
        lambda known: wanted,
        lambda: rollout.answer(cluster.address),
        cluster.deploy,
        deployed=cluster.versions["v2"],
    )
    watch.look()
    assert watch.failures == 1
    cluster.head.start()
    with pytest.raises(ModelError, match=r"on the node 127\.0\.0\.1: .*/nowhere/v3") as raised:
        cluster.deploy(wanted)
    assert "\n" not in str(raised.value)

    wanted = cluster.versions["v2"]
    watch.look()
    assert watch.failures == 0 and watch.deployed == wanted
    until(lambda: standby.classify(texts(1))[0].model == "v2")
    errands.run("undeploy", {"address": cluster.head.address})
    assert rollout.answer(cluster.address) is None
