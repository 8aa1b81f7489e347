"""The serving engine, on random encoders of two layers made here."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import structlog
import tokenizers
import torch
import transformers
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor import ModelError
from monitor_plugins.transformer.network import folder, hardware
from monitor_plugins.transformer.network.bert import Bert, Shape
from monitor_plugins.transformer.network.building import build, build_for_serving, capture
from monitor_plugins.transformer.network.encoder import Batch, Encoder
from monitor_plugins.transformer.network.hardware import choose_precision
from monitor_plugins.transformer.network.weights import pack, unpack
from monitor_plugins.transformer.rows import Row
from monitor_plugins.transformer.serving import packed
from monitor_plugins.transformer.serving.cache import Cache, content_key
from monitor_plugins.transformer.serving.engine import Engine, Outcome
from monitor_plugins.transformer.serving.quantized import Int8

pytestmark = pytest.mark.usefixtures("one_thread")
WORDS = ("harbour", "foods", "profit", "jumps", "falls", "远", "山", "光", "伏", "利", "润", "大", "增")
TOPICS = ("deal", "earnings", "legal")
MEASURES = {
    "vocab_size": len(WORDS) + 4,
    "hidden_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 128,
    "max_position_embeddings": 44,
    "type_vocab_size": 2,
    "pad_token_id": 1,
    "initializer_range": 0.2,
}
BERT = transformers.BertConfig(**MEASURES)
needs_int8 = pytest.mark.skipif(bool(hardware.int8_missing()), reason=hardware.int8_missing())


def write(path: Path, config: transformers.PreTrainedConfig, tokenizer: tokenizers.Tokenizer) -> Path:
    """A model folder with random weights."""
    torch.manual_seed(0)
    model = Encoder(transformers.AutoModel.from_config(config), len(TOPICS), 512)
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.2)
    described = folder.Config(
        id="random-1",
        architecture=config.to_dict(),
        topics=TOPICS,
        max_tokens=40,
        padding=1,
        ngrams=512,
    )
    stored = unpack(pack(capture(model)))
    folder.write(path, folder.Model(described, stored, tokenizer.to_str()), {}, "")
    return path


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory, word_tokenizer: Callable[..., Any]) -> Path:
    return write(tmp_path_factory.mktemp("models") / "random-1", BERT, word_tokenizer(WORDS))


@pytest.fixture(scope="module")
def load(model: Path) -> Callable[..., Engine]:
    def loaded(precision: str = "float32", **settings: int) -> Engine:
        return Engine.load(model, "cpu", precision, **settings)

    return loaded


def texts(n: int = 60, longest: int = 30) -> tuple[list[str], list[list[str]]]:
    """Random texts of different lengths, and companies to ask about, some of them not in the text."""
    rng = np.random.default_rng(0)
    found = [" ".join(rng.choice(WORDS, rng.integers(1, longest))) for _ in range(n)]
    return found, [[text.split()[0], "远山"] if i % 3 else [] for i, text in enumerate(found)]


def close(a: Outcome, b: Outcome, within: float) -> None:
    assert np.allclose(a.sentiment, b.sentiment, atol=within)
    assert np.allclose(a.topics, b.topics, atol=within)
    assert [len(one) for one in a.company] == [len(one) for one in b.company]
    for one, other in zip(a.company, b.company, strict=True):
        assert np.allclose(one, other, atol=within)
    assert a.unsupported == b.unsupported
    # The largest is near 4, where the next 16-bit float is 0.004 away.
    assert np.allclose(vectors_of(a), vectors_of(b), atol=within + 0.005)


def vectors_of(outcome: Outcome) -> np.ndarray:
    return np.stack([np.frombuffer(one, "<f2") for one in outcome.vectors]).astype(np.float32)


def off(found: torch.Tensor, exact: torch.Tensor) -> float:
    """The largest error of a token's outputs, as a share of their length."""
    return float(((found - exact).norm(dim=1) / exact.norm(dim=1)).max())


# --- the network ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "config",
    [BERT, transformers.RobertaConfig(**MEASURES), transformers.XLMRobertaConfig(**MEASURES)],
    ids=lambda config: config.model_type,
)
def test_the_serving_network_is_hugging_faces(
    tmp_path: Path, config: transformers.PreTrainedConfig, word_tokenizer: Callable[..., Any]
) -> None:
    path = write(tmp_path / "random-1", config, word_tokenizer(WORDS))
    found = folder.read(path)
    theirs, _ = build(found, path)
    ours, _ = build_for_serving(found, path)
    assert isinstance(ours.body, Bert)
    assert theirs.state_dict().keys() == ours.state_dict().keys()
    theirs.eval()
    ours.eval()
    rows = [Row(list(range(4, 4 + length))) for length in (3, 3, 7, 12)]
    batch = Batch.of(rows, padding=1)
    with torch.inference_mode():
        wanted = theirs.states(batch)[batch.mask]
        assert torch.allclose(ours.states(batch)[batch.mask], wanted, atol=1e-5)
        assert torch.allclose(packed.pack(ours.body).states(batch)[batch.mask], wanted, atol=1e-5)
        embedded = ours.body.get_input_embeddings()(batch.ids)
        again = ours.body(inputs_embeds=embedded, attention_mask=batch.mask.long()).last_hidden_state
        assert torch.allclose(again[batch.mask], wanted, atol=1e-5)


