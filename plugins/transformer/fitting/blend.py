"""Fitting the n-gram layers, and weighing them against the encoder."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor

from monitor import SENTIMENTS, Example, Message, Progress
from monitor_plugins.transformer.fitting.start import Start
from monitor_plugins.transformer.fitting.targets import Targets, loss, score, unlikely
from monitor_plugins.transformer.fitting.texts import Texts
from monitor_plugins.transformer.grams import Bags, Features, Joined, read
from monitor_plugins.transformer.names import clean
from monitor_plugins.transformer.network.encoder import ABSENT, Encoder, Logits
from monitor_plugins.transformer.network.ngrams import NGrams, Wide

RATE, EPOCHS, BATCH = 0.3, 2, 128
STEPS = 16  # of an epoch at least: batches are smaller where texts are few
SHARES = (0.5, 0.4, 0.3, 0.2, 0.1, 0.0, 0.6, 0.7, 0.8)  # of equals, and without development, the first
CAREFUL = (0.0, 0.1, 0.2, 0.3, 0.4)  # beside what a model's own n-grams say


def add_ngrams(
    begun: Start,
    train: Sequence[Example],
    development: Sequence[Example],
    seed: int,
    judged: Mapping[str, frozenset[str]] | None = None,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Fit n-gram layers for the model of `begun`, whose encoder is fitted, and join them to what it has
    of them; what `blend` chose.

    The two are fitted apart, for an encoder that has seen a text leaves the n-grams nothing
    to learn from it, and meet in one weighted sum.
    """
    config, own = begun.config, begun.model.ngrams
    if own is None:
        return {}
    ngrams = Wide(own.buckets, len(config.topics)).to(own.text.weight.device)
    known = [read(clean(e.text), [name for name, _ in e.companies], ngrams.buckets) for e in train]
    device = ngrams.text.weight.device
    targets = Targets.of(balance(train), config.topics, judged or {})
    plain = replace(targets, owners=targets.owners[:0], company=targets.company[:0])
    nobody = torch.zeros(0, len(SENTIMENTS), device=device)

    def whole(logits: Tensor, chosen: Tensor) -> Tensor:
        parts = logits[:, : len(SENTIMENTS)], logits[:, len(SENTIMENTS) :]
        return loss(Logits(*parts, nobody), plain[chosen].to(device))

    bias = torch.zeros(len(SENTIMENTS) + len(config.topics), device=device)
    bias[len(SENTIMENTS) :] = ABSENT
    bias = learn(ngrams.text, own.text, [one.text for one in known], bias, whole, seed, progress)

    pairs = [(e.origin, sentiment) for e in train for _, sentiment in e.companies]
    towards = targets.company.to(device)
    weights = torch.tensor(balanced(pairs), device=device)

    def named(logits: Tensor, chosen: Tensor) -> Tensor:
        chosen = chosen.to(device)
        return (unlikely(logits, towards[chosen]) * weights[chosen]).mean()

    near = [one for grams in known for one in grams.companies]
    none = torch.zeros(len(SENTIMENTS), device=device)
    more = learn(ngrams.company, own.company, near, none, named, seed, progress)
    held = Texts(development, begun.tokenizer, config.padding, config.max_tokens, ngrams.buckets)
    wanted = Targets.of(development, config.topics, judged or {})
    shares = CAREFUL if own.text.weight.any() else SHARES
    return blend(begun.model, ngrams, torch.cat([bias, more]), shares, held, development, wanted)


def balance(examples: Sequence[Example]) -> list[Example]:
    """The examples, the sentiments of each origin weighted by the inverse square root of their
    frequency there: rare ones would otherwise drown in a sum of single words."""
    weights = balanced([(example.origin, example.sentiment) for example in examples])
    return [replace(example, weight=weight) for example, weight in zip(examples, weights, strict=True)]


def balanced(labels: Sequence[tuple[str, str | None]]) -> list[float]:
    """Weights of labels, each with its origin, whose mean over an origin is 1."""
    counts = Counter(labels)
    sizes = Counter(origin for origin, _ in labels)
    totals: Counter[str] = Counter()
    for (origin, _), count in counts.items():
        totals[origin] += count**0.5
    return [sizes[label[0]] / totals[label[0]] / counts[label] ** 0.5 for label in labels]


