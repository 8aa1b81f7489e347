"""The error tree. Every error says what went wrong, where, and what to do.

An error has two texts. `str(error)` is the whole of it, for the log and for whoever operates the machine:
it may name files, hosts and databases. `error.public` is what anybody else is told, a client of the API or
the reader of a page: the text itself only where the error is about what that person gave (a class below
that is marked public, or a text raised as a `monitor.messages.Message`, which is written to be read), else
the sentence of the error's kind. `withheld` says that the log has more than the client was told.

MonitorError
├── UserError                 a user's mistake: one line, exit code 2 (public)
│   ├── ConfigError           config.toml or the environment: file, table, key, expectation
│   ├── DataError             a data file given on the command line
│   └── NotFoundError         no such source, model, alert, task, user (public)
├── StoreError
│   ├── SchemaError           the database is at another schema version
│   ├── DamagedError          the database's file is no whole database: restore a backup
│   ├── StoreBusyError        locked longer than the busy timeout: try again
│   ├── StoreLostError        the database cannot be opened, or the connection to it broke
│   └── DiskFullError         nothing accepted is lost; free space and go on
├── FetchError                a source could not be read: shown beside the source
│   └── BlockedError          refused before connecting: address, scheme or port not allowed
├── PluginError               a plugin failed to load or raised
│   └── LimitError            it took more time or memory, or delivered more, than it may
├── ModelError                a model folder was refused: which file and why
│   ├── DamagedModelError     the one that somebody asked for by name
│   └── AwayError             what hosts the classifier does not answer: nothing is wrong with what was asked
├── WorkerError               a worker of bulk work cannot be started, or dies again and again
├── BusyError                 the classifier has as much to do as it may queue: try again (public)
├── ConflictError             somebody else was first: a claimed task, a finished label (public)
│   └── TakenError            a task that another has on the screen or answered: who, and what they said
├── AccessError               who may not do what (public)
│   ├── AttemptsError         too many wrong passwords: wait (public)
│   └── OtherUserError        another user is logged in than the sender means
├── LostError                 another process does by now what this one was doing (public)
├── CancelledError            somebody gave the work up that was under way (public)
└── StoppedError              the monitor is being stopped: what was begun is left to the next start (public)
"""

from __future__ import annotations

import re
from typing import Any, ClassVar

from monitor.messages import Message


class MonitorError(Exception):
    """Base of every error the monitor raises on purpose. `public` replaces what clients are told."""

    is_public: ClassVar[bool] = False
    """Whether the texts of this kind are about what the person gave, and may be told to them."""

    sentence: ClassVar[str] = "error.internal"
    """The catalogue's key of what clients are told in place of a text that is not public."""

    def __init__(self, message: str = "", *, public: Message | None = None) -> None:
        super().__init__(message)
        self._public = public

    @property
    def public(self) -> str:
        """What anybody may be told: names no file, no address and no user of the machine."""
        if self._public is not None:
            return self._public
        text = self.told
        if isinstance(text, Message) or self.is_public:
            return without_places(text)
        return Message(self.sentence)

    @property
    def withheld(self) -> bool:
        """Whether the whole text says more than the public one."""
        return str(self.public) != str(self)

    @property
    def told(self) -> str:
        """The text as it was raised: a `Message` where it was one, which is said in every language."""
        first = self.args[0] if len(self.args) == 1 else None
        return first if isinstance(first, str) else str(self)


class UserError(MonitorError):
    """Something the user gave cannot be used."""

    is_public = True


class ConfigError(UserError):
    """A setting is unknown, of the wrong type, or contradicts another."""

    is_public = False
    sentence = "error.configuration"


class DataError(UserError):
    """A data file cannot be read or lacks a column."""

    is_public = False
    sentence = "error.data"


class NotFoundError(UserError):
    """The named thing does not exist."""


class StoreError(MonitorError):
    """The store refused or failed."""

    sentence = "error.store"


class SchemaError(StoreError):
    """The database's schema version is not this program's."""

    sentence = "error.schema"


class DamagedError(StoreError):
    """The database's file is damaged, lost or none; nothing is made in its place by itself."""

    sentence = "error.store_damaged"


