"""What a plain install lacks is asked for by name where it is needed, and nowhere else."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from monitor import UserError
from monitor_plugins.transformer import Transformer
from monitor_plugins.transformer.fitting.extra import needed
from tests.plugins.easy import article, plugin, quiet, snapshot


def test_what_is_there_is_given() -> None:
    assert needed("json", "lora").loads("1") == 1


def test_what_is_not_there_is_named_with_what_needs_it() -> None:
    with pytest.raises(UserError, match=r"lora needs no_such_package.*news-monitor\[train\]") as caught:
        needed("no_such_package", "lora")
    assert "尚未安装" in caught.value.told.said("zh")


def test_a_fault_inside_the_package_is_not_taken_for_its_absence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "halfway.py").write_text("import something_else_that_is_not_there\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(ModuleNotFoundError, match="something_else"):
        needed("halfway", "lora")


@pytest.fixture
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """An install without the extra."""
    monkeypatch.setitem(sys.modules, "peft", None)


@pytest.mark.usefixtures("plain", "one_thread")
def test_a_plain_install_learns_serves_and_explains(base: Path, model: Path, tmp_path: Path) -> None:
    plugin(base, epochs=1, method="top-k", layers=1).fit(snapshot(), model, tmp_path / "next", quiet)
    serving = Transformer(device="cpu")
    serving.load(tmp_path / "next", "next-1")
    told = article("银行利润大幅下滑")
    assert serving.classify([told])[0].sentiment
    assert serving.explain(told, "sentiment").attributions
    assert Transformer().method == "top-k"  # what the schedule uses unless config.toml says otherwise


@pytest.mark.usefixtures("plain", "one_thread")
def test_adapters_ask_for_the_extra(base: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"lora needs peft.*train"):
        plugin(base, method="lora", layers=1).fit(snapshot(), None, tmp_path / "a", quiet)