def test_a_network_of_another_kind_is_left_to_transformers(
    tmp_path: Path, word_tokenizer: Callable[..., Any]
) -> None:
    assert Shape.of({**BERT.to_dict(), "hidden_act": "relu"}) is None
    assert Shape.of({**BERT.to_dict(), "hidden_size": None}) is None
    config = transformers.BertConfig(**MEASURES, hidden_act="relu")
    path = write(tmp_path / "random-1", config, word_tokenizer(WORDS))
    with structlog.testing.capture_logs() as logs:
        found = Engine.load(path, "cpu", "int8")
    assert not isinstance(found.model.body, Bert)
    assert [one["reason"] for one in logs] == ["the network is not of BERT's kind"]
    some, names = texts(8)
    close(found.judge(some, names), Engine.load(path, "cpu", "float32").judge(some, names), 1e-5)


# --- the same answers -------------------------------------------------------------------


@pytest.mark.parametrize("precision", ["float32", pytest.param("int8", marks=needs_int8)])
def test_a_text_is_judged_alike_in_any_batch_and_order(load: Callable[..., Engine], precision: str) -> None:
    some, names = texts()
    whole = load(precision).judge(some, names)
    for budget in (1, 64, 500):
        close(load(precision, batch_tokens=budget).judge(some, names), whole, 1e-5)
    engine = load(precision)
    order = np.random.default_rng(1).permutation(len(some))
    shuffled = engine.judge([some[i] for i in order], [names[i] for i in order])
    assert np.allclose(shuffled.sentiment, whole.sentiment[order], atol=1e-5)
    assert np.allclose(vectors_of(shuffled), vectors_of(whole)[order], atol=0.005)


@pytest.mark.parametrize("precision", ["float32", "bfloat16", pytest.param("int8", marks=needs_int8)])
def test_the_vector_is_what_the_sentiment_head_reads(load: Callable[..., Engine], precision: str) -> None:
    engine = load(precision)
    engine.model.ngrams = None  # they add what no vector holds
    some, names = texts(20)
    found = engine.judge(some, names)
    with torch.inference_mode():
        read = torch.from_numpy(vectors_of(found)).to(engine.model.sentiment.weight.dtype)
        chances = (engine.model.sentiment(read).float() / engine.config.temperatures["sentiment"]).softmax(1)
    assert np.allclose(chances.numpy(), found.sentiment, atol=2e-3)


@needs_int8
def test_int8_is_close_to_float32(load: Callable[..., Engine]) -> None:
    some, names = texts(200)
    full, reduced = load("float32").judge(some, names), load("int8").judge(some, names)
    close(full, reduced, 0.3)
    assert np.allclose(full.sentiment, reduced.sentiment, atol=0.05)
    a, b = vectors_of(full), vectors_of(reduced)
    cosines = (a * b).sum(1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)
    assert cosines.min() > 0.995


@needs_int8
def test_a_large_activation_does_not_take_the_levels_of_the_rest() -> None:
    torch.manual_seed(0)
    weight, bias, tokens = torch.randn(24, 32), torch.randn(24), torch.randn(50, 32)
    tokens[0] *= 1000
    tokens[1] = 0
    exact = tokens @ weight.T + bias
    assert off(Int8(weight, bias, torch.ones(32))(tokens), exact) < 0.03


@needs_int8
def test_a_large_input_does_not_take_the_levels_of_the_others() -> None:
    torch.manual_seed(0)
    weight, bias, tokens = torch.randn(24, 32), torch.zeros(24), torch.randn(200, 32)
    tokens[:, 5] *= 100
    weight[:, 5] /= 100
    exact = tokens @ weight.T
    balanced = off(Int8(weight, bias, tokens.abs().amax(0))(tokens), exact)
    # How far off an unbalanced layer is differs with the processor's integer kernels: compare the two.
    assert balanced < 0.03 and balanced < off(Int8(weight, bias, torch.ones(32))(tokens), exact) / 2


@needs_int8
def test_an_input_the_sample_lacked_may_be_as_large_as_the_others() -> None:
    torch.manual_seed(0)
    weight, bias, tokens = torch.randn(24, 32), torch.zeros(24), torch.randn(200, 32)
    largest = tokens.abs().amax(0)
    largest[7] = 0
    assert off(Int8(weight, bias, largest)(tokens), tokens @ weight.T) < 0.03


@needs_int8
def test_a_map_of_nothing_stays_one() -> None:
    layer = Int8(torch.zeros(8, 64), torch.ones(8), torch.zeros(64))
    assert torch.equal(layer(torch.zeros(3, 64)), torch.ones(3, 8))
    assert torch.equal(layer(torch.randn(3, 64)), torch.ones(3, 8))


@needs_int8
def test_the_largest_products_do_not_saturate() -> None:
    weight, bias = torch.ones(8, 64), torch.zeros(8)
    layer = Int8(weight, bias, torch.ones(64))
    assert torch.allclose(layer(torch.ones(3, 64)), torch.full((3, 8), 64.0), rtol=1e-3)


