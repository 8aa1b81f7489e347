"""How well the model judges, set by set, beside simpler methods fitted on the same texts.

    python -m benchmarks.quality --data DIR [--model models/default] [--base DIR] [--fine-tune] [--json]

Everything is measured on the development split of `models/train.py`, whose near-duplicates all
stand on one side; the sets' published test parts are not read. Baselines are fitted on the training texts of
the one set they are measured on (`benchmarks/baselines.py`), the model on all of them at once. With `--base`
they include the sentence vectors of the encoder in that folder.

With `--fine-tune`, sets that must not be in a shipped model (Financial PhraseBank, FiQA) are split the same
way, the model is fitted further on the training part of each in a temporary folder, and measured.
Intervals are 95% percentile bootstraps over texts.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.baselines import embedded, tfidf
from benchmarks.machine import command, describe, rounded
from benchmarks.questions import PARTIAL, Question, ask, measure
from monitor import Example, Snapshot
from monitor_models.datasets import DATA_SETS, group, read_examples, read_topics, split
from monitor_plugins.transformer import Transformer
from monitor_plugins.transformer.serving.engine import Engine

HELD_OUT = {"fpb": "sentiment/fpb_train.csv", "fiqa": "sentiment/fiqa_train.csv"}
"""Sets that no shipped model may be fitted on."""

PUBLISHED = {
    "tfns.sentiment": {
        "measure": "weighted_f1",
        "FinGPT v3.3 (13B)": 0.903,
        "DistilBERT": 0.902,
        "FinBERT-tone": 0.884,
        "TF-IDF": 0.843,
    },
    "fpb.sentiment": {
        "measure": "weighted_f1",
        "FinGPT v3.3 (13B)": 0.882,
        "FinBERT": 0.880,
        "GPT-4": 0.833,
        "TF-IDF": 0.786,
    },
    "fiqa.sentiment": {"measure": "weighted_f1", "FinGPT v3.3 (13B)": 0.874, "GPT-4": 0.630, "TF-IDF": 0.682},
    "sentfin.company": {"measure": "accuracy", "RoBERTa, FinBERT": 0.943, "TF-IDF": 0.766},
    "tfn_topic.topics": {"measure": "accuracy", "FinBERT-tone": 0.911, "TF-IDF": 0.853},
    "finfe.sentiment": {"measure": "macro_f1", "TF-IDF": 0.696},
    "finnl.topics": {"measure": "micro_f1", "TF-IDF": 0.813},
    "cfsc.company": {"measure": "accuracy", "TF-IDF": 0.807},
    "negative_entity.sentiment": {"measure": "macro_f1", "TF-IDF": 0.947},
}
"""On the sets' published test parts, which are easier: near-duplicates stand on both sides of them."""

AIMS = {
    "tfns.sentiment": 0.90,
    "fpb.sentiment": 0.88,
    "fiqa.sentiment": 0.86,
    "sentfin.company": 0.92,
    "tfn_topic.topics": 0.89,
    "finnl.topics": 0.86,
    "cfsc.company": 0.86,
}
"""What the project wants to reach of each one's published measure, on its published test part."""
AHEAD = {"finfe.sentiment": 0.05, "negative_entity.sentiment": 0.0}
"""How far to be ahead of the simpler methods, where nothing comparable is published."""


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure the model beside simpler methods.")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--model", type=Path, default=Path("models/default"))
    parser.add_argument("--base", help="measure logistic regression on this encoder's sentence vectors too")
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results/quality.json"))
    parser.add_argument("--baselines", type=Path, help="take the baselines' figures from this earlier result")
    parser.add_argument("--fine-tune", action="store_true", help="measure on the sets kept out of the model")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    arguments = parser.parse_args()

    topics, judged = read_topics(arguments.data)
    snapshot = split(read_examples(arguments.data))
    earlier = _earlier(arguments.baselines, snapshot.id)
    engine = Engine.load(arguments.model)
    vectors = _encoder(arguments.base, topics) if arguments.base else None
    sets: dict[str, Any] = {}
    for one in DATA_SETS:
        sides = [
            [example for example in side if example.origin == one.name]
            for side in (snapshot.train, snapshot.development)
        ]
        names = [name for name in topics if name in judged.get(one.name, ())]
        for task in ("sentiment", "topics", "company"):
            train, held = (ask(side, task, one.language, names) for side in sides)
            if not held.texts:
                continue
            key = f"{one.name}.{task}"
            if key in earlier:
                figures = {
                    name: earlier[key][name] for name in ("tfidf", "embeddings") if name in earlier[key]
                }
            else:
                figures = {"tfidf": tfidf(train, held)}
            if vectors is not None and task != "company" and "embeddings" not in figures:
                figures["embeddings"] = embedded(train, held, vectors)
            figures["model"] = judge(engine, held)
            sets[key] = {"train": len(train.texts), "development": len(held.texts), **figures}
            _report(key, sets[key])
    if arguments.fine_tune:
        for name, file in HELD_OUT.items():
            key = f"{name}.sentiment"
            sets[key] = fine_tuned(arguments.data / file, arguments.model)
            _report(key, sets[key])
    for key, figures in sets.items():
        figures["published"] = PUBLISHED.get(key, {})
        figures["aim"] = aim(key, figures)
    result = {
        "command": command(parser, arguments),
        "model": engine.config.id,
        "data": snapshot.id,
        "sets": sets,
        **describe("torch", "transformers", "scikit-learn", "numpy"),
    }
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=1) if arguments.json else table(result))
    return 0


