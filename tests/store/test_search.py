"""Search: one definition of a match, kept by both databases, whatever is typed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text

from monitor.records import Article
from monitor.store import Store, articles, schema, search

TEXTS = (
    "苹果公司股价下跌,分析师下调评级",
    "果真如此:苹价走低",
    "Apple Inc. shares fall 3.5% — worst day since COVID-19",
    "ＡＰＰＬＥ 与 Ｔｅｓｌａ 同日公布财报",  # full width
    'It\'s "OR" not AND; NEAR(5) foo:bar -baz * (',
    "ΟΔΥΣΣΕΥΣ Straße İstanbul é",
    "A股三大指数收跌 上证指数跌1.2%",
    "𠮷野家 reports 2026Q1 results",  # beyond the basic plane
    "東京電力ホールディングスの株価",
    "-- ; DROP TABLE articles",
    "",
)


@pytest.fixture
def corpus(store: Store, publish: Callable[..., Article]) -> dict[int, str]:
    with store.begin() as tx:
        # an empty text would get a default one
        return {publish(tx, text or "…", content=text).id: text for text in TEXTS}


def found(store: Store, query: str) -> list[int]:
    with store.read() as tx:
        return sorted(view.article.id for view in articles.page(tx, text=query))


def oracle(corpus: dict[int, str], query: str) -> list[int]:
    """A match, said in one line: every phrase occurs in the article's tokens."""
    wanted = search.phrases(query)
    return [
        article_id
        for article_id, text in corpus.items()
        if wanted
        and all(
            f" {phrase.tokens}{'' if phrase.open else ' '}" in f" {search.index_text(text)} "
            for phrase in wanted
        )
    ]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("苹果公司", "苹 果 公 司"),
        ("A股3.5%", "a 股 3 5"),
        ("COVID-19's", "covid 19 s"),
        ("Ｔｅｓｌａ ①", "tesla 1"),
        ("snake_case", "snake case"),
        ("ﬁnance STRASSE Straße", "finance strasse strasse"),
        ("x" * 70, "x" * 64 + " " + "x" * 6),
        ("\x00\ud800 … !", ""),
    ],
)
def test_index_text(content: str, expected: str) -> None:
    assert search.index_text(content) == expected


@given(st.text())
def test_index_text_is_folded_once_and_for_all(content: str) -> None:
    indexed = search.index_text(content)
    assert search.index_text(indexed) == indexed
    assert not indexed or all(map(search.TOKEN.fullmatch, indexed.split(" ")))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("苹果", [0]),
        ("苹 果", [0, 1]),
        ("公司股价 评级", [0]),
        ("apple", [2, 3]),
        ("APPLE tesla", [3]),
        ("appl", [2, 3]),
        ("APP te", [3]),
        ("a", [6]),
        ("pple", []),
        ('"appl"', []),
        ('"shares fal"', []),
        ('"apple inc" sha', [2]),
        ("covid-1", [2]),
        ("covid-2", []),
        ("果公司股价下", [0]),
        ("果公司涨", []),
        ("2026", [7]),
        ("τ ισταν", []),
        ("stanb", [5]),
        ('"shares fall"', [2]),
        ('"fall shares"', []),
        ('"shares fall', [2]),
        ("covid 19", [2]),
        ("3.5", [2]),
        ("or", [4]),
        ("OR AND NOT", [4]),
        ("foo:bar -baz", [4]),
        ("strasse ὀδυσσεύς", []),
        ("οδυσσευς STRASSE", [5]),
        ("A股", [6]),
        ("𠮷野", [7]),
        ("2026q1", [7]),
        ("株価", [8]),
        ("drop table", [9]),
        ("\x00苹果", [0]),
    ],
)
def test_what_a_query_finds(store: Store, corpus: dict[int, str], query: str, expected: list[int]) -> None:
    first = min(corpus)
    assert found(store, query) == [first + place for place in expected]


SYNTAX = st.sampled_from(
    [*"\"'*()^:-+{}[]<>&|!\\%_~$;,.", " OR ", " NOT ", "NEAR(", "苹", "果", "a", "\x00", "\ud800"]
)
QUERIES = st.text() | st.lists(SYNTAX).map("".join) | st.sampled_from(TEXTS)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(QUERIES)
@example("(" * 2000)
@example("a " * 5000)
@example('"' + "苹" * 5000)
@example(" ".join(f"w{i}" for i in range(5000)))
def test_no_query_raises_and_both_databases_agree(store: Store, corpus: dict[int, str], query: str) -> None:
    if not query.strip():
        return  # no condition at all
    assert found(store, query) == oracle(corpus, query)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_every_piece_of_chinese_finds_its_article(
    store: Store, corpus: dict[int, str], data: st.DataObject
) -> None:
    text = TEXTS[0].split(",")[0]
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    assert min(corpus) in found(store, text[start:end])


def test_a_word_far_into_a_long_text_is_found(store: Store, publish: Callable[..., Article]) -> None:
    """Beyond what the positions of a tsvector can tell."""
    with store.begin() as tx:
        stored = publish(tx, "的 利润 " * 20_000 + "净利润")
        assert [view.article.id for view in articles.page(tx, text='"净利润"')] == [stored.id]
        assert articles.page(tx, text='"利净"') == []


def test_the_index_follows_changes(store: Store, publish: Callable[..., Article]) -> None:
    with store.begin() as tx:
        stored = publish(tx, "before")
    with store.begin() as tx:
        articles.revise(tx, replace(stored, content="after"), stored.first_seen_at)
    assert (found(store, "before"), found(store, "after")) == ([], [stored.id])
    with pytest.raises(RuntimeError, match="lost"), store.begin() as tx:
        publish(tx, "rolled back")
        raise RuntimeError("lost")
    assert found(store, "rolled") == []


def test_postgresql_uses_its_index(postgresql_store: Store, publish: Callable[..., Article]) -> None:
    with postgresql_store.begin() as tx:
        publish(tx, "苹果公司")
        tx.execute(text("SET LOCAL enable_seqscan = off"))
        query = select(schema.articles.c.id).where(search.matches(tx, "苹果"))
        plan = query.compile(tx, compile_kwargs={"render_postcompile": True})
        lines = tx.exec_driver_sql(f"EXPLAIN {plan}", plan.params).scalars().all()
    assert any("article_search" in line for line in lines), lines
