"""Events and the alerts that told them."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from monitor.datasets.tables import BadRow, Row, open_table
from monitor.detection import events
from monitor.detection.events import Event, Naming, Outcome, Raised
from monitor.errors import DataError
from monitor.records import Alias, AliasKind, Company

HOUR = timedelta(hours=1)
DAY = datetime(2008, 9, 15, tzinfo=UTC)
COMPANIES = (
    Company("lehman", "Lehman Brothers", ("Lehman",), "NYSE:LEH"),
    Company(
        "AIG",
        "American International Group",
        names=(Alias("Martin Sullivan", AliasKind.PERSON),),
        ticker="AIG",
    ),
    Company("citi", "Citigroup", ("Citi", "AIG")),
)


def of(text: str, tmp_path: Path) -> list[Event]:
    path = tmp_path / "events.csv"
    path.write_text(text, encoding="utf-8")
    with open_table(path) as table:
        return events.read(table.rows(), COMPANIES, "events.csv")


# --- the file ------------------------------------------------------------------------------


def test_a_list_of_events_is_read(tmp_path: Path) -> None:
    found = of(
        "Date,what,company,aliases,until\n"
        "2008-09-15,bankrupt,LEHMAN BROTHERS Inc.,,2008-09-16\n"
        "2008-09-14T18:30:00-04:00,aid,AIG,,\n"
        '2008-01-02,"a, b",Kerviel\'s bank,SocGen|citi,\n'
        "2008-01-03,none,Nobody,No One,\n",
        tmp_path,
    )
    assert [(one.row, one.company) for one in found] == [(3, "citi"), (4, ""), (2, "AIG"), (1, "lehman")]
    _, _, aig, lehman = found
    assert aig.begins_at == datetime(2008, 9, 14, 22, 30, tzinfo=UTC)
    assert (aig.until, aig.ends_at) == (None, aig.begins_at + 48 * HOUR)
    assert (lehman.begins_at, lehman.name) == (DAY, "LEHMAN BROTHERS Inc.")
    assert DAY + 47 * HOUR < lehman.ends_at < DAY + 49 * HOUR


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("company\nlehman\n", "line 2: there is no column 'date'"),
        ("company,date\n,2008-09-15\n", "line 2: company is empty"),
        ("company,date\nlehman,2008-09-15\nlehman,soon\n", "line 3: date 'soon' is no date"),
        ("company,date,until\nlehman,2008-09-15,2008-09-14\n", r"it ends \(2008-09-14\) before it begins"),
        ("company,date,until\nlehman,2008-09-15,x\n", "line 2: until 'x' is no date"),
    ],
)
def test_a_row_that_cannot_be_read_says_where_and_why(text: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=f"events.csv: .*{told}"):
        of(text, tmp_path)


def test_cells_with_types_and_unreadable_rows() -> None:
    [one] = events.read([Row({"company": "Citi", "date": DAY, "until": DAY.date()})], COMPANIES)
    assert (one.company, one.begins_at) == ("citi", DAY)
    assert one.until is not None and one.until > DAY
    with pytest.raises(DataError, match="events: line 4: it is cut off"):
        events.read([BadRow("line 4", "it is cut off")], COMPANIES)


# --- the first article, and the alerts -----------------------------------------------------


def naming(hours: float, negative: float = 0.9, id: int = 0) -> Naming:
    return Naming(DAY + hours * HOUR, id or int(hours * 10), negative)


EVENT = Event(1, "Lehman", "lehman", DAY)


def test_the_first_negative_article_tells_it_else_the_first() -> None:
    named = [naming(-1), naming(2, 0.3), naming(5, 0.5), naming(6)]
    assert events.first_article(EVENT, named) == naming(5, 0.5)
    assert events.first_article(EVENT, named[:2]) == naming(2, 0.3)
    assert events.first_article(EVENT, [naming(-1), naming(49)]) is None
    later = Event(1, "Lehman", "lehman", DAY, DAY + 72 * HOUR)
    assert events.first_article(later, [naming(-1), naming(49)]) == naming(49)


def test_an_alert_matches_by_company_and_time() -> None:
    named = {"lehman": [naming(3)], "AIG": [naming(1)]}
    alerts = [
        Raised("before", DAY + 2 * HOUR, frozenset({"lehman"})),
        Raised("other", DAY + 4 * HOUR, frozenset({"AIG"})),
        Raised("second", DAY + 50 * HOUR, frozenset({"lehman"})),
        Raised("first", DAY + 9 * HOUR, frozenset({"AIG", "lehman"})),
        Raised("late", DAY + 52 * HOUR, frozenset({"lehman"})),
    ]
    [found] = events.match([EVENT], named, alerts)
    assert found == Outcome(EVENT, naming(3), "first", 6.0, ("first", "second"))
    lasting = Event(1, "Lehman", "lehman", DAY, DAY + 60 * HOUR)
    assert events.match([lasting], named, alerts)[0].alerts == ("first", "second", "late")
    nobody = Event(1, "Nobody", "", DAY)
    assert events.match([nobody], named, alerts) == [Outcome(nobody)]
    assert events.match([EVENT], named, []) == [Outcome(EVENT, naming(3))]


def test_recall_is_of_what_was_told_and_precision_of_what_was_read() -> None:
    alerts = [Raised(str(n), DAY + n * HOUR, frozenset({"lehman"})) for n in range(40)]
    told = Outcome(EVENT, naming(0), "0", 0.0, tuple("0123456789"))
    missed, silent = Outcome(EVENT, naming(0)), Outcome(EVENT)
    found = events.recall([told, missed, silent])
    assert (found.part, found.whole, found.value) == (1, 2, 0.5)
    bare = events.precision([told, missed], alerts)
    assert (bare.part, bare.value) == (10, 0.25)
    whole = events.precision([told], alerts, {str(n): n < 25 for n in range(10, 40)})
    assert (whole.part, whole.value) == (25, 0.625)
    some = events.precision([told], alerts, {str(n): n % 2 == 0 for n in range(10, 20)})
    assert some.value == pytest.approx((10 + 15) / 40)
    assert 0.25 < some.low < some.value < some.high < 1
    assert math.isnan(events.precision([], []).value)


# --- intervals -----------------------------------------------------------------------------


@given(st.integers(1, 500), st.data())
def test_wilson_is_that_of_scipy(whole: int, data: st.DataObject) -> None:
    part = data.draw(st.integers(0, whole))
    found = events.wilson(part, whole)
    right = binomtest(part, whole).proportion_ci(0.95, method="wilson")
    assert (found.low, found.high) == pytest.approx((right.low, right.high), abs=1e-9)


@given(st.integers(1, 200), st.integers(0, 300), st.data())
def test_drawn_from_few_it_is_narrower(whole: int, more: int, data: st.DataObject) -> None:
    part = data.draw(st.integers(0, whole))
    some, all = events.wilson(part, whole, of=whole + more), events.wilson(part, whole)
    assert all.low - 1e-12 <= some.low <= some.value <= some.high <= all.high + 1e-12
    if not more and whole > 1:
        assert some.low == pytest.approx(some.high)