def judge(engine: Engine, held: Question) -> dict[str, Any]:
    """The model's figures."""
    started = time.perf_counter()
    outcome = engine.judge(held.texts, [[name] for name in held.companies])
    seconds = time.perf_counter() - started
    if held.task == "topics":
        chances = outcome.topics[:, [engine.config.topics.index(name) for name in held.classes]]
    elif held.task == "company":
        chances = np.concatenate(list(outcome.company))
    else:
        chances = outcome.sentiment
    if held.classes is PARTIAL:
        chances = np.stack([chances[:, 0], chances[:, 1:].sum(1)], axis=1)
    return {**measure(held, chances), "texts_per_second": rounded(len(held.texts) / seconds)}


def _encoder(base: str, topics: Sequence[str]) -> Engine:
    from monitor_plugins.transformer.fitting.start import from_base

    begun = from_base(base, topics, "base", max_tokens=128, ngrams=0)
    begun.model.eval().requires_grad_(False)
    return Engine(begun.config, begun.model, begun.tokenizer, begun.config.max_tokens, 2048)


# --- sets kept out of the shipped model -------------------------------------------------


def read_held_out(file: Path) -> list[Example]:
    """The texts of one of those sets, each once, grouped by near-duplicate."""
    with file.open(encoding="utf-8", newline="") as lines:
        rows = {row["text"]: row["label"] for row in csv.DictReader(lines)}
    return [
        Example(text, label, origin=file.stem, group=name)
        for (text, label), name in zip(rows.items(), group(list(rows)), strict=True)
    ]


def fine_tuned(file: Path, model: Path) -> dict[str, Any]:
    """Figures of the model after fitting it further on nine tenths of the file, on the rest."""
    both = split(read_held_out(file))
    train, held = (ask(side, "sentiment", "en", ()) for side in (both.train, both.development))
    # What is measured on must not choose the best epoch or the temperature.
    inner = split(both.train, share=0.1, salt="inner")
    plugin = Transformer(method="full")
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "model")
        fitted = Snapshot(inner.id, inner.train, inner.development)
        trained = plugin.fit(fitted, model, out, lambda what, done, total: None)
        engine = Engine.load(out)
    return {
        "train": len(inner.train),
        "development": len(held.texts),
        "tfidf": tfidf(train, held),
        "model": judge(engine, held),
        "fit_seconds": trained["training"]["seconds"],
    }


def aim(key: str, figures: dict[str, Any]) -> float | None:
    """What the model should reach of the set's published measure; None where nothing was asked for."""
    if key not in AHEAD:
        asked: float | None = AIMS.get(key)
        return asked
    name = PUBLISHED[key]["measure"]
    simpler: list[float] = [figures[who][name] for who in ("tfidf", "embeddings") if who in figures]
    return round(max(simpler) + AHEAD[key], 4)


# --- the result -------------------------------------------------------------------------


def table(result: dict[str, Any]) -> str:
    """The figures for people."""
    lines = [f"{'set':<28} {'measure':<12} {'tfidf':>7} {'model':>7}   95% interval"]
    for name, figures in result["sets"].items():
        for key in ("accuracy", "macro_f1", "weighted_f1"):
            low, high = figures["model"]["intervals"][key]
            lines.append(
                f"{name:<28} {key:<12} {figures['tfidf'][key]:>7.4f} {figures['model'][key]:>7.4f}"
                f"   {low:.4f} to {high:.4f}"
            )
    return "\n".join(lines)


def _report(key: str, figures: dict[str, Any]) -> None:
    shown = {who: one["macro_f1"] for who, one in figures.items() if isinstance(one, dict)}
    print(f"{key}: macro-F1 {shown}", file=sys.stderr, flush=True)


def _earlier(file: Path | None, data: str) -> dict[str, Any]:
    if file is None:
        return {}
    result = json.loads(file.read_text(encoding="utf-8"))
    if result["data"] != data:
        sys.exit(
            f"{file}: measured on other data ({result['data'][:12]}, not {data[:12]}): leave out --baselines"
        )
    return dict(result["sets"])


if __name__ == "__main__":
    sys.exit(main())
