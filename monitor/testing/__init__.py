"""For a plugin author's tests: in-memory fakes, and checks that a plugin keeps the contract.

    from monitor.testing import FakeFetcher, check_source

    def test_my_source():
        check_source(MySource(url="https://feed.example/"), FakeFetcher({"https://feed.example/": BODY}))

A check raises AssertionError with the sentence of the contract that was broken.
"""

from monitor.testing.checks import (
    check_classifier,
    check_notifier,
    check_source,
    check_strategy,
)
from monitor.testing.detectors import check_detector
from monitor.testing.fakes import (
    EXAMPLES,
    Clock,
    FakeClassifier,
    FakeFetcher,
    FakeNotifier,
    FakeSource,
    Request,
    make_article,
    make_delivery,
    make_panel,
    make_pool,
    make_prediction,
    make_present,
    make_snapshot,
)

__all__ = [
    "EXAMPLES",
    "Clock",
    "FakeClassifier",
    "FakeFetcher",
    "FakeNotifier",
    "FakeSource",
    "Request",
    "check_classifier",
    "check_detector",
    "check_notifier",
    "check_source",
    "check_strategy",
    "make_article",
    "make_delivery",
    "make_panel",
    "make_pool",
    "make_prediction",
    "make_present",
    "make_snapshot",
]
