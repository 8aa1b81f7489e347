"""Texts that a model repeats while it learns the lessons, so that it does not forget what it knew.

    python -m monitor_models.lessons.rehearsal --data DIR --out rehearsal.jsonl [--share 1] [--seed 0]

`--data` is the folder of public data sets that `models/train.py` reads (they are not part of the
project, and neither is what this writes). Only texts of its training side are drawn, never of the
development side that `benchmarks/quality.py` measures on. Texts are short ones, for their labels matter
less than what the model says of them (`remember`), and long ones cost most of the time. What is only
known not to be negative, and topics, are left out: a labelled file cannot say the former, and would say
of each topic that was not asked for that it is absent.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from monitor import SENTIMENTS, Example
from monitor_models.datasets import read_examples, split

SIZES = {
    "tfns": 500,
    "finfe": 500,
    "headlines": 250,
    "sentfin": 700,
    "cfsc": 400,
    "negative_entity": 300,
}
"""Texts drawn of each set that has sentiments."""
LONGEST = {True: 350, False: 160}
"""Characters of a text, in ASCII and not: about 80 tokens."""


def rehearsal(train: Sequence[Example], share: float, seed: int) -> list[Example]:
    """A draw of `train`, so much of `SIZES` of each set; the same for the same arguments."""
    rng = np.random.default_rng(seed)
    drawn: list[Example] = []
    for name, size in SIZES.items():
        some = [one for one in map(plain, train) if one.origin == name and _says_something(one)]
        chosen = rng.permutation(len(some))[: round(size * share)]
        drawn += [some[i] for i in chosen]
    return drawn


def plain(example: Example) -> Example:
    """The example with what a labelled file can say of it."""
    companies = tuple(pair for pair in example.companies if pair[1] in SENTIMENTS)
    sentiment = example.sentiment if example.sentiment in SENTIMENTS else None
    return Example(example.text, sentiment, origin=example.origin, companies=companies)


def rows(example: Example) -> Iterator[dict[str, Any]]:
    """As labelled files have it: a row per company, or one for the text."""
    for name, label in example.companies:
        yield {"text": example.text, "label": label, "entity": name}
    if not example.companies:
        yield {"text": example.text, "label": example.sentiment}


def _says_something(example: Example) -> bool:
    short = len(example.text) <= LONGEST[example.text.isascii()]
    return short and bool(example.sentiment or example.companies)


def main() -> int:
    parser = argparse.ArgumentParser(description="Write texts to rehearse.")
    parser.add_argument("--data", type=Path, required=True, help="folder of the data sets")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--share", type=float, default=1.0, help="of the sizes above")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    drawn = rehearsal(split(read_examples(arguments.data)).train, arguments.share, arguments.seed)
    lines = [json.dumps(row, ensure_ascii=False) for one in drawn for row in rows(one)]
    arguments.out.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{arguments.out}: {len(drawn)} texts")
    return 0


if __name__ == "__main__":
    sys.exit(main())
