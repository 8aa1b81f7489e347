"""Why a text is judged as it is: what each of its words adds to a score.

The encoder's part is by integrated gradients over the input embeddings (Sundararajan, Taly and
Yan 2017, https://arxiv.org/abs/1703.01365), from a text of as many mask tokens. The n-gram layers
are linear, so their part is exact: each n-gram's contribution, shared by the words it covers, a
company's name being one. The two add up, as the logits do.

The score is the class's logit at the calibrated temperature; of sentiments, less the mean of the
three, for a softmax does not change when all of them move together.
"""

from __future__ import annotations

import copy
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from monitor import SENTIMENTS, Attribution, Explanation, Message, UserError
from monitor_plugins.transformer import grams
from monitor_plugins.transformer.marks import encode
from monitor_plugins.transformer.names import clean, find
from monitor_plugins.transformer.network.encoder import Batch, Encoder
from monitor_plugins.transformer.network.ngrams import tf
from monitor_plugins.transformer.rows import Row, tokenize
from monitor_plugins.transformer.serving.engine import Engine

POINTS, MOST = 8, 128
"""Points of a part of the integral, and of all its parts together at most."""
TOLERANCE = 0.05
"""Completeness error that is good enough."""
FLOOR = 0.1
"""Log-odds that the error is at least measured against: less moves no probability by three
hundredths, and a share of next to nothing says nothing."""
_BATCH_TOKENS = 2048
_BLANKS = ("<mask>", "[MASK]")
_CJK = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff"
_WORD = re.compile(rf"(?:[$#@]|[+\-−](?=\d))?[^\W{_CJK}]+(?:[.'’&\-][^\W{_CJK}]+|,\d+)*%?")

Span = tuple[int, int]
Scores = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Asked:
    """A target: the head, what each of its logits counts, and the class with its probability."""

    head: str
    weights: Sequence[float]
    label: str
    probability: float
    names: Sequence[str] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """What each token adds on the way from `start` to `end`, shares of the whole way, and how far
    their sum is from what the score rises by."""

    start: float
    end: float
    scores: Scores
    error: float


def explain(engine: Engine, text: str, target: str) -> Explanation:
    """What each word of `text` adds to the score of `target` (see `monitor.Explaining`).

    Raises UserError for a target there is not.
    """
    asked = ask(engine, text, target)
    text = clean(text)
    if not text.strip():
        return Explanation(text, target, asked.label, asked.probability, (), 0.0)
    [row] = tokenize(engine.tokenizer, [text], engine.max_tokens, [asked.names])
    [encoding] = encode(engine.tokenizer, [text])
    tokens = [_trimmed(text, span) for span in encoding.offsets]
    later = [_trimmed(text, span) for rest in encoding.overflowing for span in rest.offsets]
    units = _units(text, *asked.names) if engine.model.ngrams is not None else []
    words = merge(text, [*tokens, *later, *((start, end) for _, start, end in units)])
    words = words or [_trimmed(text, (0, len(text)))]  # of characters that no tokenizer keeps

    scores = np.zeros(len(words))
    wide = _of_ngrams(engine, asked, [unit for unit, _, _ in units])
    for (_, start, end), score in zip(units, wide, strict=True):
        scores[_at(words, start, end)] += score
    read = [not special for special in encoding.special_tokens_mask]
    deep, difference, steps = _of_encoder(engine, asked, row, read, float(wide.sum()))
    owner = len(words) - 1
    for place in reversed(range(len(tokens))):  # a token of blanks goes to the word after it
        start, end = tokens[place]
        owner = _at(words, start, end) if start < end else owner
        scores[owner] += deep[place]

    difference += float(wide.sum())
    error = abs(float(scores.sum()) - difference) / max(abs(difference), FLOOR)
    reached = max(end for _, end in [*tokens, *((start, end) for _, start, end in units)])
    found = [
        Attribution(start, end, float(score))
        for (start, end), score in zip(words, scores, strict=True)
        if start < reached
    ]
    return Explanation(text, target, asked.label, asked.probability, tuple(found), difference, error, steps)


