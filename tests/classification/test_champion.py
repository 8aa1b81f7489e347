"""Which model serves: registration, damage, promotion, rollback."""

from __future__ import annotations

import json
import shutil
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from monitor.classification import champion, manifest
from monitor.errors import ConflictError, ModelError, NotFoundError
from monitor.records import Example, ModelState, ModelVersion
from monitor.store import Store, audit, models
from monitor.testing import EXAMPLES, FakeClassifier, make_article, make_snapshot

BOTH = pytest.mark.parametrize("store", ["sqlite", "postgresql"], indirect=True)
"""For what the databases might do differently; the rest runs on SQLite alone."""


@pytest.fixture
def store(request: pytest.FixtureRequest) -> Store:
    found = request.getfixturevalue(f"{getattr(request, 'param', 'sqlite')}_store")
    assert isinstance(found, Store)
    return found


def write_model(folder: Path, word: str = "glimmer") -> Path:
    folder.parent.mkdir(parents=True, exist_ok=True)
    snapshot = make_snapshot([*EXAMPLES, Example(word, "positive")])
    FakeClassifier().fit(snapshot, None, folder, lambda what, done, total: None)
    manifest.seal(folder)
    return folder


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """Where trained models lie."""
    path = tmp_path / "models"
    path.mkdir()
    return path


@pytest.fixture
def shipped(store: Store, tmp_path: Path, now: datetime) -> ModelVersion:
    return champion.register_shipped(store, write_model(tmp_path / "default"), "fake", now)


def trained(store: Store, directory: Path, id: str, promoted_at: datetime | None = None) -> ModelVersion:
    """A version with its folder; champion since `promoted_at`, or challenger."""
    digest = manifest.digest(write_model(directory / id, id))
    created = promoted_at or datetime.fromisoformat("2026-03-01T00:00:00+00:00")
    with store.begin() as tx:
        models.put(tx, ModelVersion(id, "fake", id, digest, ModelState.CHALLENGER, created))
        if promoted_at:
            models.promote(tx, id, "through the gate", promoted_at)
        return models.get(tx, id)


def damage(folder: Path) -> None:
    with (folder / "words.json").open("r+b") as file:
        file.write(b"X")


def states(store: Store) -> dict[str, ModelState]:
    with store.read() as tx:
        return {version.id: version.state for version in models.all(tx)}


def actions(store: Store) -> list[tuple[str, str, str]]:
    with store.read() as tx:
        return [(entry.user, entry.action, entry.target) for entry in audit.page(tx)][::-1]


# --- the shipped model ----------------------------------------------------------------------


def test_the_shipped_model_is_the_first_champion(store: Store, shipped: ModelVersion, tmp_path: Path) -> None:
    assert shipped.state is ModelState.CHAMPION
    assert shipped.id == f"shipped-{manifest.digest(tmp_path / 'default')[:12]}"
    assert shipped.path == str((tmp_path / "default").resolve())
    assert actions(store) == [("monitor", "model.promote", shipped.id)]


def test_registering_again_changes_nothing(
    store: Store, shipped: ModelVersion, directory: Path, tmp_path: Path, now: datetime
) -> None:
    assert champion.register_shipped(store, tmp_path / "default", "fake", now + timedelta(days=1)) == shipped
    trained(store, directory, "better", now + timedelta(days=2))
    champion.register_shipped(store, tmp_path / "default", "fake", now + timedelta(days=3))
    assert states(store) == {shipped.id: ModelState.RETIRED, "better": ModelState.CHAMPION}


@BOTH
def test_a_moved_installation_is_found_again(
    store: Store, shipped: ModelVersion, directory: Path, tmp_path: Path, now: datetime
) -> None:
    shutil.move(tmp_path / "default", tmp_path / "elsewhere")
    moved = champion.register_shipped(store, tmp_path / "elsewhere", "fake", now)
    assert moved.id == shipped.id and moved.state is ModelState.CHAMPION
    assert champion.load_champion(store, FakeClassifier, directory, now).version.path.endswith("elsewhere")


