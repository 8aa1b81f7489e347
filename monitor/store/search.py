"""Full-text search in Chinese and English, with the same answers on both databases.

Neither database's own tokenizer splits Chinese, and the two disagree on numbers, hyphens and
addresses. So `index_text` does all of it: it folds the text to lower-case tokens with single
spaces between, one token for each CJK character. A query becomes phrases of such tokens, and an
article matches if its tokens contain every phrase. SQLite finds phrases with FTS5 (the index is
kept by triggers); PostgreSQL narrows down by a GIN index over the tokens, then looks for each phrase
in the text itself (a `tsvector` forgets positions beyond 16,383 and a word's after its 256th).
"""

from __future__ import annotations

import re
import unicodedata

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


def index_text(content: str) -> str:
    """`content` as tokens with one space between: single CJK characters, and other words folded.

    Punctuation is dropped, so ``"COVID-19"`` and ``"covid 19"`` are the same.
    """
    return " ".join(TOKEN.findall(unicodedata.normalize("NFKC", content).casefold()))


def phrases(query: str) -> list[str]:
    """What must all occur in an article, as `index_text`: words, and ``"quoted phrases"``.

    Nothing in a query is an error: other punctuation only separates words. Past 32 phrases, or
    128 tokens in one, a query is cut.
    """
    found = (index_text(quoted or word) for quoted, word in PHRASE.findall(query))
    cut = (" ".join(phrase.split(" ")[:MAXIMUM_TOKENS]) for phrase in found if phrase)
    return list(dict.fromkeys(cut))[:MAXIMUM_PHRASES]


def matches(tx: Tx, query: str) -> ColumnElement[bool]:
    """The condition that an article contains every phrase of `query`; false if it has none."""
    wanted = phrases(query)
    if not wanted:
        return false()
    if tx.dialect.name == "sqlite":
        # A token is letters and digits only, so a phrase in quotes cannot end early.
        expression = " ".join(f'"{phrase}"' for phrase in wanted)
        found = text("SELECT rowid FROM article_search WHERE article_search MATCH :expression")
        return articles.c.id.in_(found.bindparams(expression=expression).columns(articles.c.id))
    # Spelled as the index is, or PostgreSQL would not use it.
    tokens = text("string_to_array(articles.search_text, ' ') @> CAST(:tokens AS text[])").bindparams(
        bindparam("tokens", sorted({token for phrase in wanted for token in phrase.split(" ")}))
    )
    padded = literal(" ") + articles.c.search_text + literal(" ")
    return and_(tokens, *(func.strpos(padded, f" {phrase} ") > 0 for phrase in wanted))
