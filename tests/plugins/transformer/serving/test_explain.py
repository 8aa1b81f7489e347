"""Explanations of a random encoder: complete, exact where they must be, in words of both languages."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import tokenizers
import torch
import transformers
from hypothesis import example, given, settings
from hypothesis import strategies as st

from monitor import SENTIMENTS, Explaining, ModelError, UserError
from monitor.testing import make_article
from monitor_plugins.transformer import Transformer, grams
from monitor_plugins.transformer.names import clean
from monitor_plugins.transformer.network import folder
from monitor_plugins.transformer.network.encoder import Batch, Encoder
from monitor_plugins.transformer.rows import Row
from monitor_plugins.transformer.serving.engine import Engine
from monitor_plugins.transformer.serving.explain import FLOOR, MOST, POINTS, TOLERANCE, _units, explain, merge

pytestmark = pytest.mark.usefixtures("one_thread")
TEXTS = (
    "Harbour Foods misses estimates but raises its full-year guidance to 12.5%",
    "远山光伏上半年净利润同比下降，但亏损收窄",
    "Northwind与远山光伏签署协议 worth $400 million",
)
TOPICS = ("earnings", "deal")


def an_engine(mask: bool = True, buckets: int = 512, max_tokens: int = 30) -> Engine:
    """A random encoder of two layers, far from any linear one, and a tokenizer of pieces."""
    special = ["<s>", "<pad>", "</s>", "<unk>", *(["<mask>"] if mask else [])]
    tokenizer = tokenizers.Tokenizer(tokenizers.models.BPE(unk_token="<unk>"))
    tokenizer.normalizer = tokenizers.normalizers.NFKC()
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Metaspace()
    trainer = tokenizers.trainers.BpeTrainer(vocab_size=150, special_tokens=special, show_progress=False)
    tokenizer.train_from_iterator(TEXTS, trainer)
    tokenizer.post_processor = tokenizers.processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    torch.manual_seed(0)
    architecture = transformers.BertConfig(
        vocab_size=tokenizer.get_vocab_size(),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=40,
        pad_token_id=1,
        initializer_range=0.3,
    )
    model = Encoder(transformers.BertModel(architecture), len(TOPICS), buckets)
    for head in (model.sentiment, model.topics, model.company[0], model.company[3]):
        torch.nn.init.normal_(head.weight, std=0.3)
    if model.ngrams is not None:
        for layer in (model.ngrams.text, model.ngrams.company):
            torch.nn.init.normal_(layer.weight, std=0.5)
            layer.rarity.uniform_(1, 3)
    config = folder.Config(
        "tiny",
        {"model_type": "bert"},
        TOPICS,
        temperatures={"sentiment": 1.5, "topics": 2.0, "company": 0.5},
        padding=1,
        ngrams=buckets,
    )
    return Engine(config, model.eval().requires_grad_(False), tokenizer, max_tokens, 2048)


@pytest.fixture(scope="module")
def engine() -> Engine:
    return an_engine()


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize(
    "target", ["sentiment", "sentiment:negative", "sentiment:positive", "topics:earnings", "topics:deal"]
)
def test_scores_sum_to_what_the_text_adds(engine: Engine, text: str, target: str) -> None:
    told = explain(engine, text, target)
    total = sum(one.score for one in told.attributions)
    assert told.error <= TOLERANCE or told.steps == MOST
    assert abs(total - told.difference) == pytest.approx(
        told.error * max(abs(told.difference), FLOOR), abs=1e-6
    )
    assert told.target == target and told.text == text and 0 < told.steps <= MOST


def test_the_difference_is_from_a_text_of_masks_without_ngrams(engine: Engine) -> None:
    mask = engine.tokenizer.token_to_id("<mask>")
    for text in TEXTS:
        read = engine.tokenizer.encode(text)
        ids = [one if one in (0, 2) else mask for one in read.ids]
        logits = []
        for row, said in ((ids, ""), (read.ids, text)):
            batch, joined = Batch.of([Row(row)], 1), grams.Joined.of([grams.read(said, [], 512)])
            logits.append(engine.model.logits(engine.model.states(batch), batch, joined))
        for i, name in enumerate(TOPICS):
            apart = float((logits[1].topics - logits[0].topics)[0, i] / 2.0)
            assert explain(engine, text, f"topics:{name}").difference == pytest.approx(apart, abs=1e-4)
        for i, name in enumerate(SENTIMENTS):
            each = (logits[1].sentiment - logits[0].sentiment)[0] / 1.5
            apart = float(each[i] - each.mean())
            assert explain(engine, text, f"sentiment:{name}").difference == pytest.approx(apart, abs=1e-4)


def test_label_and_probability_are_the_ones_served(engine: Engine) -> None:
    for text in TEXTS:
        served = engine.judge([text], [["Northwind"]])
        told = explain(engine, text, "sentiment")
        assert told.label == SENTIMENTS[int(served.sentiment[0].argmax())]
        assert told.probability == pytest.approx(float(served.sentiment[0].max()), abs=1e-6)
        assert explain(engine, text, "topics:deal").probability == pytest.approx(
            float(served.topics[0, 1]), abs=1e-6
        )
    towards = explain(engine, TEXTS[2], "company:northwind")
    assert towards.probability == pytest.approx(float(served.company[0][0].max()), abs=1e-6)
    assert towards.error <= TOLERANCE


def silent(engine: Engine) -> Engine:
    """The same with an encoder that says nothing: only the n-grams, which are linear, are left."""
    for head in (engine.model.sentiment, engine.model.topics, engine.model.company[-1]):
        torch.nn.init.zeros_(head.weight)
    return engine


def test_a_linear_models_scores_are_exact() -> None:
    """By hand: tf-idf of length 1 times the weight, shared by the words an n-gram covers."""
    engine = silent(an_engine(buckets=1 << 14))
    assert engine.model.ngrams is not None
    layer = engine.model.ngrams.text
    told = explain(engine, "profit rose profit", "topics:deal")
    assert [told.text[one.start : one.end] for one in told.attributions] == ["profit", "rose", "profit"]
    column = len(SENTIMENTS) + TOPICS.index("deal")
    shares = {}
    for gram, times in (("profit", 2), ("rose", 1), ("profit rose", 1), ("rose profit", 1)):
        row = grams.row(gram, layer.buckets)
        shares[gram] = (1 + np.log(times)) * float(layer.rarity[row]), float(layer.weight[row, column])
    length = sum(share**2 for share, _ in shares.values()) ** 0.5
    worth = {gram: share / length * weight / 2.0 for gram, (share, weight) in shares.items()}
    expected = [
        worth["profit"] / 2 + worth["profit rose"] / 2,
        worth["rose"] + worth["profit rose"] / 2 + worth["rose profit"] / 2,
        worth["profit"] / 2 + worth["rose profit"] / 2,
    ]
    assert [one.score for one in told.attributions] == pytest.approx(expected, abs=1e-6)
    assert told.difference == pytest.approx(sum(expected), abs=1e-6)
    assert told.error < 1e-3 and told.steps == POINTS


def test_what_is_said_of_a_company_is_shared_by_its_words_and_its_name() -> None:
    engine = silent(an_engine(buckets=1 << 14))
    assert engine.model.ngrams is not None
    layer = engine.model.ngrams.company
    told = explain(engine, "Profit rose, Harbour Foods sues", "company:Harbour Foods")
    shown = {told.text[one.start : one.end]: one.score for one in told.attributions}
    assert list(shown) == ["Profit", "rose", ",", "Harbour Foods", "sues"]
    place = SENTIMENTS.index(told.label)
    worth, length = {}, 0.0
    found = grams.about(["profit", "rose", ",", grams.NAME, "sues"])
    assert len({gram for gram, _, _ in found}) == len(found), "each once"
    for gram, first, count in found:
        row = grams.row(gram, layer.buckets)
        share = float(layer.rarity[row])
        length += share**2
        for i in range(first, first + count):
            each = layer.weight[row]
            worth[i] = worth.get(i, 0.0) + share * float(each[place] - each.mean()) / 0.5 / count
    expected = [worth[i] / length**0.5 for i in range(5)]
    assert list(shown.values()) == pytest.approx(expected, abs=1e-6)


def test_a_linear_encoders_scores_are_exact() -> None:
    """An encoder that hands its embeddings on: what a token adds is its own embedding's worth."""

    class Plain(torch.nn.Module):
        def __init__(self, words: torch.nn.Embedding, config: Any) -> None:
            super().__init__()
            self.words, self.config = words, config

        def get_input_embeddings(self) -> torch.nn.Embedding:
            return self.words

        def forward(
            self, input_ids: Any = None, inputs_embeds: Any = None, attention_mask: Any = None
        ) -> Any:
            hidden = self.words(input_ids) if inputs_embeds is None else inputs_embeds
            return transformers.modeling_outputs.BaseModelOutput(last_hidden_state=hidden)

    engine = an_engine(buckets=0)
    body = engine.model.body
    engine.model.body = Plain(body.get_input_embeddings(), body.config).requires_grad_(False)
    text = "misses estimates"
    told = explain(engine, text, "topics:earnings")
    ids = engine.tokenizer.encode(text)
    words = body.get_input_embeddings().weight
    mask = words[engine.tokenizer.token_to_id("<mask>")]
    worth = ((words[ids.ids] - mask) @ engine.model.topics.weight[0] / len(ids.ids) / 2.0).tolist()
    expected = [0.0, 0.0]
    for (start, _), special, value in zip(ids.offsets, ids.special_tokens_mask, worth, strict=True):
        if not special:
            expected[start >= text.index(" ")] += value
    assert [one.score for one in told.attributions] == pytest.approx(expected, abs=1e-5)
    assert told.error < 1e-3 and told.steps == POINTS


