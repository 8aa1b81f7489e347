"""Logs: one JSON object a line, on standard error and in a file, of every library, without secrets
and personal data.

What the libraries underneath say through `logging` takes the same form, as do warnings, what they print,
and errors that nobody caught, in any thread. A line is bounded, holds no character that a terminal or
an editor takes for more than a character, no secret (`monitor.logs.redaction`) and nothing personal
(`monitor.news.masking`).

Modules write ``log = structlog.get_logger(__name__)``; a command calls `configure`, and a program that
owns its process `own_process`.
"""

from __future__ import annotations

import json
import logging
import math
import re
import sys
import threading
from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, TypeVar
from urllib.parse import parse_qsl, unquote, urlsplit

import structlog

from monitor.extensions.options import Secret
from monitor.logs import standard_error
from monitor.logs.logfile import LogFile
from monitor.logs.redaction import HIDDEN, MOST_DEPTH, Redact, named_like_a_secret, shown
from monitor.news import masking
from monitor.settings import Settings

__all__ = ["HIDDEN", "Discreet", "Redact", "configure", "own_process", "reclaim", "secrets"]

T = TypeVar("T")
MAX_TEXT, MAX_LINE = 8_000, 32_000
"""Characters of one text, and of a whole line."""

MOST_VALUES = 1_000
"""Of an event with lists in it."""

_OURS = frozenset({"at", "level", "logger"})  # what the processors before the last one write
_FIRST_CUT = 100_000  # characters of a text before secrets are looked for
_NOISY = ("alembic", "apscheduler", "httpx", "httpx2", "httpcore", "httpcore2", "watchdog", "urllib3")
# Everything that is no letter, mark, number, sign or plain blank: control and format characters (among them
# those that turn the direction of a text), line separators, halves of surrogates.
_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff\U000110bd\U000110cd\U00013430-\U0001343f"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0001\U000e0020-\U000e007f]"
)


def configure(
    level: str = "info",
    path: Path | None = None,
    secrets: Iterable[str] = (),
    stream: IO[str] | None = None,
) -> None:
    """Send everything from `level` up to `stream` (standard error) and, if given, to `path`.

    `secrets` are values that never appear, wherever they stand in a line.
    """
    taken = standard_error.taken()
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
    ]
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*shared, structlog.stdlib.ExtraAdder()],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            _Line(Discreet(secrets)),
        ],
    )
    lines = _Lines(stream or (taken.stream if taken else sys.stderr))
    handlers: list[logging.Handler] = [lines]
    if path is not None:
        handlers.append(LogFile(path, lines.failed))
    root = logging.getLogger()
    for old in root.handlers[:]:
        root.removeHandler(old)
    for handler in handlers:
        handler.setFormatter(formatter)
        root.addHandler(handler)
    root.setLevel(level.upper())
    reclaim()
    # The request lines of a healthy HTTP client and the ticks of a scheduler are noise, and the rows of a
    # database are data.
    asked = root.level <= logging.DEBUG
    for name in _NOISY:
        logging.getLogger(name).setLevel(logging.NOTSET if asked else logging.WARNING)
    logging.getLogger("sqlalchemy").setLevel(logging.INFO if asked else logging.WARNING)
    if taken:
        taken.sink = _sink(handlers)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    logging.setLoggerClass(_Library)  # after structlog, which sets one, too


def reclaim() -> None:
    """Let what libraries log come here: some give their loggers handlers of their own, which write
    lines in another form and know of no secrets."""
    for logger in [*logging.root.manager.loggerDict.values()]:
        if isinstance(logger, logging.Logger):
            for handler in logger.handlers[:]:
                if _writes_elsewhere(handler):
                    logger.removeHandler(handler)
            logger.propagate = True


