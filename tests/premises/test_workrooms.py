"""A training's folder: one process works in it, and it goes when nobody needs it."""

from __future__ import annotations

import stat
from datetime import datetime
from pathlib import Path

import pytest

from monitor.errors import ConflictError
from monitor.premises import workrooms
from monitor.premises.workrooms import Workroom
from monitor.records import ModelState, ModelVersion, TrainingState
from monitor.store import Store, models, trainings
from tests.store.test_trainings import begun, die

ID = "20260302-090000-abcdef"


@pytest.fixture
def room(tmp_path: Path) -> Workroom:
    return Workroom(tmp_path / "models", ID)


def names(room: Workroom) -> list[str]:
    return sorted(path.name for path in room.directory.iterdir())


def test_one_works_in_it_and_its_owner_alone_sees_it(room: Workroom) -> None:
    with workrooms.entered(room):
        assert stat.S_IMODE(room.folder.stat().st_mode) == 0o700
        with (
            pytest.raises(ConflictError, match="another process works in its folder"),
            workrooms.entered(room),
        ):
            pass
    with workrooms.entered(room):
        pass  # found again


@pytest.mark.parametrize("left", [None, TrainingState.INTERRUPTED, TrainingState.CANCELLED])
def test_it_stands_as_long_as_its_training_is_open(
    sqlite_store: Store, room: Workroom, now: datetime, left: TrainingState | None
) -> None:
    """None: running still."""
    with sqlite_store.begin() as tx:
        claim = begun(tx, ID, now)
        if left is TrainingState.INTERRUPTED:
            die(tx, "one", now)
        elif left is not None:
            trainings.end(tx, claim, left, "", now)
    with workrooms.entered(room):
        room.checkpoints.mkdir()
        room.place.mkdir()  # its model, which is no version yet
        workrooms.clean(sqlite_store, room.directory)
        assert names(room) == [f".training-{ID}", ID], "who works in it keeps it"
    workrooms.clean(sqlite_store, room.directory)
    assert names(room) == ([] if left is TrainingState.CANCELLED else [f".training-{ID}", ID])


def test_the_model_of_a_version_stays_and_so_does_what_was_never_a_training(
    sqlite_store: Store, room: Workroom, now: datetime
) -> None:
    with sqlite_store.begin() as tx:
        models.put(tx, ModelVersion(ID, "fake", ID, "d" * 64, ModelState.CHALLENGER, now))
    with workrooms.entered(room):
        room.place.mkdir()
    linked = Workroom(room.directory, "20260302-090001-abcdef")
    with workrooms.entered(linked):
        linked.place.symlink_to(room.directory)
    for other in ("..", "", "x"):
        (room.directory / f".training-{other}").mkdir()
    workrooms.clean(sqlite_store, room.directory)
    assert names(room) == [ID, linked.id], "a link is not followed, and nothing above is touched"
    assert room.directory.parent.is_dir()


def test_a_folder_that_is_not_there_is_clean(sqlite_store: Store, tmp_path: Path) -> None:
    workrooms.clean(sqlite_store, tmp_path / "none")
    assert not (tmp_path / "none").exists()
