"""Messages that are about many alerts, or about none: digests, summaries, heartbeats and tests. Pure.

A message about many alerts has a line for each in both languages, newest first and what is open before what
is over, and as many as its receiver takes: where they do not fit it says how many more there are, so that
no line is cut within and none goes without a word. `alerts` in the payload holds them all, for programs.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from monitor.alerts.notice import Titles, named
from monitor.records import Alert, AlertState

_TITLES = {
    "digest": ("Alerts since {}: {} open, {} over", "自 {} 起的预警：未结 {}，已解除 {}"),
    "summary": (
        "While you were not told, since {}: {} alerts, all over",
        "免打扰期间（自 {} 起）：{} 条预警，均已解除",
    ),
}
_STATES = {
    AlertState.PENDING: ("pending", "待确认"),
    AlertState.FIRING: ("firing", "告警中"),
    AlertState.ACKNOWLEDGED: ("acknowledged", "已认领"),
    AlertState.RECOVERING: ("recovering", "恢复中"),
    AlertState.RESOLVED: ("resolved", "已解除"),
}
_SEVERITIES = {"info": ("", ""), "warning": ("", ""), "critical": ("critical, ", "严重，")}
_NOTHING = ("Nothing happened.", "期间没有预警。")


def payload(
    event: str, found: Sequence[Alert], since: datetime, now: datetime, titles: Titles, room: int
) -> dict[str, Any]:
    """The JSON object of a `digest` or a `summary` of alerts, in which `text` has `room` bytes at most if one
    line fits."""
    ordered = sorted(found, key=lambda one: one.opened_at, reverse=True)
    ordered.sort(key=lambda one: one.state is AlertState.RESOLVED)
    over = sum(one.state is AlertState.RESOLVED for one in ordered)
    numbers = (
        (_clock(since), len(ordered) - over, over) if event == "digest" else (_clock(since), len(ordered))
    )
    en, zh = (title.format(*numbers) for title in _TITLES[event])
    lines = [_lines(one, titles) for one in ordered] or [_NOTHING]
    shown = next((n for n in range(len(lines), 0, -1) if _size(lines, n) <= room), 1)
    texts = [_text(lines, shown, which) for which in (0, 1)]
    return {
        "title": f"{en} · {zh}",
        "text": "\n".join(texts),
        "en": {"title": en, "text": texts[0]},
        "zh": {"title": zh, "text": texts[1]},
        "event": event,
        "link": "/alerts",
        "since_at": since.isoformat(),
        "until_at": now.isoformat(),
        "more": len(lines) - shown,
        "alerts": [_piece(one, titles) for one in ordered],
    }


def heartbeat(now: datetime, every: timedelta, firing: int) -> dict[str, Any]:
    """The JSON object that says that the watch looks; the next one comes `every` so often."""
    minutes = every / timedelta(minutes=1)
    en, zh = "The watch is looking", "监测正常运行"
    text_en = f"It looked at {_clock(now)}; {firing} alerts are open. The next word comes in {minutes:g} min."
    text_zh = f"最近检查：{_clock(now)}；未结预警 {firing} 条。下一条消息在 {minutes:g} 分钟后。"
    return {
        **_plain(en, zh, text_en, text_zh, "heartbeat"),
        "at": now.isoformat(),
        "every_minutes": minutes,
        "open": firing,
    }


def trial(receiver: str, user: str, now: datetime) -> dict[str, Any]:
    """The JSON object of a message that only tests whether it arrives."""
    en, zh = f"Test of {receiver}", f"测试消息：{receiver}"
    text_en = f"{user} asked for it at {_clock(now)}. There is nothing to do."
    text_zh = f"由 {user} 于 {_clock(now)} 发出，无需处理。"
    return {**_plain(en, zh, text_en, text_zh, "test"), "at": now.isoformat()}


def _plain(en: str, zh: str, text_en: str, text_zh: str, event: str) -> dict[str, Any]:
    return {
        "title": f"{en} · {zh}",
        "text": f"{text_en}\n{text_zh}",
        "en": {"title": en, "text": text_en},
        "zh": {"title": zh, "text": text_zh},
        "event": event,
        "link": "/alerts",
    }


def _clock(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"


def _lines(alert: Alert, titles: Titles) -> tuple[str, str]:
    """An alert in one line, in English and in Chinese."""
    en, zh = named(alert.scope, titles)
    state, grave = _STATES[alert.state], _SEVERITIES.get(alert.severity, ("", ""))
    ended = alert.resolved_at
    until = (f", over {ended:%m-%d %H:%M}", f"，{ended:%m-%d %H:%M} 解除") if ended else ("", "")
    began = f"{alert.opened_at:%m-%d %H:%M}"
    what = (f"{alert.voices} negative voices", f"{alert.voices} 个负面声音")
    if alert.operational:
        what = ("did not work", "运行异常") if ended else ("does not work", "运行异常")
    return (
        f"- {en} ({grave[0]}{state[0]}): {what[0]}, since {began}{until[0]}",
        f"- {zh}（{grave[1]}{state[1]}）：{what[1]}，{began} 起{until[1]}",
    )


def _text(lines: Sequence[tuple[str, str]], shown: int, which: int) -> str:
    more = len(lines) - shown
    told = [one[which] for one in lines[:shown]]
    if more:
        told.append((f"and {more} more", f"另有 {more} 条")[which])
    return "\n".join(told)


def _size(lines: Sequence[tuple[str, str]], shown: int) -> int:
    return sum(len(_text(lines, shown, which).encode()) + 1 for which in (0, 1)) - 1


def _piece(alert: Alert, titles: Titles) -> dict[str, Any]:
    en, zh = named(alert.scope, titles)
    return {
        "alert_id": alert.id,
        "link": f"/alerts?id={alert.id}",
        "rule": alert.rule,
        "severity": alert.severity,
        "state": alert.state.value,
        "scope": {"kind": alert.scope.kind, "name": alert.scope.name, "en": en, "zh": zh},
        "voices": alert.voices,
        "opened_at": alert.opened_at.isoformat(),
        "resolved_at": alert.resolved_at.isoformat() if alert.resolved_at else None,
        "acknowledged_by": alert.acknowledged_by,
    }
