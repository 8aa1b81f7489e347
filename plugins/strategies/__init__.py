"""The bundled query strategies, one module for each family.

    ranking      what all share: order, ties by lot, stories spread
    uncertainty  random, least_confidence, margin, entropy, adjusted
    committee    committee, bald, batch_bald
    gradients    gradient_length, badge
    coverage     coreset, dense, typical
    neighbours   contrastive
    worth        balanced, alert_impact, expected_cost
    adaptive     adaptive, a bandit over the others
    policy       policy, a small network that learned from labelled history

All are NumPy alone, give distinct rows, one of each story before a second of any, and the same ones for the
same seed and the same articles in any order. A row that a strategy cannot judge (no vector, probabilities
that are no numbers) is never an error.
"""

from __future__ import annotations

from monitor import Strategy, hookimpl
from monitor_plugins.strategies.adaptive import Adaptive
from monitor_plugins.strategies.committee import Bald, BatchBald, Committee
from monitor_plugins.strategies.coverage import CoreSet, Dense, Typical
from monitor_plugins.strategies.gradients import Badge, GradientLength
from monitor_plugins.strategies.neighbours import Contrastive
from monitor_plugins.strategies.policy import Policy
from monitor_plugins.strategies.uncertainty import Adjusted, Entropy, LeastConfidence, Margin, Random
from monitor_plugins.strategies.worth import AlertImpact, Balanced, ExpectedCost


@hookimpl
def register_strategies() -> list[type[Strategy]]:
    """The bundled strategies."""
    return [
        *(Random, LeastConfidence, Margin, Entropy, Adjusted),
        *(Committee, Bald, BatchBald),
        *(GradientLength, Badge),
        *(CoreSet, Dense, Typical),
        Contrastive,
        *(Balanced, AlertImpact, ExpectedCost),
        *(Adaptive, Policy),
    ]
