"""What a model learnt from the lessons, beside the one it was before: check-list, families kept back,
development.

    python -m benchmarks.lessons --before DIR --after DIR [--data DIR] [--json]

The check-list is the monitor's (`monitor models check`). The families kept back are
`models/lessons/kept_back.jsonl`: turns of speech in wordings that nobody was taught; a text and its
translation count as one, which both must be right, and towards companies each company counts. With
`--data`, the folder of public data sets, the scores of `benchmarks/quality.py` on its development split
are measured of both models in the same run. Intervals are 95%: of a rate Wilson's, of the kept-back ones
a bootstrap over families, for texts of a family stand and fall together.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import binomtest

from benchmarks.machine import command, describe, rounded
from benchmarks.quality import judge
from benchmarks.questions import ask
from monitor import SENTIMENTS
from monitor.evaluation import checklist
from monitor_models import lessons
from monitor_models.datasets import DATA_SETS, read_examples, read_topics, split
from monitor_plugins.transformer import Transformer
from monitor_plugins.transformer.serving.engine import Engine

KEPT_BACK = Path(lessons.__file__).parent / "kept_back.jsonl"
AIMS = {"narrowing": 0.9, "negation": 0.9, "companies": 0.9, "bilingual": 0.9, "sarcasm": 0.7}
"""Shares of the check-list's cases that the project wants passed."""
MOST_LOST = 0.003
"""How far no development score may fall."""
DRAWS = 1000


def main() -> int:
    parser = argparse.ArgumentParser(description="Compare two models on what the lessons are about.")
    parser.add_argument("--before", type=Path, required=True, help="a model folder")
    parser.add_argument("--after", type=Path, required=True, help="another")
    parser.add_argument("--data", type=Path, help="folder of the data sets")
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results/lessons.json"))
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    arguments = parser.parse_args()
    folders = {"before": arguments.before, "after": arguments.after}
    asked = read(KEPT_BACK)
    models: dict[str, Any] = {}
    for side, folder in folders.items():
        print(f"{side}: {folder}", file=sys.stderr, flush=True)
        engine = Engine.load(folder)
        models[side] = {
            "id": engine.config.id,
            "checklist": listed(folder),
            "kept_back": kept_back(engine, asked),
        }
        if arguments.data is not None:
            models[side]["development"] = development(engine, arguments.data)
    result = {
        "command": command(parser, arguments),
        "models": models,
        "verdict": verdict(models),
        **describe("torch", "transformers", "numpy"),
    }
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=1) if arguments.json else table(models))
    return 0


def listed(folder: Path) -> dict[str, Any]:
    """Per capability of the check-list: cases, share passed, interval."""
    model = Transformer()
    model.load(folder, "measured")
    outcomes = checklist.check(model.classify, checklist.shipped())
    found: dict[str, list[bool]] = defaultdict(list)
    for one in outcomes:
        found[one.case.capability].append(one.passed)
    return {name: rate(some) for name, some in found.items()}


def rate(passed: Sequence[bool]) -> dict[str, Any]:
    """How many, the share that passed, and its interval."""
    low, high = binomtest(sum(passed), len(passed)).proportion_ci(method="wilson")
    return {
        "cases": len(passed),
        "passed": rounded(sum(passed) / len(passed)),
        "interval": [rounded(low), rounded(high)],
    }


def read(file: Path) -> list[dict[str, Any]]:
    """The texts of a file of lessons, each once, with its companies."""
    found: dict[str, dict[str, Any]] = {}
    for line in file.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        text = found.setdefault(row["text"], {**row, "companies": {}})
        if "entity" in row:
            text["companies"][row["entity"]] = row["label"]
    return list(found.values())


