"""What the store has for the figures and pictures of a version, and for the learning curve of all.

Reads versions and the audits that each judged; leaves `portrait`s and the `curve`. Nothing is computed by a
model: what a version did not say when it served, nobody asks it here.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from monitor.evaluation import curve as curves
from monitor.evaluation import portrait
from monitor.evaluation.curve import Point
from monitor.evaluation.live import Read
from monitor.evaluation.portrait import Portrait
from monitor.records import ModelVersion
from monitor.store import Tx, judged, models
from monitor.store.judged import Audited


@dataclass(frozen=True, slots=True)
class Figures:
    """A version's portraits, and beside each the one to compare it with: `audits` with those of the version
    that serves now (`serving`; of other texts, those of its time), `gold` with that of the version that
    served when the gate judged (`before`; of the same texts). None where there is nothing to draw."""

    model: str
    audits: Portrait | None
    gold: Portrait | None
    serving: str = ""
    serving_audits: Portrait | None = None
    before: str = ""
    before_gold: Portrait | None = None


def of(tx: Tx, model_id: str) -> Figures:
    """The figures of a version. Raises NotFoundError."""
    version, serving = models.get(tx, model_id), models.champion(tx)
    other = serving if serving is not None and serving.id != model_id else None
    champion = version.metrics.get("champion")
    audited = judged.audited(tx, [model_id, *([other.id] if other else [])])
    return Figures(
        model_id,
        _audits(audited.get(model_id)),
        _gold(version),
        other.id if other else "",
        _audits(audited.get(other.id)) if other else None,
        version.parent,
        portrait.of_gold(champion.get("sentiment")) if isinstance(champion, dict) else None,
    )


def curve(tx: Tx) -> list[Point]:
    """The learning curve: a point for each version of which something was measured."""
    versions, audited = models.all(tx), judged.audited(tx)
    portraits = {
        one.id: [some for some in (_audits(audited.get(one.id)), _gold(one)) if some is not None]
        for one in versions
    }
    return curves.points(versions, portraits)


def to_json(found: Figures) -> dict[str, Any]:
    """The figures as JSON has them."""
    return {
        name: portrait.told(one) if isinstance(one, Portrait) else one
        for name in Figures.__dataclass_fields__
        for one in (getattr(found, name),)
    }


def points_to_json(found: list[Point]) -> list[dict[str, Any]]:
    """The curve as JSON has it."""
    return [{**asdict(one), "made_at": one.made_at.isoformat(), "state": one.state.value} for one in found]


def _audits(found: Audited | None) -> Portrait | None:
    if found is None:
        return None
    return portrait.of_audits(Read(found.probabilities, found.labels, found.shares, found.stories))


def _gold(version: ModelVersion) -> Portrait | None:
    return portrait.of_gold(version.metrics.get("sentiment"))
