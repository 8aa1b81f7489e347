"""The classifier as the monitor uses it, on an encoder of two layers made here."""

from __future__ import annotations

import csv
import importlib.util
import json
import subprocess
import sys
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from itertools import chain
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import tokenizers
import torch
import transformers
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor import SENTIMENTS, TOPICS, Article, Classifier, Example, ModelError, Snapshot, Trainable
from monitor.testing import check_classifier
from monitor_plugins.transformer import Transformer, folder, objective
from monitor_plugins.transformer.blend import add_ngrams, take_out
from monitor_plugins.transformer.datasets import DATA_SETS
from monitor_plugins.transformer.encoder import Batch, Encoder, Logits, Row, clean, find, tokenize
from monitor_plugins.transformer.engine import Engine, batches, choose_device, choose_precision
from monitor_plugins.transformer.fit import Recipe, fit, freeze
from monitor_plugins.transformer.ngrams import Features, NGrams, features
from monitor_plugins.transformer.objective import Push, accumulate, disagreement
from monitor_plugins.transformer.start import Start, begin
from monitor_plugins.transformer.targets import Targets, loss, macro_f1, score
from monitor_plugins.transformer.texts import Texts

pytestmark = pytest.mark.usefixtures("one_thread")
SHIPPED = Path(__file__).parents[2] / "models" / "default"
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
SUBJECTS = ("Harbour Foods", "Northwind", "Blue Mesa", "远山光伏", "云港航运", "金石矿业")
SAID = {
    "positive": ("profit jumps", "beats forecasts", "利润大增", "订单创新高"),
    "negative": ("profit plunges", "misses forecasts", "利润暴跌", "遭到处罚"),
    "neutral": ("holds meeting", "names venue", "召开会议", "发布公告"),
}
ABOUT = {"earnings": ("in the quarter", "上半年"), "deal": ("in merger talks", "并购案")}


def quiet(what: str, done: float, total: float) -> None:
    return None


def examples() -> list[Example]:
    return [
        Example(f"{subject} {phrase} {where}", sentiment, (topic,), companies=((subject, sentiment),))
        for subject in SUBJECTS
        for sentiment, phrases in SAID.items()
        for phrase in phrases
        for topic, wheres in ABOUT.items()
        for where in wheres
    ]


def rivals() -> list[Example]:
    """Texts whose two companies fare differently."""
    return [
        Example(f"{one} {up} {other} {down}", companies=((one, "positive"), (other, "negative")))
        for one in SUBJECTS
        for other in SUBJECTS
        if one != other
        for up, down in zip(SAID["positive"], SAID["negative"], strict=True)
    ]


def snapshot(development: int = 60) -> Snapshot:
    order = np.random.default_rng(1).permutation(len(examples()))
    shuffled = [examples()[i] for i in order]
    return Snapshot("0" * 64, shuffled[development:], shuffled[:development])


def article(content: str, language: str = "") -> Article:
    return Article("test", content, "", content, "", "", language, NOW, NOW, content[:20], "0" * 64)


@pytest.fixture(scope="module")
def base(write_base: Callable[..., Path]) -> Path:
    """A random encoder and a word-level tokenizer, in a folder as the hub has them."""
    return write_base("tiny-encoder", [example.text for example in examples()])


