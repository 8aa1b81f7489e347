"""The watch list's file, read and written; what is refused, tests/news/test_companies.py asks."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.news.names.watchlist import load_watchlist, written
from monitor.records import Alias, AliasKind, Company

NAMES = st.text("abc XY.&'é万科-,\"", min_size=1, max_size=8).map(str.strip).filter(bool)
DAYS = st.none() | st.dates(date(1990, 1, 1), date(2030, 1, 1))


@st.composite
def aliases(draw: st.DrawFn) -> Alias:
    first, last = draw(DAYS), draw(DAYS)
    if first and last and first > last:
        first, last = last, first
    kind = draw(st.sampled_from([k for k in AliasKind if k is not AliasKind.SHORT]))
    return Alias(draw(NAMES), kind, first, last)


COMPANIES = st.lists(
    st.builds(
        Company,
        id=st.text("abc123", min_size=1, max_size=4),
        name=NAMES,
        aliases=st.lists(NAMES, max_size=3, unique=True).map(tuple),
        ticker=st.just("ACM"),
        names=st.lists(aliases(), max_size=4).map(tuple),
    ),
    max_size=4,
    unique_by=lambda company: company.id,
)


@given(COMPANIES)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_written_is_read_again(tmp_path: Path, companies: list[Company]) -> None:
    path = tmp_path / "w.csv"
    path.write_text(written(companies), encoding="utf-8")
    found = load_watchlist(path)
    assert [(one.id, one.name, set(one.every_name)) for one in found] == [
        (one.id, one.name, set(one.every_name)) for one in companies
    ]


def test_every_column_is_a_kind(tmp_path: Path) -> None:
    path = tmp_path / "w.csv"
    path.write_text(
        "id,name,ticker,aliases,full,former,brands,people\n"
        "m,Meta,META|NASDAQ:FB,元宇宙|Old @ ..2020-01-01,Meta Inc.,Facebook @ 2004-02-04..2021-10-28,"
        "Instagram|@handle,Ann Lee\n",
        encoding="utf-8",
    )
    (company,) = load_watchlist(path)
    assert company == Company(
        "m",
        "Meta",
        ("元宇宙",),
        "META",
        (
            Alias("NASDAQ:FB", AliasKind.TICKER),
            Alias("Old", AliasKind.SHORT, None, date(2020, 1, 1)),
            Alias("Meta Inc.", AliasKind.FULL),
            Alias("Facebook", AliasKind.FORMER, date(2004, 2, 4), date(2021, 10, 28)),
            Alias("Instagram", AliasKind.BRAND),
            Alias("@handle", AliasKind.BRAND),
            Alias("Ann Lee", AliasKind.PERSON),
        ),
    )
