"""Serving: texts in, probabilities and sentence vectors out, same length and order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import structlog
import tokenizers
import torch
from numpy.typing import NDArray
from torch import Tensor

from monitor import Message
from monitor_plugins.transformer.grams import Joined
from monitor_plugins.transformer.names import clean
from monitor_plugins.transformer.network import folder, hardware
from monitor_plugins.transformer.network.batching import halving
from monitor_plugins.transformer.network.bert import Bert
from monitor_plugins.transformer.network.building import build_for_serving
from monitor_plugins.transformer.network.encoder import Batch, Encoder, pool
from monitor_plugins.transformer.network.hardware import choose_device, choose_precision
from monitor_plugins.transformer.rows import tokenize
from monitor_plugins.transformer.serving import packed, quantized
from monitor_plugins.transformer.serving.cache import Cache, content_key
from monitor_plugins.transformer.serving.reading import Asked, Block, Reader, Readers

CACHED = 20_000  # texts; some 3 KB each
ON_CPU, ON_GPU = 2048, 262_144  # tokens a batch
_EVEN = (0.33, 0.34, 0.33)
_LARGEST = float(np.finfo(np.float16).max)

Key = tuple[str, tuple[str, ...]]
"""A cleaned text, and the companies asked about in it."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Outcome:
    """Calibrated probabilities, one row per text (`company`: per text one row for each company asked
    about), why a row should not be trusted ("" where it may), and what the heads for sentiments and topics
    read of each text: `pool` in little-endian 16-bit floats, nothing of a text that was not read."""

    sentiment: NDArray[np.float32]
    topics: NDArray[np.float32]
    company: Sequence[NDArray[np.float32]]
    unsupported: Sequence[str]
    vectors: Sequence[bytes]


@dataclass(frozen=True, slots=True)
class Judged:
    """One text's share of an `Outcome`, the sentiments and topics side by side."""

    text: NDArray[np.float32]
    company: NDArray[np.float32]
    unsupported: str
    vector: bytes


@dataclass(frozen=True, slots=True)
class Launched:
    """A batch, and what a GPU may still compute of it: texts' sentiments and topics, companies'
    sentiments, and texts' vectors, in the host's memory once `done` returns."""

    block: Block
    texts: Tensor
    companies: Tensor
    vectors: Tensor
    done: Callable[[], None]