def own_process() -> None:
    """Send warnings to the log, and errors that nobody caught, in whichever thread they arose."""
    log = logging.getLogger("monitor")
    logging.captureWarnings(True)

    def uncaught(kind: type[BaseException], error: BaseException, trace: Any) -> None:
        if not issubclass(kind, KeyboardInterrupt):
            log.critical("uncaught error", exc_info=(kind, error, trace))

    def in_thread(found: threading.ExceptHookArgs) -> None:
        if found.exc_value is not None and not issubclass(found.exc_type, SystemExit):
            name = found.thread.name if found.thread else ""
            exc_info = (found.exc_type, found.exc_value, found.exc_traceback)
            log.critical("uncaught error in a thread", exc_info=exc_info, extra={"thread_name": name})

    def unraisable(found: Any) -> None:
        what = found.err_msg or "error that cannot be raised"
        error = found.exc_value if found.exc_value is not None else found.exc_type()
        log.error(str(what), exc_info=(found.exc_type, error, found.exc_traceback))

    sys.excepthook = uncaught
    threading.excepthook = in_thread
    sys.unraisablehook = unraisable


def secrets(settings: Settings) -> set[str]:
    """Every value in the settings that is a secret: what ``env:NAME`` options hold, what stands under a
    name like a secret's, passwords and tokens in addresses, and all but the host of a notifier's address."""
    found: set[str] = set()
    for name, value in _values(settings):
        if isinstance(value, Secret) or named_like_a_secret(name.rpartition(".")[2]):
            found.add(value)
        if "://" in value:
            found |= _in_address(value, telling=name.startswith("notifiers."))
    return found - {""}