def test_without_its_kernels_int8_gives_way_to_float32(
    load: Callable[..., Engine], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hardware, "int8_missing", lambda: "no kernels")
    assert choose_precision("auto", torch.device("cpu")) != torch.int8
    with structlog.testing.capture_logs() as logs:
        found = load("int8")
    assert [(one["log_level"], one["reason"]) for one in logs] == [("warning", "no kernels")]
    some, names = texts(5)
    close(found.judge(some, names), load("float32").judge(some, names), 1e-6)


def test_an_unknown_precision_is_refused(model: Path) -> None:
    with pytest.raises(ModelError, match="use one of auto, float32, bfloat16, int8"):
        Engine.load(model, "cpu", "int4")
    assert choose_precision("int8", torch.device("cpu")) == torch.int8


@pytest.mark.parametrize("precision", ["float32", pytest.param("int8", marks=needs_int8)])
def test_long_texts_are_cut_where_the_model_ends(load: Callable[..., Engine], precision: str) -> None:
    engine = load(precision)
    longest = " ".join(["profit"] * 38)
    vector, cut, huge = engine.judge([longest, f"{longest} falls", "profit " * 50_000]).vectors
    assert vector == cut == huge
    outcome = engine.judge(["profit " * 50_000, ""], [["profit"], ["profit"]])
    assert np.isfinite(outcome.company[0]).all()
    assert outcome.unsupported == ["", "no text"]


def test_nothing_asked_gives_nothing(load: Callable[..., Engine]) -> None:
    outcome = load().judge([])
    assert outcome.sentiment.shape == (0, 3)
    assert outcome.topics.shape == (0, len(TOPICS))
    assert list(outcome.vectors) == []


# --- memory -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory"),
        RuntimeError("DefaultCPUAllocator: can't allocate memory"),
    ],
    ids=["device", "processor"],
)
def test_a_batch_too_large_for_the_memory_is_halved(
    load: Callable[..., Engine], monkeypatch: pytest.MonkeyPatch, error: RuntimeError
) -> None:
    some, names = texts()
    wanted = load().judge(some, names)
    engine = load()
    states, sizes = engine._states, []

    def scarce(batch: Batch) -> torch.Tensor:
        sizes.append(len(batch.ids))
        if len(batch.ids) > 2:
            raise error
        return states(batch)

    monkeypatch.setattr(engine, "_states", scarce)
    close(engine.judge(some, names), wanted, 1e-5)
    assert max(sizes) > 2 and min(sizes) >= 1


# --- the cache --------------------------------------------------------------------------


def test_the_cache_changes_no_answer_and_computes_a_text_once(
    load: Callable[..., Engine], monkeypatch: pytest.MonkeyPatch
) -> None:
    some, names = texts(40)
    some, names = some + some[:7], names + names[:7]
    plain = load(cached=0)
    first = plain.judge(some, names)
    assert len(plain.judged) == 0
    engine = load()
    close(engine.judge(some, names), first, 1e-6)
    monkeypatch.setattr(engine, "_states", lambda batch: pytest.fail("computed again"))
    again = engine.judge(some, names)
    assert np.array_equal(again.sentiment, engine.judge(some, names).sentiment)
    close(again, first, 1e-6)
    assert again.vectors == first.vectors
    distinct = len({content_key(*one) for one in zip(some, names, strict=True)})
    assert (engine.judged.hits, engine.judged.misses) == (2 * distinct, distinct)
    again.sentiment[:] = 0
    again.company[1][:] = 0
    close(engine.judge(some, names), first, 1e-6)


def test_other_companies_are_another_question(load: Callable[..., Engine]) -> None:
    engine = load()
    text = "harbour foods profit falls"
    asked = [["harbour"], ["foods"], [], ["harbour", "foods"]]
    alone = [load(cached=0).judge([text], [one]) for one in asked]
    together = engine.judge([text] * len(asked), asked)
    for i, one in enumerate(alone):
        assert np.allclose(together.company[i], one.company[0], atol=1e-6)
    assert len(engine.judged) == len(asked)


@given(st.lists(st.binary(max_size=2)), st.integers(0, 5))
@settings(max_examples=60)
def test_the_cache_holds_what_was_used_last(keys: list[bytes], size: int) -> None:
    cache: Cache[bytes] = Cache(size)
    for key in keys:
        if cache.get(key) is None:
            cache.put(key, key + b"!")
        assert len(cache) <= size
    recent = list(dict.fromkeys(reversed(keys)))
    for key in recent[:size]:
        assert cache.get(key) == key + b"!"
    for key in recent[size:]:
        assert cache.get(key) is None


@given(st.lists(st.text(st.characters(exclude_categories=()), max_size=4), max_size=4))
def test_keys_tell_texts_and_names_apart(parts: list[str]) -> None:
    key = content_key("a", parts)
    assert key != content_key("a", [*parts, ""])
    assert key != content_key("".join(["a", *parts, "b"]))
    assert key == content_key("a", list(parts))
