"""Records check themselves when they are built: which field, what was expected, what was found."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest

from monitor.fields import checked
from monitor.messages import Message
from monitor.news.dates import Dates
from monitor.records import (
    Attribution,
    Example,
    Explanation,
    Fetched,
    Item,
    Prediction,
    Scope,
    Window,
)

AT = datetime(2026, 1, 5, tzinfo=UTC)
SCOPE = Scope("topic", "legal")
SOUND = {"negative": 0.2, "neutral": 0.3, "positive": 0.5}


@pytest.mark.parametrize(
    ("build", "told"),
    [
        (lambda: Item(title=7), "Item.title: expected text (str), found int"),
        (lambda: Item(text=None), "Item.text: expected text (str), found NoneType"),
        (lambda: Item(url=b"https://a"), "Item.url: expected text (str), found bytes"),
        (
            lambda: Item(published_at=1767225600),
            "Item.published_at: expected a datetime, a date, text (str) or None, found int",
        ),
        (lambda: Fetched(7), "Fetched.items: expected a list of monitor.Item, found int"),
        (lambda: Fetched("news"), "Fetched.items: expected a list, found str"),
        (lambda: Fetched({"title": "news"}), "Fetched.items: expected a list, found dict"),
        (lambda: Fetched([], ["state"]), "Fetched.state: expected a mapping (dict), found list"),
        (lambda: Fetched([], {}, "careful"), "Fetched.warnings: expected a list, found str"),
        (lambda: Fetched([], unchanged="3"), "Fetched.unchanged: expected a whole number (int), found str"),
        (lambda: Prediction([0.1], {}, "m"), "Prediction.sentiment: expected a mapping (dict), found list"),
        (
            lambda: Prediction({**SOUND, "neutral": "0.3"}, {}, "m"),
            "Prediction.sentiment['neutral']: expected a number (float), found str",
        ),
        (
            lambda: Prediction(SOUND, {"legal": np.float32(0.3)}, "m"),
            "Prediction.topics['legal']: expected a number (float), found numpy.float32",
        ),
        (
            lambda: Prediction(SOUND, {}, "m", "", {"acme": 0.3}),
            "Prediction.companies['acme']: expected a mapping (dict), found float",
        ),
        (
            lambda: Prediction(SOUND, {}, "m", "", {"acme": {"negative": None}}),
            "Prediction.companies['acme']['negative']: expected a number (float), found NoneType",
        ),
        (lambda: Attribution(0.5, 1, 0.1), "Attribution.start: expected a whole number (int), found float"),
        (
            lambda: Explanation("a", "sentiment", "negative", 0.5, (Attribution(0, 1, 0.5), (0, 1, 2)), 0.5),
            "Explanation.attributions[1]: expected monitor.Attribution, found tuple",
        ),
        (
            lambda: Window("topic:legal", AT, AT, 3, 2),
            "Window.scope: expected monitor.Scope, found str",
        ),
        (
            lambda: Window(SCOPE, AT, AT, 3, 2, "0.5"),
            "Window.weight: expected a number (float), found str",
        ),
        (lambda: Window(SCOPE, AT, "now", 3, 2), "Window.end_at: expected a datetime, found str"),
        (lambda: Example("a", topics=["legal"]), "Example.topics: expected a tuple of text (str) or None"),
    ],
)
def test_a_field_of_another_type_is_told(build: Any, told: str) -> None:
    with pytest.raises(TypeError) as caught:
        build()
    assert str(caught.value).startswith(told)


class Times(datetime):
    """A subclass, as pandas has one."""


@pytest.mark.parametrize(
    "build",
    [
        lambda: Item(),
        lambda: Item(title=Message("plugins.loading"), published_at="2026-11-29T14:10:00Z"),
        lambda: Item(published_at=date(2026, 1, 5)),
        lambda: Item(published_at=Times(2026, 1, 5)),
        lambda: Fetched(Item(title=str(n)) for n in range(3)),
        lambda: Fetched((), MappingProxyType({"a": 1}), ["careful"], 3, 4),
        lambda: Prediction(OrderedDict(SOUND), {"legal": 1, "credit": np.float64(0.3)}, "m"),
        lambda: Prediction(SOUND, {}, "m", companies={"acme": SOUND}),
        lambda: Window(SCOPE, AT, AT, 3, 1, 0),
        lambda: Example("a", None, ("legal",), companies=(("Acme", "positive"),)),
    ],
)
def test_what_fits_is_taken_as_it_is(build: Any) -> None:
    record = build()
    assert replace(record) == record or isinstance(record, Fetched)


def test_a_record_stays_frozen_and_small() -> None:
    item = Item(title="a")
    with pytest.raises(AttributeError):
        item.title = "b"  # type: ignore[misc]
    assert not hasattr(item, "__dict__")
    with pytest.raises(TypeError, match=r"Item\.guid"):
        replace(item, guid=7)  # type: ignore[arg-type]


def test_one_field_is_checked_as_well() -> None:
    @dataclass(frozen=True, slots=True)
    @checked
    class Single:
        only: int | None

    assert Single(None).only is None
    with pytest.raises(TypeError, match=r"Single\.only: expected a whole number \(int\) or None, found str"):
        Single("7")  # type: ignore[arg-type]


def test_what_a_class_checks_itself_comes_after_the_types() -> None:
    with pytest.raises(TypeError, match=r"Dates\.timezone: expected text \(str\), found int"):
        Dates(timezone=8)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="order of dates"):
        Dates(order="dym")
