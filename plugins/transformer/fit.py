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
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from monitor import Example, ModelError, Progress
from monitor_plugins.transformer.adapters import attach, fold
from monitor_plugins.transformer.encoder import Encoder, Logits, layer_of
from monitor_plugins.transformer.objective import accumulate
from monitor_plugins.transformer.start import Start
from monitor_plugins.transformer.targets import Targets, loss, score
from monitor_plugins.transformer.texts import Texts

METHODS = ("full", "top-k", "lora")


@dataclass(frozen=True, slots=True)
class Recipe:
    """How to fit. Learning rates are AdamW's peak, reached after `warmup` (a share of all
    steps) and lowered linearly to 0; `layer_decay` multiplies it per layer from the top.
    `rank` is the adapters'; `adversarial` and `consistency` as in `objective.accumulate`."""

    method: str = "top-k"
    layers: int = 6
    epochs: float = 2.0
    learning_rate: float = 1e-4
    head_learning_rate: float = 1e-3
    layer_decay: float = 0.9
    weight_decay: float = 0.01
    warmup: float = 0.06
    batch: int = 32
    max_tokens: int = 64
    evaluations: int = 2  # per epoch
    patience: int = 4  # evaluations without improvement before stopping
    seed: int = 0
    rank: int = 16
    adversarial: float = 0.0
    consistency: float = 0.0


@dataclass(slots=True)
class History:
    """What happened: the scores at each evaluation, and the best of them."""

    evaluations: list[dict[str, Any]] = field(default_factory=list)
    best: dict[str, Any] = field(default_factory=dict)
    steps: int = 0


def fit(
    begun: Start,
    train: Sequence[Example],
    development: Sequence[Example],
    recipe: Recipe,
    progress: Progress,
    judged: Mapping[str, frozenset[str]] | None = None,
    checkpoint: Path | None = None,
    taught: Logits | None = None,
) -> History:
    """Fit the model of `begun` in place and leave the best weights in it.

    Best is the highest mean development score over the sets, and of equals the lowest
    loss. With a `checkpoint` folder, a run that was stopped goes on where it last evaluated.
    `taught` are a teacher's logits of the texts `train`, to be learnt beside their labels.
    """
    model, topics, judged = begun.model, begun.config.topics, judged or {}
    frozen = freeze(model, recipe)
    added = attach(model, recipe.rank, frozen) if recipe.method == "lora" else None
    buckets = model.ngrams.buckets if model.ngrams else 0
    texts, held = (
        Texts(some, begun.tokenizer, begun.config.padding, recipe.max_tokens, buckets)
        for some in (train, development)
    )
    known = replace(Targets.of(train, topics, judged), taught=taught)
    wanted = Targets.of(development, topics, judged)
    key = _key(model, texts, held, recipe)
    if frozen:
        for name, some in (("train", texts), ("development", held)):
            file = checkpoint / f"{name}-{key}.states" if checkpoint else None
            some.freeze(model, frozen, progress, file)
    per_epoch = math.ceil(len(train) / recipe.batch)
    total = max(1, round(per_epoch * recipe.epochs))
    every = max(1, round(per_epoch / recipe.evaluations))
    optimizer = torch.optim.AdamW(parameter_groups(model, recipe))
    peaks = [one["lr"] for one in optimizer.param_groups]
    trained = {name: p for name, p in model.named_parameters() if p.requires_grad}
    history, best = History(), {name: p.detach().clone() for name, p in trained.items()}
    state_file = checkpoint / f"state-{key}.pt" if checkpoint else None
    if state_file is not None and state_file.exists():
        state = torch.load(state_file, weights_only=True)
        model.load_state_dict(state["weights"], strict=False)
        optimizer.load_state_dict(state["optimizer"])
        best, history = state["best"], History(**state["history"])
    waited, recent = _waited(history), []
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
            chosen,
            frozen,
            labels,
            adversarial=recipe.adversarial,
            consistency=recipe.consistency,
        )
        torch.nn.utils.clip_grad_norm_(trained.values(), 1.0)
        optimizer.step()
        recent.append(value)
        history.steps = step + 1
        progress("fit", step + 1, total)
        if (step + 1) % every == 0 or step + 1 == total:
            report = evaluate(model, held, frozen, development, wanted)
            report |= {"step": step + 1, "train_loss": round(float(np.mean(recent)), 5)}
            recent = []
            history.evaluations.append(report)
            progress(f"development {report}", step + 1, total)
            if not history.best or not development or _rank(report) > _rank(history.best):
                history.best, waited = report, 0
                best = {name: p.detach().clone() for name, p in trained.items()}
            else:
                waited += 1
        if state_file is not None and (step + 1 == total or (step + 1) % every == 0 or (step + 1) % 250 == 0):
            _save(state_file, trained, optimizer, best, history)
    with torch.no_grad():
        for name, parameter in trained.items():
            parameter.copy_(best[name])
    if added is not None:
        fold(model, added)
    model.eval()
    return history


