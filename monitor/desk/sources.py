"""Sources at the desk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from monitor.desk.seat import Seat
from monitor.desk.telling import kept
from monitor.desk.views import SourceView
from monitor.messages import Message
from monitor.records import PollResult, Role, SourceStatus
from monitor.schedule import holdings
from monitor.store import leases, samples, sources


class Sources(Seat):
    """Polling takes an analyst."""

    def sources(self) -> list[SourceView]:
        """Configured sources in the file's order, then those that only the store remembers."""
        self._may(Role.VIEWER, "read")
        with self.monitor.store.read() as tx:
            known = {status.name: _shown(status) for status in sources.all(tx)}
            held = leases.holders(tx, holdings.SOURCE)
        lost = {
            one.name: kept(one.why) for one in self.monitor.instances.unavailable() if one.group == "sources"
        }
        views = []
        for name, source in self.monitor.settings.sources.items():
            status = known.pop(name, SourceStatus(name))
            title = source.title or name
            why = Message("plugins.unavailable", why=lost[name]) if name in lost else ""
            sample = source.kind == samples.KIND
            worker = holdings.shown(held[name][0]) if name in held else ""
            told = (title, source.kind, source.language, source.enabled, True, sample)
            views.append(SourceView(name, *told, status, why, worker))
        gone = [SourceView(name, name, "", "", False, False, False, known[name]) for name in sorted(known)]
        return views + gone

    def source_titles(self) -> Mapping[str, str]:
        """The title of each configured source."""
        self._may(Role.VIEWER, "read")
        return {name: source.title or name for name, source in self.monitor.settings.sources.items()}

    def poll(self, name: str) -> PollResult:
        """Fetch one source now. Raises NotFoundError, and UserError where it is switched off;
        what fails while fetching is in the result."""
        self._may(Role.ANALYST, "poll sources")
        (result,) = self.monitor.poll([name])
        with self.monitor.store.begin() as tx:
            did = {"ok": result.ok, "new": result.new, "malformed": result.malformed}
            self._wrote(tx, "source.poll", name, did)
        return replace(result, error=kept(result.error))


def _shown(status: SourceStatus) -> SourceStatus:
    """A status as clients see it: how far a source was read, in which of its files, is its own business."""
    warnings = [kept(one) for one in status.warnings]
    return replace(status, state={}, last_error=kept(status.last_error), warnings=warnings)
