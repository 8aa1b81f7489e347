"""Messages about many alerts: whole lines, as many as there is room for, in both languages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from monitor.alerts import digest
from monitor.records import OPERATION, Alert, AlertState, Scope
from tests.alarms import alarm

NOW = datetime(2026, 3, 3, 8, 0, tzinfo=UTC)
SINCE = NOW - timedelta(days=1)
TITLES = {Scope("company", "acme"): ("Acme Corp", "顶点公司")}
ACME = Scope("company", "acme")


def some(number: int, over: int = 0) -> list[Alert]:
    found = []
    for k in range(number):
        at = SINCE + timedelta(minutes=k)
        ended = {"state": AlertState.RESOLVED, "resolved_at": at + timedelta(hours=1)} if k < over else {}
        found.append(
            alarm(f"a{k}", at, scope=ACME, severity="critical" if k % 3 == 0 else "warning", **ended)
        )
    return found


def test_a_digest_says_what_happened_in_both_languages() -> None:
    told = digest.payload("digest", some(2, over=1), SINCE, NOW, TITLES, 1500)
    english, chinese = told["title"].split(" · ")
    assert english == "Alerts since 2026-03-02 08:00 UTC: 1 open, 1 over"
    assert chinese == "自 2026-03-02 08:00 UTC 起的预警：未结 1，已解除 1"
    assert told["en"]["text"].splitlines() == [
        "- Acme Corp (firing): 12 negative voices, since 03-02 08:01",
        "- Acme Corp (critical, resolved): 12 negative voices, since 03-02 08:00, over 03-02 09:00",
    ]
    assert told["zh"]["text"].splitlines()[1] == (
        "- 顶点公司（严重，已解除）：12 个负面声音，03-02 08:00 起，03-02 09:00 解除"
    )
    assert told["text"] == f"{told['en']['text']}\n{told['zh']['text']}"
    assert (told["event"], told["more"], told["since_at"]) == ("digest", 0, SINCE.isoformat())
    assert [one["alert_id"] for one in told["alerts"]] == ["a1", "a0"], "what is open stands first"


def test_what_does_not_work_is_told_without_figures_of_the_news() -> None:
    broken = alarm("o1", SINCE, rule=OPERATION, scope=Scope("source", "wire"), voices=0)
    told = digest.payload("digest", [broken], SINCE, NOW, TITLES, 1500)
    assert told["text"].splitlines() == [
        "- source wire (firing): does not work, since 03-02 08:00",
        "- 来源 wire（告警中）：运行异常，03-02 08:00 起",
    ]


def test_a_digest_of_nothing_says_so() -> None:
    told = digest.payload("digest", [], SINCE, NOW, TITLES, 1500)
    assert told["text"] == "Nothing happened.\n期间没有预警。" and told["alerts"] == []


def test_a_summary_says_since_when_nobody_was_told() -> None:
    told = digest.payload("summary", some(3, over=3), SINCE, NOW, TITLES, 1500)
    assert told["en"]["title"] == "While you were not told, since 2026-03-02 08:00 UTC: 3 alerts, all over"
    assert told["event"] == "summary" and len(told["alerts"]) == 3


@given(st.integers(1, 60), st.integers(0, 60), st.integers(400, 4000))
def test_it_fits_its_receiver_and_says_what_is_left_out(number: int, over: int, room: int) -> None:
    told = digest.payload("digest", some(number, over), SINCE, NOW, TITLES, room)
    shown = number - told["more"]
    assert len(told["text"].encode()) <= room and len(told["alerts"]) == number
    for language, more in (("en", f"and {told['more']} more"), ("zh", f"另有 {told['more']} 条")):
        lines = told[language]["text"].splitlines()
        assert sum(line.startswith("- ") for line in lines) == shown >= 1
        assert (lines[-1] == more) is (told["more"] > 0)
    if told["more"]:
        fuller = digest.payload("digest", some(number, over), SINCE, NOW, TITLES, 10**6)["text"].splitlines()
        assert fuller[0] == told["text"].splitlines()[0], "the first ones are shown"


def test_a_heartbeat_says_when_the_next_comes_and_a_test_who_asked() -> None:
    beat = digest.heartbeat(NOW, timedelta(minutes=30), 2)
    assert "The next word comes in 30 min." in beat["en"]["text"] and "30 分钟后" in beat["zh"]["text"]
    assert (beat["event"], beat["open"], beat["every_minutes"]) == ("heartbeat", 2, 30)
    trial = digest.trial("desk", "ann", NOW)
    assert trial["event"] == "test" and trial["title"] == "Test of desk · 测试消息：desk"
    assert "ann" in trial["text"]
