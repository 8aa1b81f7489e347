"""The watch list at the desk: which companies a text names, and what an alias would match."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from monitor.desk.seat import Seat, within
from monitor.errors import ConflictError, NotFoundError, UserError
from monitor.messages import Message
from monitor.news.companies import Doubt, Find, Linker
from monitor.records import Alias, AliasKind, Company, Part, Role
from monitor.store import passages

MOST_TEXT = 200_000  # characters of a text that is asked about
MOST_READ = 20_000  # articles that a preview reads
MOST_SHOWN = 20  # articles that a preview shows of each sort
MOST_NAMES = 500  # names of one company
MOST_ALIAS = 200  # characters
PREVIEWED = 30  # days
AROUND = 30  # characters shown on either side of a find
NEW = "new"
"""The id of a company that is only there for a preview."""


@dataclass(frozen=True, slots=True)
class Named:
    """A company that a text names, at [start, end) of its content."""

    company_id: str
    name: str
    alias: str  # the name, as it stands in the text
    kind: AliasKind
    role: Part
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Refused:
    """A find that is no mention, and why."""

    company_id: str
    name: str
    alias: str  # the name, as it stands in the text
    kind: AliasKind
    reason: Doubt
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class NamedCompanies:
    """What a text names. The places are in `content`; `refused` are finds that are no mentions."""

    content: str
    mentions: Sequence[Named]
    refused: Sequence[Refused]


@dataclass(frozen=True, slots=True)
class Match:
    """An article in which an alias was found. `reason` is empty where it names the company there."""

    article_id: int
    title: str
    published_at: datetime
    around: str  # the find with what stands beside it
    reason: Doubt
    already: bool  # the article names the company by another name, too


@dataclass(frozen=True, slots=True)
class AliasPreview:
    """What an alias would have matched in the last `days`, and what it would have got wrong.

    Numbers are of articles. `matched` is by the alias, `new` those of them that no other name of the company
    finds. `refused` is by reason, what is no name: everyday words, longer names, ends of two words. `read` is
    how many articles were looked through, newest first; `complete` False says that there are more."""

    alias: str
    kind: AliasKind
    company_id: str
    days: int
    read: int
    complete: bool
    matched: int
    new: int
    refused: Mapping[str, int]
    examples: Sequence[Match]
    refused_examples: Sequence[Match]


class Watched(Seat):
    """What the watch list finds."""

    def find_companies(self, text: str, on: date | None = None) -> NamedCompanies:
        """The watched companies that a text names; `on`: its day, for names valid for a time.
        Raises UserError."""
        self._may(Role.VIEWER, "read")
        if not text.strip() or len(text) > MOST_TEXT:
            raise UserError(Message("watched.text", length=len(text), most=MOST_TEXT))
        return named(self.monitor.linker, self.monitor.article_of(text).content, on)

    def keep_company(self, company: Company) -> Company:
        """Put a company on the watch list, in the place of the one with its id. Raises ConflictError for
        names that its file cannot hold."""
        self._may(Role.ADMIN, "edit the watch list")
        within("names", len(company.every_name), 1, MOST_NAMES)
        if not company.id.strip() or not company.name.strip() or company.id != company.id.strip():
            raise ConflictError(Message("watched.names", company=company.id))
        self.monitor.keep_company(company)
        with self.monitor.store.begin() as tx:
            names = [alias.name for alias in company.every_name]
            self._wrote(tx, "companies.keep", company.id, {"names": names})
        return company

    def drop_company(self, company_id: str) -> None:
        """Take a company off the watch list. Raises NotFoundError."""
        self._may(Role.ADMIN, "edit the watch list")
        self.monitor.drop_company(company_id)
        with self.monitor.store.begin() as tx:
            self._wrote(tx, "companies.drop", company_id)

    def preview_alias(
        self,
        alias: str,
        company_id: str = "",
        kind: AliasKind = AliasKind.SHORT,
        days: int = PREVIEWED,
    ) -> AliasPreview:
        """What `alias` would have matched, as a name of a watched company or ("") of one that is not on the
        list yet. Raises UserError and NotFoundError."""
        self._may(Role.VIEWER, "read")
        within("days", days, 1, 366)
        alias = alias.strip()
        if not alias or len(alias) > MOST_ALIAS:
            raise UserError(Message("watched.alias", length=len(alias), most=MOST_ALIAS))
        watched = list(self.monitor.companies)
        before = next((one for one in watched if one.id == company_id), None)
        if company_id and before is None:
            raise NotFoundError(Message("watched.company", company=company_id))
        company = before or Company(NEW, alias)
        tried = Alias(alias, kind)
        others = [one for one in watched if one is not before]
        linker = Linker([*others, replace(company, names=(*company.names, tried))])
        since = self.monitor.now() - timedelta(days=days)
        with self.monitor.store.read() as tx:
            rows = passages.recent(tx, since, MOST_READ + 1)
        return _preview(linker, company.id, tried, days, rows)


def named(linker: Linker, content: str, on: date | None = None) -> NamedCompanies:
    """What `linker` finds in a content."""
    names = {company.id: company.name for company in linker.companies}
    finds = linker.finds(content, on)
    kinds = {(one.spelling.company_id, one.start, one.end): one.spelling.alias.kind for one in finds}
    mentions = [
        Named(
            one.company_id,
            names[one.company_id],
            one.alias,
            kinds[one.company_id, one.start, one.end],
            one.role,
            one.start,
            one.end,
        )
        for one in linker.mentions(content, on)
    ]
    taken = {(one.company_id, place) for one in mentions for place in range(one.start, one.end)}
    refused = {
        (one.spelling.company_id, one.start, one.end, one.doubt): Refused(
            one.spelling.company_id,
            names[one.spelling.company_id],
            content[one.start : one.end],
            one.spelling.alias.kind,
            one.doubt,
            one.start,
            one.end,
        )
        for one in finds
        if one.doubt and (one.spelling.company_id, one.start) not in taken
    }
    return NamedCompanies(content, mentions, list(refused.values()))


def _preview(
    linker: Linker, company_id: str, tried: Alias, days: int, rows: Sequence[passages.Passage]
) -> AliasPreview:
    matched, new = 0, 0
    refused: Counter[str] = Counter()
    examples: list[Match] = []
    wrong: list[Match] = []
    for row in rows[:MOST_READ]:
        finds = [
            one
            for one in linker.finds(row.content, row.published_at.date())
            if one.spelling.company_id == company_id
        ]
        mine = [one for one in finds if one.spelling.alias == tried]
        already = any(not one.doubt and one.spelling.alias != tried for one in finds)
        if hits := [one for one in mine if not one.doubt]:
            matched, new = matched + 1, new + (not already)
            examples.append(_match(row, hits[0], already))
        elif mine:
            refused[mine[0].doubt.value] += 1
            wrong.append(_match(row, mine[0], already))
    return AliasPreview(
        alias=tried.name,
        kind=tried.kind,
        company_id=company_id,
        days=days,
        read=min(len(rows), MOST_READ),
        complete=len(rows) <= MOST_READ,
        matched=matched,
        new=new,
        refused=dict(refused),
        examples=examples[:MOST_SHOWN],
        refused_examples=wrong[:MOST_SHOWN],
    )


def _match(row: passages.Passage, find: Find, already: bool) -> Match:
    around = row.content[max(0, find.start - AROUND) : find.end + AROUND]
    return Match(row.id, row.title, row.published_at, " ".join(around.split()), find.doubt, already)
