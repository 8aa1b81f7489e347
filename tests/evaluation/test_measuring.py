"""Measuring a classifier on examples."""

from __future__ import annotations

import json
from collections.abc import Sequence

from monitor.evaluation import measuring
from monitor.hookspecs import silent as quiet
from monitor.records import Article, Example, Prediction
from monitor.testing import EXAMPLES, Clock, FakeClassifier


def test_evaluate_measures_what_has_the_task_s_label(clock: Clock) -> None:
    some = [*EXAMPLES, Example("no label at all", None, None), Example("only a topic", None, ("legal",))]
    sentiment = measuring.measure(FakeClassifier(), some, "sentiment", clock(), quiet)
    assert sentiment["n"] == 9 and sentiment["accuracy"] == 1.0 and sentiment["texts_per_second"] > 0
    topics = measuring.measure(FakeClassifier(), some, "topics", clock(), quiet)
    assert topics["n"] == 10
    wanted = {"n", "accuracy", "macro_f1", "weighted_f1", "micro_f1", "ece", "texts_per_second"}
    assert wanted <= set(sentiment) and wanted <= set(topics)
    json.dumps([sentiment, topics], allow_nan=False)


def test_evaluate_asks_about_each_company_of_a_text_at_once(clock: Clock) -> None:
    seen: list[Article] = []

    class Watching(FakeClassifier):
        def classify(self, some: Sequence[Article]) -> list[Prediction]:
            seen.extend(some)
            return super().classify(some)

    text = "Record profit lifts Acme; Bolt shares plunge after fraud probe"
    pairs = (("Acme", "positive"), ("Bolt", "negative"), ("Unheard Of", "positive"))
    some = [Example(text, companies=pairs), Example("Acme falls", "negative")]
    found = measuring.measure(Watching(), some, "company", clock(), quiet)
    assert (found["n"], found["accuracy"]) == (3, 1.0), "what is not in the text fares as its beginning"
    (article,) = seen
    assert article.named == {name: name for name, _ in pairs}
    assert [article.content[one.start : one.end] for one in article.mentions[:2]] == ["Acme", "Bolt"]


def test_evaluate_classifies_in_batches_in_order(clock: Clock) -> None:
    sizes: list[int] = []

    class Counting(FakeClassifier):
        def classify(self, some: Sequence[Article]) -> list[Prediction]:
            sizes.append(len(some))
            return super().classify(some)

    steps: list[tuple[str, float, float]] = []
    many = [EXAMPLES[i % len(EXAMPLES)] for i in range(300)]
    found = measuring.measure(Counting(), many, "sentiment", clock(), lambda *step: steps.append(step))
    assert found["accuracy"] == 1.0 and sum(sizes) == 300 and max(sizes) == measuring.BATCH
    assert steps[-1] == ("classify", 300, 300)
