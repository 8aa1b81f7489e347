"""How to fit: what is frozen, at which rates the rest learns, in which order texts are shown."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from torch import Tensor

from monitor import ModelError
from monitor_plugins.transformer.network.encoder import Encoder, layer_of

METHODS = ("full", "top-k", "lora")


@dataclass(frozen=True, slots=True)
class Recipe:
    """How to fit. Learning rates are AdamW's peak, reached after `warmup` (a share of all
    steps) and lowered linearly to 0; `layer_decay` multiplies it per layer from the top.
    `rank` is the adapters'; `adversarial` and `consistency` as in `objective.accumulate`; of the `shares` of
    the fitted weights, beside those before, the one of the least development loss is kept (without
    development the first)."""

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
    shares: tuple[float, ...] = (1.0,)


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


def rate_at(step: int, total: int, warmup: float) -> float:
    """The learning rate at `step`, as a share of its peak."""
    rising = max(1, round(total * warmup))
    return min((step + 1) / rising, max(0.0, (total - step) / max(1, total - rising)))
