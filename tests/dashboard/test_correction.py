"""Correct: beside a judgement, in both languages, for who may."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from monitor.app import Monitor
from monitor.records import Role, Wrong
from monitor.store import articles, feedback, labels
from tests.dashboard.pages import opened, said


def press(app: Any, label: str) -> Any:
    return next(button for button in app.button if button.label == label).click().run()


def first(monitor: Monitor) -> int:
    with monitor.store.read() as tx:
        return articles.page(tx, limit=1)[0].article.id


def test_a_judgement_is_corrected_in_place(filled: Monitor, log_in: Callable[..., str]) -> None:
    about = first(filled)
    app = opened("articles", log_in("ann", Role.ANALYST), query={"id": str(about), "correct": "yes"})
    app.button_group[0].set_value("positive")
    next(box for box in app.text_input if "Why" in box.label).set_value("it denies it")
    press(app, "Correct")
    assert not app.error and not app.exception
    with filled.store.read() as tx:
        (label,) = labels.of_text(tx, articles.get(tx, about).text_id)
    assert (label.sentiment, label.user, label.note, label.suggested) == (
        "positive",
        "ann",
        "it denies it",
        True,
    )
    again = opened("articles", log_in("ann", Role.ANALYST), query={"id": str(about)})
    assert "labelled" in said(again).lower()


@pytest.mark.parametrize(("language", "report"), [("en", "Report"), ("zh", "反馈")])
def test_what_no_label_mends_is_reported(
    filled: Monitor, log_in: Callable[..., str], language: str, report: str
) -> None:
    about = first(filled)
    app = opened("articles", log_in("ann", Role.ANALYST), language, query={"id": str(about)})
    press(app, report)
    assert not app.error and not app.exception
    with filled.store.read() as tx:
        (told,) = feedback.page(tx)
    assert (told.kind, told.article_id, told.user) == (Wrong.COMPANY, about, "ann")


def test_a_viewer_corrects_nothing(filled: Monitor, log_in: Callable[..., str]) -> None:
    query = {"id": str(first(filled)), "correct": "yes"}
    app = opened("articles", log_in("vi", Role.VIEWER), query=query)
    assert "Correct" not in {button.label for button in app.button}
    assert "·  correct" not in said(opened("articles", log_in("vi", Role.VIEWER)))
    assert "·  correct" in said(opened("articles", log_in("ann", Role.ANALYST)))
