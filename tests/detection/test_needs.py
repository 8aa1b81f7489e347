"""What rules read is kept for as long, or the settings are refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor import config
from monitor.detection import coverage, turns
from monitor.errors import ConfigError


def load(folder: Path, text: str) -> config.Settings:
    (folder / "config.toml").write_text(text, "utf-8")
    return config.load(folder / "config.toml", {})


@pytest.mark.parametrize(("kind", "least"), [("bodies", 57), ("predictions", 57), ("polls", 29)])
def test_shorter_than_a_rule_needs_is_a_mistake_that_says_what_to_do(
    tmp_path: Path, kind: str, least: int
) -> None:
    assert least in (7 * turns.WEEKS + 1, coverage.KNOWN.days + 1)
    load(tmp_path, f"[retention]\n{kind}_days = {least}\n")
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, f"[retention]\n{kind}_days = {least - 1}\n")
    [line] = str(caught.value).splitlines()
    assert line.startswith(
        f"config.toml: [retention] {kind}_days: {least - 1} days are less than the {least} "
    )
    assert f'set {least} or more, or "forever"' in line and "the rules " in line


def test_without_rules_duels_need_their_texts(tmp_path: Path) -> None:
    off = "[rules.mine]\nenabled = false\n[retention]\npolls_days = 1\nbodies_days = {}\n"
    load(tmp_path, off.format(15))
    with pytest.raises(ConfigError, match="15 that duels need"):
        load(tmp_path, off.format(14))
    with pytest.raises(ConfigError, match="91 that duels need"):
        load(tmp_path, off.format(60) + "[learning]\nduel_days = 90\n")


@pytest.mark.parametrize("wrong", ["0", "-1", "true", '"ever"', "nan", "1e9", "[]"])
def test_anything_but_days_and_for_ever_is_refused(tmp_path: Path, wrong: str) -> None:
    with pytest.raises(ConfigError, match=r'\[retention\] audit_days: expected days .* or "forever"'):
        load(tmp_path, f"[retention]\naudit_days = {wrong}\n")
    found = load(tmp_path, '[retention]\naudit_days = 12.5\nvectors_days = "forever"\n').retention
    assert found.kept("audit") is not None and found.kept("vectors") is None
    environ = {"MONITOR_RETENTION__BODIES_DAYS": "forever", "MONITOR_RETENTION__AUDIT_DAYS": "70"}
    told = config.load(tmp_path / "config.toml", environ).retention
    assert told.kept("bodies") is None and told.audit_days == 70
