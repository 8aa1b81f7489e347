"""The network: a pre-trained encoder, masked-mean pooling, one linear head per task, and n-grams."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from monitor import SENTIMENTS
from monitor_plugins.transformer.ngrams import Features, NGrams

_LINK = re.compile(r"https?://[!-~]+")  # ends where Chinese text goes on without a space
_UNWRITABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")
ABSENT = -3.0  # a topic's logit before anything is learnt: most are absent from most texts
_LONGEST = 20_000  # characters; far more than any encoder's positions hold


def clean(text: str) -> str:
    """The text as the encoder reads it: entities decoded, a link shortened to ``http`` (its
    random letters would cost a dozen tokens), control characters and lone surrogates removed."""
    return _UNWRITABLE.sub(" ", _LINK.sub("http", html.unescape(text[:_LONGEST])))


def tokenize(tokenizer: Any, texts: Sequence[str], max_tokens: int) -> list[list[int]]:
    """Token ids of each cleaned text, special tokens included, at most `max_tokens` of them."""
    tokenizer.no_padding()
    tokenizer.enable_truncation(max_tokens)
    return [found.ids for found in tokenizer.encode_batch(texts)]


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
        for head in (self.sentiment, self.topics):
            nn.init.normal_(head.weight, std=0.02)
            nn.init.zeros_(head.bias)
        nn.init.constant_(self.topics.bias, ABSENT)
        self.ngrams = NGrams(buckets, len(SENTIMENTS) + topics) if buckets else None

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

    def logits(self, vectors: Tensor, texts: Sequence[Features]) -> tuple[Tensor, Tensor]:
        """Logits of the sentiments and of the topics, from sentence vectors and n-grams."""
        vectors = self.dropout(vectors)
        sentiment, topics = self.sentiment(vectors), self.topics(vectors)
        if self.ngrams is None:
            return sentiment, topics
        more = self.ngrams(texts)
        return sentiment + more[:, : len(SENTIMENTS)], topics + more[:, len(SENTIMENTS) :]

    def _run(self, hidden: Tensor, mask: Tensor, start: int, stop: int) -> Tensor:
        assert self.layers is not None
        attend = None if bool(mask.all()) else mask[:, None, None, :]
        for layer in self.layers[start:stop]:
            hidden = layer(hidden, attend)
        return hidden


def pool(hidden: Tensor, mask: Tensor) -> Tensor:
    weights = mask.unsqueeze(-1).to(hidden.dtype)
    return (hidden * weights).sum(1) / weights.sum(1).clamp(min=1)
