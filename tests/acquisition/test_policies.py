"""A policy learns, is kept, is played against margin, and serves only where it is better."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from monitor.acquisition import policies
from monitor.acquisition.simulate import Plan
from monitor.errors import ModelError, UserError
from monitor.selection import Choice, Episode, needed
from monitor.testing import make_pool
from monitor_plugins.strategies import Margin, Policy, Random
from monitor_plugins.strategies import policy as network
from tests.acquisition.test_simulate import made

NOW = datetime(2026, 1, 5, tzinfo=UTC)
PLAN = Plan(batch=10, start=10, most=0.25, seeds=(100, 101, 102))
HELD = (200, 201, 202)


def silent(what: str, done: float, total: float) -> None:
    pass


def test_gradients_are_those_of_small_steps() -> None:
    rng = np.random.default_rng(0)
    weights = {"w1": rng.normal(size=(9, 4)), "b1": rng.normal(size=4), "w2": rng.normal(size=4)}
    x, of_scores = rng.normal(size=(20, 9)), rng.normal(size=20)
    found = network.gradient(weights, x, of_scores)
    for name, value in weights.items():
        for place in np.ndindex(value.shape):
            both = []
            for step in (1e-6, -1e-6):
                moved = {key: one.copy() for key, one in weights.items()}
                moved[name][place] += step
                both.append((network.scores(moved, x) * of_scores).sum())
            assert found[name][place] == pytest.approx((both[0] - both[1]) / 2e-6, abs=1e-5)


def bandit(answers: Any) -> Episode:
    """What is of class 2 is worth asking about, and the model's doubt says which these are."""
    shares = np.where((answers == 2)[:, None], [0.34, 0.33, 0.33], [0.05, 0.9, 0.05])

    def see(labelled: Any) -> Any:
        left = np.setdiff1d(np.arange(len(answers)), labelled)
        pool = make_pool(len(left), ids=left, probabilities=shares[left], story=None)
        return pool, float((answers[labelled] == 2).mean())

    return Episode(answers, np.array([0]), 5, 21, see)


@pytest.mark.parametrize("reward", network.REWARDS)
def test_it_learns_what_pays(tmp_path: Path, reward: str) -> None:
    rng = np.random.default_rng(1)
    episodes = [bandit(np.where(rng.random(80) < 0.3, 2, 1)) for _ in range(4)]
    learner = Policy(reward=reward, passes=30, rate=0.05)
    told = learner.fit(episodes, tmp_path, silent)
    assert told["episodes"] == 120 and told["last_rewards"] > told["first_rewards"]
    pool, _ = episodes[0].see(np.array([0]))
    rows = learner.select(pool, 8, rng).rows
    assert (episodes[0].answers[pool.ids[list(rows)]] == 2).mean() > 0.8


def test_what_was_learned_is_kept_and_repeats(tmp_path: Path) -> None:
    some = made()
    episodes = [policies.episode(some, seed, PLAN, needed(Policy())) for seed in PLAN.seeds]
    learner = Policy(passes=1)
    learner.fit(episodes, tmp_path, silent)
    other = Policy(passes=1)
    other.fit(episodes, tmp_path / "again", silent)
    assert network.read(tmp_path) == network.read(tmp_path / "again")
    loaded = Policy()
    loaded.load(tmp_path)
    pool = make_pool()
    choices = [one.select(pool, 10, np.random.default_rng(0)) for one in (learner, loaded)]
    assert choices[0] == choices[1] and choices[0].reasons[0].startswith("the learned policy asks")


@pytest.mark.parametrize("damage", ["", "{}", "[]", "no json", '{"digest": 7, "weights": 7}'])
def test_a_file_that_is_damaged_is_refused(tmp_path: Path, damage: str) -> None:
    network.write(tmp_path, {"w1": np.zeros((9, 2)), "b1": np.zeros(2), "w2": np.zeros(2)}, {})
    file = tmp_path / network.FILE
    file.write_text(damage)
    with pytest.raises(ModelError, match="monitor policy train"):
        Policy().load(tmp_path)
    assert not network.passed(tmp_path)


