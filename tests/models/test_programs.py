"""The programs that fit and measure the shipped model, on data in the shape of the public ones."""

from __future__ import annotations

import csv
import importlib.util
import json
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from benchmarks import lessons as measured
from monitor import SENTIMENTS, Example
from monitor.datasets import labelled
from monitor.news.normalize import content
from monitor_models import adopt
from monitor_models.datasets import DATA_SETS, UNLABELLED, read_examples, split
from monitor_models.lessons import rehearsal
from monitor_plugins.transformer import Transformer
from monitor_plugins.transformer.fitting.pretrain import MASK
from monitor_plugins.transformer.fitting.recipe import Recipe
from monitor_plugins.transformer.network import folder
from monitor_plugins.transformer.serving.engine import Engine
from tests.models.test_lessons import KINDS
from tests.plugins.easy import ABOUT, article, examples

pytestmark = pytest.mark.usefixtures("one_thread")


NUMBERS = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]


@pytest.fixture(scope="module")
def base(write_base: Callable[..., Path]) -> Path:
    """A random encoder that can guess hidden words."""
    return write_base("tiny-encoder", [example.text for example in examples()], MASK)


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
    for one in UNLABELLED:
        (path / one.file).parent.mkdir(exist_ok=True)
        lines = [f"{example.text} {one.name}" for example in examples()[:20]]
        (path / one.file).write_text("\n".join(["text", *lines, lines[0]]), encoding="utf-8")
    (path / "topics" / "taxonomy.json").write_text(json.dumps(topics), encoding="utf-8")
    return path


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
    out, result, work = tmp_path / "models" / "default", tmp_path / "quality.json", tmp_path / "work"
    monkeypatch.setattr(train, "Recipe", partial(Recipe, max_tokens=40))
    monkeypatch.setattr(train, "DRILLS", 1)
    # Teachers' processes would run the main module again, which other tests leave a Streamlit page for.
    monkeypatch.setitem(sys.modules, "__main__", ModuleType("__main__"))
    options = ["--data", str(data), "--base", str(base), "--work", str(work), "--out", str(out)]
    fewer = ["--epochs", "0.2", "--passes", "0.2", "--teachers", "3", "--threads", "1", "--device", "cpu"]
    monkeypatch.setattr(sys, "argv", ["train.py", *options, *fewer])
    assert train.main() == 0
    training = json.loads((out / "metrics.json").read_text("utf-8"))["training"]
    stages = training["stages"]
    assert ["drills" in stage["shown"] for stage in stages] == [False, False, True]
    assert ["unlabelled" in stage["shown"] for stage in stages] == [True, True, True]
    assert stages[2]["mixed"].keys() == {"1.0", "0.75", "0.5"}
    assert training["teachers"]["together"].keys() == stages[0]["evaluations"][0]["sets"].keys()
    assert len(training["teachers"]["alone"]) == 3
    assert training["encoder"] in ("as it was", "having read")
    assert training["read"]["evaluations"] and (work / "encoder" / "model.safetensors").exists()
    card = (out / "README.md").read_text(encoding="utf-8")
    assert all(one.title in card for one in (*DATA_SETS, *UNLABELLED))
    assert str(tmp_path) not in "".join(file.read_text("utf-8") for file in out.glob("*.json"))
    assert train.main() == 2
    assert "exists already" in capsys.readouterr().err
    monkeypatch.setattr("benchmarks.baselines.STRENGTHS", (1.0,))
    monkeypatch.setattr("benchmarks.questions.DRAWS", 20)
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


def test_the_last_stage_says_texts_otherwise_and_adds_drills(data: Path) -> None:
    train = program("models/train.py")
    known = read_examples(data)
    written = {example.text for example in known}
    early, late = (train.show(known, (), stage, seed=0) for stage in (0, 2))
    assert {example.text for example in early} <= written
    assert train.show(known, (), 2, seed=0) == late != train.show(known, (), 2, seed=1)
    assert sum(example.origin == "drills" for example in late) > 100
    told = [example for example in late if example.origin != "drills"]
    assert 0.2 < np.mean([example.text in written for example in told]) < 0.8
    labels = {(example.origin, example.sentiment, example.topics) for example in known}
    assert {(example.origin, example.sentiment, example.topics) for example in told} <= labels


