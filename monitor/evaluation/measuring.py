"""A classifier measured on examples: asked in batches, and its answers compared with what is known."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from monitor.errors import PluginError
from monitor.evaluation import metrics
from monitor.hookspecs import Classifier, Progress
from monitor.records import Article, Example, Mention, Prediction

BATCH = 128


def measure(
    classifier: Classifier, examples: Sequence[Example], task: str, now: datetime, progress: Progress
) -> dict[str, Any]:
    """Metrics of a loaded classifier on the `examples` that have a label for `task`
    ("sentiment", "topics" or "company"; see `monitor.evaluation.metrics`), with `texts_per_second`."""
    known: Mapping[str, Callable[[Example], object]] = {
        "sentiment": lambda example: example.sentiment,
        "topics": lambda example: example.topics,
        "company": lambda example: example.companies,
    }
    asked = [example for example in examples if known[task](example)]
    started = time.perf_counter()
    found = judged(classifier, asked, now, "classify", progress)
    seconds = time.perf_counter() - started
    if task == "topics":
        measured = metrics.evaluate_topics([example.topics or () for example in asked], found)
    elif task == "company":
        measured = metrics.evaluate_company([example.companies for example in asked], found)
    else:
        measured = metrics.evaluate_sentiment([example.sentiment or "" for example in asked], found)
    return {**measured, "texts_per_second": round(len(asked) / max(seconds, 1e-9), 1)}


def judged(
    classifier: Classifier, examples: Sequence[Example], now: datetime, what: str, progress: Progress
) -> list[Prediction]:
    """What `classifier` says of each example; its companies are asked about by the names in the text.

    Raises PluginError where it answers another number of them.
    """
    told: list[Prediction] = []
    for start in range(0, len(examples), BATCH):
        batch = [_article(example, now) for example in examples[start : start + BATCH]]
        found = classifier.classify(batch)
        if len(found) != len(batch):
            raise PluginError(f"{classifier.kind!r} gave {len(found)} predictions for {len(batch)} articles")
        told.extend(found)
        progress(what, len(told), len(examples))
    return told


def checked(metrics: object, kind: str) -> Any:
    """Metrics as JSON knows them. Raises PluginError, naming the classifier, for what it does not."""
    try:
        return json.loads(json.dumps(metrics, allow_nan=False))
    except (TypeError, ValueError) as error:
        raise PluginError(f"classifier {kind!r}: it returned metrics that are not JSON: {error}") from error


def _article(example: Example, now: datetime) -> Article:
    """The example as an article that mentions its companies, whose ids are the names in the text."""
    starts = {name: max(0, example.text.find(name)) for name, _ in example.companies}
    return Article.unstored(
        example.text,
        now,
        source=example.origin,
        mentions=tuple(Mention(name, name, start, start + len(name)) for name, start in starts.items()),
    )
