"""The domain's records: what flows along the three lines.

Frozen, typed and of the standard library only, so that every module, plugin and
process can import them at no cost. Times are aware UTC datetimes named ``*_at``;
probabilities lie in [0, 1] and are calibrated unless a field says otherwise. Records that
plugins build check their fields' types when they are built (`monitor.fields`).

    Item ─normalize→ Article ─classify→ Prediction ─route→ Decision ─queue→ Task ─analyst→ Label
    Label ─snapshot→ Snapshot ─fit→ ModelVersion
    Window ─detect→ Alert ─outbox→ Delivery

Holds a module for each noun. Enters: `monitor.fields`, nothing else. Leaves: every record, by its name
from here (`from monitor.records import Article`); nobody outside names the modules.
"""

from monitor.records.alerts import (
    LEAST_EXPECTED,
    OPEN,
    OPERATION,
    Alert,
    AlertState,
    Delivery,
    DeliveryState,
    Scope,
    Verdict,
    VerdictKind,
    Window,
)
from monitor.records.articles import Article, Topic
from monitor.records.labels import (
    MEASURING,
    Audit,
    Feedback,
    Label,
    Lane,
    Purpose,
    Task,
    TaskState,
    Wrong,
    reading_of,
)
from monitor.records.mentions import Alias, AliasKind, Company, Mention, Part
from monitor.records.models import Example, ModelEvent, ModelState, ModelVersion, Snapshot
from monitor.records.predictions import (
    SENTIMENTS,
    Attribution,
    Decision,
    Explanation,
    Prediction,
    Route,
    likeliest,
    softer,
)
from monitor.records.sources import Fetched, InstanceFailure, Item, Pace, PollResult, SourceStatus
from monitor.records.trainings import ACTIVE, Training, TrainingState, Trigger
from monitor.records.users import Role, User

__all__ = [
    "ACTIVE",
    "LEAST_EXPECTED",
    "MEASURING",
    "OPEN",
    "OPERATION",
    "SENTIMENTS",
    "Alert",
    "AlertState",
    "Alias",
    "AliasKind",
    "Article",
    "Attribution",
    "Audit",
    "Company",
    "Decision",
    "Delivery",
    "DeliveryState",
    "Example",
    "Explanation",
    "Feedback",
    "Fetched",
    "InstanceFailure",
    "Item",
    "Label",
    "Lane",
    "Mention",
    "ModelEvent",
    "ModelState",
    "ModelVersion",
    "Pace",
    "Part",
    "PollResult",
    "Prediction",
    "Purpose",
    "Role",
    "Route",
    "Scope",
    "Snapshot",
    "SourceStatus",
    "Task",
    "TaskState",
    "Topic",
    "Training",
    "TrainingState",
    "Trigger",
    "User",
    "Verdict",
    "VerdictKind",
    "Window",
    "Wrong",
    "likeliest",
    "reading_of",
    "softer",
]