def plugin(base: Path, **settings: object) -> Transformer:
    given = {"method": "full", "epochs": 8, "learning_rate": 5e-3, "head_learning_rate": 1e-2, "ngrams": 2048}
    return Transformer(device="cpu", base=str(base), **(given | settings))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def model(base: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model fitted on texts that are easy to tell apart."""
    out = tmp_path_factory.mktemp("models") / "first-1"
    plugin(base).fit(snapshot(), None, out, quiet)
    return out


@pytest.fixture(scope="module")
def loaded(model: Path) -> Transformer:
    found = Transformer(device="cpu")
    found.load(model, "v1")
    return found


# --- serving ----------------------------------------------------------------------------


def test_it_keeps_the_contract(loaded: Transformer) -> None:
    assert isinstance(loaded, Trainable)
    serving: Classifier = loaded
    assert serving.kind == "transformer"


def test_it_passes_the_checks_for_plugin_authors(base: Path) -> None:
    check_classifier(plugin(base, epochs=1))


def test_importing_the_plugin_imports_no_torch() -> None:
    code = "import sys, monitor_plugins.transformer; print({'torch', 'transformers'} & set(sys.modules))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "set()"


def test_predictions_are_probabilities_by_name(loaded: Transformer) -> None:
    [prediction] = loaded.classify([article("Northwind profit plunges in the quarter", "en")])
    assert tuple(prediction.sentiment) == SENTIMENTS
    assert sum(prediction.sentiment.values()) == pytest.approx(1, abs=1e-5)
    assert set(prediction.topics) == set(ABOUT)
    assert prediction.label == "negative"
    assert prediction.chosen_topics() == ("earnings",)
    assert (prediction.model, prediction.unsupported) == ("v1", "")


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(st.characters(exclude_categories=()), max_size=60), max_size=9))
def test_any_texts_give_as_many_predictions_in_their_order(loaded: Transformer, texts: list[str]) -> None:
    found = loaded.classify([article(text) for text in texts])
    assert len(found) == len(texts)
    for text, prediction in zip(texts, found, strict=True):
        [alone] = loaded.classify([article(text)])
        assert prediction.sentiment == pytest.approx(alone.sentiment, abs=1e-5)
        assert prediction.topics == pytest.approx(alone.topics, abs=1e-5)
        assert prediction.unsupported == alone.unsupported


ODD = {
    "empty": "",
    "blank": " \t\n",
    "NUL": "\x00\x00",
    "lone surrogate": "\ud83d",
    "combining marks": "e" + "\u0301" * 1_000_000,
    "huge": "profit " * 300_000,
    "long word": "x" * 1_000_000,
    "emoji": "🚀" * 50,
    "right to left": "\u202eהפסד\u202c",
    "links": "https://example.org/a?b=c " * 50,
    "entities": "&lt;script&gt;&#0;&#xD800;",
}


@pytest.mark.parametrize("text", ODD.values(), ids=ODD.keys())
def test_odd_texts_get_a_prediction(loaded: Transformer, text: str) -> None:
    [prediction] = loaded.classify([article(text)])
    assert sum(prediction.sentiment.values()) == pytest.approx(1, abs=1e-5)
    assert all(0 <= chance <= 1 for chance in prediction.topics.values())


def test_what_it_was_not_made_for_is_marked(loaded: Transformer) -> None:
    cases = {"": "no text", "...!?": "no text", "σκάνδαλο στην αγορά μετοχών": "characters"}
    for text, reason in cases.items():
        assert reason in loaded.classify([article(text)])[0].unsupported
    known = "Harbour Foods beats forecasts in the quarter"
    assert "'fr'" in loaded.classify([article(known, "fr")])[0].unsupported
    assert loaded.classify([article(known, "zh")])[0].unsupported == ""
    [empty] = loaded.classify([article("")])
    assert empty.confidence == pytest.approx(1 / 3, abs=0.01)
    assert empty.label == "neutral", "nothing said is nothing negative"


def test_embeddings_are_unit_vectors_in_order(loaded: Transformer) -> None:
    texts = ["Northwind profit plunges", "", "远山光伏 利润大增 上半年", "Northwind profit plunges"]
    vectors = loaded.embed([article(text) for text in texts])
    assert vectors.shape == (4, 32)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)
    assert vectors[0] == pytest.approx(vectors[3], abs=1e-5)
    assert loaded.embed([]).shape == (0, 32)


@given(st.lists(st.integers(1, 128), max_size=60), st.integers(1, 600))
def test_batches_hold_every_text_once_within_the_budget(lengths: list[int], budget: int) -> None:
    found = list(batches(lengths, budget))
    assert sorted(i for chosen in found for i in chosen) == list(range(len(lengths)))
    for chosen in found:
        assert len(chosen) == 1 or len(chosen) * max(lengths[i] for i in chosen) <= budget


def test_a_damaged_model_is_refused_and_the_previous_one_serves_on(model: Path, tmp_path: Path) -> None:
    serving = Transformer(device="cpu")
    serving.load(model, "v1")
    damaged = tmp_path / "damaged"
    damaged.mkdir()
    for file in model.iterdir():
        content = bytearray(file.read_bytes())
        if file.name == "model.safetensors":
            content[-1] ^= 1
        (damaged / file.name).write_bytes(content)
    with pytest.raises(ModelError, match=r"damaged/model\.safetensors: damaged"):
        serving.load(damaged, "v2")
    assert serving.classify([article("Northwind profit plunges")])[0].model == "v1"


def test_without_a_model_it_says_so() -> None:
    with pytest.raises(ModelError, match="no model is loaded"):
        Transformer().classify([article("x")])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"architecture": {"model_type": "nonsense"}}, "architecture cannot be built"),
        ({"topics": ("deal",)}, r"tensor ngrams\.weight has shape"),
    ],
)
def test_weights_that_do_not_fit_the_configuration_are_refused(
    model: Path, tmp_path: Path, change: dict[str, object], message: str
) -> None:
    found = folder.read(model)
    folder.write(tmp_path / "wrong", replace(found, config=replace(found.config, **change)), {}, "")
    with pytest.raises(ModelError, match=message):
        Engine.load(tmp_path / "wrong", device="cpu")


def test_a_tokenizer_that_does_not_fit_is_refused(model: Path, tmp_path: Path) -> None:
    found = folder.read(model)
    folder.write(tmp_path / "broken", replace(found, tokenizer="{}"), {}, "")
    with pytest.raises(ModelError, match=r"tokenizer\.json: not a tokenizer"):
        Engine.load(tmp_path / "broken", device="cpu")
    larger = tokenizers.Tokenizer.from_str(found.tokenizer)
    larger.add_tokens(["one more"])
    folder.write(tmp_path / "larger", replace(found, tokenizer=larger.to_str()), {}, "")
    with pytest.raises(ModelError, match="and the encoder knows"):
        Engine.load(tmp_path / "larger", device="cpu")


def test_settings_that_cannot_be_met_are_refused() -> None:
    with pytest.raises(ModelError, match='set device = "auto"'):
        choose_device("nonsense")
    with pytest.raises(ModelError, match="auto, float32, bfloat16"):
        choose_precision("int3", torch.device("cpu"))
    assert choose_precision("bfloat16", torch.device("cpu")) == torch.bfloat16
    assert choose_device("cpu").type == "cpu"


def test_reduced_precision_agrees(model: Path, loaded: Transformer) -> None:
    half = Transformer(device="cpu", precision="bfloat16")
    half.load(model, "half")
    texts = [article(example.text) for example in snapshot().development]
    pairs = zip(loaded.classify(texts), half.classify(texts), strict=True)
    assert np.mean([full.label == reduced.label for full, reduced in pairs]) > 0.95


def test_text_is_cleaned_for_the_encoder() -> None:
    assert clean("AT&amp;T up https://t.co/x1Y2z\x00\ud800!") == "AT&T up http  !"
    assert clean("详情见https://example.org/a?b=1，业绩大增") == "详情见http，业绩大增"
    assert clean("东方财富：业绩大增") == "东方财富：业绩大增"
    marks = clean("e" + "\u0301" * 1_000_000)
    assert len(unicodedata.normalize("NFKC", marks)) <= 20_000


# --- fitting ----------------------------------------------------------------------------


def test_fitting_learns_both_tasks_and_reports_what_it_wrote(model: Path) -> None:
    metrics = json.loads((model / "metrics.json").read_text(encoding="utf-8"))
    scores = metrics["development"]["scores"]
    assert scores["sentiment"] > 0.95
    assert scores["topics"] > 0.95
    assert metrics["development"]["sentiment_calibration_error"] < 0.1
    assert metrics["training"]["steps"] > 0
    serving = Transformer(device="cpu")
    serving.load(model, "first-1")
    held = snapshot().development
    found = serving.classify([article(example.text) for example in held])
    right = [prediction.label == example.sentiment for prediction, example in zip(found, held, strict=True)]
    assert np.mean(right) > 0.95
    assert "# first-1" in (model / "README.md").read_text(encoding="utf-8")


def test_the_same_seed_gives_the_same_bytes(base: Path, tmp_path: Path) -> None:
    for name in ("a", "b"):
        plugin(base, epochs=1, seed=3).fit(snapshot(), None, tmp_path / name / "same", quiet)
    plugin(base, epochs=1, seed=4).fit(snapshot(), None, tmp_path / "c" / "same", quiet)
    a, b, c = (tmp_path / name / "same" / "model.safetensors" for name in "abc")
    assert a.read_bytes() == b.read_bytes()
    assert a.read_bytes() != c.read_bytes()


def test_fitting_goes_on_from_its_parent(model: Path, tmp_path: Path) -> None:
    """A few labels with a new topic: the new one is learnt, the old ones are not forgotten."""
    new = [Example(f"{subject} 遭到处罚 调查", "negative", ("legal",)) for subject in SUBJECTS]
    both = Snapshot("1" * 64, new[:4] + list(snapshot().train[:16]), new[4:])
    going_on = Transformer(device="cpu", layers=1, learning_rate=2e-3, head_learning_rate=3e-2, epochs=15)
    metrics = going_on.fit(both, model, tmp_path / "second-1", quiet)
    assert metrics["parent"] == "first-1"
    serving = Transformer(device="cpu")
    serving.load(tmp_path / "second-1", "second-1")
    [known] = serving.classify([article("Northwind beats forecasts in the quarter")])
    assert known.label == "positive"
    assert known.chosen_topics() == ("earnings",)
    [learnt] = serving.classify([article("远山光伏 遭到处罚 调查")])
    assert learnt.chosen_topics()[0] == "legal"
    temperatures = [folder.read(path).config.temperatures for path in (model, tmp_path / "second-1")]
    assert temperatures[0] == temperatures[1], "two development texts are too few to calibrate on"


def test_an_example_counts_only_for_what_is_known_of_it() -> None:
    known = Targets.of(
        [
            Example("a", "negative"),
            Example("b", "!negative", companies=(("x", "negative"),)),
            Example("c", None, ("deal",), origin="set"),
            Example("d", None, (), companies=(("x", "!negative"),)),
        ],
        ("deal", "earnings"),
        {"set": frozenset({"deal"})},
    )
    assert known.allowed.tolist() == [[True, False, False], [False, True, True], [True] * 3, [True] * 3]
    assert known.judged.tolist() == [[0, 0], [0, 0], [1, 0], [1, 1]]
    assert known.company.tolist() == [[True, False, False], [False, True, True]]
    assert known.owners.tolist() == [1, 3]
    sentiment = torch.tensor([[0.3, -1.0, 2.0]] * 4, requires_grad=True)
    topics = torch.tensor([[0.5, -0.2]] * 4, requires_grad=True)
    company = torch.tensor([[0.3, -1.0, 2.0]] * 2, requires_grad=True)
    loss(Logits(sentiment, topics, company), known).backward()
    assert sentiment.grad is not None and topics.grad is not None and company.grad is not None
    assert (sentiment.grad.abs().sum(1) > 0).tolist() == [True, True, False, False]
    assert (topics.grad != 0).tolist() == [[False, False], [False, False], [True, False], [True, True]]
    assert (company.grad.abs().sum(1) > 0).all()


def test_the_loss_of_a_case_by_hand() -> None:
    companies = (("x", "positive"), ("y", "negative"))
    one = Targets.of(
        [Example("a", "!negative", ("deal", "legal"), companies=companies, weight=2)],
        ("deal", "legal", "fx"),
        {},
    )
    value = loss(Logits(torch.zeros(1, 3), torch.zeros(1, 3), torch.zeros(2, 3)), one)
    assert float(value) == pytest.approx(2 * (-np.log(2 / 3) + 3 * np.log(2) + 2 * np.log(3)))


@given(st.lists(st.integers(0, 3), min_size=1, max_size=8), st.data())
def test_targets_of_some_are_the_targets_of_those(counts: list[int], data: st.DataObject) -> None:
    known = [
        Example(f"{i}", SENTIMENTS[i % 3], companies=tuple((f"{n}", SENTIMENTS[n]) for n in range(count)))
        for i, count in enumerate(counts)
    ]
    chosen = data.draw(st.lists(st.integers(0, len(known) - 1), min_size=1, max_size=9))
    some = Targets.of(known, ("deal",), {})[torch.tensor(chosen)]
    wanted = Targets.of([known[i] for i in chosen], ("deal",), {})
    for name in ("allowed", "topics", "judged", "weight", "company", "owners"):
        assert torch.equal(getattr(some, name), getattr(wanted, name)), name


def test_scores_of_a_case_by_hand() -> None:
    known = [
        Example("a", "negative", origin="s", companies=(("x", "positive"), ("y", "negative"))),
        Example("b", "!negative", origin="t", companies=(("x", "!negative"),)),
        Example("c", None, ("deal",), origin="s"),
    ]
    sentiment = np.array([[3, 0, 0], [0, 0, 3], [9, 9, 9]])
    company = np.array([[0, 0, 3], [0, 3, 0], [3, 0, 0]])
    found = score(
        sentiment, np.array([[0, 0], [0, 0], [1, 2]]), company, known, Targets.of(known, ("deal", "fx"), {})
    )
    assert found == {
        "s.sentiment": 1,
        "s.topics": 0,
        "s.company": 0.5,
        "t.sentiment": 1,
        "t.company": 0,
    }


def test_frozen_layers_stay_and_their_states_stand_for_them(base: Path) -> None:
    begun = begin(snapshot(), None, str(base), "x", seed=0, ngrams=0)
    before = {name: value.clone() for name, value in begun.model.state_dict().items()}
    texts = Texts(snapshot().development, begun.tokenizer, begun.config.padding, 40, 0)
    direct = texts.predict(begun.model)
    texts.freeze(begun.model, 1, quiet, None)
    for kept, once in zip(texts.predict(begun.model, 1), direct, strict=True):
        assert kept == pytest.approx(once, abs=2e-3)
    recipe = Recipe(layers=1, epochs=1, max_tokens=40)
    known = snapshot()
    fit(begun, known.train, known.development, recipe, quiet)
    changed = {
        name for name, value in begun.model.state_dict().items() if not torch.equal(value, before[name])
    }
    assert changed
    heads = ("sentiment.", "topics.", "company.")
    assert all(name.startswith(("body.encoder.layer.1.", *heads)) for name in changed)


def test_top_k_of_all_layers_leaves_the_embeddings(base: Path) -> None:
    begun = begin(snapshot(), None, str(base), "x", seed=0, ngrams=0)
    assert freeze(begun.model, Recipe(layers=2)) == 0
    still = {name.split(".")[1] for name, p in begun.model.named_parameters() if not p.requires_grad}
    assert still == {"embeddings"}


def test_adapters_are_folded_into_the_layers_they_stand_beside(base: Path) -> None:
    begun = begin(snapshot(), None, str(base), "x", seed=0, ngrams=0)
    before = {name: value.clone() for name, value in begun.model.state_dict().items()}
    known = snapshot()
    recipe = Recipe(method="lora", layers=1, rank=4, epochs=4, learning_rate=1e-2, max_tokens=40)
    held = Texts(known.development, begun.tokenizer, begun.config.padding, 40, 0)
    history = fit(begun, known.train, known.development, recipe, quiet)
    after = begun.model.state_dict()
    assert after.keys() == before.keys(), "nothing of the adapters is left"
    changed = {name for name, value in after.items() if not torch.equal(value, before[name])}
    inside = {name for name in changed if name.startswith("body.")}
    assert inside and all(name.startswith("body.encoder.layer.1.") for name in inside)
    assert all(name.endswith(".weight") and before[name].ndim == 2 for name in inside)
    difference = after["body.encoder.layer.1.intermediate.dense.weight"]
    difference = difference - before["body.encoder.layer.1.intermediate.dense.weight"]
    assert torch.linalg.matrix_rank(difference, rtol=1e-3) <= 4
    found = score(
        *held.predict(begun.model), known.development, Targets.of(known.development, begun.config.topics, {})
    )
    assert found == pytest.approx(history.best["sets"], abs=0.02), "folding changes nothing"


def gradients(begun: Start, **options: float) -> torch.Tensor:
    """Of one batch, on a network that drops nothing out."""
    known, topics = snapshot().train[:8], begun.config.topics
    texts = Texts(known, begun.tokenizer, begun.config.padding, 40, 0)
    freeze(begun.model, Recipe(layers=1))
    begun.model.eval().zero_grad()
    accumulate(begun.model, texts, range(8), 1, Targets.of(known, topics, {}), **options)
    found = [p.grad.flatten() for p in begun.model.parameters() if p.grad is not None]
    return torch.cat(found)


def test_adversarial_training_adds_the_loss_where_it_is_worst(base: Path) -> None:
    begun = begin(snapshot(), None, str(base), "x", seed=0, ngrams=0)
    plain, near, far = (gradients(begun, adversarial=d) for d in (0.0, 1e-6, 1.0))
    assert near.numpy() == pytest.approx(2 * plain.numpy(), abs=1e-4)
    assert not torch.allclose(far, near, atol=1e-4)
    known, topics = snapshot().train[:8], begun.config.topics
    texts = Texts(known, begun.tokenizer, begun.config.padding, 40, 0)
    labels = Targets.of(known, topics, {})
    push = Push(0.5)
    first = loss(texts.logits(begun.model, range(8), 1, push.watch), labels)
    first.backward()
    pushed = texts.logits(begun.model, range(8), 1, push.apply)
    away = texts.logits(begun.model, range(8), 1, lambda hidden: hidden - (push.apply(hidden) - hidden))
    assert loss(pushed, labels) > first > loss(away, labels)


def test_taking_the_ngrams_out_leaves_the_encoder_judging_as_before(base: Path) -> None:
    known = snapshot()
    begun = begin(known, None, str(base), "x", seed=0)
    weights = [head.weight.detach().clone() for head in (begun.model.sentiment, begun.model.topics)]
    chosen = add_ngrams(begun, known.train, known.development, seed=0)
    assert begun.model.ngrams is not None and begun.model.ngrams.weight.any()
    take_out(begun.model, chosen)
    assert not begun.model.ngrams.weight.any()
    for head, weight in zip((begun.model.sentiment, begun.model.topics), weights, strict=True):
        assert torch.allclose(head.weight, weight)


@pytest.mark.parametrize("options", [{}, {"adversarial": 0.5}, {"consistency": 1.0}])
def test_a_batch_in_parts_has_the_gradients_of_the_whole(
    base: Path, monkeypatch: pytest.MonkeyPatch, options: dict[str, float]
) -> None:
    begun = begin(snapshot(), None, str(base), "x", seed=0, ngrams=0)
    whole = gradients(begun, **options)
    monkeypatch.setattr(objective, "PART", 30)
    assert gradients(begun, **options).numpy() == pytest.approx(whole.numpy(), abs=1e-5)


@given(st.lists(st.integers(1, 200), min_size=1, max_size=80))
def test_parts_hold_every_text_once_and_no_more_tokens_than_allowed(lengths: list[int]) -> None:
    found = list(batches(lengths, objective.PART))
    assert sorted(chain.from_iterable(found)) == list(range(len(lengths)))
    for part in found:
        longest = max(lengths[place] for place in part)
        assert len(part) == 1 or len(part) * longest <= objective.PART


def test_consistency_asks_nothing_of_passes_that_agree(base: Path) -> None:
    begun = begin(snapshot(), None, str(base), "x", seed=0, ngrams=0)
    assert gradients(begun, consistency=5.0).numpy() == pytest.approx(gradients(begun).numpy(), abs=1e-4)


def test_disagreement_of_a_case_by_hand() -> None:
    nobody = torch.zeros(0, 3)
    even = Logits(torch.zeros(1, 3), torch.zeros(1, 1), nobody)
    odd = Logits(torch.log(torch.tensor([[0.5, 0.25, 0.25]])), torch.log(torch.tensor([[3.0]])), nobody)
    third, half = np.log(1 / 3), np.log(0.5)
    sentiment = ((0.5 - 1 / 3) * (half - third) + 2 * (0.25 - 1 / 3) * (np.log(0.25) - third)) / 2
    topic = 0.25 * np.log(3) / 2
    assert float(disagreement(odd, even, 1)) == pytest.approx(sentiment + topic)
    assert float(disagreement(even, odd, 2)) == pytest.approx((sentiment + topic) / 2)
    assert float(disagreement(odd, odd, 1)) == 0


@pytest.mark.parametrize(
    "options",
    [
        {"method": "lora", "layers": 1, "rank": 4},
        {"adversarial": 0.5, "method": "top-k", "layers": 2},
        {"consistency": 1.0},
        {"augment": 1.0, "balance": True},
    ],
)
def test_every_way_of_fitting_writes_a_model_that_says_so(
    base: Path, model: Path, tmp_path: Path, options: dict[str, Any]
) -> None:
    metrics = plugin(base, epochs=1, **options).fit(snapshot(), model, tmp_path / "out", quiet)
    assert options.items() <= metrics["training"].items()
    assert metrics["training"]["shown"] >= metrics["training"]["examples"]
    serving = Transformer(device="cpu")
    serving.load(tmp_path / "out", "v")
    assert len(serving.classify([article("Northwind beats forecasts")])) == 1


def test_a_first_model_without_topics_knows_the_default_ones(base: Path, tmp_path: Path) -> None:
    known = snapshot()
    plain = [[replace(e, topics=None) for e in some] for some in (known.train, known.development)]
    metrics = plugin(base, epochs=1).fit(
        replace(known, train=plain[0], development=plain[1]), None, tmp_path / "o", quiet
    )
    assert metrics["development"]["scores"].keys() == {"sentiment", "company"}
    assert set(folder.read(tmp_path / "o").config.topics) == {topic.name for topic in TOPICS}


class Stopped(Exception):
    pass


@pytest.mark.parametrize("method", ["full", "top-k", "lora"])
def test_a_stopped_run_ends_as_one_that_was_not(base: Path, tmp_path: Path, method: str) -> None:
    recipe = Recipe(method=method, layers=1, epochs=2, batch=16, max_tokens=40, learning_rate=1e-3)
    known = snapshot()

    def run(checkpoint: Path, stop: int) -> dict[str, torch.Tensor]:
        def progress(what: str, done: float, total: float) -> None:
            if what == "fit" and done == stop:
                raise Stopped

        checkpoint.mkdir(exist_ok=True)
        begun = begin(known, None, str(base), "x", seed=0, ngrams=2048)
        fit(
            begun,
            known.train,
            known.development,
            recipe,
            progress,
            checkpoint=checkpoint,
        )
        return begun.model.state_dict()

    whole = run(tmp_path / "whole", 0)
    with pytest.raises(Stopped):
        run(tmp_path / "stopped", 13)
    again = run(tmp_path / "stopped", 0)
    assert all(torch.equal(whole[name], again[name]) for name in whole)


def test_the_best_evaluation_is_kept(base: Path) -> None:
    """With a learning rate that ruins the model, the weights are those of the best evaluation."""
    begun = begin(snapshot(), None, str(base), "x", seed=0, ngrams=0)
    recipe = Recipe(method="full", epochs=3, learning_rate=0.5, warmup=0, max_tokens=40, patience=2)
    known = snapshot()
    history = fit(begun, known.train, known.development, recipe, quiet)
    ranks = [(report["score"], -report["loss"]) for report in history.evaluations]
    assert (history.best["score"], -history.best["loss"]) == max(ranks)


def test_fitting_refuses_what_it_cannot_use(base: Path, model: Path, tmp_path: Path) -> None:
    known = snapshot()
    out = tmp_path / "out"
    with pytest.raises(ModelError, match="no training examples"):
        plugin(base).fit(replace(known, train=[]), None, out, quiet)
    with pytest.raises(ModelError, match="'bullish': expected one of negative"):
        plugin(base).fit(replace(known, train=[Example("up", "bullish")]), None, out, quiet)
    with pytest.raises(ModelError, match="name an encoder"):
        Transformer().fit(known, None, out, quiet)
    with pytest.raises(ModelError, match="cannot be loaded"):
        plugin(tmp_path / "nowhere").fit(known, None, out, quiet)
    with pytest.raises(ModelError, match="full, top-k, lora"):
        plugin(base, method="magic").fit(known, None, out, quiet)
    with pytest.raises(ModelError, match="expected 1 to 2"):
        plugin(base, method="top-k", layers=3).fit(known, None, out, quiet)
    with pytest.raises(ModelError, match="exists already"):
        plugin(base, epochs=0.1).fit(known, None, model, quiet)
    assert not out.exists()


def test_top_k_needs_layers_it_can_see() -> None:
    class Odd(torch.nn.Module):
        config = transformers.BertConfig(hidden_size=8)

    for recipe in (Recipe(), Recipe(method="lora"), Recipe(method="full", adversarial=1.0)):
        with pytest.raises(ModelError, match='set method = "full" and adversarial = 0'):
            freeze(Encoder(Odd(), 1), recipe)
    assert freeze(Encoder(Odd(), 1), Recipe(method="full")) == 0


def test_fitting_without_development_keeps_the_last_weights(base: Path, tmp_path: Path) -> None:
    known = replace(snapshot(), development=[])
    metrics = plugin(base, epochs=5).fit(known, None, tmp_path / "out", quiet)
    assert set(metrics["temperatures"].values()) == {1.0}
    serving = Transformer(device="cpu")
    serving.load(tmp_path / "out", "v")
    found = serving.classify([article(example.text) for example in known.train])
    right = [
        prediction.label == example.sentiment for prediction, example in zip(found, known.train, strict=True)
    ]
    assert np.mean(right) > 0.6


def test_macro_f1_of_a_case_by_hand() -> None:
    truth, guesses = np.array([0, 0, 1, 1]), np.array([0, 1, 1, 2])
    assert macro_f1(truth, guesses) == pytest.approx((2 / 3 + 1 / 2) / 2)


def test_padding_is_masked() -> None:
    batch = Batch.of([Row([5, 6, 7]), Row([8])], padding=1)
    assert batch.ids.tolist() == [[5, 6, 7], [8, 1, 1]]
    assert batch.mask.tolist() == [[True, True, True], [True, False, False]]
    assert batch.names.shape == (0, 3)


def test_a_company_is_the_mean_of_the_tokens_that_name_it() -> None:
    batch = Batch.of([Row([5, 6, 7], [[1], []]), Row([8]), Row([9, 9], [[0, 1]])], padding=1)
    assert batch.owners.tolist() == [0, 0, 2]
    assert batch.names.numpy() == pytest.approx(
        np.array([[0, 1, 0], [1 / 3, 1 / 3, 1 / 3], [1 / 2, 1 / 2, 0]])
    )


def test_companies_are_found_as_words_of_their_own_first() -> None:
    assert find("Apple pie beats apple", "Apple") == [(0, 5), (16, 21)]
    assert find("Pineapple beats Apple", "Apple") == [(16, 21)], "not within another word"
    assert find("Pineapples", "apple") == [(4, 9)], "unless it is nowhere else"
    assert find("贵州茅台涨，茅台酒", "茅台") == [(2, 4), (6, 8)]
    assert find("C++ (a.b)", "a.b") == [(5, 8)]
    assert find("text", "") == find("text", " ") == find("text", "y") == []


def test_names_are_looked_for_among_the_tokens(base: Path) -> None:
    tokenizer = tokenizers.Tokenizer.from_file(str(base / "tokenizer.json"))
    text = "Harbour Foods profit jumps 远山光伏 profit jumps"
    [row] = tokenize(tokenizer, [text], 40, [["Harbour Foods", "远山光伏", "Blue Mesa"]])
    words = [tokenizer.id_to_token(i) for i in row.ids]
    assert [[words[i] for i in places] for places in row.mentions] == [
        ["Harbour", "Foods"],
        ["远", "山", "光", "伏"],
        [],
    ]
    [short] = tokenize(tokenizer, [text], 5, [["远山光伏"]])
    assert short.mentions == [[]], "past the tokens that are read"


def test_two_companies_of_one_text_are_told_apart(base: Path, tmp_path: Path) -> None:
    order = np.random.default_rng(2).permutation(len(rivals()))
    shuffled = [rivals()[i] for i in order]
    known = Snapshot("2" * 64, [*examples(), *shuffled[20:]], shuffled[:20])
    plugin(base, epochs=6).fit(known, None, tmp_path / "out", quiet)
    engine = Engine.load(tmp_path / "out")
    names = [[name for name, _ in example.companies] for example in known.development]
    found = engine.judge([example.text for example in known.development], names)
    right = [
        SENTIMENTS[row.argmax()] == label
        for example, rows in zip(known.development, found.company, strict=True)
        for row, (_, label) in zip(rows, example.companies, strict=True)
    ]
    assert np.mean(right) > 0.9
    alone = engine.judge(["", known.development[0].text], [["Northwind"], names[0][:1]])
    assert alone.company[0] == pytest.approx(np.array([[0.33, 0.34, 0.33]]))
    assert alone.company[1] == pytest.approx(found.company[0][:1], abs=1e-4)


# --- n-grams ----------------------------------------------------------------------------


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


# --- the programs -----------------------------------------------------------------------


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder in the shape of the public one, with this file's texts in every set."""
    path = tmp_path / "data"
    topics = {"topics": [{"name": name} for name in ABOUT]} | {
        key: {name: name for name in ABOUT} for key in ("from_tfn", "from_finnl")
    }
    for one in DATA_SETS:
        file = path / one.file
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("w", encoding="utf-8", newline="") as out:
            writer = csv.writer(out)
            guilty = ["key_entity"] if one.name == "negative_entity" else []
            writer.writerow(["text", "label", "topics", "entity", *guilty])
            for i, example in enumerate(examples()):
                label = example.sentiment
                if one.name == "negative_entity" and label != "negative":
                    label = "other"
                several = ABOUT if one.name == "finnl" and i % 7 == 0 else example.topics or ()
                text = f"{example.text} {one.name} {NUMBERS[i % 10] * 3}"
                [(company, towards)] = example.companies
                named = [company if towards == "negative" else ""] if guilty else []
                writer.writerow([text, label, "|".join(several), company, *named])
    (path / "topics" / "taxonomy.json").write_text(json.dumps(topics), encoding="utf-8")
    return path


NUMBERS = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]


