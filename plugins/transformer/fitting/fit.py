"""Fine-tuning: all heads at once, and of the encoder everything (`full`), its uppermost layers
(`top-k`) or adapters in them (`lora`).

With the latter two the embeddings and the lower layers are frozen and run without dropout, so what
they give for a text never changes: it is computed once and kept, and an epoch costs the upper
layers only (FreezeOut's observation, Brock et al. 2017, taken to its end).
"""

from __future__ import annotations

import hashlib
import math
import os
import pickle
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from monitor import Example, Message, Progress
from monitor_plugins.transformer.fitting.adapters import attach, fold
from monitor_plugins.transformer.fitting.living import cut, mend
from monitor_plugins.transformer.fitting.objective import accumulate
from monitor_plugins.transformer.fitting.recipe import Recipe, freeze, parameter_groups, rate_at, schedule
from monitor_plugins.transformer.fitting.start import Start
from monitor_plugins.transformer.fitting.targets import Targets, loss, score
from monitor_plugins.transformer.fitting.texts import Texts
from monitor_plugins.transformer.network.encoder import Encoder, Logits


@dataclass(slots=True)
class History:
    """What happened: the scores at each evaluation, the best of them, and where several shares of the fitted
    weights were tried, their scores."""

    evaluations: list[dict[str, Any]] = field(default_factory=list)
    best: dict[str, Any] = field(default_factory=dict)
    steps: int = 0
    recent: list[float] = field(default_factory=list)  # losses since the last evaluation
    mixed: dict[str, dict[str, float]] = field(default_factory=dict)


def fit(
    begun: Start,
    train: Sequence[Example],
    development: Sequence[Example],
    recipe: Recipe,
    progress: Progress,
    judged: Mapping[str, frozenset[str]] | None = None,
    checkpoint: Path | None = None,
    taught: Logits | None = None,
    trust: float = 0.5,
    keep_seconds: float = 0.0,
) -> History:
    """Fit the model of `begun` in place and leave the best weights in it.

    Best is the highest mean development score over the sets, and of equals the lowest
    loss. With a `checkpoint` folder, a run that was stopped goes on where it last wrote down that it was:
    after an evaluation, and after every `keep_seconds` (0: after 250 steps). What a step draws at random
    depends on the seed and its number alone, so such a run ends as one that was not stopped.
    `taught` are a teacher's logits of the texts `train`, which count for `trust` of what is learnt, and
    their labels for the rest.
    """
    model, topics, judged = begun.model, begun.config.topics, judged or {}
    frozen = freeze(model, recipe)
    # N-grams that know nothing yet are fitted afterwards (`blend`).
    buckets = model.ngrams.buckets if model.ngrams and model.ngrams.text.weight.any() else 0
    texts, held = (
        Texts(some, begun.tokenizer, begun.config.padding, recipe.max_tokens, buckets)
        for some in (train, development)
    )
    known = replace(Targets.of(train, topics, judged), taught=taught, trust=trust)
    wanted = Targets.of(development, topics, judged)
    key = _key(model, texts, held, recipe) if checkpoint else ""
    pruned = cut(model)
    added = attach(model, recipe.rank, frozen) if recipe.method == "lora" else None
    device = next(model.parameters()).device
    if frozen and device.type == "cpu":  # a GPU computes them sooner than it could be sent what was kept
        for name, some in (("train", texts), ("development", held)):
            file = checkpoint / f"{name}-{key}.states" if checkpoint else None
            some.freeze(model, frozen, progress, file)
    per_epoch = math.ceil(len(train) / recipe.batch)
    total = max(1, round(per_epoch * recipe.epochs))
    every = max(1, round(per_epoch / recipe.evaluations))
    optimizer = torch.optim.AdamW(parameter_groups(model, recipe), fused=device.type == "cuda")
    peaks = [one["lr"] for one in optimizer.param_groups]
    trained = {name: p for name, p in model.named_parameters() if p.requires_grad}
    before = {name: p.detach().clone() for name, p in trained.items()}
    history, best = History(), before
    state_file = checkpoint / f"state-{key}.pt" if checkpoint else None
    if state_file is not None and (state := _kept(state_file)) is not None:
        model.load_state_dict(state["weights"], strict=False)
        optimizer.load_state_dict(state["optimizer"])
        best, history = state["best"], History(**state["history"])
    waited, written = _waited(history), time.monotonic()
    for step, chosen in enumerate(schedule(texts.lengths, recipe, total)):
        if waited >= recipe.patience:
            break
        if step < history.steps:
            continue
        torch.manual_seed(recipe.seed * 1_000_003 + step)
        model.train()
        if frozen:
            model.body.embeddings.eval()
        rate = rate_at(step, total, recipe.warmup)
        for one, peak in zip(optimizer.param_groups, peaks, strict=True):
            one["lr"] = peak * rate
        labels = known[torch.from_numpy(chosen)]
        optimizer.zero_grad()
        value = accumulate(
            model,
            texts,
            chosen.tolist(),
            frozen,
            labels,
            adversarial=recipe.adversarial,
            consistency=recipe.consistency,
        )
        torch.nn.utils.clip_grad_norm_(trained.values(), 1.0)
        optimizer.step()
        history.recent.append(value)
        history.steps = step + 1
        progress(Message("training.stage.fit"), step + 1, total)
        if (step + 1) % every == 0 or step + 1 == total:
            report = evaluate(model, held, frozen, development, wanted)
            report |= {"step": step + 1, "train_loss": round(float(np.mean(history.recent)), 5)}
            history.recent = []
            history.evaluations.append(report)
            progress(Message("training.stage.development", score=report["score"]), step + 1, total)
            if not history.best or not development or _rank(report) > _rank(history.best):
                history.best, waited = report, 0
                best = {name: p.detach().clone() for name, p in trained.items()}
            else:
                waited += 1
        if state_file is not None:
            late = time.monotonic() - written >= keep_seconds if keep_seconds else (step + 1) % 250 == 0
            if late or step + 1 == total or (step + 1) % every == 0:
                _save(state_file, trained, optimizer, best, history)
                written = time.monotonic()
    share = recipe.shares[0]
    if development and len(recipe.shares) > 1:
        judge = partial(evaluate, model, held, frozen, development, wanted)
        share = best_share(trained, before, best, recipe.shares, judge, history)
    put(trained, between(before, best, share))
    if added is not None:
        fold(model, added)
    mend(pruned)
    model.eval()
    return history


