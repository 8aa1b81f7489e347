"""Texts ready for a network: tokenised once, and what frozen layers make of them kept."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from monitor import SENTIMENTS, Example, Message, Progress
from monitor_plugins.transformer.grams import Joined, read
from monitor_plugins.transformer.names import clean
from monitor_plugins.transformer.network.encoder import Batch, Encoder, Logits
from monitor_plugins.transformer.network.hardware import brief
from monitor_plugins.transformer.rows import tokenize

Change = Callable[[Tensor], Tensor]
"""Hidden states (texts x tokens x width) in, changed ones out."""

_ON_CPU, _ON_GPU = 64, 512  # texts whose logits are computed at a time


class Texts:
    """Tokenised texts, and what the frozen layers make of them.

    `states` is one flat half-precision array of all tokens' hidden states, in a file where a
    folder is given, so that a restart reads it back and it need not fit in memory.
    """

    def __init__(
        self, examples: Sequence[Example], tokenizer: Any, padding: int, max_tokens: int, buckets: int
    ) -> None:
        numbers: dict[int, int] = {}  # one that is shown several times is read once
        order = [numbers.setdefault(id(example), len(numbers)) for example in examples]
        known = {id(example): example for example in examples}.values()
        cleaned = [clean(example.text) for example in known]
        names = [[name for name, _ in example.companies] for example in known]
        rows = tokenize(tokenizer, cleaned, max_tokens, names)
        grams = [read(*pair, buckets) for pair in zip(cleaned, names, strict=True)] if buckets else []
        self.rows = [rows[i] for i in order]
        self.grams = [grams[i] for i in order] if buckets else []
        self.padding = padding
        self.lengths = np.array([len(row.ids) for row in self.rows], dtype=np.int64)
        self.states: np.ndarray | None = None
        self.starts = np.concatenate([[0], np.cumsum(self.lengths)])

    def freeze(self, model: Encoder, layer: int, progress: Progress, file: Path | None) -> None:
        """Run the layers below `layer` over every text, once."""
        shape = (int(self.starts[-1]), model.body.config.hidden_size)
        if file is None:
            self.states = np.empty(shape, dtype=np.float16)
        elif file.exists():
            self.states = np.memmap(file, dtype=np.float16, mode="r", shape=shape)
            return
        else:
            self.states = np.memmap(file.with_suffix(".part"), dtype=np.float16, mode="w+", shape=shape)
        model.eval()
        device = next(model.parameters()).device
        order = np.argsort(self.lengths, kind="stable")
        size = _size(device)
        with torch.inference_mode(), brief(device):
            for done in range(0, len(order), size):
                chosen = order[done : done + size]
                batch = Batch.of([self.rows[i] for i in chosen], self.padding).to(device)
                hidden = model.below(batch, layer).cpu().half().numpy()
                for i, state in zip(chosen, hidden, strict=True):
                    self.states[self.starts[i] : self.starts[i + 1]] = state[: self.lengths[i]]
                progress(Message("training.stage.frozen"), done + len(chosen), len(order))
        if file is not None:
            assert isinstance(self.states, np.memmap)
            self.states.flush()
            os.replace(file.with_suffix(".part"), file)

    def logits(
        self, model: Encoder, chosen: Sequence[int], layer: int, change: Change | None = None
    ) -> Logits:
        """All heads' logits for the chosen texts, from their kept states where there are some.

        `change` is applied to the states that enter `layer` (needs an encoder in BERT's shape).
        """
        device = next(model.parameters()).device
        batch = Batch.of([self.rows[i] for i in chosen], self.padding).to(device)
        said = Joined.of([self.grams[i] for i in chosen] if self.grams else [])
        with brief(device):
            if self.states is None and change is None:
                states = model.states(batch)
            else:
                kept = self.states is not None
                hidden = self._kept(batch, chosen).to(device) if kept else model.below(batch, layer)
                states = model.above(hidden if change is None else change(hidden), batch, layer)
        return model.logits(states.float(), batch, said)

    def _kept(self, batch: Batch, chosen: Sequence[int]) -> Tensor:
        assert self.states is not None
        hidden = torch.zeros(*batch.ids.shape, self.states.shape[1])
        for row, i in enumerate(chosen):
            kept = torch.from_numpy(np.array(self.states[self.starts[i] : self.starts[i + 1]]))
            hidden[row, : len(kept)] = kept.float()
        return hidden

    def predict(
        self, model: Encoder, layer: int = 0, progress: Callable[[int, int], None] = lambda done, total: None
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Logits of every text: of the sentiments, of the topics, and of the sentiments towards
        each company, the texts' in order. `progress` learns how many are done, of how many."""
        model.eval()
        first = np.zeros((len(self.rows), len(SENTIMENTS)), dtype=np.float32)
        second = np.zeros((len(self.rows), model.topics.out_features), dtype=np.float32)
        counts = [len(row.mentions) for row in self.rows]
        starts = np.concatenate([[0], np.cumsum(counts)]).astype(int)
        third = np.zeros((starts[-1], len(SENTIMENTS)), dtype=np.float32)
        order = np.argsort(self.lengths, kind="stable")
        size = _size(next(model.parameters()).device)
        with torch.inference_mode():
            for done in range(0, len(order), size):
                chosen = order[done : done + size].tolist()
                found = self.logits(model, chosen, layer)
                first[chosen], second[chosen] = found.sentiment.cpu().numpy(), found.topics.cpu().numpy()
                places = [place for i in chosen for place in range(starts[i], starts[i + 1])]
                third[places] = found.company.cpu().numpy()
                progress(done + len(chosen), len(order))
        return first, second, third


def _size(device: torch.device) -> int:
    return _ON_CPU if device.type == "cpu" else _ON_GPU
