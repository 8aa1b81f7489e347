"""Sharing out: one owner each, as even as can be, and few that move."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from monitor.schedule.sharing import groups, hosts, share_out

KEYS = st.sampled_from([f"g{n}" for n in range(40)])
MEMBERS = st.sampled_from([f"worker{n}" for n in range(6)])


@given(
    st.dictionaries(KEYS, st.integers(1, 2000)),
    st.frozensets(MEMBERS, min_size=1),
    st.dictionaries(KEYS, MEMBERS),
)
def test_every_group_has_one_owner_and_no_move_would_even_anything_out(
    weights: dict[str, int], members: frozenset[str], holders: dict[str, str]
) -> None:
    shared = share_out(weights, members, holders)
    assert shared.keys() == weights.keys() and set(shared.values()) <= members
    load = {one: sum(weights[key] for key, whose in shared.items() if whose == one) for one in members}
    for key, whose in shared.items():
        assert all(weights[key] >= load[whose] - load[other] for other in members)
    assert share_out(weights, members, shared) == shared, "what is shared out stays so"
    order = dict(sorted(weights.items(), reverse=True))
    assert share_out(order, sorted(members, reverse=True), holders) == shared, "everybody reckons the same"


@given(st.frozensets(KEYS), st.frozensets(MEMBERS, min_size=2), st.data())
def test_of_equal_groups_only_those_move_that_must(
    keys: frozenset[str], members: frozenset[str], data: st.DataObject
) -> None:
    weights = dict.fromkeys(keys, 96)
    changing = data.draw(st.sampled_from(sorted(members)))
    rest = members - {changing}
    before = share_out(weights, rest, {})
    counts = Counter(before.values())
    assert max((counts[one] for one in rest), default=0) - min(counts[one] for one in rest) <= 1
    joined = share_out(weights, members, before)
    moved = {key for key in keys if joined[key] != before[key]}
    assert {joined[key] for key in moved} <= {changing} and len(moved) == len(keys) // len(members)
    left = share_out(weights, rest, joined)
    assert all(left[key] == joined[key] for key in keys if joined[key] != changing)


def test_nobody_is_given_what_there_is_where_nobody_is() -> None:
    assert share_out({"a": 1}, (), {"a": "gone"}) == {}


def test_ten_thousand_sources_are_shared_out_among_three_and_then_four() -> None:
    weights = {f"host:{n}.example": 1 + n % 7 for n in range(10_000)}
    three = share_out(weights, {"a", "b", "c"}, {})
    four = share_out(weights, {"a", "b", "c", "d"}, three)
    moved = sum(weights[key] for key in weights if four[key] != three[key])
    assert {four[key] for key in weights if four[key] != three[key]} == {"d"}
    assert abs(moved - sum(weights.values()) / 4) <= 7


def test_sources_of_one_host_are_one_group_also_by_way_of_another() -> None:
    asked = {"a": {"one.example"}, "b": {"two.example", "one.example"}, "c": {"two.example"}, "d": set[str]()}
    found = groups({**asked, "e": {"three.example"}}, dict.fromkeys("abcde", 10) | {"d": 0})
    assert [(one.key, one.sources, one.weight) for one in found] == [
        ("host:one.example", ("a", "b", "c"), 30),
        ("host:three.example", ("e",), 10),
        ("source:d", ("d",), 1),
    ]
    assert found[0].hosts == ("one.example", "two.example")


@given(st.dictionaries(st.sampled_from("abcdef"), st.frozensets(st.sampled_from("uvwxyz"), max_size=3)))
def test_no_host_is_in_two_groups_and_no_source_in_none(asked: dict[str, frozenset[str]]) -> None:
    found = groups(asked, dict.fromkeys(asked, 1))
    assert sorted(name for group in found for name in group.sources) == sorted(asked)
    of = [set(group.hosts) for group in found]
    assert all(not one & other for place, one in enumerate(of) for other in of[:place])


def test_the_hosts_of_options() -> None:
    options = {
        "url": "https://News.Example:8443/feed?x=http://not.this",
        "more": [{"page": "http://other.example./a"}, "ftp://no.example", "just words", 3],
        "broken": "http://[::1",
        "path": "/var/news.jsonl",
        "none": "http:///x",
    }
    assert hosts(options) == {"news.example", "other.example"}
    assert hosts({}) == frozenset()
