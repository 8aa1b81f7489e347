"""Logs: one JSON object per line on standard error, without secrets.

What the libraries underneath say through `logging` takes the same form. Nothing but
`configure` needs calling; modules write ``log = structlog.get_logger(__name__)``.
"""

from __future__ import annotations

import logging
import logging.handlers
import re
import sys
from collections.abc import Iterable, MutableMapping
from pathlib import Path
from typing import IO, Any

import structlog

from monitor.settings import Secret, Settings

HIDDEN = "***"
FILE_BYTES = 10_000_000
FILES_KEPT = 5

_SECRET_KEY = re.compile(r"secret|password|passwd|token|authori[sz]ation|api_?key|cookie", re.IGNORECASE)
_USER_INFO = re.compile(r"(?<=://)[^/\s@]+:[^/\s@]+(?=@)")
_SECRET_PARAMETER = re.compile(
    r"([?&](?:[\w-]*(?:secret|password|token|key|signature|sig)))=[^&\s'\"]+", re.I
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
    redact = Redact(secrets)
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
            redact,
            structlog.processors.JSONRenderer(ensure_ascii=False, default=str),
        ],
    )
    handlers: list[logging.Handler] = [logging.StreamHandler(stream or sys.stderr)]
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        handlers.append(
            logging.handlers.RotatingFileHandler(
                path, maxBytes=FILE_BYTES, backupCount=FILES_KEPT, encoding="utf-8"
            )
        )
    root = logging.getLogger()
    for old in root.handlers[:]:
        root.removeHandler(old)
    for handler in handlers:
        handler.setFormatter(formatter)
        root.addHandler(handler)
    root.setLevel(level.upper())
    reclaim()
    # The request lines of a healthy HTTP client and the ticks of a scheduler are noise.
    for name in ("alembic", "apscheduler", "httpx", "httpx2", "httpcore", "httpcore2", "watchdog", "urllib3"):
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )


def reclaim() -> None:
    """Let what uvicorn logs come here again: Streamlit, where it is imported, gives uvicorn's loggers
    handlers of its own, which write lines in another form and know of no secrets."""
    for name in ("uvicorn", "uvicorn.access", "uvicorn.asgi", "uvicorn.error"):
        logger = logging.getLogger(name)
        for old in logger.handlers[:]:
            logger.removeHandler(old)
        logger.propagate = True


class Redact:
    """A structlog processor that hides secrets: known values, telling keys, parts of URLs."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        # A short value would turn harmless words into stars.
        known = sorted((text for text in secrets if len(text) >= 4), key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, known))) if known else None

    def __call__(self, logger: Any, method: str, event: MutableMapping[str, Any]) -> dict[str, Any]:
        return {key: self._hide(key, value) for key, value in event.items()}

    def text(self, text: str) -> str:
        """`text` without secrets."""
        if self._known:
            text = self._known.sub(HIDDEN, text)
        return _SECRET_PARAMETER.sub(rf"\1={HIDDEN}", _USER_INFO.sub(HIDDEN, text))

    def _hide(self, key: Any, value: Any) -> Any:
        if isinstance(key, str) and key != "event" and _SECRET_KEY.search(key) and value:
            return HIDDEN
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {inner: self._hide(inner, part) for inner, part in value.items()}
        if isinstance(value, (list, tuple, set, frozenset)):
            return [self._hide("", part) for part in value]
        if value is None or isinstance(value, (bool, int, float)):
            return value
        return self.text(str(value))


def secrets(settings: Settings) -> set[str]:
    """The values that ``env:NAME`` options hold."""
    found: set[str] = set()

    def look(value: Any) -> None:
        if isinstance(value, Secret):
            found.add(str(value))
        elif isinstance(value, dict):
            for part in value.values():
                look(part)
        elif isinstance(value, (list, tuple)):
            for part in value:
                look(part)

    tables: list[Any] = [settings.sources, settings.notifiers, settings.detectors, settings.strategies]
    for table in tables:
        for instance in table.values():
            look(instance.options)
    look(settings.classifier.options)
    look(settings.installation_key)
    return found
