"""What a model knew, kept while it learns: it is its own teacher wherever no label contradicts it.

Fitting on few texts changes what they say nothing of: a model that learns sentiments forgets topics, for
the heads share an encoder. So what the model said of each text before is learnt beside the labels, for
every head (Li and Hoiem 2016, Learning without forgetting, https://arxiv.org/abs/1606.09282); where a
label shows that it was wrong, it is put right first.

Enters: a network that is not fitted yet, and texts with what is known of them. Leaves: logits, as `fit`
takes a teacher's.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import torch
from torch import Tensor

from monitor import SENTIMENTS, Example, Message, Progress
from monitor_plugins.transformer.fitting.start import Start
from monitor_plugins.transformer.fitting.targets import Targets
from monitor_plugins.transformer.fitting.texts import Texts
from monitor_plugins.transformer.network.encoder import Logits

SURE = 0.9
"""How likely what a label allows is made where the model was wrong: a teacher's answer, and no certainty."""
FAIRLY = 0.75
"""How likely it is made at least where the model was right: a label says more than a guess that held."""

TRUST = 1.0
"""What is remembered is the whole lesson, for what labels say is in it already. Beside it they would make
the model surer of texts that it knows, and that loses what it knows of others."""


def remembered(
    begun: Start,
    examples: Sequence[Example],
    max_tokens: int,
    progress: Progress = lambda what, done, total: None,
) -> Logits:
    """What the model of `begun` says of the examples, put right by their labels."""
    config, model = begun.config, begun.model
    buckets = model.ngrams.buckets if model.ngrams and model.ngrams.text.weight.any() else 0
    texts = Texts(examples, begun.tokenizer, config.padding, max_tokens, buckets)
    sentiment, topics, company = map(
        torch.from_numpy, texts.predict(model, progress=partial(progress, Message("training.stage.remember")))
    )
    known = Targets.of(examples, config.topics, {})
    topics = torch.where(known.judged > 0, put_right(topics, known.topics > 0), topics)
    return Logits(corrected(sentiment, known.allowed), topics, corrected(company, known.company))


def corrected(logits: Tensor, allowed: Tensor) -> Tensor:
    """The rows whose likeliest class is `allowed`, as they are, or with what is allowed raised to FAIRLY; of
    the others every class that is allowed gets as much as the others of SURE, and every class that is not as
    much of the rest."""
    right = allowed.gather(1, logits.argmax(1, keepdim=True))
    number = allowed.sum(1, keepdim=True)
    share = torch.where(allowed, SURE / number, (1 - SURE) / (len(SENTIMENTS) - number).clamp(min=1))
    chances = logits.softmax(1)
    held = (chances * allowed).sum(1, keepdim=True)
    rest = (1 - held).clamp(min=torch.finfo(held.dtype).tiny)
    raised = torch.where(allowed, chances * FAIRLY / held, chances * (1 - FAIRLY) / rest)
    kept = torch.where(held >= FAIRLY, logits, raised.log())
    return torch.where(right, kept, share.log())


def put_right(logits: Tensor, truth: Tensor) -> Tensor:
    """Logits of yes and no, as they are where their sign is that of the `truth`; else as sure as `SURE`."""
    sure = torch.logit(torch.tensor(SURE))
    return torch.where((logits > 0) == truth, logits, torch.where(truth, sure, -sure))
