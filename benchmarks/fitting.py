"""What the options of fitting change.

    python -m benchmarks.fitting --data DIR [--model models/default] [--base DIR] [--json]

The model is fitted further on a desk's first --labels labels of a set it never saw (Financial PhraseBank,
which a benchmark may use and the shipped model may not), once per option, and measured on the rest of the
set, no near-duplicate of which is among the labels. Differences from fitting the upper layers plainly come
with 95% bootstrap intervals over the same texts. What the model knew before is asked too: its mean score on
--others development texts of its own sets. With `--base`, also from that encoder alone, before and after it
read --passages unlabelled texts. What fitting costs as labels grow is measured by `growth`.

Every fitting runs in a process of its own, one after the other.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.compress import quality
from benchmarks.machine import command, describe, peak_memory, rounded
from benchmarks.quality import HELD_OUT, read_held_out
from monitor import SENTIMENTS, Example, Snapshot
from monitor.evaluation.metrics import bootstrap
from monitor_models.datasets import read_examples, read_topics, split
from monitor_plugins.transformer import Transformer
from monitor_plugins.transformer.fitting.targets import Targets, macro_f1
from monitor_plugins.transformer.serving.engine import Engine

PLAIN = "upper 6 layers"
EFFECTS: dict[str, dict[str, Any]] = {
    PLAIN: {"method": "top-k"},  # the default
    "adapters of rank 16 in them": {"method": "lora"},
    "all weights": {"method": "full"},
    f"{PLAIN}, adversarial (FGM), distance 1": {"method": "top-k", "adversarial": 1.0},
    f"{PLAIN}, consistent (R-Drop), weight 1": {"method": "top-k", "consistency": 1.0},
    f"{PLAIN}, augmented, a copy of each text": {"method": "top-k", "augment": 1.0},
    f"{PLAIN}, classes weighted": {"method": "top-k", "balance": True},
}
TEST_SHARE = 0.4


@dataclass(frozen=True, slots=True)
class Others:
    """Texts of the sets that the shipped model was fitted on, and the topics each set's annotators
    chose from."""

    examples: Sequence[Example]
    judged: Mapping[str, frozenset[str]]


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure the options of fitting.")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--model", type=Path, default=Path("models/default"))
    parser.add_argument("--base", help="measure fitting from this encoder, and pre-training it, too")
    parser.add_argument("--labels", type=int, default=2_000)
    parser.add_argument("--others", type=int, default=1_000)
    parser.add_argument("--passages", type=int, default=4_000)
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results/fitting.json"))
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    arguments = parser.parse_args()

    known, test = desk(arguments.data, arguments.labels)
    examples = read_examples(arguments.data)
    both, draw = split(examples), np.random.default_rng(0).permutation
    held = [both.development[i] for i in draw(len(both.development))[: arguments.others]]
    asked = Others(held, read_topics(arguments.data)[1])
    result: dict[str, Any] = {
        "command": command(parser, arguments),
        "model": arguments.model.name,
        "labels": len(known.train),
        "test": len(test),
        "others": len(held),
        "effects": {},
        **describe("torch", "transformers", "peft", "numpy"),
    }
    truth = np.array([SENTIMENTS.index(example.sentiment) for example in test])
    plain, figures = alone(fitted, EFFECTS[PLAIN], known, arguments.model, test, asked)

    def tell(name: str, figures: Mapping[str, Any]) -> None:
        print(f"{name}: {json.dumps(figures)}", file=sys.stderr, flush=True)
        arguments.out.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")

    def record(name: str, found: np.ndarray, figures: Mapping[str, Any]) -> None:
        result["effects"][name] = {**figures, **measured(truth, found, plain)}
        tell(name, result["effects"][name])

    record("not fitted", judge(arguments.model, test), {"others": known_before(arguments.model, asked)})
    record(PLAIN, plain, figures)
    for name, options in EFFECTS.items():
        if name != PLAIN:
            record(name, *alone(fitted, options, known, arguments.model, test, asked))
    if arguments.base:
        record("from the base encoder", *alone(fitted, {"base": arguments.base}, known, None, test))
        texts = [example.text for example in examples]
        chosen = np.random.default_rng(0).permutation(len(texts))[: arguments.passages]
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder, "encoder")
            read = alone(pretrained, arguments.base, [texts[i] for i in chosen], out)
            name = f"from the base encoder, after {arguments.passages:,} unlabelled texts"
            found, figures = alone(fitted, {"base": str(out)}, known, None, test)
            record(name, found, {**figures, "pretrained": read})
    print(json.dumps(result, indent=1) if arguments.json else table(result))
    return 0


def desk(data: Path, labels: int) -> tuple[Snapshot, list[Example]]:
    """A desk's labels, a tenth of them for development, and the texts to measure on."""
    both = split(read_held_out(data / HELD_OUT["fpb"]), TEST_SHARE)
    inner = split(both.train, 0.1, "inner")
    return replace(inner, train=inner.train[:labels]), list(both.development)