def kept_back(engine: Engine, asked: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Per kind: questions, families, share answered right, and its interval."""
    outcome = engine.judge([one["text"] for one in asked], [list(one["companies"]) for one in asked])
    right: dict[str, dict[str, list[bool]]] = defaultdict(lambda: defaultdict(list))
    pairs: dict[tuple[str, int], list[bool]] = defaultdict(list)
    for one, text, towards in zip(asked, outcome.sentiment, outcome.company, strict=True):
        if one["kind"] == "companies":
            answers = [SENTIMENTS[int(row.argmax())] for row in towards]
            truth = one["companies"].values()
            right[one["kind"]][one["family"]] += [a == b for a, b in zip(answers, truth, strict=True)]
        elif one["kind"] == "bilingual":
            pairs[one["family"], one["pair"]].append(SENTIMENTS[int(text.argmax())] == one["label"])
        else:
            right[one["kind"]][one["family"]].append(SENTIMENTS[int(text.argmax())] == one["label"])
    for (family, _), both in pairs.items():
        right["bilingual"][family].append(all(both))
    return {kind: clustered(list(families.values())) for kind, families in sorted(right.items())}


def clustered(families: Sequence[Sequence[bool]]) -> dict[str, Any]:
    """The share of right answers, with an interval by drawing families."""
    hits, sizes = (np.array([f(one) for one in families], dtype=float) for f in (sum, len))
    chosen = np.random.default_rng(0).integers(len(families), size=(DRAWS, len(families)))
    draws = hits[chosen].sum(1) / sizes[chosen].sum(1)
    return {
        "questions": int(sizes.sum()),
        "families": len(families),
        "passed": rounded(hits.sum() / sizes.sum()),
        "interval": [rounded(value) for value in np.quantile(draws, [0.025, 0.975])],
    }


def development(engine: Engine, data: Path) -> dict[str, dict[str, float]]:
    """Accuracy, macro-F1 and weighted F1 by set and task, as `benchmarks.quality` has them."""
    topics, judged = read_topics(data)
    held = split(read_examples(data)).development
    found: dict[str, dict[str, float]] = {}
    for one in DATA_SETS:
        names = [name for name in topics if name in judged.get(one.name, ())]
        mine = [example for example in held if example.origin == one.name]
        for task in ("sentiment", "topics", "company"):
            question = ask(mine, task, one.language, names)
            if question.texts:
                figures = judge(engine, question)
                found[f"{one.name}.{task}"] = {
                    name: figures[name] for name in ("accuracy", "macro_f1", "weighted_f1")
                }
                print(f"  {one.name}.{task}", file=sys.stderr, flush=True)
    return found


def score(key: str, figures: Mapping[str, float]) -> float:
    """The figure that a model's card gives of a set and task."""
    return figures["macro_f1" if key.endswith(".sentiment") else "accuracy"]


def verdict(models: Mapping[str, Any]) -> dict[str, Any]:
    """Which aims are met, and which development scores fell too far."""
    listed = models["after"]["checklist"]
    before, after = (models[side].get("development", {}) for side in ("before", "after"))
    lost = {key: rounded(score(key, after[key]) - score(key, before[key])) for key in before}
    return {
        "aims": {name: listed[name]["passed"] >= aim for name, aim in AIMS.items()},
        "fell_too_far": {key: value for key, value in lost.items() if value < -MOST_LOST},
    }


def section(result: Mapping[str, Any]) -> str:
    """What the benchmarks page says of a result."""
    before, after = (result["models"][side] for side in ("before", "after"))
    lines = [
        "## Lessons\n",
        "The shipped model, and what `monitor train` made of it with the texts of `models/lessons` and "
        "`remember` on, its own\nanswers to training texts beside them. It does not ship, for development "
        f"scores fell by more\nthan {MOST_LOST}: "
        + ", ".join(f"{name} {value:+.4f}" for name, value in result["verdict"]["fell_too_far"].items())
        + ".\n",
        "| what | kind | shipped | taught | interval | aim |",
        "|---|---|---|---|---|---|",
    ]
    for part, title in (("checklist", "check-list"), ("kept_back", "families kept back")):
        for name, figures in after[part].items():
            low, high = figures["interval"]
            aim = f"{AIMS[name]:.0%}" if part == "checklist" and name in AIMS else ""
            was = before[part][name]["passed"]
            lines.append(
                f"| {title} | {name} | {was:.1%} | {figures['passed']:.1%} | {low:.1%} to {high:.1%} "
                f"| {aim} |"
            )
    for key in after.get("development", {}):
        was, now = score(key, before["development"][key]), score(key, after["development"][key])
        lines.append(f"| development | {key} | {was:.4f} | {now:.4f} | {now - was:+.4f} | |")
    return "\n".join([*lines, ""])


def table(models: Mapping[str, Any]) -> str:
    """The figures for people."""
    before, after = models["before"], models["after"]
    lines = [f"{'':<32} {before['id']:>10} {after['id']:>10}"]
    for part in ("checklist", "kept_back"):
        for name, figures in after[part].items():
            low, high = figures["interval"]
            was = before[part][name]["passed"]
            lines.append(
                f"{part + ' ' + name:<32} {was:>10.3f} {figures['passed']:>10.3f}   {low:.3f} to {high:.3f}"
            )
    for key in after.get("development", {}):
        was, now = (score(key, one["development"][key]) for one in (before, after))
        lines.append(f"{'development ' + key:<32} {was:>10.4f} {now:>10.4f}   {now - was:+.4f}")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
