"""Whether a policy that learned from labelled history asks better than margin: on that history and on others.

    python -m benchmarks.policy --data DIR --encoder DIR --out benchmarks/results/policy.json [--vectors DIR]

As `monitor policy train` does it, a policy learns from episodes over one set of HISTORIES, once for each
reward, and is played against margin on episodes of the same set that were held back: this is its gate. Then
it is played on sets that it has never seen, in the batches of `benchmarks.simulation`. Ahead is the mean
macro-F1 along its learning curve less margin's, in pairs, with the 95% interval of the mean (Student's t);
what it saves is the labels that the mean curves need for 95% of the ceiling. Margin serves where the policy
is not better at its gate.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import machine
from benchmarks.simulation import SETS, read, reading
from monitor.acquisition import policies, rehearsal, simulate
from monitor.acquisition.simulate import Curve, HeadLearner, Material
from monitor.hookspecs import Strategy
from monitor_plugins.strategies.policy import REWARDS, Policy
from monitor_plugins.strategies.uncertainty import Margin
from monitor_plugins.transformer import Transformer

HISTORIES = ("PhraseBank", "FinFE")
OTHERS = ("TFNS", "FinEntity", "FiQA", "PhraseBank", "FinFE")
TRAINED = range(100, 110)
HELD = range(110, 120)
PLAYED = range(1, 6)
MOST = 0.2
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def learned(name: str, some: Material, reward: str, folder: Path) -> tuple[Policy, dict[str, Any]]:
    """A policy of the history of the set, and what its gate says."""
    policy = Policy(reward=reward)
    how = rehearsal.plan(some, tuple(TRAINED), most=MOST, full=False)
    told = policies.train(
        some, policy, Margin(), how, tuple(HELD), folder, NOW, _progress(f"{name}, {reward}")
    )
    kept = ("metrics", "ahead", "ahead_interval", "held_episodes", "better", "serves")
    found = {"batch": how.batch, **{key: told[key] for key in kept}}
    print(f"{name}, {reward}: {json.dumps(found)}", file=sys.stderr, flush=True)
    return policy, found


def played(name: str, some: Material, policies_by: dict[str, Policy], seeds: Sequence[int]) -> dict[str, Any]:
    """Margin and the policies, by where they come from, on the same splits of a set."""
    _, _, batch, most = SETS[name]
    how = rehearsal.plan(some, tuple(seeds), batch=batch, most=min(most, 0.4), full=False)
    curves: dict[str, list[Curve]] = {}
    tops = []
    for seed in seeds:
        print(f"{name}, seed {seed}", file=sys.stderr, flush=True)
        learn = HeadLearner(some)
        tops.append(simulate.ceiling(some, seed, how, learn))
        strategies: dict[str, Strategy] = {"margin": Margin(), **policies_by}
        for kind, strategy in strategies.items():
            curves.setdefault(kind, []).append(simulate.curve(some, strategy, seed, how, HeadLearner(some)))
    target = simulate.SHARE * float(np.mean(tops))
    labels = min((one.labels for runs in curves.values() for one in runs), key=len)  # pools differ in size
    told = {}
    for kind, runs in curves.items():
        mean = np.mean([one.scores[: len(labels)] for one in runs], axis=0)
        needed = simulate.reached(labels, mean, target)
        told[kind] = {"labels_needed": needed if np.isfinite(needed) else None}
        if kind != "margin":
            pairs = zip(runs, curves["margin"], strict=True)
            ahead = [float(np.mean(one.scores) - np.mean(other.scores)) for one, other in pairs]
            told[kind] |= policies.interval(ahead)
    return {"last": labels[-1], "strategies": told}


def _progress(what: str) -> Any:
    def say(stage: str, done: int, steps: int) -> None:
        print(f"{what}: {stage} {done} of {steps}", file=sys.stderr, flush=True)

    return say


def main() -> int:
    """Train, play, and write the result."""
    parser = reading(__doc__)
    arguments = parser.parse_args()
    folders = {"encoder": arguments.encoder, "shipped": arguments.model}
    gates: dict[str, Any] = {}
    trained: dict[str, Policy] = {}
    with tempfile.TemporaryDirectory() as work:
        materials = {}
        for name in dict.fromkeys((*HISTORIES, *OTHERS)):
            embed = rehearsal.Encoder(Transformer, folders[SETS[name][1]], Path(work) / name).embed
            materials[name] = read(name, arguments.data, embed, arguments.vectors)
        for name in HISTORIES:
            for reward in REWARDS:
                kind = f"{name}, {reward}"
                trained[kind], gates[kind] = learned(name, materials[name], reward, Path(work))
        others = {}
        for name in OTHERS:
            foreign = {kind: one for kind, one in trained.items() if not kind.startswith(f"{name},")}
            others[name] = played(name, materials[name], foreign, PLAYED)
    result = {
        "command": machine.command(parser, arguments),
        "episodes": len(TRAINED),
        "gates": gates,
        "others": others,
        **machine.describe("numpy", "scipy", "torch"),
    }
    arguments.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
