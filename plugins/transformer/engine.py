"""Serving: texts in, probabilities or sentence vectors out, same length and order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tokenizers
import torch
import transformers
from numpy.typing import NDArray
from torch import Tensor

from monitor import ModelError
from monitor_plugins.transformer import folder
from monitor_plugins.transformer.encoder import Batch, Encoder, Row, clean, pool, tokenize
from monitor_plugins.transformer.ngrams import features

PRECISIONS = ("auto", "float32", "bfloat16")
_EVEN = (0.33, 0.34, 0.33)
_STRANGE = 0.5  # share of a text's tokens unknown to the vocabulary from which it is not supported


@dataclass(frozen=True, slots=True)
class Outcome:
    """Calibrated probabilities, one row per text (`company`: per text one row for each company asked
    about), and why a row should not be trusted ("" where it may)."""

    sentiment: NDArray[np.float32]
    topics: NDArray[np.float32]
    company: Sequence[NDArray[np.float32]]
    unsupported: Sequence[str]


class Engine:
    """A model ready to serve. Texts are sorted by length and cut into batches of at most
    `batch_tokens` tokens, padding included, so that little work is spent on padding."""

    def __init__(
        self,
        config: folder.Config,
        model: Encoder,
        tokenizer: tokenizers.Tokenizer,
        max_tokens: int,
        batch_tokens: int,
    ) -> None:
        self.config = config
        self.model = model
        self.tokenizer = tokenizer
        self.max_tokens = max_tokens
        self.batch_tokens = batch_tokens

    @classmethod
    def load(
        cls,
        path: Path,
        device: str = "auto",
        precision: str = "auto",
        max_tokens: int = 0,
        batch_tokens: int = 2048,
    ) -> Engine:
        """Read and check the model in folder `path`. `max_tokens` 0: what the model was measured
        at. Raises ModelError."""
        found = folder.read(path)
        where = choose_device(device)
        model, tokenizer = build(found, path)
        model.eval().requires_grad_(False).to(where, choose_precision(precision, where))
        if model.ngrams is not None:
            model.ngrams.float()  # a sum of many small numbers
        longest = getattr(model.body.config, "max_position_embeddings", 512) - 2
        return cls(
            found.config, model, tokenizer, min(max_tokens or found.config.max_tokens, longest), batch_tokens
        )

    def judge(self, texts: Sequence[str], names: Sequence[Sequence[str]] = ()) -> Outcome:
        """Probabilities of every task; `names` are the companies asked about in each text (none: no
        text is asked about any). A blank text gets even odds, a shade above them for neutral."""
        texts = [clean(text) for text in texts]
        rows = tokenize(self.tokenizer, texts, self.max_tokens, names)
        reasons = [self._reason(text, row) for text, row in zip(texts, rows, strict=True)]
        sentiment = np.tile(np.array(_EVEN, np.float32), (len(rows), 1))
        topics = np.zeros((len(rows), len(self.config.topics)), np.float32)
        company = [np.tile(np.array(_EVEN, np.float32), (len(row.mentions), 1)) for row in rows]
        judged = [i for i, text in enumerate(texts) if text.strip()]
        heat = self.config.temperatures
        for chosen, batch, hidden in self._states([rows[i] for i in judged]):
            places = [judged[i] for i in chosen]
            buckets = self.config.ngrams
            grams = [features(texts[i], buckets) for i in places] if buckets else []
            with torch.inference_mode():
                found = self.model.logits(hidden, batch, grams)
                sentiment[places] = (found.sentiment.float() / heat["sentiment"]).softmax(1).cpu().numpy()
                topics[places] = (found.topics.float() / heat["topics"]).sigmoid().cpu().numpy()
                towards = (found.company.float() / heat["company"]).softmax(1).cpu().numpy()
            ends = np.cumsum([len(rows[i].mentions) for i in places])
            for i, some in zip(places, np.split(towards, ends[:-1]), strict=True):
                company[i] = some
        return Outcome(sentiment, topics, company, reasons)

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Sentence vectors of length 1, one row per text."""
        rows = tokenize(self.tokenizer, [clean(text) for text in texts], self.max_tokens)
        result = np.zeros((len(rows), self.model.body.config.hidden_size), np.float32)
        for chosen, batch, hidden in self._states(rows):
            vectors = pool(hidden, batch.mask).float()
            result[chosen] = torch.nn.functional.normalize(vectors, dim=1).cpu().numpy()
        return result

    def _states(self, rows: Sequence[Row]) -> Iterator[tuple[list[int], Batch, Tensor]]:
        device = next(self.model.parameters()).device
        for chosen in batches([len(row.ids) for row in rows], self.batch_tokens):
            batch = Batch.of([rows[i] for i in chosen], self.config.padding).to(device)
            with torch.inference_mode():
                yield chosen, batch, self.model.states(batch)

    def _reason(self, text: str, row: Row) -> str:
        if not _says_something(text):
            return "no text"
        unknown = self.tokenizer.token_to_id("<unk>")
        if sum(token == unknown for token in row.ids) > _STRANGE * max(1, len(row.ids) - 2):
            return "written in characters the model does not know"
        return ""


