"""The network: a pre-trained encoder, one head per task, and n-grams.

Sentiment and topics are read off the mean of the last layer's states; the sentiment towards a
company off the mean over the tokens that name it, beside the mean of all. A text is
encoded once, however many companies it names (the span representation of Lee et al. 2017,
End-to-end neural coreference resolution, with means for its attention).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from monitor import SENTIMENTS
from monitor_plugins.transformer.grams import Joined
from monitor_plugins.transformer.network.hardware import send
from monitor_plugins.transformer.network.ngrams import Wide
from monitor_plugins.transformer.rows import Row, Stack

ABSENT = -3.0  # a topic's logit before anything is learnt: most are absent from most texts


@dataclass(frozen=True, slots=True)
class Batch:
    """A `Stack` as tensors. `mask` is true where there is a token, and `tokens` are those places, row by
    row, in the flattened matrix. `lengths` stay in the host's memory."""

    ids: Tensor
    mask: Tensor
    tokens: Tensor
    owners: Tensor
    names: Tensor
    lengths: NDArray[np.int64]

    @classmethod
    def of(cls, rows: Sequence[Row], padding: int) -> Batch:
        return cls.from_arrays(Stack.of(rows, padding))

    @classmethod
    def from_arrays(cls, stack: Stack) -> Batch:
        mask = np.arange(stack.ids.shape[1]) < stack.lengths[:, None]
        arrays = stack.ids.astype(np.int64), mask, np.flatnonzero(mask), stack.owners, stack.names
        ids, real, tokens, owners, names = map(torch.from_numpy, arrays)
        return cls(ids, real, tokens, owners, names, stack.lengths)

    def to(self, device: torch.device) -> Batch:
        arrays = self.ids, self.mask, self.tokens, self.owners, self.names
        ids, mask, tokens, owners, names = (send(one, device) for one in arrays)
        return Batch(ids, mask, tokens, owners, names, self.lengths)


@dataclass(frozen=True, slots=True)
class Logits:
    """What the heads say: texts x sentiments, texts x topics, companies x sentiments."""

    sentiment: Tensor
    topics: Tensor
    company: Tensor

    def to(self, device: torch.device) -> Logits:
        return Logits(*(getattr(self, one.name).to(device) for one in fields(self)))


@dataclass(frozen=True, slots=True)
class Parts:
    """The linear maps of one layer in BERT's shape; the two to the neurons and back may be factored."""

    query: nn.Linear
    key: nn.Linear
    value: nn.Linear
    output: nn.Linear
    widen: nn.Linear | nn.Sequential
    narrow: nn.Linear | nn.Sequential

    @classmethod
    def of(cls, layer: Any) -> Parts:
        inner = layer.attention.self
        mixed, widen, narrow = layer.attention.output.dense, layer.intermediate.dense, layer.output.dense
        return cls(inner.query, inner.key, inner.value, mixed, widen, narrow)

    def neurons(self) -> tuple[nn.Linear, nn.Linear] | None:
        """The maps to the neurons and back; None where they are factored."""
        if isinstance(self.widen, nn.Linear) and isinstance(self.narrow, nn.Linear):
            return self.widen, self.narrow
        return None


class Encoder(nn.Module):
    """`body` is a Hugging Face encoder. One in BERT's shape (an `embeddings` and an
    `encoder.layer` list) can also be run in two parts, below and above a layer."""

    body: Any

    def __init__(self, body: Any, topics: int, buckets: int = 0, dropout: float = 0.1) -> None:
        super().__init__()
        if getattr(body, "pooler", None) is not None:
            body.pooler = None
        self.body = body
        self.dropout = nn.Dropout(dropout)
        width = self.body.config.hidden_size
        self.sentiment = nn.Linear(width, len(SENTIMENTS))
        self.topics = nn.Linear(width, topics)
        first, last = nn.Linear(2 * width, width), nn.Linear(width, len(SENTIMENTS))
        self.company = nn.Sequential(first, nn.GELU(), nn.Dropout(dropout), last)
        for head in (self.sentiment, self.topics, first, last):
            nn.init.normal_(head.weight, std=0.02)
            nn.init.zeros_(head.bias)
        nn.init.constant_(self.topics.bias, ABSENT)
        self.ngrams = Wide(buckets, topics) if buckets else None

    @property
    def layers(self) -> nn.ModuleList | None:
        """The encoder's layers, lowest first; None where it is not in BERT's shape."""
        return getattr(getattr(self.body, "encoder", None), "layer", None)

    @property
    def depth(self) -> int:
        """Number of layers; 0 where they cannot be told apart."""
        return len(self.layers or ())

    def below(self, batch: Batch, layer: int) -> Tensor:
        """Hidden states that enter `layer` (0: what the embeddings give)."""
        return self.run(self.body.embeddings(input_ids=batch.ids), batch.mask, 0, layer)

    def above(self, hidden: Tensor, batch: Batch, layer: int) -> Tensor:
        """The last layer's states, from the hidden states that enter `layer`."""
        return self.run(hidden, batch.mask, layer, self.depth)

    def states(self, batch: Batch) -> Tensor:
        """The last layer's states."""
        hidden: Tensor = self.body(input_ids=batch.ids, attention_mask=batch.mask.long()).last_hidden_state
        return hidden

    def logits(self, hidden: Tensor, batch: Batch, said: Joined) -> Logits:
        """All heads' logits, from the last layer's states and the texts' n-grams (of no text: without)."""
        return self.heads(pool(hidden, batch.mask), hidden, batch, said)

    def heads(self, means: Tensor, hidden: Tensor, batch: Batch, said: Joined) -> Logits:
        """The same, where the states' `means` (`pool`) are known."""
        vectors = self.dropout(means)
        named = (batch.names.to(hidden.dtype).unsqueeze(1) @ hidden[batch.owners]).squeeze(1)
        both = self.dropout(torch.cat([named, means[batch.owners]], dim=1))
        deep = Logits(self.sentiment(vectors), self.topics(vectors), self.company(both))
        if self.ngrams is None or not len(said.texts.lengths):
            return deep
        sentiment, topics, company = self.ngrams(said)
        return Logits(deep.sentiment + sentiment, deep.topics + topics, deep.company + company)

    def run(self, hidden: Tensor, mask: Tensor, start: int, stop: int) -> Tensor:
        """The states that leave layer `stop - 1`, from those that enter layer `start`."""
        assert self.layers is not None
        attend = None if bool(mask.all()) else mask[:, None, None, :]
        for layer in self.layers[start:stop]:
            hidden = layer(hidden, attend)
        return hidden


def layer_of(name: str) -> int | None:
    """Which layer a parameter or module of that name belongs to; None where to none."""
    parts = name.split(".")
    return int(parts[parts.index("layer") + 1]) if "layer" in parts[:-1] else None


def pool(hidden: Tensor, mask: Tensor) -> Tensor:
    """Sentence vectors: the mean of the states over the tokens."""
    weights = mask.unsqueeze(-1).to(hidden.dtype)
    return (hidden * weights).sum(1) / weights.sum(1).clamp(min=1)
