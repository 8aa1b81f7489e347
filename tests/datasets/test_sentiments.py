"""Labels as people write them: one meaning each, or refused."""

from __future__ import annotations

import math
from typing import Any

import pytest

from monitor.datasets.sentiments import is_scale, read
from monitor.records import SENTIMENTS


@pytest.mark.parametrize(
    ("words", "sentiment"),
    [
        (
            ("negative", "NEGATIVE", " Neg ", "负面", "負面", "消极", "负向", "ｎｅｇ", "__label__negative"),
            "negative",
        ),
        (("neutral", "neu", "中性", "中立"), "neutral"),
        (("Positive", "pos", "正面", "积极", "積極", "正向"), "positive"),
        ((None, math.nan, "", " ", "NA", "n/a", "None", "NaN", "null", "<NA>"), None),
    ],
)
def test_words_of_one_meaning(words: tuple[Any, ...], sentiment: str | None) -> None:
    assert sentiment is None or sentiment in SENTIMENTS
    assert [read(word) for word in words] == [sentiment] * len(words)


@pytest.mark.parametrize("label", [-1, "-1", "-1.0", -1.0])
def test_numbers_stay_numbers(label: Any) -> None:
    assert read(label) == -1
    assert [read(one) for one in (0, "0", "+1", "2")] == [0, 0, 1, 2]


@pytest.mark.parametrize(
    "label",
    [
        "bullish",
        "Bearish",
        "利好",
        "利空",
        "mixed",
        "n",
        "p",
        "LABEL_0",
        "0.5",
        0.5,
        math.inf,
        True,
        ["negative"],
        {},
    ],
)
def test_other_labels_are_refused(label: Any) -> None:
    with pytest.raises(ValueError):
        read(label)


@pytest.mark.parametrize(
    ("numbers", "scale"),
    [
        ([-1, 0, 1], True),
        ([1, -1], True),
        ([0, 1], False),
        ([0, 1, 2], False),
        ([-1], False),
        ([-1, 1, 2], False),
    ],
)
def test_a_scale_has_both_ends_and_nothing_beyond(numbers: list[int], scale: bool) -> None:
    assert is_scale(numbers) is scale