def ask(engine: Engine, text: str, target: str) -> Asked:
    """What is asked for, and how probable the engine finds it. Raises UserError."""
    config = engine.config
    head, _, name = target.partition(":")
    if head == "sentiment" and name in ("", *config.sentiments):
        chances = engine.judge([text]).sentiment[0]
        return _class(engine, head, chances, name)
    if head == "topics" and name in config.topics:
        place = config.topics.index(name)
        weights = [0.0] * len(config.topics)
        weights[place] = 1 / config.temperatures["topics"]
        return Asked(head, weights, name, float(engine.judge([text]).topics[0, place]))
    if head == "company" and name.strip():
        if not find(clean(text), clean(name)):
            raise UserError(Message("classifier.not_named", name=name))
        chances = engine.judge([text], [[name]]).company[0][0]
        return _class(engine, head, chances, "", [name])
    known = {"classes": tuple(config.sentiments), "topics": tuple(config.topics)}
    raise UserError(Message("classifier.target", target=target, **known))


def merge(text: str, spans: Sequence[Span]) -> list[Span]:
    """The words of `text`: those in letters that are set apart by blanks, and `spans` (tokens, as
    Chinese has them) elsewhere; what overlaps is one word. In order, none overlaps another."""
    found: list[Span] = []
    for start, end in sorted([*(match.span() for match in _WORD.finditer(text)), *spans]):
        if start >= end:
            continue
        if found and start < found[-1][1]:
            found[-1] = found[-1][0], max(end, found[-1][1])
        else:
            found.append((start, end))
    return found


# --- the parts ----------------------------------------------------------------------------


