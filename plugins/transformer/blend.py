"""Fitting the n-gram layer, and weighing it against the encoder."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
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

RATE, EPOCHS, BATCH = 0.3, 2, 128
SHARES = (0.5, 0.4, 0.3, 0.2, 0.1, 0.0, 0.6, 0.7, 0.8)  # of equals, and without development, the first


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
    """Give the heads back what `blend` gave the n-grams, and leave an n-gram layer that knows nothing;
    `chosen` is what `blend` returned."""
    if model.ngrams is None:
        return
    bias = torch.tensor(chosen["intercepts"], device=model.sentiment.bias.device)
    with torch.no_grad():
        for head, share, part in _heads(model, chosen):
            head.weight /= 1 - share
            head.bias.copy_((head.bias - bias[part] * share) / (1 - share))
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
    """Choose by the mean development score what part of each head's logits the n-grams get, and fold
    it into the network; the parts, and the n-grams' intercepts `bias` that the heads now hold.

    Nothing else is chosen: constants added to negative and positive, tried once, gained a tenth of a
    point on development, and cost the check-list's losses that narrow three.
    """
    assert model.ngrams is not None
    ngrams, model.ngrams = model.ngrams, None
    deep = held.predict(model)
    model.ngrams = ngrams
    with torch.inference_mode():
        both = (ngrams(held.features) + bias).cpu().numpy()
    wide = both[:, : len(SENTIMENTS)], both[:, len(SENTIMENTS) :]

    def mean(kind: str, share: float) -> float:
        mixed = [(1 - share) * d + share * w for d, w in zip(deep[:2], wide, strict=True)]
        scores = score(mixed[0], mixed[1], deep[2], development, wanted) if development else {}
        found = [value for key, value in scores.items() if key.endswith(kind)]
        return round(float(np.mean(found)), 4) if found else 0.0

    chosen: dict[str, Any] = {kind: max(SHARES, key=partial(mean, kind)) for kind in ("sentiment", "topics")}
    with torch.no_grad():
        for head, share, part in _heads(model, chosen):
            head.weight *= 1 - share
            head.bias.copy_(head.bias * (1 - share) + bias[part] * share)
            ngrams.weight[:, part] *= share
    return chosen | {"intercepts": [round(value, 5) for value in bias.tolist()]}


def _heads(model: Encoder, chosen: Mapping[str, Any]) -> tuple[tuple[torch.nn.Linear, float, slice], ...]:
    """The heads that the n-grams have a part in, their share there, and their columns for it."""
    return (
        (model.sentiment, chosen["sentiment"], slice(0, len(SENTIMENTS))),
        (model.topics, chosen["topics"], slice(len(SENTIMENTS), None)),
    )
