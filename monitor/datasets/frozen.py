"""What a training learns from, frozen in files, so that it can be resumed on exactly that.

The first line of a file is JSON with facts about the examples and the SHA-256 of the rest; every other line
is one example with the side that it stands on. Written whole or not at all, its owner's alone.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from monitor.errors import UserError
from monitor.messages import Message
from monitor.premises import locks
from monitor.records import Example, Snapshot

SIDES = ("train", "development", "gold")


@dataclass(frozen=True, slots=True)
class Basis:
    """A snapshot, the ids of the labels in it, and the newest answer and the store's clock (seconds) when it
    was taken."""

    snapshot: Snapshot
    label_ids: Sequence[int]
    last_label: int
    seconds: float


def write(path: Path, basis: Basis) -> None:
    """Write a basis to a file. Raises OSError."""
    snapshot = basis.snapshot
    sides = dict(zip(SIDES, (snapshot.train, snapshot.development, snapshot.gold), strict=True))
    facts = {"id": snapshot.id, "labels": list(basis.label_ids)}
    _write(path, sides, {**facts, "last": basis.last_label, "seconds": basis.seconds})


def read(path: Path) -> Basis:
    """The basis in a file. Raises UserError where the file is gone or not what was written."""
    sides, facts = _read(path)
    known = (tuple(sides.get(side, ())) for side in SIDES)
    return Basis(Snapshot(facts["id"], *known), facts["labels"], facts["last"], facts["seconds"])


def write_asked(path: Path, data: Sequence[Example], gold: Sequence[Example]) -> None:
    """Write what files say, to learn from and to judge by. Raises OSError."""
    _write(path, {"data": data, "gold": gold}, {})


def read_asked(path: Path) -> tuple[tuple[Example, ...], tuple[Example, ...]]:
    """The examples to learn from, and those to judge by. Raises UserError as `read` does."""
    sides, _ = _read(path)
    return tuple(sides.get("data", ())), tuple(sides.get("gold", ()))


def _write(path: Path, sides: Mapping[str, Sequence[Example]], facts: Mapping[str, Any]) -> None:
    lines = [
        json.dumps([side, asdict(example)]).encode() + b"\n"
        for side, examples in sides.items()
        for example in examples
    ]
    digest = hashlib.sha256(b"".join(lines)).hexdigest()
    with locks.finished(path) as part, part.open("wb") as file:
        file.write(json.dumps({"facts": facts, "sha256": digest}).encode() + b"\n")
        file.writelines(lines)


def _read(path: Path) -> tuple[dict[str, list[Example]], dict[str, Any]]:
    try:
        first, rest = path.read_bytes().split(b"\n", 1)
        head = json.loads(first)
        if hashlib.sha256(rest).hexdigest() != head["sha256"]:
            raise ValueError("its SHA-256 is another")
        sides: dict[str, list[Example]] = {}
        for line in rest.splitlines():
            side, fields = json.loads(line)
            sides.setdefault(side, []).append(_example(fields))
        return sides, dict(head["facts"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        reason = getattr(error, "strerror", None) or str(error)[:200]
        raise UserError(Message("training.unreadable", file=str(path), reason=reason)) from error


def _example(fields: Mapping[str, Any]) -> Example:
    topics = fields["topics"]
    companies = tuple((name, towards) for name, towards in fields["companies"])
    return Example(**{**fields, "topics": None if topics is None else tuple(topics), "companies": companies})
