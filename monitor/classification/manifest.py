"""The manifest of a model folder: which files make the model, and their hashes.

`manifest.json` lists every other file with its SHA-256 and size. A model version's digest
is the SHA-256 of that manifest, kept in the store, so that neither a file nor the manifest
can change unnoticed.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

from monitor.errors import ModelError
from monitor.messages import Message

NAME = "manifest.json"
FORMAT = 1
MAX_BYTES = 10_000_000
"""A manifest is read whole: some 100,000 files."""


def seal(folder: Path) -> str:
    """Write the manifest unless the classifier wrote one, flush the folder to the disk, and
    return the digest. Raises ModelError if `folder` is no folder or is empty."""
    listed = _listed(folder)
    if not listed and not (folder / NAME).exists():
        raise ModelError(Message("manifest.wrote_none", folder=str(folder)))
    if not (folder / NAME).exists():
        (folder / NAME).write_bytes(_document(listed))
    for path in [*(one for one in folder.rglob("*") if one.is_file()), folder]:
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
    return digest(folder)


def digest(folder: Path) -> str:
    """SHA-256 (hex) of the folder's manifest; where it has none, of the one `seal` would write."""
    listed = _listed(folder)
    try:
        return hashlib.sha256(_manifest(folder)).hexdigest()
    except FileNotFoundError:
        return hashlib.sha256(_document(listed)).hexdigest()


def verify(folder: Path, expected: str) -> None:
    """Raise ModelError, naming the file and both hashes, unless `folder` is what `expected`
    was computed from."""
    listed = _listed(folder)
    found = digest(folder)
    if found != expected:
        raise ModelError(Message("manifest.damaged", file=str(folder / NAME), expected=expected, found=found))
    if not (folder / NAME).exists():
        return
    try:
        document = json.loads(_manifest(folder))
        wanted = {str(name): str(one["sha256"]) for name, one in document["files"].items()}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise ModelError(Message("manifest.none", file=str(folder / NAME), format=FORMAT)) from error
    for name, sha256 in wanted.items():
        if name not in listed:
            raise ModelError(Message("manifest.missing", file=str(folder / name), expected=sha256))
        if listed[name][0] != sha256:
            hashes = {"expected": sha256, "found": listed[name][0]}
            raise ModelError(Message("manifest.damaged", file=str(folder / name), **hashes))


def _manifest(folder: Path) -> bytes:
    """The manifest's bytes. Raises FileNotFoundError, and ModelError where it is longer than any is."""
    with (folder / NAME).open("rb") as file:
        text = file.read(MAX_BYTES + 1)
    if len(text) > MAX_BYTES:
        raise ModelError(Message("manifest.long", file=str(folder / NAME), format=FORMAT, most=MAX_BYTES))
    return text


def _listed(folder: Path) -> dict[str, tuple[str, int]]:
    """SHA-256 and size of every file but the manifest, by path within the folder."""
    if not folder.is_dir():
        raise ModelError(Message("manifest.no_folder", folder=str(folder)))
    found = {}
    try:
        for path in sorted(one for one in folder.rglob("*") if one.is_file()):
            name = path.relative_to(folder).as_posix()
            if name != NAME:
                with path.open("rb") as file:
                    found[name] = (hashlib.file_digest(file, "sha256").hexdigest(), path.stat().st_size)
    except OSError as error:
        raise ModelError(Message("manifest.unread", folder=str(folder), error=str(error))) from error
    return found


def _document(listed: dict[str, tuple[str, int]]) -> bytes:
    files = {name: {"sha256": sha256, "size": size} for name, (sha256, size) in listed.items()}
    return f"{json.dumps({'format': FORMAT, 'files': files}, indent=1, ensure_ascii=False)}\n".encode()
