"""What does not work is one alert from its fifteenth minute on until it has worked for half an hour."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.alerts import lifecycle, notice, operating
from monitor.alerts.operating import AGAIN, CALM, TOUCH, WAIT, Condition
from monitor.messages import Message
from monitor.records import OPERATION, Alert, AlertState, Scope
from monitor.settings import AlertSettings

AT = datetime(2026, 3, 2, 10, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
BBC = Scope("source", "bbc")
SILENT = Condition(BBC, Message("operating.over", minutes=3), AT - timedelta(hours=2))


@dataclass
class Room:
    """What is open and what was closed by hand, as looks go on."""

    open: dict[Scope, Alert] = field(default_factory=dict)
    closed: dict[Scope, datetime] = field(default_factory=dict)
    told: list[tuple[int, str]] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)

    def look(self, minute: int, *conditions: Condition) -> None:
        now = AT + minute * MINUTE
        for alert, events in operating.attend(self.open, self.closed, conditions, AlertSettings(), now):
            self.told += [(minute, event.name) for event in events if event.notify]
            self.open[alert.scope] = alert
            self.ids.add(alert.id)
            if alert.state is AlertState.RESOLVED:
                del self.open[alert.scope]

    def close(self, minute: int) -> None:
        now = AT + minute * MINUTE
        alert, _ = lifecycle.resolve(self.open.pop(BBC), "ann", now)
        self.closed[alert.scope] = now


def test_it_is_told_once_it_has_lasted_and_once_it_is_over() -> None:
    room = Room()
    for minute in range(300):
        room.look(minute, *([SILENT] if minute < 90 else []))
    [(opened, first), (over, last)] = room.told
    assert (opened * MINUTE, first, last) == (WAIT, "opened", "resolved")
    assert CALM - TOUCH <= (over - 90) * MINUTE <= CALM and room.open == {} and len(room.ids) == 1


def test_what_mends_itself_is_never_told() -> None:
    room = Room()
    for minute in range(60):
        room.look(minute, *([SILENT] if minute % 20 < 14 else []))
    assert room.told == []


def test_what_comes_and_goes_is_one_alert() -> None:
    room = Room()
    for minute in range(400):
        room.look(minute, *([SILENT] if minute % 20 < 10 or minute < 30 else []))
    assert room.told == [(15, "opened")] and len(room.ids) == 1


@pytest.mark.parametrize(("anew", "after"), [(False, AGAIN // MINUTE + WAIT // MINUTE), (True, 40)])
def test_what_somebody_closed_stays_closed_while_it_goes_on(anew: bool, after: int) -> None:
    room = Room()
    for minute in range(100 + after + 2):
        begun = replace(SILENT, since=AT + 120 * MINUTE) if anew and minute > 125 else SILENT
        room.look(minute, begun)
        if minute == 100:
            room.close(minute)
    [_, (minute, name)] = room.told
    assert name == "opened" and 100 + after - 2 <= minute <= 100 + after + 1


def test_what_began_nobody_knows_when_stays_closed_for_a_day() -> None:
    room = Room(closed={BBC: AT - MINUTE})
    room.look(0, replace(SILENT, since=None))
    assert not room.open
    room.look(AGAIN // MINUTE, replace(SILENT, since=None))
    assert room.open[BBC].start_at == AT + AGAIN


def sources(number: int) -> list[Condition]:
    return [Condition(Scope("source", f"s{n}"), "silent", AT - n * MINUTE, "warning") for n in range(number)]


@given(silent=st.integers(0, 12), more=st.integers(0, 12), already=st.sets(st.integers(0, 11)))
def test_where_most_are_silent_it_is_one_condition(silent: int, more: int, already: set[int]) -> None:
    other = Condition(Scope("detectors", "surge"), "fails", AT)
    known = {Scope("source", f"s{n}") for n in already}
    found = operating.grouped([*sources(silent), other], silent + more, known)
    assert other in found
    if silent < operating.MANY or silent < more:
        assert len(found) == silent + 1
        return
    whole = found[-1]
    assert whole.scope == Scope("source") and whole.severity == "critical" and whole.since == AT
    assert isinstance(whole.what, Message) and whole.what.values["number"] == silent
    assert {one.scope for one in found[:-1]} == {other.scope} | {
        Scope("source", f"s{n}") for n in already if n < silent
    }


@pytest.mark.parametrize(
    ("scope", "title"),
    [
        (BBC, "Does not work: source bbc · 运行异常：来源 bbc"),
        (Scope("source"), "Does not work: every source · 运行异常：全部来源"),
        (Scope("rule", "surge"), "Does not work: rule surge · 运行异常：规则 surge"),
    ],
)
def test_its_message_says_what_and_how_in_both_languages(scope: Scope, title: str) -> None:
    [(alert, _)] = operating.attend({}, {}, [replace(SILENT, scope=scope)], AlertSettings(), AT)
    assert alert.rule == OPERATION and alert.operational and alert.start_at == SILENT.since
    found = notice.payload(alert, "opened", SILENT.what, (), {})
    assert found["title"] == title
    assert (
        found["en"]["text"] == "It has worked for 3 minutes." and found["zh"]["text"] == "已恢复正常 3 分钟。"
    )
    assert found["sample"] is False and found["evidence"] == []


@pytest.mark.parametrize("event", notice._TITLES)
def test_it_has_a_title_for_all_that_may_be_told_of_an_alert(event: str) -> None:
    """A route may escalate what does not work, too."""
    [(alert, _)] = operating.attend({}, {}, [SILENT], AlertSettings(), AT)
    assert "source bbc" in notice.payload(alert, event, SILENT.what, (), {})["title"]
