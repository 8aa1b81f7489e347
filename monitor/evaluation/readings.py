"""What a labelled file and a model's predictions say for a certificate: distinct readings, right or wrong.

A text counts once, however many rows have it. Rows of one text that contradict each other say that nobody
knows what is right: the text counts once and as wrong, whatever the model says of it. Rows without a label
are no readings; the bound holds for their texts too only where chance decided which rows have one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from monitor.evaluation import certificate
from monitor.evaluation.bounds import Sample
from monitor.news.languages import detect_language
from monitor.records import Example, Prediction, likeliest


@dataclass(frozen=True, slots=True)
class Readings:
    """Distinct texts to judge, and what was read of each: `label` is None where rows contradict each other.
    For companies there is one example for each text and company. `repeated` counts the rows that said again
    what another had said, `contradicted` the readings whose rows differ."""

    examples: tuple[Example, ...]
    labels: tuple[str | None, ...]
    repeated: int
    contradicted: int

    @property
    def digest(self) -> str:
        """SHA-256 of what was read, whatever the order of the rows."""
        pairs = zip(self.examples, self.labels, strict=True)
        return certificate.digest(
            ("\n".join([one.text, *(name for name, _ in one.companies)]), label or "?")
            for one, label in pairs
        )


def distinct(examples: Sequence[Example], task: str) -> Readings:
    """The readings of a file's examples, for the `task` "sentiment" or "company"."""
    said: dict[tuple[str, str], set[str]] = {}
    origin: dict[tuple[str, str], str] = {}
    rows = 0
    for one in examples:
        pairs = one.companies if task == "company" else (("", one.sentiment),) if one.sentiment else ()
        for name, label in pairs:
            said.setdefault((one.text, name), set()).add(str(label))
            origin.setdefault((one.text, name), one.origin)
            rows += 1
    found: list[Example] = []
    labels: list[str | None] = []
    for (text, name), some in said.items():
        agreed = next(iter(some)) if len(some) == 1 else None
        companies = ((name, agreed or "neutral"),) if name else ()
        found.append(Example(text, agreed, origin=origin[text, name], companies=companies))
        labels.append(agreed)
    contradicted = sum(label is None for label in labels)
    return Readings(tuple(found), tuple(labels), rows - len(found), contradicted)


def sample(
    readings: Readings, predictions: Sequence[Prediction]
) -> tuple[Sample, Mapping[str, Sequence[str]]]:
    """The sample that the predictions, one per reading, make of the readings; and the language of each and
    the sentiment that it was given. What the model says it cannot judge is never accepted, as in routing."""
    score, wrong, given = [], [], []
    for one, label, said in zip(readings.examples, readings.labels, predictions, strict=True):
        likely = said.towards(one.companies[0][0]) if one.companies else said.sentiment
        chosen = likeliest(likely)
        score.append(-np.inf if said.unsupported else max(likely.values()))
        wrong.append(label is None or chosen != label)
        given.append(chosen)
    blocks = {text: place for place, text in enumerate(dict.fromkeys(one.text for one in readings.examples))}
    found = Sample.of(
        np.array(score, float),
        np.array(wrong, bool),
        block=np.array([blocks[one.text] for one in readings.examples], np.int64),
    )
    # A headline of names and figures says little of its language: what is in Latin letters counts as English.
    languages = [detect_language(one.text, "en") for one in readings.examples]
    return found, {"language": languages, "class": given}
