"""The shipped model's teachers: who leaves out what, and what they say together."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor import Example, Snapshot
from monitor_models.teachers import LEFT_OUT, Class, consult, distinct, leaves_out, scores, told

TOPICS = ("deal", "legal")


def labelled(text: str, group: str = "", *names: str) -> Example:
    return Example(
        text, "neutral", origin="set", group=group, companies=tuple((n, "positive") for n in names)
    )


def school(texts: list[Example], teachers: int, development: tuple[Example, ...] = ()) -> Class:
    return Class(TOPICS, {}, Snapshot("", (), development), [], texts, teachers, 40, "cpu", 1)


def said(texts: list[Example], value: float) -> dict[str, np.ndarray]:
    """A teacher that says `value`, plus the number of the text or company."""
    companies = sum(len(one.companies) for one in texts)
    return {
        "texts.sentiment": value + np.repeat(np.arange(len(texts))[:, None], 3, 1).astype(np.float16),
        "texts.topics": value + np.repeat(np.arange(len(texts))[:, None], 2, 1).astype(np.float16),
        "texts.company": value + np.repeat(np.arange(companies)[:, None], 3, 1).astype(np.float16),
    }


@given(st.text(min_size=1), st.integers(LEFT_OUT + 1, 9))
def test_two_teachers_leave_out_a_text_and_what_is_like_it(group: str, teachers: int) -> None:
    without = [number for number in range(teachers) if leaves_out(number, labelled("a", group), teachers)]
    assert len(without) == LEFT_OUT
    assert without == [n for n in range(teachers) if leaves_out(n, labelled("another", group), teachers)]
    assert not any(leaves_out(number, labelled("a"), teachers) for number in range(teachers))


def test_folds_are_about_equal() -> None:
    texts = [labelled(str(i), f"group {i}") for i in range(3000)]
    left = [sum(leaves_out(number, one, 6) for one in texts) for number in range(6)]
    assert sum(left) == 3000 * LEFT_OUT
    assert max(left) < 1.15 * min(left)


def test_a_text_is_judged_by_those_that_did_not_see_it_and_others_by_all() -> None:
    texts = [labelled("a", "x", "A", "B"), labelled("b", "y"), labelled("nobody knows", "", "C")]
    each = [said(texts, 10.0 * number) for number in range(4)]
    found = consult(school(texts, 4), each)

    def mean(example: Example) -> float:
        of = [n for n in range(4) if leaves_out(n, example, 4)] or range(4)
        return float(np.mean([10.0 * n for n in of]))

    wanted = [mean(one) for one in texts]
    assert wanted[2] == 15
    assert found[0][:, 0].tolist() == found[1][:, 1].tolist() == [wanted[i] + i for i in range(3)]
    assert found[2][:, 2].tolist() == [wanted[0], wanted[0] + 1, wanted[2] + 2]
    assert [one.shape[1] for one in found] == [3, 2, 3]


def test_the_student_is_told_what_was_said_of_the_texts_it_is_shown() -> None:
    texts = [labelled("a", "", "A", "B"), labelled("b"), labelled("c", "", "C")]
    found = told(consult(school(texts, 3), [said(texts, 0.0)] * 3), texts, [texts[i] for i in (2, 0, 1, 0)])
    assert found.sentiment[:, 0].tolist() == [2, 0, 1, 0]
    assert found.topics.shape == (4, 2)
    assert found.company[:, 0].tolist() == [2, 0, 1, 0, 1]
    with pytest.raises(KeyError):
        told(consult(school(texts, 3), [said(texts, 0.0)] * 3), texts, [labelled("a", "", "A")])


def test_a_text_about_other_companies_is_another_text() -> None:
    a, b, other = labelled("a", "", "A"), labelled("b"), labelled("a", "", "B")
    assert sorted(distinct([a, b, a, other, b]), key=repr) == sorted([a, b, other], key=repr)


def test_teachers_are_scored_by_their_mean() -> None:
    development = (Example("good", "positive", origin="set"), Example("bad", "negative", origin="set"))
    right, wrong = np.array([[0.0, 0, 9], [9, 0, 0]]), np.array([[1.0, 0, 0], [0, 0, 1]])
    rest = {"development.topics": np.zeros((2, 2)), "development.company": np.zeros((0, 3))}
    each = [{"development.sentiment": one, **rest} for one in (right, wrong)]
    of = school([], 3, development)
    assert scores(of, each) == {"set.sentiment": 1.0}
    assert scores(of, each[1:]) == {"set.sentiment": 0.0}
