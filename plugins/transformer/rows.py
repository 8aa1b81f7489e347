"""Texts as rows of token ids, and as matrices. No PyTorch: processes that only read use it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from monitor_plugins.transformer.marks import encode
from monitor_plugins.transformer.names import clean, find


@dataclass(frozen=True, slots=True)
class Row:
    """A tokenised text: token ids, and per company asked about the places of those that name it
    (none where the name is not among the tokens read)."""

    ids: list[int]
    mentions: Sequence[Sequence[int]] = ()


def tokenize(
    tokenizer: Any, texts: Sequence[str], max_tokens: int, names: Sequence[Sequence[str]] = ()
) -> list[Row]:
    """Each cleaned text with its special tokens, which no text can write itself (`marks`), cut to
    `max_tokens`; `names` are the companies to find in each (none: no text is asked about any)."""
    # Setting what is set already would fail while another thread tokenises.
    if tokenizer.padding is not None:
        tokenizer.no_padding()
    if (tokenizer.truncation or {}).get("max_length") != max_tokens:
        tokenizer.enable_truncation(max_tokens)
    rows = []
    for i, found in enumerate(encode(tokenizer, texts)):
        asked = names[i] if names else ()
        rows.append(Row(found.ids, [_places(found.offsets, texts[i], clean(name)) for name in asked]))
    return rows


def _places(offsets: Sequence[tuple[int, int]], text: str, name: str) -> list[int]:
    spans = find(text, name)
    return [
        place
        for place, (start, end) in enumerate(offsets)
        if any(start < last and first < end for first, last in spans)
    ]


@dataclass(frozen=True, slots=True)
class Stack:
    """Rows as matrices: token ids (texts x width, padded), how many of them are a text's, and for each
    company asked about which text it is of and what weight each token has in its name (companies x
    width, each row sums to 1; all tokens alike where the name was not found)."""

    ids: NDArray[np.int32]
    lengths: NDArray[np.int64]
    owners: NDArray[np.int64]
    names: NDArray[np.float32]

    @classmethod
    def of(cls, rows: Sequence[Row], padding: int) -> Stack:
        lengths = np.array([len(row.ids) for row in rows], dtype=np.int64)
        width = int(lengths.max())
        ids = np.full((len(rows), width), padding, dtype=np.int32)
        tokens = chain.from_iterable(row.ids for row in rows)
        ids[np.arange(width) < lengths[:, None]] = np.fromiter(tokens, np.int32, int(lengths.sum()))
        pairs = [(i, places) for i, row in enumerate(rows) for places in row.mentions]
        names = np.zeros((len(pairs), width), dtype=np.float32)
        for number, (i, places) in enumerate(pairs):
            chosen = list(places) or list(range(len(rows[i].ids)))
            names[number, chosen] = 1 / len(chosen)
        return cls(ids, lengths, np.array([i for i, _ in pairs], dtype=np.int64), names)

    def part(self, start: int, stop: int) -> Stack:
        """The texts from `start` up to `stop`."""
        width = int(self.lengths[start:stop].max())
        near = slice(*np.searchsorted(self.owners, (start, stop)))
        return Stack(
            self.ids[start:stop, :width],
            self.lengths[start:stop],
            self.owners[near] - start,
            self.names[near, :width],
        )

    @classmethod
    def joined(cls, parts: Sequence[Stack], padding: int) -> Stack:
        """The texts of all parts, one part after the other."""
        starts = np.cumsum([0, *(len(one.lengths) for one in parts)])
        width = max(one.ids.shape[1] for one in parts)
        ids = [_widened(one.ids, width, padding) for one in parts]
        owners = [one.owners + start for one, start in zip(parts, starts, strict=False)]
        names = [_widened(one.names, width, 0) for one in parts]
        lengths = [one.lengths for one in parts]
        return cls(*map(np.concatenate, (ids, lengths, owners, names)))


def _widened(matrix: NDArray[Any], width: int, value: int) -> NDArray[Any]:
    return np.pad(matrix, ((0, 0), (0, width - matrix.shape[1])), constant_values=value)
