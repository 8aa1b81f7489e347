"""Smaller models: what is removed is what matters least, what stays computes the same, and is taught."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tokenizers
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor import SENTIMENTS, Compressible, Example, ModelError, Snapshot, UserError
from monitor_plugins.transformer import Transformer
from monitor_plugins.transformer.compressing import prune, vocabulary
from monitor_plugins.transformer.compressing.compress import size, teach
from monitor_plugins.transformer.fitting.targets import Targets, distance, loss
from monitor_plugins.transformer.fitting.texts import Texts
from monitor_plugins.transformer.network import factored, folder
from monitor_plugins.transformer.network.building import build, build_for_serving
from monitor_plugins.transformer.network.encoder import Batch, Encoder, Logits, Parts
from monitor_plugins.transformer.rows import Row
from monitor_plugins.transformer.serving import packed
from monitor_plugins.transformer.serving.engine import Engine

pytestmark = pytest.mark.usefixtures("one_thread")
CPU = torch.device("cpu")
COMPANIES = ("Harbour Foods", "Northwind", "远山光伏", "金石矿业")
SAID = {
    "positive": ("profit jumps", "beats forecasts", "利润大增"),
    "negative": ("profit plunges", "misses forecasts", "利润暴跌"),
    "neutral": ("holds meeting", "names venue", "召开会议"),
}
EXAMPLES = [
    Example(f"{company} {phrase} {n}", sentiment, ("deal",), companies=((company, sentiment),))
    for company in COMPANIES
    for sentiment, phrases in SAID.items()
    for phrase in phrases
    for n in (1, 2, 3)
]
SPLIT = Snapshot("0" * 64, EXAMPLES[::2], EXAMPLES[1::2])


def quiet(what: str, done: float, total: float) -> None:
    return None


@pytest.fixture(scope="module")
def base(write_base: Callable[..., Path]) -> Path:
    """A random encoder of three layers."""
    return write_base(
        "tiny", [example.text for example in EXAMPLES], num_hidden_layers=3, num_attention_heads=4
    )


def plugin(base: Path, **options: Any) -> Transformer:
    given = {"method": "full", "epochs": 8, "learning_rate": 5e-3, "head_learning_rate": 1e-2, "ngrams": 512}
    return Transformer(device="cpu", base=str(base), **(given | options))


@pytest.fixture(scope="module")
def model(base: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("models") / "first-1"
    plugin(base).fit(SPLIT, None, out, quiet)
    return out


@pytest.fixture
def network(model: Path) -> Encoder:
    encoder, _ = build(folder.read(model), model)
    return encoder.eval()


def a_batch(vocabulary: int, seed: int = 0) -> Batch:
    rng = np.random.default_rng(seed)
    rows = [Row(rng.integers(4, vocabulary, length).tolist()) for length in (3, 5, 5, 9)]
    return Batch.of(rows, padding=1)


# --- pruning ------------------------------------------------------------------------------


@given(st.floats(0, 0.99), st.floats(0, 0.99))
@settings(max_examples=15)
def test_the_engine_leaves_out_what_is_zero_and_computes_the_same(
    model: Path, heads: float, neurons: float
) -> None:
    found = folder.read(model)
    encoder, _ = build_for_serving(found, model)
    with torch.no_grad():
        count = prune.prune_heads(encoder, heads), prune.prune_neurons(encoder, neurons, [1])
    assert count == (3 * min(round(heads * 4), 3), min(round(neurons * 64), 63))
    encoder.eval()
    short = packed.pack(encoder.body)  # type: ignore[arg-type]
    assert short.layers[0].heads == 4 - count[0] // 3
    batch = a_batch(found.config.architecture["vocab_size"])
    with torch.inference_mode():
        wanted, states = encoder.states(batch)[batch.mask], short.states(batch)[batch.mask]
    assert torch.allclose(states, wanted, atol=1e-4)


def test_the_weakest_go_first(network: Encoder) -> None:
    assert network.layers is not None
    layer = network.layers[0]
    with torch.no_grad():
        layer.attention.self.value.weight[8:16] *= 1e-3  # head 1 of 4, 8 wide
        layer.intermediate.dense.weight[5] *= 1e-3
    assert prune.heads_by_size(Parts.of(layer), 4)[0] == 1
    prune.prune_heads(network, 0.25, [0])
    prune.prune_neurons(network, 1 / 64, [0])
    live = prune.live_heads(layer.attention.self.value, layer.attention.output.dense, 4)
    assert live.tolist() == [0, 2, 3]
    assert 5 not in prune.live_neurons(layer.intermediate.dense, layer.output.dense)


def test_layers_that_change_least_are_dropped(network: Encoder) -> None:
    assert network.layers is not None
    with torch.no_grad():  # what a layer adds is what these two make
        for part in (network.layers[1].attention.output.dense, network.layers[1].output.dense):
            part.weight.mul_(1e-6)
            part.bias.zero_()
    batch = a_batch(network.body.config.vocab_size)
    with torch.inference_mode():
        before = network.states(batch)[batch.mask]
        assert prune.drop_layers(network, 2, [batch]) == [0, 2]
        after = network.states(batch)[batch.mask]
    assert network.depth == 2
    # All that is left of the layer is its normalisation.
    assert torch.nn.functional.cosine_similarity(before, after, dim=-1).min() > 0.98
    with pytest.raises(ModelError, match="layers = 3: expected 1 to 2"):
        prune.drop_layers(network, 3, [batch])


def test_shares_that_leave_nothing_are_refused(network: Encoder) -> None:
    with pytest.raises(ModelError, match="heads = 1: expected the share to remove, from 0 to under 1"):
        prune.prune_heads(network, 1)
    with pytest.raises(ModelError, match=r"neurons = -0.1"):
        prune.prune_neurons(network, -0.1)


# --- factors ------------------------------------------------------------------------------


@given(st.integers(1, 12), st.integers(0, 100))
@settings(max_examples=25)
def test_factors_are_the_nearest_of_their_rank(rank: int, seed: int) -> None:
    torch.manual_seed(seed)
    dense = torch.nn.Linear(16, 48)
    first, second = factored.factors(dense, rank)
    with torch.inference_mode():
        missed = torch.linalg.norm(dense.weight - second.weight @ first.weight)
        sizes = torch.linalg.svdvals(dense.weight)
        # Eckart and Young: what is missed is the singular values that were left out.
        assert torch.isclose(missed, sizes[rank:].norm(), atol=1e-4)
        tokens = torch.randn(5, 16)
        full = second(first(tokens)) + tokens @ (dense.weight - second.weight @ first.weight).T
        assert torch.allclose(full, dense(tokens), atol=1e-4)


def test_a_rank_that_saves_nothing_is_refused(network: Encoder) -> None:
    # 32 x 64 numbers; 22 x (32 + 64) are more
    with pytest.raises(ModelError, match="rank = 22: expected 1 to 21"):
        factored.factor(network.body, 22)
    factored.factor(network.body, 4)
    with pytest.raises(ModelError, match="factors already"):
        factored.factor(network.body, 3)
    with pytest.raises(ModelError, match="low-rank factors"):
        prune.prune_neurons(network, 0.5)


# --- vocabularies -------------------------------------------------------------------------


def pieces(kind: str) -> tokenizers.Tokenizer:
    """A tokenizer of pieces, with a token added behind its vocabulary."""
    words = ("harbour", "foods", "profit", "jumps", "falls", "远山", "光伏", "利润")
    letters = sorted({letter for word in words for letter in word})
    special = ["<s>", "<pad>", "</s>", "<unk>"]
    if kind == "Unigram":
        common = [(one, -9.0) for one in ("▁", *letters)] + [(f"▁{word}", -3.0) for word in words]
        tokenizer = tokenizers.Tokenizer(
            tokenizers.models.Unigram([*((one, 0.0) for one in special), *common], unk_id=3)
        )
        tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Metaspace()
    else:
        known = [*special, *letters, *(f"##{one}" for one in letters), *words]
        numbers = {one: i for i, one in enumerate(known)}
        tokenizer = tokenizers.Tokenizer(tokenizers.models.WordPiece(numbers, unk_token="<unk>"))
        tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    tokenizer.post_processor = tokenizers.processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    tokenizer.add_special_tokens([*special, "<mask>"])
    return tokenizer


@pytest.mark.parametrize("kind", ["Unigram", "WordPiece"])
def test_texts_of_kept_tokens_are_cut_as_before_and_others_can_still_be_written(kind: str) -> None:
    whole = pieces(kind)
    text = "harbour profit falls"
    counts = vocabulary.count(whole, [text])
    described, kept = vocabulary.trim(whole.to_str(), counts, 0)
    assert vocabulary.trim(whole.to_str(), counts, 10_000)[1] == list(range(whole.get_vocab_size()))
    described, kept = vocabulary.trim(whole.to_str(), counts, len(kept) + len(counts))
    fewer = tokenizers.Tokenizer.from_str(described)
    assert fewer.get_vocab_size() == len(kept) < whole.get_vocab_size()
    assert [fewer.id_to_token(i) for i in range(len(kept))] == [whole.id_to_token(i) for i in kept]
    assert fewer.encode(text).tokens == whole.encode(text).tokens
    assert [kept[i] for i in fewer.encode(text).ids] == whole.encode(text).ids
    gone = next(token for token in whole.get_vocab() if whole.token_to_id(token) not in kept)
    again = fewer.encode(gone.replace("▁", " ").replace("##", "")).ids
    assert fewer.token_to_id("<unk>") not in again
    assert kept[fewer.token_to_id("<mask>")] == whole.token_to_id("<mask>")


def test_a_vocabulary_of_pairs_is_refused() -> None:
    tokenizer = tokenizers.Tokenizer(tokenizers.models.BPE())
    with pytest.raises(ModelError, match="BPE vocabulary cannot be trimmed"):
        vocabulary.trim(tokenizer.to_str(), Counter(), 5)


def test_berts_own_post_processor_is_renumbered() -> None:
    whole = pieces("WordPiece")
    whole.post_processor = tokenizers.processors.BertProcessing(
        ("</s>", 2), ("<mask>", whole.token_to_id("<mask>"))
    )
    described, kept = vocabulary.trim(whole.to_str(), Counter(), 0)
    fewer = tokenizers.Tokenizer.from_str(described)
    assert fewer.encode("h").tokens == whole.encode("h").tokens
    assert json.loads(described)["post_processor"]["cls"] == [
        "<mask>",
        kept.index(whole.token_to_id("<mask>")),
    ]


# --- teaching -----------------------------------------------------------------------------


@given(st.integers(0, 1000))
@settings(max_examples=20)
def test_a_student_that_says_the_same_is_at_no_distance(seed: int) -> None:
    rng = torch.Generator().manual_seed(seed)
    a, b = (
        Logits(*(torch.randn(shape, generator=rng) * 3 for shape in ((4, 3), (4, 5), (6, 3))))
        for _ in range(2)
    )
    assert torch.isclose(distance(a, a), torch.zeros(()), atol=1e-4)
    assert distance(a, b) > 0
    shifted = Logits(a.sentiment + 7, a.topics, a.company - 7)
    assert torch.isclose(distance(shifted, a), torch.zeros(()), atol=1e-4)


def test_what_is_taught_follows_its_texts(network: Encoder) -> None:
    examples = [Example("a", companies=(("x", "negative"), ("y", "positive"))), Example("b"), EXAMPLES[0]]
    plain = Targets.of(examples, ("deal",), {})
    taught = Logits(torch.arange(9.0).view(3, 3), torch.arange(3.0).view(3, 1), torch.arange(9.0).view(3, 3))
    known = replace(plain, taught=taught)
    chosen = known[torch.tensor([2, 0])].to(torch.device("cpu"))
    assert chosen.taught is not None
    assert chosen.taught.sentiment[:, 0].tolist() == [6, 0]
    assert chosen.taught.topics.flatten().tolist() == [2, 0]
    assert chosen.taught.company[:, 0].tolist() == [6, 0, 3]
    logits = Logits(torch.zeros(3, 3), torch.zeros(3, 1), torch.zeros(3, 3))
    told, off = loss(logits, plain), distance(logits, taught)
    assert torch.isclose(loss(logits, known), (told + off) / 2)
    for trust in (0.0, 0.25, 1.0):
        trusted = replace(known, trust=trust)[torch.arange(3)].to(torch.device("cpu"))
        assert torch.isclose(loss(logits, trusted), (1 - trust) * told + trust * off)


def test_teachers_are_averaged(model: Path) -> None:
    found = folder.read(model)
    encoder, tokenizer = build(found, model)
    texts = Texts(SPLIT.train, tokenizer, found.config.padding, found.config.max_tokens, found.config.ngrams)
    alone = texts.predict(encoder)
    taught, names = teach([model, model], SPLIT.train, found.config.topics, CPU, quiet)
    assert names == ["first-1", "first-1"]
    for mine, theirs in zip(alone, (taught.sentiment, taught.topics, taught.company), strict=True):
        assert np.allclose(mine, theirs, atol=1e-5)
    with pytest.raises(ModelError, match="knows other topics"):
        teach([model], SPLIT.train, ("legal",), CPU, quiet)


# --- the whole ----------------------------------------------------------------------------

WAYS: list[dict[str, float]] = [
    {"layers": 2},
    {"heads": 0.5, "neurons": 0.5},
    {"rank": 8},
    {"vocabulary": 30},
    {"layers": 2, "heads": 0.25, "neurons": 0.25, "rank": 8, "vocabulary": 30},
]


@pytest.mark.parametrize("ways", WAYS, ids=lambda ways: "+".join(ways))
def test_a_smaller_model_serves_and_has_learnt(model: Path, tmp_path: Path, ways: dict[str, float]) -> None:
    compressor = plugin(model)
    assert isinstance(compressor, Compressible)
    metrics = compressor.compress(SPLIT, [model], tmp_path / "small-1", quiet, ways)
    told = metrics["training"]["compressed"]
    assert told["weights"]["after"] < told["weights"]["before"]
    assert told["teachers"] == ["first-1"]
    assert metrics["parent"] == "first-1"
    engine = Engine.load(tmp_path / "small-1", "cpu", "float32")
    texts = [example.text for example in SPLIT.development]
    names = [[name for name, _ in example.companies] for example in SPLIT.development]
    outcome = engine.judge(texts, names)
    guesses = [SENTIMENTS[i] for i in outcome.sentiment.argmax(1)]
    right = np.mean([guess == e.sentiment for guess, e in zip(guesses, SPLIT.development, strict=True)])
    assert right >= 0.8
    assert len(outcome.company) == len(texts)
    stored = folder.read(tmp_path / "small-1").config
    assert stored.rank == ways.get("rank", 0)
    assert stored.architecture["num_hidden_layers"] == ways.get("layers", 3)


def test_it_can_be_fitted_further(model: Path, tmp_path: Path) -> None:
    plugin(model).compress(SPLIT, [model], tmp_path / "small-1", quiet, WAYS[-1])
    for method in ("top-k", "lora", "full"):
        options = {"method": method, "layers": 1, "epochs": 1}
        plugin(model, **options).fit(SPLIT, tmp_path / "small-1", tmp_path / method, quiet)
        assert folder.read(tmp_path / method).config.rank == 8


def test_without_texts_it_is_only_cut(model: Path, tmp_path: Path) -> None:
    nothing = Snapshot("", (), ())
    metrics = plugin(model).compress(nothing, [model], tmp_path / "cut-1", quiet, {"neurons": 0.5})
    assert metrics["training"]["steps"] == 0
    encoder, _ = build(folder.read(tmp_path / "cut-1"), tmp_path / "cut-1")
    whole, _ = build(folder.read(model), model)
    assert size(encoder) < size(whole)
    for ways, match in (
        ({}, "nothing to compress"),
        ({"vocabulary": 40}, "trimmed to the texts"),
        ({"layers": 2}, "ranked by what they do to texts"),
    ):
        with pytest.raises(ModelError, match=match):
            plugin(model).compress(nothing, [model], tmp_path / "no", quiet, ways)


def test_an_unknown_way_is_told(model: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="'width': known layers, heads, neurons, rank, vocabulary"):
        plugin(model).compress(SPLIT, [model], tmp_path / "no", quiet, {"width": 3})
