"""Did the alerts tell what happened? A list of events, matched with the alerts that a replay opened.

A file of events is a table with the columns `company` and `date`, and where they are wanted `aliases` and
`until`; other columns are ignored. `company` is a company of the watch list: its id, or a name of it, in any
case, with or without its legal form; where the list knows none such, one of `aliases` (joined by bars) may be
a name that it knows. `date` is when the news began, a day or a moment, in UTC; `until` is its last day, or
moment.

The **first article** of an event is the first, from `date` on and within its span, that names the company
and is negative towards it; where none is, the first that names it. An alert **matches** if it is about the
company and opened within 48 hours of that article, or by `until`. The event is then told, with the **delay**
from its first article to its first alert. An alert that matches no event is false, until somebody reads it
and says otherwise: the precision counts what was read.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from monitor.datasets.tables.table import BadRow, CellError, Row, shown
from monitor.datasets.tables.table import folded as folded_columns
from monitor.errors import DataError
from monitor.messages import Message
from monitor.news.dates import Dates
from monitor.news.names import listings
from monitor.news.names.folding import folded
from monitor.records import Company

SPAN = timedelta(hours=48)
"""How long after its first article an event may be told, and how long after its date it may begin."""
NEGATIVE = 0.5
"""From this probability on an article is negative towards a company."""
LEVEL = 1.959963984540054
"""The normal quantile of 95% intervals."""
_NOW = datetime(1970, 1, 1, tzinfo=UTC)  # no list of events says "yesterday"


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a company, known by the id of the watch list; "" where nothing watched is
    meant, and then it is told by nobody. `row` is its line in the file, `name` what the file calls it."""

    row: int
    name: str
    company: str
    begins_at: datetime
    until: datetime | None = None

    @property
    def ends_at(self) -> datetime:
        """Up to when its first article may come."""
        return max(self.until or self.begins_at, self.begins_at + SPAN)


@dataclass(frozen=True, slots=True)
class Naming:
    """An article that names a company: when it was first seen, and the probability that it is negative
    towards it."""

    at: datetime
    article_id: int
    negative: float


