"""What a child prints, on its way to the log."""

from __future__ import annotations

import structlog

log = structlog.get_logger(__name__)


class Printed:
    """What a child prints, on its way to the log: whole lines, so many of so many characters."""

    LINES = 100
    LENGTH = 1000

    def __init__(self, plugin: str, who: str) -> None:
        self._log = log.bind(plugin=plugin, **({"instance": who} if who else {}))
        self._rest = b""
        self._lines = 0

    def take(self, chunk: bytes) -> None:
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        for line in lines:
            self._say(line)
        if len(self._rest) > 4 * self.LENGTH:
            self._say(self._rest)
            self._rest = b""

    def end(self) -> None:
        if self._rest:
            self._say(self._rest)
        if self._lines > self.LINES:
            self._log.info("plugin.said_more", lines=self._lines - self.LINES)

    def _say(self, line: bytes) -> None:
        self._lines += bool(line.strip())
        if line.strip() and self._lines <= self.LINES:
            self._log.info("plugin.said", line=line.decode("utf-8", "replace").rstrip()[: self.LENGTH])
