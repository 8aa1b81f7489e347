"""Headlines of one form, filled in otherwise: by the third set of pairs, written before the guards were."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.news import normalize
from monitor.news.stories import facts, guards, slots
from monitor.news.stories.facts import Facts

PAIRS = [json.loads(line) for line in (Path(__file__).parent / "pairs.jsonl").read_text("utf-8").splitlines()]
LINES = [line for pair in PAIRS for line in pair["lines"]]


def read(line: str) -> Facts:
    return facts.read(facts.headline(normalize.content(line, "")))


def kept_apart(pair: dict[str, list[list[str]]]) -> bool:
    one, other = (read(line) for line in pair["lines"])  # type: ignore[arg-type]
    mine, theirs = (frozenset(some) for some in pair["companies"])
    return bool(guards.apart(one, other, mine, theirs))


def test_of_the_third_set_hard_negatives_are_kept_apart_and_what_is_the_same_is_not() -> None:
    hard, same = ([pair for pair in PAIRS if pair["same"] is said] for said in (False, True))
    assert len(hard) >= 120 and len(same) >= 50
    assert sum(map(kept_apart, hard)) >= 0.98 * len(hard)
    assert sum(map(kept_apart, same)) <= 0.02 * len(same)


def test_the_set_is_of_all_kinds_and_of_both_languages() -> None:
    kinds = Counter(pair["kind"] for pair in PAIRS)
    wanted = {"polarity", "numbers", "dates", "periods", "people", "places", "parties", "roles", "notice"}
    assert set(kinds) == wanted | {"same"} and min(kinds.values()) >= 5
    chinese = sum(facts.is_chinese(line) for line in LINES)
    assert 0.3 * len(LINES) < chinese < 0.7 * len(LINES)


@given(st.sampled_from(LINES), st.sampled_from(LINES))
def test_they_are_symmetric(one: str, other: str) -> None:
    first, second = read(one), read(other)
    assert slots.differ(first, second) == slots.differ(second, first)
    assert slots.turned(first, second) == slots.turned(second, first)


@given(st.sampled_from(LINES), st.sampled_from(["today", "again", "in London"]))
def test_what_adds_or_leaves_out_is_of_the_same_form(line: str, more: str) -> None:
    assert not slots.differ(read(line), read(f"{line} {more}")) or facts.is_chinese(line)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Halvorsen recalls 900 cars over brakes", "Halvorsen recalls 900 vehicles over brakes"),
        ("Halvorsen beats sales forecasts", "Halvorsen tops sales forecasts"),
        ("Union backs labour deal at Halvorsen", "Union backs labor deal at Halvorsen"),
        ("哈尔沃森银行任命新行长", "哈尔沃森银行聘任新行长"),
        ("贵州海岳董事长辞职", "海岳集团董事长辞职"),
    ],
)
def test_what_means_the_same_may_stand_there(one: str, other: str) -> None:
    assert not slots.differ(read(one), read(other))


@pytest.mark.parametrize(
    ("one", "other", "turned"),
    [
        ("Halvorsen to buy Meridian", "Meridian to buy Halvorsen", True),
        ("Halvorsen to buy Meridian", "Meridian to be bought by Halvorsen", False),
        ("哈尔沃森收购海岳股份", "海岳股份收购哈尔沃森", True),
        ("哈尔沃森收购海岳股份", "海岳股份将被哈尔沃森收购", False),
        ("Halvorsen sues Meridian", "Halvorsen sues Oakfield", False),
    ],
)
def test_who_does_what_to_whom(one: str, other: str, turned: bool) -> None:
    assert slots.turned(read(one), read(other)) is turned
