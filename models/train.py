"""Fit the shipped model again.

    python models/train.py --data DIR --base DIR --out models/default [--checkpoint DIR]
    python models/train.py --data DIR --begun DIR --out models/default [--checkpoint DIR]

`--data` is the folder of public data sets that `monitor_plugins/transformer/datasets.py` lists (they
are not part of the project), `--base` a pre-trained encoder. With `--begun`, a model that this
program made is fitted in the stages that it has not been fitted in, and its n-grams anew. With
`--checkpoint` a run that was stopped goes on from its last checkpoint when started again with the
same arguments.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import torch

from monitor import Example, ModelError
from monitor_models.drills import drills
from monitor_plugins.transformer.augment import swap_companies, swap_synonyms
from monitor_plugins.transformer.blend import add_ngrams, take_out
from monitor_plugins.transformer.datasets import DATA_SETS, read_examples, read_topics, repeat, split
from monitor_plugins.transformer.fit import fit
from monitor_plugins.transformer.prune import prune_heads, prune_neurons
from monitor_plugins.transformer.recipe import Recipe
from monitor_plugins.transformer.release import Facts, release
from monitor_plugins.transformer.start import begin, from_base

BASE = "multilingual-e5-small (intfloat, MIT), vocabulary cut to Chinese and English, 4-bit"
HEADS, NEURONS = 0.25, 1 / 3  # shares removed from each of the upper layers
SHARES = (1.0, 0.75, 0.5, 0.25)  # of the weights of the last stage
LAST, DRILLS = 2, 20  # the last stage, and how often it shows each written frame, about other companies
LANGUAGES = {"zh": "Chinese", "en": "English"}


def main() -> int:
    arguments = parse()
    started = time.monotonic()
    reported = started - 60

    def progress(what: str, done: float, total: float) -> None:
        nonlocal reported
        now = time.monotonic()
        if now - reported >= 30 or done == total:
            reported = now
            print(f"{now - started:7.0f} s  {what} {done:.0f} of {total:.0f}", file=sys.stderr, flush=True)

    if arguments.out.exists():
        print(f"{arguments.out} exists already: remove it first, or name another folder", file=sys.stderr)
        return 2
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(arguments.seed)
    topics, judged = read_topics(arguments.data)
    snapshot = split(read_examples(arguments.data))
    try:
        if arguments.begun:
            begun = begin(snapshot, arguments.begun, "", arguments.name, arguments.seed)
            earlier = json.loads((arguments.begun / "metrics.json").read_text("utf-8"))["training"]
            take_out(begun.model, earlier["blend"])
            stages = list(earlier["stages"])
        else:
            begun = from_base(arguments.base, topics, arguments.name, max_tokens=192)
            stages = []
        if arguments.checkpoint:
            arguments.checkpoint.mkdir(parents=True, exist_ok=True)
        for stage, recipe in enumerate(recipes(begun.model.depth, arguments.epochs, arguments.seed)):
            if stage < len(stages):
                continue
            shown = show(snapshot.train, stage, arguments.seed)
            if stage == 1:
                upper = range(begun.model.depth - recipe.layers, begun.model.depth)
                prune_heads(begun.model, HEADS, upper)
                prune_neurons(begun.model, NEURONS, upper)
            history = fit(
                begun,
                shown,
                snapshot.development,
                recipe,
                progress,
                judged,
                arguments.checkpoint,
            )
            stages.append(
                {
                    "shown": dict(sorted(Counter(example.origin for example in shown).items())),
                    **asdict(recipe),
                    "steps": history.steps,
                    "best_step": history.best["step"],
                    "evaluations": history.evaluations,
                    "mixed": history.mixed,
                }
            )
        blended = add_ngrams(
            begun,
            [*snapshot.train, *practice(snapshot.train, arguments.seed)],
            snapshot.development,
            arguments.seed,
            judged,
        )
        start = f"--begun {begun.parent} " if begun.parent else ""
        training = {
            "examples": dict(sorted(Counter(example.origin for example in snapshot.train).items())),
            "stages": stages,
            "pruned_before_stage_2": {"heads": HEADS, "neurons": NEURONS, "layers": stages[1]["layers"]},
            "blend": blended,
            "command": f"python models/train.py {start}--seed {arguments.seed} --epochs {arguments.epochs:g}",
        }
        titles = [(one.title, LANGUAGES[one.language], one.licence) for one in DATA_SETS]
        titles.append(
            ("Sentences written for the project (`models/drills.py`)", "Chinese, English", "Apache-2.0")
        )
        begun.config = replace(begun.config, base=BASE)
        facts = Facts(snapshot.id, training, titles, judged)
        metrics = release(arguments.out, begun, snapshot.development, facts)
    except ModelError as error:
        print(error, file=sys.stderr)
        return 2
    print(json.dumps(metrics["development"], indent=1))
    return 0


def recipes(depth: int, epochs: float, seed: int) -> tuple[Recipe, ...]:
    """All layers on short cuts of the texts, which most of them fit into; then the upper two thirds on
    whole ones, where the names of companies stand, while they get over what was pruned from them;
    then the same with half of the texts said otherwise, drills among them, and two passes of a text
    made to agree, for by then the texts as they are have been learnt by heart, and mixed with what was
    before it."""
    first = Recipe(
        layers=depth, epochs=epochs, learning_rate=1e-4, layer_decay=0.95, evaluations=4, seed=seed
    )
    second = replace(
        first, layers=depth - depth // 3, learning_rate=6e-5, head_learning_rate=5e-4, max_tokens=192
    )
    third = replace(second, learning_rate=5e-5, evaluations=2, consistency=0.5, seed=seed + 1, shares=SHARES)
    return first, second, third


def show(train: Sequence[Example], stage: int, seed: int) -> list[Example]:
    """What a stage shows. The last one changes every other text and adds the drills."""
    shown = repeat(train, stage)
    if stage < LAST:
        return shown
    rng = np.random.default_rng(seed)
    known = sorted({name.strip() for example in train for name, _ in example.companies})
    changed = [
        swap_companies(swap_synonyms(example, rng), known, rng) if rng.random() < 0.5 else example
        for example in shown
    ]
    return [*changed, *practice(train, seed)]


def practice(train: Sequence[Example], seed: int) -> list[Example]:
    """The drills, about the companies of `train`. The n-grams learn them as well: without, their sum
    outvotes what the encoder has learnt of losses that narrow."""
    return drills([name.strip() for example in train for name, _ in example.companies], DRILLS, seed)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Fit the shipped model on public data sets.")
    parser.add_argument("--data", type=Path, required=True, help="folder of the data sets")
    start = parser.add_mutually_exclusive_group(required=True)
    start.add_argument("--base", help="pre-trained encoder: folder, or name on the hub")
    start.add_argument("--begun", type=Path, help="a model that this program made")
    parser.add_argument("--out", type=Path, required=True, help="model folder to write; must not exist")
    parser.add_argument("--name", default="default-5", help="the model's id")
    parser.add_argument("--checkpoint", type=Path, help="folder to keep checkpoints in")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs", type=float, default=1.0)
    parser.add_argument("--threads", type=int, default=2)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
