"""The simulation of queues: laws that hold on every path, and the closed forms of queueing theory."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import simpy
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.queues import Beat, Burst, Line, Queue, Silence, Stage, Trouble, run

SOON = Beat(1.0, 0.5, 0.01)


def line(rate: float = 2.0, sources: int = 20, **fields: object) -> Line:
    stages = (Stage("fetch", 4, 0.2, 0.0), Stage("store", 1, 0.01, 0.05))
    return dataclasses.replace(Line(rate, sources, 30.0, stages, SOON, SOON), **fields)


def alone(stage: Stage, rate: float, customers: int, seed: int) -> Queue:
    """A queue that single customers come to at random, until all have left."""
    env, dice = simpy.Environment(), np.random.default_rng(seed)
    queue = Queue(env, stage, np.random.default_rng([seed, 1]))

    def arrivals() -> object:
        for _ in range(customers):
            yield env.timeout(float(dice.exponential(1 / rate)))
            env.process(queue.pass_through(1))

    env.process(arrivals())
    env.run()
    queue.settle()
    return queue


lines = st.builds(
    line,
    rate=st.floats(0.1, 5.0),
    sources=st.integers(1, 30),
    interval=st.floats(5.0, 60.0),
    stages=st.lists(
        st.builds(
            Stage,
            st.just("one"),
            st.integers(1, 4),
            st.floats(0.0, 0.5),
            st.floats(0.0, 0.2),
            memoryless=st.booleans(),
        ),
        min_size=1,
        max_size=3,
    ).map(lambda found: tuple(dataclasses.replace(one, name=str(n)) for n, one in enumerate(found))),
)
troubles = st.lists(
    st.builds(Trouble, st.just("0"), st.floats(0, 120), st.floats(1, 60), st.integers(1, 4), st.booleans()),
    max_size=2,
)
bursts = st.none() | st.builds(Burst, st.floats(0, 120), st.floats(1, 60), st.floats(1.5, 10))


@settings(max_examples=25)
@given(lines, troubles, bursts, st.integers(0, 1000))
def test_what_is_published_is_told_once_whatever_happens(
    of: Line, suffered: list[Trouble], burst: Burst | None, seed: int
) -> None:
    found = run(of, 120.0, seed, burst=burst, troubles=suffered)
    assert found.came == found.told == len(found.seconds)
    for queue in found.queues:
        assert queue.came == queue.left and queue.inside == 0
    assert (found.polled >= 0).all() and (found.seconds >= found.polled).all()
    assert sorted(found.published) == sorted(set(found.published))


@settings(max_examples=25)
@given(lines, troubles, bursts, st.integers(0, 1000))
def test_littles_law(of: Line, suffered: list[Trouble], burst: Burst | None, seed: int) -> None:
    """L = lambda W over a path that begins and ends empty: the area under the number inside is the sum of
    the stays (Little 1961; Stidham 1974 for single paths)."""
    for queue in run(of, 120.0, seed, burst=burst, troubles=suffered).queues:
        assert queue.area == pytest.approx(queue.stayed, rel=1e-9, abs=1e-9)


silences = st.none() | st.builds(Silence, st.floats(0, 120), st.floats(1, 60), st.floats(0, 1))


@settings(max_examples=25)
@given(lines, silences, st.integers(0, 1000))
def test_what_nobody_polled_comes_later(of: Line, silence: Silence | None, seed: int) -> None:
    found = run(of, 120.0, seed, silence=silence)
    assert found.came == found.told
    if silence is not None and silence.share == 1:
        moments = found.published + found.polled
        assert not ((moments >= silence.at) & (moments < silence.at + silence.seconds)).any()


@settings(max_examples=25)
@given(lines, st.integers(0, 1000))
def test_the_same_seed_is_the_same_day(of: Line, seed: int) -> None:
    first, second = (run(of, 60.0, seed) for _ in range(2))
    assert (first.seconds == second.seconds).all()


@pytest.mark.parametrize("busy", [0.3, 0.6, 0.8])
def test_one_server_and_exponential_service_is_m_m_1(busy: float) -> None:
    """The mean stay is 1 / (mu - lambda)."""
    mu = 1.0
    stays = [
        queue.stayed / queue.left
        for queue in (alone(Stage("one", 1, 1 / mu, 0, True), busy * mu, 6000, seed) for seed in range(4))
    ]
    assert np.mean(stays) == pytest.approx(1 / (mu - busy * mu), rel=0.12)


@pytest.mark.parametrize("busy", [0.3, 0.6, 0.8])
def test_one_server_and_fixed_service_is_m_d_1(busy: float) -> None:
    """The mean wait is rho / (2 mu (1 - rho)) (Pollaczek and Khinchine)."""
    mu = 1.0
    stays = [
        queue.stayed / queue.left
        for queue in (alone(Stage("one", 1, 1 / mu, 0), busy * mu, 6000, seed) for seed in range(4))
    ]
    assert np.mean(stays) == pytest.approx(1 / mu + busy / (2 * mu * (1 - busy)), rel=0.12)


def test_a_bundle_is_served_by_its_articles() -> None:
    assert Stage("one", 1, 0.5, 0.1).seconds(10, np.random.default_rng(0)) == pytest.approx(1.5)


def test_a_death_costs_time_and_nothing_else() -> None:
    whole = run(line(), 300.0, 3)
    dead = run(line(), 300.0, 3, troubles=[Trouble("store", 100.0, 60.0, 1, dies=True)])
    assert dead.came == whole.came == dead.told
    assert dead.quantile(0.95) > whole.quantile(0.95) + 5


def test_an_exchange_lets_what_is_served_be_finished() -> None:
    """As long as a death, and shorter by what a death has done again."""
    of = line(stages=(Stage("store", 1, 5.0, 0.0),), rate=0.2, sources=4)
    dies, waits = (
        run(of, 300.0, 5, troubles=[Trouble("store", 100.0, 30.0, 1, dies=one)]).queues[0].busy
        for one in (True, False)
    )
    assert dies >= waits


def test_a_burst_is_as_much_as_it_says() -> None:
    burst = Burst(100.0, 100.0, 10.0)
    found = run(line(rate=5.0), 300.0, 7, burst=burst)
    inside = ((found.published >= 100) & (found.published < 200)).sum()
    assert inside == pytest.approx(5000, rel=0.1)
    assert len(found.published) - inside == pytest.approx(1000, rel=0.2)


def test_what_no_server_keeps_up_with_is_not_told_in_time() -> None:
    slow = line(rate=5.0, stages=(Stage("store", 1, 0.0, 1.0),))
    found = run(slow, 300.0, 2, patience=60.0)
    assert found.told < found.came
    assert found.queues[0].inside > 0
