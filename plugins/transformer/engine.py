"""Serving: texts in, probabilities or sentence vectors out, same length and order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import structlog
import tokenizers
import torch
from numpy.typing import NDArray
from torch import Tensor

from monitor_plugins.transformer import folder, packed, quantized
from monitor_plugins.transformer.batching import ahead, batches, halving
from monitor_plugins.transformer.bert import Bert
from monitor_plugins.transformer.cache import Cache, content_key
from monitor_plugins.transformer.encoder import Batch, Encoder, Row, pool, tokenize
from monitor_plugins.transformer.hardware import choose_device, choose_precision
from monitor_plugins.transformer.names import clean
from monitor_plugins.transformer.network import build_for_serving
from monitor_plugins.transformer.ngrams import Grams, read

CACHED = 20_000  # texts; some 2 KB each
_EVEN = (0.33, 0.34, 0.33)
_STRANGE = 0.5  # share of a text's tokens unknown to the vocabulary from which it is not supported
_CHUNK = 1024  # texts tokenised at a time

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Outcome:
    """Calibrated probabilities, one row per text (`company`: per text one row for each company asked
    about), and why a row should not be trusted ("" where it may)."""

    sentiment: NDArray[np.float32]
    topics: NDArray[np.float32]
    company: Sequence[NDArray[np.float32]]
    unsupported: Sequence[str]


@dataclass(frozen=True, slots=True)
class Judged:
    """One text's share of an `Outcome`."""

    sentiment: NDArray[np.float32]
    topics: NDArray[np.float32]
    company: NDArray[np.float32]
    unsupported: str


@dataclass(frozen=True, slots=True)
class Ready:
    """A text made ready for the network, and its place among the texts given."""

    place: int
    row: Row
    grams: Grams | None
    unsupported: str


