"""Texts that a model repeats while it learns the lessons, so that it does not forget what it knew.

    python -m monitor_models.lessons.rehearsal --data DIR --out rehearsal.jsonl [--model models/default]

`--data` is the folder of public data sets that `models/train.py` reads (they are not part of the project,
and neither is what this writes). Only texts of its training side are drawn, never of the development side
that `benchmarks/quality.py` measures on, and no very long ones, which take most of the time. Texts and
companies get the sentiment that the model `--model` itself gives them, right or wrong, and texts its topics:
they are to change nothing (`[classifier] remember`), and a label that contradicts the model would. So would
one of what the model merely guesses, for a label that confirms makes it fairly sure: a text whose sentiment
it guesses says its topics alone.

The rows are shaped as `monitor labels export` writes them, for a text has its own sentiment there, and not
the one that its companies share.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from monitor import SENTIMENTS, Example
from monitor_models.datasets import read_examples, split
from monitor_plugins.transformer.fitting.remembering import FAIRLY
from monitor_plugins.transformer.serving.engine import Engine

Chances = NDArray[np.float32]

SIZES = {
    "tfns": 2800,
    "finfe": 2800,
    "headlines": 800,
    "sentfin": 2000,
    "cfsc": 1200,
    "negative_entity": 900,
    "tfn_topic": 1800,
    "finnl": 1500,
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


def row(example: Example) -> dict[str, Any]:
    """As an exported label has it."""
    return {
        "text": example.text,
        "label": example.sentiment,
        "topics": list(example.topics or ()),
        "companies": [list(pair) for pair in example.companies],
        "normalised": True,
    }


def judged(examples: Sequence[Example], model: Path) -> list[Example]:
    """The examples with what the model in the folder says of them and of their companies."""
    engine = Engine.load(model)
    names = [[name for name, _ in one.companies] for one in examples]
    found = engine.judge([one.text for one in examples], names)
    topics = np.array(engine.config.topics)
    each = zip(examples, names, found.sentiment, found.topics, found.company, strict=True)
    return [said(one.text, mine, text, about, towards, topics) for one, mine, text, about, towards in each]


def said(
    text: str,
    names: Sequence[str],
    sentiment: Chances,
    topics: Chances,
    towards: Chances,
    known: NDArray[Any],
) -> Example:
    """A text with its likeliest sentiment, its topics among those `known`, and the likeliest sentiment
    towards each company named; without a sentiment that is a guess, where it has a topic."""
    chosen = tuple(map(str, known[topics >= 0.5]))
    sure = sentiment.max() >= FAIRLY or not chosen
    return Example(
        text,
        SENTIMENTS[int(sentiment.argmax())] if sure else None,
        chosen or None,
        companies=tuple(
            (name, SENTIMENTS[int(row.argmax())]) for name, row in zip(names, towards, strict=True)
        ),
    )


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
    lines = [json.dumps(row(one), ensure_ascii=False) for one in drawn]
    arguments.out.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{arguments.out}: {len(drawn)} texts")
    return 0


if __name__ == "__main__":
    sys.exit(main())
