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
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import rjieba
import torch
from torch import Tensor, nn
from torch.nn import functional

from monitor import ModelError, Progress
from monitor_plugins.transformer.adapters import attach, fold
from monitor_plugins.transformer.encoder import Batch, Encoder
from monitor_plugins.transformer.names import clean
from monitor_plugins.transformer.recipe import Recipe, freeze, parameter_groups, rate_at, schedule
from monitor_plugins.transformer.rows import Row
from monitor_plugins.transformer.start import Start

HELD = 0.02  # share of the texts on which the loss before and after is measured
SHARE = 0.15  # of a text's words that are to be guessed
MASK = "<mask>"


@dataclass(frozen=True, slots=True)
class Passage:
    """A tokenised text, and for each of its words the places of its tokens."""

    ids: Sequence[int]
    words: Sequence[Sequence[int]]


class Guesser(nn.Module):
    """The head that guesses masked tokens; it is thrown away after pre-training."""

    def __init__(self, width: int, tokens: int) -> None:
        super().__init__()
        self.dense = nn.Linear(width, width)
        self.norm = nn.LayerNorm(width)
        self.bias = nn.Parameter(torch.zeros(tokens))

    def forward(self, states: Tensor, embeddings: Tensor) -> Tensor:
        return self.norm(functional.gelu(self.dense(states))) @ embeddings.T + self.bias


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
    added = attach(model, recipe.rank, frozen) if recipe.method == "lora" else None
    model.body.get_input_embeddings().weight.requires_grad_(False)
    tokens, width = model.body.get_input_embeddings().weight.shape
    torch.manual_seed(recipe.seed)
    guesser = Guesser(width, tokens).to(next(model.parameters()).device)
    groups = parameter_groups(model, recipe)
    groups.append(
        {"params": list(guesser.parameters()), "lr": recipe.head_learning_rate, "weight_decay": 0.0}
    )
    optimizer = torch.optim.AdamW(groups)
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
        some = [train[i] for i in chosen]
        value = functional.cross_entropy(*_guess(model, guesser, some, blank, begun.config.padding, rng))
        optimizer.zero_grad()
        value.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        progress("pretrain", step + 1, total)
        if (step + 1) % max(1, total // 4) == 0 or step + 1 == total:
            found = loss_on(model, guesser, held, blank, begun.config.padding)
            evaluations.append({"step": step + 1, "loss": round(found, 4)})
    if added is not None:
        fold(model, added)
    _write(begun, out)
    return {"texts": len(train), "held_out": len(held), "steps": total, "evaluations": evaluations}


def passages(tokenizer: Any, texts: Sequence[str], max_tokens: int) -> list[Passage]:
    """The texts that have words, tokenised."""
    tokenizer.no_padding()
    tokenizer.enable_truncation(max_tokens)
    cleaned = [clean(text) for text in texts]
    found = []
    for text, encoding in zip(cleaned, tokenizer.encode_batch(cleaned), strict=True):
        words = list(_words(text, encoding.offsets))
        if words:
            found.append(Passage(encoding.ids, words))
    return found


def _words(text: str, offsets: Sequence[tuple[int, int]]) -> Iterator[list[int]]:
    owners = np.full(len(text) + 1, -1)
    for number, (word, start, end) in enumerate(rjieba.tokenize(text, "default")):
        if word.strip():
            owners[start:end] = number
    places: dict[int, list[int]] = {}
    for place, (start, end) in enumerate(offsets):
        named = [owner for owner in owners[start:end] if owner >= 0]
        if named:
            places.setdefault(int(named[0]), []).append(place)
    yield from places.values()


def mask(passage: Passage, blank: int, tokens: int, rng: np.random.Generator) -> tuple[list[int], list[int]]:
    """The passage's ids with words hidden, and the places of their tokens. At least one word is."""
    ids, hidden = list(passage.ids), []
    count = max(1, round(SHARE * len(passage.words)))
    for number in rng.permutation(len(passage.words))[:count]:
        kind = rng.random()
        for place in passage.words[number]:
            hidden.append(place)
            if kind < 0.8:
                ids[place] = blank
            elif kind < 0.9:
                ids[place] = int(rng.integers(tokens))
    return ids, sorted(hidden)


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
    hidden = [mask(one, blank, len(embeddings), rng) for one in some]
    device = embeddings.device
    batch = Batch.of([Row(ids) for ids, _ in hidden], padding).to(device)
    rows = torch.tensor([row for row, (_, places) in enumerate(hidden) for _ in places])
    places = torch.tensor([place for _, places in hidden for place in places])
    truth = [one.ids[p] for one, (_, places) in zip(some, hidden, strict=True) for p in places]
    states = model.states(batch)[rows.to(device), places.to(device)]
    return guesser(states, embeddings), torch.tensor(truth, device=device)


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