def batches(lengths: Sequence[int], budget: int) -> Iterator[list[int]]:
    """Indices in order of length, cut so that rows x longest stays within `budget` (one row always fits)."""
    chosen: list[int] = []
    for i in sorted(range(len(lengths)), key=lengths.__getitem__):
        if chosen and (len(chosen) + 1) * lengths[i] > budget:
            yield chosen
            chosen = []
        chosen.append(i)
    if chosen:
        yield chosen


def build(found: folder.Model, path: Path) -> tuple[Encoder, tokenizers.Tokenizer]:
    """The network with the model's weights in it, and its tokenizer. Raises ModelError."""
    architecture = dict(found.config.architecture)
    kind = architecture.pop("model_type")
    try:
        config = transformers.AutoConfig.for_model(kind, **architecture)
        with torch.random.fork_rng(devices=[]):
            body = transformers.AutoModel.from_config(config, dtype=torch.float32)
        model = Encoder(body, len(found.config.topics), found.config.ngrams)
    except Exception as error:  # whatever a wrong architecture makes transformers raise
        raise ModelError(f"{path / 'config.json'}: architecture cannot be built ({error})") from None
    wanted = model.state_dict()
    for name in sorted(wanted.keys() | found.tensors.keys()):
        mine = tuple(wanted[name].shape) if name in wanted else None
        stored = found.tensors[name].shape if name in found.tensors else None
        if mine != stored:
            raise ModelError(
                f"{path / 'model.safetensors'}: tensor {name} has shape {stored}, "
                f"and config.json asks for {mine}"
            )
    model.load_state_dict({name: torch.from_numpy(np.array(value)) for name, value in found.tensors.items()})
    try:
        tokenizer = tokenizers.Tokenizer.from_str(found.tokenizer)
    except Exception as error:  # the tokenizers library raises bare Exception
        raise ModelError(f"{path / 'tokenizer.json'}: not a tokenizer ({error})") from None
    if tokenizer.get_vocab_size() > config.vocab_size:
        raise ModelError(
            f"{path / 'tokenizer.json'}: {tokenizer.get_vocab_size()} tokens, "
            f"and the encoder knows {config.vocab_size}"
        )
    return model, tokenizer


def capture(model: Encoder) -> dict[str, Any]:
    """The network's weights as float32 arrays, as a model folder holds them."""
    return {name: value.detach().float().cpu().numpy() for name, value in model.state_dict().items()}


def choose_device(name: str) -> torch.device:
    """`auto`: a GPU where there is one. Raises ModelError for a device that is not there."""
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as error:
        reason = str(error).splitlines()[0]
        raise ModelError(f'device = {name!r} cannot be used here ({reason}): set device = "auto"') from None
    return device


def choose_precision(name: str, device: torch.device) -> torch.dtype:
    """`auto`: bfloat16 where the processor multiplies in it, float32 elsewhere."""
    if name not in PRECISIONS:
        raise ModelError(f"precision {name!r} is unknown: use one of {', '.join(PRECISIONS)}")
    if name != "auto":
        return torch.bfloat16 if name == "bfloat16" else torch.float32
    if device.type == "cpu":
        can = torch.cpu.get_capabilities()
        return torch.bfloat16 if can.get("avx512_bf16") or can.get("amx_bf16") else torch.float32
    return torch.bfloat16 if device.type == "cuda" and torch.cuda.is_bf16_supported() else torch.float32


def _says_something(text: str) -> bool:
    return any(character.isalnum() for character in text)