def _of_encoder(
    engine: Engine, asked: Asked, row: Row, read: Sequence[bool], wide: float
) -> tuple[Scores, float, int]:
    """What each token adds, the difference they should sum to, and the steps it took; `wide` is
    the n-grams' part, which the error is also measured against."""
    from captum.attr import IntegratedGradients

    # Without the n-grams, and in full precision: a sum of small gradients drowns in bfloat16.
    model: Encoder = copy.deepcopy(engine.model, {id(engine.model.ngrams): None}).float()
    device = next(model.parameters()).device
    embedding = model.body.get_input_embeddings()
    weights = torch.tensor(asked.weights, device=device)

    def score(embedded: Tensor) -> Tensor:
        batch = Batch.of([row] * len(embedded), engine.config.padding).to(device)
        hidden = model.body(inputs_embeds=embedded, attention_mask=batch.mask.long()).last_hidden_state
        logits: Tensor = getattr(model.logits(hidden, batch, grams.Joined.of([])), asked.head)
        return logits @ weights

    with torch.no_grad():
        inputs = embedding(torch.tensor([row.ids], device=device))
        blank = embedding(torch.tensor(_blank(engine), device=device))
        chosen = torch.tensor(read, device=device)[None, :, None]
        baseline = torch.where(chosen, blank, inputs)
        difference = float(torch.diff(score(torch.cat([baseline, inputs]))))
    method = IntegratedGradients(score)

    def part(start: float, end: float) -> Part:
        first, last = (torch.lerp(baseline, inputs, at) for at in (start, end))
        batch = max(1, _BATCH_TOKENS // len(row.ids))
        found = method.attribute(last, first, n_steps=POINTS, internal_batch_size=batch)
        scores = found.sum(-1)[0].double().cpu().numpy()
        with torch.no_grad():
            risen = float(torch.diff(score(torch.cat([first, last]))))
        return Part(start, end, scores, abs(float(scores.sum()) - risen))

    # The gradient may change within a small part of the way, often near its start: points go there.
    parts = [part(0.0, 1.0)]
    while True:
        scores = np.sum([one.scores for one in parts], axis=0)
        near = abs(scores.sum() - difference) <= TOLERANCE * max(abs(difference + wide), FLOOR)
        if near or len(parts) * POINTS >= MOST:
            return scores, difference, len(parts) * POINTS
        worst = max(parts, key=lambda one: one.error)
        parts.remove(worst)
        middle = (worst.start + worst.end) / 2
        parts += [part(worst.start, middle), part(middle, worst.end)]


def _of_ngrams(engine: Engine, asked: Asked, units: Sequence[str]) -> Scores:
    """What each unit adds: an equal share of every n-gram it is in."""
    scores = np.zeros(len(units))
    wide = engine.model.ngrams
    if wide is None or not units:
        return scores
    company = asked.head == "company"
    layer = wide.company if company else wide.text
    first = len(SENTIMENTS) if asked.head == "topics" else 0
    spelt = grams.about(units) if company else grams.grams(units)
    found = grams.gather(spelt, wide.buckets)
    with torch.inference_mode():
        rows = torch.from_numpy(found.rows).to(layer.weight.device)
        shares = torch.from_numpy(tf(found.times)).to(rows.device) * layer.rarity[rows]
        shares = shares / shares.square().sum().clamp(min=1e-12).sqrt()
        columns = layer.weight[rows, first : first + len(asked.weights)]
        worth = shares * (columns @ torch.tensor(asked.weights, device=rows.device))
    each = dict(zip(found.rows.tolist(), worth.double().cpu().tolist(), strict=True))
    placed = [(grams.row(gram, wide.buckets), start, count) for gram, start, count in spelt]
    times = Counter(row for row, _, _ in placed)
    for row, start, count in placed:
        scores[start : start + count] += each[row] / times[row] / count
    return scores


def _units(text: str, name: str = "") -> list[tuple[str, int, int]]:
    """The units that n-grams are made of, and where each stands in `text`; a company of that `name` is
    one unit."""
    whole = grams.plain(text)
    known = text[: grams.LONGEST]
    # Where the text can be cut without a change to its normal form, both forms are aligned.
    cuts = {0: 0}
    for place in range(1, len(known)):
        before = grams.plain(known[:place])
        if before + grams.plain(known[place:]) == whole:
            cuts.setdefault(len(before), place)
    cuts[len(whole)] = len(known)
    edges = np.array(sorted(cuts))
    found = []
    for unit, first, last in grams.split(whole, grams.plain(clean(name))):
        start = edges[np.searchsorted(edges, first, "right") - 1]
        end = edges[np.searchsorted(edges, last)]
        found.append((unit, *_trimmed(text, (cuts[int(start)], cuts[int(end)]))))
    return found


# --- small things -------------------------------------------------------------------------


def _class(
    engine: Engine, head: str, chances: NDArray[np.float32], name: str, names: Sequence[str] = ()
) -> Asked:
    """A sentiment, the likeliest where none is named, against the mean of all."""
    place = engine.config.sentiments.index(name) if name else int(chances.argmax())
    weights = [-1 / len(chances)] * len(chances)
    weights[place] += 1
    heat = engine.config.temperatures[head]
    label = engine.config.sentiments[place]
    return Asked(head, [one / heat for one in weights], label, float(chances[place]), names)


def _blank(engine: Engine) -> int:
    """The token that says nothing: the mask the encoder was pre-trained with, else padding."""
    known = (engine.tokenizer.token_to_id(name) for name in _BLANKS)
    return next((token for token in known if token is not None), engine.config.padding)


def _trimmed(text: str, span: Span) -> Span:
    """`span` without the blanks at its ends; empty where it holds nothing else."""
    part = text[span[0] : span[1]]
    start = span[0] + len(part) - len(part.lstrip())
    return start, max(start, span[0] + len(part.rstrip()))


def _at(words: Sequence[Span], start: int, end: int) -> int:
    """The word that [start, end) lies in."""
    return next(i for i, (first, last) in enumerate(words) if first <= start and end <= last)
