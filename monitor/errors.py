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
│   ├── DamagedError          the database's file is no whole database: restore a backup
│   ├── StoreBusyError        locked longer than the busy timeout: try again
│   └── DiskFullError         nothing accepted is lost; free space and go on
├── FetchError                a source could not be read: shown beside the source
│   └── BlockedError          refused before connecting: address, scheme or port not allowed
├── PluginError               a plugin failed to load or raised
│   └── LimitError            it took more time or memory, or delivered more, than it may
├── ModelError                a model folder was refused: which file and why
├── BusyError                 the classifier has as much to do as it may queue: try again
├── ConflictError             somebody else was first (a claimed task, a finished label)
├── AccessError               who may not do what
└── StoppedError              the monitor is being stopped: what was begun is left to the next start
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


class DamagedError(StoreError):
    """The database's file is damaged, lost or none; nothing is made in its place by itself."""


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


class LimitError(PluginError):
    """A plugin ran into a limit and was stopped; nothing of what it did is kept."""


class ModelError(MonitorError):
    """A model folder is damaged or not a model."""


class BusyError(MonitorError):
    """The classifier has as much in line as it may; nothing is wrong with what was asked."""


class ConflictError(MonitorError):
    """The thing changed meanwhile."""


class AccessError(MonitorError):
    """The user's role does not allow this."""


class StoppedError(MonitorError):
    """The monitor is being stopped. Nothing went wrong, and nothing is recorded of it."""