class Engine:
    """A model ready to serve.

    Texts are read while others are computed (by `processes` of their own, see `reading`), and computed in
    order of length, in batches of at most `batch_tokens` tokens, padding included; a batch too large for
    the memory is halved. Results are kept for `cached` texts each.
    """

    def __init__(
        self,
        config: folder.Config,
        model: Encoder,
        tokenizer: tokenizers.Tokenizer,
        max_tokens: int,
        batch_tokens: int = ON_CPU,
        states: Callable[[Batch], Tensor] | None = None,
        cached: int = CACHED,
        processes: int = 0,
    ) -> None:
        """`states` computes what `model.states` does, and takes its place."""
        self.config = config
        self.model = model
        self.tokenizer = tokenizer
        self.max_tokens = max_tokens
        self.judged: Cache[Judged] = Cache(cached)
        self._states = states or model.states
        reader = Reader(tokenizer, max_tokens, config.padding, config.ngrams, batch_tokens)
        self._readers = Readers(reader, processes)

    @classmethod
    def load(
        cls,
        path: Path,
        device: str = "auto",
        precision: str = "auto",
        max_tokens: int = 0,
        batch_tokens: int = 0,
        cached: int = CACHED,
        processes: int = 0,
    ) -> Engine:
        """Read and check the model in folder `path`. `max_tokens` 0: what the model was measured at;
        `batch_tokens` and `processes` 0: what suits the device. Raises ModelError."""
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
        if isinstance(model.body, Bert):
            rows = tokenize(tokenizer, quantized.SENTENCES, most)
            sample = Batch.of(rows, found.config.padding).to(where)
            if kind == torch.int8:
                states = quantized.pack(model.body, sample).states
            else:
                short = packed.pack(model.body)
                # FlashAttention is not made for every GPU, head and precision.
                reason = packed.unlike(short, model.body, sample) if where.type != "cpu" else ""
                states = model.states if reason else short.states
                if reason:
                    log.warning("serving with padding", model=found.config.id, reason=reason)
        if where.type != "cpu":
            batch_tokens, processes = batch_tokens or ON_GPU, processes or hardware.spare_cores()
        return cls(found.config, model, tokenizer, most, batch_tokens or ON_CPU, states, cached, processes)

    def judge(self, texts: Sequence[str], names: Sequence[Sequence[str]] = ()) -> Outcome:
        """Probabilities of every task, and the texts' vectors; `names` are the companies asked about in
        each text (none: no text is asked about any). A blank text gets even odds, a shade above them for
        neutral, and no vector."""
        texts = [clean(text) for text in texts]
        named = map(tuple, names) if names else [()] * len(texts)
        asked, order = _distinct(zip(texts, named, strict=True))
        keys = [content_key(*one) for one in asked] if self.judged.size else []
        first, columns = len(self.config.sentiments), len(self.config.sentiments) + len(self.config.topics)
        rows = np.empty((len(asked), columns), np.float32)
        company, unsupported = [np.zeros((0, first), np.float32)] * len(asked), [""] * len(asked)
        vectors = [b""] * len(asked)
        missing = []
        for i, (text, some) in enumerate(asked):
            known = self.judged.get(keys[i]) if keys else None
            known = known if text.strip() else self._blank(some)
            if known is None:
                missing.append(i)
            else:
                rows[i], company[i], unsupported[i] = known.text, known.company, known.unsupported
                vectors[i] = known.vector
        launched: deque[Launched] = deque()

        def launch(block: Block) -> None:
            launched.append(self._launch(block))

        def collect() -> None:
            one = launched.popleft()
            one.done()
            places = one.block.places.tolist()
            rows[one.block.places] = one.texts.numpy()
            for place, vector in zip(places, one.vectors.numpy(), strict=True):
                vectors[place] = vector.tobytes()
            for place, reason in zip(places, one.block.unsupported, strict=True):
                if reason:
                    unsupported[place] = reason
            for i, near in _near(one):
                company[places[i]] = near
            for place in places if keys else ():
                kept = Judged(rows[place].copy(), company[place], unsupported[place], vectors[place])
                self.judged.put(keys[place], kept)

        # A GPU computes a batch while the one before is taken apart here.
        for block in self._readers.blocks(_part(asked, missing)):
            halving(launch, block)
            while len(launched) > 1:
                collect()
        while launched:
            collect()
        found = rows[np.array(order, dtype=np.int64)]
        return Outcome(
            found[:, :first],
            found[:, first:],
            [company[i].copy() for i in order],
            [unsupported[i] for i in order],
            [vectors[i] for i in order],
        )

    def _launch(self, block: Block) -> Launched:
        batch, heat = self._batch(block), self.config.temperatures
        with torch.inference_mode():
            states = self._states(batch)
            means = pool(states, batch.mask)
            logits = self.model.heads(means, states, batch, block.grams or Joined.of([]))
            sentiment = (logits.sentiment.float() / heat["sentiment"]).softmax(1)
            topics = (logits.topics.float() / heat["topics"]).sigmoid()
            company = (logits.company.float() / heat["company"]).softmax(1)
            halves = means.clamp(-_LARGEST, _LARGEST).half()
            texts, companies, vectors = (
                one.to("cpu", non_blocking=True)
                for one in (torch.cat([sentiment, topics], 1), company, halves)
            )
        return Launched(block, texts, companies, vectors, hardware.mark(company.device))

    def _batch(self, block: Block) -> Batch:
        return Batch.from_arrays(block.rows).to(next(self.model.parameters()).device)

    def _blank(self, names: Sequence[str]) -> Judged:
        company = np.tile(np.array(_EVEN, np.float32), (len(names), 1))
        text = np.array([*_EVEN, *(0.0 for _ in self.config.topics)], np.float32)
        return Judged(text, company, Message("classifier.no_text"), b"")


def _why_not_int8(model: Encoder, device: torch.device) -> str:
    if device.type != "cpu":
        return "int8 is for processors, and this device is none"
    if not isinstance(model.body, Bert):
        return "the network is not of BERT's kind"
    return hardware.int8_missing()


def _distinct(asked: Iterable[Key]) -> tuple[list[Key], list[int]]:
    """Each once, and which of those each is."""
    numbers: dict[Key, int] = {}
    order = [numbers.setdefault(one, len(numbers)) for one in asked]
    return list(numbers), order


def _near(launched: Launched) -> Iterator[tuple[int, NDArray[np.float32]]]:
    """The texts of a batch that are asked about companies, each with its own copy of their sentiments: a
    kept one must not keep the whole batch."""
    owners, companies = launched.block.rows.owners, launched.companies.numpy()
    texts, starts = np.unique(owners, return_index=True)
    for i, near in zip(texts.tolist(), np.split(companies, starts[1:]), strict=False):
        yield i, near.copy()


def _part(asked: Sequence[Key], chosen: Sequence[int]) -> Asked:
    some = [asked[i] for i in chosen]
    return Asked(np.array(chosen, dtype=np.int64), [text for text, _ in some], [names for _, names in some])
