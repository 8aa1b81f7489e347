"""Manifests: whatever changes in a model folder is noticed and named."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from monitor.classification.manifest import NAME, digest, seal, verify
from monitor.errors import ModelError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    model = tmp_path / "model"
    (model / "more").mkdir(parents=True)
    (model / "weights.bin").write_bytes(b"\x00\x01\x02")
    (model / "more" / "words.txt").write_text("工厂", encoding="utf-8")
    return model


def test_a_sealed_folder_is_whole(folder: Path) -> None:
    sealed = seal(folder)
    assert sealed == digest(folder) == hashlib.sha256((folder / NAME).read_bytes()).hexdigest()
    verify(folder, sealed)
    listed = json.loads((folder / NAME).read_text("utf-8"))
    assert listed["files"]["weights.bin"] == {
        "sha256": hashlib.sha256(b"\x00\x01\x02").hexdigest(),
        "size": 3,
    }
    assert set(listed["files"]) == {"weights.bin", "more/words.txt"}
    assert seal(folder) == sealed


def test_a_classifier_s_own_manifest_is_kept(folder: Path) -> None:
    own = json.dumps({"files": {"weights.bin": {"sha256": hashlib.sha256(b"\x00\x01\x02").hexdigest()}}})
    (folder / NAME).write_text(own, encoding="utf-8")
    sealed = seal(folder)
    assert (folder / NAME).read_text("utf-8") == own
    verify(folder, sealed)


def test_a_changed_file_is_named_with_both_hashes(folder: Path) -> None:
    sealed = seal(folder)
    (folder / "weights.bin").write_bytes(b"\x00\x01\x03")
    before, after = (hashlib.sha256(content).hexdigest() for content in (b"\x00\x01\x02", b"\x00\x01\x03"))
    with pytest.raises(ModelError) as caught:
        verify(folder, sealed)
    assert str(caught.value) == f"{folder}/weights.bin: damaged: expected SHA-256 {before}, found {after}"


def test_a_missing_file_is_named(folder: Path) -> None:
    sealed = seal(folder)
    (folder / "more" / "words.txt").unlink()
    with pytest.raises(ModelError, match=r"more/words\.txt: missing; expected SHA-256"):
        verify(folder, sealed)


def test_a_manifest_made_to_fit_a_changed_file_is_noticed(folder: Path) -> None:
    sealed = seal(folder)
    (folder / "weights.bin").write_bytes(b"other")
    (folder / NAME).unlink()
    forged = seal(folder)
    verify(folder, forged)
    with pytest.raises(
        ModelError, match=rf"manifest\.json: damaged: expected SHA-256 {sealed}, found {forged}"
    ):
        verify(folder, sealed)


def test_a_folder_without_a_manifest_can_be_watched_too(folder: Path) -> None:
    before = digest(folder)
    verify(folder, before)
    assert not (folder / NAME).exists()
    (folder / "weights.bin").write_bytes(b"other")
    with pytest.raises(ModelError, match="damaged"):
        verify(folder, before)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b'{"files": []}',
        b'{"files": {"a": 1}}',
        b"\xff",
        b"[" * 100_000 + b"]" * 100_000,
        b'{"files": ' + b'{"a":' * 100_000 + b"1" + b"}" * 100_001,
        b'{"format": ' + b"9" * 100_000 + b"}",
        b" " * 10_000_001,
    ],
)
def test_a_manifest_that_is_none_is_refused(folder: Path, content: bytes) -> None:
    (folder / NAME).write_bytes(content)
    with pytest.raises(ModelError, match="not a manifest of format 1"):
        verify(folder, hashlib.sha256(content).hexdigest())


def test_no_folder_and_no_model(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no such model folder"):
        digest(tmp_path / "absent")
    (tmp_path / "empty").mkdir()
    with pytest.raises(ModelError, match="the classifier wrote no model there"):
        seal(tmp_path / "empty")
