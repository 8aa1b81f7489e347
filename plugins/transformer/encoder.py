"""The network: a pre-trained encoder, masked-mean pooling and one linear head per task."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from monitor import SENTIMENTS

_LINK = re.compile(r"https?://\S+")
_UNWRITABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")
_LONGEST = 20_000  # characters; far more than any encoder's positions hold


def clean(text: str) -> str:
    """The text as the encoder reads it: entities decoded, a link shortened to ``http`` (its
    random letters would cost a dozen tokens), control characters and lone surrogates removed."""
    return _UNWRITABLE.sub(" ", _LINK.sub("http", html.unescape(text[:_LONGEST])))


def tokenize(tokenizer: Any, texts: Sequence[str], max_tokens: int) -> list[list[int]]:
    """Token ids of each text, special tokens included, at most `max_tokens` of them."""
    tokenizer.no_padding()
    tokenizer.enable_truncation(max_tokens)
    return [found.ids for found in tokenizer.encode_batch([clean(text) for text in texts])]


def pad(rows: Sequence[Sequence[int]], padding: int) -> tuple[Tensor, Tensor]:
    """The rows as one matrix, and a mask that is true where it holds a token."""
    width = max(len(row) for row in rows)
    ids = torch.full((len(rows), width), padding, dtype=torch.long)
    for i, row in enumerate(rows):
        ids[i, : len(row)] = torch.tensor(row, dtype=torch.long)
    lengths = torch.tensor([len(row) for row in rows])
    return ids, torch.arange(width) < lengths[:, None]


class Encoder(nn.Module):
    """`body` is a Hugging Face encoder. One in BERT's shape (an `embeddings` and an
    `encoder.layer` list) can also be run in two parts, below and above a layer."""

    def __init__(self, body: nn.Module, topics: int, dropout: float = 0.1) -> None:
        super().__init__()
        if getattr(body, "pooler", None) is not None:
            body.pooler = None
        self.body: Any = body
        self.dropout = nn.Dropout(dropout)
        width = self.body.config.hidden_size
        self.sentiment = nn.Linear(width, len(SENTIMENTS))
        self.topics = nn.Linear(width, topics)
        for head in (self.sentiment, self.topics):
            nn.init.normal_(head.weight, std=0.02)
            nn.init.zeros_(head.bias)
        nn.init.constant_(self.topics.bias, -3.0)  # most topics are absent from most texts

    @property
    def layers(self) -> nn.ModuleList | None:
        """The encoder's layers, lowest first; None where it is not in BERT's shape."""
        return getattr(getattr(self.body, "encoder", None), "layer", None)

    @property
    def depth(self) -> int:
        """Number of layers; 0 where they cannot be told apart."""
        return len(self.layers or ())

    def below(self, ids: Tensor, mask: Tensor, layer: int) -> Tensor:
        """Hidden states that enter `layer` (0: what the embeddings give)."""
        return self._run(self.body.embeddings(input_ids=ids), mask, 0, layer)

    def above(self, hidden: Tensor, mask: Tensor, layer: int) -> Tensor:
        """Sentence vectors from the hidden states that enter `layer`."""
        return pool(self._run(hidden, mask, layer, self.depth), mask)

    def vectors(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Sentence vectors: the mean of the last layer's states over the tokens."""
        return pool(self.body(input_ids=ids, attention_mask=mask.long()).last_hidden_state, mask)

    def heads(self, vectors: Tensor) -> tuple[Tensor, Tensor]:
        """Logits of the sentiments and of the topics."""
        vectors = self.dropout(vectors)
        return self.sentiment(vectors), self.topics(vectors)

    def _run(self, hidden: Tensor, mask: Tensor, start: int, stop: int) -> Tensor:
        assert self.layers is not None
        attend = None if bool(mask.all()) else mask[:, None, None, :]
        for layer in self.layers[start:stop]:
            hidden = layer(hidden, attend)
        return hidden


def pool(hidden: Tensor, mask: Tensor) -> Tensor:
    weights = mask.unsqueeze(-1).to(hidden.dtype)
    return (hidden * weights).sum(1) / weights.sum(1).clamp(min=1)


def load_base(base: str) -> Any:
    """The Hugging Face encoder in folder `base` or of that name on the hub, in float32."""
    import transformers

    return transformers.AutoModel.from_pretrained(base, dtype=torch.float32)
