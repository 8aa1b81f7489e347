"""Make the shipped model of one that was fitted from it with `monitor train` and went through the gate.

    python -m monitor_models.adopt --model DIR --data DIR --name default-7 --out DIR

The weights stay as they are. The new folder has a name of its own, a card that lists all data that went
into either fitting, and temperatures, topics' intercepts and figures of the development split that
`models/train.py` uses, so that its figures compare with those of the versions before. `--data` is the
folder of public data sets.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from monitor import ModelError, Snapshot
from monitor_models.datasets import DATA_SETS, UNLABELLED, read_examples, read_topics, split
from monitor_models.train import LANGUAGES
from monitor_plugins.transformer.fitting.release import Facts, release
from monitor_plugins.transformer.fitting.start import begin

WRITTEN = (
    ("Sentences written for the project (`models/drills.py`)", "Chinese, English", "Apache-2.0"),
    ("Lessons written for the project (`models/lessons/`)", "Chinese, English", "Apache-2.0"),
)


def main() -> int:
    parser = argparse.ArgumentParser(description="Give a fitted model the shipped one's name and card.")
    parser.add_argument("--model", type=Path, required=True, help="folder of the fitted model")
    parser.add_argument("--before", type=Path, default=Path("models/default"), help="what it was fitted from")
    parser.add_argument("--data", type=Path, required=True, help="folder of the data sets")
    parser.add_argument("--name", required=True, help="the model's id")
    parser.add_argument("--out", type=Path, required=True, help="model folder to write; must not exist")
    arguments = parser.parse_args()
    if arguments.out.exists():
        print(f"{arguments.out} exists already: remove it first, or name another folder", file=sys.stderr)
        return 2
    try:
        scores = adopt(arguments.model, arguments.before, arguments.data, arguments.name, arguments.out)
    except ModelError as error:
        print(error, file=sys.stderr)
        return 2
    print(json.dumps(scores, indent=1))
    return 0


def adopt(model: Path, before: Path, data: Path, name: str, out: Path) -> dict[str, Any]:
    """Write the folder `out`; the development figures. Raises ModelError where a model is damaged."""
    _, judged = read_topics(data)
    snapshot = split(read_examples(data))
    begun = begin(Snapshot("", (), ()), model, "", name, 0)
    begun.parent = str(json.loads((before / "config.json").read_text(encoding="utf-8"))["id"])
    titles = [(one.title, LANGUAGES[one.language], one.licence) for one in (*DATA_SETS, *UNLABELLED)]
    own, parent = (
        json.loads((folder / "metrics.json").read_text(encoding="utf-8")) for folder in (model, before)
    )
    training = {"lessons": {**own["training"], "data": own["data"]}, "before": parent["training"]}
    facts = Facts(snapshot.id, training, [*titles, *WRITTEN], judged)
    metrics = release(out, begun, snapshot.development, facts)
    return dict(metrics["development"])


if __name__ == "__main__":
    sys.exit(main())
