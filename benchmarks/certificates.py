"""How often a certificate is wrong, what it covers, and how soon the watchdog fires.

    python -m benchmarks.certificates --data DIR --predictions FILE [--runs 1000] [--json]
    python -m benchmarks.certificates --groups-only [--runs 1000]

The shipped model judges every labelled set once; what it said is kept in the file of `--predictions`, which
is made where it is not there (some five minutes). Everything else is arithmetic on samples drawn from these
judgements, with replacement, so that the whole set is the truth that a certificate speaks of. The model was
fitted on most of the sets: their errors are not what it does on news, and nothing here says so.

One look takes a sample of `--labels` and certifies it. Many looks take one label after the other and may
certify after each. Both are wrong where the error of what is accepted exceeds alpha on the whole set.
Made-up scores have an error just above alpha at every threshold, or a hump where it hurts. The watchdog is
beside Wald's test that knows the error that it looks for.

Groups of texts have thresholds of their own, which share delta: wrong is a run in which any group is
certified whose error exceeds alpha, at any look. Beside it, how often one certificate of all texts together
leaves a group above alpha. The part of made-up groups takes a minute, needs no model, and is printed by
itself with `--groups-only`, which writes nothing.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtr

from benchmarks.certificate_groups import languages, made_up_groups
from benchmarks.looks import ALPHA, DELTA, Judged, by_looks, median_of, once
from benchmarks.machine import command, describe, rounded
from benchmarks.watchdogs import late, quiet, shifts, speed
from monitor import SENTIMENTS
from monitor.datasets import labelled
from monitor.evaluation import bounds, sequence
from monitor.evaluation.bounds import Sample

SETS = {
    "fpb": ("sentiment/fpb_train.csv", "sentiment"),
    "fiqa": ("sentiment/fiqa_train.csv", "sentiment"),
    "tfns": ("sentiment/tfns_train.csv", "sentiment"),
    "finfe": ("sentiment/finfe_zh_train.csv", "sentiment"),
    "headlines": ("sentiment/headlines_zh_train.csv", "sentiment"),
    "finentity": ("entities/finentity_train.csv", "company"),
    "sentfin": ("entities/sentfin_train.csv", "company"),
    "cfsc": ("entities/cfsc_zh_train.csv", "company"),
}
ALPHAS = {"fpb": (0.1, 0.2), "fiqa": (0.2, 0.3), "finentity": (0.05, 0.15)}
"""Limits that a set is certified at: those it can reach; 2% and 5% where nothing is said."""


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure how often certificates are wrong.")
    parser.add_argument("--data", type=Path)
    parser.add_argument("--model", type=Path, default=Path("models/default"))
    parser.add_argument("--predictions", type=Path, help="what the model said, kept here")
    parser.add_argument("--groups-only", action="store_true", help="print what concerns made-up groups")
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--labels", type=int, nargs="+", default=[200, 1000], help="in a sample, in turn")
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results/certificates.json"))
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    arguments = parser.parse_args()

    if arguments.groups_only:
        print(json.dumps(made_up_groups(arguments.runs), indent=1))
        return 0
    if arguments.data is None or arguments.predictions is None:
        parser.error("--data and --predictions are required")
    sets = predictions(arguments.data, arguments.model, arguments.predictions)
    rng = np.random.default_rng(0)
    result: dict[str, Any] = {"command": command(parser, arguments), "runs": arguments.runs, "delta": DELTA}
    result["sets"] = [
        one_set(name, judged, alpha, n, arguments.runs, rng)
        for name, judged in sets.items()
        for alpha in ALPHAS.get(name, (0.02, 0.05))
        for n in arguments.labels
    ]
    _say("sets")
    result["made_up"] = [made_up(shape, arguments.runs, rng) for shape in SHAPES]
    _say("made up")
    result["labels_to_certify"] = labels_to_certify(arguments.runs, rng)
    _say("labels to certify")
    result["quiet"] = [quiet(rate, arguments.runs, rng) for rate in (0.05, 0.03, 0.01)]
    _say("quiet")
    result["speed"] = [speed(rate, arguments.runs, rng) for rate in (0.1, 0.15, 0.25, 0.5, 0.9)]
    result["late"] = [late(after, arguments.runs, rng) for after in (200, 500, 1000)]
    result["shifts"] = shifts(sets, arguments.runs, rng)
    result["groups"] = made_up_groups(arguments.runs)
    result["languages"] = languages(sets, arguments.runs, rng)
    result |= describe("numpy", "scipy")
    arguments.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=1) if arguments.json else summary(result))
    return 0


def predictions(data: Path, model: Path, kept: Path) -> dict[str, Judged]:
    """What the model says of every set, from the file `kept` where that has it."""
    if not kept.is_file():
        from monitor_plugins.transformer.serving.engine import Engine

        engine, found = Engine.load(model), {}
        for name, (file, task) in SETS.items():
            texts, companies, labels = _rows(data / file, task)
            outcome = engine.judge(texts, [[one] for one in companies])
            found[name] = np.concatenate(list(outcome.company)) if companies else outcome.sentiment
            found[f"{name}_truth"] = np.array([SENTIMENTS.index(label) for label in labels], np.int8)
            _say(name)
        np.savez(kept, **found)  # type: ignore[arg-type]
    read = np.load(kept)
    judged = {}
    for name in SETS:
        chances, truth = read[name], read[f"{name}_truth"]
        judged[name] = (chances.max(1).astype(float), chances.argmax(1) != truth, truth)
    return judged


def _rows(file: Path, task: str) -> tuple[list[str], list[str], list[str]]:
    """Texts, companies (none for sentiment) and labels; a text, or a text and a company, once."""
    known: dict[tuple[str, str], str] = {}
    for one in labelled.read(file, [], task).examples:
        for name, label in one.companies if task == "company" else (("", one.sentiment or ""),):
            known.setdefault((one.text, name), label)
    texts, companies = [text for text, _ in known], [name for _, name in known]
    return texts, companies if task == "company" else [], list(known.values())


def one_set(
    name: str, judged: Judged, alpha: float, n: int, runs: int, rng: np.random.Generator
) -> dict[str, Any]:
    """Certificates of samples of a set: by one look, and by looking after every label."""
    score, wrong, _ = judged
    thresholds = sequence.grid(score)
    coverage = [float((score >= threshold).mean()) for threshold in thresholds]
    found: dict[str, list[float | None]] = {"one look": [], "any looks": []}
    for _ in range(runs):
        rows = rng.integers(0, len(score), n)
        sample = Sample.of(score[rows], wrong[rows])
        found["one look"].append(once(sample, alpha).threshold)
        found["any looks"].append(by_looks(sample, thresholds, coverage, alpha).threshold)
    return {
        "set": name,
        "texts": len(score),
        "error": rounded(wrong.mean()),
        "alpha": alpha,
        "labels": n,
        **{how: _outcome(some, score, wrong, alpha) for how, some in found.items()},
    }


def _outcome(
    thresholds: list[float | None], score: NDArray[np.float64], wrong: NDArray[np.bool_], alpha: float
) -> dict[str, float]:
    """The share of samples that were certified, the coverage over all of them (0 where not), and the share
    of all whose accepted error on the whole set exceeds alpha."""
    accepted = [score >= one for one in thresholds if one is not None]
    exceeded = [float(wrong[one].mean()) > alpha for one in accepted]
    return {
        "certified": rounded(len(accepted) / len(thresholds)),
        "coverage": rounded(sum(one.mean() for one in accepted) / len(thresholds)),
        "wrong": rounded(sum(exceeded) / len(thresholds)),
    }


SHAPES = ("just above alpha", "rises a little", "hump")


def made_up(shape: str, runs: int, rng: np.random.Generator, n: int = 600) -> dict[str, Any]:
    """Scores whose error exceeds alpha at every threshold: every certificate is wrong."""
    thresholds = sequence.grid(rng.random(20_000))
    coverage = [(i + 1) / sequence.STEPS for i in range(sequence.STEPS)]
    few = bounds.fewest(ALPHA, DELTA)
    ends = np.arange(20, n + 1, 20)
    made = {"one look": 0, "any looks": 0, "exact test every 20 labels": 0}
    for _ in range(runs):
        score = rng.random(n)
        rate = {
            "just above alpha": np.full(n, 1.01 * ALPHA),
            "rises a little": np.where(score > 0.9, 1.01, 1.05) * ALPHA,
            "hump": np.where((score > 0.7) & (score < 0.85), 1.3, 1.01) * ALPHA,
        }[shape]
        wrong = rng.random(n) < rate
        sample = Sample.of(score, wrong)
        made["one look"] += once(sample, ALPHA).certified
        made["any looks"] += by_looks(sample, thresholds, coverage, ALPHA).certified
        errors = np.cumsum(wrong)[ends - 1]
        made["exact test every 20 labels"] += bool(
            ((bdtr(errors, ends, ALPHA) <= DELTA) & (ends >= few)).any()
        )
    return {"shape": shape, "labels": n, **{how: rounded(count / runs) for how, count in made.items()}}


def labels_to_certify(runs: int, rng: np.random.Generator, n: int = 1500) -> list[dict[str, Any]]:
    """Accepted labels until half of the runs are certified at one threshold, by ways to look again and again:
    the e-process, and exact tests every 20 labels of which the k-th spends delta / (k (k + 1))."""
    looks = np.arange(60, n + 1, 20)
    spent = DELTA / (np.arange(1, len(looks) + 1) * np.arange(2, len(looks) + 2))
    found = []
    for share in (0.0, 0.2, 0.4, 0.6, 1.0):
        wrong = rng.random((runs, n)) < share * ALPHA
        wealth = bounds.below(wrong, np.ones(wrong.shape), ALPHA) >= -math.log(DELTA)
        tests = bdtr(np.cumsum(wrong, 1)[:, looks - 1], looks, ALPHA) <= spent
        found.append(
            {
                "error": rounded(share * ALPHA),
                "e-process": median_of(np.where(wealth.any(1), wealth.argmax(1) + 1, np.inf)),
                "spent look by look": median_of(np.where(tests.any(1), looks[tests.argmax(1)], np.inf)),
                "e-process certified": rounded(wealth.any(1).mean()),
                "spent look by look certified": rounded(tests.any(1).mean()),
            }
        )
    return found


def summary(result: dict[str, Any]) -> str:
    """The figures that decide, for people."""
    most = DELTA + 2 * math.sqrt(DELTA * (1 - DELTA) / result["runs"])
    false = 0.01 + 2 * math.sqrt(0.01 * 0.99 / result["runs"])
    worst = max(one[how]["wrong"] for one in result["sets"] for how in ("one look", "any looks"))
    above = max(one[how] for one in result["made_up"] for how in ("one look", "any looks"))
    alarms = [one["fired"] for one in result["quiet"] + result["shifts"] if "fired" in one]
    ratios = [one["ratio"] for one in result["speed"] + result["shifts"] if "ratio" in one]
    return (
        f"wrong on sets: at most {worst:.1%}, made up: {above:.1%} (aim {most:.1%}); "
        f"false alarms: at most {max(alarms):.1%} (aim {false:.1%}); "
        f"labels beside the test that knows: {max(ratios):.2f} at most (aim 1.5)"
    )


def _say(what: str) -> None:
    print(what, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
