"""What is asked of an article, sentence by sentence, and what is quoted of it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from monitor.alerts.quoting import MOST, asked, chosen
from monitor.records import Article, Mention
from monitor.testing import make_prediction

TEXT = "Bolt wins\nAcme Inc. lost the contract. Shares of Acme fell 5%. Nobody else did."


def acme(text: str) -> tuple[Mention, ...]:
    places = [n for n in range(len(text)) if text.startswith("Acme", n)]
    return tuple(Mention("acme", "Acme", place, place + 4) for place in places)


def test_of_a_company_only_sentences_that_name_it_are_asked_about(article: Callable[..., Article]) -> None:
    piece = article(content=TEXT, mentions=acme(TEXT), language="en")
    found = asked(piece, "acme")
    assert [TEXT[one.start : one.end] for one in found] == [
        "Acme Inc. lost the contract.",
        "Shares of Acme fell 5%.",
    ]
    for one in found:
        assert one.alone.content == TEXT[one.start : one.end] and one.alone.language == "en"
        assert [one.alone.content[m.start : m.end] for m in one.alone.mentions] == ["Acme"]
    assert [one.start for one in asked(piece, "bolt")] == [one.start for one in asked(piece, "")]
    assert len(asked(piece, "")) == 4


def test_of_a_long_article_the_beginning_is_asked_about(article: Callable[..., Article]) -> None:
    text = " ".join(["It fell."] * (MOST + 5))
    assert len(asked(article(content=text), "")) == MOST and asked(article(content=""), "") == []


def test_the_most_negative_is_chosen_towards_the_company_where_it_is_about_one() -> None:
    calm, bad = make_prediction(0.1, 0.9), make_prediction(0.8, 0.2)
    towards = make_prediction(
        0.1, 0.9, companies={"acme": {"negative": 0.95, "neutral": 0.05, "positive": 0}}
    )
    assert chosen([calm, bad, bad], "") == (1, 0.8) and chosen([calm, bad, towards], "acme") == (2, 0.95)
    with pytest.raises(ValueError, match="empty"):
        chosen([], "acme")
