"""Texts that are easy to tell apart, and a classifier made to learn them within a second."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from monitor import Article, Example, Snapshot
from monitor_plugins.transformer import Transformer

SUBJECTS = ("Harbour Foods", "Northwind", "Blue Mesa", "远山光伏", "云港航运", "金石矿业")
SAID = {
    "positive": ("profit jumps", "beats forecasts", "利润大增", "订单创新高"),
    "negative": ("profit plunges", "misses forecasts", "利润暴跌", "遭到处罚"),
    "neutral": ("holds meeting", "names venue", "召开会议", "发布公告"),
}
ABOUT = {"earnings": ("in the quarter", "上半年"), "deal": ("in merger talks", "并购案")}
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def quiet(what: str, done: float, total: float) -> None:
    return None


def examples() -> list[Example]:
    return [
        Example(f"{subject} {phrase} {where}", sentiment, (topic,), companies=((subject, sentiment),))
        for subject in SUBJECTS
        for sentiment, phrases in SAID.items()
        for phrase in phrases
        for topic, wheres in ABOUT.items()
        for where in wheres
    ]


def rivals() -> list[Example]:
    """Texts whose two companies fare differently."""
    return [
        Example(f"{one} {up} {other} {down}", companies=((one, "positive"), (other, "negative")))
        for one in SUBJECTS
        for other in SUBJECTS
        if one != other
        for up, down in zip(SAID["positive"], SAID["negative"], strict=True)
    ]


def snapshot(development: int = 60) -> Snapshot:
    order = np.random.default_rng(1).permutation(len(examples()))
    shuffled = [examples()[i] for i in order]
    return Snapshot("0" * 64, shuffled[development:], shuffled[:development])


def article(content: str, language: str = "") -> Article:
    return Article("test", content, "", content, "", "", language, NOW, NOW, content[:20], "0" * 64)


def plugin(base: Path, **settings: object) -> Transformer:
    given = {"method": "full", "epochs": 8, "learning_rate": 5e-3, "head_learning_rate": 1e-2, "ngrams": 2048}
    return Transformer(device="cpu", base=str(base), **(given | settings))  # type: ignore[arg-type]
