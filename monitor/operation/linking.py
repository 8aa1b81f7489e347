"""Linking: the watch list edited, and stored articles read once more with it as it is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from monitor.errors import ConflictError, DataError, NotFoundError
from monitor.hookspecs import Progress, silent
from monitor.messages import Message
from monitor.news.names import watchlist
from monitor.operation.parts import Parts
from monitor.premises.watchlist import Listed, rewrite
from monitor.records import Company
from monitor.store import aliases, mentions, passages

BATCH = 200  # articles in one transaction


class Linking(Parts):
    """Edits the watch list, and says anew which companies stored articles name."""

    def keep_company(self, company: Company) -> None:
        """Put a company on the watch list, in the place of the one with its id. This process finds it from
        now on, others from their next start. Raises ConflictError for names that the file cannot hold,
        DataError for a file that cannot be read."""
        try:
            [company_read] = watchlist.read(watchlist.written([company]))
        except (DataError, ValueError):
            company_read = Company("", "")
        if (company_read.id, set(company_read.every_name)) != (company.id, set(company.every_name)):
            raise ConflictError(Message("watched.names", company=company.id))
        self._rewrite(lambda listed: {**listed, company.id: company_read})

    def drop_company(self, company_id: str) -> None:
        """Take a company off the watch list; what named it stays in the store. Raises NotFoundError,
        DataError."""

        def without(listed: Listed) -> Listed:
            if company_id not in listed:
                raise NotFoundError(Message("watched.company", company=company_id))
            return {id: one for id, one in listed.items() if id != company_id}

        self._rewrite(without)

    def _rewrite(self, change: Callable[[Listed], Listed]) -> None:
        """Write the watch list's file anew, and find by it."""
        companies = rewrite(self.settings.watchlist.path, change)
        aliases.keep(self.store, companies, self.now())
        self.companies = companies
        for part in ("linker", "titles"):  # built from the list before
            self.__dict__.pop(part, None)

    def relink(self, days: int, progress: Progress = silent) -> tuple[int, int]:
        """Find the companies of the articles first seen in the last `days`, newest first, with the watch list
        and the rules as they are now; how many articles were read, and of how many the mentions changed.

        An article whose text retention took names whom it named. What they were stays in the store with the
        time (`store.mentions.as_of`). Whatever was done when it is interrupted is done, and is found
        unchanged the next time.
        """
        since = self.now() - timedelta(days=days)
        read = changed = before = 0
        while True:
            with self.store.begin() as tx:
                rows = passages.recent(tx, since, BATCH, before_id=before, lock=True)
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
