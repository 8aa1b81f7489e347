"""Sources: what they deliver, how polling them went and how they are, and what else of others' fails."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from monitor.fields import checked


@dataclass(frozen=True, slots=True)
@checked
class Item:
    """One entry as a source delivered it: nothing cleaned, nothing guessed.

    An item needs a title or a text, and `text` may hold HTML. `published_at` is an aware datetime, a `date`
    where the source states a day and no time, or the text as the source wrote it, which is read as the
    source's table says (`timezone`, `date_order`, `zones`; see `monitor.Dates`); None where it states none.
    """

    title: str = ""  # the headline; HTML is made plain
    text: str = ""  # the body, or what there is of it; HTML is made plain
    url: str = ""  # where it is read, absolute
    guid: str = ""  # what the source calls it by, the same at every fetch
    author: str = ""  # as the source names them
    published_at: datetime | date | str | None = None  # text as the source writes it is read; None: unstated
    language: str = ""  # ISO 639-1 (en, zh), where the source states it
    publisher: str = ""  # who printed it, where the source passes on what others print


@dataclass(frozen=True, slots=True)
@checked
class Fetched:
    """What one `Source.fetch` returns: the items, and the state to hand to the next fetch.

    `items` may be a generator. `state` is stored in the transaction that stores the items, so a crash
    repeats a fetch and loses nothing.
    """

    items: Sequence[Item]  # what there is now, known ones too; at most [plugins] max_items
    state: Mapping[str, Any] = field(default_factory=dict)  # any JSON object: cursor, ETag, ...
    warnings: Sequence[str] = ()  # shown to the operator beside the source
    unchanged: int = 0  # items the server says are the same (HTTP 304); reported as duplicates
    malformed: int = 0  # entries that no item could be made of; say why in `warnings`


class Pace(StrEnum):
    """How a source's last fetch went, which decides in whose company it is polled next."""

    NEW = "new"  # there was none yet
    QUICK = "quick"  # it answered in time, were it only with an error
    LATE = "late"  # it answered, and took long
    HUNG = "hung"  # it ran into a limit


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """Health of one configured source, as the dashboard and `monitor doctor` show it."""

    name: str
    state: Mapping[str, Any] = field(default_factory=dict)
    last_polled_at: datetime | None = None
    last_success_at: datetime | None = None
    polled: float = 0.0  # the last poll, on the store's clock, in seconds
    next_poll: float = 0.0  # likewise
    wait_seconds: float = 0.0  # until then, as of when this was read; 0 where it is due
    consecutive_failures: int = 0
    last_error: str = ""
    articles: int = 0
    warnings: Sequence[str] = ()  # of the last poll that succeeded
    malformed: int = 0  # items of the last poll that could not be used
    pace: Pace = Pace.QUICK  # of its last fetch


@dataclass(frozen=True, slots=True)
class InstanceFailure:
    """A notifier, strategy or detector whose last call failed."""

    group: str  # "notifiers" | "strategies" | "detectors"
    name: str
    failures: int  # in a row
    error: str
    failed_at: datetime


@dataclass(frozen=True, slots=True)
class PollResult:
    """What polling one source did."""

    source: str
    ok: bool
    fetched: int = 0  # items that could be used
    new: int = 0
    duplicates: int = 0
    error: str = ""
    malformed: int = 0  # items that could not be used
