"""The error tree. Every error says what went wrong, where, and what to do.

What a person at a page may read is raised with a `monitor.messages.Message`, so that it is said in
their language; `str(error)` is the English sentence.

MonitorError
├── UserError                 a user's mistake: one line, exit code 2
│   ├── ConfigError           config.toml or the environment: file, table, key, expectation
│   ├── DataError             a data file given on the command line
│   └── NotFoundError         no such source, model, alert, task, user
├── StoreError
│   ├── SchemaError           the database is at another schema version
│   ├── StoreBusyError        locked longer than the busy timeout: try again
│   └── DiskFullError         nothing accepted is lost; free space and go on
├── FetchError                a source could not be read: shown beside the source
│   └── BlockedError          refused before connecting: address, scheme or port not allowed
├── PluginError               a plugin failed to load or raised
├── ModelError                a model folder was refused: which file and why
├── BusyError                 the classifier has as much to do as it may queue: try again
├── ConflictError             somebody else was first
│   └── TakenError            a task that another has on the screen or answered: who, and what they said
└── AccessError               who may not do what
"""

from __future__ import annotations


class MonitorError(Exception):
    """Base of every error the monitor raises on purpose; its text is shown to people."""

    @property
    def told(self) -> str:
        """The text as it was raised: a `Message` where it was one, which is said in every language."""
        first = self.args[0] if len(self.args) == 1 else None
        return first if isinstance(first, str) else str(self)


class UserError(MonitorError):
    """Something the user gave cannot be used."""


class ConfigError(UserError):
    """A setting is unknown, of the wrong type, or contradicts another."""


class DataError(UserError):
    """A data file cannot be read or lacks a column."""


class NotFoundError(UserError):
    """The named thing does not exist."""


class StoreError(MonitorError):
    """The store refused or failed."""


class SchemaError(StoreError):
    """The database's schema version is not this program's."""


class StoreBusyError(StoreError):
    """The database stayed locked; the work was not done and can be repeated."""


class DiskFullError(StoreError):
    """The disk is full; the work was not done and can be repeated."""


class FetchError(MonitorError):
    """A source could not be read. `retry_after` is the server's wish in seconds, if it had one."""

    def __init__(self, message: str, *, status: int | None = None, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.retry_after = retry_after


class BlockedError(FetchError):
    """The address is one the monitor does not connect to."""


class PluginError(MonitorError):
    """A plugin could not be loaded, configured or called."""


class ModelError(MonitorError):
    """A model folder is damaged or not a model."""


class BusyError(MonitorError):
    """The classifier has as much in line as it may; nothing is wrong with what was asked."""


class ConflictError(MonitorError):
    """The thing changed meanwhile."""


class TakenError(ConflictError):
    """The task is another's, or was answered. `user` has it on the screen (`outcome` "held"), left it
    ("skip") or said `sentiment` of it ("label"); "" where nobody is known."""

    def __init__(self, message: str, *, user: str = "", outcome: str = "", sentiment: str = "") -> None:
        super().__init__(message)
        self.user = user
        self.outcome = outcome
        self.sentiment = sentiment


class AccessError(MonitorError):
    """The user's role does not allow this."""
