"""The watch list's names with their past."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.records import Alias, AliasKind, Company
from monitor.store import Store, aliases

HOUR = timedelta(hours=1)
OLD = Company("meta", "Facebook", ("脸书",), "FB")
NEW = Company(
    "meta",
    "Meta Platforms",
    ("脸书",),
    "META",
    (Alias("Facebook", AliasKind.FORMER, None, date(2021, 10, 28)), Alias("Ann Lee", AliasKind.PERSON)),
)
ACME = Company("acme", "Acme")


def test_the_watch_list_is_read_as_it_was(store: Store, now: datetime) -> None:
    with store.begin() as tx:
        assert aliases.settle(tx, [OLD, ACME], now) == 4
        assert aliases.settle(tx, [OLD, ACME], now + HOUR) == 0
        aliases.settle(tx, [NEW], now + 2 * HOUR)
        for hours, companies in ((-1, []), (0, [ACME, OLD]), (1, [ACME, OLD]), (2, [NEW]), (9, [NEW])):
            assert aliases.companies(tx, now + hours * HOUR) == companies, hours
        assert aliases.companies(tx) == [NEW]


def test_a_list_is_kept_where_it_is_another(store: Store, now: datetime) -> None:
    for step, watched in enumerate(([OLD], [OLD], [NEW, ACME])):
        aliases.keep(store, watched, now + step * HOUR)
    with store.read() as tx:
        assert aliases.settled(tx, [ACME, NEW]) and not aliases.settled(tx, [NEW])
        assert aliases.companies(tx, now + HOUR) == [OLD]


NAMES = st.text("ab 万", min_size=1, max_size=3)
COMPANIES = st.lists(
    st.builds(
        Company,
        id=st.sampled_from(["a", "b", "c"]),
        name=NAMES,
        aliases=st.lists(NAMES, max_size=2).map(tuple),
        ticker=st.sampled_from(["", "ACM"]),
        names=st.lists(
            st.builds(
                Alias, NAMES, st.sampled_from([AliasKind.BRAND, AliasKind.FULL]), st.none() | st.dates()
            ),
            max_size=2,
        ).map(tuple),
    ),
    max_size=3,
    unique_by=lambda company: company.id,
)


@given(st.lists(COMPANIES, min_size=1, max_size=4))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=25)
def test_every_moment_keeps_its_list(store: Store, now: datetime, steps: list[list[Company]]) -> None:
    with store.begin() as tx:
        tx.execute(aliases.aliases.delete())
        for step, watched in enumerate(steps):
            aliases.settle(tx, watched, now + step * HOUR)
        for step, watched in enumerate(steps):
            told = aliases.companies(tx, now + step * HOUR)
            assert told == sorted(watched, key=lambda company: company.id)


def test_a_list_reaches_back_and_stands_as_it_stood(store: Store, now: datetime) -> None:
    with store.begin() as tx:
        aliases.settle(tx, [OLD], now)
        for _ in range(2):
            aliases.reach(tx, [OLD, ACME], now - 9 * HOUR, now + HOUR)
            for hours, companies in ((-10, []), (-9, [ACME, OLD]), (0, [ACME, OLD]), (1, [OLD])):
                assert aliases.companies(tx, now + hours * HOUR) == companies, hours
            assert aliases.companies(tx) == [OLD]
        aliases.reach(tx, [NEW], now - 5 * HOUR, now + HOUR)
        assert aliases.settled(tx, [OLD])
