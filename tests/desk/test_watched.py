"""The watch list at the desk: what texts name, and what an alias would match."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from monitor.app import Monitor
from monitor.desk import Desk, watched
from monitor.errors import ConflictError, NotFoundError, UserError
from monitor.news.companies import Doubt, load_watchlist
from monitor.operation import linking
from monitor.records import Alias, AliasKind, Article, Company, Part, Role, User
from monitor.store import aliases, articles, mentions, stories
from tests.desk.conftest import NOW

COMPANIES = (
    Company("boc", "中国银行", ("中行",)),
    Company(
        "meta", "Meta Platforms", (), "META", (Alias("Facebook Inc.", AliasKind.FORMER, None, NOW.date()),)
    ),
)


@pytest.fixture
def companies() -> Sequence[Company]:
    return COMPANIES


@pytest.fixture
def desk(monitor: Monitor) -> Desk:
    return Desk(monitor, User(1, "ann", Role.VIEWER, NOW))


@pytest.fixture
def store_texts(monitor: Monitor, article: Callable[..., Article]) -> Callable[..., None]:
    def store_texts(*texts: str, at: datetime = NOW - timedelta(days=2)) -> None:
        with monitor.store.begin() as tx:
            for text in texts:
                story = stories.create(tx, at)
                made = article(text, first_seen_at=at, published_at=at, story_id=story)
                articles.insert(tx, made)

    return store_texts


def test_a_text_is_told_with_roles_and_with_what_was_refused(desk: Desk) -> None:
    told = desk.find_companies("其中行情分化，分析师称中行（601988）下跌")
    (found,) = told.mentions
    assert (found.company_id, found.name, found.alias, found.role) == (
        "boc",
        "中国银行",
        "中行",
        Part.SUBJECT,
    )
    assert told.content[found.start : found.end] == "中行" and found.kind is AliasKind.SHORT
    (refused,) = told.refused
    assert (refused.alias, refused.reason, refused.start) == ("中行", Doubt.ACROSS_WORDS, 1)


def test_names_count_on_the_day_asked_about(desk: Desk) -> None:
    text = "Facebook Inc. buys a start-up"
    assert [one.company_id for one in desk.find_companies(text, NOW.date()).mentions] == ["meta"]
    told = desk.find_companies(text, date(2026, 3, 3))
    assert told.mentions == [] and told.refused[0].reason is Doubt.NOT_VALID


def test_a_text_must_be_one(desk: Desk) -> None:
    for text in (" ", "x" * (watched.MOST_TEXT + 1)):
        with pytest.raises(UserError, match="characters"):
            desk.find_companies(text)


def test_an_alias_is_tried_on_what_is_stored(desk: Desk, store_texts: Callable[..., None]) -> None:
    store_texts(
        "Block raises its outlook",
        "Shares of Block fell",
        "Block trades in bank shares rise",
        "Meta Platforms and Block sue",
        "Nothing of it",
    )
    store_texts("Block sues", at=NOW - timedelta(days=40))
    told = desk.preview_alias("Block")
    assert (told.company_id, told.days, told.read, told.complete) == (watched.NEW, 30, 5, True)
    assert (told.matched, told.new, told.refused) == (3, 3, {"common_word": 1})
    assert [one.title for one in told.refused_examples] == ["Block trades in bank shares rise"]
    assert told.refused_examples[0].reason is Doubt.COMMON_WORD
    ours = desk.preview_alias("Block", "meta", AliasKind.BRAND)
    assert (ours.matched, ours.new) == (3, 2)
    assert [one.already for one in ours.examples] == [True, False, False]


def test_an_alias_inside_the_name_of_another_is_wrong(desk: Desk, store_texts: Callable[..., None]) -> None:
    store_texts("Meta Platforms sues", "Shares of Platforms fell")
    told = desk.preview_alias("Platforms")
    assert (told.matched, told.refused) == (1, {"other_company": 1})


def test_what_cannot_be_previewed(desk: Desk) -> None:
    with pytest.raises(UserError, match="alias has 0 characters"):
        desk.preview_alias("  ")
    with pytest.raises(UserError, match="days 0"):
        desk.preview_alias("x", days=0)
    with pytest.raises(NotFoundError, match="no company of the watch list"):
        desk.preview_alias("x", "nobody")


def test_stored_articles_are_linked_anew(
    monitor: Monitor, store_texts: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(linking, "BATCH", 2)
    store_texts("中行下调利率", "其中行情分化", "Meta Platforms sues", "nothing")
    store_texts("中行裁员", at=NOW - timedelta(days=40))
    assert monitor.relink(30) == (4, 2)
    assert monitor.relink(30) == (4, 0)
    assert monitor.relink(60) == (5, 1)
    with monitor.store.read() as tx:
        named = mentions.of(tx, range(1, 6))
        assert {one.company_id for some in named.values() for one in some} == {"boc", "meta"}
        assert mentions.as_of(tx, range(1, 6), NOW - timedelta(seconds=1)) == {}


def test_an_administrator_edits_the_list(monitor: Monitor) -> None:
    admin = Desk(monitor, User(2, "root", Role.ADMIN, NOW))
    path = monitor.settings.watchlist.path
    path.unlink(missing_ok=True)
    old = Alias("Old Acme", AliasKind.FORMER, date(2000, 1, 1), date(2010, 1, 1))
    acme = Company("acme", "Acme", ("阿克美",), "NYSE:ACM", (old,))
    assert admin.keep_company(acme) == acme
    assert load_watchlist(path) == (acme,) == tuple(admin.companies())
    assert [one.company_id for one in admin.find_companies("阿克美涨停").mentions] == ["acme"]
    admin.keep_company(replace(acme, aliases=()))
    assert not admin.find_companies("阿克美涨停").mentions
    with monitor.store.read() as tx:
        assert aliases.companies(tx) == [replace(acme, aliases=())]
    admin.drop_company("acme")
    assert load_watchlist(path) == () and admin.companies() == []
    with pytest.raises(NotFoundError):
        admin.drop_company("acme")


@pytest.mark.parametrize(
    "company",
    [
        Company("a", " "),
        Company(" a", "Acme"),
        Company("a", "Acme", ("one|two",)),
        Company("a", "Acme", ("",)),
        Company("a", "Acme", names=(Alias("x", AliasKind.FORMER, date(2020, 1, 2), date(2020, 1, 1)),)),
    ],
)
def test_names_that_the_file_cannot_hold(monitor: Monitor, company: Company) -> None:
    before = monitor.settings.watchlist.path.read_bytes()
    with pytest.raises(ConflictError):
        Desk(monitor, User(2, "root", Role.ADMIN, NOW)).keep_company(company)
    assert monitor.settings.watchlist.path.read_bytes() == before