def best_share(
    trained: Mapping[str, Tensor],
    before: Mapping[str, Tensor],
    after: Mapping[str, Tensor],
    shares: Sequence[float],
    judge: Callable[[], Mapping[str, Any]],
    history: History,
) -> float:
    """Which of the `shares` of the weights `after` fitting, beside those `before`, has the least development
    loss. The loss, because neighbours differ by less than the scores' noise: a group of near-duplicates that
    changes sides moves a small set's by points."""
    for share in shares:
        put(trained, between(before, after, share))
        report = judge()
        history.mixed[str(share)] = {"score": report["score"], "loss": report["loss"]}
    return min(shares, key=lambda share: history.mixed[str(share)]["loss"])


def between(before: Mapping[str, Tensor], after: Mapping[str, Tensor], share: float) -> dict[str, Tensor]:
    """Weights between the two. Fitting forgets some of what it does not show, and these keep most of both
    (Wortsman et al. 2022, Robust fine-tuning of zero-shot models)."""
    return {name: torch.lerp(before[name], value, share) for name, value in after.items()}


def put(trained: Mapping[str, Tensor], weights: Mapping[str, Tensor]) -> None:
    with torch.no_grad():
        for name, parameter in trained.items():
            parameter.copy_(weights[name])


def evaluate(
    model: Encoder, texts: Texts, frozen: int, examples: Sequence[Example], wanted: Targets
) -> dict[str, Any]:
    """Score per set (`origin`), their mean, and the loss, on development examples."""
    if not examples:
        return {"score": 0.0, "loss": 0.0, "sets": {}}
    found = texts.predict(model, frozen)
    value = float(loss(Logits(*map(torch.from_numpy, found)), wanted))
    sets = score(*found, examples, wanted)
    return {"score": float(np.mean(list(sets.values()))), "loss": round(value, 5), "sets": sets}


def _rank(report: Mapping[str, Any]) -> tuple[float, float]:
    return round(report["score"], 4), -report["loss"]


def _waited(history: History) -> int:
    if not history.best:
        return 0
    steps = [report["step"] for report in history.evaluations]
    return len(steps) - 1 - steps.index(history.best["step"])


def _key(model: Encoder, texts: Texts, held: Texts, recipe: Recipe) -> str:
    """Names a run by what determines it: texts, recipe and the starting weights."""
    digest = hashlib.sha256(repr(sorted(asdict(recipe).items())).encode())
    for some in (texts, held):
        digest.update(some.lengths.tobytes())
        digest.update(np.array([i for row in some.rows for i in row.ids], dtype=np.int32).tobytes())
    for _, tensor in sorted(model.state_dict().items()):
        digest.update(tensor.detach().cpu().float().numpy().tobytes())
    return digest.hexdigest()[:12]


def _kept(file: Path) -> dict[str, Any] | None:
    """What `_save` wrote; None where there is nothing, or nothing whole: then the run begins again."""
    try:
        found: dict[str, Any] = torch.load(file, weights_only=True)
        return found if found.keys() >= {"weights", "optimizer", "best", "history"} else None
    except (OSError, EOFError, RuntimeError, pickle.UnpicklingError):
        return None


def _save(
    file: Path,
    trained: Mapping[str, Tensor],
    optimizer: torch.optim.Optimizer,
    best: Mapping[str, Tensor],
    history: History,
) -> None:
    """Write down where the run is: whole, or as it was before."""
    part = file.with_suffix(".part")
    with part.open("wb") as target:
        torch.save(
            {
                "weights": {name: p.detach() for name, p in trained.items()},
                "optimizer": optimizer.state_dict(),
                "best": dict(best),
                "history": asdict(history),
            },
            target,
        )
        target.flush()
        os.fsync(target.fileno())
    os.replace(part, file)
