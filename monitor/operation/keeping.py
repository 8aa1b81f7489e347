"""Keeping: what is put in order at a start, and on a schedule."""

from __future__ import annotations

from datetime import timedelta

import structlog

from monitor import learning, notifying
from monitor.logs import crashes
from monitor.news.identity import STORY_WINDOW
from monitor.operation.retaining import Retaining
from monitor.premises import contents
from monitor.store import audit, deliveries, rollups, runs, shares, stories

KEPT_HEARTBEATS = timedelta(days=8)
"""How long a heartbeat that arrived is remembered."""
log = structlog.get_logger(__name__)


class Keeping(Retaining):
    """Keeps the premises tidy, and the audit's end known."""

    def settle(self) -> None:
        """What a process that goes on running does first: what killed ones left is removed, files that
        hold data are closed to others, the log gets the head of the audit, and the database's file is
        checked. Raises DamagedError."""
        settings = self.settings
        crashes.report(contents.folder(settings))
        contents.close(settings)
        contents.clear(settings)
        learning.clean(self.store, settings.learning.directory)
        self._tell_head()
        self.examination.begin(settings.store.check_bytes)

    def housekeeping(self) -> None:
        """Remove working data that nothing needs any more, and let the share of audits follow the news."""
        with self.store.begin() as tx:
            stories.forget(tx, self.now() - STORY_WINDOW)
            runs.forget(tx)
            rollups.prune(tx, self.now())
            deliveries.forget(tx, notifying.HEARTBEAT, self.now() - KEPT_HEARTBEATS)
            shares.follow(tx, self.settings.routing.audits_per_day, self.now())
        self._tell_head()
        contents.clear(self.settings)
        learning.clean(self.store, self.settings.learning.directory)

    def _tell_head(self) -> None:
        """Say in the log how long the audit is, so that a cut end shows."""
        with self.store.read() as tx:
            head = audit.head(tx)
        log.info("audit", entries=head.entries, seal=head.seal)
