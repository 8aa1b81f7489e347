"""Records with a default for every field that a test does not care for."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from monitor.detection import cells
from monitor.detection.panels import LENGTHS, Panel, Present
from monitor.records import SENTIMENTS, Article, Delivery, DeliveryState, Example, Prediction, Snapshot
from monitor.selection import Pool
from monitor.testing.fakes.classifier import EXAMPLES
from monitor.testing.fakes.clock import START


def make_article(content: str, **fields: Any) -> Article:
    """An article of this content; every other field has a default."""
    digest = hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()
    defaults: dict[str, Any] = {
        "source": "fake",
        "title": content,
        "text": "",
        "url": "",
        "author": "",
        "language": "",
        "published_at": START,
        "first_seen_at": START,
        "identity_key": digest,
        "content_hash": digest,
    }
    return Article(content=content, **(defaults | fields))


def make_prediction(
    negative: float = 0.0, neutral: float = 0.0, positive: float = 0.0, **fields: Any
) -> Prediction:
    """A prediction with these sentiment probabilities, scaled to sum to 1 (uniform if all are 0)."""
    values = (negative, neutral, positive)
    total = sum(values)
    sentiment = dict(zip(SENTIMENTS, (v / total if total else 1 / 3 for v in values), strict=True))
    return Prediction(**({"sentiment": sentiment, "topics": {}, "model": "fake"} | fields))


def make_pool(rows: int = 60, **columns: Any) -> Pool:
    """A pool of `rows` articles and 12 labelled ones with every column filled, at random but always the
    same; `columns` replace those of their names."""
    import numpy as np

    rng = np.random.default_rng(0)
    width, labelled = 8, 12
    middles = rng.normal(size=(6, width)).astype(np.float32)
    filled: dict[str, Any] = {
        "ids": 100 + 7 * np.arange(rows),
        "probabilities": rng.dirichlet((1.0, 1.0, 1.0), rows),
        "vectors": middles[np.arange(rows) % 6] + rng.normal(0, 0.3, (rows, width)).astype(np.float32),
        "members": rng.dirichlet((1.0, 1.0, 1.0), (5, rows)),
        "story": np.where(np.arange(rows) % 10 == 0, 0, np.arange(rows) // 2),
        "age": rng.uniform(0, 72, rows),
        "language": np.array(["en", "zh"])[np.arange(rows) % 2],
        "source": np.array(["wire", "forum", "paper"])[np.arange(rows) % 3],
        "seconds": rng.uniform(2, 60, rows),
        "impact": rng.uniform(0, 1, rows),
        "length": rng.integers(20, 4000, rows),
        "labels": rng.integers(0, len(SENTIMENTS), labelled),
        "labelled_vectors": rng.normal(size=(labelled, width)).astype(np.float32),
        "labelled_probabilities": rng.dirichlet((1.0, 1.0, 1.0), labelled),
        "asked_by": np.array(["margin", "random", "audit"])[np.arange(labelled) % 3],
        "asked_share": np.full(labelled, 0.5),
        "asked_loss": rng.uniform(0, 2, labelled),
    }
    return Pool(**(filled | columns))


def make_panel(series: int = 12, weeks: int = 8, **columns: Any) -> Panel:
    """The past of `series` series over so many weeks up to `START`, at random but always the same: all news,
    then companies, the rarest first, of 0.02 to 20 negative voices a day; days have a rhythm. `columns`
    replace those of their names."""
    import numpy as np

    rng = np.random.default_rng(0)
    hours = 168 * weeks
    shape = (1 + 0.5 * np.sin(np.arange(hours) * np.pi / 12)) / 24
    levels = np.logspace(np.log10(0.02), np.log10(20), max(series - 1, 1))[:, None]
    some = rng.poisson(levels * shape).astype(float)
    others = rng.poisson(2 * levels * shape)
    # Who counts as negative does so by a probability, and the rest of all news names no company.
    negative = some * rng.uniform(0.6, 1.0, some.shape)
    voices = some + others
    volume = voices.sum(axis=0) + rng.poisson(100 * shape)
    filled: dict[str, Any] = {
        "names": ("all", *(f"company:{number}" for number in range(1, series)))[:series],
        "pools": ("all", *["company"] * (series - 1))[:series],
        "start": cells.hour(START) - hours,
        "negative": np.vstack([negative.sum(axis=0), negative])[:series],
        "voices": np.vstack([volume, voices])[:series],
        "volume": volume,
        "read": np.ones(hours, dtype=bool),
    }
    return Panel(**(filled | columns))


def make_present(panel: Panel, more: float = 0.0, **columns: Any) -> Present:
    """Windows of every series that end with `panel`, `more` negative voices of each in its last hour;
    `columns` replace those of their names."""
    import numpy as np

    lasts = [slice(-length, None) for length in LENGTHS]
    filled: dict[str, Any] = {
        "rows": np.arange(len(panel.names)),
        "end": (panel.start + len(panel.volume)) * cells.IN_HOUR,
        "lengths": LENGTHS,
        "negative": np.stack([panel.negative[:, last].sum(axis=1) for last in lasts], axis=1) + more,
        "voices": np.stack([panel.voices[:, last].sum(axis=1) for last in lasts], axis=1) + more,
        "volume": np.tile([panel.volume[last].sum() + more for last in lasts], (len(panel.names), 1)),
    }
    return Present(**(filled | columns))


def make_snapshot(examples: Sequence[Example] = EXAMPLES, gold: Sequence[Example] = ()) -> Snapshot:
    """A snapshot that trains on `examples` and develops on the same."""
    digest = hashlib.sha256(repr((examples, gold)).encode("utf-8", "surrogatepass")).hexdigest()
    return Snapshot(digest, tuple(examples), tuple(examples), tuple(gold))


def make_delivery(**fields: Any) -> Delivery:
    """An `opened` delivery of an alert; every field has a default."""
    defaults: dict[str, Any] = {
        "id": "delivery-1",
        "alert_id": "alert-1",
        "notifier": "fake",
        "event": "opened",
        "payload": {"title": "Negative coverage surges: legal", "scope": "topic:legal", "observed": 9},
        "state": DeliveryState.PENDING,
        "attempts": 0,
        "created_at": START,
    }
    return Delivery(**(defaults | fields))
