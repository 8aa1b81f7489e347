"""What is configured with a plugin that fails: unavailable, or done by another, and always named."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from structlog.testing import capture_logs

from monitor import config, doctor
from monitor.app import Monitor
from monitor.classification import manifest
from monitor.desk import Desk
from monitor.errors import ConfigError, PluginError
from monitor.extensions.fallback import GuardedDetector, GuardedStrategy
from monitor.hookspecs import silent
from monitor.messages import said
from monitor.records import Alert, AlertState, Delivery, DeliveryState, Role, Scope, User
from monitor.store import alerts, deliveries, failing
from monitor.testing import (
    Clock,
    FakeClassifier,
    FakeFetcher,
    make_delivery,
    make_pool,
    make_snapshot,
)
from tests.sandbox.conftest import HERE

CONFIG = """
plugins_dir = "mine"
[plugins]
call_seconds = 5.0
load_seconds = 120.0
[classifier]
kind = "fake"
model = "model"
[sources.sample]
kind = "sample"
"""
CLASSIFIER = """
from monitor import hookimpl
from monitor.testing import FakeClassifier, FakeNotifier

@hookimpl
def register_classifiers():
    return [FakeClassifier]

@hookimpl
def register_notifiers():
    return [FakeNotifier]
"""
BROKEN = "import no_such_module_at_all\nkind = 'lost'\n"

Open = Callable[[str], Monitor]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "mine").mkdir()
    shutil.copy(HERE / "good" / "good.py", tmp_path / "mine")
    (tmp_path / "mine" / "instances_test_plugin.py").write_text(CLASSIFIER)
    (tmp_path / "mine" / "lost.py").write_text(BROKEN)
    FakeClassifier().fit(make_snapshot(), None, tmp_path / "model", silent)
    manifest.seal(tmp_path / "model")
    return tmp_path


@pytest.fixture
def opened(project: Path) -> Iterator[Open]:
    """Opens a monitor whose settings have these tables besides."""
    made: list[Monitor] = []

    def open_(tables: str) -> Monitor:
        (project / "config.toml").write_text(CONFIG + tables)
        made.append(Monitor.open(config.load(project / "config.toml", {}), now=Clock()))
        return made[-1]

    yield open_
    for monitor in made:
        monitor.close()


def told(project: Path, monitor: Monitor) -> dict[str, list[str]]:
    """What the doctor warns of, by name."""
    found: dict[str, list[str]] = {}
    for check in doctor.examine(project / "config.toml", {}, monitor.now()):
        if check.state == "warn":
            found.setdefault(check.name, []).append(check.what)
    return found


def troubles(monitor: Monitor) -> list[tuple[str, str, str, str]]:
    from monitor.extensions.troubles import troubles as all_of

    with monitor.store.read() as tx:
        return [(one.group, one.name, str(one.what), one.fallback) for one in all_of(tx, monitor.instances)]


# --- what cannot be built --------------------------------------------------------------------------

WHY = "unavailable: lost.py: No module named 'no_such_module_at_all'"


def test_a_source_or_notifier_that_is_lost_is_unavailable(opened: Open, project: Path) -> None:
    with capture_logs() as logged:
        monitor = opened('[sources.mine]\nkind = "lost"\n[notifiers.desk]\nkind = "lost"\n')
    found = [(one["group"], one["name"]) for one in logged if one["event"] == "instance.unavailable"]
    assert found == [("sources", "mine"), ("notifiers", "desk")]
    for _ in range(2):
        (mine,) = monitor.poll(["mine"])
        assert (mine.ok, mine.error) == (False, WHY)
    assert [result.source for result in monitor.poll_due()] == ["sample"]
    assert troubles(monitor) == [("notifiers", "desk", f"notifier desk: {WHY}", "")]
    warned = told(project, monitor)
    assert warned["instances"] == [f"sources.mine, notifiers.desk: {WHY}"], "one cause, told once"
    assert "plugins" not in warned
    checks = doctor.examine(project / "config.toml", {}, monitor.now())
    assert "1 of 2 enabled sources have no error" in [one.what for one in checks if one.name == "sources"]


def test_the_pages_name_them(opened: Open) -> None:
    monitor = opened('[sources.mine]\nkind = "lost"\n[learning]\nstrategy = "lost"\n')
    desk = Desk(monitor, User(1, "ann", Role.ANALYST, monitor.now()))
    views = {view.name: view for view in desk.sources()}
    assert (views["mine"].unavailable, views["sample"].unavailable) == (WHY, "")
    assert said(views["mine"].unavailable, "zh").startswith("不可用：插件 lost.py：")
    assert desk.poll("mine").error == WHY
    (trouble,) = desk.troubles()
    assert (trouble.group, trouble.fallback) == ("strategies", "margin")
    (plugin,) = [plugin for plugin in desk.plugins() if plugin.name == "lost"]
    assert (plugin.state, plugin.error) == ("disabled", "No module named 'no_such_module_at_all'")


def test_messages_for_a_lost_notifier_wait(opened: Open) -> None:
    monitor = opened('[notifiers.desk]\nkind = "lost"\n')
    write(monitor, "desk")
    assert monitor.deliver()["failed"] == 1
    with monitor.store.read() as tx:
        (message,) = deliveries.all(tx)
    assert (message.state, message.last_error) == (DeliveryState.PENDING, WHY)


def test_a_bundled_kind_does_the_work_of_a_lost_strategy_and_detector(opened: Open, project: Path) -> None:
    monitor = opened('[learning]\nstrategy = "lost"\n[alerts]\ndetector = "lost"\n')
    assert (monitor.strategy.kind, monitor.detector.kind) == ("margin", "surge")
    assert monitor.strategy.select(make_pool(1), 1, np.random.default_rng(0)).rows == [0]
    assert troubles(monitor) == [
        ("detectors", "lost", f"detector lost: {WHY}; surge looks for surges meanwhile", "surge"),
        (
            *("strategies", "lost"),
            *(f"strategy lost: {WHY}; margin orders the queue meanwhile", "margin"),
        ),
    ]
    assert told(project, monitor)["instances"] == [f"detectors.lost, strategies.lost: {WHY}"]


def test_a_class_that_cannot_be_built_is_unavailable(opened: Open, project: Path) -> None:
    text = (HERE / "good" / "good.py").read_text()
    breaks = text.replace('kind = "good"', 'kind = "breaks"').replace(
        "    def fetch", "    def __post_init__(self):\n        raise OSError('no')\n\n    def fetch", 1
    )
    keep = breaks[: breaks.index("@dataclass\nclass Notifier")] + (
        "@hookimpl\ndef register_sources():\n    return [Source]\n"
    )
    (project / "mine" / "breaks.py").write_text(keep)
    monitor = opened('[sources.mine]\nkind = "breaks"\n')
    (result,) = monitor.poll(["mine"])
    assert "kind 'breaks' cannot be built: OSError: no" in result.error


def test_the_classifier_stops_a_start(opened: Open, project: Path) -> None:
    (project / "mine" / "instances_test_plugin.py").write_text(
        "import no_such_module_at_all\nkind = 'fake'\n"
    )
    with pytest.raises(PluginError, match=r"instances_test_plugin\.py: No module named 'no_such"):
        opened("")


@pytest.mark.parametrize(
    ("table", "mistake"),
    [
        ('[sources.mine]\nkind = "good"\ncolour = "red"\n', "[sources.mine] colour: unknown key"),
        ('[notifiers.desk]\nkind = "good"\nhang = 3\n', "[notifiers.desk] hang: expected a valid boolean"),
        ('[detectors.odd]\nkind = "always"\nway = 3\n[alerts]\ndetector = "odd"\n', "[detectors.odd] way"),
    ],
)
def test_a_mistake_in_the_table_of_a_plugin_that_loaded_stops_a_start(
    opened: Open, table: str, mistake: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        opened(table)
    assert mistake in str(caught.value)


# --- what fails when it is called --------------------------------------------------------------------


def write(monitor: Monitor, *names: str) -> None:
    """Put a message for each of these notifiers into the outbox."""
    with monitor.store.begin() as tx:
        at = monitor.now()
        alert = Alert("alert-1", "surge", Scope("all"), AlertState.FIRING, at, at, 9, 1.0, 0.001, at, at)
        alerts.put(tx, alert, ())
        for name in names:
            deliveries.add(tx, _message(name, monitor.now()))


def _message(name: str, at: Any) -> Delivery:
    times = {key: at for key in ("created_at", "next_attempt_at") if key in Delivery.__slots__}
    return make_delivery(id=f"to-{name}", notifier=name, **times)


def test_a_notifier_that_hangs_stops_no_other_and_is_named(opened: Open, project: Path) -> None:
    monitor = opened(
        '[notifiers.hung]\nkind = "good"\nhang = true\n[notifiers.desk]\nkind = "good"\n'
        '[notifiers.here]\nkind = "fake"\n'
    )
    monitor.fetcher = FakeFetcher({"https://hook.example/": b""})
    write(monitor, "hung", "desk", "here")
    counts: Counter[str] = Counter()
    while counts["delivered"] < 2 or counts["failed"] < 1:
        counts.update(monitor.deliver())
    assert (counts["delivered"], counts["failed"]) == (2, 1)
    (request,) = monitor.fetcher.requests
    assert request.body.startswith(b"to-desk opened")
    with monitor.store.read() as tx:
        waiting = {one.notifier: one for one in deliveries.all(tx, (DeliveryState.PENDING,))}
    assert waiting.keys() == {"hung"}
    assert "it took more than 5 seconds and was stopped" in waiting["hung"].last_error
    what = "notifier hung: 1 messages wait; the last attempt failed: it took more than 5 seconds"
    assert what in troubles(monitor)[0][2]
    assert what in told(project, monitor)["notifiers"][0]


def test_a_strategy_and_a_detector_that_hang_are_replaced_and_named(opened: Open, project: Path) -> None:
    monitor = opened(
        '[strategies.mine]\nkind = "last"\nway = "hang"\n[learning]\nstrategy = "mine"\n'
        '[detectors.mine]\nkind = "always"\nway = "junk"\n[alerts]\ndetector = "mine"\n'
    )
    assert isinstance(monitor.strategy, GuardedStrategy) and isinstance(monitor.detector, GuardedDetector)
    pool = make_pool(3)
    for _ in range(2):
        assert len(monitor.strategy.select(pool, 2, np.random.default_rng(0)).rows) == 2
    from tests.sandbox.test_proxies import WINDOW

    assert monitor.detector.test([WINDOW] * 30, WINDOW) is not None
    with monitor.store.read() as tx:
        detector, strategy = failing.all(tx)
    assert strategy.failures == 1 and "more than 5 seconds" in strategy.error
    assert "`test` returned str" in detector.error
    found = troubles(monitor)
    assert [(group, name, fallback) for group, name, _, fallback in found] == [
        ("detectors", "mine", "surge"),
        ("strategies", "mine", "margin"),
    ]
    warned = told(project, monitor)
    assert warned["detectors"] == [found[0][2]] and warned["strategies"] == [found[1][2]]
    with monitor.store.read() as tx:
        from monitor.extensions.troubles import troubles as all_of

        chinese = [said(one.what, "zh") for one in all_of(tx, monitor.instances)]
    assert "暂由 surge 检测激增" in chinese[0]


def test_what_works_again_is_forgotten(opened: Open) -> None:
    monitor = opened('[strategies.mine]\nkind = "last"\n[learning]\nstrategy = "mine"\n')
    with monitor.store.begin() as tx:
        failing.add(tx, "strategies", "mine", "it hung, before a restart", monitor.now())
        failing.add(tx, "strategies", "of another day", "it is configured no more", monitor.now())
    assert len(troubles(monitor)) == 1
    assert monitor.strategy.select(make_pool(1), 1, np.random.default_rng(0)).rows == [0]
    assert troubles(monitor) == []