def _values(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Every text in the settings, with the dotted name it stands under."""
    if isinstance(value, str):
        yield name, value
    elif isinstance(value, dict):
        for key, part in value.items():
            yield from _values(part, f"{name}.{key}" if name else str(key))
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _values(part, name)
    elif hasattr(type(value), "model_fields"):
        for key in type(value).model_fields:
            yield from _values(getattr(value, key), f"{name}.{key}" if name else key)


def _in_address(address: str, *, telling: bool) -> set[str]:
    """The secrets in an address. Where it is one that is told something (`telling`), knowing it is enough
    to speak there: all of it but scheme and host is secret; of a service's (tgram://...) the host, too."""
    try:
        parts = urlsplit(address)
        userinfo = parts.netloc.rpartition("@")[0]
        parameters = parse_qsl(parts.query)
    except ValueError:
        return {address}
    found = {userinfo, userinfo.partition(":")[2] or userinfo}
    found |= {value for name, value in parameters if named_like_a_secret(name) or name in ("key", "sig")}
    if telling:
        own = parts.scheme not in ("http", "https")
        rest = address.partition("://")[2]
        whole = rest if own else rest.partition("/")[2]
        found |= {one for one in re.split(r"[/?&=:@#,]", whole) if _odd(one)}
        found |= {whole} if len(whole) >= 12 else set()
    return found | {unquote(one) for one in found}


def _odd(word: str) -> bool:
    """Whether a part of an address is no word: long, or letters and digits mixed."""
    mixed = any(c.isdigit() for c in word) and any(c.isalpha() for c in word)
    return len(word) >= 20 or (len(word) >= 8 and (mixed or word.lower() != word))


class Discreet(Redact):
    """Hides secrets, and masks personal data: an error may quote what a source sent."""

    def text(self, text: str) -> str:
        """`text` without secrets and personal data."""
        return masking.mask_line(super().text(text))

    def value(self, name: str, value: Any, depth: int = 0) -> Any:
        """As `Redact.value`."""
        if name in _OURS and isinstance(value, str):
            return super().text(value)
        return super().value(name, value, depth)


class _Line:
    """The last processor: an event as one bounded line of JSON without secrets."""

    def __init__(self, redact: Redact) -> None:
        self._redact = redact

    def __call__(self, logger: Any, method: str, event: MutableMapping[str, Any]) -> str:
        told = {
            self._bounded(str(name), 200): self._redact.value("" if name == "event" else str(name), value)
            for name, value in _Shortener().mapping(event).items()
        }
        for most in (MAX_TEXT, 1_000, 100):
            line = _UNSAFE.sub(_escaped, json.dumps(self._cut(told, most), ensure_ascii=False))
            if len(line) <= MAX_LINE:
                return line
        kept = {name: told[name] for name in ("event", "level", "logger", "at") if name in told}
        return _UNSAFE.sub(_escaped, json.dumps(self._cut({**kept, "cut": True}, 1_000), ensure_ascii=False))

    def _cut(self, value: Any, most: int) -> Any:
        if isinstance(value, str):
            return self._bounded(value, most)
        if isinstance(value, float) and not math.isfinite(value):
            return str(value)
        if isinstance(value, int) and abs(value) >= 2**63:
            return f"{value:#x}"[:most]
        if isinstance(value, dict):
            return {name: self._cut(part, most) for name, part in value.items()}
        return [self._cut(part, most) for part in value] if isinstance(value, list) else value

    @staticmethod
    def _bounded(text: str, most: int) -> str:
        """The beginning and the end of a text that is too long: a traceback says what happened at its end."""
        if len(text) <= most:
            return text
        half = most // 2
        return f"{text[:half]} … {len(text) - 2 * half} characters … {text[-half:]}"


class _Shortener:
    """Copies an event before anything reads it twice: texts without end lose their middle, and of values
    without end the first MOST_VALUES stay. What is left out here is never shown."""

    def __init__(self) -> None:
        self._values, self._characters = MOST_VALUES, 2 * _FIRST_CUT

    def mapping(self, event: Mapping[str, Any]) -> dict[str, Any]:
        kept = {name: event[name] for name in ("event", "level", "logger", "at") if name in event}
        for name in reversed(kept):  # the text last: it may be long
            kept[name] = self._value(kept[name], 0)
        others = ((name, part) for name, part in event.items() if name not in kept)
        return kept | {self._text(str(name)): self._value(part, 0) for name, part in self._first(others)}

    def _value(self, value: Any, depth: int) -> Any:
        self._values -= 1
        if isinstance(value, str):
            return self._text(value)
        if depth < MOST_DEPTH and isinstance(value, Mapping):
            return {
                self._text(str(name)): self._value(part, depth + 1)
                for name, part in self._first(value.items())
            }
        if depth < MOST_DEPTH and isinstance(value, list | tuple | set | frozenset):
            return [self._value(part, depth + 1) for part in self._first(value)]
        if value is None or isinstance(value, bool | int | float):
            return value
        return self._text(shown(value))

    def _first(self, values: Iterable[T]) -> Iterator[T]:
        for value in values:
            if self._values <= 0:
                return
            yield value

    def _text(self, text: str) -> str:
        most = max(0, min(_FIRST_CUT, self._characters))
        self._characters -= min(len(text), most)
        return text if len(text) <= most else f"{text[: most // 2]}{text[len(text) - most // 2 :]}"


class _Lines(logging.StreamHandler[IO[str]]):
    """Writes each line in one piece. What cannot be written is told, and never raised."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self.stream.write(self.format(record) + "\n")
            self.stream.flush()
        except Exception:
            self.failed(record)

    def failed(self, record: logging.LogRecord) -> None:
        """Say which call to the log failed, and with what; not with which values, which failed."""
        error = sys.exc_info()[1]
        said = {
            "event": "a line of the log could not be written",
            "level": "error",
            "logger": "monitor.logs.events",
            "at": datetime.fromtimestamp(record.created, UTC).isoformat().replace("+00:00", "Z"),
            "from": str(record.name)[:200],
            "line": f"{record.module}:{record.lineno}",
            "error": type(error).__name__,
        }
        with suppress(Exception):
            self.stream.write(_UNSAFE.sub(_escaped, json.dumps(said)) + "\n")
            self.stream.flush()


class _Library(logging.Logger):
    """A library's logger: whatever it says goes to the root, and nowhere else."""

    def addHandler(self, handler: logging.Handler) -> None:
        if not _writes_elsewhere(handler):
            super().addHandler(handler)

    @property
    def propagate(self) -> bool:
        return True

    @propagate.setter
    def propagate(self, _: bool) -> None:
        pass


def _writes_elsewhere(handler: logging.Handler) -> bool:
    """Whether a handler writes to a terminal; one that writes to a file was asked for."""
    return isinstance(handler, logging.StreamHandler) and not isinstance(handler, logging.FileHandler)


def _sink(handlers: Iterable[logging.Handler]) -> standard_error.Sink:
    """What is written to standard error, as records of the log, whatever the level."""

    def say(level: str, logger: str, text: str) -> None:
        record = logging.LogRecord(logger, getattr(logging, level.upper()), "", 0, text, None, None)
        for handler in handlers:
            handler.handle(record)

    return say


def _escaped(found: re.Match[str]) -> str:
    return json.dumps(found[0])[1:-1]
