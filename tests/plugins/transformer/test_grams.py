"""N-grams: what they are, which of them are about a company, and texts' laid end to end."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from monitor_plugins.transformer.grams import (
    NAME,
    Bags,
    Features,
    Joined,
    about,
    gather,
    grams,
    plain,
    read,
    split,
)
from monitor_plugins.transformer.names import clean

BUCKETS = 1 << 30  # so many that no two n-grams of these tests share a row


def features(text: str) -> Features:
    return read(text, [], BUCKETS).text


def test_an_ngram_is_two_words_or_three_characters() -> None:
    one = features("Profit falls 12%")
    assert len(one.rows) == 4 + 3, "profit, falls, 0, %, and the pairs"
    assert len(features("净利润").rows) == 3 + 2 + 1
    assert set(one.rows) == set(features("PROFIT  falls 7%").rows)
    assert set(one.rows) != set(features("falls profit 12%").rows)
    twice = features("up up")
    assert sorted(twice.times.tolist()) == [1, 2]
    assert len(features("").rows) == 0


@given(st.text(max_size=80), st.text(max_size=5), st.sampled_from([64, 1 << 18]))
def test_features_are_distinct_rows_of_the_layer(text: str, name: str, buckets: int) -> None:
    found = read(clean(text), [clean(name)], buckets)
    for one in (found.text, *found.companies):
        assert len(set(one.rows.tolist())) == len(one.rows) == len(one.times)
        assert all(0 <= row < buckets for row in one.rows)
        assert (one.times >= 1).all()


@given(st.text("ab1²净利润Ａ가，。 ,x", max_size=60), st.sampled_from(["ab", "利", "x", ""]))
def test_rows_are_those_of_the_ngrams_spelt_out(text: str, name: str) -> None:
    whole = plain(clean(text))
    found = read(clean(text), [name], BUCKETS)
    for one, spelt in (
        (found.text, grams([unit for unit, _, _ in split(whole)])),
        (found.companies[0], about([unit for unit, _, _ in split(whole, plain(name))])),
    ):
        wanted = gather(spelt, BUCKETS)
        assert dict(zip(one.rows, one.times, strict=True)) == dict(
            zip(wanted.rows, wanted.times, strict=True)
        )


def spelt(text: str, name: str) -> set[str]:
    return {gram for gram, _, _ in about([unit for unit, _, _ in split(text, name)])}


def test_what_is_said_about_a_company_is_its_clauses_and_either_side_of_its_name() -> None:
    text = "tallgrass fell; harbour foods sues tallgrass, shares rise"
    assert [unit for unit, _, _ in split(text, "harbour foods")] == [
        *("tallgrass", "fell", ";", NAME, "sues", "tallgrass", ",", "shares", "rise")
    ]
    found = spelt(text, "harbour foods")
    assert {"NAME sues", ">NAME sues", ">sues tallgrass", "<tallgrass fell"} <= found
    assert not {"fell", "shares rise", "<sues", "harbour"} & found
    assert {"NAME fell", "<sues NAME", ">NAME fell"} <= spelt(text, "tallgrass")
    assert spelt("远山起诉金石", "远山") & {">起 诉", "NAME 起", "起 诉 金"}


def test_a_company_is_not_told_by_its_name() -> None:
    a, b = (read(f"Shares of {name} fell 3%.", [name], BUCKETS) for name in ("Harbour Foods", "远山"))
    assert set(a.companies[0].rows) == set(b.companies[0].rows)
    assert set(a.text.rows) != set(b.text.rows)


def test_of_a_company_that_is_not_named_all_is_read() -> None:
    assert {"shares", "fell", "rose"} <= spelt("shares fell, profit rose", "tallgrass")
    assert spelt("", "tallgrass") == set()


@given(st.text("ab，。 ,x1", max_size=60), st.sampled_from(["ab", "x", ""]))
def test_what_is_said_of_a_company_covers_the_units_it_is_made_of(text: str, name: str) -> None:
    found = split(text, name)
    units = [unit for unit, _, _ in found]
    assert all(text[start:end] == (name if unit == NAME else unit) for unit, start, end in found)
    assert all(0 <= first < first + count <= len(units) for _, first, count in about(units))
    for gram, first, count in about(units):
        same = ["0" if unit.isdigit() else unit for unit in units[first : first + count]]
        assert gram.lstrip("<>") == " ".join(same)


@given(st.lists(st.lists(st.integers(0, 99), max_size=4), max_size=6), st.data())
def test_a_part_of_bags_is_the_bags_of_a_part(rows: list[list[int]], data: st.DataObject) -> None:
    some = [Features(np.array(one, np.int32), np.array(one, np.uint16)) for one in rows]
    start = data.draw(st.integers(0, len(rows)))
    stop = data.draw(st.integers(start, len(rows)))
    part, wanted = Bags.of(some).part(start, stop), Bags.of(some[start:stop])
    assert part.rows.tolist() == wanted.rows.tolist() == [row for one in rows[start:stop] for row in one]
    assert part.times.tolist() == wanted.times.tolist()
    assert part.lengths.tolist() == wanted.lengths.tolist()


def test_companies_of_several_texts_are_laid_end_to_end() -> None:
    some = [read(text, names, 64) for text, names in (("a b", ["a", "b"]), ("c", []), ("d e f", ["e"]))]
    joined = Joined.of(some)
    assert joined.texts.lengths.tolist() == [len(one.text.rows) for one in some]
    near = [one for grams in some for one in grams.companies]
    assert joined.companies.rows.tolist() == [row for one in near for row in one.rows]
    assert len(joined.companies.lengths) == 3
    assert Joined.of([]).texts.rows.dtype == np.int32
