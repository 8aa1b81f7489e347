"""A check-list of behaviours: what a classifier must do whatever its accuracy is.

After Ribeiro et al. 2020, Beyond accuracy: behavioral testing of NLP models with CheckList
(https://arxiv.org/abs/2005.04118). A case is one of three tests:

    minimum functionality   every text has the expected sentiment
    invariance              all texts have one sentiment, whichever (`same`)
    direction               the second text is better, or worse, than the first

The cases that are shipped were written for it; no data set has them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import resources
from typing import Any

from monitor.records import SENTIMENTS, Article, Mention, Prediction

Classify = Callable[[Sequence[Article]], Sequence[Prediction]]
EXPECTED = (*SENTIMENTS, "same", "better", "worse")
BATCH = 64
_WRITTEN_AT = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Case:
    """One test. `language` is `en`, `zh`, or `en+zh` for one text in each; with a `company` it is
    the sentiment towards it that counts, by the name that stands in the texts."""

    capability: str
    language: str
    expected: str  # one of EXPECTED
    texts: tuple[str, ...]
    company: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a case came out; `found` are the sentiments its texts were given."""

    case: Case
    passed: bool
    found: tuple[str, ...]


def shipped() -> list[Case]:
    """The cases that come with the monitor."""
    text = resources.files("monitor").joinpath("defaults", "checklist.jsonl").read_text("utf-8")
    cases = [json.loads(line) for line in text.splitlines()]
    return [Case(**{**case, "texts": tuple(case["texts"])}) for case in cases]


def check(classify: Classify, cases: Sequence[Case]) -> list[Outcome]:
    """Each case's outcome, in order. Raises what `classify` raises."""
    asked = [_article(case, i) for case in cases for i in range(len(case.texts))]
    told: list[Prediction] = []
    for start in range(0, len(asked), BATCH):
        told.extend(classify(asked[start : start + BATCH]))
    outcomes, place = [], 0
    for case in cases:
        judged = [
            one.towards(case.company) if case.company else one.sentiment
            for one in told[place : place + len(case.texts)]
        ]
        place += len(case.texts)
        found = tuple(max(one, key=one.__getitem__) for one in judged)
        outcomes.append(Outcome(case, _passes(case.expected, judged, found), found))
    return outcomes


def rates(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """`{"cases": how many, "passed": their share}` of all outcomes and, under `capabilities` and
    `languages`, of each, as JSON has it."""
    found = _rate(outcomes)
    for field in ("capability", "language"):
        names = dict.fromkeys(getattr(one.case, field) for one in outcomes)
        found["capabilities" if field == "capability" else "languages"] = {
            name: _rate([one for one in outcomes if getattr(one.case, field) == name]) for name in names
        }
    return found


def _passes(expected: str, judged: Sequence[Mapping[str, float]], found: Sequence[str]) -> bool:
    if expected in SENTIMENTS:
        return set(found) == {expected}
    if expected == "same":
        return len(set(found)) == 1
    first, second = (one["positive"] - one["negative"] for one in judged)
    return second > first if expected == "better" else second < first


def _rate(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    passed = sum(one.passed for one in outcomes)
    return {"cases": len(outcomes), "passed": round(passed / len(outcomes), 4) if outcomes else 0.0}


def _article(case: Case, which: int) -> Article:
    text = case.texts[which]
    start = text.find(case.company)
    mentions = (
        (Mention(case.company, case.company, start, start + len(case.company)),) if case.company else ()
    )
    return Article.unstored(
        text,
        _WRITTEN_AT,
        source="checklist",
        language=case.language.split("+")[which] if "+" in case.language else case.language,
        mentions=mentions,
    )
