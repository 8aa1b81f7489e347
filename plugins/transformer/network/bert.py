"""BERT's network in plain PyTorch, for serving: Hugging Face's names, weights and results.

Importing transformers' own takes seconds and some 200 MB, which every worker would pay at its start.
Fitting uses transformers, and reads and writes the same tensors.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

import torch
from torch import Tensor, nn

# Where each kind starts to count positions, beyond its padding token's id where it does.
_FIRST = {"bert": None, "roberta": 1, "xlm-roberta": 1}
KINDS = tuple(_FIRST)
_FIXED = {
    "hidden_act": "gelu",
    "position_embedding_type": "absolute",
    "is_decoder": False,
    "add_cross_attention": False,
}


@dataclass(frozen=True, slots=True)
class Shape:
    """The measures of a network, by their names in a Hugging Face configuration; `first` is the first
    token's position."""

    vocab_size: int
    hidden_size: int
    num_hidden_layers: int
    num_attention_heads: int
    intermediate_size: int
    max_position_embeddings: int
    type_vocab_size: int
    layer_norm_eps: float
    first: int

    @classmethod
    def of(cls, architecture: Mapping[str, Any]) -> Shape | None:
        """None where this module does not build such a network."""
        kind = architecture.get("model_type")
        if kind not in _FIRST or any(architecture.get(key, value) != value for key, value in _FIXED.items()):
            return None
        offset = _FIRST[kind]
        known = {
            **architecture,
            "first": 0 if offset is None else architecture.get("pad_token_id", 1) + offset,
        }
        if any(not isinstance(known.get(one.name), int | float) for one in fields(cls)):
            return None
        return cls(**{one.name: known[one.name] for one in fields(cls)})


@dataclass(frozen=True, slots=True)
class States:
    last_hidden_state: Tensor


class Linear(nn.Linear):
    def reset_parameters(self) -> None:
        """Nothing: the weights are about to be read."""


class Embedding(nn.Embedding):
    def reset_parameters(self) -> None:
        """Nothing: the weights are about to be read."""


class Embeddings(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.first = shape.first
        self.word_embeddings = Embedding(shape.vocab_size, shape.hidden_size)
        self.position_embeddings = Embedding(shape.max_position_embeddings, shape.hidden_size)
        self.token_type_embeddings = Embedding(shape.type_vocab_size, shape.hidden_size)
        self.LayerNorm = nn.LayerNorm(shape.hidden_size, eps=shape.layer_norm_eps)

    def forward(
        self,
        input_ids: Tensor | None = None,
        inputs_embeds: Tensor | None = None,
        places: Tensor | None = None,
    ) -> Tensor:
        """Of token ids or word embeddings; `places` counts a text's tokens from 0 (None: the last
        dimension but the width does)."""
        words = self.word_embeddings(input_ids) if inputs_embeds is None else inputs_embeds
        if places is None:
            places = torch.arange(words.shape[-2], device=words.device)
        positions = self.position_embeddings(places + self.first)
        found: Tensor = self.LayerNorm(words + self.token_type_embeddings.weight[0] + positions)
        return found


class SelfAttention(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.heads = shape.num_attention_heads
        self.query, self.key, self.value = (Linear(shape.hidden_size, shape.hidden_size) for _ in range(3))

    def forward(self, hidden: Tensor, attend: Tensor | None) -> Tensor:
        queries, keys, values = (
            part(hidden).unflatten(-1, (self.heads, -1)).transpose(1, 2)
            for part in (self.query, self.key, self.value)
        )
        found = nn.functional.scaled_dot_product_attention(queries, keys, values, attend)
        return found.transpose(1, 2).flatten(2)


class Output(nn.Module):
    """A linear layer back to the width, the residual, and its normalisation."""

    def __init__(self, inner: int, shape: Shape) -> None:
        super().__init__()
        self.dense = Linear(inner, shape.hidden_size)
        self.LayerNorm = nn.LayerNorm(shape.hidden_size, eps=shape.layer_norm_eps)

    def forward(self, found: Tensor, hidden: Tensor) -> Tensor:
        result: Tensor = self.LayerNorm(self.dense(found) + hidden)
        return result


class Attention(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.self = SelfAttention(shape)
        self.output = Output(shape.hidden_size, shape)


class Intermediate(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.dense = Linear(shape.hidden_size, shape.intermediate_size)


class Layer(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.attention = Attention(shape)
        self.intermediate = Intermediate(shape)
        self.output = Output(shape.intermediate_size, shape)

    def forward(self, hidden: Tensor, attend: Tensor | None = None) -> Tensor:
        """`attend` is true where a token may be attended to: texts x 1 x 1 x tokens."""
        hidden = self.attention.output(self.attention.self(hidden, attend), hidden)
        wide = nn.functional.gelu(self.intermediate.dense(hidden))
        result: Tensor = self.output(wide, hidden)
        return result


class Layers(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.layer = nn.ModuleList(Layer(shape) for _ in range(shape.num_hidden_layers))

    def __iter__(self) -> Iterator[Layer]:
        for layer in self.layer:
            assert isinstance(layer, Layer)
            yield layer


class Bert(nn.Module):
    """An encoder as `Encoder` takes it for its body. Its weights are whatever was in memory until they
    are loaded."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.config = shape
        self.embeddings = Embeddings(shape)
        self.encoder = Layers(shape)

    def get_input_embeddings(self) -> Embedding:
        return self.embeddings.word_embeddings

    def forward(
        self,
        input_ids: Tensor | None = None,
        attention_mask: Tensor | None = None,
        inputs_embeds: Tensor | None = None,
    ) -> States:
        hidden = self.embeddings(input_ids, inputs_embeds)
        attend = None if attention_mask is None else attention_mask.bool()[:, None, None, :]
        for layer in self.encoder.layer:
            hidden = layer(hidden, attend)
        return States(hidden)