def test_a_new_shipped_model_replaces_the_old_one_but_no_trained_one(
    store: Store, shipped: ModelVersion, directory: Path, tmp_path: Path, now: datetime
) -> None:
    second = champion.register_shipped(store, write_model(tmp_path / "v2", "two"), "fake", now)
    assert states(store) == {shipped.id: ModelState.RETIRED, second.id: ModelState.CHAMPION}
    trained(store, directory, "better", now + timedelta(days=1))
    third = champion.register_shipped(store, write_model(tmp_path / "v3", "three"), "fake", now)
    assert third.state is ModelState.CHALLENGER and states(store)["better"] is ModelState.CHAMPION


def test_a_model_of_the_configured_kind_replaces_one_of_another(
    store: Store, shipped: ModelVersion, tmp_path: Path, now: datetime
) -> None:
    other = champion.register_shipped(store, write_model(tmp_path / "other", "two"), "lexicon", now)
    assert other.state is ModelState.CHAMPION and other.kind == "lexicon"
    back = champion.register_shipped(store, tmp_path / "default", "fake", now + timedelta(hours=1))
    assert back.id == shipped.id and back.state is ModelState.CHAMPION


def test_a_shipped_model_that_is_damaged_is_not_registered(
    store: Store, tmp_path: Path, now: datetime
) -> None:
    damage(write_model(tmp_path / "default"))
    with pytest.raises(ModelError, match=r"words\.json: damaged"):
        champion.register_shipped(store, tmp_path / "default", "fake", now)
    with pytest.raises(ModelError, match="no such model folder"):
        champion.register_shipped(store, tmp_path / "absent", "fake", now)
    assert states(store) == {}


# --- loading --------------------------------------------------------------------------------


def test_the_champion_is_loaded(store: Store, shipped: ModelVersion, directory: Path, now: datetime) -> None:
    serving = champion.load_champion(store, FakeClassifier, directory, now)
    assert serving.version == shipped and serving.refused == ()
    assert serving.classifier.classify([make_article("glimmer")])[0].model == shipped.id


@BOTH
def test_a_damaged_champion_is_refused_and_the_previous_one_serves(
    store: Store, shipped: ModelVersion, directory: Path, now: datetime
) -> None:
    trained(store, directory, "first", now + timedelta(hours=1))
    trained(store, directory, "second", now + timedelta(hours=2))
    expected = manifest.digest(directory / "second")
    damage(directory / "second")
    serving = champion.load_champion(store, FakeClassifier, directory, now + timedelta(hours=3))
    assert serving.version.id == "first"
    (told,) = serving.refused
    assert told.startswith("second was refused: ") and "words.json: damaged: expected SHA-256" in told
    assert states(store) == {
        shipped.id: ModelState.RETIRED,
        "first": ModelState.CHAMPION,
        "second": ModelState.REFUSED,
    }
    assert actions(store)[-2:] == [
        ("monitor", "model.refuse", "second"),
        ("monitor", "model.promote", "first"),
    ]
    with store.read() as tx:
        assert "words.json: damaged" in models.events(tx, "second")[-1].reason
        assert models.get(tx, "second").digest == expected
    again = champion.load_champion(store, FakeClassifier, directory, now)
    assert again.version.id == "first" and again.refused == ()


def test_the_shipped_model_is_the_last_resort(
    store: Store, shipped: ModelVersion, directory: Path, now: datetime
) -> None:
    for hour, id in enumerate(("first", "second"), start=1):
        trained(store, directory, id, now + timedelta(hours=hour))
        shutil.rmtree(directory / id)
    serving = champion.load_champion(store, FakeClassifier, directory, now)
    assert serving.version.id == shipped.id
    assert [told.split()[0] for told in serving.refused] == ["second", "first"]


def test_a_model_that_the_classifier_refuses_is_replaced_too(
    store: Store, shipped: ModelVersion, directory: Path, now: datetime
) -> None:
    (directory / "odd").mkdir()
    (directory / "odd" / "words.json").write_text("[]", encoding="utf-8")
    version = ModelVersion("odd", "fake", "odd", manifest.seal(directory / "odd"), ModelState.CHALLENGER, now)
    with store.begin() as tx:
        models.put(tx, version)
        models.promote(tx, "odd", "by hand", now + timedelta(hours=1))
    assert champion.load_champion(store, FakeClassifier, directory, now).version.id == shipped.id


def test_nothing_whole_changes_nothing_and_says_what_to_restore(
    store: Store, shipped: ModelVersion, directory: Path, tmp_path: Path, now: datetime
) -> None:
    trained(store, directory, "first", now + timedelta(hours=1))
    damage(directory / "first")
    damage(tmp_path / "default")
    before = states(store)
    with pytest.raises(ModelError, match=r"no model can be loaded: first: .*; shipped-.*Restore one"):
        champion.load_champion(store, FakeClassifier, directory, now)
    assert states(store) == before


