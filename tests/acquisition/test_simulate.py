"""Simulations on made-up vectors: splits, curves, what they say, and the way from a file to a picture."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from monitor.acquisition import material, rehearsal, simulate
from monitor.acquisition.simulate import Curve, HeadLearner, Material, Plan
from monitor.errors import PluginError, UserError
from monitor.executor.local import Inline, Processes
from monitor.records import Example
from monitor.selection import Choice
from monitor_plugins.strategies import Adaptive, Committee, ExpectedCost, Margin, Random


def made(rows: int = 300, seed: int = 0) -> Material:
    """Three classes of which one is rare, with texts that are far from every boundary among them."""
    rng = np.random.default_rng(seed)
    labels = rng.choice(3, rows, p=(0.15, 0.6, 0.25))
    middles = np.array([[2.0, 0, 0, 0], [0, 2.0, 0, 0], [0, 0, 2.0, 0]])
    vectors = middles[labels] + rng.normal(0, 0.9, (rows, 4))
    return Material(
        vectors.astype(np.float32),
        labels,
        np.arange(rows) // 2 + 1,
        rng.integers(20, 400, rows),
        np.full(rows, "en"),
    )


PLAN = Plan(batch=10, start=10, most=0.5, seeds=(1, 2, 3))


def test_groups_never_stand_on_both_sides() -> None:
    some = made()
    pool, test, start = simulate.split(some, 4, 12)
    assert not set(some.groups[pool]) & set(some.groups[test])
    assert set(start) <= set(pool) and len(start) == 12
    assert len(pool) + len(test) == 300 and 0.25 < len(test) / 300 < 0.35
    again = simulate.split(some, 4, 12)
    assert all(np.array_equal(one, other) for one, other in zip((pool, test, start), again, strict=True))


def test_macro_f1_is_scikit_learns() -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    rng = np.random.default_rng(0)
    truth, said = rng.integers(0, 3, 200), rng.dirichlet((1, 1, 1), 200)
    theirs = metrics.f1_score(truth, said.argmax(axis=1), average="macro")
    assert simulate.macro_f1(truth, said) == pytest.approx(theirs)


@pytest.mark.parametrize("strategy", [Random(), Margin(), Committee(), ExpectedCost(), Adaptive()])
def test_a_curve_asks_for_new_labels_until_it_may_no_more(strategy: Any) -> None:
    some = made()
    one = simulate.curve(some, strategy, 1, PLAN, HeadLearner(some))
    most = int(0.5 * len(simulate.split(some, 1, 10)[0]))
    assert one.labels == (*range(10, most, 10), most)
    assert len(one.scores) == len(one.labels) == len(one.losses) + 1
    assert one == simulate.curve(some, strategy, 1, PLAN, HeadLearner(some))


def test_a_strategy_that_answers_junk_is_told() -> None:
    class Junk:
        kind = "junk"
        needs = ()

        def select(self, pool: Any, n: int, rng: Any) -> Choice:
            return Choice([0, 0], [1, 1], ["a", "b"])

    some = made()
    with pytest.raises(PluginError, match="row 0 twice"):
        simulate.curve(some, Junk(), 1, PLAN, HeadLearner(some))


def test_adaptive_learns_from_what_its_arms_brought() -> None:
    seen = []

    class Watched(Adaptive):
        def select(self, pool: Any, n: int, rng: Any) -> Any:
            seen.append(dict(zip(self.arms, self.shares(pool), strict=True)))
            return super().select(pool, n, rng)

    some = made()
    simulate.curve(some, Watched(), 1, PLAN, HeadLearner(some))
    assert set(seen[0].values()) == {0.25}
    assert sum(seen[-1].values()) == pytest.approx(1) and min(seen[-1].values()) >= 0.05
    assert len({round(share, 6) for share in seen[-1].values()}) > 1


def test_labels_needed_are_those_from_which_the_curve_stays_above() -> None:
    mean = np.array([0.5, 0.8, 0.7, 0.8, 0.9])
    assert simulate.reached((10, 20, 30, 40, 50), mean, 0.75) == 40
    assert simulate.reached((10, 20, 30, 40, 50), mean, 0.4) == 10
    assert simulate.reached((10, 20, 30, 40, 50), mean, 0.95) == np.inf


def test_a_summary_compares_in_pairs() -> None:
    labels = (10, 20, 30, 40)
    quick = [Curve(labels, (0.5, 0.8, 0.8, 0.8)), Curve(labels, (0.6, 0.9, 0.9, 0.9))]
    slow = [Curve(labels, (0.5, 0.6, 0.7, 0.8)), Curve(labels, (0.6, 0.7, 0.8, 0.9))]
    told = simulate.summary({"random": slow, "quick": quick}, (0.8, 0.9), 100)
    one = told["strategies"]["quick"]
    assert (one["labels_needed"], one["share_of_pool"]) == (20, 0.2)
    assert told["strategies"]["random"]["labels_needed"] == 40
    assert one["saved"] == 0.5 and one["saved_interval"] == [0.5, 0.5]
    # The seeds differ by a tenth, the strategies of a seed by the same in each.
    assert one["area_ahead"] == pytest.approx(0.075 / 0.85, abs=2e-3)
    json.dumps(told, allow_nan=False)


def test_a_curve_that_does_not_arrive_has_no_number() -> None:
    labels = (10, 20)
    never = [Curve(labels, (0.1, 0.2))]
    told = simulate.summary({"random": never, "margin": never}, (0.9,), 50)
    one = told["strategies"]["margin"]
    assert one["labels_needed"] is None and one["saved"] is None
    assert one["labels_needed_interval"] == [None, None]
    json.dumps(told, allow_nan=False)


def test_from_strategies_to_a_picture(tmp_path: Path) -> None:
    some = made()
    how = rehearsal.plan(some, (1, 2), full=False)
    said: list[str] = []
    result = rehearsal.rehearse(
        some, {"random": Random(), "margin": Margin()}, how, progress=lambda what, *_: said.append(what)
    )
    assert set(result["strategies"]) == {"random", "margin"} and result["fit"] == "head"
    assert said == [f"seed {seed}, {name}" for seed in (1, 2) for name in ("all labels", "random", "margin")]
    told, drawn = rehearsal.write(result, tmp_path / "new")
    assert json.loads(told.read_text()) == result
    assert drawn.read_bytes().startswith(b"\x89PNG")


def test_curves_are_the_same_to_the_bit_whoever_finds_them() -> None:
    some = made(200)
    how = rehearsal.plan(some, (1, 2), most=0.3, full=False)
    asked = {"random": Random(), "adaptive": Adaptive(), "committee": Committee()}
    here = rehearsal.rehearse(some, asked, how, executor=Inline(1))
    assert here == rehearsal.rehearse(some, asked, how, executor=Processes(2, 1))


def test_a_strategy_that_cannot_be_sent_is_asked_here() -> None:
    class Local(Random):
        """Of no module that another process could import."""

    some = made(200)
    how = rehearsal.plan(some, (1,), most=0.2, full=False)
    found = rehearsal.rehearse(some, {"random": Local()}, how, executor=Processes(2, 1))
    assert list(found["strategies"]) == ["random"]


def test_a_pool_that_is_too_small_is_refused() -> None:
    with pytest.raises(UserError, match="too few for 200 to start with"):
        rehearsal.plan(made(), (1,), full=True)
    with pytest.raises(UserError, match="needs 60 texts"):
        material.material(["a"] * 3, np.array([0, 1, 2]), np.zeros((3, 2)), lambda text: "en")


def test_near_duplicates_share_a_group() -> None:
    texts = [
        "Harbour Trust reports a record profit for the third quarter of the year",
        "The central bank leaves rates where they are and warns of inflation",
        "Harbour Trust reports a record profit for the third quarter of this year",
        "",
    ]
    found = material.groups(texts)
    assert found[0] == found[2] and len(set(found.tolist())) == 3 and found.min() > 0


def test_texts_with_a_sentiment_come_once() -> None:
    examples = [Example("a", "positive"), Example("b"), Example("a", "negative"), Example("c", "neutral")]
    texts, labels = material.judged(examples)
    assert (texts, labels.tolist()) == (["a", "c"], [2, 1])


def test_vectors_are_kept_for_the_same_texts_and_model(tmp_path: Path) -> None:
    file, asked = tmp_path / "vectors.npz", []

    def embed(texts: Any) -> Any:
        asked.extend(texts)
        return np.array([[len(text), 1.0] for text in texts])

    first = material.vectors(["a", "bb"], embed, "m", file)
    assert material.vectors(["a", "bb"], embed, "m", file).tolist() == first.tolist() == [[1, 1], [2, 1]]
    assert asked == ["a", "bb"]
    material.vectors(["a", "bb"], embed, "other", file)
    material.vectors(["a", "cc"], embed, "other", file)
    assert asked == ["a", "bb"] * 2 + ["a", "cc"]
    file.write_bytes(b"PK\x03\x04 no archive")
    with pytest.raises(UserError, match="is no file of vectors"):
        material.vectors(["a", "cc"], embed, "other", file)
    assert file.read_bytes() == b"PK\x03\x04 no archive"
