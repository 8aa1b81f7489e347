"""A model folder is read exactly as its manifest describes it, or refused with the reason."""

from __future__ import annotations

import hashlib
import json
import os
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy

from monitor import ModelError
from monitor_plugins.transformer.network import folder

CONFIG = folder.Config("tiny-1", {"model_type": "bert", "vocab_size": 8}, topics=("deal", "earnings"))
MODEL = folder.Model(CONFIG, {"w": np.arange(6, dtype=np.float32).reshape(2, 3)}, '{"model": 1}')


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "models" / "tiny-1"
    folder.write(path, MODEL, {"score": 0.5}, "# tiny\n")
    return path


def seal(path: Path) -> None:
    """Make the manifest agree with what lies in the folder, as an attacker would."""
    files = {
        file.name: {"sha256": hashlib.sha256(file.read_bytes()).hexdigest(), "size": file.stat().st_size}
        for file in path.iterdir()
        if file.name != folder.MANIFEST
    }
    (path / folder.MANIFEST).write_text(json.dumps({"format": 1, "files": files}), encoding="utf-8")


def change(path: Path, key: str, value: Any) -> None:
    file = path / "config.json"
    config = json.loads(file.read_text(encoding="utf-8"))
    config[key] = value
    file.write_text(json.dumps(config), encoding="utf-8")
    seal(path)


def test_what_was_written_is_read(model: Path) -> None:
    found = folder.read(model)
    assert np.array_equal(found.tensors["w"], MODEL.tensors["w"])
    assert found.config.topics == ["deal", "earnings"]
    assert found.tokenizer == MODEL.tokenizer
    assert {file.name for file in model.iterdir()} == {
        "config.json",
        "manifest.json",
        "metrics.json",
        "model.safetensors",
        "README.md",
        "tokenizer.json",
        "tokenizer_config.json",
    }
    listed = json.loads((model / "manifest.json").read_text(encoding="utf-8"))["files"]
    assert listed["model.safetensors"]["size"] == (model / "model.safetensors").stat().st_size


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json", "config.json", "README.md"])
def test_one_changed_bit_is_refused_by_name_and_hash(model: Path, name: str) -> None:
    file = model / name
    content = bytearray(file.read_bytes())
    expected = hashlib.sha256(content).hexdigest()
    content[-2] ^= 1
    file.write_bytes(content)
    with pytest.raises(ModelError) as refused:
        folder.read(model)
    assert str(file) in str(refused.value)
    assert expected in str(refused.value)
    assert hashlib.sha256(content).hexdigest() in str(refused.value)
    assert "rollback" in str(refused.value)


def test_a_truncated_file_is_refused(model: Path) -> None:
    file = model / "model.safetensors"
    file.write_bytes(file.read_bytes()[:40])
    with pytest.raises(ModelError, match=r"model\.safetensors: damaged: .*\(40 bytes\)"):
        folder.read(model)


def test_truncated_safetensors_are_refused_even_if_the_manifest_agrees(model: Path) -> None:
    file = model / "model.safetensors"
    file.write_bytes(file.read_bytes()[:40])
    seal(model)
    with pytest.raises(ModelError, match=r"model\.safetensors: not readable"):
        folder.read(model)


@pytest.mark.parametrize("name", ["pytorch_model.bin", "model.pt", "model.pkl", "extra.PKL"])
def test_a_pickle_is_refused_even_if_the_manifest_lists_it(model: Path, name: str) -> None:
    (model / name).write_bytes(b"cos\nsystem\n(S'true'\ntR.")
    seal(model)
    with pytest.raises(ModelError, match=f"{name}: pickles can run code"):
        folder.read(model)