def alone(work: Callable[..., Any], *arguments: Any) -> Any:
    """What `work` returns, in a process of its own."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        return pool.submit(work, *arguments).result()


def fitted(
    options: Mapping[str, Any],
    known: Snapshot,
    parent: Path | None,
    test: Sequence[Example],
    others: Others | None = None,
) -> tuple[np.ndarray, dict[str, Any]]:
    """What the fitted model makes of the test texts, what fitting it took, and what it still knows."""
    plugin = Transformer(**options)
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "model")
        started = time.perf_counter()
        plugin.fit(known, parent, out, lambda what, done, total: None)
        seconds = time.perf_counter() - started
        figures = {"seconds": round(seconds, 1), "peak_memory_mb": peak_memory()}
        still = {} if others is None else {"others": known_before(out, others)}
        return judge(out, test), figures | still


def pretrained(base: str, texts: Sequence[str], out: Path) -> dict[str, Any]:
    """Pre-train for one epoch into the folder `out`; the losses on held-out texts."""
    plugin = Transformer(base=base, epochs=1)
    started = time.perf_counter()
    metrics = plugin.pretrain(texts, None, out, lambda what, done, total: None)
    losses = [one for one in metrics.get("evaluations", [])]
    return {"seconds": round(time.perf_counter() - started, 1), "evaluations": losses}


def judge(model: Path, test: Sequence[Example]) -> np.ndarray:
    found: np.ndarray = Engine.load(model).judge([example.text for example in test]).sentiment.argmax(1)
    return found


def known_before(model: Path, others: Others) -> float:
    """The model's mean score over the sets that the shipped one was fitted on."""
    engine = Engine.load(model)
    wanted = Targets.of(others.examples, engine.config.topics, others.judged)
    return float(quality(engine, others.examples, wanted)["score"])


def measured(truth: np.ndarray, found: np.ndarray, plain: np.ndarray) -> dict[str, Any]:
    """Macro-F1 and accuracy, and how far macro-F1 is from that of `plain`."""
    every = np.arange(len(truth))

    def difference(rows: np.ndarray) -> float:
        return macro_f1(truth[rows], found[rows]) - macro_f1(truth[rows], plain[rows])

    return {
        "macro_f1": rounded(macro_f1(truth, found)),
        "accuracy": rounded(float(np.mean(truth == found))),
        "difference": rounded(difference(every)),
        "interval": [rounded(end) for end in bootstrap(difference, len(every), draws=500)],
    }


def table(result: Mapping[str, Any]) -> str:
    lines = [
        f"{'option':<52} {'macro-F1':>8} {'difference':>10}   "
        f"{'95% interval':<18} {'others':>6} {'s':>6} {'MB':>6}"
    ]
    for name, one in result["effects"].items():
        low, high = one["interval"]
        lines.append(
            f"{name:<52} {one['macro_f1']:>8.4f} {one['difference']:>+10.4f}   {low:+.4f} to {high:+.4f} "
            f"{one.get('others', 0):>6.3f} {one.get('seconds', 0):>6.0f} {one.get('peak_memory_mb', 0):>6}"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
