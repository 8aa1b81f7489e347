"""The executor that [bulk] names."""

from __future__ import annotations

import os

from monitor.errors import ConfigError
from monitor.executor import Executor
from monitor.executor.local import Inline, Processes
from monitor.messages import Message
from monitor.settings import BulkSettings


def executor(settings: BulkSettings) -> Executor:
    """What does this installation's bulk work. Raises ConfigError where that is not installed."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    threads = settings.threads or cores
    if settings.executor == "processes":
        return Processes(settings.workers or max(cores // threads, 1), threads)
    if settings.executor == "ray":
        raise ConfigError(Message("executor.no_ray"))
    return Inline(threads)
