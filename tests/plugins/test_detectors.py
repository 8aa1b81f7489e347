"""The bundled detectors are there, are built from their tables, and keep the laws."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest

from monitor.errors import ConfigError, PluginError
from monitor.extensions.building import build
from monitor.extensions.loading import Origin, load
from monitor.testing import check_detector, make_panel, make_present

CLASSES = {
    kind: cls
    for (group, kind), cls in load(
        Origin("detectors", "bundled", "monitor_plugins.detectors")
    ).classes.items()
    if group == "detectors"
}


@pytest.mark.parametrize("kind", CLASSES)
def test_it_keeps_the_laws(kind: str) -> None:
    scores = check_detector(build(CLASSES[kind], kind, {}, "here"))
    assert len(scores.p) == 12


@pytest.mark.parametrize("kind", CLASSES)
def test_a_surge_is_rarer_than_any_hour_of_the_past(kind: str) -> None:
    detector = build(CLASSES[kind], kind, {}, "here")
    panel = make_panel()
    fitted = detector.fit(panel)
    surge = detector.test(fitted, make_present(panel, 30.0)).p
    quiet = detector.test(fitted, make_present(panel)).p
    assert ((surge > quiet) if detector.larger_is_rarer else (surge < quiet)).all()
    assert np.isfinite(surge).all()


def test_options_are_checked() -> None:
    surge: Any = build(CLASSES["surge"], "surge", {"half_life_weeks": 13.0}, "config.toml: [detectors.a]")
    assert surge.half_life_weeks == 13.0
    with pytest.raises(ConfigError, match=r"\[detectors\.a\] gap: unknown key of kind 'surge'"):
        build(CLASSES["surge"], "surge", {"gap": 2}, "config.toml: [detectors.a]")
    with pytest.raises(ConfigError, match="half_life_weeks: expected a number over 0, found 0"):
        build(CLASSES["surge"], "surge", {"half_life_weeks": 0.0}, "config.toml: [detectors.a]")


@pytest.mark.parametrize("kind", ["page_hinkley", "adwin"])
def test_what_is_not_installed_is_named(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "river", None)
    with pytest.raises(PluginError, match=r"needs river, .*: pip install 'news-monitor\[drift\]'"):
        build(CLASSES[kind], kind, {}, "here").fit(make_panel())
