"""Teachers of the shipped model: what encoders like it make of texts that they have not been fitted on.

Each of several teachers leaves out two neighbouring folds of the labelled texts, and each text is judged
by the teachers that left it out: their mean is what its label would be if its set were labelled anew, and
says how sure one can be of it, which one label does not (cross-fitting; Dao et al. 2021, Knowledge
distillation as semiparametric inference). Texts that none was fitted on, and sentences written to be
learnt, are judged by all. The student learns from these judgements beside the labels
(`targets.distance`). An encoder of this size that sees only labels learns their slips by heart: those of
SEntFiN's training texts it gets 95% right, of others 87%.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from monitor import Example, Progress, Snapshot
from monitor_plugins.transformer.fitting.fit import fit
from monitor_plugins.transformer.fitting.pretrain import pretrain
from monitor_plugins.transformer.fitting.recipe import Recipe
from monitor_plugins.transformer.fitting.start import from_base
from monitor_plugins.transformer.fitting.targets import Targets, picked, score
from monitor_plugins.transformer.fitting.texts import Texts
from monitor_plugins.transformer.network.encoder import Logits
from monitor_plugins.transformer.network.hardware import choose_device

LEFT_OUT = 2  # folds

Three = tuple[NDArray[Any], NDArray[Any], NDArray[Any]]
"""Logits of sentiments, of topics, and of sentiments towards companies."""


@dataclass(frozen=True, slots=True)
class Class:
    """What teachers are fitted and asked about. `texts` are to be judged, `judged` are the topics that each
    set's annotators chose from, and `teachers` is how many there are."""

    topics: tuple[str, ...]
    judged: Mapping[str, frozenset[str]]
    snapshot: Snapshot
    stages: Sequence[tuple[Sequence[Example], Recipe]]
    texts: Sequence[Example]
    teachers: int
    max_tokens: int
    device: str
    threads: int


def fold(example: Example, folds: int) -> int:
    """Which of the folds a text falls into; -1 for one that is of no group, and so in none."""
    if not example.group:
        return -1
    return int(hashlib.sha256(f"fold{example.group}".encode()).hexdigest()[:8], 16) % folds


def leaves_out(number: int, example: Example, teachers: int) -> bool:
    """Whether teacher `number` is not fitted on the example."""
    place = fold(example, teachers)
    return place >= 0 and (place - number) % teachers < LEFT_OUT


def encode(base: str, texts: Sequence[str], recipe: Recipe, device: str, work: Path) -> str:
    """The folder, in `work`, of an encoder made of `base` that has guessed hidden words of the texts."""
    out, part = work / "encoder", work / "encoder.part"
    if not out.exists():
        shutil.rmtree(part, ignore_errors=True)
        torch.manual_seed(recipe.seed)
        begun = from_base(base, ("none",), out.name, recipe.max_tokens, ngrams=0)
        begun.model.to(choose_device(device))
        found = pretrain(begun, texts, recipe, part, lambda what, done, total: None)
        print(f"encoder: {found}", flush=True)
        (work / "encoder.json").write_text(json.dumps({**asdict(recipe), **found}), encoding="utf-8")
        part.rename(out)
    return str(out)


def learn(taught: Class, number: int, base: str, file: Path) -> None:
    """Fit teacher `number`, from the encoder in the folder `base`, and write its logits of the texts, and of
    development, to `file`."""
    torch.set_num_threads(taught.threads)
    torch.manual_seed(number)
    begun = from_base(base, taught.topics, f"teacher-{number}", taught.max_tokens, ngrams=0)
    begun.model.to(choose_device(taught.device))

    def progress(what: str, done: float, total: float) -> None:
        if what.startswith("development"):
            print(f"teacher {number}: {done:.0f} of {total:.0f}, {what}", flush=True)

    for shown, recipe in taught.stages:
        some = [one for one in shown if one.origin and not leaves_out(number, one, taught.teachers)]
        fit(begun, some, taught.snapshot.development, recipe, progress, taught.judged)
    said: dict[str, NDArray[Any]] = {}
    for name, examples in (("texts", taught.texts), ("development", taught.snapshot.development)):
        texts = Texts(examples, begun.tokenizer, begun.config.padding, taught.max_tokens, 0)
        for task, logits in zip(("sentiment", "topics", "company"), texts.predict(begun.model), strict=True):
            said[f"{name}.{task}"] = logits.astype(np.float16)
    part = file.with_suffix(".part")
    with part.open("wb") as out:
        np.savez(out, allow_pickle=False, **said)
    os.replace(part, file)


def teach(
    taught: Class, bases: Sequence[Callable[[], str]], work: Path, pool: Executor, progress: Progress
) -> list[Mapping[str, NDArray[Any]]]:
    """What each teacher says. They start from the `bases` in turn, in the processes of `pool`; what is in
    the folder `work` is not made again."""
    files = [work / f"teacher-{number}.npz" for number in range(taught.teachers)]
    jobs = [
        pool.submit(learn, taught, number, bases[number % len(bases)](), files[number])
        for number in sorted(range(taught.teachers), key=lambda number: number % len(bases))
        if not files[number].exists()
    ]
    for done, job in enumerate(jobs):
        job.result()
        progress("teachers", done + 1, len(jobs))
    return [np.load(file) for file in files]


def consult(taught: Class, said: Sequence[Mapping[str, NDArray[Any]]]) -> Three:
    """The mean, for each text, of the teachers that left it out; of all where each or none did."""
    votes = np.array(
        [[leaves_out(number, one, taught.teachers) for one in taught.texts] for number in range(len(said))]
    )
    votes[:, ~votes.any(0)] = True
    owners = np.repeat(np.arange(len(taught.texts)), [len(one.companies) for one in taught.texts])

    def mean(task: str, votes: NDArray[np.bool_]) -> NDArray[Any]:
        total = sum(one[f"texts.{task}"] * who[:, None] for one, who in zip(said, votes, strict=True))
        return np.asarray(total / votes.sum(0)[:, None], dtype=np.float32)

    return mean("sentiment", votes), mean("topics", votes), mean("company", votes[:, owners])


def scores(taught: Class, said: Sequence[Mapping[str, NDArray[Any]]]) -> dict[str, float]:
    """Of the mean of the teachers, on development."""
    development = taught.snapshot.development
    tasks = ("sentiment", "topics", "company")
    means = [
        np.stack([one[f"development.{task}"] for one in said]).mean(axis=0, dtype=np.float32)
        for task in tasks
    ]
    wanted = Targets.of(development, taught.topics, taught.judged)
    return score(means[0], means[1], means[2], development, wanted)


def told(judged: Three, texts: Sequence[Example], shown: Sequence[Example]) -> Logits:
    """The judgements of the texts `shown`, which are among the `texts`."""
    places = {_key(one): place for place, one in enumerate(texts)}
    rows = torch.tensor([places[_key(one)] for one in shown])
    owners = [i for i, one in enumerate(texts) for _ in one.companies]
    near, _ = picked(torch.tensor(owners, dtype=torch.long), rows)
    sentiment, topics, company = map(torch.from_numpy, judged)
    return Logits(sentiment[rows], topics[rows], company[near])


def distinct(examples: Sequence[Example]) -> list[Example]:
    """Each text about the same companies once."""
    return list({_key(one): one for one in reversed(examples)}.values())[::-1]


def _key(example: Example) -> tuple[str, ...]:
    return (example.text, *(name for name, _ in example.companies))
