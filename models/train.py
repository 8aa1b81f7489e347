"""Fit the shipped model again.

    python models/train.py --data DIR --base DIR --work DIR --out models/default [--device cuda --at-once 6]

`--data` is the folder of public data sets that `monitor_plugins/transformer/datasets.py` lists (they
are not part of the project), `--base` a pre-trained encoder. What is made on the way is kept in `--work`:
the encoder once it has read the sets' texts (`encoder`), and what its teachers say of them
(`teacher-N.npz`, see `teachers.py`); what is there is not made again, and a student's fitting that was
stopped goes on from its last checkpoint when started again with the same arguments.

A GPU takes minutes. Two cores take days, most of them for the teachers: `--passes 0 --teachers 0` fits
from the labels alone, in four hours.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import torch

from monitor import Example, ModelError, Progress, Snapshot
from monitor_models import teachers
from monitor_models.datasets import (
    DATA_SETS,
    UNLABELLED,
    read_examples,
    read_topics,
    read_unlabelled,
    repeat,
    split,
)
from monitor_models.drills import drills
from monitor_plugins.transformer.compressing.prune import prune_heads, prune_neurons
from monitor_plugins.transformer.fitting.augment import swap_companies, swap_synonyms
from monitor_plugins.transformer.fitting.blend import add_ngrams
from monitor_plugins.transformer.fitting.fit import fit
from monitor_plugins.transformer.fitting.recipe import Recipe
from monitor_plugins.transformer.fitting.release import Facts, release
from monitor_plugins.transformer.fitting.start import Start, from_base
from monitor_plugins.transformer.network.hardware import choose_device

BASE = "multilingual-e5-small (intfloat, MIT), vocabulary cut to Chinese and English, 4-bit"
TOKENS = 192
HEADS, NEURONS = 0.25, 1 / 3  # shares removed from each of the upper layers
SHARES = (1.0, 0.75, 0.5)  # of the weights of the last stage
DRILLS = 20  # how often the last stage shows each written frame, about other companies
LANGUAGES = {"zh": "Chinese", "en": "English"}


def main() -> int:
    arguments = parse()
    started = time.monotonic()
    reported = started - 60

    def progress(what: str, done: float, total: float) -> None:
        nonlocal reported
        now = time.monotonic()
        if now - reported >= 15 or done == total:
            reported = now
            print(f"{now - started:7.0f} s  {what} {done:.0f} of {total:.0f}", file=sys.stderr, flush=True)

    if arguments.out.exists():
        print(f"{arguments.out} exists already: remove it first, or name another folder", file=sys.stderr)
        return 2
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(arguments.seed)
    arguments.work.mkdir(parents=True, exist_ok=True)
    try:
        topics, judged = read_topics(arguments.data)
        snapshot = split(read_examples(arguments.data))
        kept = arguments.work / "student.pt"
        if not kept.exists():
            begun, training = student(arguments, topics, judged, snapshot, progress)
            torch.save({"weights": fitted(begun), "training": json.dumps(training)}, kept)
        begun = from_base(arguments.base, topics, arguments.name, TOKENS)
        state = torch.load(kept, map_location="cpu", weights_only=True)
        begun.model.load_state_dict(state["weights"], strict=False)
        training = {
            "examples": dict(sorted(Counter(example.origin for example in snapshot.train).items())),
            **json.loads(state["training"]),
            "command": f"python models/train.py --seed {arguments.seed} --epochs {arguments.epochs:g} "
            f"--passes {arguments.passes:g} --teachers {arguments.teachers}",
        }
        metrics = finish(arguments, begun, snapshot, judged, training)
    except ModelError as error:
        print(error, file=sys.stderr)
        return 2
    print(json.dumps(metrics["development"], indent=1))
    return 0


def student(
    arguments: argparse.Namespace,
    topics: tuple[str, ...],
    judged: dict[str, frozenset[str]],
    snapshot: Snapshot,
    progress: Progress,
) -> tuple[Start, dict[str, Any]]:
    """A model fitted after its teachers, and how it was."""
    unlabelled = read_unlabelled(arguments.data)
    depth = from_base(arguments.base, topics, arguments.name, TOKENS).model.depth
    stages = recipes(depth, arguments.epochs, arguments.seed)
    more = unlabelled if arguments.teachers else ()  # of which only teachers have something to tell
    shown = [show(snapshot.train, more, stage, arguments.seed) for stage in range(len(stages))]
    texts = teachers.distinct([one for some in shown for one in some])
    taught = teachers.Class(
        topics,
        judged,
        snapshot,
        [(shown[0], stages[0]), ([*shown[1], *practice(snapshot.train, arguments.seed)], stages[1])],
        texts,
        arguments.teachers,
        TOKENS,
        arguments.device,
        max(1, arguments.threads // arguments.at_once),
    )
    with ProcessPoolExecutor(arguments.at_once, get_context("spawn")) as pool:
        bases: dict[str, Callable[[], str]] = {"as it was": lambda: arguments.base}
        if arguments.passes:
            texts_alone = [one.text for one in (*snapshot.train, *unlabelled)]
            recipe = Recipe(
                layers=depth,
                epochs=arguments.passes,
                learning_rate=3e-4,
                layer_decay=1.0,
                batch=256,
                max_tokens=128,
                seed=arguments.seed,
            )
            bases["having read"] = pool.submit(
                teachers.encode, arguments.base, texts_alone, recipe, arguments.device, arguments.work
            ).result
        each = teachers.teach(taught, list(bases.values()), arguments.work, pool, progress)
        alone = [float(np.mean(list(teachers.scores(taught, [one]).values()))) for one in each]
        means = {name: float(np.mean(alone[i :: len(bases)] or 0)) for i, name in enumerate(bases)}
        better = max(reversed(bases), key=means.__getitem__)  # of equals the last
        base = bases[better]()
    said = teachers.consult(taught, each) if each else None
    together = teachers.scores(taught, each) if each else {}
    progress(f"teachers alone {alone}, together {together}, the encoder {better}", 1, 1)
    begun = from_base(base, topics, arguments.name, TOKENS)
    begun.model.to(choose_device(arguments.device))
    history = list[dict[str, Any]]()
    for stage, (some, recipe) in enumerate(zip(shown, stages, strict=True)):
        if stage == 1:
            upper = range(begun.model.depth - recipe.layers, begun.model.depth)
            prune_heads(begun.model, HEADS, upper)
            prune_neurons(begun.model, NEURONS, upper)
        logits = said and teachers.told(said, texts, some)
        found = fit(
            begun, some, snapshot.development, recipe, progress, judged, arguments.work, taught=logits
        )
        history.append(
            {
                "shown": dict(sorted(Counter(one.origin or "unlabelled" for one in some).items())),
                **asdict(recipe),
                "steps": found.steps,
                "best_step": found.best["step"],
                "evaluations": found.evaluations,
                "mixed": found.mixed,
            }
        )
    record = arguments.work / "encoder.json"
    return begun, {
        "read": json.loads(record.read_text(encoding="utf-8")) if arguments.passes else {},
        "teachers": {"number": arguments.teachers, "alone": alone, "together": together},
        "encoder": better,
        "stages": history,
        "pruned_before_stage_2": {"heads": HEADS, "neurons": NEURONS, "layers": stages[1].layers},
    }


def fitted(begun: Start) -> dict[str, torch.Tensor]:
    """The weights that are not the base encoder's still."""
    fixed = ("body.embeddings.", "ngrams.")
    return {name: value for name, value in begun.model.state_dict().items() if not name.startswith(fixed)}


