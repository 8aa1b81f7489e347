"""Which model serves: registered, verified, loaded, promoted, rolled back.

Exactly one version is champion. A champion whose folder is not what it was when it was
registered is refused, and the latest former champion that is whole serves in its place.
"""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from monitor.classification import manifest
from monitor.errors import ConflictError, ModelError
from monitor.evaluation import groups
from monitor.hookspecs import Classifier
from monitor.messages import Message
from monitor.records import ModelState, ModelVersion
from monitor.store import Store, Tx, audit, duels, models, shadows
from monitor.store.models import SHIPPED as SHIPPED
from monitor.store.models import SYSTEM

MODELS = "monitor_models"
"""The package whose folders are the shipped models."""


@dataclass(frozen=True, slots=True)
class Serving:
    """A loaded champion. `refused` tells, one sentence each, of champions that were damaged
    and had to be replaced by it; they are also in the store's audit."""

    classifier: Classifier
    version: ModelVersion
    refused: tuple[str, ...] = ()


def shipped_folder(model: str, directory: Path) -> Path:
    """The folder that `[classifier] model` names: in `directory`, where config.toml lies, else the
    shipped one of that name."""
    named = Path(model)
    beside = directory / named
    spec = importlib.util.find_spec(MODELS)
    if not beside.exists() and spec is not None and named.parts[:1] == ("models",):
        for folder in spec.submodule_search_locations or ():
            if Path(folder, *named.parts[1:]).is_dir():
                return Path(folder, *named.parts[1:])
    return beside


def register_shipped(store: Store, path: Path, kind: str, now: datetime) -> ModelVersion:
    """Register the model in the folder `path` (once; it is known by its digest).

    It becomes champion where there is none, where the champion is an earlier shipped
    model, and where the champion is of another kind than the configured one. Raises
    ModelError if the folder is no model.
    """
    digest = manifest.digest(path)
    manifest.verify(path, digest)
    version = ModelVersion(
        id=f"{SHIPPED}{digest[:12]}",
        kind=kind,
        path=str(path.resolve()),
        digest=digest,
        state=ModelState.CHALLENGER,
        created_at=now,
        metrics=_development(path / "metrics.json"),
    )
    with store.begin() as tx:
        known = next((one for one in models.all(tx) if one.id == version.id), None)
        if known is None:
            models.put(tx, version)
        elif known.path != version.path:
            models.put(tx, replace(known, path=version.path))
        serving = models.champion(tx)
        if serving is None or serving.kind != kind or (known is None and serving.id.startswith(SHIPPED)):
            reason = Message("champion.first")
            if serving is not None:
                reason = Message("champion.configured", model=serving.id)
            models.promote(tx, version.id, reason, now)
            audit.write(tx, now, SYSTEM, "model.promote", version.id, {"reason": reason})
        return models.get(tx, version.id)


def load_champion(store: Store, factory: Callable[[], Classifier], directory: Path, now: datetime) -> Serving:
    """The champion, verified and loaded into a classifier that `factory` makes.

    `directory` is where trained models lie (settings.learning.directory). A champion that
    is damaged, or that the classifier refuses, becomes REFUSED with the reason, and the
    one that served before it is promoted; the shipped model is the last resort. Raises
    ModelError, and changes nothing, when no version can be loaded.
    """
    with store.read() as tx:
        serving, versions = models.champion(tx), models.all(tx)
    if serving is None:
        raise ModelError("no model is registered: check [classifier] model in config.toml")
    failures: dict[str, str] = {}
    for version in (serving, *_former(versions, serving)):
        folder = folder_of(version, directory)
        try:
            manifest.verify(folder, version.digest)
            classifier = factory()
            classifier.load(folder, version.id)
        except ModelError as error:
            failures[version.id] = error.told
            continue
        if failures:
            version = _replace(store, serving, version, failures[serving.id], now)
        return Serving(classifier, version, tuple(f"{id} was refused: {why}" for id, why in failures.items()))
    raise ModelError(
        "no model can be loaded: "
        + "; ".join(f"{id}: {why}" for id, why in failures.items())
        + ". Restore one of these folders."
    )


