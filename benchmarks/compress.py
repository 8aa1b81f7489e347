"""How small and fast the shipped model can be made, and what each way costs in quality.

    python -m benchmarks.compress --data DIR [--model models/default] [--texts 2000] [--json]

First the same weights in other arithmetic: float32, 8-bit integers with a scale per token (what the engine
serves on processors that can) and with one scale per layer, taken beforehand from 256 texts. Then the ways
of `monitor compress`, each taught for one epoch on the same --texts training texts by the model it was
made of, and served in 8 bits. The model has had heads and neurons pruned already, as models/train.py says;
shares are of what it has.

Quality is the mean macro-F1 over the sentiment sets, and the mean over all sets and tasks, of
development texts; speed the median of --repeats rounds through --timed of them, all ways in turns.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from benchmarks.classify import companies, measure_seconds, sentiments
from benchmarks.machine import command, describe
from monitor import Example, Snapshot
from monitor_models.datasets import read_examples, read_topics, split
from monitor_plugins.transformer import Transformer
from monitor_plugins.transformer.fitting.targets import Targets, score
from monitor_plugins.transformer.names import clean
from monitor_plugins.transformer.network.bert import Bert
from monitor_plugins.transformer.network.encoder import Batch
from monitor_plugins.transformer.rows import tokenize
from monitor_plugins.transformer.serving.engine import Engine
from monitor_plugins.transformer.serving.quantized import Int8, pack

SERVED = "as shipped, int8, a scale per token"
WAYS: dict[str, dict[str, float]] = {
    "a further quarter of heads": {"heads": 0.5},
    "a further third of neurons": {"neurons": 0.55},
    "a further quarter of heads, third of neurons": {"heads": 0.5, "neurons": 0.55},
    "9 of 12 layers": {"layers": 9},
    "feed-forward maps of rank 160": {"rank": 160},
    "30,000 tokens": {"vocabulary": 30_000},
    "9 of 12 layers, 30,000 tokens": {"layers": 9, "vocabulary": 30_000},
}
CALIBRATION = 256
INSIDE = 400  # development texts that compress itself looks at


class Static(Int8):
    """8 bits with one scale for all tokens, known beforehand."""

    def __init__(self, weight: Tensor, bias: Tensor, largest: Tensor) -> None:
        super().__init__(weight, bias, largest)
        self._step = max(float((largest * self.balance).max()), 1e-12) / 127

    def __call__(self, tokens: Tensor) -> Tensor:
        levels = (tokens * (self.balance / self._step)).round_().clamp_(-127, 127).to(torch.int8)
        found = self.multiply(levels.view(torch.uint8).add_(128))
        return torch.add(self._bias, found, alpha=self._step)


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure ways to make the model smaller.")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--model", type=Path, default=Path("models/default"))
    parser.add_argument("--texts", type=int, default=2_000, help="training texts to teach on")
    parser.add_argument("--development", type=int, default=3_000, help="texts to measure quality on")
    parser.add_argument("--timed", type=int, default=300)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results/compress.json"))
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    arguments = parser.parse_args()

    topics, judged = read_topics(arguments.data)
    both = split(read_examples(arguments.data))
    draw = np.random.default_rng(0).permutation
    train = [both.train[i] for i in draw(len(both.train))[: arguments.texts]]
    held = [both.development[i] for i in draw(len(both.development))[: arguments.development]]
    whole = Engine.load(arguments.model, precision="float32", cached=0)
    served = Engine.load(arguments.model, precision="int8", cached=0)
    engines = {"as shipped, float32": whole, SERVED: served}
    engines["as shipped, int8, a scale per layer"] = static(arguments.model, train[:CALIBRATION])
    sizes = {name: size(arguments.model) for name in engines}
    spent: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        for number, (name, ways) in enumerate(WAYS.items()):
            out = Path(folder, f"small-{number}")
            plugin = Transformer(epochs=1, learning_rate=5e-5)
            snapshot = Snapshot(both.id, train, held[:INSIDE])
            started = time.perf_counter()
            metrics = plugin.compress(snapshot, [arguments.model], out, quiet, ways)
            spent[name] = time.perf_counter() - started
            note(name, metrics["training"]["compressed"])
            engines[name] = Engine.load(out, precision="int8", cached=0)
            sizes[name] = size(out)
        wanted = Targets.of(held, topics, judged)
        rows = {name: quality(engine, held, wanted) for name, engine in engines.items()}
        texts = [clean(example.text) for example in held[: arguments.timed]]
        judges = {name: partial(sentiments, engine) for name, engine in engines.items()}
        seconds = measure_seconds(judges, texts, arguments.repeats)
    for name, row in rows.items():
        row["megabytes"] = round(sizes[name] / 1e6, 1)
        row["texts_per_second"] = round(len(texts) / statistics.median(seconds[name]), 1)
        row["times_served"] = round(statistics.median(seconds[SERVED]) / statistics.median(seconds[name]), 3)
        row["fit_seconds"] = round(spent.get(name, 0.0), 1)
    result = {
        "command": command(parser, arguments),
        "model": whole.config.id,
        "data": both.id,
        "taught_on": len(train),
        "development": len(held),
        "served": SERVED,
        "ways": rows,
        **describe("torch", "transformers", "numpy"),
    }
    arguments.out.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=1) if arguments.json else table(result))
    return 0


def static(model: Path, examples: Sequence[Example]) -> Engine:
    """The model in 8 bits with scales from these texts."""
    engine = Engine.load(model, precision="float32", cached=0)
    assert isinstance(engine.model.body, Bert)
    texts = [clean(example.text) for example in examples]
    sample = Batch.of(tokenize(engine.tokenizer, texts, engine.max_tokens), engine.config.padding)
    engine._states = pack(engine.model.body, sample, Static).states
    return engine


def quality(engine: Engine, held: Sequence[Example], wanted: Targets) -> dict[str, Any]:
    outcome = engine.judge(
        [example.text for example in held], [[name for name, _ in example.companies] for example in held]
    )
    scores = score(outcome.sentiment, outcome.topics, companies(outcome), held, wanted)
    sentiment = [value for key, value in scores.items() if key.endswith(".sentiment")]
    return {
        "macro_f1": round(float(np.mean(sentiment)), 4),
        "score": round(float(np.mean(list(scores.values()))), 4),
        "scores": scores,
    }


def size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.iterdir())


def quiet(what: str, done: float, total: float) -> None:
    return None


def note(name: str, figures: Mapping[str, Any]) -> None:
    print(f"{name}: {json.dumps(figures)}", file=sys.stderr, flush=True)


def table(result: Mapping[str, Any]) -> str:
    lines = [f"{'way':<46} {'MB':>6} {'texts/s':>8} {'times':>6} {'macro-F1':>9} {'score':>7}"]
    for name, row in result["ways"].items():
        lines.append(
            f"{name:<46} {row['megabytes']:>6.1f} {row['texts_per_second']:>8.1f} "
            f"{row['times_served']:>6.2f} {row['macro_f1']:>9.4f} {row['score']:>7.4f}"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
