"""Encodings of texts in which no text writes a mark of the tokenizer's own. No PyTorch.

A tokenizer has marks (``<s>``, ``<mask>``, ``[SEP]``, ``<unk>``) that mean something to the network and
that no text may mean. It finds them in texts all the same: as added tokens, with the blanks around them
and after normalisation ("＜mask＞" in full width), and again as pieces of a Unigram vocabulary, where
`encode_special_tokens` does not help. An article that holds the letters "</s>" would end for the network
in its middle.

What counts is therefore what came out. An encoding with a mark that its post-processor did not put there
is made again of the text with one character of the mark changed, "<mask>" into "(mask>": as long as
before, so that offsets hold. Other texts are encoded as they always were. ``<unk>`` for a character that the
vocabulary lacks is no mark that a text has written, and stays.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Container, Mapping, Sequence
from typing import Any

KNOWN = ("<s>", "</s>", "<pad>", "<unk>", "<mask>", "[CLS]", "[SEP]", "[PAD]", "[UNK]", "[MASK]")
"""Marks of the encoders there are, for a tokenizer.json that does not say which of its tokens are marks."""
_ROUNDS = 8  # a mark may hide in another: "<<mask>mask>"


def encode(tokenizer: Any, texts: Sequence[str]) -> list[Any]:
    """The texts' encodings (`tokenizers.Encoding`), cut and padded as the tokenizer is set to.

    A mark stands in them only where the post-processor puts it.
    """
    found: list[Any] = tokenizer.encode_batch(texts)
    marks = _marks(tokenizer)
    unknown = {token: mark for token, mark in marks.items() if "unk" in mark.lower()}
    others = marks.keys() - unknown.keys()
    own = tokenizer.num_special_tokens_to_add(False)
    for i, encoding in enumerate(found):
        ids = encoding.ids
        written = sum(map(others.__contains__, ids)) > own
        if not written and not unknown.keys().isdisjoint(ids):
            plain = _plain(texts[i])
            written = any(_plain(mark) in plain for mark in unknown.values())
        if written:
            found[i] = _without(tokenizer, texts[i], encoding, marks, unknown.keys())
    return found


def _marks(tokenizer: Any) -> Mapping[int, str]:
    """The numbers of the tokenizer's marks, and how each is written."""
    marks = {
        token: str(added.content)
        for token, added in tokenizer.get_added_tokens_decoder().items()
        if added.special
    }
    named = {tokenizer.token_to_id(mark): mark for mark in KNOWN}
    around = {token: tokenizer.id_to_token(token) for token in tokenizer.encode("").ids}
    return {token: mark for token, mark in (around | named | marks).items() if token is not None}


def _without(
    tokenizer: Any, text: str, encoding: Any, marks: Mapping[int, str], unknown: Container[int]
) -> Any:
    for _ in range(_ROUNDS):
        written = _written(encoding, text, marks, unknown)
        if not written:
            return encoding
        for start, end, mark in written:
            text = text[:start] + _blunted(text[start:end], mark) + text[end:]
        encoding = tokenizer.encode(text)
    for start, end, _ in _written(encoding, text, marks, unknown):
        text = text[:start] + " " * (end - start) + text[end:]
    return tokenizer.encode(text)


def _written(
    encoding: Any, text: str, marks: Mapping[int, str], unknown: Container[int]
) -> list[tuple[int, int, str]]:
    """Where a text writes marks: start, end, and which."""
    found = []
    tokens = zip(encoding.ids, encoding.special_tokens_mask, encoding.offsets, strict=True)
    for token, own, (start, end) in tokens:
        mark = marks.get(token)
        if mark is None or own or start == end:
            continue
        if token not in unknown or _plain(mark) in _plain(text[start:end]):
            found.append((start, end, mark))
    return found


def _blunted(part: str, mark: str) -> str:
    """A part of a text that is read as `mark`, one character of it changed."""
    first = _plain(mark)[0]
    places = [place for place, char in enumerate(part) if _plain(char).startswith(first)]
    place = places[0] if places else len(part) - len(part.lstrip())
    return part[:place] + (")" if first == "(" else "(") + part[place + 1 :]


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()
