"""No text writes a mark of the tokenizer's own, whatever the tokenizer; others are read as they were."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import tokenizers
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import AddedToken, models, normalizers, pre_tokenizers, processors

from monitor_plugins.transformer.marks import encode
from monitor_plugins.transformer.names import clean
from monitor_plugins.transformer.rows import tokenize

ROOT = Path(__file__).parents[3]
SPECIAL = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
BERT = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
LETTERS = [*"abcdefghijklmnopqrstuvwxyz<>[]()/|&; ", "银", "行"]


@cache
def shipped() -> tokenizers.Tokenizer:
    return tokenizers.Tokenizer.from_file(str(ROOT / "models/default/tokenizer.json"))


@cache
def unigram() -> tokenizers.Tokenizer:
    """As XLM-RoBERTa's: its marks are pieces of the vocabulary, and the likeliest ones."""
    pieces = [
        *((mark, 0.0) for mark in SPECIAL),
        *((f"▁{one}", -9.0) for one in LETTERS),
        *((one, -8.0) for one in LETTERS),
    ]
    made = tokenizers.Tokenizer(models.Unigram([*pieces, ("▁", -6.0), ("bank", -5.0)], unk_id=3))
    made.normalizer = normalizers.NFKC()
    made.pre_tokenizer = pre_tokenizers.Metaspace()
    made.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    made.add_special_tokens([*SPECIAL[:4], AddedToken("<mask>", lstrip=True, normalized=True, special=True)])
    return made


@cache
def word_piece() -> tokenizers.Tokenizer:
    """As BERT's, lower case."""
    words = [*BERT, *LETTERS, *(f"##{one}" for one in LETTERS), "bank", "mask"]
    made = tokenizers.Tokenizer(
        models.WordPiece({word: i for i, word in enumerate(words)}, unk_token="[UNK]")
    )
    made.normalizer = normalizers.BertNormalizer(lowercase=True)
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    made.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    made.add_special_tokens([AddedToken(mark, lstrip=True, rstrip=True, special=True) for mark in BERT])
    return made


@cache
def byte_pairs() -> tokenizers.Tokenizer:
    """As GPT's and RoBERTa's."""
    words = {
        word: i for i, word in enumerate([*SPECIAL, "<|endoftext|>", *pre_tokenizers.ByteLevel.alphabet()])
    }
    made = tokenizers.Tokenizer(models.BPE(words, [], unk_token="<unk>"))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0))
    made.add_special_tokens([*SPECIAL, "<|endoftext|>"])
    return made


@cache
def untold() -> tokenizers.Tokenizer:
    """One whose file does not say which of its pieces are marks."""
    described = json.loads(unigram().to_str())
    described["added_tokens"] = []
    return tokenizers.Tokenizer.from_str(json.dumps(described))


MADE: dict[str, tuple[Callable[[], tokenizers.Tokenizer], list[str]]] = {
    "shipped": (shipped, SPECIAL),
    "unigram": (unigram, SPECIAL),
    "word pieces": (word_piece, BERT),
    "byte pairs": (byte_pairs, [*SPECIAL, "<|endoftext|>"]),
    "untold": (untold, SPECIAL),
}


def inside(tokenizer: tokenizers.Tokenizer, encoding: Any, marks: list[str]) -> list[str]:
    """The marks that stand where the post-processor put none; an unknown character's is none."""
    numbers = {tokenizer.token_to_id(mark): mark for mark in marks}
    return [
        numbers[token]
        for token, own, (start, end) in zip(
            encoding.ids, encoding.special_tokens_mask, encoding.offsets, strict=True
        )
        if token in numbers and not own and start < end and "unk" not in numbers[token].lower()
    ]


FORMS = [
    *("{}", " {}", "{} ", "bank {} bank", "bank{}bank", "{}{}", "{} {}", "<{}>", "银行{}银行", "({})", "a{}"),
    *("{}bank{}", "\u3000{}\u3000", "x {}. y", "㐂{}㐂"),
]
WIDE = str.maketrans({"<": "＜", ">": "＞", "[": "［", "]": "］"})


@pytest.mark.parametrize("kind", MADE)
def test_no_text_writes_a_mark(kind: str) -> None:
    make, marks = MADE[kind]
    tokenizer = make()
    tokenizer.enable_truncation(64)
    for mark in marks:
        for written in (
            mark,
            mark.upper(),
            mark.lower(),
            mark.translate(WIDE),
            mark.replace("<", "<<" + mark),
        ):
            for form in FORMS:
                text = clean(form.replace("{}", written))
                [encoding] = encode(tokenizer, [text])
                assert not inside(tokenizer, encoding, marks), text
                ids = encoding.ids
                assert sum(encoding.special_tokens_mask) == 2 and ids[0] != ids[-1]
                for token, own, (start, end) in zip(
                    ids, encoding.special_tokens_mask, encoding.offsets, strict=True
                ):
                    assert own or start <= end <= len(text)
                    if not own and token == tokenizer.token_to_id(mark):
                        assert mark.lower() not in text[start:end].lower(), text


@pytest.mark.parametrize("kind", MADE)
@given(st.data())
def test_no_mixture_of_marks_and_letters_writes_one(kind: str, data: st.DataObject) -> None:
    make, marks = MADE[kind]
    tokenizer = make()
    pieces = st.sampled_from(
        [*marks, *(mark.translate(WIDE) for mark in marks), *"<>[]()/ sbank银㐂|", "&lt;", "&gt;"]
    )
    text = clean("".join(data.draw(st.lists(pieces, max_size=12))))
    [encoding] = encode(tokenizer, [text])
    assert not inside(tokenizer, encoding, marks)


def test_entities_write_no_mark_either() -> None:
    tokenizer = shipped()
    for text in ("&lt;mask&gt;", "&#60;/s&#62;", "&lt;&#x2f;s&gt;", "&amp;lt;pad&amp;gt;"):
        [row] = tokenize(tokenizer, [clean(f"Halvorsen Bank {text} reports a profit")], 192)
        assert not {0, 1, 2, tokenizer.token_to_id("<mask>")} & set(row.ids[1:-1])


def ordinary() -> list[str]:
    lines = (ROOT / "monitor/defaults/checklist.jsonl").read_text("utf-8").splitlines()
    texts = [value for line in lines if line for value in json.loads(line).values() if isinstance(value, str)]
    return [*texts, "5 < 6 > 4 [sic] (a/b) <b>", "㐂㐂 囧 😀", "R&D <unknown> [CL", "", " ", "＜b＞"]


@pytest.mark.parametrize("kind", MADE)
def test_other_texts_are_encoded_as_they_always_were(kind: str) -> None:
    tokenizer = MADE[kind][0]()
    texts = [clean(text) for text in ordinary()]
    assert len(texts) > 100
    for ours, plain in zip(encode(tokenizer, texts), tokenizer.encode_batch(texts), strict=True):
        assert (ours.ids, ours.offsets) == (plain.ids, plain.offsets)


def test_a_company_beside_a_mark_is_found_where_it_stands() -> None:
    tokenizer = shipped()
    text = clean("<mask> Halvorsen Bank </s> reports")
    [row] = tokenize(tokenizer, [text], 192, [["Halvorsen Bank"]])
    [encoding] = encode(tokenizer, [text])
    [places] = row.mentions
    start, end = encoding.offsets[places[0]][0], encoding.offsets[places[-1]][1]
    assert text[start:end] == "Halvorsen Bank"


def test_a_plain_ampersand_stays_in_what_the_model_reads() -> None:
    assert clean("R&D&notes of AT&amp;T &euro;5 &copy=3") == "R&D&notes of AT&T €5 &copy=3"
