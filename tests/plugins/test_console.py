"""The console notifier."""

from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.testing import FakeFetcher, check_notifier, make_delivery
from monitor_plugins.console import Console, one_line


@pytest.mark.parametrize("notifier", [Console(), Console(format="json")])
def test_keeps_the_contract(notifier: Console) -> None:
    check_notifier(notifier)


def test_a_line_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    Console().send(make_delivery(payload={"title": "Surge: 顶点", "text": "9 stories\n- a"}), FakeFetcher())
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err == "2026-01-05 09:00:00Z ALERT opened delivery-1 Surge: 顶点 9 stories - a\n"


def test_a_line_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    Console(format="json").send(make_delivery(payload={"title": "顶点\n\x1b[31m"}), FakeFetcher())
    told = capsys.readouterr().err
    assert told.count("\n") == 1 and "\x1b" not in told
    assert json.loads(told) == {
        "at": "2026-01-05T09:00:00+00:00",
        "id": "delivery-1",
        "alert_id": "alert-1",
        "event": "opened",
        "payload": {"title": "顶点\n\x1b[31m"},
    }


@pytest.mark.parametrize(
    "attack",
    ["\x1b[2J\x1b[31mred", "a\r\nFORGED line", "a\u2028b", "\u202egnp.exe", "\x9b31m", "a\x08\x08b", "\x07"],
)
def test_a_headline_cannot_drive_the_terminal(attack: str, capsys: pytest.CaptureFixture[str]) -> None:
    Console().send(make_delivery(payload={"title": attack, "text": attack}), FakeFetcher())
    line = capsys.readouterr().err
    assert line.endswith("\n") and line[:-1].isprintable()


@given(st.text())
def test_any_text_becomes_one_harmless_line(text: str) -> None:
    line = one_line(text)
    assert not any(unicodedata.category(character)[0] == "C" for character in line)
    assert len(line.splitlines()) <= 1
