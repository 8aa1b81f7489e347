"""A furnished store: two days of made-up news in both languages, judged, queued, and one alert.

For tests of what people see. Every text is written for it and every company in it is invented;
the same `seed` and `now` give the same rows.
"""

from __future__ import annotations

import hashlib
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from monitor.alerts import lifecycle
from monitor.alerts.hearings import Known
from monitor.detection import cells
from monitor.detection.causes import Causes, Without
from monitor.messages import Message
from monitor.news import sentences
from monitor.records import (
    SENTIMENTS,
    Alert,
    AlertState,
    Article,
    Company,
    Decision,
    Delivery,
    DeliveryState,
    Mention,
    Prediction,
    Route,
    Scope,
)
from monitor.store import (
    Store,
    Tx,
    alerts,
    articles,
    clock,
    counts,
    deliveries,
    hearings,
    memberships,
    predictions,
    quotes,
    rollups,
    sources,
    stories,
    tasks,
)
from monitor.store.quotes import Quote
from monitor.testing import versions
from monitor.testing.headlines import CALM, ORDINARY, RECALL

COMPANIES = (
    Company("northwind", "Northwind Motors", ("Northwind Motors", "北风汽车"), "NWM"),
    Company("harbour", "Harbour Bank", ("Harbour Bank", "海港银行"), "HBK"),
    Company("lumen", "Lumen Semiconductor", ("Lumen Semiconductor", "流明半导体"), "LUMN"),
    Company("tidewater", "Tidewater Energy", ("Tidewater Energy", "潮汐能源"), "TDW"),
    Company("jade", "Jade Pharma", ("Jade Pharma", "翠玉医药"), "JADE"),
)
_TITLES = ("Harbour Wire", "Capital Daily", "Meridian News", "财经时报", "今日财讯")
FEEDS = ("harbour-wire", "capital-daily", "meridian-news", "caijing-shibao", "jinri-caixun")


@dataclass(frozen=True, slots=True)
class Newsroom:
    """What was put into the store."""

    alert_id: str
    task_ids: Sequence[int]
    article_ids: Sequence[int]


_CONFIG = """\
plugins_dir = "plugins"

[web]
port = 0

[classifier]
kind = "fake"
model = "model"
"""
_PLUGIN = """\
from monitor import hookimpl
from monitor.testing import FakeClassifier, FakeSource


@hookimpl
def register_classifiers():
    return [FakeClassifier]


@hookimpl
def register_sources():
    return [FakeSource]
"""


def settle(folder: Path) -> Path:
    """Write a config.toml for the newsroom into `folder`, with its watch list and fake plugins."""
    tables = [
        f'[sources.{name}]\nkind = "fake"\ntitle = "{title}"\nlanguage = "{language}"\n'
        for name, title, language in zip(FEEDS, _TITLES, ("en", "en", "en", "zh", "zh"), strict=True)
    ]
    (folder / "plugins").mkdir(parents=True, exist_ok=True)
    (folder / "plugins" / "newsroom_fakes.py").write_text(_PLUGIN, encoding="utf-8")
    rows = [f"{one.id},{one.name},{one.ticker},{'|'.join(one.aliases)}" for one in COMPANIES]
    watchlist = "\n".join(["id,name,ticker,aliases", *rows, ""])
    (folder / "watchlist.csv").write_text(watchlist, encoding="utf-8")
    config = folder / "config.toml"
    config.write_text("\n".join([_CONFIG, *tables]), encoding="utf-8")
    return config


def furnish(store: Store, now: datetime, *, sample: bool = False, hours: int = 48, seed: int = 7) -> Newsroom:
    """Put `hours` of news ending at `now` into an empty store, with a surge in the last one."""
    rng = random.Random(seed)
    with store.begin() as tx:
        ids = _ordinary(tx, rng, now, hours, sample)
        surge = _surge(tx, rng, now, sample)
        task_ids = _queue(tx, [*ids[-30:], *surge], now)
        alert_id = _alert(tx, surge, now, sample)
        _sources(tx, now)
        versions.furnish(tx, now)
    return Newsroom(alert_id, task_ids, [*ids, *surge])


def _ordinary(tx: Tx, rng: random.Random, now: datetime, hours: int, sample: bool) -> list[int]:
    ids = []
    for hour in range(hours, 0, -1):
        for _ in range(rng.choice((4, 5, 6, 7, 8))):
            topic, sentiment, *texts = rng.choice((*ORDINARY, *CALM, *CALM))
            company = rng.choice(COMPANIES)
            at = now - timedelta(hours=hour - rng.random())
            chinese = rng.random() < 0.5
            title, text = (texts[2], texts[3]) if chinese else (texts[0], texts[1])
            title = title.format(en=company.aliases[0], zh=company.aliases[1])
            story = stories.create(tx, at)
            for feed in rng.sample(FEEDS, rng.choice((1, 1, 1, 1, 2, 3))):
                words = (title, f"{title}. {text}" if not chinese else f"{title}。{text}")
                ids.append(_article(tx, rng, words, topic, sentiment, story, feed, at, chinese, sample))
        rollups.fold(tx)  # known by the hour, as if it had been read all the time
    return ids


def _surge(tx: Tx, rng: random.Random, now: datetime, sample: bool) -> list[int]:
    ids = []
    for number, (en, zh) in enumerate(RECALL * 2):
        chinese = number >= len(RECALL)
        at = now - timedelta(minutes=58 - 4 * number)
        story = stories.create(tx, at)
        title = zh if chinese else en
        text = f"{title}。公司尚未回应置评请求。" if chinese else f"{title}. The company did not comment."
        for feed in rng.sample(FEEDS, 1 + number % 3):
            words = (title, text)
            ids.append(_article(tx, rng, words, "legal", "negative", story, feed, at, chinese, sample))
    return ids


