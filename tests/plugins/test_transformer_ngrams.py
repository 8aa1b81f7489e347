"""N-grams beside the encoder: what they are, how they are learnt, what share they get."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from monitor import SENTIMENTS, Snapshot
from monitor_plugins.transformer import Transformer, folder
from monitor_plugins.transformer.blend import add_ngrams, take_out
from monitor_plugins.transformer.fit import Recipe, fit
from monitor_plugins.transformer.names import clean
from monitor_plugins.transformer.ngrams import NAME, Features, NGrams, about, read, split
from monitor_plugins.transformer.start import begin
from monitor_plugins.transformer.texts import Texts
from tests.plugins.easy import quiet, rivals, snapshot

pytestmark = pytest.mark.usefixtures("one_thread")


BUCKETS = 1 << 30  # so many that no two n-grams of these tests share a row


def features(text: str) -> Features:
    return read(text, [], BUCKETS).text


def test_an_ngram_is_two_words_or_three_characters() -> None:
    one = features("Profit falls 12%")
    assert len(one.rows) == 4 + 3, "profit, falls, 0, %, and the pairs"
    assert len(features("净利润").rows) == 3 + 2 + 1
    assert set(one.rows) == set(features("PROFIT  falls 7%").rows)
    assert set(one.rows) != set(features("falls profit 12%").rows)
    twice = features("up up")
    assert sorted(twice.counts.tolist()) == pytest.approx([1, 1 + np.log(2)])
    assert len(features("").rows) == 0


@given(st.text(max_size=80), st.text(max_size=5), st.sampled_from([64, 1 << 18]))
def test_features_are_distinct_rows_of_the_layer(text: str, name: str, buckets: int) -> None:
    found = read(clean(text), [clean(name)], buckets)
    for one in (found.text, *found.companies):
        assert len(set(one.rows.tolist())) == len(one.rows) == len(one.counts)
        assert all(0 <= row < buckets for row in one.rows)
        assert (one.counts >= 1).all()


def spelt(text: str, name: str) -> set[str]:
    return {gram for gram, _, _ in about([unit for unit, _, _ in split(text, name)])}


def test_what_is_said_about_a_company_is_its_clauses_and_either_side_of_its_name() -> None:
    text = "tallgrass fell; harbour foods sues tallgrass, shares rise"
    assert [unit for unit, _, _ in split(text, "harbour foods")] == [
        *("tallgrass", "fell", ";", NAME, "sues", "tallgrass", ",", "shares", "rise")
    ]
    found = spelt(text, "harbour foods")
    assert {"NAME sues", ">NAME sues", ">sues tallgrass", "<tallgrass fell"} <= found
    assert not {"fell", "shares rise", "<sues", "harbour"} & found
    assert {"NAME fell", "<sues NAME", ">NAME fell"} <= spelt(text, "tallgrass")
    assert spelt("远山起诉金石", "远山") & {">起 诉", "NAME 起", "起 诉 金"}


def test_a_company_is_not_told_by_its_name() -> None:
    a, b = (read(f"Shares of {name} fell 3%.", [name], BUCKETS) for name in ("Harbour Foods", "远山"))
    assert set(a.companies[0].rows) == set(b.companies[0].rows)
    assert set(a.text.rows) != set(b.text.rows)


def test_of_a_company_that_is_not_named_all_is_read() -> None:
    assert {"shares", "fell", "rose"} <= spelt("shares fell, profit rose", "tallgrass")
    assert spelt("", "tallgrass") == set()


@given(st.text("ab，。 ,x1", max_size=60), st.sampled_from(["ab", "x", ""]))
def test_what_is_said_of_a_company_covers_the_units_it_is_made_of(text: str, name: str) -> None:
    found = split(text, name)
    units = [unit for unit, _, _ in found]
    assert all(text[start:end] == (name if unit == NAME else unit) for unit, start, end in found)
    assert all(0 <= first < first + count <= len(units) for _, first, count in about(units))
    for gram, first, count in about(units):
        same = ["0" if unit.isdigit() else unit for unit in units[first : first + count]]
        assert gram.lstrip("<>") == " ".join(same)


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
    assert layer.rarity[[1, 3, 7]].tolist() == pytest.approx([0, 1, 1 + np.log(4 / 3)], rel=2**-11)
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


def test_ngrams_are_fitted_once_and_kept(model: Path, tmp_path: Path) -> None:
    going_on = Transformer(device="cpu", layers=1, epochs=1)
    metrics = going_on.fit(snapshot(), model, tmp_path / "second-1", quiet)
    for name in ("ngrams.text.weight", "ngrams.company.weight"):
        first, second = (folder.read(path).tensors[name] for path in (model, tmp_path / "second-1"))
        assert first.any()
        assert np.array_equal(first, second)
    assert metrics["training"]["blend"] == {}


def test_taking_the_ngrams_out_leaves_the_encoder_judging_as_before(base: Path) -> None:
    known = snapshot()
    begun = begin(known, None, str(base), "x", seed=0)
    heads = begun.model.sentiment, begun.model.topics, begun.model.company[-1]
    known_before = [(head.weight.detach().clone(), head.bias.detach().clone()) for head in heads]
    chosen = add_ngrams(begun, known.train, known.development, seed=0)
    assert begun.model.ngrams is not None
    layers = begun.model.ngrams.text, begun.model.ngrams.company
    assert all(layer.weight.any() for layer in layers)
    take_out(begun.model, chosen)
    assert not any(one.any() for one in begun.model.ngrams.parameters())
    for head, (weight, bias) in zip(heads, known_before, strict=True):
        assert torch.allclose(head.weight, weight)
        assert torch.allclose(head.bias, bias, atol=1e-4)
