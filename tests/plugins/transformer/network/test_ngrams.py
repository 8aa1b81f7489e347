"""N-grams beside the encoder: how they add up, how they are learnt, what share they get."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from monitor import SENTIMENTS, Example, Snapshot
from monitor_plugins.transformer import Transformer
from monitor_plugins.transformer.fitting.blend import CAREFUL, add_ngrams
from monitor_plugins.transformer.fitting.fit import fit
from monitor_plugins.transformer.fitting.recipe import Recipe
from monitor_plugins.transformer.fitting.start import begin
from monitor_plugins.transformer.fitting.texts import Texts
from monitor_plugins.transformer.grams import Bags, Features
from monitor_plugins.transformer.network import folder
from monitor_plugins.transformer.network.ngrams import NGrams
from monitor_plugins.transformer.serving.engine import Engine
from tests.plugins.easy import quiet, rivals, snapshot

pytestmark = pytest.mark.usefixtures("one_thread")


def bags(*texts: list[int]) -> Bags:
    """The n-grams of texts, each once."""
    return Bags.of([Features(np.array(rows, np.int32), np.ones(len(rows), np.uint16)) for rows in texts])


def test_ngrams_add_up_and_a_text_without_any_adds_nothing() -> None:
    layer = NGrams(8, 2)
    with torch.no_grad():
        layer.weight.copy_(torch.arange(16.0).reshape(8, 2))
    texts = bags([1, 3], [], [7])
    assert layer(texts).detach().numpy() == pytest.approx(
        np.array([[8 / 2**0.5, 10 / 2**0.5], [0, 0], [14, 15]])
    )
    layer.count(bags([1, 3], [3, 7], [3, 7]))
    assert layer.rarity[[1, 3, 7]].tolist() == pytest.approx([0, 1, 1 + np.log(4 / 3)], rel=2**-11)
    assert layer(texts).detach().numpy() == pytest.approx(np.array([[6, 7], [0, 0], [14, 15]]))
    assert layer(bags()).shape == (0, 2)
    wider = layer.widen(1)(bags([7]))
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


def test_ngrams_learn_what_is_said_of_whom(base: Path) -> None:
    train, known = rivals()[::2], rivals()[1::2]
    begun = begin(Snapshot("0" * 64, train, known), None, str(base), "x", seed=0, ngrams=4096)
    blended = add_ngrams(begun, train * 12, known, 0)
    assert blended["company"] > 0
    towards = Texts(known, begun.tokenizer, 1, 40, 4096).predict(begun.model)[2]
    said = [sentiment for example in known for _, sentiment in example.companies]
    assert np.mean([SENTIMENTS[i] == one for i, one in zip(towards.argmax(1), said, strict=True)]) > 0.9


def test_without_companies_to_learn_from_the_encoders_word_stands(base: Path) -> None:
    train = [replace(example, companies=()) for example in snapshot().train]
    known = snapshot().development
    begun = begin(Snapshot("0" * 64, train, known), None, str(base), "x", seed=0, ngrams=4096)
    texts = Texts(known, begun.tokenizer, 1, 40, 4096)
    before = texts.predict(begun.model)[2]
    assert add_ngrams(begun, train, known, 0)["company"] == 0
    assert np.array_equal(texts.predict(begun.model)[2], before)


def slang() -> list[Example]:
    """Texts in words that no encoder here has seen, a hundred and twenty of them different."""
    said = {"positive": "mooning", "negative": "rugged", "neutral": "crabbing"}
    ends = [f" {i}{where}" for i in range(10) for where in "abcd"]
    return [Example(word + end, sentiment) for sentiment, word in said.items() for end in ends]


def test_a_model_that_goes_on_learns_new_ngrams_beside_its_own(model: Path, tmp_path: Path) -> None:
    shuffled = [slang()[i] for i in np.random.default_rng(0).permutation(120)]
    known = Snapshot("3" * 64, shuffled[40:], shuffled[:40])
    metrics = blind().fit(known, model, tmp_path / "second-1", quiet)
    blended = metrics["training"]["blend"]
    assert 0 < blended["sentiment"] <= max(CAREFUL)
    assert blended["topics"] == blended["company"] == 0
    paths = model, tmp_path / "second-1"
    first, second = (folder.read(path).tensors for path in paths)
    own, rarity = first["ngrams.text.weight"].any(1), "ngrams.text.rarity"
    assert np.array_equal(first[rarity][own], second[rarity][own]), "what is known keeps its rarity"
    assert (second[rarity] > first[rarity]).any(), "what is new has one"
    for name in ("ngrams.company.weight", "ngrams.company.rarity"):
        assert np.array_equal(first[name], second[name]), name

    def right(path: Path) -> float:
        told = Engine.load(path).judge([example.text for example in known.development]).sentiment.argmax(1)
        pairs = zip(told, known.development, strict=True)
        return float(np.mean([SENTIMENTS[i] == example.sentiment for i, example in pairs]))

    assert right(paths[1]) > right(paths[0]) + 0.2


def blind() -> Transformer:
    """Learns nothing but n-grams."""
    return Transformer(
        device="cpu", method="top-k", layers=1, learning_rate=1e-9, head_learning_rate=1e-9, batch=8
    )


def test_a_model_that_goes_on_and_learns_nothing_new_stays_as_it_was(model: Path, tmp_path: Path) -> None:
    known = snapshot()
    nothing = [replace(example, sentiment=None, topics=None, companies=()) for example in known.train]
    silent = Snapshot("4" * 64, nothing, known.development)
    metrics = blind().fit(silent, model, tmp_path / "second-1", quiet)
    assert not any(metrics["training"]["blend"][kind] for kind in ("sentiment", "topics", "company"))
    first, second = (folder.read(path).tensors for path in (model, tmp_path / "second-1"))
    for name in first:
        if name.startswith("ngrams"):
            assert np.array_equal(first[name], second[name]), name
