"""The composition root: built from settings, every mistake told; its lines; its model, exchanged live."""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from monitor import config
from monitor.app import Monitor
from monitor.classification import champion, manifest
from monitor.classification.champion import shipped_folder
from monitor.errors import (
    ConfigError,
    DamagedError,
    ModelError,
    NotFoundError,
    SchemaError,
    StoppedError,
    UserError,
)
from monitor.evaluation import groups
from monitor.evaluation.groups import Groups
from monitor.records import SENTIMENTS, ModelState, ModelVersion, Scope, TrainingState, Trigger
from monitor.store import (
    Store,
    answers,
    articles,
    audit,
    measurements,
    models,
    open_store,
    sources,
    tasks,
    trainings,
    vectors,
)
from monitor.store.measurements import Measurement
from monitor.testing import Clock, FakeClassifier, FakeFetcher, make_article, make_snapshot
from tests.clocks import elapse

PLUGIN = """
from dataclasses import dataclass
from monitor import Fetched, FetchError, Item, hookimpl
from monitor.testing import FakeClassifier, FakeNotifier

@dataclass
class Hello:
    text: str = "Record profit lifts shares"
    timezone: str = "Asia/Tokyo"
    broken: bool = False
    kind = "hello"

    def fetch(self, state, fetcher):
        if self.broken:
            raise FetchError("the well is dry")
        return Fetched([Item(title=self.text, guid=self.text, author=self.timezone)], {"seen": 1})

@hookimpl
def register_sources():
    return [Hello]

@hookimpl
def register_classifiers():
    return [FakeClassifier]

@hookimpl
def register_notifiers():
    return [FakeNotifier]
"""

CONFIG = """
plugins_dir = "mine"
[classifier]
kind = "fake"
model = "first"
[sources.good]
kind = "hello"
language = "en"
[sources.bad]
kind = "hello"
broken = true
[sources.off]
kind = "hello"
enabled = false
[notifiers.desk]
kind = "fake"
[learning]
"""
ASKING = "[routing]\nthreshold = 1.0\naudits_per_day = 0\n"
"""Every text is asked, and none because of its coin: the key of a new installation is random."""


def fitted(folder: Path) -> str:
    """A model of the fake classifier in `folder`; its digest."""
    FakeClassifier().fit(make_snapshot(), None, folder, lambda what, done, total: None)
    return manifest.seal(folder)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "app_test_plugin.py").write_text(PLUGIN)
    (tmp_path / "config.toml").write_text(CONFIG)
    (tmp_path / "watchlist.csv").write_text(
        "id,name,ticker,aliases\nacme,Acme Bank,ACM,阿克米银行\n", "utf-8"
    )
    fitted(tmp_path / "first")
    return tmp_path


def opened(project: Path, text: str = CONFIG, **arguments: bool) -> Monitor:
    (project / "config.toml").write_text(text)
    return Monitor.open(config.load(project / "config.toml", {}), now=Clock(), **arguments)


@pytest.fixture
def monitor(project: Path) -> Iterator[Monitor]:
    with opened(project) as monitor:
        yield monitor


# --- opening ------------------------------------------------------------------------------


def test_open_builds_what_is_enabled(monitor: Monitor) -> None:
    assert (list(monitor.sources), list(monitor.notifiers)) == (["good", "bad"], ["desk"])
    assert [one.kind for one in monitor.detectors.values()] == ["surge", "share", "buildup"]
    assert monitor.strategy.kind == "adjusted"
    assert [company.id for company in monitor.linker.companies] == ["acme"]
    assert monitor.titles[Scope("company", "acme")] == ("Acme Bank", "Acme Bank")
    assert monitor.titles[Scope("topic", "earnings")] == ("Earnings", "业绩")


def test_every_mistake_is_told_at_once(project: Path) -> None:
    text = CONFIG.replace("broken = true", "broken = 1").replace(
        'kind = "fake"\n[learning]', 'kind = "smoke"\n[learning]'
    )
    text += 'strategy = "guess"\n[rules.mine]\ndetector = "nose"\n'
    with pytest.raises(ConfigError) as caught:
        opened(project, text)
    lines = str(caught.value).splitlines()
    assert len(lines) == 4
    for start in (
        "config.toml: [rules.mine] detector: there is no detector 'nose'; known: ",
        "config.toml: [learning] strategy: there is no strategy 'guess'; known: ",
        "config.toml: [sources.bad] broken: expected a valid boolean, found 1",
        "config.toml: [notifiers.desk] kind: unknown kind 'smoke'; known: ",
    ):
        assert any(line.startswith(start) for line in lines), start


