"""Plugins that do what no plugin should, alone and together with good ones: none stops the monitor, each is
named, and what the others do is as ever."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from monitor import config, doctor
from monitor.app import Monitor
from monitor.classification import manifest
from monitor.errors import LimitError, PluginError
from monitor.hookspecs import silent
from monitor.records import Fetched, Pace
from monitor.sandbox.pool import Pool
from monitor.sandbox.proxies import SourceProxy
from monitor.store import articles, sources
from monitor.testing import Clock, FakeClassifier, FakeFetcher, make_snapshot
from tests.sandbox.conftest import HERE, alive, origin

# What each is stopped for; a limit among them puts its source among those that hang.
LIMITED = {
    "hangs": "seconds and was stopped; [plugins] call_seconds allows more",
    "spins": "seconds and was stopped; [plugins] call_seconds allows more",
    "endless": "it delivered more than 5000 items and was stopped",
    "swells": "it took more than 400 MB of memory and was stopped",
}
FAILING = {
    "raises": "it raised ValueError: bad luck",
    "exits": "it raised SystemExit: enough",
    "interrupts": "it raised KeyboardInterrupt",
    "quits": "its process ended unexpectedly (exit status 7)",
    "segfaults": "its process was ended by SIGSEGV",
    "junk": "`fetch` returned dict; expected monitor.Fetched",
    "forks": "a plugin starts no other program",
    "strays": "a plugin reaches the network through its fetcher only",
    "kills": "a plugin sends no signal to another process",
}
BEARABLE = {"prints": "said enough", "lingers": "still here", "leaks": "lighter now"}
ABSENT = {
    "absent": "No module named 'no_such_module_at_all'",
    "newer": "cannot import name 'SomethingOfTheFuture' from 'monitor'",
    "dies": "its process ended unexpectedly (exit status 3)",
}


TIMED = ("hangs", "spins")
"""Those that only a clock ends; whatever else these plugins do may take as long as the machine needs."""


@pytest.fixture
def pool_for(pools: Callable[..., Pool]) -> Callable[[str], Pool]:
    """A pool for a plugin: two seconds for one that never ends."""
    return lambda name: pools(call_seconds=2.0 if name in TIMED else 120.0)


def fetch(pool: Pool, name: str) -> Fetched:
    plugin = origin(name, "bad")
    return SourceProxy(pool, plugin, "sources", name, name, {}, "").fetch({}, FakeFetcher())


# --- alone --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", LIMITED | FAILING)
def test_it_is_stopped_and_the_next_call_works(pool_for: Callable[[str], Pool], name: str) -> None:
    expected, pool = LimitError if name in LIMITED else PluginError, pool_for(name)
    for _ in range(2):
        with pytest.raises(expected) as caught:
            fetch(pool, name)
        assert (LIMITED | FAILING)[name] in str(caught.value)
        assert isinstance(caught.value, LimitError) == (name in LIMITED)
    good = SourceProxy(pool, origin("good"), "sources", "good", "good", {}, "")
    assert len(good.fetch({}, FakeFetcher()).items) == 1


@pytest.mark.parametrize("name", BEARABLE)
def test_what_it_leaves_behind_goes_with_its_process(pool: Pool, name: str) -> None:
    for _ in range(2):
        assert [item.title for item in fetch(pool, name).items] == [BEARABLE[name]]
    assert len(pool.pids) == (name == "prints")


def test_what_is_printed_is_logged_line_by_line_and_not_without_end(pool: Pool) -> None:
    with capture_logs() as logged:
        fetch(pool, "prints")
    said = [entry for entry in logged if entry["event"] == "plugin.said"]
    assert [entry["line"] for entry in said] == [f"line {number}" for number in range(100)]
    assert {(entry["plugin"], entry["instance"]) for entry in said} == {("prints", "source prints")}
    (rest,) = [entry for entry in logged if entry["event"] == "plugin.said_more"]
    assert rest["lines"] > 19_900


def test_where_it_crashed_is_logged(pool: Pool) -> None:
    with capture_logs() as logged, pytest.raises(PluginError):
        fetch(pool, "segfaults")
    assert any("segfaults.py" in entry.get("line", "") for entry in logged)
    with capture_logs() as logged, pytest.raises(PluginError):
        fetch(pool, "raises")
    assert any("bad luck" in entry.get("line", "") for entry in logged)


# --- together -----------------------------------------------------------------------------------

CONFIG = """
plugins_dir = "mine"
[plugins]
call_seconds = 10.0
load_seconds = 120.0
memory_mb = 400
max_items = 5000
[fetch]
concurrency = 4
[classifier]
kind = "fake"
model = "model"
"""

CLASSIFIER = """
from monitor import hookimpl
from monitor.testing import FakeClassifier

@hookimpl
def register_classifiers():
    return [FakeClassifier]
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    mine = tmp_path / "mine"
    # One that takes too long to import is in tests/test_registry.py: here all would wait for its limit.
    shutil.copytree(HERE / "bad", mine, ignore=shutil.ignore_patterns("__pycache__", "dawdles.py"))
    shutil.copy(HERE / "good" / "good.py", mine)
    (mine / "sandbox_test_classifier.py").write_text(CLASSIFIER)
    FakeClassifier().fit(make_snapshot(), None, tmp_path / "model", silent)
    manifest.seal(tmp_path / "model")
    names = [*LIMITED, *FAILING, *BEARABLE, *ABSENT, "good"]
    tables = [f'[sources.{name}]\nkind = "{name}"\n' for name in names]
    (tmp_path / "config.toml").write_text("\n".join([CONFIG, *tables]))
    return tmp_path


@pytest.fixture
def monitor(project: Path) -> Iterator[Monitor]:
    with Monitor.open(config.load(project / "config.toml", {}), now=Clock()) as monitor:
        yield monitor
        pids = monitor.registry.pool.pids
    assert not any(map(alive, pids))


def test_all_of_them_beside_good_ones(monitor: Monitor, project: Path) -> None:
    lost = {one.name: one.why for one in monitor.instances.unavailable()}
    assert lost.keys() == ABSENT.keys()
    for name, why in ABSENT.items():
        assert lost[name].startswith(f"{name}.py: {why}")

    ended = {result.source: result for result in monitor.poll_due()}
    while len(ended) < len(LIMITED | FAILING | BEARABLE) + 1:
        ended |= {result.source: result for result in monitor.polling.due(60.0)}
    assert {name for name, result in ended.items() if result.ok} == {"good", *BEARABLE}
    with monitor.store.read() as tx:
        stored = {view.article.title for view in articles.page(tx)}
        hung = {status.name for status in sources.all(tx) if status.pace is Pace.HUNG}
        states = {status.name: status.state for status in sources.all(tx)}
    assert stored == {"good news", *BEARABLE.values()}
    assert hung == set(LIMITED)
    assert not any(states[name] for name in LIMITED | FAILING)

    # Each is named: by a poll, ...
    told = {result.source: result.error for result in monitor.poll()}
    for name, why in (LIMITED | FAILING).items():
        assert why in told[name]
    for name, why in ABSENT.items():
        assert told[name].startswith(f"unavailable: {name}.py: {why}")
    # ... by the doctor, ...
    checks = [check.what for check in doctor.examine(project / "config.toml", {}, monitor.now())]
    for name, why in (LIMITED | FAILING | ABSENT).items():
        assert any(name in check and why in check for check in checks), name
    # ... and among the plugins.
    plugins = {plugin.name: plugin for plugin in monitor.registry.plugins}
    for name, why in ABSENT.items():
        assert (plugins[name].state, why in plugins[name].error) == ("disabled", True)
