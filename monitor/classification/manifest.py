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

NAME = "manifest.json"
FORMAT = 1
MAX_BYTES = 10_000_000
"""A manifest is read whole: some 100,000 files."""


def seal(folder: Path) -> str:
    """Write the manifest unless the classifier wrote one, flush the folder to the disk, and
    return the digest. Raises ModelError if `folder` is no folder or is empty."""
    listed = _listed(folder)
    if not listed and not (folder / NAME).exists():
        raise ModelError(f"{folder}: the classifier wrote no model there")
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
        raise ModelError(f"{folder / NAME}: damaged: expected SHA-256 {expected}, found {found}")
    if not (folder / NAME).exists():
        return
    try:
        document = json.loads(_manifest(folder))
        wanted = {str(name): str(one["sha256"]) for name, one in document["files"].items()}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise ModelError(f"{folder / NAME}: not a manifest of format {FORMAT}") from error
    for name, sha256 in wanted.items():
        if name not in listed:
            raise ModelError(f"{folder / name}: missing; expected SHA-256 {sha256}")
        if listed[name][0] != sha256:
            raise ModelError(f"{folder / name}: damaged: expected SHA-256 {sha256}, found {listed[name][0]}")


def _manifest(folder: Path) -> bytes:
    """The manifest's bytes. Raises FileNotFoundError, and ModelError where it is longer than any is."""
    with (folder / NAME).open("rb") as file:
        text = file.read(MAX_BYTES + 1)
    if len(text) > MAX_BYTES:
        raise ModelError(f"{folder / NAME}: not a manifest of format {FORMAT}: over {MAX_BYTES:,} bytes")
    return text


def _listed(folder: Path) -> dict[str, tuple[str, int]]:
    """SHA-256 and size of every file but the manifest, by path within the folder."""
    if not folder.is_dir():
        raise ModelError(f"{folder}: no such model folder")
    found = {}
    try:
        for path in sorted(one for one in folder.rglob("*") if one.is_file()):
            name = path.relative_to(folder).as_posix()
            if name != NAME:
                with path.open("rb") as file:
                    found[name] = (hashlib.file_digest(file, "sha256").hexdigest(), path.stat().st_size)
    except OSError as error:
        raise ModelError(f"{folder}: cannot be read: {error}") from error
    return found


def _document(listed: dict[str, tuple[str, int]]) -> bytes:
    files = {name: {"sha256": sha256, "size": size} for name, (sha256, size) in listed.items()}
    return f"{json.dumps({'format': FORMAT, 'files': files}, indent=1, ensure_ascii=False)}\n".encode()