@settings(max_examples=25, deadline=None)
@example("&lt;b&gt; &amp;amp; https://example.org/a?b=c")
@example("ﬁnance ﷺ e\u0301 ΑΣ İstanbul ½")
@example("🚀" * 50)
@example("\x00 \u202e")
@given(st.text(st.characters(exclude_categories=()), max_size=40))
def test_words_slice_the_cleaned_text_and_nothing_is_lost(engine: Engine, text: str) -> None:
    told = explain(engine, text, "topics:deal")
    assert told.text == clean(text)
    edges = [0, *(edge for one in told.attributions for edge in (one.start, one.end)), len(told.text)]
    assert edges == sorted(edges)
    for one in told.attributions:
        word = told.text[one.start : one.end]
        assert word == word.strip() != ""
    total = sum(one.score for one in told.attributions)
    assert abs(total - told.difference) <= told.error * max(abs(told.difference), FLOOR) + 1e-6
    assert told.error <= TOLERANCE or told.steps == MOST


def words(engine: Engine, text: str) -> list[str]:
    told = explain(engine, text, "sentiment")
    return [told.text[one.start : one.end] for one in told.attributions]


def test_pieces_are_merged_to_words_of_either_language(engine: Engine) -> None:
    assert words(engine, "Don't sell $ABC: U.S. full-year profit of 1,200.5 fell -3.5%!") == [
        *("Don't", "sell", "$ABC", ":", "U.S", ".", "full-year", "profit", "of", "1,200.5"),
        *("fell", "-3.5%", "!"),
    ]
    mixed = words(engine, "raises金石A股 profit")
    assert mixed[0] == "raises" and mixed[-1] == "profit"
    assert set(mixed[1:-1]) <= {"金", "石", "金石", "A", "股", "A股"}
    assert "".join(words(engine, TEXTS[1])) == TEXTS[1]
    assert words(engine, "Чистая прибыль выросла") == ["Чистая", "прибыль", "выросла"]


