"""What keeps two headlines apart."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.news import identity
from monitor.news.stories import facts, guards

NOBODY: frozenset[str] = frozenset()
LINES = [
    line
    for text in (Path(__file__).parent / "tuned.jsonl").read_text("utf-8").splitlines()
    for *_, line in json.loads(text)["told"]
]
headlines = st.sampled_from(LINES) | st.text(max_size=40)
named = st.frozensets(st.sampled_from("abc"), max_size=2)

OPPOSITES = [
    ("{} raises its dividend", "{} cuts its dividend"),
    ("{} beats estimates", "{} misses estimates"),
    ("Regulators approve {}'s merger", "Regulators block {}'s merger"),
    ("Broker upgrades {}", "Broker downgrades {}"),
    ("{} wins appeal", "{} loses appeal"),
    ("{}股票停牌", "{}股票复牌"),
    ("{}上调产品价格", "{}下调产品价格"),
    ("{}股东增持股份", "{}股东减持股份"),
    ("{}新药获批", "{}新药未获批准"),
    ("{}一审胜诉", "{}一审败诉"),
    ("{}评级上调", "{}评级下调"),
    ("{}股东质押股份", "{}股东解除质押股份"),
]


def apart(one: str, other: str) -> str:
    return guards.apart(facts.read(facts.headline(one)), facts.read(facts.headline(other)), NOBODY, NOBODY)


@given(headlines, headlines, named, named)
def test_guards_are_symmetric(one: str, other: str, mine: frozenset[str], theirs: frozenset[str]) -> None:
    first, second = facts.read(facts.headline(one)), facts.read(facts.headline(other))
    assert guards.apart(first, second, mine, theirs) == guards.apart(second, first, theirs, mine)


@given(headlines, named)
def test_nothing_is_kept_apart_from_itself(line: str, companies: frozenset[str]) -> None:
    stated = facts.read(facts.headline(line))
    assert guards.apart(stated, stated, companies, companies) == ""


@given(st.sampled_from(OPPOSITES), st.sampled_from(["Halvorsen", "Vantor Motors", "蓝桥控股"]))
def test_an_opposite_pair_never_joins(pair: tuple[str, str], company: str) -> None:
    one, other = (form.format(company) for form in pair)
    assert apart(one, other) == "sides"
    assert identity.similarity(identity.signature(one), identity.signature(other)) < identity.STORY_THRESHOLD


@pytest.mark.parametrize(
    ("one", "other", "why"),
    [
        ("Fed raises rates", "Fed holds rates steady", "held"),
        ("Bank Q1 2026 call", "Bank Q2 2026 call", "periods"),
        ("Sales fall 1.8%", "Sales fall 2.8%", "numbers"),
        ("Bank of Canada cuts rates", "Norges Bank cuts rates", "places"),
        ("Gold tops $4,000", "Silver tops $4,000 an ounce", "actors"),
        ("Regulators in Italy fine Halvorsen", "Halvorsen is fined by French watchdog", "places"),
        ("Halvorsen's CFO resigns", "哈尔沃森银行董事长辞职", "posts"),
        (
            "Halvorsen names Anna Reyes chief of audit",
            "Mark Olsen appointed audit head at Halvorsen",
            "people",
        ),
        ("Halvorsen signs pact with Tesco", "Halvorsen signs pact with Carrefour", "slots"),
        ("Halvorsen sues Meridian over a patent", "Meridian sues Halvorsen over patents", "turned"),
        ("Departure at Oakfield Retail", "Departure at Brightwater Foods", "names"),
        ("海岳股份:关于股份冻结的公告", "关于博远环保股份有限公司股票解禁冻结的公告", "names"),
    ],
)
def test_what_differs_is_named(one: str, other: str, why: str) -> None:
    assert apart(one, other) == why


def test_other_companies_are_other_news() -> None:
    line = facts.read("关于控股股东股份质押的公告")
    assert guards.apart(line, line, frozenset("a"), frozenset("b")) == "companies"
    assert guards.apart(line, line, frozenset("a"), frozenset("ab")) == ""
    assert guards.apart(line, line, frozenset("a"), NOBODY) == ""
