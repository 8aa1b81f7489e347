"""The executor that [bulk] names."""

from __future__ import annotations

import os

from monitor.executor import Executor, errands
from monitor.executor.driven import OnCluster
from monitor.executor.local import Inline, Processes
from monitor.settings import BulkSettings, ClusterSettings

HERE = ClusterSettings()


def executor(settings: BulkSettings, cluster: ClusterSettings = HERE) -> Executor:
    """What does this installation's bulk work. Raises UserError where that is not installed."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    threads = settings.threads or cores
    if settings.executor == "processes":
        return Processes(settings.workers or max(cores // threads, 1), threads)
    if settings.executor == "ray":
        errands.require()
        return OnCluster(cluster.address, settings.workers or max(cores // threads, 1), threads)
    return Inline(threads)
