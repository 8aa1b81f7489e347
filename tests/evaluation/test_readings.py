"""What a labelled file says for a certificate."""

from __future__ import annotations

import numpy as np

from monitor.evaluation import readings
from monitor.records import Example
from monitor.testing import make_prediction


def test_a_text_counts_once_and_contradicting_rows_as_wrong() -> None:
    rows = [
        Example("profit rises", "positive"),
        Example("profit rises", "positive"),
        Example("profit falls", "negative"),
        Example("profit falls", "neutral"),
        Example("no label"),
    ]
    found = readings.distinct(rows, "sentiment")
    assert [one.text for one in found.examples] == ["profit rises", "profit falls"]
    assert (found.labels, found.repeated, found.contradicted) == (("positive", None), 2, 1)
    told = [make_prediction(positive=0.9, negative=0.05, neutral=0.05)] * 2
    sample, groups = readings.sample(found, told)
    assert sample.wrong.tolist() == [False, True]
    assert sample.score.tolist() == [0.9, 0.9]
    assert groups == {"language": ["en", "en"], "class": ["positive", "positive"]}


def test_companies_of_one_text_are_one_block() -> None:
    row = Example("Acme gains, Bolt falls", companies=(("Acme", "positive"), ("Bolt", "negative")))
    found = readings.distinct(
        [row, Example("博特铁路亏损", companies=(("博特铁路", "negative"),))], "company"
    )
    assert [one.companies for one in found.examples] == [
        (("Acme", "positive"),),
        (("Bolt", "negative"),),
        (("博特铁路", "negative"),),
    ]
    towards = {"Acme": {"positive": 0.8, "neutral": 0.1, "negative": 0.1}}
    one = make_prediction(positive=0.2, negative=0.5, neutral=0.3, companies=towards)
    sample, groups = readings.sample(found, [one] * 3)
    assert sample.block.tolist() == [0, 0, 1]
    assert sample.score.tolist() == [0.8, 0.5, 0.5]
    assert sample.wrong.tolist() == [False, False, False]
    assert groups["language"] == ["en", "en", "zh"]
    assert len(sample.accepted(0.4)) == 2


def test_what_the_model_cannot_judge_is_never_accepted() -> None:
    found = readings.distinct([Example("?", "neutral")], "sentiment")
    sample, _ = readings.sample(found, [make_prediction(unsupported="no text")])
    assert sample.score.tolist() == [-np.inf]


def test_the_digest_does_not_depend_on_order_or_repetition() -> None:
    rows = [Example("a", "positive"), Example("b", "negative"), Example("a", "positive")]
    one, other = readings.distinct(rows, "sentiment"), readings.distinct(rows[::-1], "sentiment")
    assert one.digest == other.digest
    assert one.digest != readings.distinct(rows[:1], "sentiment").digest