def test_a_blank_text_has_nothing_to_explain(engine: Engine) -> None:
    for text in ("", " \t\n"):
        told = explain(engine, text, "sentiment")
        assert (told.attributions, told.difference, told.error, told.steps) == ((), 0.0, 0.0, 0)
        assert told.label == "neutral"


def test_of_a_long_text_the_words_that_are_read_are_explained(engine: Engine) -> None:
    text = "Harbour Foods misses estimates. " * 200
    told = explain(engine, text, "sentiment")
    assert told.attributions[-1].start < grams.LONGEST
    assert len(told.attributions) > 60
    deep = explain(an_engine(buckets=0), text, "sentiment")
    assert deep.attributions[-1].end < 200, "30 tokens of it are read"


def test_without_a_mask_token_padding_says_nothing() -> None:
    engine = an_engine(mask=False, buckets=0)
    told = explain(engine, TEXTS[0], "topics:deal")
    assert told.error <= TOLERANCE and told.difference != 0.0


@pytest.mark.parametrize(
    ("target", "known"),
    [
        ("nonsense", "earnings, deal"),
        ("", "earnings, deal"),
        ("sentiment:happy", "negative, neutral, positive"),
        ("topics:sport", "earnings, deal"),
        ("topics", "earnings, deal"),
        ("company:", "a name in the text"),
        ("company:Tallgrass", "does not stand in the text"),
    ],
)
def test_a_target_there_is_not_is_refused_with_those_there_are(
    engine: Engine, target: str, known: str
) -> None:
    with pytest.raises(UserError, match=known):
        explain(engine, TEXTS[0], target)


@given(st.text(max_size=30))
@example("ﬁ e\u0301 ΑΣ İ x² ｆｕｌｌ①")
def test_units_are_those_the_features_are_made_of(text: str) -> None:
    found = _units(text)
    assert [unit for unit, _, _ in found] == grams.UNIT.findall(grams.plain(text))
    for unit, start, end in found:
        assert unit in unicodedata.normalize("NFKC", text[start:end]).lower() or end - start > 1


def test_overlapping_spans_are_one_word() -> None:
    assert merge("ab cd", [(0, 1), (1, 4)]) == [(0, 5)]
    assert merge("远山 x", [(0, 1), (1, 2), (2, 2)]) == [(0, 1), (1, 2), (3, 4)]


def test_precision_does_not_spoil_it(engine: Engine) -> None:
    coarse = an_engine()
    coarse.model.to(torch.bfloat16)
    assert coarse.model.ngrams is not None
    coarse.model.ngrams.float()
    told = explain(coarse, TEXTS[0], "topics:deal")
    assert told.error <= TOLERANCE
    exact = explain(engine, TEXTS[0], "topics:deal")
    assert told.difference == pytest.approx(exact.difference, abs=0.1)
    assert next(coarse.model.body.parameters()).dtype == torch.bfloat16, "what serves is left as it is"


def test_the_plugin_explains_with_its_version(engine: Engine) -> None:
    plugin = Transformer()
    with pytest.raises(ModelError, match="no model is loaded"):
        plugin.explain(make_article(TEXTS[0]), "sentiment")
    plugin._engine, plugin._version = engine, "v7"
    serving: Explaining = plugin
    assert isinstance(plugin, Explaining)
    told = serving.explain(make_article(TEXTS[0]), "sentiment")
    assert told == replace(explain(engine, TEXTS[0], "sentiment"), model="v7")
