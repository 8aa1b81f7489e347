"""N-grams beside the encoder: what they are, how they are learnt, what share they get."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from monitor import SENTIMENTS
from monitor_plugins.transformer import Transformer, folder
from monitor_plugins.transformer.blend import add_ngrams, take_out
from monitor_plugins.transformer.encoder import clean
from monitor_plugins.transformer.fit import Recipe, fit
from monitor_plugins.transformer.ngrams import Features, NGrams, features
from monitor_plugins.transformer.start import begin
from monitor_plugins.transformer.texts import Texts
from tests.plugins.easy import quiet, snapshot

pytestmark = pytest.mark.usefixtures("one_thread")


def test_an_ngram_is_two_words_or_three_characters() -> None:
    buckets = 1 << 30  # so many that no two of these share a row
    one = features("Profit falls 12%", buckets)
    assert len(one.rows) == 4 + 3, "profit, falls, 0, %, and the pairs"
    assert len(features("净利润", buckets).rows) == 3 + 2 + 1
    assert set(one.rows) == set(features("PROFIT  falls 7%", buckets).rows)
    assert set(one.rows) != set(features("falls profit 12%", buckets).rows)
    twice = features("up up", buckets)
    assert sorted(twice.counts.tolist()) == pytest.approx([1, 1 + np.log(2)])
    assert len(features("", buckets).rows) == 0


@given(st.text(max_size=80), st.sampled_from([64, 1 << 18]))
def test_features_are_distinct_rows_of_the_layer(text: str, buckets: int) -> None:
    found = features(clean(text), buckets)
    assert len(set(found.rows.tolist())) == len(found.rows) == len(found.counts)
    assert all(0 <= row < buckets for row in found.rows)
    assert (found.counts >= 1).all()


def bag(*rows: int) -> Features:
    return Features(np.array(rows, np.int64), np.ones(len(rows), np.float32))


def test_ngrams_add_up_and_a_text_without_any_adds_nothing() -> None:
    layer = NGrams(8, 2)
    with torch.no_grad():
        layer.weight.copy_(torch.arange(16.0).reshape(8, 2))
    texts = [bag(1, 3), bag(), bag(7)]
    assert layer(texts).detach().numpy() == pytest.approx(
        np.array([[8 / 2**0.5, 10 / 2**0.5], [0, 0], [14, 15]])
    )
    layer.count([bag(1, 3), bag(3, 7), bag(3, 7)])
    assert layer.rarity[[1, 3, 7]].tolist() == pytest.approx([0, 1, 1 + np.log(4 / 3)])
    assert layer(texts).detach().numpy() == pytest.approx(np.array([[6, 7], [0, 0], [14, 15]]))
    assert layer([]).shape == (0, 2)
    wider = layer.widen(1)([bag(7)])
    assert wider.tolist() == [[14, 15, 0]]


def test_ngrams_are_learnt_and_given_a_share_where_the_encoder_is_blind(base: Path) -> None:
    known = snapshot()
    begun = begin(known, None, str(base), "x", seed=0, ngrams=4096)
    blind = Recipe(method="full", epochs=0.1, learning_rate=1e-9, head_learning_rate=1e-9, max_tokens=40)
    train = [example for example in known.train for _ in range(12)]
    fit(begun, train, known.development, blind, quiet)
    blended = add_ngrams(begun, train, known.development, 0)
    assert blended["sentiment"] > 0
    sentiment, _, _ = Texts(known.development, begun.tokenizer, 1, 40, 4096).predict(begun.model)
    right = [
        SENTIMENTS[i] == e.sentiment for i, e in zip(sentiment.argmax(1), known.development, strict=True)
    ]
    assert np.mean(right) > 0.9


def test_ngrams_are_fitted_once_and_kept(model: Path, tmp_path: Path) -> None:
    going_on = Transformer(device="cpu", layers=1, epochs=1)
    metrics = going_on.fit(snapshot(), model, tmp_path / "second-1", quiet)
    first, second = (folder.read(path).tensors["ngrams.weight"] for path in (model, tmp_path / "second-1"))
    assert first.any()
    assert np.array_equal(first, second)
    assert metrics["training"]["blend"] == {}


def test_taking_the_ngrams_out_leaves_the_encoder_judging_as_before(base: Path) -> None:
    known = snapshot()
    begun = begin(known, None, str(base), "x", seed=0)
    heads = begun.model.sentiment, begun.model.topics
    known_before = [(head.weight.detach().clone(), head.bias.detach().clone()) for head in heads]
    chosen = add_ngrams(begun, known.train, known.development, seed=0)
    assert begun.model.ngrams is not None and begun.model.ngrams.weight.any()
    take_out(begun.model, chosen)
    assert not begun.model.ngrams.weight.any()
    for head, (weight, bias) in zip(heads, known_before, strict=True):
        assert torch.allclose(head.weight, weight)
        assert torch.allclose(head.bias, bias, atol=1e-4)
