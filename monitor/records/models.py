"""What models are fitted on, and their versions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from monitor.fields import checked


class ModelState(StrEnum):
    CHALLENGER = "challenger"  # fitted, not (yet) through the gate
    CHAMPION = "champion"  # serves; exactly one
    RETIRED = "retired"  # served before; can be rolled back to
    REFUSED = "refused"  # failed the gate or its hash


@dataclass(frozen=True, slots=True)
@checked
class Example:
    """A text with what is known of it: None where a task has no label for it.

    `companies` are pairs of a name, as it stands in the text, and the sentiment towards it.
    `group` joins near-duplicates, which must not stand on both sides of a split.
    """

    text: str
    sentiment: str | None = None  # negative, neutral or positive
    topics: tuple[str, ...] | None = None  # names of topics; () where it has none
    origin: str = ""  # the file or source it is from
    group: str = ""  # joins near-duplicates
    weight: float = 1.0  # in fitting
    companies: tuple[tuple[str, str], ...] = ()  # (name in the text, sentiment towards it)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A frozen data set to fit and evaluate on; `id` is the SHA-256 of its content."""

    id: str
    train: Sequence[Example]
    development: Sequence[Example]  # early stopping and calibration
    gold: Sequence[Example] = ()  # never trained on: the gate's


@dataclass(frozen=True, slots=True)
class ModelVersion:
    """A model on disk that may serve. `digest` is the SHA-256 of its manifest."""

    id: str
    kind: str
    path: str
    digest: str
    state: ModelState
    created_at: datetime
    parent: str = ""
    snapshot: str = ""
    metrics: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""  # the gate's first word on it, for good; what came later are its events
    promoted_at: datetime | None = None
    seconds: float = 0.0  # when it was made, on the store's clock
    last_label: int = 0  # the newest answer there was then
    shadow_hours: float = 0.0  # that it judges beside the champion before it may serve
    certificate: Mapping[str, Any] | None = None  # what is certified of it, and how that is watched

    @property
    def temperature(self) -> float:
        """What its sentiments are softened by (`Prediction.tempered`), as fitted on calibration audits."""
        return float((self.certificate or {}).get("temperature", 1.0))


@dataclass(frozen=True, slots=True)
class ModelEvent:
    """What happened to a model version: `event` is gated (the gate's verdict), shadowed (it judges beside the
    champion first), promoted, refused, retired or rolled_back (it serves again). `user` did it; `data` is the
    snapshot that it was decided on."""

    model_id: str
    at: datetime
    user: str
    event: str
    reason: str
    data: str = ""
