"""The folder in which one training works, `.training-ID` beside the models, locked while it is at it.

    asked.jsonl      texts of files that it was asked for with
    snapshot.jsonl   all that it learns from and is measured on, frozen
    checkpoints/     the classifier's own: where it was in fitting
    ID/              the model that it writes, until it takes its place beside the folder

The folder stands until the training ends. So whatever a killed one left is known for its own: an
interrupted one finds it again, and of one that ended `clean` removes it, with the model that it had put in
its place already, unless a version names that. Who holds the lock is alive, whatever the store believes.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import structlog

from monitor.errors import ConflictError, StoreError
from monitor.messages import Message
from monitor.premises import locks, ownership
from monitor.store import Store, models, trainings

PREFIX = ".training-"
_ID = re.compile(r"\d{8}-\d{6}-[0-9a-f]{6}")
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Workroom:
    """Where the training `id` works, beside the models in `directory`."""

    directory: Path
    id: str

    @property
    def folder(self) -> Path:
        return self.directory / f"{PREFIX}{self.id}"

    @property
    def asked(self) -> Path:
        return self.folder / "asked.jsonl"

    @property
    def snapshot(self) -> Path:
        return self.folder / "snapshot.jsonl"

    @property
    def checkpoints(self) -> Path:
        return self.folder / "checkpoints"

    @property
    def model(self) -> Path:
        """What the classifier writes to; it ends in the version's name."""
        return self.folder / self.id

    @property
    def place(self) -> Path:
        """Where the model takes its place."""
        return self.directory / self.id


@contextmanager
def entered(room: Workroom) -> Iterator[None]:
    """Hold the training's folder, made where there is none. Raises ConflictError where another process
    works in it, OSError where it cannot be made."""
    ownership.folder(room.directory)
    try:
        handle = locks.hold(room.folder)
    except FileNotFoundError:
        handle = locks.make(room.folder, None)
    except BlockingIOError:
        raise ConflictError(Message("training.held", training=room.id)) from None
    try:
        yield
    finally:
        os.close(handle)


def clean(store: Store, directory: Path) -> None:
    """Remove what trainings that ended, or that nobody knows, left behind; what is locked is passed over."""
    for folder in directory.glob(f"{PREFIX}*"):
        with suppress(OSError), locks.held(folder):
            tidy(store, Workroom(directory, folder.name.removeprefix(PREFIX)))


def tidy(store: Store, room: Workroom) -> None:
    """Remove a training's folder, and its model where no version names it, unless it is open still. Where
    the store cannot be asked, all stays for the next time."""
    known = _ID.fullmatch(room.id) is not None
    try:
        with store.begin() as tx:
            needed = known and room.id in trainings.open_ids(tx)
            named = models.paths(tx)
    except StoreError as error:
        log.warning("what a training left is removed later", folder=str(room.folder), error=str(error))
        return
    if needed:
        return
    if known and room.id not in named:
        unplace(room)
    shutil.rmtree(room.folder, ignore_errors=True)


def unplace(room: Workroom) -> None:
    """Remove the model of a training that was not concluded."""
    if room.place.is_dir() and not room.place.is_symlink():
        shutil.rmtree(room.place, ignore_errors=True)
        log.info("removed the model of a training that was not concluded", folder=str(room.place))
