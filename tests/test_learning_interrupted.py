"""Trainings that are killed, stopped, cancelled and resumed: one recorded run, nothing lost, nothing left."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from monitor import Resumable, learning
from monitor.classification import champion, manifest
from monitor.errors import CancelledError, ConflictError, StoppedError, UserError
from monitor.hookspecs import Progress
from monitor.records import ModelState, ModelVersion, Snapshot, Training, TrainingState
from monitor.schedule import demand
from monitor.schedule.heart import Heart
from monitor.settings import LearningSettings
from monitor.store import Store, models, open_store, processes, trainings
from monitor.store.processes import Process
from monitor.testing import EXAMPLES, Clock, FakeClassifier, make_snapshot
from monitor.testing.fakes.classifier import _count, _read_words
from tests.test_learning import DATA, GOLD, WORDS, folders

ROOT = Path(__file__).parents[1]


class Stepwise(FakeClassifier):
    """Learns a text at a time, and writes down after each where it is."""

    def keep(self, checkpoints: Path, minutes: float) -> None:
        self.checkpoints = checkpoints

    def fit(
        self, snapshot: Snapshot, parent: Path | None, out: Path, progress: Progress
    ) -> Mapping[str, Any]:
        file = self.checkpoints / "state.json"
        state = {"done": 0, "words": _read_words(parent) if parent else {}}
        if file.exists():
            state = json.loads(file.read_text("utf-8"))
        for example in snapshot.train[state["done"] :]:
            state = {"done": state["done"] + 1, "words": _count([example], state["words"])}
            file.with_suffix(".part").write_text(json.dumps(state), "utf-8")
            file.with_suffix(".part").replace(file)
            progress("learn", state["done"], len(snapshot.train))
        out.mkdir()
        (out / "words.json").write_text(json.dumps(state["words"], sort_keys=True), "utf-8")
        return {"texts": state["done"]}


class Forgetful(Stepwise):
    """Keeps no checkpoints: it begins again."""

    keep = None  # type: ignore[assignment]

    def fit(self, *arguments: Any) -> Mapping[str, Any]:
        return FakeClassifier.fit(self, *arguments)


@pytest.fixture
def settings(tmp_path: Path) -> LearningSettings:
    return LearningSettings(directory=tmp_path / "models")


def quiet(what: str, done: float, total: float) -> None:
    pass


def ship(store: Store, folder: Path, clock: Clock) -> ModelVersion:
    FakeClassifier().fit(make_snapshot(EXAMPLES), None, folder, quiet)
    manifest.seal(folder)
    return champion.register_shipped(store, folder, "fake", clock())


def live(store: Store, clock: Clock, holder: str = "here") -> None:
    with store.begin() as tx:
        processes.enter(tx, Process(holder, "desk", "train", "", 1, 1, 0, clock(), clock()))


def found(store: Store) -> Training:
    """The one training there is."""
    with store.read() as tx:
        (training,) = trainings.all(tx)
    return training


def versions(store: Store) -> dict[str, ModelState]:
    with store.read() as tx:
        return {version.id: version.state for version in models.all(tx)}


def ask(store: Store, settings: LearningSettings, clock: Clock) -> str:
    return learning.ask(store, clock(), user="ada", data=DATA, gold=GOLD, directory=settings.directory).id


def run(store: Store, settings: LearningSettings, clock: Clock, **more: Any) -> ModelVersion:
    """Run the training there is, on a steady clock that counts a second a look."""
    live(store, clock)
    ticks = itertools.count(0.0, 1.0)
    factory, progress = more.pop("factory", Stepwise), more.pop("progress", quiet)
    steady = lambda: float(next(ticks))  # noqa: E731
    return learning.run(
        store, found(store).id, factory, settings, clock, progress, holder="here", steady=steady, **more
    )


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> ModelVersion:
    """What a training makes that nobody disturbs."""
    folder = tmp_path_factory.mktemp("whole")
    shutil.copy(sqlite_template, folder / "monitor.db")
    store, clock = open_store(f"sqlite:///{folder / 'monitor.db'}"), Clock()
    settings = LearningSettings(directory=folder / "models")
    ship(store, folder / "default", clock)
    ask(store, settings, clock)
    version = run(store, settings, clock)
    store.close()
    return version


def same(version: ModelVersion, whole: ModelVersion) -> bool:
    """Whether it is the same model, of the same data, with the same figures."""
    return (version.digest, version.snapshot, version.metrics) == (
        whole.digest,
        whole.snapshot,
        whole.metrics,
    )


def test_the_fake_is_what_the_contract_asks_for() -> None:
    assert isinstance(Stepwise(), Resumable) and not isinstance(FakeClassifier(), Resumable)


# --- killed -----------------------------------------------------------------------------------


def perish(*arguments: object, **more: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def main(url: str, directory: str, at: str, where: str) -> None:
    """One training in a process of its own, which kills itself at `where`."""
    now, store = datetime.fromisoformat(at), open_store(url)
    settings = LearningSettings(directory=Path(directory))
    heart = Heart(store, role="train", now=lambda: now)
    heart.start()
    progress = quiet
    if where == "writing":
        demand._asked = perish
    elif where == "frozen":
        trainings.freeze = perish  # type: ignore[assignment]
    elif where == "named":
        rename = os.rename
        os.rename = lambda *paths: (rename(*paths), perish())  # type: ignore[assignment]
    elif where == "stored":
        trainings.finish = perish  # type: ignore[assignment]
    elif where == "committed":
        conclude = learning.conclude
        learning.conclude = lambda *arguments: (conclude(*arguments), perish())  # type: ignore[assignment]
    elif where.startswith("at "):

        def progress(what: str, done: float, total: float) -> None:
            if f"at {what} {done:g}" == where:
                perish()

    training = learning.ask(store, now, user="ada", data=DATA, gold=GOLD, directory=settings.directory)
    if where == "asked":
        perish()
    learning.run(store, training.id, Stepwise, settings, lambda: now, progress, holder=heart.holder)


def kill(url: str, settings: LearningSettings, clock: Clock, where: str) -> None:
    code = "import sys; from tests.test_learning_interrupted import main; main(*sys.argv[1:])"
    command = [sys.executable, "-c", code, url, str(settings.directory), clock().isoformat(), where]
    ended = subprocess.run(command, capture_output=True, timeout=300, cwd=ROOT)
    assert ended.returncode == -signal.SIGKILL, ended.stderr.decode()


PLACES = [
    ("asked", TrainingState.QUEUED),
    ("at loading the champion 0", TrainingState.INTERRUPTED),
    ("frozen", TrainingState.INTERRUPTED),
    ("at learn 7", TrainingState.INTERRUPTED),
    ("at going through the check-list 1", TrainingState.INTERRUPTED),
    ("named", TrainingState.INTERRUPTED),
    ("stored", TrainingState.INTERRUPTED),
    ("committed", TrainingState.DONE),
]


@pytest.mark.parametrize(
    ("database", "where", "left"),
    [("sqlite", *place) for place in PLACES] + [("postgresql", *PLACES[3]), ("postgresql", *PLACES[6])],
)
def test_a_training_killed_anywhere_is_one_run_that_goes_on(
    request: pytest.FixtureRequest,
    settings: LearningSettings,
    tmp_path: Path,
    clock: Clock,
    whole: ModelVersion,
    database: str,
    where: str,
    left: TrainingState,
) -> None:
    url = request.getfixturevalue(f"{database}_url")
    store = open_store(url)
    shipped = ship(store, tmp_path / "default", clock)
    kill(url, settings, clock, where)
    Heart(store, role="worker", now=clock).beat()  # which sees that the process is gone
    training = found(store)
    assert training.state is left
    learning.clean(store, settings.directory)
    if left is TrainingState.DONE:
        assert folders(settings) == [training.model]
        version = champion.load_champion(store, Stepwise, settings.directory, clock()).version
    else:
        assert versions(store) == {shipped.id: ModelState.CHAMPION}
        assert f".training-{training.id}" in folders(settings), "what it needs to go on stands"
        waiting = learning.next_open(store)
        assert waiting is not None and waiting.id == training.id
        version = run(store, settings, clock)
    assert same(version, whole) and version.state is ModelState.CHAMPION
    assert folders(settings) == [version.id]
    ended = found(store)
    assert (ended.state, ended.model, ended.asked_by) == (TrainingState.DONE, training.id, "ada")
    store.close()


def test_one_killed_before_it_was_asked_for_is_none(
    sqlite_store: Store, sqlite_url: str, settings: LearningSettings, tmp_path: Path, clock: Clock
) -> None:
    ship(sqlite_store, tmp_path / "default", clock)
    kill(sqlite_url, settings, clock, "writing")
    with sqlite_store.read() as tx:
        assert trainings.all(tx) == []
    assert len(folders(settings)) == 1
    learning.clean(sqlite_store, settings.directory)
    assert folders(settings) == []


# --- stopped and resumed ------------------------------------------------------------------------


@pytest.mark.parametrize("factory", [Stepwise, Forgetful])
def test_a_resumed_training_makes_what_an_undisturbed_one_would_have(
    store: Store, settings: LearningSettings, tmp_path: Path, clock: Clock, whole: ModelVersion, factory: Any
) -> None:
    """On what was frozen, whatever was labelled since; a classifier without checkpoints begins again."""
    ship(store, tmp_path / "default", clock)
    ask(store, settings, clock)
    looks, learnt = itertools.count(), list[str]()
    with pytest.raises(StoppedError):
        run(store, settings, clock, factory=factory, stopping=lambda: next(looks) > 4)
    training = found(store)
    assert (training.state, training.attempts) == (TrainingState.INTERRUPTED, 1)
    assert training.snapshot == whole.snapshot and training.minutes_left is None

    clock.advance(hours=1)
    version = run(store, settings, clock, factory=factory, progress=lambda what, *_: learnt.append(what))
    if factory is Stepwise:
        assert same(version, whole)
        assert 0 < learnt.count("learn") < whole.metrics["fit"]["texts"], "it began where it had stopped"
    assert (version.snapshot, version.parent) == (whole.snapshot, training.parent)
    assert found(store).attempts == 2 and folders(settings) == [version.id]


def test_a_training_that_keeps_being_killed_waits_for_a_person(
    sqlite_store: Store, settings: LearningSettings, tmp_path: Path, clock: Clock
) -> None:
    ship(sqlite_store, tmp_path / "default", clock)
    ask(sqlite_store, settings, clock)
    for attempt in range(trainings.MOST_ATTEMPTS):
        assert learning.next_open(sqlite_store) is not None, attempt
        with pytest.raises(StoppedError):
            run(sqlite_store, settings, clock, stopping=lambda: True)
    assert learning.next_open(sqlite_store) is None
    assert learning.due(sqlite_store, settings) == 0
    assert run(sqlite_store, settings, clock).state is ModelState.CHAMPION


def test_what_is_frozen_on_another_machine_is_not_begun_here(
    sqlite_store: Store, settings: LearningSettings, tmp_path: Path, clock: Clock
) -> None:
    ship(sqlite_store, tmp_path / "default", clock)
    ask(sqlite_store, settings, clock)
    elsewhere = settings.model_copy(update={"directory": tmp_path / "elsewhere"})
    with pytest.raises(ConflictError, match="is not on this machine"):
        run(sqlite_store, elsewhere, clock)
    assert found(sqlite_store).state is TrainingState.QUEUED
    looks = itertools.count()
    with pytest.raises(StoppedError):
        run(sqlite_store, settings, clock, stopping=lambda: next(looks) > 4)
    with pytest.raises(ConflictError, match="is not on this machine"):
        run(sqlite_store, elsewhere, clock)
    assert found(sqlite_store).state is TrainingState.INTERRUPTED


def test_what_was_frozen_and_is_damaged_fails(
    sqlite_store: Store, settings: LearningSettings, tmp_path: Path, clock: Clock
) -> None:
    ship(sqlite_store, tmp_path / "default", clock)
    id, looks = ask(sqlite_store, settings, clock), itertools.count()
    with pytest.raises(StoppedError):
        run(sqlite_store, settings, clock, stopping=lambda: next(looks) > 4)
    file = settings.directory / f".training-{id}" / "snapshot.jsonl"
    file.write_bytes(file.read_bytes().replace(WORDS["negative"].encode(), b"others"))
    with pytest.raises(UserError, match="cannot be read"):
        run(sqlite_store, settings, clock)
    assert found(sqlite_store).state is TrainingState.FAILED and folders(settings) == []


def test_a_champion_that_changed_meanwhile_ends_what_began_from_another(
    sqlite_store: Store, settings: LearningSettings, tmp_path: Path, clock: Clock
) -> None:
    first = ship(sqlite_store, tmp_path / "default", clock)
    ask(sqlite_store, settings, clock)
    looks = itertools.count()
    with pytest.raises(StoppedError):
        run(sqlite_store, settings, clock, stopping=lambda: next(looks) > 4)
    FakeClassifier().fit(make_snapshot(DATA), None, tmp_path / "other", quiet)
    manifest.seal(tmp_path / "other")
    second = champion.register_shipped(sqlite_store, tmp_path / "other", "fake", clock())
    with pytest.raises(ConflictError, match=f"{second.id} serves by now, and this training began from"):
        run(sqlite_store, settings, clock)
    assert found(sqlite_store).state is TrainingState.FAILED and folders(settings) == []
    assert versions(sqlite_store)[first.id] is ModelState.RETIRED


# --- cancelled --------------------------------------------------------------------------------


def stages(store: Store, settings: LearningSettings, clock: Clock) -> list[str]:
    seen: list[str] = []
    run(store, settings, clock, progress=lambda what, *_: seen.append(what))
    return list(dict.fromkeys(seen))


def test_cancelled_at_any_stage_nothing_is_left_but_the_row(
    store: Store, settings: LearningSettings, tmp_path: Path, clock: Clock, whole: ModelVersion
) -> None:
    shipped = ship(store, tmp_path / "default", clock)
    told = ["loading the champion", "taking the labels", "fitting", "learn"]
    told += ["asking the champion of the gold texts", "asking the challenger of the gold texts"]
    told += ["going through the check-list", "asking what the audits certify", "storing the version"]
    for stage in told:
        clock.advance(hours=1)
        id = ask(store, settings, clock)

        def cancel(what: str, *_: float, id: str = id, stage: str = stage) -> None:
            with store.read() as tx:
                running = trainings.get(tx, id).state is TrainingState.RUNNING
            if what == stage and running:
                stopping = learning.cancel(store, settings.directory, id, clock(), "bo", "10.0.0.7")
                assert stopping.state is TrainingState.CANCELLING

        live(store, clock)
        ticks = itertools.count(0.0, 1.0)
        with pytest.raises(CancelledError):
            learning.run(
                store,
                id,
                Stepwise,
                settings,
                clock,
                cancel,
                holder="here",
                steady=lambda ticks=ticks: next(ticks),
            )
        with store.read() as tx:
            ended = trainings.get(tx, id)
        assert (ended.state, ended.outcome) == (TrainingState.CANCELLED, "cancelled by bo"), stage
        assert folders(settings) == [] and versions(store) == {shipped.id: ModelState.CHAMPION}, stage
    clock.advance(hours=1)
    with store.begin() as tx:
        tx.execute(trainings.trainings.delete())
    ask(store, settings, clock)
    assert stages(store, settings, clock) == told, "these are the stages there are"


def test_what_nobody_runs_is_cancelled_at_once_with_all_it_kept(
    sqlite_store: Store, settings: LearningSettings, tmp_path: Path, clock: Clock
) -> None:
    ship(sqlite_store, tmp_path / "default", clock)
    for interrupted in (False, True):
        id, looks = ask(sqlite_store, settings, clock), itertools.count()
        if interrupted:
            with pytest.raises(StoppedError):
                run(sqlite_store, settings, clock, stopping=lambda looks=looks: next(looks) > 4)
        assert folders(settings) == [f".training-{id}"]
        ended = learning.cancel(sqlite_store, settings.directory, id, clock(), "bo")
        assert ended.state is TrainingState.CANCELLED and folders(settings) == []
        with pytest.raises(ConflictError, match="is cancelled"):
            run(sqlite_store, settings, clock)
        assert folders(settings) == [], "nor is anything made anew for it"
        with sqlite_store.begin() as tx:
            tx.execute(trainings.trainings.delete())


# --- two at once, and too little of something -----------------------------------------------------


def test_two_processes_run_one_training_once(
    store: Store, settings: LearningSettings, tmp_path: Path, clock: Clock
) -> None:
    """The second one is refused by the folder's lock or by the row, wherever it is."""
    ship(store, tmp_path / "default", clock)
    id = ask(store, settings, clock)
    refused: list[str] = []

    def meanwhile(what: str, *_: float) -> None:
        if what == "learn" and not refused:
            for directory in (settings.directory, tmp_path / "elsewhere"):
                live(store, clock, "there")
                with pytest.raises(ConflictError) as caught:
                    learning.run(
                        store,
                        id,
                        Stepwise,
                        settings.model_copy(update={"directory": directory}),
                        clock,
                        holder="there",
                    )
                refused.append(str(caught.value))
            with pytest.raises(ConflictError, match="a training is running already"):
                learning.ask(store, clock())

    assert run(store, settings, clock, progress=meanwhile).state is ModelState.CHAMPION
    assert "another process works in its folder" in refused[0] and "not on this machine" in refused[1]
    assert found(store).attempts == 1


def test_too_little_disk_is_said_before_fitting(
    sqlite_store: Store,
    settings: LearningSettings,
    tmp_path: Path,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ship(sqlite_store, tmp_path / "default", clock)
    ask(sqlite_store, settings, clock)
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=100))
    seen: list[str] = []
    with pytest.raises(UserError, match="the disk has 0 MB free"):
        run(sqlite_store, settings, clock, progress=lambda what, *_: seen.append(what))
    assert "fitting" not in seen and found(sqlite_store).state is TrainingState.FAILED