def test_a_source_that_reads_dates_itself_is_told_how_they_are_written(project: Path) -> None:
    said = 'timezone = "Asia/Shanghai"\ndate_order = "dmy"\nzones = {IST = "Asia/Kolkata"}\n'
    feed = f'[sources.feed]\nkind = "rss"\nurl = "https://feed.example/"\n{said}'
    with opened(project, CONFIG.replace("broken = true", said) + feed) as monitor:
        fetcher = FakeFetcher(
            {"https://feed.example/": dated_feed("01/02/2026 09:30", "14 Mar 2026 09:30 IST")}
        )
        found = {name: list(source.fetch({}, fetcher).items) for name, source in monitor.sources.items()}
    assert found["bad"][0].author == "Asia/Shanghai", "it declares this one only"
    assert found["good"][0].author == "Asia/Tokyo", "its own default stands where the table says nothing"
    assert [item.published_at for item in found["feed"]] == [
        datetime(2026, 2, 1, 1, 30, tzinfo=UTC),
        datetime(2026, 3, 14, 4, 0, tzinfo=UTC),
    ]


def dated_feed(*dates: str) -> str:
    items = (f"<item><title>item {n}</title><pubDate>{at}</pubDate></item>" for n, at in enumerate(dates))
    return f'<rss version="2.0"><channel>{"".join(items)}</channel></rss>'


def test_named_instances_of_detectors_and_strategies(project: Path) -> None:
    text = CONFIG + (
        '[detectors.careful]\nkind = "surge"\nhalf_life_weeks = 52.0\n[rules.mine]\ndetector = "careful"\n'
    )
    with opened(project, text) as monitor:
        (careful,) = monitor.detectors.values()
        assert getattr(careful, "half_life_weeks") == 52.0  # noqa: B009 - the protocol has no such field


def test_without_a_watch_list_nobody_is_watched(project: Path) -> None:
    (project / "watchlist.csv").unlink()
    with opened(project) as monitor:
        assert monitor.linker.companies == ()


def test_a_new_database_gets_its_tables(project: Path) -> None:
    with opened(project) as monitor:
        monitor.store.check_schema()


def old_database(store: Store) -> None:
    """Make the store look like one that another version wrote."""
    store.upgrade()
    with store.begin() as tx:
        tx.exec_driver_sql("UPDATE alembic_version SET version_num = 'another'")


