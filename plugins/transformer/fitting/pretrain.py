"""Domain pre-training: masked language modelling on texts nobody labelled (Gururangan et al. 2020,
Don't stop pretraining).

Whole words are masked (Cui et al. 2019, Pre-training with whole word masking for Chinese BERT),
Chinese ones as rjieba cuts them: from half a word the other half is too easy to guess. Of the words chosen
8 in 10 become a mask, 1 in 10 something else, 1 in 10 stay (Devlin et al. 2019). The decoder is the
embedding matrix transposed, which stays as it is, so that the tokens' meanings do not move.

What is written is an encoder as Hugging Face writes it, for `base` to name; it has no heads.
"""

from __future__ import annotations

import math
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import rjieba
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from monitor import ModelError, Progress
from monitor_plugins.transformer.fitting import living
from monitor_plugins.transformer.fitting.adapters import attach, fold
from monitor_plugins.transformer.fitting.objective import parts
from monitor_plugins.transformer.fitting.recipe import Recipe, freeze, parameter_groups, rate_at, schedule
from monitor_plugins.transformer.fitting.start import Start
from monitor_plugins.transformer.marks import encode
from monitor_plugins.transformer.names import clean
from monitor_plugins.transformer.network.encoder import Batch, Encoder
from monitor_plugins.transformer.network.hardware import brief, send
from monitor_plugins.transformer.rows import Row

HELD = 0.02  # share of the texts on which the loss before and after is measured
SHARE = 0.15  # of a text's words that are to be guessed
MASK = "<mask>"


@dataclass(frozen=True, slots=True, eq=False)
class Passage:
    """A tokenised text, and for each token which of its words (counted from 0) it is of; -1: of none."""

    ids: NDArray[np.int64]
    words: NDArray[np.int64]


class Guesser(nn.Module):
    """The head that guesses masked tokens; it is thrown away after pre-training."""

    def __init__(self, width: int, tokens: int) -> None:
        super().__init__()
        self.dense = nn.Linear(width, width)
        self.norm = nn.LayerNorm(width)
        self.bias = nn.Parameter(torch.zeros(tokens))

    def forward(self, states: Tensor, embeddings: Tensor) -> Tensor:
        scores: Tensor = self.norm(functional.gelu(self.dense(states))) @ embeddings.T + self.bias
        return scores