def freeze(model: Encoder, recipe: Recipe) -> int:
    """Freeze what the recipe does not train; the number of frozen layers.

    `top-k` of all layers still freezes the embeddings: most of the weights, and rarely seen.
    """
    if recipe.method not in METHODS:
        raise ModelError(f"method {recipe.method!r} is unknown: use one of {', '.join(METHODS)}")
    model.requires_grad_(True)
    if model.ngrams is not None:
        model.ngrams.requires_grad_(False)
    shaped = model.layers is not None and hasattr(model.body, "embeddings")
    if not shaped and (recipe.method != "full" or recipe.adversarial):
        asked = f"method {recipe.method!r}" if recipe.method != "full" else "adversarial training"
        raise ModelError(
            f"{asked} needs an encoder in BERT's shape, and {type(model.body).__name__} is not: "
            'set method = "full" and adversarial = 0'
        )
    if recipe.method == "full":
        return 0
    if not 0 < recipe.layers <= model.depth:
        raise ModelError(f"layers = {recipe.layers}: expected 1 to {model.depth} for this encoder")
    layer = model.depth - recipe.layers
    assert model.layers is not None
    model.body.embeddings.requires_grad_(False)
    for one in model.layers[:layer]:
        one.requires_grad_(False)
    return layer


def parameter_groups(model: Encoder, recipe: Recipe) -> list[dict[str, Any]]:
    """AdamW's groups: learning rate by distance from the top, no decay for vectors."""
    groups: dict[tuple[float, float], list[Tensor]] = {}
    for name, parameter in model.named_parameters():
        if not parameter.requires_grad:
            continue
        decay = recipe.weight_decay if parameter.ndim > 1 else 0.0
        if name.startswith("body."):
            layer = layer_of(name)
            above = model.depth if layer is None else model.depth - 1 - layer
            rate = recipe.learning_rate * recipe.layer_decay**above
        else:
            rate = recipe.head_learning_rate
        groups.setdefault((rate, decay), []).append(parameter)
    return [{"params": found, "lr": rate, "weight_decay": decay} for (rate, decay), found in groups.items()]


def schedule(lengths: np.ndarray, recipe: Recipe, total: int) -> Iterator[np.ndarray]:
    """`total` batches: each epoch's texts shuffled, then sorted by length within runs of fifty
    batches, so that a batch needs little padding and its make-up still changes."""
    epoch = 0
    while total > 0:
        rng = np.random.default_rng([recipe.seed, epoch])
        order = rng.permutation(len(lengths))
        batches = []
        for start in range(0, len(order), recipe.batch * 50):
            run = order[start : start + recipe.batch * 50]
            run = run[np.argsort(lengths[run], kind="stable")]
            batches += [run[i : i + recipe.batch] for i in range(0, len(run), recipe.batch)]
        for i in rng.permutation(len(batches))[:total]:
            yield batches[i]
        total -= len(batches)
        epoch += 1


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


def rate_at(step: int, total: int, warmup: float) -> float:
    """The learning rate at `step`, as a share of its peak."""
    rising = max(1, round(total * warmup))
    return min((step + 1) / rising, max(0.0, (total - step) / max(1, total - rising)))


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


def _save(
    file: Path,
    trained: Mapping[str, Tensor],
    optimizer: torch.optim.Optimizer,
    best: Mapping[str, Tensor],
    history: History,
) -> None:
    part = file.with_suffix(".part")
    torch.save(
        {
            "weights": {name: p.detach() for name, p in trained.items()},
            "optimizer": optimizer.state_dict(),
            "best": dict(best),
            "history": asdict(history),
        },
        part,
    )
    os.replace(part, file)
