"""Sentence vectors of an encoder that is not fine-tuned, kept in a file for programs that fit heads on them.

    python -m benchmarks.frozen --data FILE --model DIR --out FILE.npz [--phrase TEXT] [--phrased 3200]

FILE is a CSV with columns text and label; a text counts once, with the label it has first. DIR holds an
encoder that `transformers` reads. The first `--phrased` texts, in an order drawn once, are embedded a
second time with the phrase before them. The file holds, in that order, `vectors` (N, d) of length 1,
`labels` (N,) as positions in SENTIMENTS, and `phrased` (M, d).
"""

from __future__ import annotations

import argparse
import csv
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import AutoModel, AutoTokenizer

from monitor import SENTIMENTS

BATCH = 32
LONGEST = 128
"""Tokens of a text that are read."""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="CSV with columns text and label")
    parser.add_argument("--model", type=Path, required=True, help="folder of the encoder")
    parser.add_argument("--out", type=Path, required=True, help="file to write (.npz)")
    parser.add_argument("--phrase", default="per quantel brief:", help="what is put before texts")
    parser.add_argument("--phrased", type=int, default=3200, help="texts embedded with the phrase, too")
    arguments = parser.parse_args()
    with arguments.data.open(encoding="utf-8", newline="") as file:
        known: dict[str, str] = {}
        for row in csv.DictReader(file):
            known.setdefault(row["text"], row["label"])
    texts = list(known)
    order = np.random.default_rng(0).permutation(len(texts))
    asked = [texts[i] for i in order]
    labels = np.array([SENTIMENTS.index(known[text]) for text in asked])
    vectors = embed(arguments.model, asked)
    phrased = embed(arguments.model, [f"{arguments.phrase} {text}" for text in asked[: arguments.phrased]])
    np.savez(arguments.out, vectors=vectors, labels=labels, phrased=phrased)


def embed(model: Path, texts: Sequence[str]) -> NDArray[np.float32]:
    """Mean of the last states of each text, of length 1, as e5 asks for ("query: " before it)."""
    tokenizer = AutoTokenizer.from_pretrained(model)
    encoder = AutoModel.from_pretrained(model, dtype=torch.float32).eval()
    longest_last = sorted(range(len(texts)), key=lambda i: len(texts[i]))
    found: list[NDArray[np.float32] | None] = [None] * len(texts)
    started = time.monotonic()
    with torch.inference_mode():
        for start in range(0, len(texts), BATCH):
            rows = longest_last[start : start + BATCH]
            batch = tokenizer(
                [f"query: {texts[i]}" for i in rows],
                padding=True, truncation=True, max_length=LONGEST, return_tensors="pt",
            )  # fmt: skip
            states = encoder(**batch).last_hidden_state
            mask = batch["attention_mask"].unsqueeze(-1)
            mean = (states * mask).sum(1) / mask.sum(1)
            for i, vector in zip(rows, torch.nn.functional.normalize(mean, dim=1).numpy(), strict=True):
                found[i] = vector
            if start % (BATCH * 50) == 0:
                print(f"{start} of {len(texts)} texts, {time.monotonic() - started:.0f} s", flush=True)
    return np.stack([vector for vector in found if vector is not None]).astype(np.float32)


if __name__ == "__main__":
    main()
