"""Full-text search in Chinese and English, with the same answers on both databases.

Neither database's own tokenizer splits Chinese, and the two disagree on numbers, hyphens and
addresses. So `index_text` does all of it: it folds the text to lower-case tokens with single
spaces between, one token for each CJK character. A query becomes phrases of such tokens, and an
article matches if its tokens contain every phrase. What was typed without quotes also finds the words
that begin so, from two characters on ("refin" finds "refinery", "6005" finds "600519"); a CJK character
is a whole token, and a beginning of no other. SQLite finds phrases with
FTS5 (the index is kept by triggers); PostgreSQL narrows down by a GIN index over the tokens, then looks
for each phrase in the text itself (a `tsvector` forgets positions beyond 16,383 and a word's after its
256th, so the index holds none).
"""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, bindparam, false, func, literal, text

from monitor.store.dialect import Tx
from monitor.store.schema import articles

CJK = (  # Han, kana and Hangul
    "\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
    "\U00020000-\U0003ffff"
)
TOKEN = re.compile(f"[{CJK}]|[^\\W_{CJK}]{{1,64}}")
PHRASE = re.compile(r'"([^"]*)"?|([^\s"]+)')
MAXIMUM_PHRASES = 32
MAXIMUM_TOKENS = 128  # of one phrase
LEAST_PREFIX = 2  # characters: every article has a word that begins with any single letter


class Phrase(NamedTuple):
    """Tokens with one space between; with `open`, the last of them is the beginning of a word."""

    tokens: str
    open: bool


def index_text(content: str) -> str:
    """`content` as tokens with one space between: single CJK characters, and other words folded.

    Punctuation is dropped, so ``"COVID-19"`` and ``"covid 19"`` are the same.
    """
    return " ".join(TOKEN.findall(unicodedata.normalize("NFKC", content).casefold()))


def phrases(query: str) -> list[Phrase]:
    """What must all occur in an article: words, of which a beginning is enough, and ``"quoted phrases"``,
    which occur as they are.

    Nothing in a query is an error: other punctuation only separates words. Past 32 phrases, or
    128 tokens in one, a query is cut.
    """
    found = (_phrase(index_text(quoted or word), not quoted) for quoted, word in PHRASE.findall(query))
    return list(dict.fromkeys(phrase for phrase in found if phrase.tokens))[:MAXIMUM_PHRASES]


def _phrase(tokens: str, typed: bool) -> Phrase:
    kept = " ".join(tokens.split(" ")[:MAXIMUM_TOKENS])
    return Phrase(kept, typed and len(kept) >= LEAST_PREFIX)


def matches(tx: Tx, query: str) -> ColumnElement[bool]:
    """The condition that an article contains every phrase of `query`; false if it has none."""
    wanted = phrases(query)
    if not wanted:
        return false()
    # A token is letters and digits only, so one in quotes cannot end early, in either syntax.
    if tx.dialect.name == "sqlite":
        expression = " ".join(f'"{phrase.tokens}"{"*" if phrase.open else ""}' for phrase in wanted)
        found = text("SELECT rowid FROM article_search WHERE article_search MATCH :expression")
        return articles.c.id.in_(found.bindparams(expression=expression).columns(articles.c.id))
    # Spelled as the index is, or PostgreSQL would not use it.
    tokens = text(
        "array_to_tsvector(string_to_array(articles.search_text, ' ')) @@ CAST(:wanted AS tsquery)"
    ).bindparams(bindparam("wanted", " & ".join(sorted(_lexemes(wanted)))))
    padded = literal(" ") + articles.c.search_text + literal(" ")
    ends = ((phrase.tokens, "" if phrase.open else " ") for phrase in wanted)
    return and_(tokens, *(func.strpos(padded, f" {phrase}{end}") > 0 for phrase, end in ends))


def _lexemes(wanted: list[Phrase]) -> set[str]:
    """The tokens that an article must have, as a tsquery spells them."""
    found: set[str] = set()
    for phrase in wanted:
        *whole, last = phrase.tokens.split(" ")
        found.update(f"'{token}'" for token in whole)
        found.add(f"'{last}'{':*' if phrase.open else ''}")
    return found