def recipes(depth: int, epochs: float, seed: int) -> tuple[Recipe, ...]:
    """All layers on short cuts of the texts, which most of them fit into; then the upper two thirds on
    whole ones, where the names of companies stand, while they get over what was pruned from them;
    then the same with half of the texts said otherwise, drills among them, and two passes of a text
    made to agree, for by then the texts as they are have been learnt by heart, and mixed with what was
    before it."""
    first = Recipe(
        layers=depth,
        epochs=epochs,
        learning_rate=2e-4,
        head_learning_rate=2e-3,
        layer_decay=0.95,
        batch=128,
        evaluations=3,
        seed=seed,
    )
    second = replace(
        first, layers=depth - depth // 3, learning_rate=1.2e-4, head_learning_rate=1e-3, max_tokens=TOKENS
    )
    third = replace(second, learning_rate=1e-4, evaluations=2, consistency=0.5, seed=seed + 1, shares=SHARES)
    return first, second, third


def show(train: Sequence[Example], unlabelled: Sequence[Example], stage: int, seed: int) -> list[Example]:
    """What a stage shows. The last one changes every other text and adds the drills."""
    shown = repeat(train, stage)
    if stage < 2:
        return [*shown, *unlabelled]
    rng = np.random.default_rng(seed)
    known = sorted({name.strip() for example in train for name, _ in example.companies})
    changed = [
        swap_companies(swap_synonyms(example, rng), known, rng) if rng.random() < 0.5 else example
        for example in shown
    ]
    return [*changed, *unlabelled, *practice(train, seed)]


def practice(train: Sequence[Example], seed: int) -> list[Example]:
    """The drills, about the companies of `train`. The n-grams learn them as well: without, their sum
    outvotes what the encoder has learnt of losses that narrow."""
    return drills([name.strip() for example in train for name, _ in example.companies], DRILLS, seed)


def finish(
    arguments: argparse.Namespace,
    begun: Start,
    snapshot: Snapshot,
    judged: dict[str, frozenset[str]],
    training: dict[str, Any],
) -> dict[str, Any]:
    """Add the n-grams and write the model; its metrics."""
    labelled = [*snapshot.train, *practice(snapshot.train, arguments.seed)]
    blended = add_ngrams(begun, labelled, snapshot.development, arguments.seed, judged)
    sets = [*DATA_SETS, *(UNLABELLED if arguments.passes or arguments.teachers else ())]
    titles = [(one.title, LANGUAGES[one.language], one.licence) for one in sets]
    titles.append(
        ("Sentences written for the project (`models/drills.py`)", "Chinese, English", "Apache-2.0")
    )
    begun.config = replace(begun.config, base=BASE)
    facts = Facts(snapshot.id, {**training, "blend": blended}, titles, judged)
    return release(arguments.out, begun, snapshot.development, facts)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Fit the shipped model on public data sets.")
    parser.add_argument("--data", type=Path, required=True, help="folder of the data sets")
    parser.add_argument("--base", required=True, help="pre-trained encoder: folder, or name on the hub")
    parser.add_argument("--work", type=Path, required=True, help="folder to keep what is made on the way in")
    parser.add_argument("--out", type=Path, required=True, help="model folder to write; must not exist")
    parser.add_argument("--name", default="default-6", help="the model's id")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs", type=float, default=1.0)
    parser.add_argument("--passes", type=float, default=10.0, help="over the texts, guessing hidden words")
    parser.add_argument("--teachers", type=int, default=6)
    parser.add_argument("--at-once", type=int, default=1, help="teachers fitted side by side")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    arguments = parser.parse_args()
    if 0 < arguments.teachers <= teachers.LEFT_OUT:
        parser.error(f"--teachers: 0, or more than the {teachers.LEFT_OUT} that leave a text out")
    return arguments


if __name__ == "__main__":
    sys.exit(main())
