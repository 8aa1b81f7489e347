"""MAPIE as an oracle: its Learn-then-Test controller finds the same thresholds, its risk monitoring agrees
about what is a shift."""

from __future__ import annotations

import warnings
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from monitor.evaluation import bounds, sequence, watchdog
from monitor.evaluation.bounds import Sample
from monitor.evaluation.certificate import once

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from mapie import risk_control
    from mapie.exchangeability_testing.risk_monitoring import RiskMonitoring
    from mapie.risk_control._base_controller import ltt_procedure
    from mapie.risk_control.fwer_control import control_fwer

NOW = datetime(2026, 5, 1, tzinfo=UTC)


def drawn(seed: int, n: int = 400) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    score = rng.random(n)
    return score, rng.random(n) < 0.09 * (1 - score)


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("alpha", [0.03, 0.05, 0.1])
def test_its_learn_then_test_accepts_the_same_thresholds(seed: int, alpha: float) -> None:
    score, wrong = drawn(seed)
    made = once(Sample.of(score, wrong), alpha=alpha, delta=0.05, model="", made_at=NOW)
    counts = np.array([(score >= one).sum() for one in sequence.grid(score)])
    errors = np.array([wrong[score >= one].sum() for one in sequence.grid(score)])
    able = counts >= bounds.fewest(alpha, 0.05)
    # It multiplies the rate by the number again and rounds up: from a hair below, it gets its count back.
    rates = np.nextafter(errors[able] / counts[able], -1).clip(0) * (1 - 1e-12)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        valid, p_values = ltt_procedure(
            rates[None, :],
            np.array([[alpha]]),
            0.05,
            counts[able][None, :],
            binary=True,
            fwer_method=_sequence(),
        )
    assert [step.passed for step in made.steps] == [i in set(valid[0]) for i in range(int(able.sum()))]
    mine = bounds.p_value(errors[able], counts[able], alpha)
    assert p_values[:, 0] == pytest.approx(mine, abs=1e-12)


def _sequence() -> Any:
    """Its fixed sequence in the order of the tests, which it would otherwise choose by the risks seen."""
    from mapie.risk_control.fwer_control import FWERFixedSequenceTesting

    return FWERFixedSequenceTesting(n_starts=1)


@pytest.mark.parametrize("seed", range(10))
def test_its_fixed_sequence_is_ours(seed: int) -> None:
    p_values = np.sort(np.random.default_rng(seed).random(20) * 0.1)
    mine = np.flatnonzero(sequence.fixed(list(p_values), 0, 0.05))
    assert list(control_fwer(p_values, 0.05, _sequence())) == list(mine)


def test_its_controller_with_precision_finds_no_more() -> None:
    """Precision of "the model is right" among those that are accepted is one less the error. Where the rate
    times the number is a hair above the count it counts one error more, and may stop earlier."""
    same = 0
    for seed in range(6):
        score, wrong = drawn(seed)
        made = once(Sample.of(score, wrong), alpha=0.05, delta=0.05, model="", made_at=NOW)
        controller = risk_control.BinaryClassificationController(
            predict_function=lambda x: np.stack([1 - x[:, 0], x[:, 0]], axis=1),
            risk="precision",
            target_level=0.95,
            confidence_level=0.95,
            list_predict_params=np.array([step.threshold for step in made.steps]),
            fwer_method=_sequence(),
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            controller.calibrate(score[:, None], (~wrong).astype(int))
        theirs = list(controller.valid_predict_params)
        assert theirs == list(made.ladder)[: len(theirs)]
        same += len(theirs) == len(made.ladder) > 0
    assert same >= 2


@pytest.mark.parametrize(("rate", "shifted"), [(0.03, False), (0.4, True)])
def test_its_risk_monitoring_agrees_about_a_shift(rate: float, shifted: bool) -> None:
    """Against the same limit; ours needs fewer labels."""
    wrong = np.random.default_rng(0).random(1500) < rate
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        monitoring = RiskMonitoring(risk="accuracy", test_level=0.02, threshold=0.05, warn=False)
        monitoring.update(np.ones(1500, int), (~wrong).astype(int))
        lower = monitoring.online_risk_lower_bound_sequence_history
    theirs = np.flatnonzero(lower > 0.05)
    mine = watchdog.watch(Sample.of(np.ones(1500), wrong), 0.5, 0.05)
    assert bool(len(theirs)) == shifted == (mine.fired is not None)
    if mine.fired is not None:
        assert mine.fired <= theirs[0] + 1
