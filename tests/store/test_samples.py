"""The sample counts while there is nothing else, and in no figure once a real article is stored."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor import config
from monitor.alerts.routing import Tree
from monitor.app import Monitor
from monitor.desk import Desk
from monitor.detection.rules import Rule
from monitor.records import AlertState, Article, Decision, Role, Route, Scope, User
from monitor.registry import Registry
from monitor.settings import AlertSettings
from monitor.store import Store, alerts, articles, predictions, samples, tasks
from monitor.testing import FakeFetcher, make_prediction, newsroom
from monitor.watch import Watch
from tests.detection.lives import Rare

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    """With the newsroom's plugins, which are processes to start."""
    folder = tmp_path_factory.mktemp("newsroom")
    newsroom.settle(folder)
    registry = Registry.discover(folder / "plugins")
    yield registry
    registry.close()


@pytest.fixture
def monitor(store: Store, tmp_path: Path, registry: Registry) -> Iterator[Monitor]:
    newsroom.settle(tmp_path)
    with open(tmp_path / "config.toml", "a") as file:
        file.write('\n[sources.shipped]\nkind = "sample"\n')
    newsroom.furnish(store, NOW, sample=True, hours=3)
    monitor = Monitor(
        config.load(tmp_path / "config.toml", {}),
        store,
        registry,
        FakeFetcher(),
        companies=newsroom.COMPANIES,
        now=lambda: NOW,
    )
    yield monitor
    monitor.recurring.flush()


@pytest.fixture
def desk(monitor: Monitor) -> Desk:
    return Desk(monitor, User(1, "ann", Role.ANALYST, NOW))


def test_while_there_is_nothing_else_it_counts_and_says_so(desk: Desk) -> None:
    shown = desk.overview()
    assert shown.sample and shown.sample_articles == shown.articles == desk.samples() > 0
    assert shown.open_alerts == 1 and shown.open_tasks == desk.queue_stats()["open"] > 0
    assert len(desk.alerts()) == 1 and desk.articles() and desk.tasks(1)
    assert sum(window.stories for window in desk.trend(Scope("all"))) > 0


def test_once_something_is_real_it_counts_nowhere(
    desk: Desk, monitor: Monitor, publish: Callable[..., Article]
) -> None:
    (task,) = desk.tasks(1)
    desk.label(task.task.id, "negative")
    assert (desk.queue_stats()["labels"], desk.new_labels()) == (1, 0), "made-up texts teach nothing"
    desk.tasks(1)  # one stays on the screen
    with monitor.store.begin() as tx:
        real = publish(tx, "Harbour Bank opens a branch", source="harbour-wire")
        assert not samples.counted(tx) and samples.number(tx) == 0
        assert tasks.open_count(tx) == 0 and tasks.waiting(tx) == []
        assert articles.count(tx, sample=False) == 1
    shown = desk.overview(24 * 30)
    assert (shown.sample, shown.sample_articles, shown.articles) == (False, 0, 1)
    assert (shown.open_alerts, shown.open_tasks) == (0, 0)
    assert not shown.topics and all(not story.sample for story in shown.top_stories)
    assert desk.samples() == 0
    assert desk.alerts() == [] and desk.alerts(()) == []
    assert [view.article.id for view in desk.articles()] == [real.id]
    assert desk.tasks(5) == []
    stats = desk.queue_stats()
    assert (stats["open"], stats["done"], stats["labels"], stats["by_user"]) == (0, 0, 0, {})
    assert desk.new_labels() == 0
    assert sum(window.stories for window in desk.trend(Scope("all"), 24 * 30)) <= 1


def test_what_it_brought_can_still_be_read(
    desk: Desk, monitor: Monitor, publish: Callable[..., Article]
) -> None:
    with monitor.store.begin() as tx:
        publish(tx, "Harbour Bank opens a branch", source="bank")
    assert all(view.article.sample for view in desk.articles(source=newsroom.FEEDS[0]))
    assert desk.articles(sample=True) and desk.overview(sample=True).sample
    assert desk.alert("alert_5f0c7d1e9ab24c").evidence


def test_an_alert_with_evidence_of_both_kinds_is_listed(
    desk: Desk, monitor: Monitor, publish: Callable[..., Article]
) -> None:
    with monitor.store.begin() as tx:
        real = publish(tx, "Harbour Bank opens a branch", source="bank")
        assert alerts.page(tx, include_sample=False) == []
        alerts.put(tx, alerts.get(tx, "alert_5f0c7d1e9ab24c"), [real.id])
    assert [alert.state for alert in desk.alerts()] == [AlertState.FIRING]


def test_it_is_watched_no_more(monitor: Monitor, publish: Callable[..., Article]) -> None:
    """The sample is walked through while there is nothing else, and is no past of what comes then."""
    seen = Rare()
    watch = Watch(
        *(monitor.store, [Rule("seen", "rare")], {"seen": {}}, {"rare": seen}, AlertSettings()),
    )
    watch.look(NOW, Tree())
    assert seen.panels == [], "three hours are no past to compare with"
    watch.look(NOW + timedelta(days=2), Tree())
    assert seen.panels[-1].volume.sum() > 1
    seen.panels.clear()
    for at in (NOW, NOW + timedelta(hours=2)):
        with monitor.store.begin() as tx:
            real = publish(tx, "Harbour Bank opens a branch", source="bank", at=at)
            said = make_prediction(0.0, 0.9, 0.1)
            predictions.put(tx, real.id, said, Decision(Route.ACCEPT, ""), [], at)
    watch.look(NOW + timedelta(days=2), Tree())
    assert {past.volume.sum() for past in seen.panels} == {1.0}, (
        "what came before the first whole hour is none"
    )


def test_sources_say_which_is_the_sample(desk: Desk) -> None:
    assert [view.name for view in desk.sources() if view.sample] == ["shipped"]
