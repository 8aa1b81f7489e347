"""The audit trail: newest first, page by page."""

from __future__ import annotations

from datetime import datetime

from monitor.store import Store, audit


def test_actions_are_kept_in_order(store: Store, now: datetime) -> None:
    with store.begin() as tx:
        for number in range(3):
            audit.write(tx, now, "ann", "label", f"task {number}", {"sentiment": "负面", "n": number})
        audit.write(tx, now, "", "promote", "x" * 1000)
        newest, *rest = audit.page(tx)
        assert (newest.user, newest.action, newest.target, newest.detail) == ("", "promote", "x" * 1000, {})
        assert [(entry.target, entry.detail["n"]) for entry in rest] == [
            ("task 2", 2),
            ("task 1", 1),
            ("task 0", 0),
        ]
        assert audit.page(tx, limit=1) == [newest]
        assert audit.page(tx, limit=2, before_id=newest.id) == rest[:2]
        assert rest[0].at == now
