"""Model versions: exactly one serves, and there is a way back."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import insert, select

from monitor.errors import ConflictError, NotFoundError, StoreError
from monitor.messages import Message
from monitor.records import ModelState, ModelVersion
from monitor.store import Store, Tx, models, schema

DAY = timedelta(days=1)


@pytest.fixture
def version(now: datetime) -> ModelVersion:
    return ModelVersion(
        id="v1",
        kind="transformer",
        path="data/models/v1",
        digest="d" * 64,
        state=ModelState.CHALLENGER,
        created_at=now,
        parent="v0",
        snapshot="s" * 64,
        metrics={"macro_f1": 0.82, "by_language": {"zh": 0.8}},
    )


def fill(tx: Tx, version: ModelVersion, *ids: str) -> None:
    for day, model_id in enumerate(ids):
        models.put(tx, replace(version, id=model_id, created_at=version.created_at + day * DAY))


def states(tx: Tx) -> dict[str, str]:
    return {version.id: version.state.value for version in models.all(tx)}


def test_a_version_comes_back_as_it_was_put(store: Store, version: ModelVersion) -> None:
    with store.begin() as tx:
        models.put(tx, version)
        assert models.get(tx, "v1") == version
        newer = replace(version, metrics={"macro_f1": 0.9}, reason="measured again")
        models.put(tx, newer)
        assert models.all(tx) == [newer]
        assert models.champion(tx) is None


def test_an_unknown_version_is_named_with_the_known_ones(
    store: Store, version: ModelVersion, now: datetime
) -> None:
    with store.begin() as tx:
        with pytest.raises(NotFoundError, match="'v9': no such version; known: none yet"):
            models.get(tx, "v9")
        fill(tx, version, "v1", "v2")
        with pytest.raises(NotFoundError, match="known: v2, v1"):
            models.promote(tx, "v9", "better", now)
        with pytest.raises(NotFoundError, match="v9"):
            models.refuse(tx, "v9", "worse", now)


def test_promotion_retires_the_champion_before(store: Store, version: ModelVersion, now: datetime) -> None:
    with store.begin() as tx:
        fill(tx, version, "v1", "v2", "v3")
        models.promote(tx, "v1", "first", now)
        models.promote(tx, "v2", "better by 0.02", now + DAY)
        models.refuse(tx, "v3", "worse by 0.01", now)
        assert states(tx) == {"v3": "refused", "v2": "champion", "v1": "retired"}
        champion = models.champion(tx)
        assert champion is not None
        assert (champion.id, champion.promoted_at) == ("v2", now + DAY)
        models.promote(tx, "v2", "again", now + 2 * DAY)
        assert states(tx)["v2"] == "champion"


def test_rollback_goes_back_and_further_back(store: Store, version: ModelVersion, now: datetime) -> None:
    with store.begin() as tx:
        fill(tx, version, "v1", "v2", "v3")
        for day, model_id in enumerate(("v1", "v2", "v3")):
            models.promote(tx, model_id, "better", now + day * DAY)
        assert models.rollback(tx, now + 4 * DAY).id == "v2"
        restored = models.champion(tx)
        assert restored is not None
        assert models.rollback(tx, now + 5 * DAY).id == "v1"  # and not forward to v3
        assert states(tx) == {"v3": "retired", "v2": "retired", "v1": "champion"}
        with pytest.raises(NotFoundError, match="nothing to roll back to"):
            models.rollback(tx, now + 6 * DAY)
        models.promote(tx, "v3", "on second thought", now + 7 * DAY)
        assert models.rollback(tx, now + 8 * DAY).id == "v2"


def test_the_gate_s_first_verdict_stays_and_whatever_happened_later_stands_beside_it(
    store: Store, version: ModelVersion, now: datetime
) -> None:
    verdict = Message("gate.one_class", sentiment="neutral")
    with store.begin() as tx:
        fill(tx, version, "v1", "v2")
        models.promote(tx, "v1", "the first", now)
        models.gated(tx, "v2", verdict, now)
        models.refuse(tx, "v2", verdict, now)
        models.promote(tx, "v2", "on my word", now + DAY, "ada")
        models.rollback(tx, now + 2 * DAY, "bo")
        models.gated(tx, "v2", "a second opinion", now + 3 * DAY)
        assert models.get(tx, "v2").reason == verdict
        told = [(one.user, one.event, one.reason, one.data) for one in models.events(tx, "v2")]
        assert told == [
            ("monitor", "gated", verdict, "s" * 64),
            ("monitor", "refused", verdict, "s" * 64),
            ("ada", "promoted", "on my word", "s" * 64),
            ("bo", "retired", "v1 serves now", "s" * 64),
            ("monitor", "gated", "a second opinion", "s" * 64),
        ]
        assert [one.event for one in models.events(tx, "v1")] == ["promoted", "retired", "rolled_back"]
        assert models.events(tx, "v1")[-1].reason == "in place of v2, which was rolled back"
        assert models.all_events(tx) == {id: models.events(tx, id) for id in ("v1", "v2")}


def test_there_is_nothing_to_roll_back_to_without_a_champion(store: Store, now: datetime) -> None:
    with store.begin() as tx, pytest.raises(NotFoundError, match="nothing to roll back to"):
        models.rollback(tx, now)


def test_a_second_champion_is_refused(store: Store, version: ModelVersion, now: datetime) -> None:
    with store.begin() as tx:
        champion = replace(version, state=ModelState.CHAMPION, promoted_at=now)
        models.put(tx, champion)
        models.put(tx, champion)
        with pytest.raises(ConflictError, match="v1 is the champion"):
            models.put(tx, replace(champion, id="v2"))
    with pytest.raises(StoreError, match=r"(?i)unique"), store.begin() as tx:  # nor by the database
        row = tx.execute(select(schema.models)).mappings().one()
        tx.execute(insert(schema.models).values({**row, "id": "v2"}))


def test_a_snapshot_is_recorded_once(store: Store, now: datetime) -> None:
    with store.begin() as tx:
        models.snapshot(tx, "s" * 64, {"train": 90, "gold": 10}, [3, 1, 2], now)
        models.snapshot(tx, "s" * 64, {"train": 0}, [], now + DAY)
        [row] = tx.execute(select(schema.snapshots))
    assert (row.counts, row.label_ids, row.created_at) == ({"train": 90, "gold": 10}, [3, 1, 2], now)
