"""Changed copies of labelled texts keep what was said of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from monitor import Example
from monitor_plugins.transformer.fitting.augment import (
    SYNONYMS,
    augment,
    back_translate,
    swap_companies,
    swap_synonyms,
)
from monitor_plugins.transformer.names import find

ONE = Example(
    "Northwind shares fall as Harbour Foods profit beats estimates",
    "neutral",
    companies=(("Northwind", "negative"), ("Harbour Foods", "positive")),
)
ZH = Example(
    "远山光伏净利润下滑，云港航运股价上涨", companies=(("远山光伏", "negative"), ("云港航运", "positive"))
)
NAMES = ["Blue Mesa", "Harbour Foods", "Northwind", "Quill", "云港航运", "远山光伏", "金石矿业", "星河科技"]
texts = st.builds(
    lambda words: " ".join(words),
    st.lists(st.sampled_from([w for ws in SYNONYMS for w in ws] + NAMES), max_size=8),
)


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_no_word_is_a_synonym_in_two_ways() -> None:
    words = [word for same in SYNONYMS for word in same]
    assert len(words) == len(set(words))
    assert all(len(same) > 1 for same in SYNONYMS)


def test_synonyms_are_exchanged_in_both_languages() -> None:
    every = swap_synonyms(ONE, rng(), share=1)
    assert every.text != ONE.text
    assert "shares" not in every.text and " fall " not in every.text
    assert (every.sentiment, every.companies) == (ONE.sentiment, ONE.companies)
    assert "净利润" not in swap_synonyms(ZH, rng(), share=1).text
    assert swap_synonyms(ONE, rng(), share=0).text == ONE.text


def test_a_name_is_no_word_to_exchange() -> None:
    named = Example("Advance gains, Gain Capital rises", companies=(("Gain Capital", "positive"),))
    lower = Example("gain capital rises", companies=(("Gain Capital", "positive"),))
    assert "Gain Capital" in swap_synonyms(named, rng(), share=1).text
    assert swap_synonyms(lower, rng(), share=1).text.startswith("gain capital ")


@given(texts, st.integers(0, 9))
def test_a_synonym_stands_for_each_word_that_has_one(text: str, seed: int) -> None:
    once = swap_synonyms(Example(text), rng(seed), share=1).text
    assert sum(name in once for name in NAMES) == sum(name in text for name in NAMES)


@given(st.integers(0, 99))
def test_companies_are_exchanged_for_others_of_their_script(seed: int) -> None:
    for example in (ONE, ZH):
        changed = swap_companies(example, NAMES, rng(seed))
        assert [label for _, label in changed.companies] == [label for _, label in example.companies]
        for (old, _), (new, _) in zip(example.companies, changed.companies, strict=True):
            assert old.isascii() == new.isascii()
            assert find(changed.text, new)
        assert {name for name, _ in changed.companies}.isdisjoint({name for name, _ in example.companies})


def test_a_company_without_another_to_become_stays() -> None:
    assert swap_companies(ONE, ["Northwind", "Harbour Foods", "金石矿业"], rng()) == ONE
    absent = Example("nothing of it", companies=(("Quill", "neutral"),))
    assert swap_companies(absent, NAMES, rng()) == absent
    nested = Example("Blue Mesa and Mesa", companies=(("Blue Mesa", "neutral"), ("Mesa", "neutral")))
    assert swap_companies(nested, NAMES, rng()) == nested


def test_copies_are_added_and_the_same_seed_adds_the_same() -> None:
    plain = Example("The board meets on Tuesday", "neutral")
    more = augment([ONE, ZH, plain], copies=3, seed=1)
    assert more[:3] == [ONE, ZH, plain]
    assert len(more) == 3 + 6, "the plain one has nothing to change"
    assert more == augment([ONE, ZH, plain], copies=3, seed=1)
    assert more != augment([ONE, ZH, plain], copies=3, seed=2)
    some = augment([ONE] * 1000, copies=0.25, seed=0)
    assert 1200 < len(some) < 1300


def test_back_translation_keeps_labels_and_drops_what_lost_its_company() -> None:
    asked: list[tuple[str, str]] = []

    def translate(texts: Sequence[str], source: str, target: str) -> list[str]:
        asked.append((source, target))
        if target == "zh":
            return [text[::-1] for text in texts]
        return [text[::-1].replace("fall", "go down").replace("Quill", "Feather") for text in texts]

    quill = Example("Quill rises", companies=(("Quill", "positive"),))
    found = back_translate([ONE, quill], translate, "en", "zh")
    assert asked == [("en", "zh"), ("zh", "en")]
    assert [one.text for one in found] == [ONE.text.replace("fall", "go down")]
    assert found[0].companies == ONE.companies
