"""The press that companies have: how each is written about, and everything that is known of one.

Counts are of voices, read from the roll-ups, so that a page costs the same however long the history is. What
counts is told in sums; what the model says of one story is left out while who asks judges it blind.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from monitor.desk import blinding
from monitor.desk.news import MAX_HOURS, MINUTE, bar_minutes, period_end
from monitor.desk.seat import MAX_PAGE, Seat, within
from monitor.desk.stories import StoryLine, lines
from monitor.detection.usual import Usual, edges, usual
from monitor.errors import NotFoundError
from monitor.messages import Message
from monitor.news.names import tickers
from monitor.news.names.folding import folded, normal
from monitor.records import Alert, Alias, AliasKind, Company, Role, Scope, Window
from monitor.store import Tx, articles, chronicle, counts, openings, samples

MOST_ALERTS = 20
MOST_STORIES = 30
MOST_PEERS = 8


@dataclass(frozen=True, slots=True)
class Coverage:
    """A watched company in a period: voices that told a story naming it, those negative about it, the same of
    the period before, and its open alerts. `share` is negative of all, 0 where there are none."""

    id: str
    name: str
    ticker: str
    stories: int
    negative: int
    share: float
    stories_before: int
    negative_before: int
    open_alerts: int


@dataclass(frozen=True, slots=True)
class NameView:
    """A name of a company: its kind, the market of a ticker ("" where none is stated), the days it is valid
    (both included; None: no end), and whether it is one today."""

    name: str
    kind: AliasKind
    market: str
    valid_from: date | None
    valid_until: date | None
    current: bool


@dataclass(frozen=True, slots=True)
class CompanyTopic:
    """A topic of a company in a period: voices, and those negative about it."""

    topic: str
    stories: int
    negative: int


@dataclass(frozen=True, slots=True)
class Peer:
    """Another watched company: the stories that name both, or the voices on the topic they share."""

    id: str
    name: str
    stories: int


@dataclass(frozen=True, slots=True)
class CompanyDetail:
    """Everything known of a company. `trend` are the period's windows, `usual` what was usual in one of them
    (None: less than a week is counted); `alerts` are the newest, open ones first; `peers` are named beside it
    most often, `rivals` have most of its chief `rivals_topic`."""

    coverage: Coverage
    hours: int
    sample: bool
    names: Sequence[NameView]
    trend: Sequence[Window]
    usual: Usual | None
    topics: Sequence[CompanyTopic]
    alerts: Sequence[Alert]
    stories: Sequence[StoryLine]
    peers: Sequence[Peer]
    rivals: Sequence[Peer]
    rivals_topic: str


class Press(Seat):
    """Anybody reads how companies are written about."""

    def coverage(
        self, hours: int = 168, text: str = "", sample: bool | None = None, limit: int = MAX_PAGE
    ) -> list[Coverage]:
        """The watched companies in the last `hours`, those with open alerts first, then those most voices are
        negative about; with a `text`, those that have it in a name. Raises UserError."""
        self._may(Role.VIEWER, "read")
        within("limit", limit, 1, MAX_PAGE)
        start, end = self._period(hours)
        listed = [one for one in self.monitor.companies if _is_called(one, text)]
        with self.monitor.store.read() as tx:
            if sample is None:
                sample = samples.counted(tx)
            found = self._covered(tx, listed, start, end, sample)
        return sorted(found, key=_weightiest)[:limit]

    def company(self, company_id: str, hours: int = 168, sample: bool | None = None) -> CompanyDetail:
        """One company in the last `hours`. Raises NotFoundError for one that is not watched, UserError."""
        self._may(Role.VIEWER, "read")
        start, end = self._period(hours)
        company = next((one for one in self.monitor.companies if one.id == company_id), None)
        if company is None:
            raise NotFoundError(Message("watched.company", company=company_id))
        scope, minutes = Scope("company", company_id), bar_minutes(hours)
        with self.monitor.store.read() as tx:
            if sample is None:
                sample = samples.counted(tx)
            hidden = self._hidden(tx)
            alerts = openings.of_company(tx, company_id, MOST_ALERTS, include_sample=sample)
            named = articles.of_stories(tx, hidden) if hidden else set()
            told = chronicle.page(tx, start, company=company_id, limit=MOST_STORIES, include_sample=sample)
            topics = self._about(tx, company_id, start, end, sample)
            chief = topics[0].topic if topics else ""
            return CompanyDetail(
                coverage=self._covered(tx, [company], start, end, sample)[0],
                hours=hours,
                sample=sample,
                names=_names(company, self.monitor.now().date()),
                trend=counts.trend(tx, start, end, minutes, scope, include_sample=sample),
                usual=_usual(tx, scope, start, minutes * MINUTE, sample),
                topics=topics,
                alerts=sorted(
                    (blinding.unnamed(one, named) for one in alerts),
                    key=lambda one: one.resolved_at is not None,
                ),
                stories=lines(tx, told, hidden),
                peers=self._peers(
                    dict(chronicle.beside(tx, company_id, start, MAX_PAGE, include_sample=sample))
                ),
                rivals=self._rivals(tx, company_id, chief, start, end, sample),
                rivals_topic=chief,
            )

    def _period(self, hours: int) -> tuple[datetime, datetime]:
        end = period_end(self.monitor.now(), within("hours", hours, 1, MAX_HOURS))
        return end - timedelta(hours=hours), end

    def _covered(
        self, tx: Tx, listed: Sequence[Company], start: datetime, end: datetime, sample: bool
    ) -> list[Coverage]:
        scopes = {one.id: Scope("company", one.id) for one in listed}
        span = end - start
        found = counts.totals(tx, list(scopes.values()), [start - span, start, end], include_sample=sample)
        open_now = openings.open_of_companies(tx, include_sample=sample)
        covered = []
        for one in listed:
            before, now = found[scopes[one.id]]
            covered.append(
                Coverage(
                    one.id,
                    one.name,
                    one.ticker,
                    now.stories,
                    now.negative,
                    now.negative / now.stories if now.stories else 0.0,
                    before.stories,
                    before.negative,
                    open_now.get(one.id, 0),
                )
            )
        return covered

    def _about(
        self, tx: Tx, company_id: str, start: datetime, end: datetime, sample: bool
    ) -> list[CompanyTopic]:
        names = [topic.name for topic in self.monitor.settings.taxonomy]
        scopes = [Scope("both", f"{name}:{company_id}") for name in names]
        found = counts.totals(tx, scopes, [start, end], include_sample=sample)
        topics = [
            CompanyTopic(scope.topic, window.stories, window.negative)
            for scope, (window,) in found.items()
            if window.stories
        ]
        return sorted(topics, key=lambda one: (-one.stories, -one.negative, one.topic))

    def _rivals(
        self, tx: Tx, company_id: str, topic: str, start: datetime, end: datetime, sample: bool
    ) -> list[Peer]:
        """The other companies of a topic."""
        if not topic:
            return []
        scopes = [
            Scope("both", f"{topic}:{one.id}") for one in self.monitor.companies if one.id != company_id
        ]
        found = counts.totals(tx, scopes, [start, end], include_sample=sample)
        return self._peers({scope.company: window.stories for scope, (window,) in found.items()})

    def _peers(self, numbers: Mapping[str, int]) -> list[Peer]:
        names = {one.id: one.name for one in self.monitor.companies}
        found = [Peer(id, names[id], number) for id, number in numbers.items() if number and id in names]
        return sorted(found, key=lambda one: (-one.stories, one.name))[:MOST_PEERS]


def _weightiest(one: Coverage) -> tuple[int, int, int, str]:
    return -one.open_alerts, -one.negative, -one.stories, one.name


def _is_called(company: Company, text: str) -> bool:
    wanted = folded(normal(text))
    return any(wanted in folded(name) for name in (company.id, *(one.name for one in company.every_name)))


def _names(company: Company, today: date) -> list[NameView]:
    return [_name(alias, today) for alias in dict.fromkeys(company.every_name)]


def _name(alias: Alias, today: date) -> NameView:
    of = tickers.parts(alias.name)[1] if alias.kind is AliasKind.TICKER else ""
    return NameView(
        alias.name, alias.kind, of, alias.valid_from, alias.valid_until, current=alias.valid(today)
    )


def _usual(tx: Tx, scope: Scope, start: datetime, width: timedelta, sample: bool) -> Usual | None:
    begins = counts.begins(tx, scope, include_sample=sample)
    if begins is None:
        return None
    before = edges(start, width, begins)
    return usual(counts.windows(tx, scope, before, include_sample=sample)) if before else None
