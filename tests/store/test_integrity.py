"""A whole database is told from a damaged file."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import text

from monitor.records import Article
from monitor.store import Store, integrity


def test_a_whole_database_has_no_damage(store: Store, publish: Callable[..., Article]) -> None:
    with store.begin() as tx:
        publish(tx)
        assert integrity.damage(tx) == ""


def test_a_damaged_file_is_noticed(sqlite_store: Store, publish: Callable[..., Article]) -> None:
    assert sqlite_store.path is not None
    with sqlite_store.begin() as tx:
        for _ in range(50):
            publish(tx, "x" * 3000)
        size = tx.scalar(text("PRAGMA page_size"))
        root = tx.scalar(text("SELECT rootpage FROM sqlite_master WHERE name = 'ix_articles_published_at'"))
    sqlite_store.close()  # which moves the journal's content into the file
    content = bytearray(sqlite_store.path.read_bytes())
    content[(root - 1) * size + 3 : (root - 1) * size + 5] = b"\x00\x00"  # an index without entries
    sqlite_store.path.write_bytes(content)
    with sqlite_store.read() as tx:
        assert integrity.damage(tx) != ""
