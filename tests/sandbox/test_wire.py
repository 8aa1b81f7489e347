"""What goes through the pipe comes out the same, and what is not an item is none."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import PluginError
from monitor.extensions.options import Secret
from monitor.messages import Message
from monitor.records import Delivery, DeliveryState, Item, Scope, Window
from monitor.sandbox import wire
from monitor.testing import make_delivery, make_prediction

texts = st.text(st.characters(exclude_categories=()), max_size=40)  # lone surrogates among them
zones = st.integers(-23, 23).map(lambda hours: timezone(timedelta(hours=hours)))
times = st.one_of(st.none(), st.dates(), texts, st.datetimes(), st.datetimes(timezones=zones))
items = st.builds(
    Item, title=texts, text=texts, url=texts, guid=texts, author=texts, published_at=times, language=texts
)


def there_and_back(value: Any) -> Any:
    frame = wire.pack({"value": value}, b"body")
    header, body = wire.HEAD.unpack_from(frame)
    assert frame[wire.HEAD.size + header :] == b"body" and body == 4
    return wire.unpack(frame[wire.HEAD.size : wire.HEAD.size + header])["value"]


@given(items)
def test_an_item_comes_back_as_it_was(item: Item) -> None:
    assert wire.item_of(there_and_back(wire.plain_item(item))) == item


@pytest.mark.parametrize(
    "plain",
    [
        *(None, 7, "item", {}, [], ["title"], [1, "", "", "", "", "", None]),
        *(["", "", "", "", "", "", time] for time in (7, ["at", "noon"], ["on", 3], ["at"], {"at": 1})),
    ],
)
def test_what_is_no_item_is_refused(plain: Any) -> None:
    with pytest.raises((TypeError, ValueError)):
        wire.item_of(plain)


@pytest.mark.parametrize("header", [b"[]", b"7", b"{", b'{"a": NaN}', b"\xff", b"[" * 100_000])
def test_what_is_no_header_is_refused(header: bytes) -> None:
    with pytest.raises((ValueError, RecursionError)):
        wire.unpack(header)


@pytest.mark.parametrize("state", [{"x": object()}, {"x": float("nan")}, {"x": {1, 2}}])
def test_a_state_is_json(state: dict[str, Any]) -> None:
    with pytest.raises(PluginError, match="not a JSON object"):
        wire.state_of(state)
    assert wire.state_of({"a": (1, None), "b": "中"}) == {"a": [1, None], "b": "中"}


def test_a_state_has_a_length() -> None:
    with pytest.raises(PluginError, match="longer than 1,000,000 bytes"):
        wire.state_of({"x": "y" * wire.MAX_STATE_BYTES})


def test_options_keep_their_secrets_and_hide_them() -> None:
    options = {"token": Secret("hunter2"), "deep": {"list": [Secret("a"), 1, None, True]}, "text": "x"}
    back = wire.options_of(there_and_back(wire.plain_options(options)))
    assert back == options
    assert isinstance(back["token"], Secret) and isinstance(back["deep"]["list"][0], Secret)
    assert not isinstance(back["text"], Secret)


def test_records_become_plain() -> None:
    at = datetime(2026, 1, 5, 9, tzinfo=UTC)
    window = Window(Scope("topic", "legal"), at, at, 3, 2, 1.75)
    assert there_and_back(wire.plain([window])) == [
        {
            "scope": {"kind": "topic", "name": "legal"},
            "start_at": at.isoformat(),
            "end_at": at.isoformat(),
            "stories": 3,
            "negative": 2,
            "weight": 1.75,
        }
    ]
    delivery = make_delivery(payload={"title": Message("plugins.loading"), "day": date(2026, 1, 5)})
    plain = there_and_back(wire.plain(delivery))
    assert plain["state"] == DeliveryState.PENDING.value
    assert plain["payload"] == {"title": "it is still being loaded", "day": "2026-01-05"}
    assert plain.keys() == set(Delivery.__slots__)
    assert there_and_back(wire.plain({7: make_prediction(1)}))["7"]["sentiment"]["negative"] == 1
