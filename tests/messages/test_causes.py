"""One outage met in many places is told once."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from monitor.messages import Message, by_cause, said


def unresolved(host: str) -> Message:
    return Message("fetcher.unresolved_in_time", host=host)


def test_messages_that_differ_by_their_place_alone_are_one() -> None:
    (cause,) = by_cause((f"s{k}", unresolved(f"h{k}.example")) for k in range(14))
    assert len(cause.names) == 14 and cause.names[0] == "s0"
    assert cause.what == "the name h0.example, h1.example, h2.example, … could not be resolved in time"
    assert said(cause.what, "zh") == "名称 h0.example、h1.example、h2.example、… 未能及时解析"


def test_two_causes_stay_two() -> None:
    told = [
        ("a", unresolved("a.example")),
        ("b", Message("fetcher.answered", status="503 Service Unavailable")),
        ("c", Message("fetcher.answered", status="404 Not Found")),
        ("d", Message("fetcher.answered", status="503 Service Unavailable")),
        ("e", "its own words"),
        ("f", "its own words"),
    ]
    assert [cause.names for cause in by_cause(told)] == [("a",), ("b", "d"), ("c",), ("e", "f")]


def test_one_place_is_told_once() -> None:
    (cause,) = by_cause([("a", unresolved("x.example")), ("b", unresolved("x.example"))])
    assert cause.what == unresolved("x.example")


@given(
    st.lists(st.tuples(st.text(max_size=3), st.sampled_from(["x", "y", unresolved("a"), unresolved("b")])))
)
def test_nobody_is_left_out(told: list[tuple[str, str]]) -> None:
    found = by_cause(told)
    assert sorted(name for cause in found for name in cause.names) == sorted(name for name, _ in told)
    assert len(found) <= 3
