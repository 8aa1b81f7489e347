"""From a fitted network to a model folder: pack, calibrate, measure what was packed, write."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
from scipy import special

from monitor import Example
from monitor_plugins.transformer.fitting import calibration, card
from monitor_plugins.transformer.fitting.start import Start
from monitor_plugins.transformer.fitting.targets import Targets, score
from monitor_plugins.transformer.fitting.texts import Texts
from monitor_plugins.transformer.network import folder
from monitor_plugins.transformer.network.building import build, capture
from monitor_plugins.transformer.network.weights import Array, pack, unpack


@dataclass(frozen=True, slots=True)
class Facts:
    """What the card and the metrics say beside the figures."""

    data: str  # the snapshot's id
    training: Mapping[str, Any]
    data_sets: Sequence[tuple[str, str, str]] = ()  # title, language, licence
    judged: Mapping[str, frozenset[str]] = field(default_factory=dict)


def release(
    out: Path,
    begun: Start,
    development: Sequence[Example],
    facts: Facts,
    *,
    calibrated: bool = True,
) -> dict[str, Any]:
    """Write the model of `begun` to the folder `out`; its metrics. Every figure is of the weights as they
    are stored.

    The temperatures in its configuration stay, and its topics' intercepts, where it is not to be
    `calibrated` or development has too few texts to fit them.
    """
    config, tensors = begun.config, unpack(pack(capture(begun.model)))
    stored = folder.Model(config, tensors, begun.tokenizer_text, begun.tokenizer_config)
    served, tokens = build(stored, out)
    texts = Texts(development, tokens, config.padding, config.max_tokens, config.ngrams)
    wanted = Targets.of(development, config.topics, facts.judged)
    logits = texts.predict(served)
    if calibrated:
        stored, logits = centre(stored, logits, wanted)
        config = calibrate(config, logits, wanted)
    metrics = {
        "development": report(config, logits, development, wanted),
        "temperatures": dict(config.temperatures),
        "max_tokens": config.max_tokens,
        "data": facts.data,
        "parent": begun.parent,
        "training": dict(facts.training),
        "versions": {name: metadata.version(name) for name in ("torch", "transformers", "tokenizers")},
        "python": platform.python_version(),
    }
    folder.write(out, replace(stored, config=config), metrics, card.card(config, metrics, facts.data_sets))
    return metrics


def centre(
    stored: folder.Model, logits: tuple[Array, Array, Array], wanted: Targets
) -> tuple[folder.Model, tuple[Array, Array, Array]]:
    """The model with its topics' intercepts fitted to the logits of development examples, and the logits
    that it gives them."""
    judged = wanted.judged.numpy()
    if (judged.sum(1) > 0).sum() < calibration.ENOUGH:
        return stored, logits
    added = calibration.topic_intercepts(logits[1], wanted.topics.numpy(), judged).astype(np.float32)
    tensors = dict(stored.tensors) | {"topics.bias": stored.tensors["topics.bias"] + added}
    return replace(stored, tensors=tensors), (logits[0], logits[1] + added, logits[2])


def calibrate(config: folder.Config, logits: tuple[Array, Array, Array], wanted: Targets) -> folder.Config:
    """`config` with temperatures fitted to logits of development examples."""
    found = dict(config.temperatures)
    for task, some, allowed in (
        ("sentiment", logits[0], wanted.allowed.numpy()),
        ("company", logits[2], wanted.company.numpy()),
    ):
        rows = np.flatnonzero(allowed.sum(1) == 1)
        if len(rows) >= calibration.ENOUGH:
            found[task] = calibration.sentiment_temperature(some[rows], allowed[rows].argmax(1))
    judged = wanted.judged.numpy()
    if (judged.sum(1) > 0).sum() >= calibration.ENOUGH:
        found["topics"] = calibration.topic_temperature(logits[1], wanted.topics.numpy(), judged)
    return replace(config, temperatures={task: round(value, 4) for task, value in found.items()})


def report(
    config: folder.Config,
    logits: tuple[Array, Array, Array],
    examples: Sequence[Example],
    wanted: Targets,
) -> dict[str, Any]:
    """Scores per set, and calibration errors at the configuration's temperatures."""
    found: dict[str, Any] = {"examples": len(examples), "scores": {}}
    if not examples:
        return found
    found["scores"] = score(*logits, examples, wanted)
    for task, some, allowed in (
        ("sentiment", logits[0], wanted.allowed.numpy()),
        ("company", logits[2], wanted.company.numpy()),
    ):
        rows = np.flatnonzero(allowed.sum(1) == 1)
        if len(rows):
            chances = special.softmax(some[rows] / config.temperatures[task], axis=1)
            right = chances.argmax(1) == allowed[rows].argmax(1)
            error = calibration.expected_calibration_error(chances.max(1), right)
            found[f"{task}_calibration_error"] = round(error, 5)
    known = wanted.judged.numpy() > 0
    if known.any():
        chances = special.expit(logits[1][known] / config.temperatures["topics"])
        right = (chances >= 0.5) == (wanted.topics.numpy()[known] > 0)
        error = calibration.expected_calibration_error(np.maximum(chances, 1 - chances), right)
        found["topics_calibration_error"] = round(error, 5)
    return found
