"""Was written for another version of the monitor."""

from monitor import Fetched, SomethingOfTheFuture, hookimpl  # noqa: F401

KINDS = ["newer"]
