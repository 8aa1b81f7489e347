"""A classifier without a store serves what it is told of."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

import pytest

from monitor import Article, Prediction
from monitor.classification import manifest
from monitor.classification.told import ToldClassifier, Version
from monitor.errors import ModelError
from monitor.testing import FakeClassifier, make_article, make_snapshot


class Quoting(FakeClassifier):
    """Quotes what it was given when it fails, as plugins do."""

    kind: ClassVar[str] = "quoting"

    def classify(self, articles: Sequence[Article]) -> list[Prediction]:
        raise ValueError(articles[0].content)


def version(folder: Path, name: str) -> Version:
    FakeClassifier().fit(make_snapshot(), None, folder / name, lambda what, done, total: None)
    return Version(name, str(folder / name), manifest.seal(folder / name))


def test_it_serves_what_it_is_told_of(tmp_path: Path) -> None:
    told = ToldClassifier(FakeClassifier, tmp_path / "none")
    assert (told.serving, told.trouble) == ("", "")
    with pytest.raises(ModelError, match="no model is loaded"):
        told.classify([make_article("profit")])
    with pytest.raises(ModelError, match="no model is loaded"):
        told.load()
    first, second = version(tmp_path, "v1"), version(tmp_path, "v2")
    assert told.tell(first) is None
    assert (told.serving, told.load()) == ("v1", first)
    thread = told.tell(second)
    assert thread is not None
    thread.join()
    assert [one.model for one in told.classify([make_article("profit")])] == ["v2"]
    assert told.explain(make_article("profit falls"), "sentiment").target == "sentiment"


def test_what_cannot_be_loaded_leaves_the_one_before(tmp_path: Path) -> None:
    told = ToldClassifier(FakeClassifier, tmp_path / "none")
    lost = Version("v9", str(tmp_path / "v9"), "0" * 64)
    with pytest.raises(ModelError, match="v9: no such model folder"):
        told.tell(lost)
    told.tell(version(tmp_path, "v1"))
    thread = told.tell(lost)
    assert thread is not None
    thread.join()
    assert told.serving == "v1" and "v9: no such model folder" in told.trouble
    thread = told.tell(version(tmp_path, "v2"))
    assert thread is not None
    thread.join()
    assert (told.serving, told.trouble) == ("v2", "")


def test_a_damaged_folder_is_refused(tmp_path: Path) -> None:
    first = version(tmp_path, "v1")
    (tmp_path / "v1" / "words.json").write_text("{}")
    with pytest.raises(ModelError, match=r"words\.json"):
        ToldClassifier(FakeClassifier, tmp_path / "none").tell(first)


def test_a_shipped_model_is_read_where_this_machine_has_it(tmp_path: Path) -> None:
    here = version(tmp_path, "here")
    elsewhere = Version("shipped-1", "/another/machine/models/default", here.digest)
    told = ToldClassifier(FakeClassifier, tmp_path / "here")
    told.tell(elsewhere)
    assert told.serving == "shipped-1"


def test_what_a_plugin_raises_tells_no_text(tmp_path: Path) -> None:
    told = ToldClassifier(Quoting, tmp_path / "none")
    told.tell(version(tmp_path, "v1"))
    with pytest.raises(ModelError) as raised:
        told.classify([make_article("a secret")])
    assert "secret" not in str(raised.value) and "ValueError" in str(raised.value)
    assert raised.value.__cause__ is None
    with pytest.raises(ModelError) as raised:
        told.explain(make_article("a secret"), "sentiment")
    assert "secret" not in str(raised.value)
