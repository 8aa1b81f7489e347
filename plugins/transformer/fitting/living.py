"""A pruned network while it is fitted: without the heads and neurons that are zero.

They stay zero (`prune`) and would cost as much as the others, a third of the shipped model's upper layers.
Adapters would even wake them, for what they add to a row of zeros is none: the fitted model would serve
as slowly as one that was never pruned.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from monitor_plugins.transformer.compressing.prune import live_heads, live_neurons, places_of
from monitor_plugins.transformer.network.bert import KINDS
from monitor_plugins.transformer.network.encoder import Encoder, Parts


@dataclass(frozen=True, slots=True)
class Part:
    """A linear layer, its shape before, and which of its rows and columns are left."""

    dense: nn.Linear
    shape: tuple[int, int]
    rows: Tensor
    columns: Tensor


def cut(model: Encoder) -> list[Part]:
    """Take what is all zero out of the layers, in place; what `mend` takes. Nothing where the encoder is of a
    kind that the serving engine would not leave it out of either, or nothing in it is pruned."""
    parts: list[Part] = []
    known = getattr(model.body.config, "model_type", "") in KINDS
    for layer in (model.layers or ()) if known else ():
        whole = Parts.of(layer)
        number: int = model.body.config.num_attention_heads
        heads = live_heads(whole.value, whole.output, number)
        if len(heads) < number:
            kept = places_of(heads, whole.value.out_features // number)
            parts += [_cut(one, rows=kept) for one in (whole.query, whole.key, whole.value)]
            parts.append(_cut(whole.output, columns=kept))
        if neurons := whole.neurons():
            widen, narrow = neurons
            if len(kept := live_neurons(widen, narrow)) < widen.out_features:
                parts += [_cut(widen, rows=kept), _cut(narrow, columns=kept)]
    return parts


def mend(parts: Sequence[Part]) -> None:
    """Put zeros back where they were."""
    for part in parts:
        dense = part.dense
        weight, bias = dense.weight.new_zeros(part.shape), dense.bias.new_zeros(part.shape[0])
        weight[part.rows[:, None], part.columns] = dense.weight.detach()
        bias[part.rows] = dense.bias.detach()
        _set(dense, weight, bias)


def _cut(dense: nn.Linear, rows: Tensor | None = None, columns: Tensor | None = None) -> Part:
    every = [torch.arange(n, device=dense.weight.device) for n in dense.weight.shape]
    rows, columns = every[0] if rows is None else rows, every[1] if columns is None else columns
    part = Part(dense, (dense.out_features, dense.in_features), rows, columns)
    _set(dense, dense.weight.detach()[rows[:, None], columns], dense.bias.detach()[rows])
    return part


def _set(dense: nn.Linear, weight: Tensor, bias: Tensor) -> None:
    dense.out_features, dense.in_features = weight.shape
    dense.weight = nn.Parameter(weight.contiguous(), requires_grad=dense.weight.requires_grad)
    dense.bias = nn.Parameter(bias, requires_grad=dense.bias.requires_grad)
