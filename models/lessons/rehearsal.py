"""Texts that a model repeats while it learns the lessons, so that it does not forget what it knew.

    python -m monitor_models.lessons.rehearsal --data DIR --out rehearsal.jsonl [--model models/default]

`--data` is the folder of public data sets that `models/train.py` reads (they are not part of the project,
and neither is what this writes). Only texts of its training side are drawn, never of the development side
that `benchmarks/quality.py` measures on, and no very long ones, which take most of the time. Texts and
companies get the sentiment that the model `--model` itself gives them, right or wrong: they are to change
nothing (`[classifier] remember`), and a label that contradicts the model would.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from monitor import SENTIMENTS, Example
from monitor_models.datasets import read_examples, split
from monitor_plugins.transformer.serving.engine import Engine

SIZES = {
    "tfns": 600,
    "finfe": 600,
    "headlines": 300,
    "sentfin": 800,
    "cfsc": 500,
    "negative_entity": 400,
    "tfn_topic": 500,
    "finnl": 500,
}
"""Texts drawn of each set."""
LONGEST = {True: 500, False: 400}
"""Characters of a text, in ASCII and not."""


def rehearsal(train: Sequence[Example], share: float, seed: int) -> list[Example]:
    """A draw of `train`, so much of `SIZES` of each set; the same for the same arguments."""
    rng = np.random.default_rng(seed)
    drawn: list[Example] = []
    for name, size in SIZES.items():
        some = [one for one in train if one.origin == name and len(one.text) <= _longest(one)]
        chosen = rng.permutation(len(some))[: round(size * share)]
        drawn += [some[i] for i in chosen]
    return drawn


def rows(example: Example) -> Iterator[dict[str, Any]]:
    """As labelled files have it: a row per company, or one for the text."""
    for name, label in example.companies:
        yield {"text": example.text, "label": label, "entity": name}
    if not example.companies:
        yield {"text": example.text, "label": example.sentiment}


def judged(examples: Sequence[Example], model: Path) -> list[Example]:
    """The examples with the sentiments that the model in the folder gives them, or their companies."""
    names = [[name for name, _ in one.companies] for one in examples]
    found = Engine.load(model).judge([one.text for one in examples], names)

    def likeliest(row: NDArray[np.float32]) -> str:
        return SENTIMENTS[int(row.argmax())]

    return [
        Example(one.text, likeliest(text), companies=tuple(zip(mine, map(likeliest, towards), strict=True)))
        for one, text, mine, towards in zip(examples, found.sentiment, names, found.company, strict=True)
    ]


def _longest(example: Example) -> int:
    return LONGEST[example.text.isascii()]


def main() -> int:
    parser = argparse.ArgumentParser(description="Write texts to rehearse.")
    parser.add_argument("--data", type=Path, required=True, help="folder of the data sets")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--model", type=Path, default=Path("models/default"), help="what is to remember them")
    parser.add_argument("--share", type=float, default=1.0, help="of the sizes above")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    drawn = rehearsal(split(read_examples(arguments.data)).train, arguments.share, arguments.seed)
    drawn = judged(drawn, arguments.model)
    lines = [json.dumps(row, ensure_ascii=False) for one in drawn for row in rows(one)]
    arguments.out.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{arguments.out}: {len(drawn)} texts")
    return 0


if __name__ == "__main__":
    sys.exit(main())