def test_a_weight_that_was_changed_is_noticed(tmp_path: Path) -> None:
    network.write(tmp_path, {"w1": np.zeros((9, 2)), "b1": np.zeros(2), "w2": np.zeros(2)}, {})
    file = tmp_path / network.FILE
    told = json.loads(file.read_text())
    told["weights"]["w2"][0] = 1.0
    file.write_text(json.dumps(told))
    with pytest.raises(ModelError, match="not as it was written"):
        Policy().load(tmp_path)


def test_margin_serves_where_no_policy_is_better(tmp_path: Path) -> None:
    pool = make_pool()
    margin = Margin().select(pool, 10, np.random.default_rng(0))
    assert Policy().select(pool, 10, np.random.default_rng(0)) == margin
    assert Policy(model=str(tmp_path)).select(pool, 10, np.random.default_rng(0)) == margin
    network.write(tmp_path, {"w1": np.ones((9, 2)), "b1": np.zeros(2), "w2": np.ones(2)}, {})
    gate = {"better": False, "digest": network.read(tmp_path)["digest"]}
    for better in (False, True):
        (tmp_path / "gate.json").write_text(json.dumps({**gate, "better": better}))
        chosen = Policy(model=str(tmp_path)).select(pool, 10, np.random.default_rng(0))
        assert (chosen == margin) is not better
    (tmp_path / "gate.json").write_text(json.dumps({"better": True, "digest": "of another"}))
    assert Policy(model=str(tmp_path)).select(pool, 10, np.random.default_rng(0)) == margin


class Foreseeing:
    """Asks about what the rarest class is, which it knows: no policy does better."""

    kind = "foreseeing"
    needs = ("probabilities",)

    def __init__(self, better: bool) -> None:
        self.better = better
        self.answers = made().labels

    def fit(self, episodes: Any, out: Path, progress: Any) -> dict[str, Any]:
        (out / "nothing.txt").write_text("learned")
        return {"episodes": len(episodes)}

    def load(self, folder: Path) -> None:
        assert (folder / "nothing.txt").read_text() == "learned"

    def select(self, pool: Any, n: int, rng: Any) -> Choice:
        if not self.better:
            rows = np.argsort(-pool.probabilities.max(axis=1))[:n]  # the surest
        else:
            rows = Margin().select(make_pool(len(pool), probabilities=pool.probabilities), n, rng).rows
        return Choice(list(rows), [1.0] * len(rows), ["why"] * len(rows))


def test_it_is_played_against_a_rival_on_episodes_held_back(tmp_path: Path) -> None:
    some = made(600)
    worse = policies.train(some, Foreseeing(False), Margin(), PLAN, HELD, tmp_path, NOW)
    assert not worse["better"] and worse["serves"] == "margin" and worse["ahead"] < 0
    told = policies.train(some, Policy(passes=1), Random(), PLAN, HELD, tmp_path, NOW)
    low, high = told["ahead_interval"]
    assert low <= told["ahead"] <= high and told["better"] == (low > 0)
    shown = policies.show(tmp_path)
    assert {one["id"] for one in shown} == {worse["id"], told["id"]}
    assert not any(one["damaged"] for one in shown)
    (Path(told["folder"]) / network.FILE).write_text("changed")
    (found,) = [one for one in policies.show(tmp_path) if one["id"] == told["id"]]
    assert "not as it was written" in found["damaged"] and found["serves"] == "margin"


def test_what_cannot_learn_and_what_is_not_held_back_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="'margin' cannot be trained"):
        policies.train(made(), Margin(), Random(), PLAN, HELD, tmp_path, NOW)
    with pytest.raises(UserError, match="held back"):
        policies.train(made(), Policy(), Margin(), PLAN, PLAN.seeds, tmp_path, NOW)