@dataclass(frozen=True, slots=True)
class Raised:
    """An alert as it is matched: when it opened, and the companies (ids) that it is about."""

    id: str
    opened_at: datetime
    companies: frozenset[str]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an event: the first article that tells it (None: none did), the first alert that
    matches (""), and the hours between (None). `alerts` are all that match, in order."""

    event: Event
    first: Naming | None = None
    alert: str = ""
    delay_hours: float | None = None
    alerts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Share:
    """`part` of `whole`, and the interval that holds the true share in 95 of 100 (0 to 1 of nothing)."""

    part: float
    whole: int
    low: float
    high: float

    @property
    def value(self) -> float:
        """The share; NaN of nothing."""
        return self.part / self.whole if self.whole else math.nan


def read(rows: Iterable[Row | BadRow], companies: Sequence[Company], path: str = "events") -> list[Event]:
    """The events of a table (`monitor.open_table`), in order of their beginning.

    Raises DataError for a column that is missing and a row that cannot be read: where it is, what is wrong
    and what is expected.
    """
    names = _names(companies)
    found = []
    for number, row in enumerate(rows, start=1):
        if isinstance(row, BadRow):
            raise DataError(Message("table.at", path=path, where=row.where, why=row.why))
        try:
            found.append(_event(number, row, names))
        except CellError as error:
            raise DataError(Message("table.at", path=path, where=row.where, why=error.args[0])) from None
    return sorted(found, key=lambda one: (one.begins_at, one.row))


def _event(number: int, row: Row, names: Mapping[str, str]) -> Event:
    """The event of a row. Raises CellError."""
    for column in ("company", "date"):
        if row.value(column) is None:
            key = "events.cell" if column in folded_columns(row.cells) else "events.column"
            raise CellError(Message(key, column=column))
    begins_at, until = _moment(row, "date"), _moment(row, "until")
    assert begins_at is not None  # a value was there
    if until is not None and until < begins_at:
        begun, ended = row.text("date"), row.text("until")
        raise CellError(Message("events.order", begins=begun, ends=ended))
    name = row.text("company")
    known = [name, *(one.strip() for one in row.text("aliases").split("|") if one.strip())]
    company = next((names[key] for one in known for key in _keys(one) if key in names), "")
    return Event(number, name, company, begins_at, until)


def first_article(event: Event, named: Sequence[Naming]) -> Naming | None:
    """The article that tells an event first, of those that name its company, in order of time."""
    start = bisect_left(named, event.begins_at, key=lambda one: one.at)
    within = []
    for one in named[start:]:
        if one.at > event.ends_at:
            break
        within.append(one)
    return next((one for one in within if one.negative >= NEGATIVE), within[0] if within else None)


def match(
    events: Sequence[Event], named: Mapping[str, Sequence[Naming]], alerts: Sequence[Raised]
) -> list[Outcome]:
    """What became of each event; `named` are the articles by company, each in order of time."""
    ordered = sorted(alerts, key=lambda one: (one.opened_at, one.id))
    found = []
    for event in events:
        first = first_article(event, named.get(event.company, ())) if event.company else None
        if first is None:
            found.append(Outcome(event))
            continue
        last = max(event.until or first.at, first.at + SPAN)
        some = [
            one for one in ordered if event.company in one.companies and first.at <= one.opened_at <= last
        ]
        if not some:
            found.append(Outcome(event, first))
            continue
        delay = (some[0].opened_at - first.at) / timedelta(hours=1)
        found.append(Outcome(event, first, some[0].id, delay, tuple(one.id for one in some)))
    return found


def recall(outcomes: Sequence[Outcome]) -> Share:
    """Of the events that any article tells, how many an alert told."""
    told = [one for one in outcomes if one.first is not None]
    return wilson(sum(bool(one.alert) for one in told), len(told))


def precision(
    outcomes: Sequence[Outcome], alerts: Sequence[Raised], read: Mapping[str, bool] | None = None
) -> Share:
    """Of the alerts, how many tell something: those that match an event, and of the others as many as were
    read and found true, by id in `read`.

    Where not all of the others were read, those read are taken for a random sample of them, and the interval
    is that of the sample (with no more of it to come than there are others). Where nothing was read every
    other is false.
    """
    matching = {id for one in outcomes for id in one.alerts}
    others = [one.id for one in alerts if one.id not in matching]
    verdicts = [read[id] for id in others if id in read] if read else []
    if not verdicts:
        return wilson(len(alerts) - len(others), len(alerts))
    if len(verdicts) == len(others):
        return wilson(len(alerts) - len(others) + sum(verdicts), len(alerts))
    sample = wilson(sum(verdicts), len(verdicts), of=len(others))
    sure, whole = len(alerts) - len(others), len(alerts)
    part = sure + sample.value * len(others)
    return Share(
        part, whole, (sure + sample.low * len(others)) / whole, (sure + sample.high * len(others)) / whole
    )


def wilson(part: int, whole: int, *, of: int = 0) -> Share:
    """A share with Wilson's interval (Wilson 1927, "Probable inference, the law of succession, and
    statistical inference"); drawn without replacement from `of`, where that is given, and so narrower."""
    if not whole:
        return Share(0, 0, 0.0, 1.0)
    share = part / whole
    left = (of - whole) / (of - 1) if of > 1 else 1.0
    z = LEVEL * LEVEL * left / whole
    middle = (share + z / 2) / (1 + z)
    half = math.sqrt(z * (share * (1 - share) + z / 4)) / (1 + z)
    return Share(part, whole, max(0.0, min(share, middle - half)), min(1.0, max(share, middle + half)))


def _names(companies: Sequence[Company]) -> dict[str, str]:
    """Ids by every name; an id goes before a name, and the first of several companies before the others."""
    found: dict[str, str] = {}
    for company in companies:
        for alias in company.every_name:
            for key in _keys(alias.name):
                found.setdefault(key, company.id)
    return found | {folded(company.id): company.id for company in companies}


def _keys(name: str) -> tuple[str, str]:
    """What a name is compared by: as it is, and without its legal form."""
    return folded(name), folded(listings.short(name))


def _moment(row: Row, column: str) -> datetime | None:
    """What a cell states: a moment, or a day's beginning ("until": its end). Raises CellError."""
    value = row.value(column)
    if value is None:
        return None
    stated = Dates().read(value, _NOW).at
    if stated is None:
        raise CellError(Message("events.date", column=column, text=shown(value)))
    if isinstance(stated, datetime):
        return stated
    return datetime.combine(stated, time.max if column == "until" else time.min, UTC)
