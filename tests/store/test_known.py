"""Looking up many items of one source at once."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from monitor.records import Article
from monitor.store import Store, known


def test_items_are_known_by_key_within_their_source(
    store: Store, publish: Callable[..., Article], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(known, "BATCH", 2)
    with store.begin() as tx:
        a, b = publish(tx, identity_key="a"), publish(tx, identity_key="b")
        publish(tx, identity_key="c", source="paper")
        assert known.by_key(tx, "wire", ["a", "x", "y", "b", "c", "a"]) == {"a": a, "b": b}
        assert known.by_key(tx, "wire", []) == {}


def test_items_are_known_by_content_newest_first(
    store: Store, publish: Callable[..., Article], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(known, "BATCH", 2)
    with store.begin() as tx:
        first, other, again = publish(tx, "same"), publish(tx, "other"), publish(tx, "same")
        publish(tx, "same", source="paper")
        hashes = ["x", "y", other.content_hash, first.content_hash, first.content_hash]
        assert known.by_content(tx, "wire", hashes) == {
            first.content_hash: [again, first],
            other.content_hash: [other],
        }
