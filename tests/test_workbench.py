"""The workbench: folders in, a folder out, and nothing in the store."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from monitor import Example, Progress, Snapshot
from monitor.errors import PluginError, UserError
from monitor.testing import FakeClassifier, make_article
from monitor.testing.fakes import make_snapshot
from monitor.workbench import Workbench


def quiet(what: str, done: float, total: float) -> None:
    return None


@dataclass
class Able(FakeClassifier):
    """Does all that is asked of it, and tells what that was."""

    base: str = ""

    def pretrain(
        self, texts: Sequence[str], parent: Path | None, out: Path, progress: Progress
    ) -> Mapping[str, Any]:
        out.write_text("\n".join(texts))
        return {"parent": parent and parent.name, "base": self.base}

    def compress(
        self,
        snapshot: Snapshot,
        parents: Sequence[Path],
        out: Path,
        progress: Progress,
        ways: Mapping[str, float],
    ) -> Mapping[str, Any]:
        out.mkdir()
        (out / "small").write_text("small")
        both = [*snapshot.train, *snapshot.development]
        return {
            "parents": [parent.name for parent in parents],
            "ways": dict(ways),
            "labelled": sorted(one.text for one in both if one.sentiment),
            "bare": sorted(one.text for one in both if not one.sentiment),
        }


@pytest.fixture
def bench(tmp_path: Path) -> Workbench:
    FakeClassifier().fit(make_snapshot(), None, tmp_path / "serving", quiet)
    return Workbench(Able, lambda: tmp_path / "serving", ["deal"])


@pytest.fixture
def labelled(tmp_path: Path) -> Path:
    """Texts of which no two are alike: near-duplicates are dropped from a snapshot."""
    rng, words = random.Random(0), [f"w{number}x" for number in range(2000)]
    path = tmp_path / "labelled.csv"
    kinds = ("dreadful loss {},negative", "splendid gain {},positive")
    rows = [kinds[n % 2].format(" ".join(rng.sample(words, 12))) for n in range(40)]
    path.write_text("\n".join(["text,label", *rows, ""]))
    return path


def test_a_model_is_fitted_on_files_alone(bench: Workbench, labelled: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert bench.fit([labelled], out, quiet)["texts"] > 20
    assert (out / "manifest.json").is_file()
    classifier = Able()
    classifier.load(out, "out")
    [prediction] = classifier.classify([make_article("a splendid gain")])
    assert prediction.label == "positive"
    with pytest.raises(UserError, match="exists already"):
        bench.fit([labelled], out, quiet)
    with pytest.raises(UserError, match="nothing to learn from"):
        bench.fit([labelled], tmp_path / "no", quiet, tasks=["topics"])


def test_a_base_is_a_model_folder_or_an_option(bench: Workbench, tmp_path: Path) -> None:
    model = tmp_path / "model"
    model.mkdir()
    (model / "manifest.json").write_text("{}")
    for i, (base, told) in enumerate(
        (
            ("", {"parent": "serving", "base": ""}),
            (str(model), {"parent": "model", "base": ""}),
            ("org/encoder", {"parent": None, "base": "org/encoder"}),
        )
    ):
        assert bench.pretrain(iter(["one", "two"]), tmp_path / f"out{i}", quiet, base=base) == told
    assert (tmp_path / "out0").read_text() == "one\ntwo"
    with pytest.raises(UserError, match="the archive is empty"):
        bench.pretrain([], tmp_path / "no", quiet)


def test_a_smaller_model_learns_from_labels_teachers_and_bare_texts(
    bench: Workbench, labelled: Path, tmp_path: Path
) -> None:
    out = tmp_path / "small-1"
    known = bench.examples([labelled], ["sentiment"])
    found = bench.compress(
        [labelled],
        out,
        quiet,
        ways={"heads": 0.5},
        teachers=[tmp_path / "teacher"],
        texts=[known[0].text, "a text nobody labelled", "a text nobody labelled"],
    )
    assert found["parents"] == ["serving", "teacher"]
    assert found["ways"] == {"heads": 0.5}
    assert found["labelled"] == sorted(one.text for one in known)
    assert found["bare"] == ["a text nobody labelled"]
    assert (out / "manifest.json").is_file()
    found = bench.compress([labelled], tmp_path / "b", quiet, ways={"rank": 3}, model=tmp_path / "mine")
    assert found["parents"] == ["mine"]


def test_a_classifier_that_cannot_is_named(bench: Workbench, labelled: Path, tmp_path: Path) -> None:
    @dataclass
    class Fixed:
        base: str = ""
        kind = "fixed"

    unable = Workbench(Fixed, bench.serving, ())  # type: ignore[arg-type]
    out = tmp_path / "no"
    with pytest.raises(UserError, match="'fixed' cannot be trained"):
        unable.fit([labelled], out, quiet)
    with pytest.raises(UserError, match="'fixed' cannot be pre-trained"):
        unable.pretrain(["text"], out, quiet)
    with pytest.raises(UserError, match="'fixed' cannot be compressed"):
        unable.compress([labelled], out, quiet, ways={})
    assert not out.exists()


def test_metrics_that_are_no_json_are_the_classifiers_fault(
    bench: Workbench, labelled: Path, tmp_path: Path
) -> None:
    class Odd(Able):
        def fit(self, *arguments: Any) -> Mapping[str, Any]:
            return {**super().fit(*arguments), "loss": float("nan")}

    with pytest.raises(PluginError, match="not JSON"):
        Workbench(Odd, bench.serving, ()).fit([labelled], tmp_path / "odd", quiet)


def test_examples_are_of_the_tasks_asked_for(bench: Workbench, labelled: Path) -> None:
    assert all(
        isinstance(one, Example) and one.sentiment for one in bench.examples([labelled], ["sentiment"])
    )
    assert bench.examples([labelled], ["company"]) == []
