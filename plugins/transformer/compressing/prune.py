"""Making a network smaller without new weights: heads, neurons and layers that matter least.

Heads and neurons are set to zero, so that the network keeps its shape and every tool still reads it; the
serving engine leaves out what is zero (`packed`). A head whose values and outputs are all zero,
and a neuron whose weights in and out are, get no gradient and no decay: further fitting leaves
them so, and needs no masks.

Heads are ranked by the size of what they can add to the residual stream, the Frobenius norm of
their value times output weights, neurons likewise (magnitude pruning, Han et al. 2015, of the
structures that Michel et al. 2019, Are sixteen heads really better than one?, and McCarley et al.
2019 prune). Layers are ranked by how far they turn the states of texts (block influence, Men et
al. 2024, ShortGPT).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor, nn

from monitor import ModelError
from monitor_plugins.transformer.network.encoder import Batch, Encoder, Parts


def prune_heads(model: Encoder, share: float, layers: Iterable[int] | None = None) -> int:
    """Zero the weakest `share` (0 to 1, below 1) of the heads of each of the layers (all); how many."""
    count = 0
    for layer in _chosen(model, layers):
        heads = model.body.config.num_attention_heads
        parts = Parts.of(layer)
        weak = heads_by_size(parts, heads)[: _part(share, heads, "heads")]
        gone = places_of(weak, parts.value.out_features // heads)
        with torch.no_grad():
            for part in (parts.query, parts.key, parts.value):
                part.weight[gone] = 0
                part.bias[gone] = 0
            parts.output.weight[:, gone] = 0
        count += len(weak)
    return count


def prune_neurons(model: Encoder, share: float, layers: Iterable[int] | None = None) -> int:
    """Zero the weakest `share` of the neurons of each of the layers (all); how many."""
    count = 0
    for layer in _chosen(model, layers):
        neurons = Parts.of(layer).neurons()
        if neurons is None:
            raise ModelError("neurons of a model in low-rank factors cannot be removed: start from another")
        widen, narrow = neurons
        size = widen.weight.norm(dim=1) * narrow.weight.norm(dim=0)
        gone = size.argsort(stable=True)[: _part(share, len(size), "neurons")]
        with torch.no_grad():
            widen.weight[gone] = 0
            widen.bias[gone] = 0
            narrow.weight[:, gone] = 0
        count += len(gone)
    return count


def heads_by_size(parts: Parts, heads: int) -> Tensor:
    """The numbers of the heads, the one that can add least first."""
    values = parts.value.weight.unflatten(0, (heads, -1))  # heads x head width x width
    outputs = parts.output.weight.unflatten(1, (heads, -1)).transpose(0, 1)
    order: Tensor = (outputs @ values).flatten(1).norm(dim=1).argsort(stable=True)
    return order


def drop_layers(model: Encoder, keep: int, batches: Sequence[Batch]) -> list[int]:
    """Keep the `keep` layers that turn the states of the batches' tokens furthest; their numbers.

    Raises ModelError where the network has no such layers, or fewer.
    """
    layers = _chosen(model, None)
    if not 0 < keep <= len(layers):
        raise ModelError(f"layers = {keep}: expected 1 to {len(layers)} for this encoder")
    turned = torch.zeros(len(layers))
    model.eval()
    with torch.inference_mode():
        for batch in batches:
            hidden = model.below(batch, 0)
            for i in range(len(layers)):
                after = model.run(hidden, batch.mask, i, i + 1)
                same = nn.functional.cosine_similarity(hidden, after, dim=-1)
                turned[i] += (1 - same)[batch.mask].mean().cpu()
                hidden = after
    kept = sorted(turned.argsort(descending=True, stable=True)[:keep].tolist())
    model.body.encoder.layer = nn.ModuleList(layers[i] for i in kept)
    model.body.config.num_hidden_layers = keep
    return kept


def live_heads(value: nn.Linear, output: nn.Linear, heads: int) -> Tensor:
    """The numbers of the heads that are not all zero."""
    rows = value.weight.any(1) | value.bias.bool()
    return (rows | output.weight.any(0)).view(heads, -1).any(1).nonzero().flatten()


def places_of(heads: Tensor, width: int) -> Tensor:
    """The rows, or columns, that the heads of that width have in a weight."""
    return (heads[:, None] * width + torch.arange(width, device=heads.device)).flatten()


def live_neurons(widen: nn.Linear, narrow: nn.Linear) -> Tensor:
    """The numbers of the neurons that are not all zero."""
    return (widen.weight.any(1) | widen.bias.bool() | narrow.weight.any(0)).nonzero().flatten()


def _chosen(model: Encoder, layers: Iterable[int] | None) -> list[nn.Module]:
    if model.layers is None:
        raise ModelError(f"pruning needs an encoder in BERT's shape, and {type(model.body).__name__} is not")
    return [model.layers[i] for i in (range(model.depth) if layers is None else layers)]


def _part(share: float, total: int, what: str) -> int:
    if not 0 <= share < 1:
        raise ModelError(f"{what} = {share}: expected the share to remove, from 0 to under 1")
    return min(round(share * total), total - 1)
