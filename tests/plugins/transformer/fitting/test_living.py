"""A pruned network without what is zero says the same, and gets its shape back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from monitor_plugins.transformer.compressing import prune
from monitor_plugins.transformer.fitting import living
from monitor_plugins.transformer.fitting.fit import fit
from monitor_plugins.transformer.fitting.recipe import Recipe
from monitor_plugins.transformer.fitting.start import begin
from monitor_plugins.transformer.network import factored, folder
from monitor_plugins.transformer.network.building import build
from monitor_plugins.transformer.network.encoder import Batch, Encoder
from monitor_plugins.transformer.rows import Row
from tests.plugins.easy import quiet, snapshot

pytestmark = pytest.mark.usefixtures("one_thread")
SPLIT = snapshot()


def fresh(model: Path) -> Encoder:
    encoder, _ = build(folder.read(model), model)
    return encoder.eval()


def states(encoder: Encoder) -> torch.Tensor:
    rng = np.random.default_rng(0)
    rows = [Row(rng.integers(4, encoder.body.config.vocab_size, length).tolist()) for length in (3, 5, 9)]
    batch = Batch.of(rows, padding=1)
    with torch.inference_mode():
        return encoder.states(batch)[batch.mask]


@given(heads=st.floats(0, 0.99), neurons=st.floats(0, 0.99), low=st.booleans())
def test_cut_and_mended_it_is_what_it_was(model: Path, heads: float, neurons: float, low: bool) -> None:
    encoder = fresh(model)
    prune.prune_heads(encoder, heads)
    prune.prune_neurons(encoder, neurons, [0])
    if low:
        factored.factor(encoder.body, 4)
    encoder.body.encoder.layer[1].requires_grad_(False)
    before, wanted = {name: value.clone() for name, value in encoder.state_dict().items()}, states(encoder)
    asked = {name: value.requires_grad for name, value in encoder.named_parameters()}
    counts = [sum(value.numel() for value in layer.parameters()) for layer in encoder.layers or ()]

    parts = living.cut(encoder)
    shape = encoder.body.config
    width, many = shape.hidden_size, shape.num_attention_heads
    each = min(round(heads * many), many - 1) * (width // many) * (4 * width + 3)
    more = 0 if low else min(round(neurons * shape.intermediate_size), shape.intermediate_size - 1)
    left = [sum(value.numel() for value in layer.parameters()) for layer in encoder.layers or ()]
    assert left == [counts[0] - each - more * (2 * width + 1), counts[1] - each]
    assert torch.allclose(states(encoder), wanted, atol=1e-5)
    assert {name: value.requires_grad for name, value in encoder.named_parameters()} == asked

    living.mend(parts)
    after = encoder.state_dict()
    assert after.keys() == before.keys()
    assert all(torch.equal(after[name], value) for name, value in before.items())
    assert torch.equal(states(encoder), wanted)


def test_a_kind_that_is_not_served_so_is_left_alone(model: Path) -> None:
    encoder = fresh(model)
    prune.prune_heads(encoder, 0.5)
    encoder.body.config.model_type = "another"
    assert not living.cut(encoder)


@pytest.mark.parametrize("method", ["full", "top-k", "lora"])
def test_what_is_zero_stays_zero_while_the_rest_is_fitted(model: Path, method: str) -> None:
    begun = begin(SPLIT, model, "", "second-2", 0)
    prune.prune_heads(begun.model, 0.5)
    prune.prune_neurons(begun.model, 0.5)
    before = {name: value.clone() for name, value in begun.model.state_dict().items()}
    recipe = Recipe(method=method, layers=1, rank=4, epochs=2, learning_rate=1e-2)
    fit(begun, SPLIT.train, (), recipe, quiet)
    after = begun.model.state_dict()
    assert {name: value.shape for name, value in after.items()} == {
        name: value.shape for name, value in before.items()
    }
    fitted = [
        name
        for name, value in before.items()
        if "encoder.layer" in name and value.ndim == 2 and ("layer.0." not in name or method == "full")
    ]
    assert len(fitted) == (2 if method == "full" else 1) * 6
    for name in fitted:
        assert (after[name][before[name] == 0] == 0).all(), name
        assert not torch.equal(after[name], before[name]), name
