"""How faithful explanations are, beside a random order of the words and beside attention.

    python -m benchmarks.explain --data DIR [--model models/default] [--texts 200] [--json] [--out FILE]

Of texts drawn from the development split of `models/train.py`, the likeliest sentiment is explained.
A deletion curve takes words out of the text in order of their scores, an insertion curve puts them
into an empty text in that order; both show the probability of the sentiment as it is served, over
the share of words moved (Petsiuk et al. 2018, https://arxiv.org/abs/1806.07421). The better an
order, the smaller the area under its deletion curve and the larger that under its insertion curve.

ours       integrated gradients and n-grams (`monitor_plugins/transformer/explain.py`)
random     words in a random order
attention  what the last layer's heads attend to, on average over heads and tokens
rollout    attention followed through all layers (Abnar and Zuidema 2020, https://arxiv.org/abs/2005.00928)

Intervals are 95% percentile bootstraps over texts, of differences paired by text.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.machine import describe
from monitor import Explanation
from monitor.evaluation.metrics import bootstrap
from monitor_models.datasets import read_examples, split
from monitor_plugins.transformer.marks import encode
from monitor_plugins.transformer.network import folder
from monitor_plugins.transformer.network.building import build
from monitor_plugins.transformer.network.encoder import Batch, Encoder
from monitor_plugins.transformer.rows import tokenize
from monitor_plugins.transformer.serving.engine import Engine
from monitor_plugins.transformer.serving.explain import TOLERANCE, explain

SHARES = np.linspace(0, 1, 11)
"""Shares of the words moved."""
FEWEST = 5
"""Words a text must have: with fewer there is no curve."""
DRAWS = 2000
ORDERS = ("ours", "random", "attention", "rollout")


@dataclass(frozen=True, slots=True)
class Areas:
    """Areas under the curves of one text, by order; both lie in [0, 1]."""

    deletion: Mapping[str, float]
    insertion: Mapping[str, float]


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure explanations.")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--model", type=Path, default=Path("models/default"))
    parser.add_argument("--texts", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results/explain.json"))
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    arguments = parser.parse_args()

    snapshot = split(read_examples(arguments.data))
    rng = np.random.default_rng(arguments.seed)
    drawn = rng.permutation(len(snapshot.development))
    engine = Engine.load(arguments.model)
    attentive, _ = build(folder.read(arguments.model), arguments.model)
    attentive.eval().requires_grad_(False)
    attentive.body.set_attn_implementation("eager")
    explain(engine, snapshot.development[0].text, "sentiment")  # the first one loads what it works with
    told: list[Explanation] = []
    seconds: list[float] = []
    areas: list[Areas] = []
    for place in drawn:
        if len(told) == arguments.texts:
            break
        started = time.process_time()
        found = explain(engine, snapshot.development[place].text, "sentiment")
        spent = time.process_time() - started
        if len(found.attributions) < FEWEST:
            continue
        told.append(found)
        seconds.append(spent)
        areas.append(curves(engine, found, scores(engine, attentive, found, rng)))
        if len(told) % 20 == 0:
            print(f"{len(told)} texts", file=sys.stderr, flush=True)
    result = {
        "command": "python -m benchmarks.explain --data DIR --model " + arguments.model.as_posix(),
        "model": engine.config.id,
        "data": snapshot.id,
        "texts": len(told),
        "completeness": completeness(told),
        "processor_seconds": spread(seconds),
        "words": spread([float(len(one.attributions)) for one in told]),
        **{name: compare([getattr(one, name) for one in areas]) for name in ("deletion", "insertion")},
        **describe("torch", "transformers", "captum", "numpy"),
    }
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=1) if arguments.json else table(result))
    return 0


# --- orders -----------------------------------------------------------------------------


def scores(
    engine: Engine, attentive: Encoder, told: Explanation, rng: np.random.Generator
) -> dict[str, np.ndarray]:
    """A score per word of the explanation, by order."""
    last, rolled = attention(engine, attentive, told)
    return {
        "ours": np.array([one.score for one in told.attributions]),
        "random": rng.random(len(told.attributions)),
        "attention": last,
        "rollout": rolled,
    }


def attention(engine: Engine, attentive: Encoder, told: Explanation) -> tuple[np.ndarray, np.ndarray]:
    """Per word, the sum of what its tokens get of the last layer's attention, and of the rollout's."""
    [row] = tokenize(engine.tokenizer, [told.text], engine.max_tokens)
    [encoding] = encode(engine.tokenizer, [told.text])
    offsets = encoding.offsets
    batch = Batch.of([row], engine.config.padding)
    with torch.inference_mode():
        found = attentive.body(
            input_ids=batch.ids, attention_mask=batch.mask.long(), output_attentions=True
        ).attentions
    layers = [layer[0].mean(0).double().numpy() for layer in found]
    rolled = np.eye(len(row.ids))
    for layer in layers:
        rolled = (layer + np.eye(len(layer))) / 2 @ rolled
    return _by_word(told, offsets, layers[-1].mean(0)), _by_word(told, offsets, rolled.mean(0))


def _by_word(told: Explanation, offsets: Sequence[tuple[int, int]], weights: np.ndarray) -> np.ndarray:
    return np.array(
        [
            sum(
                weight
                for (start, end), weight in zip(offsets, weights, strict=True)
                if max(start, one.start) < min(end, one.end)
            )
            for one in told.attributions
        ]
    )


# --- curves -----------------------------------------------------------------------------


def curves(engine: Engine, told: Explanation, orders: Mapping[str, np.ndarray]) -> Areas:
    """The areas of every order, all points of one text judged together."""
    texts = []
    for name in orders:
        ranked = np.argsort(-orders[name], kind="stable")
        for share in SHARES:
            moved = set(ranked[: round(share * len(ranked))].tolist())
            texts += [without(told, moved), without(told, set(range(len(ranked))) - moved)]
    column = engine.config.sentiments.index(told.label)
    chances = engine.judge(texts).sentiment[:, column].astype(float).reshape(len(orders), len(SHARES), 2)
    found = np.trapezoid(chances, SHARES, axis=1)
    return Areas(
        {name: float(found[i, 0]) for i, name in enumerate(orders)},
        {name: float(found[i, 1]) for i, name in enumerate(orders)},
    )


def without(told: Explanation, removed: set[int]) -> str:
    """The text without these words."""
    parts, end = [], 0
    for place in sorted(removed):
        one = told.attributions[place]
        parts.append(told.text[end : one.start])
        end = one.end
    return "".join(parts) + told.text[end:]


# --- figures ----------------------------------------------------------------------------


def completeness(told: Sequence[Explanation]) -> dict[str, Any]:
    errors = [one.error for one in told]
    steps = [one.steps for one in told]
    return {
        **spread(errors),
        "within_tolerance": round(float(np.mean(np.array(errors) <= TOLERANCE)), 4),
        "steps": {str(value): steps.count(value) for value in sorted(set(steps))},
    }


def spread(values: Sequence[float]) -> dict[str, float]:
    """Median, 95th percentile and maximum."""
    median, high, most = np.percentile(np.array(values), [50, 95, 100])
    return {"median": round(float(median), 4), "p95": round(float(high), 4), "max": round(float(most), 4)}


def compare(areas: Sequence[Mapping[str, float]]) -> dict[str, Any]:
    """Mean areas, and how much ours differ from the others', with intervals."""
    each = {name: np.array([one[name] for one in areas]) for name in ORDERS}
    found: dict[str, Any] = {name: _mean(values) for name, values in each.items()}
    for name in ORDERS[1:]:
        found[f"ours - {name}"] = _mean(each["ours"] - each[name])
    return found


def _mean(values: np.ndarray) -> dict[str, Any]:
    low, high = bootstrap(lambda rows: float(values[rows].mean()), len(values), draws=DRAWS)
    return {"mean": round(float(values.mean()), 4), "interval": [round(low, 4), round(high, 4)]}


def table(result: Mapping[str, Any]) -> str:
    """The figures for people."""
    error, seconds = result["completeness"], result["processor_seconds"]
    lines = [
        f"{result['texts']} texts; completeness error {error['median']:.4f} (median), "
        f"{error['p95']:.4f} (95%); processor time {seconds['median']:.2f} s, {seconds['p95']:.2f} s (95%)"
    ]
    for curve in ("deletion", "insertion"):
        for name, one in result[curve].items():
            low, high = one["interval"]
            lines.append(f"{curve:<10} {name:<18} {one['mean']:>8.4f}   {low:.4f} to {high:.4f}")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
