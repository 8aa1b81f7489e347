"""In-memory stand-ins for the network, the clock and each kind of plugin.

They are real implementations of the protocols in `monitor.hookspecs`, only small: the
classifier learns, the fetcher answers conditional requests, the notifier fails on demand. Holds a module
for each of them, and `made` for records with defaults. Outside, they go by their names from here, and
plugin authors take them from `monitor.testing`.
"""

from monitor.testing.fakes.classifier import EXAMPLES, FakeClassifier
from monitor.testing.fakes.clock import START, Clock
from monitor.testing.fakes.made import (
    make_article,
    make_delivery,
    make_panel,
    make_pool,
    make_prediction,
    make_present,
    make_snapshot,
)
from monitor.testing.fakes.network import FakeFetcher, Request
from monitor.testing.fakes.plugins import FakeNotifier, FakeSource

__all__ = [
    "EXAMPLES",
    "START",
    "Clock",
    "FakeClassifier",
    "FakeFetcher",
    "FakeNotifier",
    "FakeSource",
    "Request",
    "make_article",
    "make_delivery",
    "make_panel",
    "make_pool",
    "make_prediction",
    "make_present",
    "make_snapshot",
]
