"""Texts laid end to end: as a device runs them that is not a processor, and where it cannot."""

from __future__ import annotations

from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.fx.experimental import _config as meta_devices
from torch.nn.attention import varlen

from monitor_plugins.transformer.grams import Joined, read
from monitor_plugins.transformer.network.bert import Bert, Shape
from monitor_plugins.transformer.network.encoder import Batch, Encoder
from monitor_plugins.transformer.rows import Row
from monitor_plugins.transformer.serving import packed
from monitor_plugins.transformer.serving.packed import attend_at_once, attend_by_length, pack, unlike

pytestmark = pytest.mark.usefixtures("one_thread")
SHAPE = Shape(
    vocab_size=50,
    hidden_size=64,
    num_hidden_layers=2,
    num_attention_heads=4,
    intermediate_size=128,
    max_position_embeddings=44,
    type_vocab_size=2,
    layer_norm_eps=1e-5,
    first=2,
)
ROWS = [Row([5, 6, 7], [[1], []]), Row([8, 9, 5]), Row([8, 9]), Row([4, 5, 6, 7, 8, 9], [[2]])]


@pytest.fixture
def encoder() -> Encoder:
    torch.manual_seed(0)
    made = Encoder(Bert(SHAPE), 3, 64)
    for name, parameter in made.named_parameters():
        torch.nn.init.normal_(parameter, 1.0 if name.endswith("LayerNorm.weight") else 0.0, 0.2)
    return made.eval().requires_grad_(False)


def attention(
    queries: Tensor, keys: Tensor, values: Tensor, starts: Tensor, ends: Tensor, most: int, longest: int
) -> Tensor:
    """What FlashAttention computes, text by text."""
    assert torch.equal(starts, ends) and most == longest == int(starts.diff().max())
    found = []
    for start, stop in pairwise(starts.tolist()):
        q, k, v = (part[start:stop].transpose(0, 1) for part in (queries, keys, values))
        weights = (q @ k.transpose(1, 2) / q.shape[2] ** 0.5).softmax(2)
        found.append((weights @ v).transpose(0, 1))
    return torch.cat(found)


def test_attention_at_once_is_attention_by_length(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(varlen, "varlen_attn", attention)
    torch.manual_seed(0)
    lengths = (3, 3, 1, 5)
    parts = torch.randn(sum(lengths), 3, 4, 16)
    starts = torch.tensor(np.cumsum([0, *lengths]), dtype=torch.int32)
    at_once = attend_at_once(parts, starts, longest=5)
    assert torch.allclose(at_once, attend_by_length(parts, [(0, 2, 3), (6, 1, 1), (7, 1, 5)]), atol=1e-6)


def test_all_of_a_pass_stands_on_the_device(encoder: Encoder) -> None:
    device = torch.device("meta")  # holds no numbers, and refuses to work with other devices'
    encoder.to(device, torch.bfloat16)
    assert encoder.ngrams is not None
    encoder.ngrams.float()
    batch = Batch.of(ROWS, 1).to(device)
    said = Joined.of([read("profit falls", [""] * len(row.mentions), 64) for row in ROWS])
    with meta_devices.patch(meta_nonzero_assume_all_nonzero=True):
        states = pack(encoder.body).states(batch)
    assert states.shape == encoder.states(batch).shape == (4, 6, 64)
    for hidden in (states, encoder.states(batch)):
        logits = encoder.logits(hidden, batch, said)
        assert logits.company.shape == (3, 3) and logits.company.device == device
    with pytest.raises(RuntimeError):
        encoder.states(Batch.of(ROWS, 1))


def test_what_a_device_cannot_do_or_does_wrong_is_found_out(
    encoder: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch, found = Batch.of(ROWS, 1), pack(encoder.body)
    assert unlike(found, encoder.body, batch) == ""

    def attend(wrong: Any, parts: Tensor, runs: Any) -> Tensor:
        return wrong(attend_by_length(parts, runs))

    def refuse(parts: Tensor) -> Tensor:
        raise RuntimeError("FlashAttention only supports\nAmpere GPUs or newer.")

    monkeypatch.setattr(packed, "attend_by_length", partial(attend, refuse))
    assert unlike(found, encoder.body, batch) == "FlashAttention only supports Ampere GPUs or newer."
    monkeypatch.setattr(packed, "attend_by_length", partial(attend, torch.zeros_like))
    assert "its states are" in unlike(found, encoder.body, batch)
    monkeypatch.setattr(packed, "attend_by_length", partial(attend, lambda parts: parts * torch.nan))
    assert unlike(found, encoder.body, batch)
