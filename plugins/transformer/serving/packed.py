"""The encoder over texts laid end to end: nothing is computed for padding.

All but attention treats each token by itself. On a GPU FlashAttention takes texts of many lengths at once
(Dao 2023); on a processor attention runs over the texts of one length at a time, which a batch in order
of length holds side by side. A text's result does not depend on what shares its batch.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import gelu, linear, scaled_dot_product_attention

from monitor_plugins.transformer.compressing.prune import live_heads, live_neurons, places_of
from monitor_plugins.transformer.network.bert import Bert, Embeddings, Layer
from monitor_plugins.transformer.network.encoder import Batch
from monitor_plugins.transformer.network.hardware import send

Linear = Callable[[Tensor], Tensor]
Make = Callable[[Tensor, Tensor], Linear]
"""Weight and bias in, a linear layer out."""
Attend = Callable[[Tensor], Tensor]
"""Queries, keys and values in (tokens x 3 x heads x width), what each token attends to out (tokens x
heads x width)."""
Run = tuple[int, int, int]
"""First token, number of texts, and length of texts of one length."""

OFF = 0.05  # of a state's length: rounding in bfloat16 stays well below it


def plain(weight: Tensor, bias: Tensor) -> Linear:
    """A linear layer in the precision of its weights."""
    return partial(linear, weight=weight, bias=bias)


class Packed:
    """`states` gives what `Encoder.states` does (zeros for padding)."""

    def __init__(self, embeddings: Embeddings, layers: Sequence[PackedLayer]) -> None:
        self.embeddings = embeddings
        self.layers = layers

    def states(self, batch: Batch) -> Tensor:
        hidden, attend = begin(self.embeddings, batch)
        for layer in self.layers:
            hidden = layer(hidden, attend)
        whole = hidden.new_zeros(batch.ids.numel(), hidden.shape[1])
        return whole.index_copy_(0, batch.tokens, hidden).view(*batch.ids.shape, -1)


def begin(embeddings: Embeddings, batch: Batch) -> tuple[Tensor, Attend]:
    """What the first layer takes."""
    ids, places = batch.ids.flatten()[batch.tokens], batch.tokens % batch.ids.shape[1]
    hidden: Tensor = embeddings(ids, places=places)
    if hidden.device.type != "cpu":
        starts = torch.from_numpy(np.cumsum([0, *batch.lengths], dtype=np.int32))
        longest = int(batch.lengths.max())
        return hidden, partial(attend_at_once, starts=send(starts, hidden.device), longest=longest)
    return hidden, partial(attend_by_length, runs=_runs(batch.lengths))


def attend_at_once(parts: Tensor, starts: Tensor, longest: int) -> Tensor:
    """By FlashAttention; `starts` are the first tokens of the texts, and the number of all."""
    from torch.nn.attention.varlen import varlen_attn

    queries, keys, values = parts.unbind(1)
    found = varlen_attn(queries, keys, values, starts, starts, longest, longest)
    assert isinstance(found, Tensor)
    return found


def attend_by_length(parts: Tensor, runs: Sequence[Run]) -> Tensor:
    """By one call for the texts of a length."""
    mixed = parts.new_empty(len(parts), *parts.shape[2:])
    for start, count, length in runs:
        stop = start + count * length
        queries, keys, values = parts[start:stop].unflatten(0, (count, length)).permute(2, 0, 3, 1, 4)
        found = scaled_dot_product_attention(queries, keys, values)
        mixed[start:stop].view(count, length, *mixed.shape[1:]).copy_(found.transpose(1, 2))
    return mixed


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
        kept = places_of(heads, width)
        parts: list[nn.Linear] = [attention.query, attention.key, attention.value]
        project = make(
            torch.cat([part.weight[kept] for part in parts]), torch.cat([part.bias[kept] for part in parts])
        )
        mix = make(_columns(output.weight, kept), output.bias)
        widen, narrow = layer.intermediate.dense, layer.output.dense
        if isinstance(widen, nn.Sequential) and isinstance(narrow, nn.Sequential):
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

    def __call__(self, hidden: Tensor, attend: Attend) -> Tensor:
        project, mix, widen, narrow = self.linear
        parts = _through(project, hidden).unflatten(1, (3, self.heads, -1))
        mixed = _through(mix, attend(parts).flatten(1))
        hidden = self.norms[0](mixed.add_(hidden))
        found: Tensor = self.norms[1](_through(narrow, gelu(_through(widen, hidden))).add_(hidden))
        return found


def pack(body: Bert) -> Packed:
    """`body` in the precision of its weights."""
    return Packed(body.embeddings, [PackedLayer.of(layer, plain) for layer in body.encoder])


def unlike(found: Packed, body: Bert, sample: Batch) -> str:
    """Why `found` cannot stand for `body`; "" where both give `sample` the same states."""
    try:
        with torch.inference_mode():
            wanted = body(sample.ids, sample.mask).last_hidden_state[sample.mask].float()
            off = (found.states(sample)[sample.mask].float() - wanted).norm(dim=1) / wanted.norm(dim=1)
    except (RuntimeError, ImportError, TypeError) as error:
        return " ".join(str(error).split())[:300]
    worst = float(off.max())
    return "" if worst <= OFF else f"its states are {worst:.0%} off"


def _through(linear: Sequence[Linear], tokens: Tensor) -> Tensor:
    for one in linear:
        tokens = one(tokens)
    return tokens


def _both(factors: nn.Sequential, make: Make) -> list[Linear]:
    first, second = factors
    assert isinstance(first, nn.Linear) and isinstance(second, nn.Linear)
    return [
        make(first.weight, first.weight.new_zeros(first.out_features)),
        make(second.weight, second.bias),
    ]


def _rows(value: Tensor, kept: Tensor) -> Tensor:
    """The rows in `kept`: the tensor itself where those are all, for weights are large."""
    return value if len(kept) == len(value) else value[kept]


def _columns(value: Tensor, kept: Tensor) -> Tensor:
    return value if len(kept) == value.shape[1] else value[:, kept].contiguous()


def _runs(lengths: NDArray[np.int64]) -> list[Run]:
    """Neighbouring texts of one length, taken together."""
    runs: list[Run] = []
    start = 0
    for length, some in itertools.groupby(lengths.tolist()):
        count = len(list(some))
        runs.append((start, count, length))
        start += length * count
    return runs
