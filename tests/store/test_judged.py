"""What a version said, one row for each text."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from monitor.records import Article, Prediction
from monitor.store import Store, judged


def test_a_text_counts_once_and_the_sample_never(
    store: Store, publish: Callable[..., Article], predict: Callable[..., Prediction], now: datetime
) -> None:
    with store.begin() as tx:
        first = publish(tx, "the same words", language="en")
        publish(tx, "old news", at=now - timedelta(days=9))
        copy = publish(tx, "the same words", source="other")
        made_up = publish(tx, "of the sample", sample=True)
        other = publish(tx, "other words", language="zh")
        for one in (first, copy, made_up):
            predict(tx, one.id)
        predict(tx, other.id, model="model-2")
        found = judged.since(tx, "model-1", now - timedelta(days=7))
        none = judged.since(tx, "model-3", now)
    assert found.article_ids.tolist() == [first.id]
    assert found.languages == ("en",) and found.seen_at == (now,)
    assert found.probabilities.tolist() == [[0.8, 0.15, 0.05]]
    assert found.places == {found.text_ids[0]: 0}
    assert len(none) == 0 and none.probabilities.shape == (0, 3)
