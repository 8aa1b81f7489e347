"""What a plugin author imports. Nothing else is public."""

from monitor.errors import BlockedError, DataError, FetchError, ModelError, PluginError, UserError
from monitor.hookspecs import (
    Classifier,
    Compressible,
    Detector,
    Explaining,
    Fetcher,
    Notifier,
    Pretrainable,
    Progress,
    Response,
    Source,
    Strategy,
    Trainable,
    hookimpl,
)
from monitor.messages import Message
from monitor.news.dates import DateReader, Dates, Stated
from monitor.records import (
    SENTIMENTS,
    Alert,
    Article,
    Attribution,
    Delivery,
    Example,
    Explanation,
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
from monitor.taxonomy import TOPICS

__version__ = "0.1.0"

__all__ = [
    "SENTIMENTS",
    "TOPICS",
    "Alert",
    "Article",
    "Attribution",
    "BlockedError",
    "Classifier",
    "Compressible",
    "DataError",
    "DateReader",
    "Dates",
    "Delivery",
    "Detector",
    "Example",
    "Explaining",
    "Explanation",
    "FetchError",
    "Fetched",
    "Fetcher",
    "Item",
    "Message",
    "ModelError",
    "Notifier",
    "PluginError",
    "Prediction",
    "Pretrainable",
    "Progress",
    "Response",
    "Sandbox",
    "Scope",
    "Signal",
    "Snapshot",
    "Source",
    "Stated",
    "Strategy",
    "Topic",
    "Trainable",
    "UserError",
    "Window",
    "hookimpl",
]
