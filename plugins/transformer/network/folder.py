"""A model folder: its files, their manifest, and every reason to refuse one.

    config.json        the encoder's architecture, topics, temperatures, ... (`Config`)
    model.safetensors  the weights (`monitor_plugins.transformer.network.weights`)
    tokenizer.json     the tokenizer, complete; tokenizer_config.json for other tools
    README.md          the model card
    metrics.json       figures measured on what is stored here
    manifest.json      SHA-256 and size of every other file; written last

Nothing is executed on reading: no pickle, no code from the folder, no network.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np

from monitor import SENTIMENTS, ModelError
from monitor_plugins.transformer.network.weights import Array, pack, unpack

FORMAT = 1
TASKS = ("sentiment", "topics", "company")
MANIFEST = "manifest.json"
REQUIRED = ("config.json", "model.safetensors", "tokenizer.json")
_PICKLES = (".bin", ".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".joblib", ".npy", ".npz")
_RESTORE = "restore the folder from its source, or serve another version (`monitor models rollback`)"


@dataclass(frozen=True, slots=True)
class Config:
    """What config.json says. `architecture` is the encoder's Hugging Face configuration;
    logits are divided by the temperatures; `max_tokens` is what the model was measured at; `ngrams` the
    number of rows of each n-gram layer (0: there is none); `rank` that of the feed-forward maps' factors
    (0: they are whole)."""

    id: str
    architecture: Mapping[str, Any]
    topics: Sequence[str]
    sentiments: Sequence[str] = SENTIMENTS
    temperatures: Mapping[str, float] = field(default_factory=lambda: dict.fromkeys(TASKS, 1.0))
    max_tokens: int = 128
    padding: int = 0
    ngrams: int = 0
    rank: int = 0
    languages: Sequence[str] = ("zh", "en")
    base: str = ""
    kind: str = "transformer"
    format: int = FORMAT

    @classmethod
    def parse(cls, text: bytes, where: Path) -> Config:
        """The configuration in `text`. Raises ModelError naming the key that is wrong."""
        try:
            raw = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise ModelError(f"{where}: not JSON ({error}); {_RESTORE}") from None
        if not isinstance(raw, dict):
            raise ModelError(f"{where}: expected a JSON object; {_RESTORE}")

        def check(key: str, right: bool, expected: str) -> None:
            if not right:
                found = json.dumps(raw.get(key), ensure_ascii=False)[:120]
                raise ModelError(f"{where}: {key} is {found}, expected {expected}; {_RESTORE}")

        check("format", raw.get("format") == FORMAT, f"{FORMAT} (another version of the monitor wrote it)")
        check("kind", raw.get("kind") == "transformer", '"transformer"')
        check("sentiments", raw.get("sentiments") == list(SENTIMENTS), json.dumps(list(SENTIMENTS)))
        topics = raw.get("topics")
        check(
            "topics",
            isinstance(topics, list)
            and all(isinstance(name, str) and name for name in topics)
            and 0 < len(topics) == len(set(topics)),
            "a list of distinct names",
        )
        architecture = raw.get("architecture")
        check(
            "architecture",
            isinstance(architecture, dict)
            and isinstance(architecture.get("model_type"), str)
            and "auto_map" not in architecture,
            "a Hugging Face configuration without code of its own",
        )
        temperatures = raw.get("temperatures")
        check(
            "temperatures",
            isinstance(temperatures, dict)
            and set(temperatures) == set(TASKS)
            and all(isinstance(t, float | int) and 0 < t < 1e9 for t in temperatures.values()),
            f"positive numbers of {', '.join(TASKS)}",
        )
        for key, least in (("max_tokens", 8), ("padding", 0), ("ngrams", 0), ("rank", 0)):
            right = type(raw.get(key)) is int and least <= raw[key] < 2**31
            check(key, right, f"an integer from {least} to 2,147,483,647")
        languages = raw.get("languages")
        check(
            "languages",
            isinstance(languages, list) and all(isinstance(one, str) for one in languages),
            "a list of ISO 639-1 codes",
        )
        for key in ("id", "base"):
            check(key, isinstance(raw.get(key), str), "a string")
        known = {one.name for one in fields(cls)}
        return cls(**{key: value for key, value in raw.items() if key in known})


@dataclass(frozen=True, slots=True)
class Model:
    """A model read into memory: tensors are float32, `tokenizer` is tokenizer.json's text."""

    config: Config
    tensors: Mapping[str, Array]
    tokenizer: str
    tokenizer_config: str = "{}"


