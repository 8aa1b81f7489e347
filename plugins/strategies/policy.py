"""Query strategy `policy`: a small network that learned from labelled history what to ask about.

Each article is `FEATURES` numbers, standardised over its pool; a layer of tanh and one of weights give its
score, and a batch is drawn by the softmax of the scores without replacement (Plackett-Luce, by Gumbel's
trick). The network is trained by policy gradient (REINFORCE, Williams 1992) in episodes over labelled
history: a batch is drawn, its labels are added, a head is fitted, and what came of it is the reward of the
round:

- ``gain``: how much macro-F1 on held-back texts rose (after Fang et al., EMNLP 2017);
- ``surprise``: the mean loss of the model on the labels it received, plus `alpha` times the log-probability
  of the choice, which keeps the policy from spreading.

Returns are discounted sums, less a baseline, the running mean of each round's return; an entropy bonus keeps
it exploring. The gradient of the log-probability of a draw without replacement is taken as that of its
rows drawn one by one from the whole pool, which is close where a batch is a small part of it.

What was learned is policy.json: the network, how it was trained, and a SHA-256 over both. The monitor plays
it against `margin` on held-back episodes and writes the verdict beside it (`gate`); where it is not better,
or none is named, `margin` serves.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from monitor import Choice, Episode, Message, ModelError, Pool, Progress
from monitor_plugins.strategies.coverage import similarity
from monitor_plugins.strategies.ranking import chosen, lots, ranked
from monitor_plugins.strategies.uncertainty import Margin, entropy, least_confidence, margin

FILE = "policy.json"
FORMAT = 1
FEATURES = (
    *("least_confidence", "margin", "entropy", "density", "novelty"),
    *("rarity", "source_share", "age", "length"),
)
REWARDS = ("gain", "surprise")
DISCOUNT = 0.9
_CENTRES = 256
_ADAM = (0.9, 0.999, 1e-8)

Weights = dict[str, NDArray[np.float64]]


def features(pool: Pool) -> NDArray[np.float64]:
    """(N, len(FEATURES)), standardised; what a pool does not tell is 0."""
    probabilities = np.asarray(pool.column("probabilities"), dtype=np.float64)
    nothing = np.zeros(len(pool))
    labels = np.zeros(0, dtype=np.int64) if pool.labels is None else pool.labels
    counts = np.bincount(labels, minlength=probabilities.shape[1])
    share = nothing
    if pool.source is not None and len(pool):
        _, which, often = np.unique(pool.source, return_inverse=True, return_counts=True)
        share = often[which] / len(pool)
    found = np.column_stack(
        [
            least_confidence(probabilities),
            margin(probabilities),
            entropy(probabilities),
            nothing if pool.vectors is None else similarity(pool.vectors),
            nothing if pool.vectors is None else _novelty(pool),
            probabilities @ (1.0 / (1.0 + counts)),
            share,
            nothing if pool.age is None else np.log1p(np.maximum(pool.age, 0)),
            nothing if pool.length is None else np.log1p(pool.length),
        ]
    )
    found = np.nan_to_num(found, posinf=0.0, neginf=0.0)
    spread = found.std(axis=0)
    standard: NDArray[np.float64] = (found - found.mean(axis=0)) / np.where(spread > 1e-9, spread, 1.0)
    return np.clip(standard, -5, 5)


def _novelty(pool: Pool) -> NDArray[np.float64]:
    """The distance to the nearest labelled vector, of the newest few."""
    known = pool.labelled_vectors
    if known is None or not len(known) or pool.vectors is None:
        return np.zeros(len(pool))
    centres = known[-_CENTRES:].astype(np.float32)
    centres = centres[np.isfinite(centres).all(axis=1)]
    if not len(centres):
        return np.zeros(len(pool))
    lengths = (centres**2).sum(axis=1)
    found = np.empty(len(pool))
    for start in range(0, len(pool), 4096):
        part = pool.vectors[start : start + 4096].astype(np.float32)
        apart = (part**2).sum(axis=1) + (lengths - 2 * (part @ centres.T)).min(axis=1)
        found[start : start + 4096] = np.sqrt(np.maximum(apart, 0))
    return found


def scores(weights: Weights, x: NDArray[np.float64]) -> NDArray[np.float64]:
    """(N,) the network's scores."""
    found: NDArray[np.float64] = np.tanh(x @ weights["w1"] + weights["b1"]) @ weights["w2"]
    return found


