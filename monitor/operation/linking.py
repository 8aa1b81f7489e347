"""Linking: stored articles read once more with the watch list as it is."""

from __future__ import annotations

from datetime import timedelta

from monitor.hookspecs import Progress, silent
from monitor.operation.parts import Parts
from monitor.store import articles, mentions

BATCH = 200  # articles in one transaction


class Linking(Parts):
    """Says anew which companies stored articles name."""

    def relink(self, days: int, progress: Progress = silent) -> tuple[int, int]:
        """Find the companies of the articles first seen in the last `days`, newest first, with the watch list
        and the rules as they are now; how many articles were read, and of how many the mentions changed.

        What they were stays in the store with the time (`store.mentions.as_of`). Whatever was done when it
        is interrupted is done, and is found unchanged the next time.
        """
        since = self.now() - timedelta(days=days)
        read = changed = before = 0
        while True:
            with self.store.begin() as tx:
                rows = articles.recent(tx, since, BATCH, before_id=before, lock=True)
                known = mentions.of(tx, [row.id for row in rows])
                for row in rows:
                    found = tuple(self.linker.mentions(row.content, row.published_at.date()))
                    if set(found) != set(known.get(row.id, ())):
                        mentions.replace(tx, row.id, found, self.now())
                        changed += 1
            read += len(rows)
            progress("link", read, 0)
            if len(rows) < BATCH:
                return read, changed
            before = rows[-1].id
