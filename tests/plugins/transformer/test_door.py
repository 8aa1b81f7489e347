"""The classifier as the monitor uses it, on an encoder of two layers made here; and the shipped one."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tokenizers
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor import SENTIMENTS, Classifier, ModelError, Trainable
from monitor.testing import check_classifier
from monitor_plugins.transformer import Transformer
from monitor_plugins.transformer.network import folder
from monitor_plugins.transformer.network.hardware import brief, choose_device, choose_precision
from monitor_plugins.transformer.serving.engine import Engine
from tests.plugins.easy import ABOUT, article, plugin, snapshot

pytestmark = pytest.mark.usefixtures("one_thread")


SHIPPED = Path(__file__).parents[3] / "models" / "default"


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


def test_a_prediction_has_its_vector_and_a_text_that_was_not_read_has_none(loaded: Transformer) -> None:
    texts = ["Northwind profit plunges", "", "远山光伏 利润大增 上半年", "Northwind profit plunges"]
    vectors = [one.vector for one in loaded.classify([article(text) for text in texts])]
    assert [len(one) for one in vectors] == [64, 0, 64, 64]
    assert vectors[0] == vectors[3] != vectors[2]
    assert np.isfinite(np.frombuffer(vectors[0], "<f2")).all()


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
        ({"topics": ("deal",)}, r"tensor ngrams\.text\.weight has shape"),
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


@pytest.mark.parametrize("tiles", [True, False])
def test_fitting_multiplies_in_bfloat16_where_the_processor_has_units_for_it(
    tiles: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"amx_bf16": tiles, "avx512_bf16": True})
    with brief(torch.device("cpu")):
        product = torch.ones(2, 2) @ torch.ones(2, 2)
    assert product.dtype == (torch.bfloat16 if tiles else torch.float32)


def test_reduced_precision_agrees(model: Path, loaded: Transformer) -> None:
    half = Transformer(device="cpu", precision="bfloat16")
    half.load(model, "half")
    texts = [article(example.text) for example in snapshot().development]
    pairs = zip(loaded.classify(texts), half.classify(texts), strict=True)
    assert np.mean([full.label == reduced.label for full, reduced in pairs]) > 0.95


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
