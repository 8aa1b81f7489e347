"""The encoder over texts laid end to end: nothing is computed for padding.

All but attention treats each token by itself. Attention runs over the texts of one length at a
time, which a batch in order of length holds side by side (the varlen batching of FlashAttention,
Dao 2023, for processors). A text's result does not depend on what shares its batch.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import gelu, linear, scaled_dot_product_attention

from monitor_plugins.transformer.bert import Bert, Embeddings, Layer
from monitor_plugins.transformer.encoder import Batch
from monitor_plugins.transformer.prune import live_heads, live_neurons

Linear = Callable[[Tensor], Tensor]
Make = Callable[[Tensor, Tensor], Linear]
"""Weight and bias in, a linear layer out."""
Run = tuple[int, int, int]
"""First token, number of texts, and length of texts of one length."""


def plain(weight: Tensor, bias: Tensor) -> Linear:
    """A linear layer in the precision of its weights."""
    return partial(linear, weight=weight, bias=bias)


class Packed:
    """`states` gives what `Encoder.states` does (zeros for padding)."""

    def __init__(self, embeddings: Embeddings, layers: Sequence[PackedLayer]) -> None:
        self.embeddings = embeddings
        self.layers = layers

    def states(self, batch: Batch) -> Tensor:
        hidden, runs = begin(self.embeddings, batch)
        for layer in self.layers:
            hidden = layer(hidden, runs)
        whole = hidden.new_zeros(*batch.ids.shape, hidden.shape[1])
        whole[batch.mask] = hidden
        return whole


def begin(embeddings: Embeddings, batch: Batch) -> tuple[Tensor, list[Run]]:
    """What the first layer takes."""
    places = torch.arange(batch.ids.shape[1]).expand_as(batch.ids)[batch.mask]
    hidden: Tensor = embeddings(batch.ids[batch.mask], places=places)
    return hidden, _runs(batch.mask.sum(1))


class PackedLayer:
    """One layer. `linear` are its four maps (to queries, keys and values; of what attention mixed; to the
    neurons; and back), each of one linear layer or of two (`factored`)."""

    def __init__(
        self, heads: int, norms: tuple[nn.LayerNorm, nn.LayerNorm], linear: Sequence[Sequence[Linear]]
    ) -> None:
        self.heads = heads
        self.norms = norms
        self.linear = linear

    @classmethod
    def of(cls, layer: Layer, make: Make) -> PackedLayer:
        """`layer` without the heads and neurons that are all zero (`prune`)."""
        attention, output = layer.attention.self, layer.attention.output.dense
        heads = live_heads(attention.value, output, attention.heads)
        width = attention.value.out_features // attention.heads
        kept = (heads[:, None] * width + torch.arange(width)).flatten()
        parts: list[nn.Linear] = [attention.query, attention.key, attention.value]
        project = make(
            torch.cat([part.weight[kept] for part in parts]), torch.cat([part.bias[kept] for part in parts])
        )
        mix = make(_columns(output.weight, kept), output.bias)
        widen, narrow = layer.intermediate.dense, layer.output.dense
        if isinstance(widen, nn.Sequential):
            maps = _both(widen, make), _both(narrow, make)
        else:
            neurons = live_neurons(widen, narrow)
            maps = (
                [make(_rows(widen.weight, neurons), _rows(widen.bias, neurons))],
                [make(_columns(narrow.weight, neurons), narrow.bias)],
            )
        norms = layer.attention.output.LayerNorm, layer.output.LayerNorm
        return cls(len(heads), norms, [[project], [mix], *maps])

    def replace(self, change: Callable[[Any], Linear]) -> PackedLayer:
        """The same with each of its linear layers changed."""
        return PackedLayer(self.heads, self.norms, [[change(one) for one in part] for part in self.linear])

    def __call__(self, hidden: Tensor, runs: Sequence[Run]) -> Tensor:
        project, mix, widen, narrow = self.linear
        mixed = _through(mix, self._attend(_through(project, hidden), runs))
        hidden = self.norms[0](mixed.add_(hidden))
        found: Tensor = self.norms[1](_through(narrow, gelu(_through(widen, hidden))).add_(hidden))
        return found

    def _attend(self, projected: Tensor, runs: Sequence[Run]) -> Tensor:
        mixed = projected.new_empty(len(projected), self.heads, projected.shape[1] // 3 // self.heads)
        for start, count, length in runs:
            stop = start + count * length
            parts = projected[start:stop].view(count, length, 3, self.heads, -1)
            queries, keys, values = parts.permute(2, 0, 3, 1, 4).unbind(0)
            found = scaled_dot_product_attention(queries, keys, values)
            mixed[start:stop].view(count, length, self.heads, -1).copy_(found.transpose(1, 2))
        return mixed.flatten(1)


def pack(body: Bert) -> Packed:
    """`body` in the precision of its weights."""
    return Packed(body.embeddings, [PackedLayer.of(layer, plain) for layer in body.encoder.layer])


def _through(linear: Sequence[Linear], tokens: Tensor) -> Tensor:
    for one in linear:
        tokens = one(tokens)
    return tokens


def _both(factors: nn.Sequential, make: Make) -> list[Linear]:
    first, second = factors
    return [
        make(first.weight, first.weight.new_zeros(first.out_features)),
        make(second.weight, second.bias),
    ]


def _rows(value: Tensor, kept: Tensor) -> Tensor:
    """The rows in `kept`: the tensor itself where those are all, for weights are large."""
    return value if len(kept) == len(value) else value[kept]


def _columns(value: Tensor, kept: Tensor) -> Tensor:
    return value if len(kept) == value.shape[1] else value[:, kept].contiguous()


def _runs(lengths: Tensor) -> list[Run]:
    """Neighbouring texts of one length, taken together."""
    runs: list[Run] = []
    start = 0
    found = torch.unique_consecutive(lengths, return_counts=True)
    for length, count in zip(*(one.tolist() for one in found), strict=True):
        runs.append((start, count, length))
        start += length * count
    return runs
