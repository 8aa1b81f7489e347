"""Guards: harm where it is shown, and "too few to tell" where it could not be."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
import pytest

from monitor.evaluation.checklist import Case, Outcome
from monitor.evaluation.guards import Behaviour, Guard, guarded
from monitor.messages import said
from monitor.records import SENTIMENTS, Example, Prediction
from monitor.testing import make_prediction


def says(label: str, **fields: object) -> Prediction:
    return make_prediction(**{name: 0.8 if name == label else 0.1 for name in SENTIMENTS}, **fields)


TRUTH = ["negative", "neutral", "positive"] * 60
GOLD = [Example(f"text {i}", label) for i, label in enumerate(TRUTH)]
PERFECT = [says(label) for label in TRUTH]


def found(
    champion: Sequence[Prediction],
    challenger: Sequence[Prediction],
    gold: Sequence[Example] = GOLD,
    languages: Sequence[str] = (),
    behaviour: Behaviour | None = None,
) -> dict[str, Guard]:
    guards = guarded(champion, challenger, gold, languages, behaviour, max_drop=0.02, level=0.05)
    return {one.name: one for one in guards}


def wrong(rows: Iterable[int]) -> list[Prediction]:
    some = set(rows)
    return [says("neutral" if one != "neutral" else "negative") if row in some else says(one)
            for row, one in enumerate(TRUTH)]  # fmt: skip


def test_alike_models_show_too_few_differences() -> None:
    assert {one.state for name, one in found(PERFECT, PERFECT).items() if name != "calibration"} == {"few"}


def test_a_recall_on_few_examples_is_not_judged() -> None:
    guards = found(PERFECT, wrong([0, 3]))
    assert guards["recall:negative"].state == "few"
    assert guards["recall:negative"].told() == "recall of negative: too few to tell (2 differ)"
    assert guards["recall:negative"].after < guards["recall:negative"].before


def test_a_language_that_is_harmed() -> None:
    languages = ["zh" if row % 2 else "en" for row in range(len(GOLD))]
    guards = found(PERFECT, wrong(range(1, 60, 2)), languages=languages)
    assert guards["language:zh"].state == "harmed" and guards["language:en"].state == "few"
    assert guards["language:zh"].told().startswith("accuracy in language zh falls from 100.0% to 66.7% (p = ")
    assert said(guards["language:zh"].told(), "zh").startswith("语言 zh 的准确率从 100.0% 降到 66.7%")
    assert "language:" not in found(PERFECT, PERFECT, languages=["", *languages[1:]])


def test_topics_and_companies_are_guarded_where_there_is_enough_to_tell() -> None:
    pairs = (("acme", "positive"), ("bolt", "negative"))
    gold = [replace(one, topics=("legal",), companies=pairs) for one in GOLD]
    right = {name: says(label).sentiment for name, label in pairs}
    good = [replace(one, topics={"legal": 0.9, "deal": 0.1}, companies=right) for one in PERFECT]
    bad = [replace(one, topics={"legal": 0.1, "deal": 0.9}) for one in PERFECT]
    guards = found(good, bad, gold)
    assert guards["topics"].state == guards["company"].state == "harmed"
    assert guards["company"].differ == len(GOLD), "both companies of one text are one block"
    assert (guards["topics"].before, guards["topics"].after) == (1.0, 0.0)
    few = found(good[:4], bad[:4], gold[:4])
    assert few["topics"].state == few["company"].state == "few"


def test_harm_must_be_larger_than_what_may_be_lost() -> None:
    gold = [Example(f"t {i}", "negative") for i in range(2000)]
    old = [says("negative")] * 2000
    new = [says("neutral")] * 30 + old[30:]
    guards = found(old, new, gold)
    assert guards["recall:negative"].p < 1e-6
    assert guards["recall:negative"].state == "fine", "1.5 points of the two that may be lost"


def test_calibration_that_is_harmed() -> None:
    gold = GOLD * 2
    gold = [replace(one, text=f"{one.text} {row}") for row, one in enumerate(gold)]
    rows = set(range(0, 360, 5))
    sober = [make_prediction(**{name: 0.8 if name == label else 0.1 for name in SENTIMENTS})
             for label in said_by(gold, rows)]  # fmt: skip
    sure = [make_prediction(**{name: 0.998 if name == label else 0.001 for name in SENTIMENTS})
            for label in said_by(gold, rows)]  # fmt: skip
    assert found(sober, sure, gold)["calibration"].state == "harmed"
    assert found(sure, sober, gold)["calibration"].state == "fine"
    assert found(sober[:90], sure[:90], gold[:90])["calibration"].state == "few"


def said_by(gold: Sequence[Example], mistaken: set[int]) -> list[str]:
    return ["neutral" if row in mistaken and one.sentiment != "neutral" else str(one.sentiment)
            for row, one in enumerate(gold)]  # fmt: skip


def test_the_check_list_case_by_case() -> None:
    cases = [Case("negation" if i % 2 else "sarcasm", "en", "negative", (f"case {i}",)) for i in range(80)]
    all_passed = [Outcome(case, True, ("negative",)) for case in cases]
    some = [replace(one, passed=one.case.capability != "negation") for one in all_passed]
    guards = found(PERFECT, PERFECT, behaviour=(all_passed, some))
    assert guards["capability:negation"].state == guards["behaviour"].state == "harmed"
    assert guards["capability:sarcasm"].state == "few"
    assert guards["behaviour"].after == 0.5
    better = found(PERFECT, PERFECT, behaviour=(some, all_passed))
    assert better["behaviour"].state == "fine"
    assert better["behaviour"].told() == (
        "the check-list's share passed: no harm shown (50.0% before, 100.0% after)"
    )
    assert "behaviour" not in found(PERFECT, PERFECT, behaviour=([], []))


@pytest.mark.parametrize("seed", range(3))
def test_equal_models_are_seldom_called_harmful(seed: int) -> None:
    rng = np.random.default_rng(seed)
    harmed = 0
    for _ in range(30):
        old, new = (wrong(rng.choice(180, 18, replace=False).tolist()) for _ in range(2))
        guards = found(old, new, languages=["en", "zh"] * 90)
        harmed += any(one.state == "harmed" for one in guards.values())
    assert harmed <= 4


def misread(rng: np.random.Generator, truth: Sequence[str], error: float) -> list[Example]:
    """What readers say of these texts, who take some for one of the two other classes."""
    labels = [
        SENTIMENTS[(SENTIMENTS.index(one) + int(rng.integers(1, 3))) % 3] if rng.random() < error else one
        for one in truth
    ]
    return [Example(f"text {i}", label) for i, label in enumerate(labels)]


def test_telling_a_rare_class_better_is_no_harm_where_readers_err() -> None:
    """The champion takes many neutral texts for negative ones, and is right of those that are misread so."""
    rng = np.random.default_rng(0)
    truth = ["negative"] * 60 + ["neutral"] * 540
    gold = misread(rng, truth, 0.12)
    champion = [says("negative" if one == "negative" or rng.random() < 0.4 else one) for one in truth]
    challenger = [says(one) for one in truth]
    options = {"max_drop": 0.02, "level": 0.05}
    blind = {one.name: one for one in guarded(champion, challenger, gold, **options)}
    told = {one.name: one for one in guarded(champion, challenger, gold, error=0.12, **options)}
    assert blind["recall:negative"].state == "harmed" and told["recall:negative"].state == "fine"
    worse = [says("neutral") if one == "negative" and rng.random() < 0.7 else says(one) for one in truth]
    harmed = {one.name: one for one in guarded(challenger, worse, gold, error=0.12, **options)}
    assert harmed["recall:negative"].state == "harmed", "what is lost in truth is harm still"


def test_a_sure_model_is_not_overconfident_for_what_readers_misread() -> None:
    rng = np.random.default_rng(0)
    truth = [SENTIMENTS[one] for one in rng.integers(0, 3, 900)]
    gold = misread(rng, truth, 0.15)
    unsure = [make_prediction(**{name: 0.5 if name == one else 0.25 for name in SENTIMENTS}) for one in truth]
    unsure = [one if rng.random() < 0.5 else unsure[(i + 1) % 900] for i, one in enumerate(unsure)]
    sure = [make_prediction(**{name: 0.98 if name == one else 0.01 for name in SENTIMENTS}) for one in truth]
    options = {"max_drop": 0.02, "level": 0.05}
    blind = {one.name: one for one in guarded(unsure, sure, gold, **options)}
    told = {one.name: one for one in guarded(unsure, sure, gold, error=0.15, **options)}
    assert blind["calibration"].state == "harmed" and told["calibration"].state == "fine"
