"""Fitting: what is learnt, what stays, what a stopped run remembers, what is refused."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import transformers

from monitor import TOPICS, Example, ModelError, Resumable, Snapshot
from monitor_plugins.transformer import Transformer
from monitor_plugins.transformer.fitting.fit import evaluate, fit
from monitor_plugins.transformer.fitting.recipe import Recipe, freeze
from monitor_plugins.transformer.fitting.start import begin
from monitor_plugins.transformer.fitting.targets import Targets, score
from monitor_plugins.transformer.fitting.texts import Texts
from monitor_plugins.transformer.network import folder
from monitor_plugins.transformer.network.encoder import Encoder
from tests.plugins.easy import SUBJECTS, article, plugin, quiet, snapshot

pytestmark = pytest.mark.usefixtures("one_thread")


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
            if what == "fitting" and done == stop:
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


@pytest.mark.parametrize("minutes", [1e-9, 60.0])
def test_a_training_that_goes_on_makes_the_same_bytes(
    base: Path, model: Path, tmp_path: Path, minutes: float
) -> None:
    """Checkpoints after every step, and after evaluations alone; stopped twice, then in the n-grams."""

    def run(name: str, stage: str = "", stop: int = -1) -> dict[str, Any]:
        def progress(what: str, done: float, total: float) -> None:
            if what == stage and done == stop:
                raise Stopped

        (tmp_path / name).mkdir(exist_ok=True)
        fitting = plugin(base, epochs=2)
        fitting.keep(tmp_path / name, minutes)
        return dict(fitting.fit(snapshot(), model, tmp_path / name / "made", progress))

    assert isinstance(Transformer(), Resumable)
    whole = run("whole")
    for stage, stop in (("fitting", 3), ("fitting", 11), ("fitting the n-grams", 2)):
        with pytest.raises(Stopped):
            run("stopped", stage, stop)
    again = run("stopped")
    for metrics in (whole, again):
        metrics["training"]["seconds"] = 0
    assert again == whole
    file = Path("made", "model.safetensors")
    assert (tmp_path / "stopped" / file).read_bytes() == (tmp_path / "whole" / file).read_bytes()


def test_a_damaged_checkpoint_is_none(base: Path, model: Path, tmp_path: Path) -> None:
    for name in ("whole", "damaged"):
        (tmp_path / name).mkdir()
        fitting = plugin(base, epochs=1)
        fitting.keep(tmp_path / name, 60.0)
        fitting.fit(snapshot(), model, tmp_path / name / "made", quiet)
    (state,) = (tmp_path / "damaged").glob("state-*.pt")
    state.write_bytes(state.read_bytes()[:1000])
    shutil.rmtree(tmp_path / "damaged" / "made")
    again = plugin(base, epochs=1)
    again.keep(tmp_path / "damaged", 60.0)
    again.fit(snapshot(), model, tmp_path / "damaged" / "made", quiet)
    file = Path("made", "model.safetensors")
    assert (tmp_path / "damaged" / file).read_bytes() == (tmp_path / "whole" / file).read_bytes()


def test_the_best_evaluation_is_kept(base: Path) -> None:
    """With a learning rate that ruins the model, the weights are those of the best evaluation."""
    begun = begin(snapshot(), None, str(base), "x", seed=0, ngrams=0)
    recipe = Recipe(method="full", epochs=3, learning_rate=0.5, warmup=0, max_tokens=40, patience=2)
    known = snapshot()
    history = fit(begun, known.train, known.development, recipe, quiet)
    ranks = [(report["score"], -report["loss"]) for report in history.evaluations]
    assert (history.best["score"], -history.best["loss"]) == max(ranks)


def test_the_weights_between_that_err_least_are_kept(base: Path) -> None:
    known = snapshot()
    turned = {"positive": "negative", "negative": "positive", "neutral": "neutral"}
    train = [replace(e, sentiment=turned[str(e.sentiment)], topics=None, companies=()) for e in known.train]
    recipe = Recipe(method="full", epochs=1, learning_rate=5e-3, max_tokens=40, evaluations=1)
    begun = begin(known, None, str(base), "x", seed=0, ngrams=0)
    before = {name: value.clone() for name, value in begun.model.state_dict().items()}
    after = begin(known, None, str(base), "x", seed=0, ngrams=0)
    fit(after, train, known.development, recipe, quiet)
    shares = (1.0, 0.5, 0.25, 0.01)
    history = fit(begun, train, known.development, replace(recipe, shares=shares), quiet)
    assert list(history.mixed) == ["1.0", "0.5", "0.25", "0.01"]
    best = min(shares, key=lambda share: history.mixed[str(share)]["loss"])
    assert best < 1, "what was learnt was wrong"
    for name, value in after.model.state_dict().items():
        assert torch.equal(begun.model.state_dict()[name], torch.lerp(before[name], value, best)), name
    held = Texts(known.development, begun.tokenizer, 1, 40, 0)
    report = evaluate(
        begun.model, held, 0, known.development, Targets.of(known.development, begun.config.topics, {})
    )
    assert history.mixed[str(best)] == {key: report[key] for key in ("score", "loss")}


@pytest.mark.parametrize("development", [True, False])
def test_one_share_needs_no_choice(base: Path, development: bool) -> None:
    known = snapshot()
    held = known.development if development else ()
    before = begin(known, None, str(base), "x", seed=0, ngrams=0).model.state_dict()
    found = []
    for share in (1.0, 0.75):
        begun = begin(known, None, str(base), "x", seed=0, ngrams=0)
        recipe = Recipe(method="full", epochs=0.5, max_tokens=40, shares=(share,))
        assert fit(begun, known.train, held, recipe, quiet).mixed == {}
        found.append(begun.model.state_dict())
    assert any(not torch.equal(found[0][name], before[name]) for name in before)
    for name, value in found[0].items():
        assert torch.equal(found[1][name], torch.lerp(before[name], value, 0.75)), name


def test_of_a_model_fitted_from_another_the_share_is_kept(model: Path, tmp_path: Path) -> None:
    fitted = {}
    for share in (1.0, 0.01):
        going_on = plugin(tmp_path, epochs=1, share=share)
        going_on.fit(snapshot(), model, tmp_path / f"second-{share}", quiet)
        fitted[share] = folder.read(tmp_path / f"second-{share}").tensors
    first = folder.read(model).tensors

    def moved(share: float) -> float:
        names = [name for name in first if name.endswith("dense.weight")]
        return sum(float(np.abs(fitted[share][name] - first[name]).sum()) for name in names)

    assert moved(0.01) < moved(1.0) / 4


def test_the_steps_are_the_methods_unless_they_are_given() -> None:
    def rates(fresh: bool, **options: Any) -> tuple[float, float]:
        recipe = Transformer(**options)._recipe(1_000, 64, fresh=fresh)
        return recipe.learning_rate, recipe.head_learning_rate

    assert rates(False, method="full") == rates(False, method="top-k") == (3e-4, 1e-3)
    assert rates(True, method="full") < rates(False, method="full") < rates(False, method="lora")
    assert rates(False, method="full", learning_rate=0.1, head_learning_rate=0.2) == (0.1, 0.2)


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