def program(file: str) -> ModuleType:
    """A program of the repository, as a module of its own."""
    spec = importlib.util.spec_from_file_location(Path(file).stem, Path(__file__).parents[2] / file)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up there
    try:
        spec.loader.exec_module(module)
    finally:
        del sys.modules[spec.name]
    return module


def test_the_programs_fit_and_measure_a_model(
    base: Path,
    data: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    train, quality = program("models/train.py"), program("benchmarks/quality.py")
    out, result = tmp_path / "models" / "default", tmp_path / "quality.json"
    options = ["--data", str(data), "--begun", str(tmp_path / "early"), "--out", str(out), "--epochs", "0.2"]
    monkeypatch.setattr(train, "Recipe", partial(Recipe, max_tokens=40))
    monkeypatch.setattr(train, "DRILLS", 1)
    recipes, early = train.recipes, tmp_path / "early"
    monkeypatch.setattr(train, "recipes", lambda *given: recipes(*given)[:2])
    begun = ["--data", str(data), "--base", str(base), "--out", str(early), "--epochs", "0.2"]
    monkeypatch.setattr(sys, "argv", ["train.py", *begun, "--threads", "1"])
    assert train.main() == 0
    monkeypatch.setattr(train, "recipes", recipes)
    monkeypatch.setattr(sys, "argv", ["train.py", *options, "--threads", "1"])
    assert train.main() == 0
    stages = json.loads((out / "metrics.json").read_text("utf-8"))["training"]["stages"]
    assert stages[:2] == json.loads((early / "metrics.json").read_text("utf-8"))["training"]["stages"]
    assert len(stages) == 3
    assert stages[2]["shown"]["drills"] > 100
    card = (out / "README.md").read_text(encoding="utf-8")
    assert all(one.title in card for one in DATA_SETS)
    assert str(tmp_path) not in "".join(file.read_text("utf-8") for file in out.glob("*.json"))
    assert train.main() == 2
    assert "exists already" in capsys.readouterr().err
    monkeypatch.setattr(quality, "STRENGTHS", (1.0,))
    monkeypatch.setattr(quality, "DRAWS", 20)
    asked = ["--data", str(data), "--model", str(out), "--base", str(base), "--out", str(result), "--json"]
    monkeypatch.setattr(sys, "argv", ["quality.py", *asked])
    assert quality.main() == 0
    measured = json.loads(result.read_text(encoding="utf-8"))
    assert measured == json.loads(capsys.readouterr().out)
    assert {key.partition(".")[0] for key in measured["sets"]} == {one.name for one in DATA_SETS}
    assert {"sentfin.company", "cfsc.company", "negative_entity.company"} <= measured["sets"].keys()
    for key, figures in measured["sets"].items():
        methods = {"tfidf", "model"} | (set() if key.endswith("company") else {"embeddings"})
        assert methods <= figures.keys()
        for method in methods:
            for name in ("macro_f1", "accuracy", "weighted_f1", "micro_f1", "calibration_error"):
                assert 0 <= figures[method][name] <= 1
            low, high = figures[method]["intervals"]["accuracy"]
            assert low <= figures[method]["accuracy"] <= high
            assert sum(one["texts"] for one in figures[method]["classes"].values()) >= figures["development"]
    assert measured["sets"]["headlines.sentiment"]["tfidf"]["macro_f1"] > 0.9
    again = [*asked[:4], "--baselines", str(result), "--out", str(tmp_path / "again.json"), "--json"]
    monkeypatch.setattr(sys, "argv", ["quality.py", *again])
    assert quality.main() == 0
    repeated = json.loads(capsys.readouterr().out)["sets"]
    assert {key: one["tfidf"] for key, one in repeated.items()} == {
        key: one["tfidf"] for key, one in measured["sets"].items()
    }


def test_a_set_that_is_not_shipped_is_measured_on_what_was_not_fitted(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    quality = program("benchmarks/quality.py")
    monkeypatch.setattr(quality, "STRENGTHS", (1.0,))
    monkeypatch.setattr(quality, "DRAWS", 20)
    monkeypatch.setattr(
        quality, "Transformer", lambda **options: Transformer(device="cpu", layers=1, epochs=1)
    )
    file = tmp_path / "set.csv"
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["text", "label"])
        writer.writerows([f"{e.text} {NUMBERS[i % 10] * 3}", e.sentiment] for i, e in enumerate(examples()))
    found = quality.fine_tuned(file, model)
    assert found["train"] + found["development"] < len(examples()), "a part chooses the best epoch"
    assert found["model"]["accuracy"] > 0.9


# --- the shipped model ------------------------------------------------------------------

OBVIOUS = {
    "Harbour Foods shares plunge after profit warning and dividend cut": "negative",
    "Northwind Shipping files for bankruptcy as losses mount": "negative",
    "Blue Mesa Energy posts record quarterly profit, beats estimates and raises outlook": "positive",
    "Harbour Foods stock jumps after upgrade to buy": "positive",
    "远山光伏：上半年净利润同比下降82%，业绩大幅预亏": "negative",
    "云港航运因信息披露违规被证监会立案调查": "negative",
    "金石矿业：前三季度净利润同比增长120%": "positive",
    "远山光伏股价涨停，订单创历史新高": "positive",
}


@pytest.mark.skipif(not SHIPPED.exists(), reason="models/default is not here")
def test_the_shipped_model_gets_the_obvious_right() -> None:
    serving = Transformer(device="cpu")
    serving.load(SHIPPED, "default-2")
    found = serving.classify([article(text) for text in OBVIOUS])
    assert [prediction.label for prediction in found] == list(OBVIOUS.values())
    assert not any(prediction.unsupported for prediction in found)
    [rates, crude] = serving.classify(
        [
            article("Fed holds interest rates steady, signals two cuts this year"),
            article("国际原油价格上涨，布伦特原油突破每桶90美元"),
        ]
    )
    assert rates.chosen_topics()[0] == "central_bank"
    assert {"energy", "commodity"} & set(crude.chosen_topics())


@pytest.mark.skipif(not SHIPPED.exists(), reason="models/default is not here")
def test_the_shipped_folder_is_small_and_says_where_it_comes_from() -> None:
    assert sum(file.stat().st_size for file in SHIPPED.iterdir()) <= 50_000_000
    card = (SHIPPED / "README.md").read_text(encoding="utf-8")
    assert "none stated" in card
    assert "MIT" in card