class Engine:
    """A model ready to serve.

    Texts are tokenised while others are computed, and computed in order of length, in batches of at most
    `batch_tokens` tokens, padding included; a batch too large for the memory is halved. Results are kept
    for `cached` texts each.
    """

    def __init__(
        self,
        config: folder.Config,
        model: Encoder,
        tokenizer: tokenizers.Tokenizer,
        max_tokens: int,
        batch_tokens: int,
        states: Callable[[Batch], Tensor] | None = None,
        cached: int = CACHED,
    ) -> None:
        """`states` computes what `model.states` does, and takes its place."""
        self.config = config
        self.model = model
        self.tokenizer = tokenizer
        self.max_tokens = max_tokens
        self.batch_tokens = batch_tokens
        self.judged: Cache[Judged] = Cache(cached)
        self.embedded: Cache[NDArray[np.float32]] = Cache(cached)
        self._states = states or model.states

    @classmethod
    def load(
        cls,
        path: Path,
        device: str = "auto",
        precision: str = "auto",
        max_tokens: int = 0,
        batch_tokens: int = 2048,
        cached: int = CACHED,
    ) -> Engine:
        """Read and check the model in folder `path`. `max_tokens` 0: what the model was measured
        at. Raises ModelError."""
        where = choose_device(device)
        kind = choose_precision(precision, where)
        found = folder.read(path)
        model, tokenizer = build_for_serving(found, path)
        model.eval().requires_grad_(False)
        states = model.states
        if kind == torch.int8 and (reason := _why_not_int8(model, where)):
            log.warning("serving in float32 instead of int8", model=found.config.id, reason=reason)
            kind = torch.float32
        if kind != torch.int8:
            model.to(where, kind)
        if model.ngrams is not None:
            model.ngrams.float()  # a sum of many small numbers
        longest = getattr(model.body.config, "max_position_embeddings", 512) - 2
        most = min(max_tokens or found.config.max_tokens, longest)
        if isinstance(model.body, Bert) and kind == torch.int8:
            sample = Batch.of(tokenize(tokenizer, quantized.SENTENCES, most), found.config.padding)
            states = quantized.pack(model.body, sample).states
        elif isinstance(model.body, Bert) and where.type == "cpu":
            states = packed.pack(model.body).states
        return cls(found.config, model, tokenizer, most, batch_tokens, states, cached)

    def judge(self, texts: Sequence[str], names: Sequence[Sequence[str]] = ()) -> Outcome:
        """Probabilities of every task; `names` are the companies asked about in each text (none: no
        text is asked about any). A blank text gets even odds, a shade above them for neutral."""
        texts = [clean(text) for text in texts]
        asked = names or [()] * len(texts)
        keys = [content_key(*one) for one in zip(texts, asked, strict=True)]
        found = {key: self.judged.get(key) for key in dict.fromkeys(keys)}
        for key, text, some_names in zip(keys, texts, asked, strict=True):
            if not text.strip():
                found[key] = self._blank(some_names)
        places = {key: i for i, key in enumerate(keys) if found[key] is None}

        def compute(some: Sequence[Ready]) -> None:
            for one, judged in zip(some, self._judge(some), strict=True):
                found[keys[one.place]] = judged
                self.judged.put(keys[one.place], judged)

        for some in ahead(self._ready(texts, asked, sorted(places.values()), self.config.ngrams)):
            halving(compute, some)
        each = [judged for key in keys if (judged := found[key]) is not None]
        return Outcome(
            _stacked([one.sentiment for one in each], len(self.config.sentiments)),
            _stacked([one.topics for one in each], len(self.config.topics)),
            [one.company.copy() for one in each],
            [one.unsupported for one in each],
        )

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Sentence vectors of length 1, one row per text."""
        texts = [clean(text) for text in texts]
        keys = [content_key(text) for text in texts]
        found = {key: self.embedded.get(key) for key in dict.fromkeys(keys)}
        places = {key: i for i, key in enumerate(keys) if found[key] is None}

        def compute(some: Sequence[Ready]) -> None:
            batch = self._batch(some)
            with torch.inference_mode():
                vectors = pool(self._states(batch), batch.mask).float()
                vectors = torch.nn.functional.normalize(vectors, dim=1).cpu()
            for one, vector in zip(some, vectors.numpy(), strict=True):
                found[keys[one.place]] = kept = vector.copy()
                self.embedded.put(keys[one.place], kept)

        for some in ahead(self._ready(texts, [()] * len(texts), sorted(places.values()), 0)):
            halving(compute, some)
        each = [vector for key in keys if (vector := found[key]) is not None]
        return _stacked(each, self.model.body.config.hidden_size)

    def _ready(
        self, texts: Sequence[str], names: Sequence[Sequence[str]], places: Sequence[int], buckets: int
    ) -> Iterator[list[Ready]]:
        """The texts in `places`, in batches."""
        for start in range(0, len(places), _CHUNK):
            chunk = places[start : start + _CHUNK]
            asked = [names[i] for i in chunk]
            rows = tokenize(self.tokenizer, [texts[i] for i in chunk], self.max_tokens, asked)
            for chosen in batches([len(row.ids) for row in rows], self.batch_tokens):
                yield [
                    Ready(
                        chunk[i],
                        rows[i],
                        read(texts[chunk[i]], asked[i], buckets) if buckets else None,
                        self._reason(texts[chunk[i]], rows[i]),
                    )
                    for i in chosen
                ]

    def _judge(self, some: Sequence[Ready]) -> list[Judged]:
        batch = self._batch(some)
        heat = self.config.temperatures
        grams = [one.grams for one in some if one.grams is not None]
        with torch.inference_mode():
            logits = self.model.logits(self._states(batch), batch, grams)
            sentiment = (logits.sentiment.float() / heat["sentiment"]).softmax(1).cpu().numpy()
            topics = (logits.topics.float() / heat["topics"]).sigmoid().cpu().numpy()
            towards = (logits.company.float() / heat["company"]).softmax(1).cpu().numpy()
        ends = np.cumsum([len(one.row.mentions) for one in some])
        company = np.split(towards, ends[:-1])
        return [
            Judged(*(part.copy() for part in parts), one.unsupported)
            for *parts, one in zip(sentiment, topics, company, some, strict=True)
        ]

    def _batch(self, some: Sequence[Ready]) -> Batch:
        device = next(self.model.parameters()).device
        return Batch.of([one.row for one in some], self.config.padding).to(device)

    def _reason(self, text: str, row: Row) -> str:
        if not _says_something(text):
            return "no text"
        unknown = self.tokenizer.token_to_id("<unk>")
        if sum(token == unknown for token in row.ids) > _STRANGE * max(1, len(row.ids) - 2):
            return "written in characters the model does not know"
        return ""

    def _blank(self, names: Sequence[str]) -> Judged:
        company = np.tile(np.array(_EVEN, np.float32), (len(names), 1))
        topics = np.zeros(len(self.config.topics), np.float32)
        return Judged(np.array(_EVEN, np.float32), topics, company, "no text")


def _why_not_int8(model: Encoder, device: torch.device) -> str:
    if device.type != "cpu":
        return "int8 is for processors, and this device is none"
    if not isinstance(model.body, Bert):
        return "the network is not of BERT's kind"
    return quantized.unavailable()


def _stacked(rows: Sequence[NDArray[np.float32]], columns: int) -> NDArray[np.float32]:
    return np.stack(rows) if rows else np.zeros((0, columns), np.float32)


def _says_something(text: str) -> bool:
    return any(character.isalnum() for character in text)
