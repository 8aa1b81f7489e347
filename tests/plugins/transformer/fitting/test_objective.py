"""What a step minimises, in parts and as a whole."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from monitor_plugins.transformer.fitting import objective
from monitor_plugins.transformer.fitting.objective import Push, accumulate, disagreement
from monitor_plugins.transformer.fitting.recipe import Recipe, freeze
from monitor_plugins.transformer.fitting.start import Start, begin
from monitor_plugins.transformer.fitting.targets import Targets, loss
from monitor_plugins.transformer.fitting.texts import Texts
from monitor_plugins.transformer.network.encoder import Logits
from tests.plugins.easy import snapshot

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(autouse=True)
def in_float32(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is said here of sums holds to rounding, and bfloat16 rounds at the third digit."""
    monkeypatch.setattr(torch.cpu, "get_capabilities", dict)


def gradients(begun: Start, **options: float) -> torch.Tensor:
    """Of one batch, on a network that drops nothing out."""
    known, topics = snapshot().train[:8], begun.config.topics
    texts = Texts(known, begun.tokenizer, begun.config.padding, 40, 0)
    freeze(begun.model, Recipe(layers=1))
    begun.model.eval().zero_grad()
    accumulate(begun.model, texts, range(8), 1, Targets.of(known, topics, {}), **options)
    found = [p.grad.flatten() for p in begun.model.parameters() if p.grad is not None]
    return torch.cat(found)


def test_adversarial_training_adds_the_loss_where_it_is_worst(base: Path) -> None:
    begun = begin(snapshot(), None, str(base), "x", seed=0, ngrams=0)
    plain, near, far = (gradients(begun, adversarial=d) for d in (0.0, 1e-6, 1.0))
    assert near.numpy() == pytest.approx(2 * plain.numpy(), abs=1e-4)
    assert not torch.allclose(far, near, atol=1e-4)
    known, topics = snapshot().train[:8], begun.config.topics
    texts = Texts(known, begun.tokenizer, begun.config.padding, 40, 0)
    labels = Targets.of(known, topics, {})
    push = Push(0.5)
    first = loss(texts.logits(begun.model, range(8), 1, push.watch), labels)
    first.backward()
    pushed = texts.logits(begun.model, range(8), 1, push.apply)
    away = texts.logits(begun.model, range(8), 1, lambda hidden: hidden - (push.apply(hidden) - hidden))
    assert loss(pushed, labels) > first > loss(away, labels)


@pytest.mark.parametrize("options", [{}, {"adversarial": 0.5}, {"consistency": 1.0}])
def test_a_batch_in_parts_has_the_gradients_of_the_whole(
    base: Path, monkeypatch: pytest.MonkeyPatch, options: dict[str, float]
) -> None:
    begun = begin(snapshot(), None, str(base), "x", seed=0, ngrams=0)
    whole = gradients(begun, **options)
    monkeypatch.setattr(objective, "ON_CPU", 30)
    assert gradients(begun, **options).numpy() == pytest.approx(whole.numpy(), abs=1e-5)


def test_consistency_asks_nothing_of_passes_that_agree(base: Path) -> None:
    begun = begin(snapshot(), None, str(base), "x", seed=0, ngrams=0)
    assert gradients(begun, consistency=5.0).numpy() == pytest.approx(gradients(begun).numpy(), abs=1e-4)


def test_disagreement_of_a_case_by_hand() -> None:
    nobody = torch.zeros(0, 3)
    even = Logits(torch.zeros(1, 3), torch.zeros(1, 1), nobody)
    odd = Logits(torch.log(torch.tensor([[0.5, 0.25, 0.25]])), torch.log(torch.tensor([[3.0]])), nobody)
    third, half = np.log(1 / 3), np.log(0.5)
    sentiment = ((0.5 - 1 / 3) * (half - third) + 2 * (0.25 - 1 / 3) * (np.log(0.25) - third)) / 2
    topic = 0.25 * np.log(3) / 2
    assert float(disagreement(odd, even, 1)) == pytest.approx(sentiment + topic)
    assert float(disagreement(even, odd, 2)) == pytest.approx((sentiment + topic) / 2)
    assert float(disagreement(odd, odd, 1)) == 0
