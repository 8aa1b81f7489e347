"""What one step of fitting minimises: the loss, and two ways to make it harder to satisfy.

Adversarial training (FGM, Miyato et al. 2017, Adversarial training methods for semi-supervised
text classification): the states that enter the fitted layers are pushed, text by text, a fixed
distance in the direction that raises the loss most, and the loss there counts as well.
Consistency (R-Drop, Liang et al. 2021): two passes that drop out different states must agree.
Each makes a step cost about twice as much.

A batch goes through the network in parts of so many tokens, padding counted: what a pass keeps for its
gradients is most of the memory that fitting takes, and the sum of the parts' is the batch's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from monitor_plugins.transformer.fitting.targets import Targets, loss
from monitor_plugins.transformer.fitting.texts import Change, Texts
from monitor_plugins.transformer.network.batching import batches
from monitor_plugins.transformer.network.encoder import Encoder, Logits

ON_CPU, ON_GPU = 2048, 65_536  # tokens of a part


def accumulate(
    model: Encoder,
    texts: Texts,
    chosen: Sequence[int],
    layer: int,
    known: Targets,
    *,
    adversarial: float = 0.0,
    consistency: float = 0.0,
) -> float:
    """Add one batch's gradients to the model's; its loss.

    `layer` as in `Texts.logits`; `adversarial` is the distance that states are pushed (0: not at
    all), `consistency` the weight of the disagreement of two passes (0: one pass).
    """
    total, device = 0.0, next(model.parameters()).device
    for places in parts([int(texts.lengths[i]) for i in chosen], device):
        some = [chosen[place] for place in places]
        labels = known[torch.tensor(places)].to(device)
        share = len(places) / len(chosen)
        push = Push(adversarial) if adversarial else None
        watch = push.watch if push is not None else None
        value = share * _loss(model, texts, some, layer, labels, consistency, watch)
        value.backward()
        total += float(value.detach())
        if push is not None:
            (share * _loss(model, texts, some, layer, labels, 0.0, push.apply)).backward()
    return total


def parts(lengths: Sequence[int], device: torch.device) -> Iterator[list[int]]:
    """A batch's texts of those `lengths` in the parts that go through the network at a time."""
    return batches(lengths, ON_CPU if device.type == "cpu" else ON_GPU)


class Push:
    """Remembers the states of a pass, to push those of the next along their gradient."""

    def __init__(self, distance: float) -> None:
        self._distance = distance
        self._states: list[Tensor] = []

    def watch(self, hidden: Tensor) -> Tensor:
        if not hidden.requires_grad:
            hidden = hidden.requires_grad_()
        hidden.retain_grad()
        self._states.append(hidden)
        return hidden

    def apply(self, hidden: Tensor) -> Tensor:
        slope = torch.stack([state.grad for state in self._states if state.grad is not None]).sum(0)
        length = slope.flatten(1).norm(dim=1).clamp(min=1e-12)
        pushed: Tensor = hidden + self._distance * slope / length[:, None, None]
        return pushed


def _loss(
    model: Encoder,
    texts: Texts,
    chosen: Sequence[int],
    layer: int,
    known: Targets,
    consistency: float,
    change: Change | None,
) -> Tensor:
    first = texts.logits(model, chosen, layer, change)
    value = loss(first, known)
    if not consistency:
        return value
    second = texts.logits(model, chosen, layer, change)
    return (value + loss(second, known)) / 2 + consistency * disagreement(first, second, len(chosen))


def disagreement(first: Logits, second: Logits, texts: int) -> Tensor:
    """The mean over `texts` of the symmetric Kullback-Leibler divergence of two passes, summed over
    the heads (for topics, over each topic's Bernoulli distribution)."""
    total = torch.zeros((), device=first.sentiment.device)
    for a, b in ((first.sentiment, second.sentiment), (first.company, second.company)):
        a, b = a.log_softmax(1), b.log_softmax(1)
        total = total + ((a.exp() - b.exp()) * (a - b)).sum() / 2
    odds = (first.topics.sigmoid() - second.topics.sigmoid()) * (first.topics - second.topics)
    return (total + odds.sum() / 2) / texts
