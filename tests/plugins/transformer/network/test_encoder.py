"""What the encoder reads: clean texts, the places of names, batches of one width."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import numpy as np
import pytest
import tokenizers

from monitor import SENTIMENTS, Snapshot
from monitor_plugins.transformer.names import clean, find
from monitor_plugins.transformer.network.encoder import Batch
from monitor_plugins.transformer.rows import Row, tokenize
from monitor_plugins.transformer.serving.engine import Engine
from tests.plugins.easy import examples, plugin, quiet, rivals

pytestmark = pytest.mark.usefixtures("one_thread")


def test_text_is_cleaned_for_the_encoder() -> None:
    assert clean("AT&amp;T up https://t.co/x1Y2z\x00\ud800!") == "AT&T up http  !"
    assert clean("详情见https://example.org/a?b=1，业绩大增") == "详情见http，业绩大增"
    assert clean("东方财富：业绩大增") == "东方财富：业绩大增"
    marks = clean("e" + "\u0301" * 1_000_000)
    assert len(unicodedata.normalize("NFKC", marks)) <= 20_000


def test_padding_is_masked() -> None:
    batch = Batch.of([Row([5, 6, 7]), Row([8])], padding=1)
    assert batch.ids.tolist() == [[5, 6, 7], [8, 1, 1]]
    assert batch.mask.tolist() == [[True, True, True], [True, False, False]]
    assert batch.names.shape == (0, 3)


def test_a_company_is_the_mean_of_the_tokens_that_name_it() -> None:
    batch = Batch.of([Row([5, 6, 7], [[1], []]), Row([8]), Row([9, 9], [[0, 1]])], padding=1)
    assert batch.owners.tolist() == [0, 0, 2]
    assert batch.names.numpy() == pytest.approx(
        np.array([[0, 1, 0], [1 / 3, 1 / 3, 1 / 3], [1 / 2, 1 / 2, 0]])
    )


def test_companies_are_found_as_words_of_their_own_first() -> None:
    assert find("Apple pie beats apple", "Apple") == [(0, 5), (16, 21)]
    assert find("Pineapple beats Apple", "Apple") == [(16, 21)], "not within another word"
    assert find("Pineapples", "apple") == [(4, 9)], "unless it is nowhere else"
    assert find("贵州茅台涨，茅台酒", "茅台") == [(2, 4), (6, 8)]
    assert find("C++ (a.b)", "a.b") == [(5, 8)]
    assert find("text", "") == find("text", " ") == find("text", "y") == []


def test_names_are_looked_for_among_the_tokens(base: Path) -> None:
    tokenizer = tokenizers.Tokenizer.from_file(str(base / "tokenizer.json"))
    text = "Harbour Foods profit jumps 远山光伏 profit jumps"
    [row] = tokenize(tokenizer, [text], 40, [["Harbour Foods", "远山光伏", "Blue Mesa"]])
    words = [tokenizer.id_to_token(i) for i in row.ids]
    assert [[words[i] for i in places] for places in row.mentions] == [
        ["Harbour", "Foods"],
        ["远", "山", "光", "伏"],
        [],
    ]
    [short] = tokenize(tokenizer, [text], 5, [["远山光伏"]])
    assert short.mentions == [[]], "past the tokens that are read"


def test_two_companies_of_one_text_are_told_apart(base: Path, tmp_path: Path) -> None:
    order = np.random.default_rng(2).permutation(len(rivals()))
    shuffled = [rivals()[i] for i in order]
    known = Snapshot("2" * 64, [*examples(), *shuffled[20:]], shuffled[:20])
    plugin(base, epochs=6).fit(known, None, tmp_path / "out", quiet)
    engine = Engine.load(tmp_path / "out")
    names = [[name for name, _ in example.companies] for example in known.development]
    found = engine.judge([example.text for example in known.development], names)
    right = [
        SENTIMENTS[row.argmax()] == label
        for example, rows in zip(known.development, found.company, strict=True)
        for row, (_, label) in zip(rows, example.companies, strict=True)
    ]
    assert np.mean(right) > 0.9
    alone = engine.judge(["", known.development[0].text], [["Northwind"], names[0][:1]])
    assert alone.company[0] == pytest.approx(np.array([[0.33, 0.34, 0.33]]))
    assert alone.company[1] == pytest.approx(found.company[0][:1], abs=1e-4)
