"""A smaller vocabulary: the tokens that texts of the field use, and enough to write all others.

Most of a multilingual encoder's weights are embeddings of tokens that never occur (Abdaoui et al.
2020, Load what you need: smaller versions of multilingual BERT). Single characters all stay, so
that a text that could be written still can; a word whose token is gone takes several.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from typing import Any

import tokenizers
import torch
from torch import nn

from monitor import ModelError


def count(tokenizer: tokenizers.Tokenizer, texts: Iterable[str]) -> Counter[int]:
    """How often each token occurs."""
    tokenizer.no_padding()
    tokenizer.no_truncation()
    found: Counter[int] = Counter()
    for text in texts:
        found.update(tokenizer.encode(text, add_special_tokens=False).ids)
    return found


def trim(text: str, counts: Counter[int], keep: int) -> tuple[str, list[int]]:
    """tokenizer.json with the `keep` most frequent tokens (more, where there are more special tokens and
    single characters), and their old numbers by new number. Raises ModelError where the
    tokenizer is of a kind whose tokens depend on each other."""
    described = json.loads(text)
    model: dict[str, Any] = described["model"]
    if model["type"] not in ("Unigram", "WordPiece", "WordLevel"):
        raise ModelError(
            f"a {model['type']} vocabulary cannot be trimmed, for its tokens are built of each other: "
            "leave out --vocabulary"
        )
    pieces = (
        [piece for piece, _ in model["vocab"]]
        if model["type"] == "Unigram"
        else sorted(model["vocab"], key=model["vocab"].__getitem__)
    )
    special = {added["id"] for added in described["added_tokens"]}
    special |= {model["unk_id"]} if model.get("unk_id") is not None else set()
    needed = {i for i, piece in enumerate(pieces) if i in special or _is_character(piece)}
    # Of equals, and of those never seen, the first: vocabularies put what is frequent first.
    others = sorted(set(range(len(pieces))) - needed, key=lambda i: (-counts[i], i))
    kept = sorted(needed | set(others[: max(0, keep - len(needed))]))
    new = {old: i for i, old in enumerate(kept)}
    # Tokens added behind the vocabulary go on standing behind it.
    for old in sorted(special - needed):
        new[old] = len(kept)
        kept.append(old)
    if model["type"] == "Unigram":
        model["vocab"] = [model["vocab"][i] for i in kept if i < len(pieces)]
        if model.get("unk_id") is not None:
            model["unk_id"] = new[model["unk_id"]]
    else:
        model["vocab"] = {pieces[i]: new[i] for i in kept if i < len(pieces)}
    for added in described["added_tokens"]:
        added["id"] = new[added["id"]]
    _renumber(described.get("post_processor"), new)
    return json.dumps(described, ensure_ascii=False, separators=(",", ":")), kept


def shrink(body: Any, kept: list[int]) -> None:
    """Leave the encoder the embeddings of the tokens in `kept`."""
    old: nn.Embedding = body.get_input_embeddings()
    rows = torch.tensor(kept)
    with torch.no_grad():
        fewer = nn.Embedding(len(kept), old.embedding_dim, _weight=old.weight[rows].clone())
    body.embeddings.word_embeddings = fewer
    body.config.vocab_size = len(kept)


def _is_character(piece: str) -> bool:
    return len(piece.removeprefix("▁").removeprefix("##")) <= 1


def _renumber(part: Any, new: dict[int, int]) -> None:
    """Token numbers in a post-processor, wherever they stand: ``ids`` lists, and BERT's and RoBERTa's
    ``[token, id]`` pairs."""
    if isinstance(part, dict):
        for key, value in part.items():
            if key == "ids":
                part[key] = [new[i] for i in value]
            elif key in ("sep", "cls"):
                part[key] = [value[0], new[value[1]]]
            else:
                _renumber(value, new)
    elif isinstance(part, list):
        for one in part:
            _renumber(one, new)
