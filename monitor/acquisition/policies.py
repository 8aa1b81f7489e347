"""Policies: trained on labelled history, played against margin, kept as versions.

A policy is a folder ``policy-DIGEST`` beside the models, with what the strategy wrote (`Learnable.fit`) and
gate.json, which says how it fared: on held-back episodes, other splits than it learnt from, the area under
its learning curve less margin's, in pairs, with the 95% interval of the mean (Student's t). It is better
where the whole interval lies above 0, and serves only then; else margin does.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from monitor.acquisition import simulate
from monitor.acquisition.simulate import HeadLearner, Material, Plan, Rows
from monitor.errors import ModelError, UserError
from monitor.hookspecs import Learnable, Progress, Strategy, silent
from monitor.selection import Episode, Pool, needed

FOLDER = "policies"
GATE = "gate.json"
LEAST_SEEDS = 3


def episode(material: Material, seed: int, plan: Plan, needs: frozenset[str]) -> Episode:
    """The history of one split, to be asked about again; rows are those of the material."""
    pool, test, start = simulate.split(material, seed, plan.start)
    rng = np.random.default_rng([seed, 2])
    learn = HeadLearner(material)

    def see(labelled: Rows) -> tuple[Pool, float]:
        said = learn(labelled, None)
        left = np.setdiff1d(pool, labelled)
        some = simulate.columns(material, said, left, np.sort(labelled), [], needs, rng)
        return some, simulate.macro_f1(material.labels[test], said.probabilities[test])

    most = max(plan.start + plan.batch, int(plan.most * len(pool)))
    return Episode(material.labels, start, plan.batch, most, see)


def train(
    material: Material,
    policy: Strategy,
    rival: Strategy,
    plan: Plan,
    held: Sequence[int],
    directory: Path,
    now: datetime,
    progress: Progress = silent,
) -> dict[str, Any]:
    """Train `policy` on the episodes of `plan.seeds` and play it against `rival` on those of the seeds
    `held`; what `show` tells of the version that came of it. Raises UserError where it cannot learn, or
    nothing is held back from it."""
    if not isinstance(policy, Learnable):
        raise UserError(f"the strategy {policy.kind!r} cannot be trained: it has no `fit` and `load`")
    if set(held) & set(plan.seeds) or len(held) < LEAST_SEEDS:
        raise UserError(f"at least {LEAST_SEEDS} seeds are held back from training, and none of them trains")
    work = directory / FOLDER / "training"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    episodes = [episode(material, seed, plan, needed(policy)) for seed in plan.seeds]
    metrics = policy.fit(episodes, work, progress)
    policy.load(work)
    verdict = against(material, policy, rival, plan, held, progress)
    digest = hashed(work)
    told = {
        "id": f"policy-{digest[:12]}",
        "kind": policy.kind,
        "digest": json.loads((work / "policy.json").read_text("utf-8"))["digest"]
        if (work / "policy.json").is_file()
        else digest,
        "files": digest,
        "made_at": now.isoformat(),
        "metrics": dict(metrics),
        **verdict,
    }
    (work / GATE).write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    final = directory / FOLDER / str(told["id"])
    shutil.rmtree(final, ignore_errors=True)
    work.rename(final)
    return {**told, "folder": str(final)}


def against(
    material: Material,
    policy: Strategy,
    rival: Strategy,
    plan: Plan,
    held: Sequence[int],
    progress: Progress = silent,
) -> dict[str, Any]:
    """How the policy fares against its rival on the episodes of these seeds."""
    ahead = []
    for number, seed in enumerate(held):
        progress("held-back episodes", number, len(held))
        both = [
            np.mean(simulate.curve(material, one, seed, plan, HeadLearner(material)).scores)
            for one in (policy, rival)
        ]
        ahead.append(float(both[0] - both[1]))
    found = interval(ahead)
    return {
        "rival": rival.kind,
        "held_episodes": len(held),
        **found,
        "serves": policy.kind if found["better"] else rival.kind,
    }


def interval(ahead: Sequence[float]) -> dict[str, Any]:
    """The mean of how far a policy was ahead in at least two episodes, its 95% interval, and whether the
    whole of that lies above 0."""
    from scipy.stats import t

    mean = float(np.mean(ahead))
    error = float(np.std(ahead, ddof=1)) / np.sqrt(len(ahead))
    reach = float(t.ppf(0.975, len(ahead) - 1)) * error
    return {
        "ahead": round(mean, 5),
        "ahead_interval": [round(mean - reach, 5), round(mean + reach, 5)],
        "better": bool(mean - reach > 0),
    }


def show(directory: Path) -> list[dict[str, Any]]:
    """The versions there are, the newest first. One whose files are not as they were written says so."""
    found = []
    for file in sorted((directory / FOLDER).glob(f"policy-*/{GATE}")):
        try:
            told = json.loads(file.read_text("utf-8"))
            if told["files"] != hashed(file.parent):
                raise ModelError(f"{file.parent}: not as it was written; train it again")
            found.append({**told, "folder": str(file.parent), "damaged": ""})
        except (OSError, ValueError, KeyError, TypeError, ModelError) as error:
            told = {"id": file.parent.name, "folder": str(file.parent), "made_at": ""}
            found.append({**told, "better": False, "serves": "margin", "damaged": str(error)[:300]})
    return sorted(found, key=lambda one: str(one["made_at"]), reverse=True)


def hashed(folder: Path) -> str:
    """The SHA-256 of the folder's files and their names, but for the gate's."""
    digest = hashlib.sha256()
    for file in sorted(folder.rglob("*")):
        if file.is_file() and file.name != GATE:
            digest.update(f"{file.relative_to(folder)}\0{file.stat().st_size}\0".encode())
            digest.update(file.read_bytes())
    return digest.hexdigest()