def test_another_schema_is_refused_with_the_command(project: Path, tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/data/monitor.db")
    old_database(store)
    with pytest.raises(SchemaError):
        store.prepare()
    store.close()
    with pytest.raises(SchemaError):
        opened(project)


def test_the_shipped_model_is_found_beside_the_file_or_in_the_package(project: Path) -> None:
    settings = config.load(project / "config.toml", {})
    assert shipped_folder(settings.classifier.model, settings.directory) == project / "first"
    (project / "plain").mkdir()
    (project / "plain" / "config.toml").write_text("")
    plain = config.load(project / "plain" / "config.toml", {})
    packaged = shipped_folder(plain.classifier.model, plain.directory)
    assert packaged.parts[-2:] == ("models", "default")


# --- what a process that goes on running does first -----------------------------------------


def test_settling_clears_up_closes_and_checks(monitor: Monitor, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    learnt = monitor.settings.learning.directory
    (learnt / ".training-20260101-000000-abcdef").mkdir(parents=True)
    (learnt / "20260101-000000-abcdef").mkdir()
    (learnt / "20260102-000000-abcdef").mkdir()
    path = monitor.store.path
    assert path is not None
    (path.parent / "a.gz.0011.monitor.part").write_text("")
    (path.parent / "crash-7-0011.txt").write_text("Fatal Python error: Segmentation fault")
    path.chmod(0o644)
    monitor.settle()
    assert [one.name for one in learnt.iterdir()] == ["20260102-000000-abcdef"]
    assert not list(path.parent.glob("*.part")) and not list(path.parent.glob("crash-*"))
    assert path.stat().st_mode & 0o777 == 0o600
    assert monitor.examination.health.state == "whole"
    for said in ("a process crashed", "other users could read", "checked and is whole"):
        assert said in caplog.text


def test_a_damaged_database_is_not_served(monitor: Monitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(monitor.store, "damage", lambda: "page 7 is none")
    with pytest.raises(DamagedError, match=r"page 7 is none.*monitor db restore FILE"):
        monitor.settle()


def test_housekeeping_tells_the_log_how_long_the_audit_is(
    monitor: Monitor, capsys: pytest.CaptureFixture[str]
) -> None:
    with monitor.store.begin() as tx:
        entry = audit.write(tx, monitor.now(), "ann", "user.add", "bob")
    monitor.housekeeping()
    assert entry.seal in "".join(capsys.readouterr())


# --- ingest -------------------------------------------------------------------------------


def test_a_failing_source_stops_no_other(monitor: Monitor) -> None:
    good, bad = monitor.poll()
    assert (good.source, good.ok, good.new) == ("good", True, 1)
    assert (bad.source, bad.ok, bad.error) == ("bad", False, "the well is dry")
    assert [(result.new, result.duplicates) for result in monitor.poll(["good"])] == [(0, 1)]


def test_a_poll_classifies_and_routes(monitor: Monitor) -> None:
    monitor.poll(["good"])
    with monitor.store.read() as tx:
        (view,) = articles.page(tx)
        (version,) = models.all(tx)
    assert view.prediction is not None
    assert view.prediction.model == version.id
    assert view.prediction.label == "positive"
    assert view.route is not None


def test_unknown_and_switched_off_sources_are_refused(monitor: Monitor) -> None:
    with pytest.raises(NotFoundError, match=r"no source 'god' in the settings; known: good, bad, off"):
        monitor.poll(["god"])
    with pytest.raises(UserError, match=r"\[sources.off\]"):
        monitor.poll(["off"])


def test_only_due_sources_are_polled_on_schedule(monitor: Monitor) -> None:
    assert len(monitor.poll_due()) == 2
    assert monitor.poll_due() == []
    elapse(monitor, minutes=14)
    assert "good" not in [result.source for result in monitor.poll_due()]
    elapse(monitor, minutes=1)
    assert "good" in [result.source for result in monitor.poll_due()]
    with monitor.store.read() as tx:
        assert sources.status(tx, "bad").consecutive_failures >= 1


def test_a_file_is_imported_once(monitor: Monitor, tmp_path: Path) -> None:
    path = tmp_path / "old.jsonl"
    rows = [
        {"title": f"The shares of bank {number} plunge", "text": "A fraud probe is to follow"}
        for number in range(20)
    ]
    path.write_text("\n".join(map(json.dumps, rows)))
    told: list[float] = []
    first, _ = monitor.import_file(path, "archive", lambda what, done, total: told.append(done))
    again, _ = monitor.import_file(path, "archive")
    assert (first.new, again.new, again.duplicates) == (20, 0, 20)
    assert told and told == sorted(told)
    monitor.classify_pending()
    with monitor.store.read() as tx:
        assert all(view.prediction for view in articles.page(tx))


def test_history_is_judged_by_the_version_that_is_named(project: Path, tmp_path: Path) -> None:
    path = tmp_path / "old.csv"
    path.write_text("title,date\nThe shares of the lender plunge,2008-09-15T04:30Z\nA mill opens,soon\n")
    with opened(project, CONFIG) as monitor:
        served, warnings = monitor.import_history(path, "served")
        assert (served.new, served.undated) == (1, 1) and any(
            "1 rows were left out" in one for one in warnings
        )
        monitor.import_history(path, "other", model=str(project / "first"))
        with monitor.store.read() as tx:
            found = {one.article.source: one for one in articles.page(tx)}
        assert {name: view.prediction and view.prediction.model for name, view in found.items()} == {
            "served": monitor.served.load().version.id,
            "other": "first",
        }


def test_a_file_s_dates_are_read_as_its_source_or_the_command_says(project: Path, tmp_path: Path) -> None:
    path = tmp_path / "old.csv"
    path.write_text(
        "title,date\n" + "".join(f"t{n},2025-03-02 08:00\n" for n in range(25)) + "u,01/02/2025\n"
    )
    table = (
        f'[sources.archive]\nkind = "jsonl"\npath = "{path}"\ntimezone = "Asia/Shanghai"\nenabled = false\n'
    )
    with opened(project, CONFIG + table) as monitor:
        _, warnings = monitor.import_file(path, "archive")
        assert "25 dates had no time zone and were read in Asia/Shanghai" in warnings
        _, warnings = monitor.import_file(path, "other", timezone="Asia/Tokyo", date_order="dmy")
        assert warnings == ["26 dates had no time zone and were read in Asia/Tokyo"]
        with pytest.raises(UserError, match="expected a time zone"):
            monitor.import_file(path, "other", timezone="Tokyo")
        with monitor.store.read() as tx:
            found = {
                (one.article.source, one.article.title): one.article for one in articles.page(tx, limit=99)
            }
    assert found["archive", "t0"].published_at == datetime(2025, 3, 2, 0, tzinfo=UTC)
    assert found["other", "t0"].published_at == datetime(2025, 3, 1, 23, tzinfo=UTC)
    assert found["other", "u"].published_day == date(2025, 2, 1)
    assert found["other", "u"].published_at == datetime(2025, 1, 31, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("table", "option", "masked"),
    [
        ("", None, True),
        ("", False, False),
        ('[sources.archive]\nkind = "hello"\n', None, True),
        ('[sources.archive]\nkind = "hello"\nmask = false\n', None, False),
        ('[sources.archive]\nkind = "hello"\nmask = false\n', True, True),
    ],
)
def test_personal_data_of_a_file_are_masked(
    project: Path, table: str, option: bool | None, masked: bool
) -> None:
    (project / "calls.jsonl").write_text('{"title": "致电13812345678"}\n', encoding="utf-8")
    with opened(project, CONFIG + table) as monitor:
        monitor.import_file(project / "calls.jsonl", "archive", mask=option)
        with monitor.store.read() as tx:
            (view,) = articles.page(tx, source="archive")
    assert view.article.title == ("致电[phone]" if masked else "致电13812345678")


@pytest.mark.parametrize(
    ("table", "masked"),
    [
        ('kind = "jsonl"\npath = "calls.jsonl"', True),
        ('kind = "jsonl"\npath = "calls.jsonl"\nmask = false', False),
        ('kind = "hello"\ntext = "致电13812345678"', False),
        ('kind = "hello"\ntext = "致电13812345678"\nmask = true', True),
    ],
)
def test_personal_data_of_a_source_are_masked_by_kind_and_setting(
    project: Path, monkeypatch: pytest.MonkeyPatch, table: str, masked: bool
) -> None:
    monkeypatch.chdir(project)
    (project / "calls.jsonl").write_text('{"title": "致电13812345678"}\n', encoding="utf-8")
    with opened(project, f"{CONFIG}[sources.calls]\n{table}\n") as monitor:
        assert monitor.poll(["calls"])[0].new == 1
        with monitor.store.read() as tx:
            (view,) = articles.page(tx, source="calls")
    assert view.article.title == ("致电[phone]" if masked else "致电13812345678")


def test_classify_a_text(monitor: Monitor) -> None:
    prediction, decision = monitor.classify_text("公司亏损扩大，股价暴跌")
    assert prediction.label == "negative"
    assert set(prediction.sentiment) == set(SENTIMENTS)
    assert decision.reason


def test_passages_are_the_archive_and_the_files(project: Path) -> None:
    (project / "more.csv").write_text("title,body\nA headline,and what it says\n,\n")
    (project / "sold.csv").write_text("price\n1\n")
    with opened(project) as monitor:
        assert list(monitor.passages()) == []
        monitor.poll(["good"])
        more = ["A headline\nand what it says"]
        assert list(monitor.passages([project / "more.csv"])) == ["Record profit lifts shares", *more]
        assert list(monitor.passages([project / "more.csv"], archive=False)) == more
        (project / "calls.csv").write_text("text,label\n致电13812345678,neutral\n", encoding="utf-8")
        assert list(monitor.passages([project / "calls.csv"], archive=False)) == ["致电[phone]"]
        (example,) = monitor.workbench.examples([project / "calls.csv"], ["sentiment"])
        assert example.text == "致电[phone]"
        with pytest.raises(UserError, match="price; expected title, headline"):
            list(monitor.passages([project / "sold.csv"]))


def test_the_workbench_starts_from_what_serves(project: Path) -> None:
    rows = ["a dreadful loss,negative", "splendid gains for all,positive", "the board meets today,neutral"]
    (project / "more.csv").write_text("\n".join(["text,label", *rows, ""]))
    with opened(project) as monitor:
        assert monitor.workbench.serving() == project / "first"
        monitor.workbench.fit([project / "more.csv"], project / "out")
        assert monitor.classifier(str(project / "out")).version == "out"  # type: ignore[attr-defined]


# --- the model, while it runs ---------------------------------------------------------------


def register(monitor: Monitor, folder: Path, name: str) -> ModelVersion:
    version = ModelVersion(
        name, "fake", str(folder), fitted(folder), ModelState.CHALLENGER, monitor.now() + timedelta(hours=1)
    )
    with monitor.store.begin() as tx:
        models.put(tx, version)
    return version


def test_a_promoted_version_serves_from_the_next_text_on(monitor: Monitor, project: Path) -> None:
    before = monitor.classify_text("利润")[0].model
    register(monitor, project / "second", "second")
    assert isinstance(monitor.now, Clock)
    monitor.now.advance(hours=1)
    monitor.promote("second", "ann")
    assert monitor.classify_text("利润")[0].model == "second"
    assert monitor.rollback("ann").id == before
    assert monitor.classify_text("利润")[0].model == before


def test_a_version_says_everything_at_its_temperature(monitor: Monitor) -> None:
    """What is answered, explained and measured; until another version serves, which has its own."""
    text = "公司亏损扩大，股价暴跌"
    raw, _ = monitor.classify_text(text)
    with monitor.store.begin() as tx:
        stands = Groups(temperature=2.0, coming=2.0)
        models.stands(tx, raw.model, groups.to_json(stands))
    said, decision = monitor.classify_text(text)
    assert said == raw.tempered(2.0) and said.confidence < raw.confidence
    assert f"{int(said.confidence * 100)}" in decision.reason
    assert monitor.explain_text(text, "sentiment").probability == said.confidence
    assert monitor.explain_text(text, "topics:earnings").probability == raw.topics["earnings"]
    for classifier in (monitor.classifier(), monitor.classifier(raw.model)):
        assert list(classifier.classify([monitor.article_of(text)])) == [said]


def test_a_damaged_champion_is_refused_and_the_one_before_goes_on(monitor: Monitor, project: Path) -> None:
    before = monitor.classify_text("利润")[0].model
    register(monitor, project / "second", "second")
    monitor.promote("second", "ann")
    (project / "second" / "words.json").write_text("{}")
    assert monitor.classify_text("利润")[0].model == before
    with monitor.store.read() as tx:
        refused, (*_, told) = models.get(tx, "second"), models.events(tx, "second")
    assert refused.state is ModelState.REFUSED
    assert told.event == "refused" and "words.json" in told.reason


def test_without_any_model_it_says_what_to_do(project: Path) -> None:
    with (
        opened(project, CONFIG.replace('"first"', '"nowhere"')) as monitor,
        pytest.raises(ModelError, match="nowhere"),
    ):
        monitor.classify_text("利润")


def test_a_trained_champion_serves_although_the_shipped_model_is_gone(
    monitor: Monitor, project: Path
) -> None:
    monitor.classify_text("利润")
    register(monitor, project / "second", "second")
    monitor.promote("second", "ann")
    (project / "first" / "words.json").unlink()
    (project / "first" / "manifest.json").unlink()
    (project / "first").rmdir()
    with opened(project) as again:
        assert again.classify_text("利润")[0].model == "second"


def test_a_model_by_id_or_by_folder(monitor: Monitor, project: Path) -> None:
    register(monitor, project / "second", "second")
    for name in ("second", str(project / "second")):
        prediction = monitor.classifier(name).classify([monitor.article_of("利润")])[0]
        assert prediction.model == "second"
    with pytest.raises(NotFoundError, match="third"):
        monitor.classifier("third")


def test_many_threads_share_one_model(monitor: Monitor) -> None:
    article, found = make_article("Record profit"), list[str]()
    threads = [
        threading.Thread(target=lambda: found.append(monitor.served.classify([article])[0].label))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == ["positive"] * 8


# --- learn, watch, keep ---------------------------------------------------------------------


def labelled(folder: Path) -> Path:
    """Sixty texts of which no two are alike: near-duplicates are dropped from a snapshot."""
    rng, words = random.Random(0), [f"w{number}x" for number in range(2000)]
    lines = ["text,label"]
    for number in range(60):
        telling, label = (("plunge fraud", "negative"), ("record profit", "positive"))[number % 2]
        lines.append(f"{telling} {' '.join(rng.sample(words, 12))},{label}")
    (folder / "labels.csv").write_text("\n".join(lines))
    return folder / "labels.csv"


def test_train_on_a_file(monitor: Monitor, project: Path) -> None:
    version = monitor.train([labelled(project)], user="ann")
    assert version.parent.startswith(champion.SHIPPED)
    with monitor.store.read() as tx:
        assert models.get(tx, version.id) == version
        training = trainings.get(tx, version.id)
    assert version.reason
    assert (training.asked_by, training.via, training.verdict) == ("ann", "cli", str(version.state))


def test_a_training_that_waits_is_taken_up_with_what_it_was_asked_for(
    monitor: Monitor, project: Path
) -> None:
    assert monitor.take_up_training() is None
    asked = monitor.ask_training(
        [labelled(project)], options={"smoothing": 0.25}, trigger=Trigger.DRIFT, why="drift in Chinese"
    )
    (project / "labels.csv").unlink()  # what it said is kept
    version = monitor.take_up_training()
    assert version is not None and version.id == asked.id
    with monitor.store.read() as tx:
        ended = trainings.get(tx, asked.id)
    assert (ended.trigger, ended.why, ended.via) == (Trigger.DRIFT, "drift in Chinese", "schedule")
    assert version.metrics["examples"]["train"]["labels.csv"] > 0
    assert monitor.take_up_training() is None


def test_a_training_that_the_store_was_not_told_of_is_taken_up(monitor: Monitor, project: Path) -> None:
    asked, holder = monitor.ask_training([labelled(project)]), monitor.heart.holder
    with monitor.store.begin() as tx:
        trainings.claim(tx, asked.id, holder, monitor.now())
    assert monitor.take_up_training() is not None, "this process runs nothing, so it was interrupted"


def test_a_monitor_that_stops_leaves_a_training_to_be_resumed(monitor: Monitor, project: Path) -> None:
    asked = monitor.ask_training([labelled(project)])
    with pytest.raises(StoppedError):
        monitor.run_training(asked.id, lambda what, done, total: monitor.stop())
    with monitor.store.read() as tx:
        assert trainings.get(tx, asked.id).state is TrainingState.INTERRUPTED


def label_one(monitor: Monitor) -> None:
    monitor.poll(["good"])
    with monitor.store.begin() as tx:
        (task,) = tasks.next_tasks(tx, "ann", 1, monitor.now())
        answers.answer(tx, task.id, "ann", "positive", None, monitor.now())


@pytest.mark.parametrize(
    ("table", "due"), [("", True), ("enabled = false\n", False), ("min_new_labels = 2\n", False)]
)
def test_training_is_due_when_there_are_new_labels(project: Path, table: str, due: bool) -> None:
    text = CONFIG + ("" if "min_new" in table else "min_new_labels = 1\n") + table + ASKING
    with opened(project, text) as monitor:
        assert not monitor.training_due()
        label_one(monitor)
        assert monitor.training_due() is due


def test_training_is_due_again_only_after_a_while(project: Path) -> None:
    with opened(project, CONFIG + "min_new_labels = 1\n" + ASKING) as monitor:
        register(monitor, project / "second", "second")
        elapse(monitor, hours=2)
        label_one(monitor)
        assert not monitor.training_due()
        elapse(monitor, hours=24)
        assert monitor.training_due()


def test_a_drift_makes_a_training_due_where_it_may(project: Path) -> None:
    for table, due in (("", False), ("[drift]\ntrain = true\n", True)):
        with opened(project, CONFIG + ASKING + table) as monitor:
            if not table:
                label_one(monitor)
                assert monitor.measure() == [], "one text is too few for anything"
                with monitor.store.begin() as tx:
                    champion_id = models.all(tx)[0].id
                    measurements.put(
                        tx, [Measurement(monitor.now(), champion_id, "label", "all", True, {"p_value": 0.0})]
                    )
                elapse(monitor, hours=1)
            assert monitor.training_due() is due


def test_watch_and_deliver_with_nothing_to_say(monitor: Monitor) -> None:
    monitor.poll()
    assert monitor.watch() == []
    assert set(monitor.deliver().values()) <= {0}


def test_housekeeping_keeps_the_articles(monitor: Monitor) -> None:
    monitor.poll()
    monitor.housekeeping()
    with monitor.store.read() as tx:
        assert articles.count(tx) == 1


def test_vectors_are_removed_in_time(project: Path) -> None:
    with opened(project, CONFIG + "[retention]\nvectors_days = 2\n") as monitor:
        monitor.poll()
        elapse(monitor, hours=47)
        monitor.prune()
        with monitor.store.read() as tx:
            assert [one.vectors for one in vectors.sizes(tx)] == [1]
        elapse(monitor, hours=2)
        monitor.prune()
        with monitor.store.read() as tx:
            assert vectors.sizes(tx) == []
            assert articles.count(tx) == 1


def test_prioritise_orders_the_open_tasks(project: Path) -> None:
    with opened(project, CONFIG + ASKING) as monitor:
        assert monitor.prioritise(0) == 0
        monitor.poll(["good"])
        assert monitor.prioritise(0) == 1