def test_anything_that_is_no_listed_plain_file_is_refused(model: Path, tmp_path: Path) -> None:
    (model / "modeling.py").write_text("raise SystemExit", encoding="utf-8")
    with pytest.raises(ModelError, match=r"modeling\.py: not in manifest\.json"):
        folder.read(model)
    (model / "modeling.py").unlink()
    (model / "more").mkdir()
    with pytest.raises(ModelError, match="more: a model folder holds plain files only"):
        folder.read(model)
    (model / "more").rmdir()
    elsewhere = tmp_path / "tokenizer.json"
    os.replace(model / "tokenizer.json", elsewhere)
    (model / "tokenizer.json").symlink_to(elsewhere)
    with pytest.raises(ModelError, match=r"tokenizer\.json: a model folder holds plain files only"):
        folder.read(model)


def test_a_manifest_does_not_reach_out_of_the_folder(model: Path, tmp_path: Path) -> None:
    (tmp_path / "models" / "secret").write_text("x", encoding="utf-8")
    file = model / folder.MANIFEST
    manifest = json.loads(file.read_text(encoding="utf-8"))
    manifest["files"]["../secret"] = {"sha256": hashlib.sha256(b"x").hexdigest(), "size": 1}
    file.write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(ModelError, match=r"secret: listed in manifest\.json and missing"):
        folder.read(model)


@pytest.mark.parametrize("name", ["tokenizer.json", "manifest.json", "model.safetensors", "metrics.json"])
def test_a_missing_file_is_refused(model: Path, name: str) -> None:
    (model / name).unlink()
    with pytest.raises(ModelError, match=f"{name}.*missing"):
        folder.read(model)


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no such model folder"):
        folder.read(tmp_path / "nothing")


@pytest.mark.parametrize("number", [np.nan, np.inf])
def test_numbers_that_are_none_are_refused(model: Path, number: float) -> None:
    tensors = {"w": np.array([1, number], np.float32)}
    (model / "model.safetensors").write_bytes(safetensors.numpy.save(tensors))
    seal(model)
    with pytest.raises(ModelError, match="tensor w holds NaN or infinite"):
        folder.read(model)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("sentiments", ["positive", "neutral", "negative"]),
        ("topics", ["deal", "deal"]),
        ("topics", []),
        ("temperatures", {"sentiment": 0, "topics": 1, "company": 1}),
        ("temperatures", {"sentiment": 1}),
        ("architecture", {"model_type": "bert", "auto_map": {"AutoModel": "modeling.Evil"}}),
        ("max_tokens", "128"),
        ("padding", -1),
        ("rank", 10**400),
        ("temperatures", {"sentiment": 10**400, "topics": 1, "company": 1}),
        ("languages", "zh"),
        ("format", 2),
        ("kind", "lexicon"),
        ("id", None),
    ],
)
def test_a_wrong_setting_is_refused_by_its_name(model: Path, key: str, value: Any) -> None:
    change(model, key, value)
    with pytest.raises(ModelError, match=rf"config\.json: {key} is "):
        folder.read(model)


@pytest.mark.parametrize("deep", ["[" * 100_000 + "]" * 100_000, "9" * 100_000])
def test_nesting_and_digits_without_end_are_refused_by_name(model: Path, deep: str) -> None:
    for name in ("config.json", folder.MANIFEST):
        before = (model / name).read_bytes()
        (model / name).write_text(f'{{"files": {deep}}}', encoding="utf-8")
        if name != folder.MANIFEST:
            seal(model)
        with pytest.raises(ModelError, match=rf"{re.escape(name)}: not "):
            folder.read(model)
        (model / name).write_bytes(before)
        seal(model)
    folder.read(model)


def test_writing_never_replaces_a_folder(model: Path) -> None:
    before = (model / folder.MANIFEST).read_bytes()
    with pytest.raises(ModelError, match="exists already"):
        folder.write(model, replace(MODEL, tokenizer="{}"), {}, "")
    assert (model / folder.MANIFEST).read_bytes() == before


def test_a_write_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        folder.write(tmp_path / "new", MODEL, {}, "")
    assert list(tmp_path.iterdir()) == []