def promote(
    store: Store,
    id: str,
    directory: Path,
    now: datetime,
    *,
    user: str,
    reason: str = "",
    address: str = "",
) -> ModelVersion:
    """Make version `id` the champion, on a person's word. Raises NotFoundError, ModelError
    where its folder is damaged, ConflictError where it already serves."""
    with store.begin() as tx:
        version = models.get(tx, id)
        if version.state is ModelState.CHAMPION:
            raise ConflictError(Message("models.serving", model=id))
        manifest.verify(folder_of(version, directory), version.digest)
        _returned(tx, version)
        why = reason or Message("champion.by", user=user)
        models.promote(tx, id, why, now, user)
        duels.settle(tx, now)
        shadows.settle(tx, now)
        audit.write(tx, now, user, "model.promote", id, {"reason": why}, address=address)
        return models.get(tx, id)


def rollback(store: Store, directory: Path, now: datetime, *, user: str, address: str = "") -> ModelVersion:
    """Make the previous champion serve again. Raises NotFoundError where there is none,
    ModelError (and changes nothing) where its folder is damaged."""
    with store.begin() as tx:
        before = models.champion(tx)
        version = models.rollback(tx, now, user)
        manifest.verify(folder_of(version, directory), version.digest)
        _returned(tx, version)
        duels.settle(tx, now)
        shadows.settle(tx, now)
        came = {"from": before.id if before else ""}
        audit.write(tx, now, user, "model.rollback", version.id, came, address=address)
        return models.get(tx, version.id)


def _returned(tx: Tx, version: ModelVersion) -> None:
    """What the watchdog stopped of a version serves without its certificate."""
    before = groups.from_json(version.certificate)
    after = groups.returned(before)
    if after != before:
        models.stands(tx, version.id, groups.to_json(after))


def folder_of(version: ModelVersion, directory: Path) -> Path:
    """Where the version's files are: trained ones are named relative to `directory`, so that
    the data folder can be moved."""
    return directory / version.path


def _former(versions: Sequence[ModelVersion], serving: ModelVersion) -> list[ModelVersion]:
    """What may serve in place of `serving`: former champions, the latest first, then shipped ones."""
    others = [one for one in versions if one.id != serving.id and one.kind == serving.kind]
    retired = [one for one in others if one.state is ModelState.RETIRED]
    retired.sort(key=lambda one: (one.promoted_at or one.created_at, one.id), reverse=True)
    shipped = [one for one in others if one.id.startswith(SHIPPED) and one not in retired]
    return [*retired, *sorted(shipped, key=lambda one: (one.created_at, one.id), reverse=True)]


def _replace(
    store: Store, broken: ModelVersion, whole: ModelVersion, why: str, now: datetime
) -> ModelVersion:
    with store.begin() as tx:
        serving = models.champion(tx)
        if serving is None or serving.id != broken.id:  # another process was faster
            return whole
        models.refuse(tx, broken.id, why, now)
        models.promote(tx, whole.id, Message("champion.in_place", model=broken.id), now)
        _returned(tx, whole)
        audit.write(tx, now, SYSTEM, "model.refuse", broken.id, {"reason": why})
        refused = Message("champion.replaced", model=broken.id)
        audit.write(tx, now, SYSTEM, "model.promote", whole.id, {"reason": refused})
        return models.get(tx, whole.id)


def _development(file: Path) -> dict[str, Any]:
    """The development figures that a model folder states of itself, if it does. Raises ModelError."""
    if not file.is_file():
        return {}
    try:
        stated = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise ModelError(f"{file}: not JSON: {str(error)[:200]}") from error
    figures = stated.get("development") if isinstance(stated, dict) else None
    return {"development": figures} if isinstance(figures, dict) else {}