def learn(
    layer: NGrams,
    own: NGrams,
    known: Sequence[Features],
    bias: Tensor,
    worth: Callable[[Tensor, Tensor], Tensor],
    seed: int,
    progress: Progress | None = None,
) -> Tensor:
    """Fit a new n-gram layer, to be joined to the model's `own`, in place, from the intercepts `bias`; the
    fitted ones. `worth` is the loss of logits and the places, among `known`, that they are of.

    Adagrad takes large steps for rare n-grams and small ones for frequent ones (Duchi et al. 2011).
    """
    if not known:
        layer.rarity.copy_(own.rarity)
        return bias
    rng = np.random.default_rng(seed)
    layer.count(Bags.of(known), own)
    bias.requires_grad_(True)
    layer.requires_grad_(True)
    with torch.sparse.check_sparse_tensor_invariants(False):
        rows = torch.optim.Adagrad([layer.weight], lr=RATE)
        intercepts = torch.optim.Adam([bias], lr=RATE / 30)
        steps = max(math.ceil(len(known) / BATCH), min(STEPS, len(known)))
        for epoch in range(EPOCHS):
            order = rng.permutation(len(known))
            for step, chosen in enumerate(np.array_split(order, steps), start=epoch * steps):
                if progress is not None:
                    progress(Message("training.stage.ngrams"), step, steps * EPOCHS)
                logits = layer(Bags.of([known[i] for i in chosen]), sparse=True) + bias
                value = worth(logits, torch.from_numpy(chosen))
                rows.zero_grad()
                intercepts.zero_grad()
                value.backward()
                rows.step()
                intercepts.step()
    layer.requires_grad_(False)
    return bias.detach()


def blend(
    model: Encoder,
    ngrams: Wide,
    bias: Tensor,
    shares: Sequence[float],
    held: Texts,
    development: Sequence[Example],
    wanted: Targets,
) -> dict[str, Any]:
    """Choose by the mean development score which of the `shares` of each head's logits new `ngrams` get,
    and join them to the network; the shares, and the n-grams' intercepts `bias` that the heads now hold.
    What there was nothing to learn of gets none.

    Nothing else is chosen: the best of 25 pairs of constants, added to negative and positive, gained a
    third of a point on the development split that chose it, and nothing beside other n-grams.
    """
    own = model.ngrams
    assert own is not None
    layers = (own.text, ngrams.text, ("sentiment", "topics")), (own.company, ngrams.company, ("company",))
    before = [old.rarity.clone() for old, _, _ in layers]
    for old, new, _ in layers:
        old.rarity.copy_(new.rarity)
    deep = held.predict(model)
    with torch.inference_mode():
        said = ngrams(Joined.of(held.grams))
    parts, learnt = _parts(model, own), _parts(model, ngrams)
    wide = [(one + bias[part]).cpu().numpy() for one, (_, _, part) in zip(said, parts.values(), strict=True)]

    def scored(share: float) -> dict[str, float]:
        mixed = [(1 - share) * d + share * w for d, w in zip(deep, wide, strict=True)]
        return score(mixed[0], mixed[1], mixed[2], development, wanted) if development else {}

    scores = {share: scored(share) for share in shares}

    def mean(kind: str, share: float) -> float:
        found = [value for key, value in scores[share].items() if key.endswith(kind)]
        return round(float(np.mean(found)), 4) if found else 0.0

    chosen: dict[str, Any] = {}
    with torch.no_grad():
        for kind, (head, weight, part) in parts.items():
            added = learnt[kind][1]
            share = chosen[kind] = max(shares, key=partial(mean, kind)) if added.any() else 0.0
            head.weight *= 1 - share
            head.bias.lerp_(bias[part], share)
            weight.lerp_(added, share)
        for (old, _, kinds), rarity in zip(layers, before, strict=True):
            if not any(chosen[kind] for kind in kinds):
                old.rarity.copy_(rarity)
    return chosen | {"intercepts": [round(value, 5) for value in bias.tolist()]}


def _parts(model: Encoder, ngrams: Wide) -> dict[str, tuple[torch.nn.Linear, Tensor, slice]]:
    """Each task's last layer in the encoder's heads, its columns of n-gram weights, and its place among
    the intercepts."""
    first, last = len(SENTIMENTS), len(SENTIMENTS) + model.topics.out_features
    company = model.company[-1]
    assert isinstance(company, torch.nn.Linear)
    return {
        "sentiment": (model.sentiment, ngrams.text.weight[:, :first], slice(0, first)),
        "topics": (model.topics, ngrams.text.weight[:, first:], slice(first, last)),
        "company": (company, ngrams.company.weight, slice(last, None)),
    }
