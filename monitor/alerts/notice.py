"""What an alert tells people: the payload of a delivery, in English and Chinese.

A payload is frozen when its alert changes, so that a receiver which was down for hours
learns what was known then, and gets the same bytes at every attempt.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from monitor.messages import Message, said
from monitor.records import LEAST_EXPECTED, Alert, Article, Company, Scope, Topic

Evidence = Sequence[tuple[Article, float | None]]
"""Articles with the probability that each is negative (of an alert about a company: towards that
company), where it is known."""

Titles = Mapping[Scope, tuple[str, str]]
"""The (English, Chinese) name of each scope, as messages call it."""

LISTED = 5
"""Articles named in `text`; `evidence` holds all that were given."""

_TITLES = {
    "opened": ("Negative coverage surges: {}", "负面舆情激增：{}"),
    "updated": ("Negative coverage still surges: {}", "负面舆情仍在激增：{}"),
    "escalated": ("Nobody has acknowledged: {}", "尚无人认领：{}"),
    "resolved": ("Back to normal: {}", "负面舆情已恢复正常：{}"),
}
_OPERATING = {
    "opened": ("Does not work: {}", "运行异常：{}"),
    "updated": ("Still does not work: {}", "运行仍然异常：{}"),
    "escalated": ("Does not work, and nobody has acknowledged it: {}", "运行异常，尚无人认领：{}"),
    "resolved": ("Works again: {}", "运行恢复正常：{}"),
}
_ALL = ("all news", "全部新闻")
OPERATING = {
    "source": ("source", "来源"),
    "notifiers": ("receiver", "接收方"),
    "strategies": ("strategy", "策略"),
    "detectors": ("detector", "检测器"),
    "models": ("model", "模型"),
    "rule": ("rule", "规则"),
}
"""What operational alerts are about, by the kind of their scope, in English and Chinese."""


def titles(topics: Iterable[Topic], companies: Iterable[Company]) -> Titles:
    """The names of everything that is watched."""
    named = {Scope("topic", topic.name): (topic.en, topic.zh) for topic in topics}
    named |= {Scope("company", one.id): (one.name, one.name) for one in companies}
    return {Scope("all"): ("All news", "全部新闻"), **named}


def named(scope: Scope, titles: Titles) -> tuple[str, str]:
    """What people call a scope, in both languages."""
    if scope.kind == "both":
        parts = [named(one, titles) for one in (Scope("company", scope.company), Scope("topic", scope.topic))]
        return ", ".join(en for en, _ in parts), "，".join(zh for _, zh in parts)
    if scope.kind in OPERATING:
        en, zh = OPERATING[scope.kind]
        return (f"{en} {scope.name}", f"{zh} {scope.name}") if scope.name else (f"every {en}", f"全部{zh}")
    return titles.get(scope, _ALL if scope.kind == "all" else (scope.name, scope.name))


def payload(
    alert: Alert, event: str, note: str, evidence: Evidence, titles: Titles, why: str = ""
) -> dict[str, Any]:
    """The JSON object a notifier is handed.

    `event` is opened, updated, escalated or resolved; `titles` holds the (English, Chinese) names of
    scopes, which go by their own name where it has none. `title` and `text` are for people
    and bilingual; `en` and `zh` hold each language alone. `why` is what people are told beside the figures.
    """
    en, zh = named(alert.scope, titles)
    sample = bool(evidence) and all(article.sample for article, _ in evidence)
    said_of = (_OPERATING if alert.operational else _TITLES)[event]
    english, chinese = (title.format(name) for title, name in zip(said_of, (en, zh), strict=True))
    if sample:
        english, chinese = f"[sample data] {english}", f"【示例数据】{chinese}"
    told_en, told_zh = _sentences(note) if alert.operational else _summary(alert, event)
    texts = ((told_en, "en"), (told_zh, "zh"))
    text_en, text_zh = (
        "\n".join(part for part in (text, said(why, tongue)) if part) for text, tongue in texts
    )
    listed = "\n".join(_line(article) for article, _ in evidence[:LISTED])
    return {
        "title": f"{english} · {chinese}",
        "text": "\n".join(part for part in (text_en, text_zh, listed) if part),
        "en": {"title": english, "text": text_en},
        "zh": {"title": chinese, "text": text_zh},
        "event": event,
        "note": note,
        "alert_id": alert.id,
        "link": f"/alerts?id={alert.id}",
        "rule": alert.rule,
        "scope": {"kind": alert.scope.kind, "name": alert.scope.name, "en": en, "zh": zh},
        "state": alert.state.value,
        "severity": alert.severity,
        "voices": alert.voices,
        "observed": round(alert.observed, 3),
        "expected": round(alert.expected, 3),
        "p_value": alert.p_value,
        "start_at": alert.start_at.isoformat(),
        "end_at": alert.end_at.isoformat(),
        "opened_at": alert.opened_at.isoformat(),
        "sample": sample,
        "evidence": [_piece(article, negative) for article, negative in evidence],
    }


def folded(payload: Mapping[str, Any], number: int) -> dict[str, Any]:
    """A payload that stands for so many earlier messages, which did not arrive."""
    why = Message("routes.stands_for", number=number)
    told = {
        tongue: {**payload[tongue], "text": f"{payload[tongue]['text']}\n{why.said(tongue)}"}
        for tongue in ("en", "zh")
        if tongue in payload
    }
    text = "\n".join((str(payload.get("text", "")), why.said("en"), why.said("zh")))
    return {**payload, **told, "text": text, "folded": number}


def _sentences(note: str) -> tuple[str, str]:
    """A note in both languages, each a whole sentence."""
    english, chinese = said(note, "en"), said(note, "zh")
    return f"{english[:1].upper()}{english[1:]}.", f"{chinese}。"


def usual(alert: Alert) -> Message:
    """How much is expected, as a reader is told it."""
    if alert.expected < LEAST_EXPECTED:
        return Message("alerting.under", least=LEAST_EXPECTED)
    return Message("alerting.usual", figure=f"{alert.expected:.1f}")


def _summary(alert: Alert, event: str) -> tuple[str, str]:
    hours = round((alert.end_at - alert.start_at).total_seconds() / 3600)
    until = f"{alert.end_at:%Y-%m-%d %H:%M} UTC"
    en = f"{alert.voices} negative voices in the {hours} h to {until}"
    zh = f"截至 {until} 的 {hours} 小时内有 {alert.voices} 个负面声音"
    if event == "resolved":
        by = f" by {alert.resolved_by}" if alert.resolved_by else ""
        return f"Resolved{by}; at most {en}.", f"已解除；最多时{zh}。"
    expected = usual(alert)
    english = f"{en}; all voices weigh {alert.observed:.1f}, {said(expected, 'en')} expected"
    chinese = f"{zh}，全部声音加权 {alert.observed:.1f}，预期{said(expected, 'zh')}"
    if alert.p_value is not None:
        english += f" (p = {alert.p_value:.1g})"
        chinese += f"（p = {alert.p_value:.1g}）"
    return f"{english}.", f"{chinese}。"


def _line(article: Article) -> str:
    title = " ".join(article.title.split()) or " ".join(article.content.split())[:120]
    return " ".join(part for part in (f"- {title} ({article.source})", article.url) if part)


def _piece(article: Article, negative: float | None) -> dict[str, Any]:
    return {
        "article_id": article.id,
        "title": article.title,
        "url": article.url,
        "source": article.source,
        "published_at": (article.published_day or article.published_at).isoformat(),
        "negative": None if negative is None else round(negative, 4),
        "sample": article.sample,
    }
