"""Is the database's file whole?

SQLite says so by `PRAGMA quick_check`, which reads the whole file. A process that serves asks before it
starts, up to a size that is read in seconds; a larger file is looked at while it serves, and what was
found is shown (`monitor doctor`, the overview, /metrics). A PostgreSQL server looks after its own files.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from monitor.errors import DamagedError, StoreError
from monitor.store import files
from monitor.store.engine import Store

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Health:
    """What is known of the file. `state`: unchecked, checking, whole, damaged (`problem` says how), or
    served (a server's matter); `checked_at` is when the check ended."""

    state: str = "unchecked"
    problem: str = ""
    checked_at: datetime | None = None


class Examination:
    """The check of a store's file by one process, and what it found."""

    def __init__(self, store: Store, now: Callable[[], datetime]) -> None:
        self._store = store
        self._now = now
        self.health = Health()
        """What is known so far; another thread may change it."""

    def begin(self, most_bytes: int) -> None:
        """Check a file of at most `most_bytes` now, a larger one in the background.

        Raises DamagedError where the check now finds damage.
        """
        path = self._store.path
        if path is None:
            self.health = Health("served")
            return
        self.health = Health("checking")
        if sum(file.stat().st_size for file in files.all_of(path)[:2] if file.exists()) > most_bytes:
            threading.Thread(target=self._check, name="store-check", daemon=True).start()
            return
        self._check()
        if self.health.state == "damaged":
            raise DamagedError(f"{path}: the database is damaged ({self.health.problem}); {files.REMEDY}")

    def _check(self) -> None:
        try:
            found = self._store.damage()
        except StoreError as error:  # busy, or unreachable: that is no damage
            log.warning("the database could not be checked", extra={"error": str(error)})
            self.health = Health()
            return
        self.health = Health("damaged" if found else "whole", found, self._now())
        if found:
            log.error("the database is damaged", extra={"problem": found, "todo": files.REMEDY})
        else:
            log.info("the database was checked and is whole")
