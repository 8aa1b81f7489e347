"""What people are told of an error, at the API and at a page alike: its public text (`monitor.errors`).

Where the error says more than that, the whole of it goes to the log under an id, and the id to the person,
so that they and the operator can speak of the same thing.
"""

from __future__ import annotations

import secrets

import structlog

from monitor.errors import MonitorError, without_places
from monitor.messages import Message

log = structlog.get_logger(__name__)


def told(error: Exception) -> str:
    """What to tell of `error`; logs the rest of it, if there is any, with its traceback if it is no
    MonitorError, which then nobody expected."""
    if isinstance(error, MonitorError):
        if not error.withheld:
            return error.public
        what = error.public
    else:
        what = Message(MonitorError.sentence)
    id = secrets.token_hex(4)
    if isinstance(error, MonitorError):
        log.warning("an error was told in short", id=id, kind=type(error).__name__, error=str(error))
    else:
        log.error("something failed unexpectedly", id=id, exc_info=error)
    return Message("error.logged", what=what, id=id)


def kept(text: str) -> str:
    """What is shown of an error's text that was stored beside the thing that failed: without the folders and
    databases that it may name (`errors.without_places`)."""
    return without_places(text)