def read(folder: Path) -> Model:
    """The model in `folder`. Raises ModelError, saying which file and why, on anything that
    is not exactly what the manifest describes."""
    files = verify(folder)
    import safetensors
    import safetensors.numpy

    config = Config.parse(files["config.json"], folder / "config.json")
    where = folder / "model.safetensors"
    try:
        tensors = unpack(safetensors.numpy.load(files["model.safetensors"]))
    except (safetensors.SafetensorError, ValueError, KeyError, IndexError) as error:
        raise ModelError(f"{where}: not readable as packed safetensors ({error}); {_RESTORE}") from None
    for name, tensor in tensors.items():
        if not np.isfinite(tensor).all():
            raise ModelError(f"{where}: tensor {name} holds NaN or infinite numbers; {_RESTORE}")
    return Model(
        config,
        tensors,
        files["tokenizer.json"].decode("utf-8", "replace"),
        files.get("tokenizer_config.json", b"{}").decode("utf-8", "replace"),
    )


def verify(folder: Path) -> dict[str, bytes]:
    """The bytes of every file in `folder`, each checked against the manifest."""
    manifest = folder / MANIFEST
    if not folder.is_dir():
        raise ModelError(f"{folder}: no such model folder; `monitor models list` shows those there are")
    if manifest.is_symlink() or not manifest.is_file():
        raise ModelError(f"{manifest}: missing, so the folder cannot be checked; {_RESTORE}")
    try:
        wanted = json.loads(manifest.read_bytes())["files"]
        expected = {str(name): (str(one["sha256"]), int(one["size"])) for name, one in wanted.items()}
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError):
        raise ModelError(f"{manifest}: not a manifest of format {FORMAT}; {_RESTORE}") from None
    for entry in sorted(folder.iterdir()):
        if entry.suffix.lower() in _PICKLES:
            raise ModelError(f"{entry}: pickles can run code and are never read; remove the file")
        if entry.is_symlink() or not entry.is_file():
            raise ModelError(f"{entry}: a model folder holds plain files only; remove it")
        if entry.name != MANIFEST and entry.name not in expected:
            raise ModelError(f"{entry}: not in {MANIFEST}; remove the file")
    for name in REQUIRED:
        if name not in expected:
            raise ModelError(f"{manifest}: does not list {name}; {_RESTORE}")
    files = {}
    for name, (digest, size) in expected.items():
        path = folder / name
        if path.parent != folder or not path.is_file():
            raise ModelError(f"{path}: listed in {MANIFEST} and missing; {_RESTORE}")
        content = path.read_bytes()
        found = hashlib.sha256(content).hexdigest()
        if len(content) != size or found != digest:
            raise ModelError(
                f"{path}: damaged: expected SHA-256 {digest} ({size} bytes), "
                f"found {found} ({len(content)} bytes); {_RESTORE}"
            )
        files[name] = content
    return files


def write(folder: Path, model: Model, metrics: Mapping[str, Any], card: str) -> None:
    """Write `model` to the new folder `folder`: complete, or not at all.

    Raises ModelError if `folder` exists.
    """
    if folder.exists():
        raise ModelError(f"{folder}: exists already; choose another folder or remove it first")
    import safetensors.numpy

    config = json.dumps(asdict(model.config), ensure_ascii=False, indent=1)
    files = {
        "config.json": f"{config}\n".encode(),
        "model.safetensors": safetensors.numpy.save(pack(model.tensors), {"format": "packed"}),
        "tokenizer.json": model.tokenizer.encode(),
        "tokenizer_config.json": model.tokenizer_config.encode(),
        "metrics.json": f"{json.dumps(metrics, ensure_ascii=False, indent=1)}\n".encode(),
        "README.md": card.encode(),
    }
    listed = {
        name: {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}
        for name, content in files.items()
    }
    files[MANIFEST] = f"{json.dumps({'format': FORMAT, 'files': listed}, indent=1)}\n".encode()
    part = folder.with_name(f".{folder.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    try:
        for name, content in files.items():
            with (part / name).open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        _sync(part)
        part.rename(folder)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    _sync(folder.parent)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
