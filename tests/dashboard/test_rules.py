"""The rules page: what rules cost, and a change tried before it is made."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest

from monitor.app import Monitor
from monitor.detection.comparing import Compared, Comparison, Share, Side, Sighting, Told
from monitor.detection.rules import Rule
from monitor.errors import BusyError
from monitor.messages import Message
from monitor.records import Role, Scope
from tests.dashboard.pages import TIMEOUT, linked, opened, said


def comparison(monitor: Monitor) -> Comparison:
    now = monitor.now()
    lost = Sighting(
        *("surge", "warning", Scope("company", "northwind"), now, None, 5.5, 0.04, False, 3),
        (Told(1, 1, "A *bold* recall"),),
    )
    side = Side(1.0, 4, 1.0, 2.83, False)
    after = Side(0.25, 3, 0.75, None, True)
    one = Compared("surge", side, after, 3, (lost,), ())
    return Comparison(now - timedelta(weeks=4), now, 4.0, (one,))


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("zh", ("预算", "公司的某一主题", "至少 5 个负面声音", "内置", "无")),
    ],
)
def test_the_rules_are_listed(
    filled: Monitor, log_in: Callable[..., str], language: str, words: tuple[str, ...]
) -> None:
    app = opened("rules", log_in("vi", Role.VIEWER), language)
    assert all(word in said(app) for word in (*words, "surge", "buildup")) and not app.error
    assert not app.selectbox, "a viewer tries nothing"


def test_nothing_can_be_tried_of_nothing(monitor: Monitor, log_in: Callable[..., str]) -> None:
    app = opened("rules", log_in("bo", Role.ANALYST))
    assert "Nothing has been counted yet" in app.info[0].value and not app.button


@pytest.mark.parametrize(
    ("language", "run", "words"),
    [
        ("en", "Try it", ("Before", "After", "Only before (1)", "of 3 stories", "restart")),
    ],
)
def test_a_change_is_tried_before_it_is_made(
    filled: Monitor,
    log_in: Callable[..., str],
    monkeypatch: pytest.MonkeyPatch,
    language: str,
    run: str,
    words: tuple[str, ...],
) -> None:
    asked: list[tuple[Sequence[Rule], int]] = []

    def tried(rules: Sequence[Rule], weeks: int, progress: Share) -> Comparison:
        asked.append((rules, weeks))
        progress(0.5)
        return comparison(filled)

    monkeypatch.setattr(filled, "try_rules", tried)
    app = opened("rules", log_in("bo", Role.ANALYST), language)
    app.number_input[0].set_value(0.25)
    [button] = [one for one in app.button if one.label == run]
    button.click().run(timeout=TIMEOUT)
    assert not app.exception and not app.error
    [([rule], weeks)] = asked
    assert (rule.name, rule.budget, rule.least, weeks) == ("surge", 0.25, 3, 1)
    shown = said(app)
    assert all(word in shown for word in (*words, "Northwind Motors", "A *bold* recall", "2.83"))
    assert "/stories?id=1" in linked(app)
    assert app.code[0].value.startswith(
        '[rules.surge]\ndetector = "surge"\nscopes = ["company", "both"]\nbudget = 0.25'
    )


def test_what_cannot_be_tried_says_why(
    filled: Monitor, log_in: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(rules: Sequence[Rule], weeks: int, progress: Share) -> Comparison:
        raise BusyError(Message("trying.busy"))

    monkeypatch.setattr(filled, "try_rules", busy)
    app = opened("rules", log_in("bo", Role.ANALYST))
    [button] = [one for one in app.button if one.label == "Try it"]
    button.click().run(timeout=TIMEOUT)
    assert "another change of rules" in app.error[0].value and not app.code
    app.selectbox(key="rule").select("").run(timeout=TIMEOUT)
    [button] = [one for one in app.button if one.label == "Try it"]
    button.click().run(timeout=TIMEOUT)
    assert "a name has no spaces" in app.error[0].value
