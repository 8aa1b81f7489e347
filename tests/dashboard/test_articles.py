"""The articles page: a search that stands in the address, and one article."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from monitor.app import Monitor
from monitor.records import Role
from tests.dashboard.pages import opened, words


@pytest.mark.parametrize(("language", "title"), [("en", "Articles"), ("zh", "文章")])
@pytest.mark.parametrize("role", [Role.VIEWER, Role.ANALYST])
def test_empty(monitor: Monitor, log_in: Callable[..., str], language: str, title: str, role: Role) -> None:
    app = opened("articles", log_in("ann", role), language)
    assert app.title[0].value == title
    assert len(app.info) == 1 and not app.error
    print(words(app))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_filled(filled: Monitor, log_in: Callable[..., str], language: str) -> None:
    app = opened("articles", log_in("ann", Role.VIEWER), language, text="northwind recall")
    print(words(app))
    assert not app.info