def test_a_set_that_is_not_shipped_is_measured_on_what_was_not_fitted(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    quality = program("benchmarks/quality.py")
    monkeypatch.setattr("benchmarks.baselines.STRENGTHS", (1.0,))
    monkeypatch.setattr("benchmarks.questions.DRAWS", 20)
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


def test_texts_to_rehearse_are_of_the_training_side_and_say_what_the_model_says(
    model: Path, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "rehearsal.jsonl"
    monkeypatch.setattr(
        sys,
        "argv",
        ["rehearsal", "--data", str(data), "--out", str(out), "--share", "0.1", "--model", str(model)],
    )
    assert rehearsal.main() == 0
    read = labelled.read(out, Engine.load(model).config.topics).examples
    snapshot = split(read_examples(data))
    held = {content("", one.text) for one in snapshot.development}
    assert 0 < len(read) <= sum(rehearsal.SIZES.values()) * 0.1 + len(rehearsal.SIZES)
    assert not held & {one.text for one in read}
    assert all(one.sentiment in SENTIMENTS or (one.sentiment is None and one.topics) for one in read)
    drawn = rehearsal.rehearsal(snapshot.train, 0.1, 0)
    assert drawn == rehearsal.rehearsal(snapshot.train, 0.1, 0) != rehearsal.rehearsal(snapshot.train, 0.1, 1)
    served = Transformer(device="cpu")
    served.load(model, "v")
    told = served.classify([article(one.text) for one in read])
    for example, prediction in zip(read, told, strict=True):
        assert example.sentiment in (prediction.label, None)
        assert set(example.topics or ()) == {name for name, p in prediction.topics.items() if p >= 0.5}


def test_a_rehearsed_text_says_its_own_sentiment_and_not_what_is_guessed() -> None:
    known = np.array(["earnings", "deal"])
    good, guess = (np.array(row, dtype=np.float32) for row in ([0.1, 0.1, 0.8], [0.4, 0.3, 0.3]))
    none, one = (np.array(row, dtype=np.float32) for row in ([0.2, 0.1], [0.2, 0.7]))
    found = rehearsal.said("A buys B", ["B"], good, one, [guess], known)
    likeliest = SENTIMENTS[2]
    assert (found.sentiment, found.topics) == (likeliest, ("deal",))
    assert found.companies == (("B", SENTIMENTS[0]),), "not what the text is said to be"
    assert rehearsal.said("A buys B", [], guess, one, [], known).sentiment is None
    assert rehearsal.said("A buys B", [], guess, none, [], known).sentiment == SENTIMENTS[0], "or nothing"


def test_a_rehearsed_row_is_read_as_it_was_meant(tmp_path: Path) -> None:
    meant = [
        Example("Harbour  sues Mesa", "neutral", ("deal",), companies=(("Mesa", "negative"),)),
        Example("Harbour and Mesa merge", None, ("deal",)),
    ]
    file = tmp_path / "rehearsal.jsonl"
    file.write_text("".join(json.dumps(rehearsal.row(one)) + "\n" for one in meant), encoding="utf-8")
    read = labelled.read(file, ["deal"]).examples
    assert [replace(one, origin="") for one in read] == meant


def test_a_taught_model_is_measured_and_becomes_the_shipped_one(
    model: Path,
    data: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = tmp_path / "default-9"
    given = ["--model", str(model), "--before", str(model), "--data", str(data), "--name", "default-9"]
    monkeypatch.setattr(sys, "argv", ["adopt", *given, "--out", str(out)])
    assert adopt.main() == 0
    card = (out / "README.md").read_text(encoding="utf-8")
    assert "# default-9" in card and "starting from model `first-1`" in card
    assert all(title in card for title in ("models/lessons/", DATA_SETS[0].title))
    assert folder.read(out).config.id == "default-9"
    before, after = folder.read(model).tensors, folder.read(out).tensors
    assert all(np.array_equal(value, after[name]) for name, value in before.items() if name != "topics.bias")
    assert adopt.main() == 2
    assert "exists already" in capsys.readouterr().err
    result = tmp_path / "lessons.json"
    sides = ["--before", str(model), "--after", str(out), "--data", str(data), "--out", str(result)]
    monkeypatch.setattr(sys, "argv", ["lessons", *sides])
    monkeypatch.setattr("benchmarks.questions.DRAWS", 20)
    assert measured.main() == 0
    found = json.loads(result.read_text(encoding="utf-8"))
    assert found["models"]["before"]["checklist"] == found["models"]["after"]["checklist"]
    assert found["models"]["after"]["kept_back"].keys() == KINDS
    assert found["verdict"]["aims"].keys() == measured.AIMS.keys()
    assert str(tmp_path) not in result.read_text(encoding="utf-8")
    assert "development cfsc.company" in capsys.readouterr().out


def test_a_score_that_falls_too_far_is_named() -> None:
    rate = {"passed": 0.95, "cases": 10, "interval": [0.8, 1.0]}
    checked = dict.fromkeys(measured.AIMS, rate) | {"sarcasm": rate | {"passed": 0.6}}
    figures = {"accuracy": 0.9, "macro_f1": 0.8, "weighted_f1": 0.9}
    sides = {
        side: {"checklist": checked, "development": {"a.sentiment": figures | {"macro_f1": score}}}
        for side, score in (("before", 0.8), ("after", 0.796))
    }
    verdict = measured.verdict(sides)
    assert verdict["aims"]["narrowing"] and not verdict["aims"]["sarcasm"]
    assert verdict["fell_too_far"] == {"a.sentiment": -0.004}
    sides["after"]["development"]["a.sentiment"] = figures | {"macro_f1": 0.797}
    assert measured.verdict(sides)["fell_too_far"] == {}


def test_questions_of_a_family_stand_and_fall_together() -> None:
    apart = measured.clustered([[True], [False]] * 20)
    together = measured.clustered([[True] * 10, [False] * 10] * 2)
    assert apart["passed"] == together["passed"] == 0.5
    low, high = apart["interval"]
    assert together["interval"][1] - together["interval"][0] > high - low
    assert (apart["questions"], apart["families"]) == (40, 40)