def _article(
    tx: Tx,
    rng: random.Random,
    words: tuple[str, str],
    topic: str,
    sentiment: str,
    story: int,
    feed: str,
    at: datetime,
    chinese: bool,
    sample: bool,
) -> int:
    title, text = words
    key = hashlib.sha256(f"{feed} {story} {title}".encode()).hexdigest()
    named = [
        Mention(company.id, alias, text.find(alias), text.find(alias) + len(alias))
        for company in COMPANIES
        for alias in company.aliases
        if alias in text
    ]
    stored = articles.insert(
        tx,
        Article(
            source=feed,
            title=title,
            text=text,
            content=text,
            url=f"https://{feed}.example/{story}",
            author="",
            language="zh" if chinese else "en",
            published_at=at,
            first_seen_at=at,
            identity_key=key,
            content_hash=hashlib.sha256(text.encode()).hexdigest(),
            sample=sample,
            story_id=story,
            mentions=tuple(sorted(named, key=lambda mention: (mention.start, mention.company_id))),
        ),
    )
    stories.join(tx, story, feed, at)
    sure = rng.uniform(0.5, 0.98)
    rest = [name for name in SENTIMENTS if name != sentiment]
    split = rng.random()
    chances = {sentiment: sure, rest[0]: (1 - sure) * split, rest[1]: (1 - sure) * (1 - split)}
    prediction = Prediction(
        {name: chances[name] for name in SENTIMENTS}, {topic: 0.9, "company": 0.3}, "shipped-0a1b2c3d4e5f"
    )
    route = Route.ACCEPT if prediction.confidence >= 0.75 else Route.REVIEW
    how = {
        "confidence": f"{prediction.confidence:.0%}",
        "sentiment": Message(f"sentiment.{prediction.label}"),
    }
    accepted = route is Route.ACCEPT
    reason = Message("routing.accepted" if accepted else "routing.asked", **how, threshold="75%")
    predictions.put(tx, stored.id, prediction, Decision(route, reason), (topic,), at)
    return stored.id


def _queue(tx: Tx, ids: Sequence[int], now: datetime) -> list[int]:
    opened = []
    for article_id in ids:
        current = predictions.current(tx, article_id)
        if current and current[1].route is Route.REVIEW:
            task = tasks.open_task(tx, article_id, current[1], 1 - current[0].confidence, now)
            opened += [task.id] if task else []
    return opened


def _alert(tx: Tx, surge: Sequence[int], now: datetime, sample: bool) -> str:
    end, scope = cells.after(now), Scope("company", "northwind")
    start = end - timedelta(hours=1)
    (window,) = counts.windows(tx, scope, [start, end], include_sample=sample)
    alert = Alert(
        id="alert_5f0c7d1e9ab24c",
        rule="surge",
        scope=scope,
        state=AlertState.FIRING,
        opened_at=now,
        updated_at=now,
        observed=0.95 * window.weight,
        expected=0.6,
        low=0.0,
        high=2.4,
        p_value=3.1e-8,
        score=7.5,
        cut=4.2,
        checked=True,
        voices=window.negative,
        last_at=now,
        start_at=start,
        end_at=end,
        article_ids=tuple(surge),
        notified_at=now,
        notified_voices=window.negative,
    )
    alerts.put(tx, alert, surge)
    alerts.event(tx, alert.id, now, "", "opened", lifecycle.numbers(alert))
    _card(tx, alert)
    for name, state, error in (
        ("desk-webhook", DeliveryState.DELIVERED, ""),
        ("night-desk", DeliveryState.DEAD, Message("fetcher.answered", status="410 Gone")),
    ):
        deliveries.add(
            tx,
            Delivery(
                id=f"msg_{name}",
                alert_id=alert.id,
                notifier=name,
                event="opened",
                payload={"title": "Negative coverage surges: Northwind Motors"},
                state=state,
                attempts=1 if not error else 8,
                created_at=now,
                last_error=error,
                delivered_at=None if error else now,
            ),
        )
        hearings.put(tx, alert.id, name, Known(now, now, alert.voices))
    return alert.id


def _card(tx: Tx, alert: Alert) -> None:
    """What the alert hangs on, and the first sentence of what it shows."""
    shown = articles.get_many(tx, list(quotes.leading(tx, alert.article_ids)))
    voices = Counter(one.voice for one in memberships.told(tx, {one.story_id for one in shown}))
    left = [(name, 0.9 * n, alert.score - 0.4 * n) for name, n in sorted(voices.items())]
    publishers = tuple(Without(*one, fires=True) for one in sorted(left, key=lambda one: -one[1]))
    needed = tuple(one.story_id for one in shown[:3])
    series, end = f"company:{alert.scope.company}", cells.cell(alert.end_at)
    figures = (alert.score, alert.score, alert.cut)
    alerts.hang_on(tx, alert.id, Causes(series, end, *figures, True, publishers, needed, True, True))
    for one in shown:
        start, stop = sentences.spans(one.content)[0]
        quotes.keep(tx, [Quote(one.text_id, alert.scope.company, start, stop, 0.93, "shipped-0a1b2c3d4e5f")])


def _sources(tx: Tx, now: datetime) -> None:
    for minutes, name in enumerate(FEEDS[:-1], start=1):
        at = now - timedelta(minutes=minutes)
        sources.succeeded(tx, name, {}, (), at, 900.0 - 60 * minutes)
    at = now - timedelta(minutes=2)
    error = Message("fetcher.answered", status="503 Service Unavailable")
    sources.failed(tx, FEEDS[-1], error, at, 1680.0)
    clock.take(tx, "", clock.look(tx), 60.0, now)
