"""Serving: texts in, probabilities or sentence vectors out, same length and order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import structlog
import tokenizers
import torch
from numpy.typing import NDArray
from torch import Tensor

from monitor_plugins.transformer import folder, hardware, packed, quantized
from monitor_plugins.transformer.batching import halving
from monitor_plugins.transformer.bert import Bert
from monitor_plugins.transformer.cache import Cache, content_key
from monitor_plugins.transformer.encoder import Batch, Encoder, pool
from monitor_plugins.transformer.grams import Joined
from monitor_plugins.transformer.hardware import choose_device, choose_precision
from monitor_plugins.transformer.names import clean
from monitor_plugins.transformer.network import build_for_serving
from monitor_plugins.transformer.reading import Asked, Block, Reader, Readers
from monitor_plugins.transformer.rows import tokenize

CACHED = 20_000  # texts; some 2 KB each
ON_CPU, ON_GPU = 2048, 65_536  # tokens a batch
_EVEN = (0.33, 0.34, 0.33)

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
    """One text's share of an `Outcome`, the sentiments and topics side by side."""

    text: NDArray[np.float32]
    company: NDArray[np.float32]
    unsupported: str


@dataclass(frozen=True, slots=True)
class Launched:
    """A batch, and what a GPU may still compute of it: texts' sentiments and topics, and companies'
    sentiments, in the host's memory once `done` returns."""

    block: Block
    texts: Tensor
    companies: Tensor
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
        self.embedded: Cache[NDArray[np.float32]] = Cache(cached)
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
        """Probabilities of every task; `names` are the companies asked about in each text (none: no
        text is asked about any). A blank text gets even odds, a shade above them for neutral."""
        texts = [clean(text) for text in texts]
        asked = names or [()] * len(texts)
        keys = [content_key(*one) for one in zip(texts, asked, strict=True)]
        found = {key: self.judged.get(key) for key in dict.fromkeys(keys)}
        for key, text, some_names in zip(keys, texts, asked, strict=True):
            if not text.strip():
                found[key] = self._blank(some_names)
        some = [Asked(i, texts[i], asked[i]) for i in _missing(keys, found)]
        launched: deque[Launched] = deque()

        def launch(block: Block) -> None:
            launched.append(self._launch(block))

        def collect() -> None:
            one = launched.popleft()
            for place, judged in zip(one.block.places.tolist(), _apart(one), strict=True):
                found[keys[place]] = judged
                self.judged.put(keys[place], judged)

        # A GPU computes a batch while the one before is taken apart here.
        for block in self._readers.blocks(some):
            halving(launch, block)
            while len(launched) > 1:
                collect()
        while launched:
            collect()
        each = [judged for key in keys if (judged := found[key]) is not None]
        first = len(self.config.sentiments)
        rows = _stacked([one.text for one in each], first + len(self.config.topics))
        return Outcome(
            rows[:, :first],
            rows[:, first:],
            [one.company.copy() for one in each],
            [one.unsupported for one in each],
        )

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Sentence vectors of length 1, one row per text."""
        texts = [clean(text) for text in texts]
        keys = [content_key(text) for text in texts]
        found = {key: self.embedded.get(key) for key in dict.fromkeys(keys)}
        some = [Asked(i, texts[i]) for i in _missing(keys, found)]

        def compute(block: Block) -> None:
            batch = self._batch(block)
            with torch.inference_mode():
                vectors = pool(self._states(batch), batch.mask).float()
                vectors = torch.nn.functional.normalize(vectors, dim=1).cpu()
            for place, vector in zip(block.places, vectors.numpy(), strict=True):
                found[keys[place]] = kept = vector.copy()
                self.embedded.put(keys[place], kept)

        for block in self._readers.blocks(some, grams=False):
            halving(compute, block)
        each = [vector for key in keys if (vector := found[key]) is not None]
        return _stacked(each, self.model.body.config.hidden_size)

    def _launch(self, block: Block) -> Launched:
        batch, heat = self._batch(block), self.config.temperatures
        with torch.inference_mode():
            logits = self.model.logits(self._states(batch), batch, block.grams or Joined.of([]))
            sentiment = (logits.sentiment.float() / heat["sentiment"]).softmax(1)
            topics = (logits.topics.float() / heat["topics"]).sigmoid()
            company = (logits.company.float() / heat["company"]).softmax(1)
            texts, companies = (
                one.to("cpu", non_blocking=True) for one in (torch.cat([sentiment, topics], 1), company)
            )
        return Launched(block, texts, companies, hardware.mark(company.device))

    def _batch(self, block: Block) -> Batch:
        return Batch.from_arrays(block.rows).to(next(self.model.parameters()).device)

    def _blank(self, names: Sequence[str]) -> Judged:
        company = np.tile(np.array(_EVEN, np.float32), (len(names), 1))
        text = np.array([*_EVEN, *(0.0 for _ in self.config.topics)], np.float32)
        return Judged(text, company, "no text")


def _why_not_int8(model: Encoder, device: torch.device) -> str:
    if device.type != "cpu":
        return "int8 is for processors, and this device is none"
    if not isinstance(model.body, Bert):
        return "the network is not of BERT's kind"
    return hardware.int8_missing()


def _stacked(rows: Sequence[NDArray[np.float32]], columns: int) -> NDArray[np.float32]:
    return np.stack(rows) if rows else np.zeros((0, columns), np.float32)


def _apart(launched: Launched) -> Iterator[Judged]:
    """The batch's texts, each with its own copy: a kept one must not keep the whole batch."""
    launched.done()
    block = launched.block
    texts, companies = launched.texts.numpy(), launched.companies.numpy()
    ends = np.searchsorted(block.rows.owners, np.arange(len(block) + 1)).tolist()
    nobody = companies[:0].copy()
    for i, unsupported in enumerate(block.unsupported):
        near = companies[ends[i] : ends[i + 1]].copy() if ends[i] < ends[i + 1] else nobody
        yield Judged(texts[i].copy(), near, unsupported)


def _missing(keys: Sequence[bytes], found: Mapping[bytes, object]) -> list[int]:
    """The last place of each key that nothing was found for."""
    return sorted({key: i for i, key in enumerate(keys) if found[key] is None}.values())
