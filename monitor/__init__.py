"""What a plugin author imports. Nothing else is public."""

from monitor.errors import BlockedError, DataError, FetchError, ModelError, PluginError
from monitor.hookspecs import (
    Classifier,
    Detector,
    Fetcher,
    Notifier,
    Progress,
    Response,
    Source,
    Strategy,
    Trainable,
    hookimpl,
)
from monitor.records import (
    SENTIMENTS,
    Alert,
    Article,
    Delivery,
    Example,
    Fetched,
    Item,
    Prediction,
    Scope,
    Signal,
    Snapshot,
    Topic,
    Window,
)
from monitor.sandbox import Sandbox

__version__ = "0.1.0"

__all__ = [
    "SENTIMENTS",
    "Alert",
    "Article",
    "BlockedError",
    "Classifier",
    "DataError",
    "Delivery",
    "Detector",
    "Example",
    "FetchError",
    "Fetched",
    "Fetcher",
    "Item",
    "ModelError",
    "Notifier",
    "PluginError",
    "Prediction",
    "Progress",
    "Response",
    "Sandbox",
    "Scope",
    "Signal",
    "Snapshot",
    "Source",
    "Strategy",
    "Topic",
    "Trainable",
    "Window",
    "hookimpl",
]
