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
from monitor.detection.rules import Rule
from monitor.errors import ConfigError, PluginError
from monitor.extensions.fallback import GuardedStrategy
from monitor.extensions.instances import Unavailable
from monitor.hookspecs import silent
from monitor.messages import said
from monitor.records import Delivery, DeliveryState, Role, User
from monitor.store import alerts, deliveries, failing
from monitor.testing import (
    Clock,
    FakeClassifier,
    FakeFetcher,
    make_delivery,
    make_panel,
    make_pool,
    make_present,
    make_snapshot,
)
from tests.alarms import alarm
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
SURGE = '[rules.surge]\ndetector = "surge"\n'
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
    """Opens a monitor whose settings have these tables besides, and the rule `surge` if they have no rule."""
    made: list[Monitor] = []

    def open_(tables: str) -> Monitor:
        rules = "" if "[rules." in tables else SURGE
        (project / "config.toml").write_text(CONFIG + tables + rules)
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


def test_a_bundled_kind_does_the_work_of_a_lost_strategy(opened: Open, project: Path) -> None:
    monitor = opened('[learning]\nstrategy = "lost"\n')
    assert monitor.strategy.kind == "margin"
    assert monitor.strategy.select(make_pool(1), 1, np.random.default_rng(0)).rows == [0]
    assert troubles(monitor) == [
        ("strategies", "lost", f"strategy lost: {WHY}; margin orders the queue meanwhile", "margin")
    ]
    assert told(project, monitor)["instances"] == [f"strategies.lost: {WHY}"]


def test_nothing_does_the_work_of_a_lost_detector(opened: Open, project: Path) -> None:
    monitor = opened(f'{SURGE}[rules.mine]\ndetector = "lost"\n')
    lost = monitor.detectors["lost"]
    assert isinstance(lost, Unavailable) and monitor.detectors["surge"].kind == "surge"
    for _ in range(2):
        with pytest.raises(PluginError, match="no_such_module_at_all"):
            lost.fit(make_panel())
    with pytest.raises(PluginError, match="no_such_module_at_all"):
        lost.test(None, make_present(make_panel()))
    (trouble,) = troubles(monitor)
    what = f"detector lost: {WHY}; the rules that name it find nothing meanwhile"
    assert trouble == ("detectors", "lost", what, "")
    assert told(project, monitor)["instances"] == [f"detectors.lost: {WHY}"]


def test_detectors_are_those_that_enabled_rules_name(opened: Open) -> None:
    monitor = opened(
        f'{SURGE}[rules.again]\ndetector = "surge"\n[rules.mine]\ndetector = "careful"\n'
        '[rules.own]\ndetector = "ratio"\n[rules.off]\ndetector = "no such"\nenabled = false\n'
        '[detectors.careful]\nkind = "surge"\nhalf_life_weeks = 13.0\n'
        '[detectors.unused]\nkind = "surge"\n'
    )
    found = monitor.detectors
    assert list(found) == ["surge", "careful", "ratio"]
    assert [one.larger_is_rarer for one in found.values()] == [False, False, True]
    assert getattr(found["careful"], "half_life_weeks") == 13.0  # noqa: B009 - the protocol has no such field
    assert monitor.detectors["careful"] is found["careful"]
    panel = make_panel()
    for one in found.values():
        assert len(one.test(one.fit(panel), make_present(panel)).p) == len(panel.names)
    assert list(monitor.instances.detectors([Rule("x", "always")])) == ["always"]


def test_a_rule_that_names_no_detector_stops_a_start(opened: Open, project: Path) -> None:
    (project / "mine" / "lost.py").unlink()
    names = ('[rules.a]\ndetector = "surge"\n', *(f'[rules.{x}]\ndetector = "nose"\n' for x in "bc"))
    with pytest.raises(ConfigError) as caught:
        opened("".join(names) + '[detectors.mine]\nkind = "surge"\n')
    for line, rule in zip(str(caught.value).splitlines(), "bc", strict=True):
        told, _, known = line.partition("; known: ")
        assert told == f"config.toml: [rules.{rule}] detector: there is no detector 'nose'"
        assert {"always", "mine", "ratio", "surge"} <= set(known.split(", "))
    monitor = opened(SURGE)
    with pytest.raises(ConfigError, match=r"config\.toml: \[rules\.y\] detector: there is no detector 'z'"):
        monitor.instances.detectors([Rule("y", "z")])
    with pytest.raises(ConfigError, match=r"mine\.toml: \[rules\.y\] detector: there is no detector 'z'"):
        monitor.instances.detectors([Rule("y", "z")], "mine.toml")


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
        ('[detectors.odd]\nkind = "always"\nway = 3\n[rules.a]\ndetector = "odd"\n', "[detectors.odd] way"),
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
        alerts.put(tx, alarm("alert-1", at))
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


def test_a_strategy_that_hangs_is_replaced_and_named(opened: Open, project: Path) -> None:
    monitor = opened('[strategies.mine]\nkind = "last"\nway = "hang"\n[learning]\nstrategy = "mine"\n')
    assert isinstance(monitor.strategy, GuardedStrategy)
    pool = make_pool(3)
    for _ in range(2):
        assert len(monitor.strategy.select(pool, 2, np.random.default_rng(0)).rows) == 2
    with monitor.store.read() as tx:
        (strategy,) = failing.all(tx)
    assert strategy.failures == 1 and "more than 5 seconds" in strategy.error
    found = troubles(monitor)
    assert [(group, name, fallback) for group, name, _, fallback in found] == [
        ("strategies", "mine", "margin")
    ]
    assert told(project, monitor)["strategies"] == [found[0][2]]


def test_a_detector_that_fails_raises_and_what_was_noted_of_it_is_told(opened: Open, project: Path) -> None:
    monitor = opened(
        f'{SURGE}[detectors.mine]\nkind = "always"\nway = "junk"\n[rules.mine]\ndetector = "mine"\n'
        '[detectors.hung]\nkind = "always"\nway = "hang"\n[rules.hung]\ndetector = "hung"\n'
    )
    panel = make_panel()
    mine, hung = monitor.detectors["mine"], monitor.detectors["hung"]
    with pytest.raises(PluginError, match="`test` returned str"):
        mine.test(mine.fit(panel), make_present(panel))
    with pytest.raises(PluginError, match="more than 5 seconds") as caught:
        hung.fit(panel)
    monitor.instances.report("detectors", "hung", caught.value.told)
    (trouble,) = troubles(monitor)
    assert (trouble[:2], trouble[3]) == (("detectors", "hung"), "")
    assert trouble[2].endswith(
        "was stopped; [plugins] call_seconds allows more; the rules that name it find nothing meanwhile"
    )
    assert told(project, monitor)["detectors"] == [trouble[2]]
    with monitor.store.read() as tx:
        from monitor.extensions.troubles import troubles as all_of

        chinese = [said(one.what, "zh") for one in all_of(tx, monitor.instances)]
    assert "使用它的规则暂时不会发现异常" in chinese[0]


def test_what_works_again_is_forgotten(opened: Open) -> None:
    monitor = opened('[strategies.mine]\nkind = "last"\n[learning]\nstrategy = "mine"\n')
    with monitor.store.begin() as tx:
        failing.add(tx, "strategies", "mine", "it hung, before a restart", monitor.now())
        failing.add(tx, "strategies", "of another day", "it is configured no more", monitor.now())
    assert len(troubles(monitor)) == 1
    assert monitor.strategy.select(make_pool(1), 1, np.random.default_rng(0)).rows == [0]
    assert troubles(monitor) == []
