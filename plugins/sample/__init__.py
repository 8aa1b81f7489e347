"""Source `sample`: made-up news in English and Chinese, so that a monitor without a network
has something to show.

    [sources.sample]
    kind = "sample"

Its companies do not exist and its articles are labelled as sample wherever they are
shown. The first poll delivers the past week; later polls add what has "happened" since.
Incidents are planted: a bank in English in the hour before the first poll, a holding
company in Chinese three hours after it, and both again every four days.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import combinations
from typing import Any, ClassVar

from monitor import Fetched, Fetcher, Item, Source, hookimpl
from monitor_plugins.sample.texts import COMPANIES, HEADLINES, INCIDENTS, SENTENCES

INCIDENT_HOURS = (-1, 3)  # after the first poll
INCIDENT_PERIOD_HOURS = 96  # longer than an article looks back for its story
INCIDENT_MINUTES = 50


@dataclass
class Sample:
    """News of the past `days` days, the same for the same `seed` and first poll.

    The state holds the time of the first poll (`anchor`), which all others count from.
    """

    seed: int = 1
    days: int = 7
    kind: ClassVar[str] = "sample"

    def fetch(self, state: Mapping[str, Any], fetcher: Fetcher) -> Fetched:
        """Everything "published" within `days` before now; nothing is fetched."""
        now = datetime.now(UTC)
        anchor = _anchor(state, now)
        items = [item for item in self.published(anchor, now - timedelta(days=self.days), now)]
        return Fetched(items, {"anchor": anchor.isoformat()})

    def published(self, anchor: datetime, start: datetime, end: datetime) -> Iterator[Item]:
        """The items published in [start, end), hour by hour."""
        first = int((start - anchor) // timedelta(hours=1))
        last = int((end - anchor) // timedelta(hours=1))
        for hour in range(first, last + 1):
            for item in self._hour(anchor, hour):
                at = item.published_at
                if isinstance(at, datetime) and start <= at < end:
                    yield item

    def _hour(self, anchor: datetime, hour: int) -> Iterator[Item]:
        """One hour's items, whatever hours were asked for before."""
        rng = random.Random(f"{self.seed} {hour}")
        at = anchor + timedelta(hours=hour)
        for number in range(rng.choice((0, 1, 1, 1, 2))):
            moment = at + timedelta(minutes=rng.randrange(60))
            yield _ordinary(rng, f"{hour}-{number}", moment)
        for offset, language in zip(INCIDENT_HOURS, INCIDENTS, strict=True):
            if hour >= offset and (hour - offset) % INCIDENT_PERIOD_HOURS == 0:
                yield from self._incident(at, hour, language)

    def _incident(self, at: datetime, hour: int, language: str) -> Iterator[Item]:
        rng = random.Random(f"{self.seed} {hour} incident")
        headlines = INCIDENTS[language]
        # No two stories with the same pair of sentences: they would count as one.
        pairs = {spoken: list(combinations(SENTENCES[spoken]["negative"], 2)) for spoken in ("en", "zh")}
        for spoken in pairs.values():
            rng.shuffle(spoken)
        for number, title in enumerate(headlines):
            moment = at + timedelta(minutes=4 + number * INCIDENT_MINUTES / len(headlines))
            written = "en" if title.isascii() else "zh"
            text = _joined(written, pairs[written][number])
            yield _item(f"incident-{hour}-{number}", title, text, written, moment)


def _ordinary(rng: random.Random, name: str, moment: datetime) -> Item:
    language = rng.choice(("en", "zh"))
    tone = rng.choices(("negative", "neutral", "positive"), (2, 5, 3))[0]
    headline = rng.choice(HEADLINES[language][tone])
    title = headline.format(c=rng.choice(COMPANIES[language]), n=rng.randrange(3, 40))
    text = _joined(language, rng.sample(SENTENCES[language][tone], 2))
    return _item(name, title, text, language, moment)


def _item(name: str, title: str, text: str, language: str, moment: datetime) -> Item:
    address = f"https://sample.example/{language}/{name}"
    author = "Sample wire" if language == "en" else "样例通讯社"
    return Item(title, text, address, f"sample:{name}", author, moment, language)


def _joined(language: str, sentences: Sequence[str]) -> str:
    return (" " if language == "en" else "").join(sentences)


def _anchor(state: Mapping[str, Any], now: datetime) -> datetime:
    try:
        anchor = datetime.fromisoformat(str(state["anchor"]))
    except (KeyError, ValueError):
        return now.replace(second=0, microsecond=0)
    return anchor if anchor.tzinfo is not None and anchor <= now else now.replace(second=0, microsecond=0)


@hookimpl
def register_sources() -> list[type[Source]]:
    return [Sample]
