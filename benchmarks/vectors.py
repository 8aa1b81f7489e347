"""What a model makes of labelled texts, kept in a file for programs that work on vectors.

    python -m benchmarks.vectors FILE... --out FILE.npz [--model models/default] [--most 4000] [--seed 0]

Each FILE has columns text and label; of a text that is there twice the first counts, and at most `--most`
texts, drawn at random, are judged. The file holds for every set NAME (the file's, without `_train`)
`NAME.vectors` (N, d) 16-bit, `NAME.probabilities` (N, 3) and `NAME.labels` (N,), places in SENTIMENTS.
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path

import numpy as np

from monitor import SENTIMENTS
from monitor_plugins.transformer.serving.engine import Engine


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("files", type=Path, nargs="+", help="CSV with columns text and label")
    parser.add_argument("--out", type=Path, required=True, help="file to write (.npz)")
    parser.add_argument("--model", type=Path, default=Path("models/default"))
    parser.add_argument("--most", type=int, default=4000, help="texts of a set")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    engine = Engine.load(arguments.model, cached=0)
    kept: dict[str, np.ndarray] = {}
    for path in arguments.files:
        known: dict[str, str] = {}
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                known.setdefault(row["text"], row["label"])
        texts = [text for text, label in known.items() if label in SENTIMENTS and text.strip()]
        drawn = np.random.default_rng(arguments.seed).permutation(len(texts))[: arguments.most]
        chosen = [texts[i] for i in drawn]
        found = engine.judge(chosen)
        name = path.stem.removesuffix("_train")
        kept[f"{name}.vectors"] = np.stack([np.frombuffer(one, "<f2") for one in found.vectors])
        kept[f"{name}.probabilities"] = found.sentiment
        kept[f"{name}.labels"] = np.array([SENTIMENTS.index(known[text]) for text in chosen])
        right = np.mean(found.sentiment.argmax(1) == kept[f"{name}.labels"])
        print(f"{name}: {len(chosen)} texts, accuracy {right:.3f}", flush=True)
    np.savez(arguments.out, allow_pickle=False, **kept)


if __name__ == "__main__":
    main()