class StoreBusyError(StoreError):
    """The database stayed locked; the work was not done and can be repeated."""

    sentence = "error.store_busy"


class StoreLostError(StoreError):
    """The database cannot be opened or reached. Where the connection broke while the work was being
    stored, it is not known whether it was."""

    sentence = "error.store_lost"


class DiskFullError(StoreError):
    """The disk is full; the work was not done and can be repeated."""

    sentence = "error.disk_full"


class FetchError(MonitorError):
    """A source could not be read. `retry_after` is the server's wish in seconds, if it had one."""

    sentence = "error.fetch"

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        retry_after: float | None = None,
        public: Message | None = None,
    ) -> None:
        super().__init__(message, public=public)
        self.status = status
        self.retry_after = retry_after


class BlockedError(FetchError):
    """The address is one the monitor does not connect to."""


class PluginError(MonitorError):
    """A plugin could not be loaded, configured or called."""

    sentence = "error.plugin"


class LimitError(PluginError):
    """A plugin ran into a limit and was stopped; nothing of what it did is kept."""


class ModelError(MonitorError):
    """A model folder is damaged or not a model."""

    sentence = "error.model"


class DamagedModelError(ModelError):
    """The files of the version that was asked for are damaged or gone; nothing is wrong with what serves."""

    sentence = "error.damaged"


class AwayError(ModelError):
    """What hosts the classifier does not answer, or something else answers in its place; nothing is wrong
    with what was asked, and it can be asked again."""


class WorkerError(MonitorError):
    """A worker of bulk work could not be started, or died again and again; what was done stays."""

    sentence = "error.worker"


class BusyError(MonitorError):
    """The classifier has as much in line as it may; nothing is wrong with what was asked."""

    is_public = True


class ConflictError(MonitorError):
    """The thing changed meanwhile."""

    is_public = True


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

    is_public = True


class OtherUserError(AccessError):
    """Another user is logged in than the one that the sender means: `user`."""

    def __init__(self, message: str, *, user: str = "") -> None:
        super().__init__(message)
        self.user = user


class AttemptsError(AccessError):
    """Too many wrong passwords were tried; the next one is judged after `retry_after` seconds."""

    def __init__(self, message: str, *, retry_after: float = 0.0) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class LostError(MonitorError):
    """Another process has taken over what this one was doing; nothing of it is stored."""

    is_public = True


class CancelledError(MonitorError):
    """What was under way was given up by somebody; nothing of it is kept."""

    is_public = True


class StoppedError(MonitorError):
    """The monitor is being stopped. Nothing went wrong, and nothing is recorded of it."""

    is_public = True


_DATABASE = re.compile(r"\b(?:postgres(?:ql)?|sqlite)(?:\+\w+)?:/[^\s'\",;)>]*")
_USER_INFO = re.compile(r"(?<=://)[^/\s@'\"]+@")
_FOLDERS = re.compile(
    r"(?P<address>\b(?:https?|wss?)://\S*)"  # whose path is no folder of ours
    r"|(?<=['\"])(?:~|file:)?/+(?:[^'\"\n/]+/+)+"  # quoted: blanks belong to it
    r"|(?<![\w.])(?:~|file:)?/+(?:[^\s/'\":,;()<>]+/+)+"
)


def without_places(text: str) -> str:
    """`text` as pages show it: files by their names without their folders, databases without their
    address, addresses without the user in them.

        cannot read /srv/monitor/data/list.csv  ->  cannot read list.csv

    For what is kept beside the thing that failed (a source, a model, a message) and may have been
    written by a plugin; of a message, its values. A path with a blank in it is known as one where it
    stands in quotes.
    """
    if isinstance(text, Message):
        values = {name: _clean(value) for name, value in text.values.items()}
        return text if values == text.values else Message(text.key, **values)
    known = _USER_INFO.sub("", _DATABASE.sub("the database", text))
    return _FOLDERS.sub(lambda found: found["address"] or "", known)


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return without_places(value)
    return [_clean(one) for one in value] if isinstance(value, list | tuple) else value
