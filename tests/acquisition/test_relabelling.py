"""Which labelled texts are read again: those whose label the model doubts more than it doubts new ones."""

from __future__ import annotations

import numpy as np

from monitor.acquisition.relabelling import Read, worth_again
from monitor.records import SENTIMENTS

SURE = dict(zip(SENTIMENTS, (0.9, 0.05, 0.05), strict=True))
UNSURE = dict(zip(SENTIMENTS, (0.4, 0.35, 0.25), strict=True))


def test_a_label_that_the_model_contradicts_comes_before_texts_it_knows() -> None:
    read = [
        Read(1, "ann", "negative", SURE),
        Read(2, "ann", "positive", SURE),
        Read(3, "ann", "negative", SURE),
    ]
    known = np.array([[0.95, 0.03, 0.02]] * 5)
    assert worth_again(read, known, 1) == [2]
    unknown = np.array([[0.34, 0.33, 0.33]] * 5)
    assert worth_again(read, unknown, 1) == [2], "contradicted outright, it is doubted more than any guess"
    agreed = [one for one in read if one.text_id != 2]
    assert worth_again(agreed, unknown, 5) == [], "five new texts that nobody knows come first"


def test_what_two_have_read_is_not_asked_a_third_time() -> None:
    read = [
        Read(1, "ann", "negative", UNSURE),
        Read(1, "bob", "positive", UNSURE),
        Read(2, "ann", "positive", SURE),
    ]
    assert worth_again(read, np.array([[0.98, 0.01, 0.01]]), 3) == [2]


def test_what_tells_no_numbers_is_left_out() -> None:
    odd = dict.fromkeys(SENTIMENTS, float("nan"))
    read = [Read(1, "ann", "negative", odd), Read(2, "ann", "positive", {})]
    assert worth_again(read, np.zeros((0, 3)), 3) == []
    some = [*read, Read(3, "ann", "positive", SURE)]
    assert worth_again(some, np.array([[np.nan] * 3, [0.9, 0.05, 0.05]]), 3) == [3]
    assert worth_again([], np.zeros((0, 3)), 3) == []