def gradient(weights: Weights, x: NDArray[np.float64], of_scores: NDArray[np.float64]) -> Weights:
    """The gradient of a sum of scores weighed by `of_scores`, by each of the weights."""
    hidden = np.tanh(x @ weights["w1"] + weights["b1"])
    back = of_scores[:, None] * weights["w2"] * (1 - hidden**2)
    return {"w1": x.T @ back, "b1": back.sum(axis=0), "w2": hidden.T @ of_scores}


def softmax(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Probabilities of scores."""
    shifted: NDArray[np.float64] = np.exp(values - values.max())
    shifted /= shifted.sum()
    return shifted


@dataclass
class Policy:
    """A learned policy, of the folder `model`; `margin` where that is empty or was not found better.

    Learning: `reward`, ``gain`` or ``surprise`` with its `alpha`; `hidden` numbers in the layer, `passes`
    over the episodes, the learning `rate`, and the weight of the `entropy` bonus."""

    model: str = ""
    reward: str = "gain"
    alpha: float = 0.01
    hidden: int = 8
    passes: int = 3
    rate: float = 0.02
    entropy: float = 0.01
    seed: int = 0

    kind: ClassVar[str] = "policy"
    needs: ClassVar[Collection[str]] = (
        *("probabilities", "vectors", "story", "age", "source", "length"),
        *("labels", "labelled_vectors"),
    )
    _weights: Weights | None = field(default=None, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.reward not in REWARDS:
            raise ValueError(f"reward: expected one of {', '.join(REWARDS)}, found {self.reward!r}")
        for name in ("hidden", "passes"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name}: expected 1 or more, found {getattr(self, name)}")

    def load(self, folder: Path) -> None:
        """Choose by what `fit` wrote. Raises ModelError where it is damaged."""
        told = read(folder)
        self._weights = {name: np.array(rows, dtype=np.float64) for name, rows in told["weights"].items()}

    def select(self, pool: Pool, n: int, rng: np.random.Generator) -> Choice:
        """The `n` of the highest scores, or what `margin` chooses where no better policy is named."""
        if self._weights is None and self.model and passed(Path(self.model)):
            self.load(Path(self.model))
        if self._weights is None:
            return Margin().select(pool, n, rng)
        found = scores(self._weights, features(pool))
        rows = ranked(pool, found, n, rng)
        told = []
        for row in np.sort(np.asarray(pool.column("probabilities"))[rows], axis=1)[:, ::-1].tolist():
            sound = np.isfinite(row).all()
            first, second = row[:2]
            told.append(
                Message("acquisition.learned", first=first, second=second)
                if sound
                else Message("acquisition.unjudged")
            )
        return chosen(rows, found[rows], told)

    def fit(self, episodes: Sequence[Episode], out: Path, progress: Progress) -> Mapping[str, Any]:
        """Learn from the episodes and write policy.json to the folder `out`."""
        rng = np.random.default_rng(self.seed)
        weights: Weights = {
            "w1": rng.normal(0, 0.3, (len(FEATURES), self.hidden)),
            "b1": np.zeros(self.hidden),
            "w2": rng.normal(0, 0.3, self.hidden),
        }
        step = _Adam(self.rate)
        baseline: dict[int, float] = {}
        rewards: list[float] = []
        total = self.passes * len(episodes)
        for number in range(total):
            rounds = self._play(episodes[number % len(episodes)], weights, rng)
            rewards.append(float(np.mean([reward for reward, _ in rounds])) if rounds else 0.0)
            returned, change = 0.0, {name: np.zeros_like(value) for name, value in weights.items()}
            for place in reversed(range(len(rounds))):
                reward, slopes = rounds[place]
                returned = reward + DISCOUNT * returned
                before = baseline.get(place, returned)
                baseline[place] = before + 0.2 * (returned - before)
                for name in change:
                    change[name] += (returned - before) * slopes["chosen"][name]
                    change[name] += self.entropy * slopes["entropy"][name]
            step.climb(weights, change)
            progress("episodes", number + 1, total)
        trained = {
            "reward": self.reward,
            "alpha": self.alpha,
            "episodes": total,
            "seed": self.seed,
            "first_rewards": _mean(rewards[: len(episodes)]),
            "last_rewards": _mean(rewards[-len(episodes) :]),
        }
        write(out, weights, trained)
        self._weights = weights
        return trained

    def _play(
        self, episode: Episode, weights: Weights, rng: np.random.Generator
    ) -> list[tuple[float, Mapping[str, Weights]]]:
        """Draw batch by batch; of each round the reward, and the slopes of what was drawn and of entropy."""
        labelled = episode.start
        pool, quality = episode.see(labelled)
        rounds: list[tuple[float, Mapping[str, Weights]]] = []
        while len(labelled) < episode.most and len(pool):
            n = min(episode.batch, episode.most - len(labelled), len(pool))
            x = features(pool)
            found = scores(weights, x)
            shares = softmax(found)
            lot = np.maximum(lots(pool, rng), 1e-12)
            rows = np.argsort(-(found - np.log(-np.log(lot))), kind="stable")[:n]  # Gumbel's trick
            of_chosen = -n * shares
            of_chosen[rows] += 1
            logs = np.log(np.maximum(shares, 1e-12))
            of_entropy = -shares * (logs - (shares * logs).sum())
            slopes = {
                "chosen": gradient(weights, x, of_chosen / n),
                "entropy": gradient(weights, x, of_entropy),
            }
            asked = pool.ids[rows]
            truth = np.asarray(pool.column("probabilities"))[rows, episode.answers[asked]]
            labelled = np.concatenate([labelled, asked])
            pool, now = episode.see(labelled)
            if self.reward == "gain":
                reward = 100 * (now - quality)
            else:
                reward = float(-np.log(np.maximum(truth, 1e-6)).mean() + self.alpha * logs[rows].mean())
            quality = now
            rounds.append((reward, slopes))
        return rounds


class _Adam:
    """Gradient ascent (Kingma and Ba 2015)."""

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._first: Weights = {}
        self._second: Weights = {}
        self._steps = 0

    def climb(self, weights: Weights, change: Weights) -> None:
        one, two, tiny = _ADAM
        self._steps += 1
        for name, slope in change.items():
            self._first[name] = one * self._first.get(name, 0.0) + (1 - one) * slope
            self._second[name] = two * self._second.get(name, 0.0) + (1 - two) * slope**2
            first = self._first[name] / (1 - one**self._steps)
            second = self._second[name] / (1 - two**self._steps)
            weights[name] += self._rate * first / (np.sqrt(second) + tiny)


def write(folder: Path, weights: Weights, trained: Mapping[str, Any]) -> None:
    """policy.json in the folder, with its digest."""
    content = {
        "format": FORMAT,
        "features": list(FEATURES),
        "weights": {name: value.tolist() for name, value in weights.items()},
        "trained": dict(trained),
    }
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps({**content, "digest": digest(content)}, indent=1)
    (folder / FILE).write_text(text + "\n", encoding="utf-8")


def read(folder: Path) -> dict[str, Any]:
    """What `write` wrote. Raises ModelError where it is not there, or not as it was written."""
    file = folder / FILE
    try:
        told = json.loads(file.read_text(encoding="utf-8"))
        kept = told.pop("digest")
        sound = kept == digest(told) and told["format"] == FORMAT and told["features"] == list(FEATURES)
        shapes = {name: np.shape(value) for name, value in told["weights"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(
            Message("acquisition.policy_unread", file=str(file), error=str(error)[:200])
        ) from None
    width = shapes.get("b1", (0,))[0]
    if not sound or shapes != {"w1": (len(FEATURES), width), "b1": (width,), "w2": (width,)}:
        raise ModelError(Message("acquisition.policy_damaged", file=str(file)))
    found: dict[str, Any] = {**told, "digest": kept}
    return found


def digest(content: Mapping[str, Any]) -> str:
    """The SHA-256 of what a policy is."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def passed(folder: Path) -> bool:
    """Whether the policy in the folder was found better than `margin`: by a gate.json that is about it."""
    try:
        gate = json.loads((folder / "gate.json").read_text(encoding="utf-8"))
        return bool(gate["better"]) and gate["digest"] == read(folder)["digest"]
    except (OSError, ValueError, KeyError, TypeError, ModelError):
        return False


def _mean(values: Sequence[float]) -> float:
    return round(float(np.mean(values)), 4) if values else 0.0
