"""Fitting the n-gram layer, and weighing it against the encoder."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from monitor import SENTIMENTS, Example
from monitor_plugins.transformer.encoder import ABSENT, Encoder, Logits, clean
from monitor_plugins.transformer.ngrams import Features, NGrams, features
from monitor_plugins.transformer.start import Start
from monitor_plugins.transformer.targets import Targets, loss, score
from monitor_plugins.transformer.texts import Texts
from monitor_plugins.transformer.weights import Array

RATE, EPOCHS, BATCH = 0.3, 2, 128
SHARES = (0.5, 0.4, 0.3, 0.2, 0.1, 0.0, 0.6, 0.7, 0.8)  # of equals, and without development, the first
SHIFTS = (0.0, -0.15, -0.3, -0.45, 0.15)


def add_ngrams(
    begun: Start,
    train: Sequence[Example],
    development: Sequence[Example],
    seed: int,
    judged: Mapping[str, frozenset[str]] | None = None,
) -> dict[str, Any]:
    """Fit the n-gram layer of the model of `begun`, whose encoder is fitted; what `blend` chose.

    The two are fitted apart, for an encoder that has seen a text leaves the n-grams nothing
    to learn from it, and meet in one weighted sum.
    """
    config, ngrams = begun.config, begun.model.ngrams
    if ngrams is None:
        return {}
    texts = [features(clean(example.text), ngrams.buckets) for example in train]
    plain = [replace(example, companies=()) for example in train]
    bias = learn(ngrams, texts, Targets.of(balance(plain), config.topics, judged or {}), seed)
    held = Texts(development, begun.tokenizer, config.padding, config.max_tokens, ngrams.buckets)
    return blend(begun.model, bias, held, development, Targets.of(development, config.topics, judged or {}))


def take_out(model: Encoder, chosen: Mapping[str, Any]) -> None:
    """Give the heads back the part of the logits that `blend` gave the n-grams, and leave an n-gram layer
    that knows nothing; `chosen` is what `blend` returned. The intercepts keep what was added to them,
    which the next fitting moves first of all."""
    if model.ngrams is None:
        return
    with torch.no_grad():
        for head, share in ((model.sentiment, chosen["sentiment"]), (model.topics, chosen["topics"])):
            head.weight /= 1 - share
            head.bias /= 1 - share
    model.ngrams = NGrams(model.ngrams.buckets, model.ngrams.weight.shape[1])


def balance(examples: Sequence[Example]) -> list[Example]:
    """The examples, the sentiments of each origin weighted by the inverse square root of their
    frequency there: rare ones would otherwise drown in a sum of single words."""
    counts = Counter((example.origin, example.sentiment) for example in examples)
    sizes = Counter(example.origin for example in examples)
    totals: Counter[str] = Counter()
    for (origin, _), count in counts.items():
        totals[origin] += count**0.5
    return [
        replace(e, weight=sizes[e.origin] / totals[e.origin] / counts[e.origin, e.sentiment] ** 0.5)
        for e in examples
    ]


def learn(ngrams: NGrams, texts: Sequence[Features], known: Targets, seed: int) -> Tensor:
    """Fit the n-gram layer on its own, in place; the intercepts that go with it.

    Adagrad takes large steps for rare n-grams and small ones for frequent ones (Duchi et al. 2011).
    """
    rng = np.random.default_rng(seed)
    device = ngrams.weight.device
    ngrams.count(texts)
    bias = torch.zeros(ngrams.weight.shape[1], device=device)
    bias[len(SENTIMENTS) :] = ABSENT
    bias.requires_grad_(True)
    nobody = torch.zeros(0, len(SENTIMENTS), device=device)
    ngrams.requires_grad_(True)
    with torch.sparse.check_sparse_tensor_invariants(False):
        rows = torch.optim.Adagrad([ngrams.weight], lr=RATE)
        intercepts = torch.optim.Adam([bias], lr=RATE / 30)
        for _ in range(EPOCHS):
            order = rng.permutation(len(texts))
            for chosen in np.array_split(order, math.ceil(len(order) / BATCH)):
                logits = ngrams([texts[i] for i in chosen], sparse=True) + bias
                labels = known[torch.from_numpy(chosen)].to(device)
                parts = logits[:, : len(SENTIMENTS)], logits[:, len(SENTIMENTS) :]
                value = loss(Logits(*parts, nobody), labels)
                rows.zero_grad()
                intercepts.zero_grad()
                value.backward()
                rows.step()
                intercepts.step()
    ngrams.requires_grad_(False)
    return bias.detach()


def blend(
    model: Encoder,
    bias: Tensor,
    held: Texts,
    development: Sequence[Example],
    wanted: Targets,
) -> dict[str, Any]:
    """Choose by the mean development score what part of each head's logits the n-grams get and
    what is added to the logits of negative and positive; fold both into the network; return them.
    """
    assert model.ngrams is not None
    ngrams, model.ngrams = model.ngrams, None
    deep = held.predict(model)
    model.ngrams = ngrams
    with torch.inference_mode():
        both = (ngrams(held.features) + bias).cpu().numpy()
    wide = both[:, : len(SENTIMENTS)], both[:, len(SENTIMENTS) :]

    def mean(kind: str, sentiment: Array, topics: Array) -> float:
        scores = score(sentiment, topics, deep[2], development, wanted) if development else {}
        found = [value for key, value in scores.items() if key.endswith(kind)]
        return round(float(np.mean(found)), 4) if found else 0.0

    def mixed(head: int, share: float) -> Array:
        return (1 - share) * deep[head] + share * wide[head]

    second = max(SHARES, key=lambda share: mean("topics", deep[0], mixed(1, share)))
    first, low, high = max(
        ((share, low, high) for share in SHARES for low in SHIFTS for high in SHIFTS),
        key=lambda one: mean("sentiment", mixed(0, one[0]) + np.array([one[1], 0, one[2]]), deep[1]),
    )
    shift = torch.zeros(len(bias), device=bias.device)
    shift[0], shift[len(SENTIMENTS) - 1] = low, high
    parts = slice(0, len(SENTIMENTS)), slice(len(SENTIMENTS), None)
    with torch.no_grad():
        for head, share, part in zip((model.sentiment, model.topics), (first, second), parts, strict=True):
            head.weight *= 1 - share
            head.bias.copy_(head.bias * (1 - share) + bias[part] * share + shift[part])
            ngrams.weight[:, part] *= share
    return {"sentiment": first, "topics": second, "negative": low, "positive": high}