def pretrain(
    begun: Start, texts: Sequence[str], recipe: Recipe, out: Path, progress: Progress
) -> dict[str, Any]:
    """Go on pre-training the encoder of `begun` on `texts` and write it to the folder `out`.

    What is returned has the loss on held-out texts, in nats per masked token, at each quarter of
    the way: the guessing head starts at random, so before the first step it would say nothing of
    the encoder. Raises ModelError where there are too few texts, the tokenizer has no mask, or
    `out` exists.
    """
    if out.exists():
        raise ModelError(f"{out}: exists already; choose another folder or remove it first")
    blank = begun.tokenizer.token_to_id(MASK)
    if blank is None:
        raise ModelError(f"the tokenizer has no token {MASK}: this encoder cannot be pre-trained further")
    known = passages(begun.tokenizer, list(dict.fromkeys(texts)), recipe.max_tokens)
    order = np.random.default_rng(recipe.seed).permutation(len(known))
    cut = max(1, round(HELD * len(known)))
    held, train = [known[i] for i in order[:cut]], [known[i] for i in order[cut:]]
    if not train:
        raise ModelError(f"{len(known)} distinct texts with words: too few to pre-train on")
    model = begun.model
    frozen = freeze(model, recipe)
    pruned = living.cut(model)
    added = attach(model, recipe.rank, frozen) if recipe.method == "lora" else None
    model.body.get_input_embeddings().weight.requires_grad_(False)
    tokens, width = model.body.get_input_embeddings().weight.shape
    torch.manual_seed(recipe.seed)
    device = next(model.parameters()).device
    guesser = Guesser(width, tokens).to(device)
    groups = parameter_groups(model, recipe)
    groups.append(
        {"params": list(guesser.parameters()), "lr": recipe.head_learning_rate, "weight_decay": 0.0}
    )
    optimizer = torch.optim.AdamW(groups, fused=device.type == "cuda")
    peaks = [one["lr"] for one in optimizer.param_groups]
    total = max(1, round(math.ceil(len(train) / recipe.batch) * recipe.epochs))
    lengths = np.array([len(one.ids) for one in train])
    evaluations: list[dict[str, float]] = []
    for step, chosen in enumerate(schedule(lengths, recipe, total)):
        torch.manual_seed(recipe.seed * 1_000_003 + step)
        rng = np.random.default_rng([recipe.seed, step])
        model.train()
        for one, peak in zip(optimizer.param_groups, peaks, strict=True):
            one["lr"] = peak * rate_at(step, total, recipe.warmup)
        optimizer.zero_grad()
        for places in parts(lengths[chosen].tolist(), device):
            some = [train[chosen[place]] for place in places]
            value = functional.cross_entropy(*_guess(model, guesser, some, blank, begun.config.padding, rng))
            (value * len(some) / len(chosen)).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        progress("pretrain", step + 1, total)
        if (step + 1) % max(1, total // 4) == 0 or step + 1 == total:
            found = loss_on(model, guesser, held, blank, begun.config.padding)
            evaluations.append({"step": step + 1, "loss": round(found, 4)})
    if added is not None:
        fold(model, added)
    living.mend(pruned)
    _write(begun, out)
    return {"texts": len(train), "held_out": len(held), "steps": total, "evaluations": evaluations}


def passages(tokenizer: Any, texts: Sequence[str], max_tokens: int) -> list[Passage]:
    """The texts that have words, tokenised."""
    tokenizer.no_padding()
    tokenizer.enable_truncation(max_tokens)
    cleaned = [clean(text) for text in texts]
    cut = rjieba.tokenize
    found = []
    for text, encoding in zip(cleaned, encode(tokenizer, cleaned), strict=True):
        words = _words(cut(text, "default"), len(text), encoding.offsets)
        if (words >= 0).any():
            found.append(Passage(np.array(encoding.ids, dtype=np.int64), words))
    return found


def _words(
    cut: Iterable[tuple[str, int, int]], length: int, offsets: Sequence[tuple[int, int]]
) -> NDArray[np.int64]:
    owners = np.full(length + 1, -1)
    for number, (word, start, end) in enumerate(cut):
        if word.strip():
            owners[start:end] = number
    # A token is of the first word it has a character of.
    first = np.array([max(owners[start:end], key=lambda one: one >= 0, default=-1) for start, end in offsets])
    words, places = np.unique(first, return_inverse=True)
    return places - int((words < 0).any())


def mask(
    some: Sequence[Passage], blank: int, tokens: int, rng: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """The passages' ids end to end, words hidden (of each at least one), and which ids those are."""
    ids = np.concatenate([one.ids for one in some])
    counts = np.array([int(one.words.max()) + 1 for one in some])
    starts = np.cumsum(counts) - counts
    words = np.concatenate(
        [np.where(one.words < 0, -1, one.words + start) for one, start in zip(some, starts, strict=True)]
    )
    owners = np.repeat(np.arange(len(some)), counts)
    order = np.lexsort((rng.random(len(owners)), owners))
    place = np.empty_like(order)
    place[order] = np.arange(len(order)) - starts[owners]
    chosen = place < np.maximum(1, np.rint(SHARE * counts)).astype(int)[owners]
    hidden = (words >= 0) & chosen[words]
    kind = rng.random(len(owners))[words]
    other = rng.integers(tokens, size=len(ids))
    ids = np.where(hidden & (kind < 0.8), blank, np.where(hidden & (kind >= 0.8) & (kind < 0.9), other, ids))
    return ids, hidden


def loss_on(model: Encoder, guesser: Guesser, held: Sequence[Passage], blank: int, padding: int) -> float:
    """Mean over held-out masked tokens, the same ones every time."""
    model.eval()
    rng = np.random.default_rng(0)
    total, count = 0.0, 0
    with torch.inference_mode():
        for start in range(0, len(held), 64):
            logits, truth = _guess(model, guesser, held[start : start + 64], blank, padding, rng)
            total += float(functional.cross_entropy(logits, truth, reduction="sum"))
            count += len(truth)
    return total / count


def _guess(
    model: Encoder,
    guesser: Guesser,
    some: Sequence[Passage],
    blank: int,
    padding: int,
    rng: np.random.Generator,
) -> tuple[Tensor, Tensor]:
    """Logits of the hidden tokens, and which they are."""
    embeddings = model.body.get_input_embeddings().weight
    ids, hidden = mask(some, blank, len(embeddings), rng)
    stops = np.cumsum([len(one.ids) for one in some])
    batch = Batch.of([Row(part.tolist()) for part in np.split(ids, stops[:-1])], padding)
    places = batch.tokens[torch.from_numpy(hidden)]
    truth = torch.from_numpy(np.concatenate([one.ids for one in some])[hidden])
    device = embeddings.device
    with brief(device):
        states = model.states(batch.to(device)).flatten(0, 1)[send(places, device)]
        logits = guesser(states, embeddings)
    return logits.float(), send(truth, device)


def _write(begun: Start, out: Path) -> None:
    part = out.with_name(f".{out.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    try:
        begun.model.body.save_pretrained(part)
        (part / "tokenizer.json").write_text(begun.tokenizer_text, encoding="utf-8")
        (part / "tokenizer_config.json").write_text(begun.tokenizer_config, encoding="utf-8")
        part.rename(out)
    finally:
        shutil.rmtree(part, ignore_errors=True)
