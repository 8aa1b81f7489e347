"""/companies, /watchlist: how companies are written about, what they are called, and what texts name."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from monitor.desk.press import CompanyDetail, Coverage
from monitor.desk.watched import MOST_ALIAS, PREVIEWED, AliasPreview, NamedCompanies
from monitor.errors import ConflictError, NotFoundError
from monitor.records import Alias, AliasKind, Company
from monitor.web.api.asking import AtDesk
from monitor.web.api.bodies import Text, Watching
from monitor.web.api.parameters import Hours, Name, Words
from monitor.web.moments import Day
from monitor.web.routes import Answering, raises

router = APIRouter(route_class=Answering)


@router.get("/companies", tags=["news"])
def companies(
    desk: AtDesk,
    hours: Hours = 168,
    text: Words = "",
    sample: bool | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 500,
) -> list[Coverage]:
    """How the watched companies are written about, those with open alerts first, then those most voices are
    negative about; with a `text`, those that have it in a name."""
    return desk.coverage(hours, text, sample, limit)


@router.get("/watchlist", tags=["news"])
def watchlist(desk: AtDesk) -> list[Company]:
    """The watch list: every company with its names."""
    return desk.companies()


@router.get("/companies/find", tags=["news"])
def find_companies_of(
    desk: AtDesk,
    text: Annotated[str, Query(min_length=1, max_length=500, pattern=r"\S")],
    on: Day | None = None,
) -> NamedCompanies:
    """The same of a short text, such as a headline."""
    return desk.find_companies(text, on)


@router.post("/companies/find", tags=["news"])
def find_companies(body: Text, desk: AtDesk) -> NamedCompanies:
    """The watched companies that a text names, with their roles, and the finds that are no names, with
    the reason."""
    return desk.find_companies(body.text, body.on)


@router.put("/watchlist/{company_id}", tags=["news"], responses=raises(ConflictError))
def keep_company(company_id: Name, body: Watching, desk: AtDesk) -> Company:
    """Put a company on the watch list, in the place of the one with this id (administrator)."""
    names = tuple(Alias(one.name, one.kind, one.valid_from, one.valid_until) for one in body.names)
    return desk.keep_company(Company(company_id, body.name, tuple(body.aliases), body.ticker, names))


@router.delete("/watchlist/{company_id}", tags=["news"], status_code=204, responses=raises(NotFoundError))
def drop_company(company_id: Name, desk: AtDesk) -> None:
    """Take a company off the watch list; what named it stays stored (administrator)."""
    desk.drop_company(company_id)


@router.get("/companies/preview", tags=["news"], responses=raises(NotFoundError))
def preview_alias(
    desk: AtDesk,
    alias: Annotated[str, Query(min_length=1, max_length=MOST_ALIAS)],
    company: Words = "",
    kind: AliasKind = AliasKind.SHORT,
    days: Annotated[int, Query(ge=1, le=366)] = PREVIEWED,
) -> AliasPreview:
    """What an alias would have matched in the last days, as a name of `company` or of one that is not
    watched yet, and what it would have got wrong."""
    return desk.preview_alias(alias, company, kind, days)


@router.get("/companies/{company_id}", tags=["news"], responses=raises(NotFoundError))
def company(company_id: Name, desk: AtDesk, hours: Hours = 168, sample: bool | None = None) -> CompanyDetail:
    """One company: its windows against what is usual, alerts, stories, names, topics, and the companies named
    beside it."""
    return desk.company(company_id, hours, sample)
