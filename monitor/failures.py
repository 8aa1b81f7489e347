"""Polls that fail: what is told of them, what is recorded, and how long a source is left alone."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from monitor.classification import routing
from monitor.errors import MonitorError, PluginError, StoreError
from monitor.messages import Message
from monitor.news import masking
from monitor.records import Pace, PollResult
from monitor.store import Store, Tx, polls, sources

FIRST_RETRY = timedelta(minutes=5)
LAST_RETRY = timedelta(hours=6)
log = logging.getLogger(__name__)


def backoff(name: str, failures: int, interval: timedelta, retry_after: float | None = None) -> timedelta:
    """How long to leave a source alone after `failures` failures in a row (1 or more).

    Doubles from five minutes (or the interval, if shorter) to six hours, spread by a
    fifth either way so that sources that failed together do not return together; never
    less than the server asked for.
    """
    first = min(interval, FIRST_RETRY)
    wait: timedelta = min(first * 2.0 ** min(failures - 1, 20), LAST_RETRY)
    spread = wait * (0.8 + 0.4 * routing.spread(name, failures))
    return max(spread, timedelta(seconds=retry_after or 0))


def wait(name: str, failures: int, interval: timedelta, error: Exception) -> timedelta:
    """How long to leave a source alone after this error, as long as its server asks for at least."""
    return backoff(name, failures, interval, getattr(error, "retry_after", None))


def told(error: Exception) -> str:
    """What went wrong, as it is shown beside the source: without personal data, for it may quote what the
    source sent."""
    if not isinstance(error, MonitorError):
        text = masking.mask_line(str(error))[:300]
        return Message("sources.untaken", kind=type(error).__name__, text=text)
    return masking.mask_line(error.told)


def note(name: str, error: Exception) -> None:
    """What a source or its items raised, with its trace; of one in a child, the child printed it."""
    if not isinstance(error, MonitorError):
        log.warning("its items could not be taken in", extra={"source": name}, exc_info=error)
    elif error.__cause__ is not None and isinstance(error, PluginError):
        log.warning("the source raised", extra={"source": name}, exc_info=error.__cause__)


def failed(
    store: Store,
    name: str,
    now: datetime,
    error: str,
    wait: timedelta,
    malformed: int,
    pace: Pace,
    fence: Callable[[Tx], None],
) -> PollResult:
    """Record against a source that its poll failed, and that it is left alone for a while. Raises LostError
    where `fence` does."""
    result = PollResult(name, False, error=error, malformed=malformed)
    try:
        with store.begin() as tx:
            fence(tx)
            seconds = wait.total_seconds()
            sources.failed(tx, name, error, now, seconds, malformed=malformed, pace=pace)
            polls.note(tx, name, now, read=False)
    except StoreError as failure:  # the result says it, if the store cannot
        if str(failure) != error:
            return replace(result, error=Message("sources.unrecorded", error=error, failure=str(failure)))
    return result
