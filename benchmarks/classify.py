"""How fast the classifier is, beside Hugging Face's `pipeline`, in one run on one machine.

    python -m benchmarks.classify [--data DIR] [--model models/default] [--device auto] [--json]

Every way of serving judges the same texts with the same weights, in turns: one round each to warm
up, then `--repeats` rounds, of which the median counts. With `--data` the texts are drawn from the
development split of `models/train.py`, short and long ones as they come; without, they are made up.
They are cleaned beforehand, for cleaning shortens texts and `pipeline` does not do it.

sentence per call   `pipeline(text)`, once for each text
pipeline, batch N   `pipeline(texts, batch_size=N)`
ours, PRECISION     `Engine.judge(texts)`, nothing kept from round to round

`pipeline` runs the model's encoder and sentiment head in Hugging Face's own code and float32
(`benchmarks/hugging_face.py`). It has no topics, companies and n-grams to compute, which the engine has;
that the two agree where they should is checked first.

The arithmetic limit is how many texts a second the machine could judge if it did nothing but the
encoder's multiplications, none for padding, at the rate it reaches on large matrices in the same
precision. Memory (peak resident, and on a GPU peak allocated) and the time from starting
Python to the first prediction are taken from processes of their own.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.machine import describe, peak_memory, rounded
from monitor import Example
from monitor.testing import headlines
from monitor_models.datasets import read_examples, read_topics, split
from monitor_plugins.transformer.compressing.prune import live_heads, live_neurons
from monitor_plugins.transformer.fitting.targets import Targets, score
from monitor_plugins.transformer.names import clean
from monitor_plugins.transformer.network import hardware
from monitor_plugins.transformer.network.bert import Bert
from monitor_plugins.transformer.network.encoder import Parts
from monitor_plugins.transformer.network.hardware import choose_device, choose_precision
from monitor_plugins.transformer.rows import tokenize
from monitor_plugins.transformer.serving import quantized
from monitor_plugins.transformer.serving.engine import Engine, Outcome

BASELINE = "pipeline, batch 32"
PIPELINES = {"sentence per call": 0, "pipeline, batch 1": 1, "pipeline, batch 8": 8, BASELINE: 32}
COMPANIES = (("Harbour Foods", "海港食品"), ("Blue Mesa", "蓝台矿业"), ("Northwind Motors", "北风汽车"))
STARTS = 3  # processes started for each figure of a fresh process

Judge = Callable[[Sequence[str]], np.ndarray]
"""Texts in, probabilities of the sentiments out."""


@dataclass(frozen=True, slots=True)
class Known:
    """Texts, what they are, and the topics that each set's annotators chose from."""

    examples: Sequence[Example]
    name: str
    judged: Mapping[str, frozenset[str]] = field(default_factory=dict)


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure how fast the classifier is.")
    parser.add_argument(
        "--data", type=Path, help="labelled data to draw texts from, and to measure quality on"
    )
    parser.add_argument("--model", type=Path, default=Path("models/default"))
    parser.add_argument("--device", default="auto")
    parser.add_argument("--texts", type=int, default=400, help="how many texts to time")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results/classify.json"))
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    parser.add_argument("--exported", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        return child(arguments)

    device = choose_device(arguments.device)
    known = read(arguments.data)
    drawn = np.random.default_rng(arguments.seed).permutation(len(known.examples))[: arguments.texts]
    texts = [clean(known.examples[i].text) for i in drawn]
    engines = {
        f"ours, {name}": Engine.load(arguments.model, arguments.device, name, cached=0)
        for name in precisions(device)
    }
    full = engines["ours, float32"]
    work = measure_work(full, texts)
    from benchmarks import hugging_face  # imports transformers, which the engine does not

    with tempfile.TemporaryDirectory() as folder:
        exported = hugging_face.export(full, arguments.model, Path(folder) / "exported")
        judges: dict[str, Judge] = {
            name: hugging_face.piped(exported, device, n) for name, n in PIPELINES.items()
        }
        hugging_face.check(judges[BASELINE], full, texts[:32])
        judges |= {name: partial(sentiments, engine) for name, engine in engines.items()}
        seconds = measure_seconds(judges, texts, arguments.repeats)
        ways = {name: speed(spent, len(texts), work["tokens"]) for name, spent in seconds.items()}
        best = min(ways[name]["seconds"] for name in PIPELINES)
        for name, figures in ways.items():
            figures["times_baseline"] = rounded(ways[BASELINE]["seconds"] / figures["seconds"])
            figures["times_best_pipeline"] = rounded(best / figures["seconds"])
            figures |= fresh(name, arguments, exported, texts)
            note(name, figures)
    for name in engines:
        peak = peak_rate(name.removeprefix("ours, "), device)
        limit = work["operations"] / peak
        ways[name]["peak_gflops"] = rounded(peak / 1e9)
        ways[name]["limit_texts_per_second"] = rounded(len(texts) / limit)
        ways[name]["share_of_limit"] = rounded(limit / ways[name]["seconds"])
    for name, figures in agreement(engines, known).items():
        ways[name] |= figures
    result = {
        "command": "python -m benchmarks.classify"
        + (" --data DIR" if arguments.data else "")
        + (" --model DIR" if arguments.model != parser.get_default("model") else ""),
        "model": full.config.id,
        "data": known.name,
        "device": torch.cuda.get_device_name(device) if device.type == "cuda" else "cpu",
        "threads": torch.get_num_threads(),
        "auto": str(choose_precision("auto", device)).removeprefix("torch."),
        "texts": work,
        "repeats": arguments.repeats,
        "ways": ways,
        "cached": cached(arguments, texts),
        **describe("torch", "transformers", "tokenizers", "numpy"),
    }
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=1) if arguments.json else table(result))
    return 0


