"""The files of words."""

from __future__ import annotations

import pytest

from monitor.news.names.folding import folded
from monitor.news.names.vocabulary import CHINESE, ENGLISH, Vocabulary


def test_sections_hold_words_or_words_by_word() -> None:
    found = Vocabulary("# head\n[a]\none two\ntwo three\n\n# about b\n[b]\nx: p q\n    r\ny: s\n")
    assert found.words("a") == ("one", "two", "three")
    assert dict(found.table("b")) == {"x": ("p", "q", "r"), "y": ("s",)}
    with pytest.raises(KeyError):
        found.words("c")


def test_all_words_are_written_as_texts_are_compared() -> None:
    for vocabulary in (ENGLISH, CHINESE):
        for name, words in vocabulary._sections.items():
            wrong = [word for word in words if folded(word) != word and not word.isascii()]
            assert not wrong, (name, wrong)