def test_a_challenger_never_serves_in_a_damaged_champion_s_place(
    store: Store, shipped: ModelVersion, directory: Path, tmp_path: Path, now: datetime
) -> None:
    trained(store, directory, "untested")
    damage(tmp_path / "default")
    with pytest.raises(ModelError):
        champion.load_champion(store, FakeClassifier, directory, now)


def test_no_registered_model(sqlite_store: Store, directory: Path, now: datetime) -> None:
    with pytest.raises(ModelError, match="no model is registered"):
        champion.load_champion(sqlite_store, FakeClassifier, directory, now)


def test_the_data_folder_may_move(
    store: Store, shipped: ModelVersion, directory: Path, tmp_path: Path, now: datetime
) -> None:
    trained(store, directory, "first", now + timedelta(hours=1))
    moved = directory.rename(tmp_path / "moved")
    assert champion.load_champion(store, FakeClassifier, moved, now).version.id == "first"


# --- promotion and rollback -----------------------------------------------------------------


@BOTH
def test_a_person_may_promote_and_roll_back(
    store: Store, shipped: ModelVersion, directory: Path, now: datetime
) -> None:
    trained(store, directory, "first")
    promoted = champion.promote(store, "first", directory, now + timedelta(hours=1), user="ada")
    with store.read() as tx:
        told = models.events(tx, "first")[-1]
    assert promoted.state is ModelState.CHAMPION
    assert (told.event, told.user, told.reason) == ("promoted", "ada", "promoted by ada")
    with pytest.raises(ConflictError, match="first serves already"):
        champion.promote(store, "first", directory, now, user="ada")
    back = champion.rollback(store, directory, now + timedelta(hours=2), user="ada")
    assert back.id == shipped.id
    assert states(store) == {shipped.id: ModelState.CHAMPION, "first": ModelState.RETIRED}
    assert actions(store)[1:] == [
        ("ada", "model.promote", "first"),
        ("ada", "model.rollback", shipped.id),
    ]
    with pytest.raises(NotFoundError):
        champion.rollback(store, directory, now + timedelta(hours=3), user="ada")


@BOTH
def test_a_damaged_folder_is_not_promoted_by_any_way(
    store: Store, shipped: ModelVersion, directory: Path, tmp_path: Path, now: datetime
) -> None:
    trained(store, directory, "first")
    damage(directory / "first")
    with pytest.raises(ModelError, match="damaged"):
        champion.promote(store, "first", directory, now, user="ada")
    trained(store, directory, "second", now + timedelta(hours=1))
    damage(tmp_path / "default")
    before = states(store)
    with pytest.raises(ModelError, match="damaged"):
        champion.rollback(store, directory, now + timedelta(hours=2), user="ada")
    assert states(store) == before


def test_an_unknown_version(store: Store, shipped: ModelVersion, directory: Path, now: datetime) -> None:
    with pytest.raises(NotFoundError, match="absent"):
        champion.promote(store, "absent", directory, now, user="ada")


def test_the_shipped_model_brings_the_figures_it_states(sqlite_store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "shipped"
    folder.mkdir()
    stated = {"development": {"scores": {"tfns.sentiment": 0.8}}, "data": "..."}
    (folder / "metrics.json").write_text(json.dumps(stated), encoding="utf-8")
    manifest.seal(folder)
    version = champion.register_shipped(sqlite_store, folder, "fake", make_article("x").published_at)
    assert version.metrics == {"development": {"scores": {"tfns.sentiment": 0.8}}}


@pytest.mark.parametrize("content", ["{", "[" * 100_000, "9" * 100_000, "\ud800"])
def test_figures_that_are_none_are_refused_by_name(sqlite_store: Store, tmp_path: Path, content: str) -> None:
    folder = tmp_path / "shipped"
    folder.mkdir()
    (folder / "metrics.json").write_bytes(content.encode("utf-8", "surrogatepass"))
    manifest.seal(folder)
    with pytest.raises(ModelError, match=r"metrics\.json: not JSON"):
        champion.register_shipped(sqlite_store, folder, "fake", make_article("x").published_at)