# --- texts ------------------------------------------------------------------------------


def read(data: Path | None) -> Known:
    if data is None:
        return Known(made_up(), "made up (monitor.testing.headlines)")
    snapshot = split(read_examples(data))
    return Known(snapshot.development, snapshot.id, read_topics(data)[1])


def made_up() -> list[Example]:
    """Headlines with nothing, their first sentence, or the whole story under them, in both languages."""
    found = []
    for english, chinese in COMPANIES:
        for _, _, title, sentence, chinese_title, chinese_sentence in (*headlines.ORDINARY, *headlines.CALM):
            for head, body in ((title, f" {sentence}"), (chinese_title, f"。{chinese_sentence}")):
                head = head.format(en=english, zh=chinese)
                found += [Example(head + body * times) for times in (0, 1, 1, 6)]
    return found


def measure_work(engine: Engine, texts: Sequence[str]) -> dict[str, Any]:
    """How long the texts are, and the multiplications and additions their encoding needs: of the heads
    and neurons that are not all zero."""
    lengths = np.array([len(row.ids) for row in tokenize(engine.tokenizer, texts, engine.max_tokens)])
    body = engine.model.body
    if not isinstance(body, Bert):
        sys.exit("this model's network is not one whose arithmetic is known here")
    width = body.config.hidden_size
    operations = 0
    for layer in body.encoder:
        parts, number = Parts.of(layer), layer.attention.self.heads
        heads = len(live_heads(parts.value, parts.output, number)) * (width // number)
        widened = parts.neurons()
        if widened is None:
            sys.exit("this model's maps are factored, and their arithmetic is not known here")
        neurons = len(live_neurons(*widened))
        linear = 2 * width * (4 * heads + 2 * neurons)
        operations += int((linear * lengths + 4 * heads * lengths**2).sum())
    padded = [lengths[i : i + 32] for i in range(0, len(lengths), 32)]
    return {
        "count": len(texts),
        "tokens": int(lengths.sum()),
        "quantiles": {f"{q}%": int(np.quantile(lengths, q / 100)) for q in (5, 50, 95)},
        "padding_at_32": rounded(sum(len(one) * one.max() for one in padded) / lengths.sum()),
        "operations": operations,
    }


# --- ways of serving --------------------------------------------------------------------


def precisions(device: torch.device) -> list[str]:
    """Those that the device computes in without emulation."""
    found = ["float32"]
    can = torch.cpu.get_capabilities()
    if device.type == "cuda" or can.get("avx512_bf16") or can.get("amx_bf16"):
        found.append("bfloat16")
    if device.type == "cpu" and not hardware.int8_missing():
        found.append("int8")
    return found


def sentiments(engine: Engine, texts: Sequence[str]) -> np.ndarray:
    return engine.judge(texts).sentiment


# --- figures ----------------------------------------------------------------------------


def measure_seconds(
    judges: Mapping[str, Judge], texts: Sequence[str], repeats: int
) -> dict[str, list[float]]:
    """Seconds of every round, by way; one round of each after the other, so that all see the same machine."""
    spent: dict[str, list[float]] = {name: [] for name in judges}
    for turn in range(repeats + 1):
        for name, judge in judges.items():
            started = time.perf_counter()
            judge(texts)
            if turn:
                spent[name].append(time.perf_counter() - started)
        print(f"round {turn} of {repeats}", file=sys.stderr, flush=True)
    return spent


def speed(spent: Sequence[float], texts: int, tokens: int) -> dict[str, Any]:
    median = statistics.median(spent)
    return {
        "seconds": rounded(median),
        "slowest_seconds": rounded(max(spent)),
        "fastest_seconds": rounded(min(spent)),
        "texts_per_second": rounded(texts / median),
        "tokens_per_second": rounded(tokens / median),
    }


def peak_rate(precision: str, device: torch.device) -> float:
    """Multiplications and additions a second on large matrices: the best of several sizes and turns."""
    best = 0.0
    for size in (1024, 1536, 2048) if device.type == "cpu" else (4096, 8192):
        a, b = torch.randn(size, size, device=device), torch.randn(size, size, device=device)
        if precision == "int8":
            layer = quantized.Int8(b, torch.zeros(size), torch.ones(size))
            levels = torch.randint(0, 256, (size, size), dtype=torch.uint8)
            multiply = partial(layer.multiply, levels)
        else:
            a, b = (one.to(getattr(torch, precision)) for one in (a, b))
            multiply = partial(torch.mm, a, b)
        with torch.inference_mode():
            for _ in range(8):
                settle(device)
                started = time.perf_counter()
                multiply()
                settle(device)
                best = max(best, 2 * size**3 / (time.perf_counter() - started))
    return best


def agreement(engines: Mapping[str, Engine], known: Known) -> dict[str, dict[str, Any]]:
    """How often each precision's labels are float32's and, where there are labels, how its scores differ."""
    examples = known.examples
    texts = [example.text for example in examples]
    names = [[name for name, _ in example.companies] for example in examples]
    outcomes = {name: engine.judge(texts, names) for name, engine in engines.items()}
    full = outcomes["ours, float32"]
    topics = next(iter(engines.values())).config.topics
    labelled = any(example.sentiment for example in examples)
    wanted = Targets.of(examples, topics, known.judged)
    found: dict[str, dict[str, Any]] = {}
    for name, outcome in outcomes.items():
        found[name] = {
            "same_sentiment": rounded(
                float(np.mean(outcome.sentiment.argmax(1) == full.sentiment.argmax(1)))
            ),
            "same_topics": rounded(float(np.mean((outcome.topics >= 0.5) == (full.topics >= 0.5)))),
            "furthest_probability": rounded(float(np.abs(outcome.sentiment - full.sentiment).max())),
        }
        if labelled:
            scores, theirs = (
                score(one.sentiment, one.topics, companies(one), examples, wanted) for one in (outcome, full)
            )
            points = {key: rounded(100 * (scores[key] - theirs[key])) for key in scores}
            sentiment = [value for key, value in points.items() if key.endswith("sentiment")]
            found[name] |= {
                "same_company": rounded(
                    float(np.mean(companies(outcome).argmax(1) == companies(full).argmax(1)))
                ),
                "macro_f1_points": rounded(float(np.mean(sentiment))),
                "points_by_set": points,
            }
    return found


def companies(outcome: Outcome) -> np.ndarray:
    return np.concatenate([one for one in outcome.company if len(one)] or [np.zeros((0, 3), np.float32)])


def cached(arguments: argparse.Namespace, texts: Sequence[str]) -> dict[str, Any]:
    """Texts a second when all were judged before."""
    engine = Engine.load(arguments.model, arguments.device)
    engine.judge(texts)
    started = time.perf_counter()
    engine.judge(texts)
    spent = time.perf_counter() - started
    return {"texts_per_second": rounded(len(texts) / spent), "hits": engine.judged.hits}


# --- processes of their own -------------------------------------------------------------


def fresh(name: str, arguments: argparse.Namespace, exported: Path, texts: Sequence[str]) -> dict[str, Any]:
    """Seconds from starting Python to the first prediction, and peak memory over all texts."""
    command = [sys.executable, "-m", "benchmarks.classify", "--child", name, "--model", str(arguments.model)]
    command += ["--exported", str(exported), "--device", arguments.device]
    seconds = []
    for turn in range(STARTS):
        some = list(texts) if turn == STARTS - 1 else []
        started = time.perf_counter()
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        process.stdout.readline()
        seconds.append(time.perf_counter() - started)
        report = json.loads(process.communicate(json.dumps(some))[0])
    return {"first_prediction_seconds": rounded(statistics.median(seconds)), **report}


def child(arguments: argparse.Namespace) -> int:
    """Predict once and say so, then judge the texts on standard input and tell the memory used."""
    device = choose_device(arguments.device)
    if arguments.child in PIPELINES:
        from benchmarks import hugging_face

        judge = hugging_face.piped(arguments.exported, device, PIPELINES[arguments.child])
    else:
        engine = Engine.load(arguments.model, arguments.device, arguments.child.removeprefix("ours, "))
        judge = partial(sentiments, engine)
    judge(["Northwind Motors recalls 120,000 cars over brake fault"])
    print("predicted", flush=True)
    if texts := json.load(sys.stdin):
        judge(texts)
    report = {"peak_memory_mb": peak_memory()}
    if device.type == "cuda":
        report["peak_gpu_memory_mb"] = round(torch.cuda.max_memory_allocated(device) / 2**20)
    print(json.dumps(report))
    return 0


# --- the result -------------------------------------------------------------------------


def table(result: dict[str, Any]) -> str:
    lines = [f"{'way':<20} {'texts/s':>9} {'x':>6} {'limit':>6} {'first s':>8} {'MB':>6} {'F1 points':>10}"]
    for name, one in result["ways"].items():
        lines.append(
            f"{name:<20} {one['texts_per_second']:>9.1f} {one['times_baseline']:>6.2f} "
            f"{one.get('share_of_limit', float('nan')):>6.2f} {one['first_prediction_seconds']:>8.2f} "
            f"{one['peak_memory_mb']:>6} {one.get('macro_f1_points', float('nan')):>10.2f}"
        )
    return "\n".join(lines)


def note(name: str, figures: dict[str, Any]) -> None:
    print(f"{name}: {json.dumps(figures)}", file=sys.stderr, flush=True)


def settle(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


if __name__ == "__main__":
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "true")
    sys.exit(main())
