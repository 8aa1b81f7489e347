"""Fit the shipped model: python models/train.py --data DIR --base DIR --out models/default"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

import torch
from monitor_plugins.transformer.datasets import read_examples, read_topics, split
from monitor_plugins.transformer.encoder import Encoder, load_base
from monitor_plugins.transformer.fit import Recipe, fit
from tokenizers import Tokenizer


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--base", required=True)
    parser.add_argument("--checkpoint", type=Path)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs", type=float, default=2.0)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    topics, judged = read_topics(args.data)
    snapshot = split(read_examples(args.data))
    model = Encoder(load_base(args.base), len(topics))
    tokenizer = Tokenizer.from_file(str(Path(args.base) / "tokenizer.json"))
    if args.checkpoint:
        args.checkpoint.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()

    def progress(what: str, done: float, total: float) -> None:
        if done % 50 == 0 or done == total or what.startswith("dev"):
            print(f"{time.monotonic() - started:8.0f} s  {what} {done:.0f}/{total:.0f}", file=sys.stderr, flush=True)

    recipe = Recipe(seed=args.seed, epochs=args.epochs, learning_rate=1.5e-4)
    history = fit(
        model, tokenizer, model.body.config.pad_token_id, topics, snapshot.train, snapshot.development,
        recipe, progress, judged, args.checkpoint,
    )
    print(json.dumps(history.evaluations, indent=1))


if __name__ == "__main__":
    main()
