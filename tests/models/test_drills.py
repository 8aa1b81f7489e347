"""Written texts: about companies that are found in them, none twice, and none of the check-list's."""

from __future__ import annotations

import re

import pytest

from monitor import SENTIMENTS, Example, ModelError
from monitor.evaluation.checklist import shipped
from monitor_models.datasets import group
from monitor_models.drills import drills
from monitor_plugins.transformer.names import find

NAMES = [
    "Alder Foods",
    "Birch Motors",
    "Cedar",
    "10-year bond",
    "oil",
    "甲木食品",
    "乙木汽车",
    "丙木",
    "2年期国债",
]


@pytest.fixture(scope="module")
def written() -> list[Example]:
    return drills(NAMES, 3, seed=0)


def test_every_company_is_named_in_its_text_and_judged(written: list[Example]) -> None:
    for example in written:
        assert not re.search(r"[{}]", example.text)
        assert example.companies
        for name, sentiment in example.companies:
            assert name in NAMES[:3] + NAMES[5:8]
            assert find(example.text, name)
            assert sentiment in SENTIMENTS
    assert len({example.text for example in written}) == len(written)


def test_both_languages_know_companies_that_fare_differently(written: list[Example]) -> None:
    for chinese in (False, True):
        some = [e for e in written if bool(re.search("[\u4e00-\u9fff]", e.text)) == chinese]
        assert {e.sentiment for e in some} == {*SENTIMENTS, None}
        towards = {tuple(label for _, label in e.companies) for e in some}
        assert {("positive", "negative"), ("negative", "positive"), ("neutral", "negative")} <= towards


def test_less_of_an_evil_is_good_and_less_of_a_good_is_not() -> None:
    by_text = {e.text: e.sentiment for e in drills(["Alder", "Birch", "甲木", "乙木"], 1, seed=0)}
    for evil, less in (("net loss", "shrank sharply"), ("净亏损", "明显缩小")):
        told = {s for text, s in by_text.items() if evil in text and text.endswith(less)}
        assert told <= {"positive"}
    for good, less in (("net income", "shrank sharply"), ("净利润", "明显缩小")):
        told = {s for text, s in by_text.items() if good in text and text.endswith(less)}
        assert told <= {"negative"}
    signs = {s for text, s in by_text.items() if "'s net loss" in text}
    assert signs == {"positive", "negative"}


def test_the_same_seed_writes_the_same(written: list[Example]) -> None:
    assert drills(NAMES, 3, seed=0) == written
    assert drills(NAMES, 3, seed=1) != written


@pytest.mark.parametrize("names", [[], ["Alder"], ["Alder", "Alder Foods", "甲木", "甲木食品"]])
def test_too_few_companies_are_said_to_be(names: list[str]) -> None:
    with pytest.raises(ModelError, match="name too few companies"):
        drills(names, 1, seed=0)


def test_the_check_list_is_not_practised(written: list[Example]) -> None:
    cases = [text for case in shipped() for text in case.texts]
    groups = group([*cases, *(example.text for example in written)])
    assert not set(groups[: len(cases)]) & set(groups[len(cases) :])
