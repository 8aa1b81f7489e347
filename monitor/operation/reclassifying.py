"""Reclassifying: the archive judged again under a version, begun, gone on with, given up."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial

from monitor.classification import manifest, reclassifying
from monitor.classification.reclassifying import OvertakenError, Pace
from monitor.errors import ModelError, MonitorError, NotFoundError, StoreError, UserError
from monitor.executor import Executor
from monitor.hookspecs import Progress, silent
from monitor.messages import Message
from monitor.operation.bulk import Rejudge, Version
from monitor.operation.judging import Judging
from monitor.records import ModelState, ModelVersion
from monitor.store import Tx, audit, models, reclassifications
from monitor.store.reclassifications import Reclassification, Wanted

REFUSED = (ModelState.REFUSED, ModelState.RETIRED)


class Reclassifying(Judging):
    """Has a version say of the archive what it says of the news."""

    def reclassify(
        self,
        model: str = "",
        *,
        since: datetime | None = None,
        source: str = "",
        doubtful: bool = False,
        user: str = models.SYSTEM,
        address: str = "",
        progress: Progress = silent,
    ) -> Reclassification:
        """Judge the archive again under `model` (the champion if empty): articles first seen from `since` on,
        of this `source` or of all. The least sure first if `doubtful`, else the oldest.

        Raises NotFoundError for a model that is none, UserError for one that must not serve and a source
        without articles, ModelError for one that is damaged, ConflictError where one runs or waits to be
        gone on with, and as `resume_reclassification`.
        """
        self.keep_alive()
        self.served.register()
        with self.store.read() as tx:
            serving = models.champion(tx)
            version = models.get(tx, model) if model else serving
        if version is None or serving is None:
            raise NotFoundError(Message("models.none_yet", model=model, known=[]))
        self._verified(version)
        doing = self.bulk
        with self.store.read() as tx:
            if source and not reclassifications.has(tx, source):
                known = reclassifications.sources(tx)
                raise UserError(Message("reclassify.source", source=source, known=known))
        wanted = Wanted(version.id, since, source, doubtful)
        with self.store.begin() as tx:
            now = self.now()
            run = reclassifications.begin(tx, wanted, serving.id, user, self.heart.holder, now)
            about = {"run": run.id, "articles": run.total, "source": source, "doubtful": doubtful}
            asked = {**about, "since": since.isoformat() if since else ""}
            audit.write(tx, now, user, "model.reclassify", version.id, asked, address=address)
        return self._run(doing, run, version, user, address, progress)

    def resume_reclassification(
        self, *, user: str = models.SYSTEM, address: str = "", progress: Progress = silent
    ) -> Reclassification:
        """Go on with the one that was interrupted.

        Raises NotFoundError where none was, OvertakenError where another version serves by now, which ends
        it, ModelError, WorkerError, StoreError.
        """
        self.keep_alive()
        with self.store.read() as tx:
            open = reclassifications.resumable(tx)
            if open is None:
                raise NotFoundError(Message("reclassify.none_open"))
            version = models.get(tx, open.wanted.model)
        self._verified(version, resumed=True)
        doing = self.bulk
        with self.store.begin() as tx:
            run = reclassifications.resume(tx, open.id, self.heart.holder, self.now())
        return self._run(doing, run, version, user, address, progress)

    def cancel_reclassification(self, *, user: str = models.SYSTEM, address: str = "") -> Reclassification:
        """Give up the one that runs, wherever that is, or was interrupted; what it judged stays. Raises
        NotFoundError where there is none."""
        self.keep_alive()
        with self.store.begin() as tx:
            found = reclassifications.active(tx) or reclassifications.resumable(tx)
            if found is None:
                raise NotFoundError(Message("reclassify.none_open"))
            now = self.now()
            reclassifications.end(tx, found.id, "stopped", Message("reclassify.given_up", user=user), now)
            ended = reclassifications.get(tx, found.id)
            _note(tx, ended, user=user, address=address)
            return ended

    def _verified(self, version: ModelVersion, *, resumed: bool = False) -> None:
        """Raises UserError for a version that must not serve, ModelError for one that is damaged. One that
        retired meanwhile ends a run that goes on, with a line of its own."""
        if version.state in REFUSED and not (resumed and version.state is ModelState.RETIRED):
            raise UserError(Message(f"reclassify.{version.state}", model=version.id))
        try:
            manifest.verify(self.folder_of(version), version.digest)
        except ModelError as error:
            raise ModelError(Message("reclassify.damaged", model=version.id, why=error.told)) from error

    def _run(
        self,
        doing: Executor,
        run: Reclassification,
        version: ModelVersion,
        user: str,
        address: str,
        progress: Progress,
    ) -> Reclassification:
        work = Rejudge(Version.of(self.settings, self.folder_of(version), version.id))
        serving = reclassifying.served_by_others(run.holder)
        pace = Pace(self.store, self.settings.bulk.share, serving, self._check)
        kept = self.settings.retention.kept("vectors")
        noted = partial(_note, user=user, address=address)
        try:
            return reclassifying.reclassify(
                *(self.store, doing, work, run, self.settings.routing, pace),
                now=self.now,
                keep=timedelta.max if kept is None else kept,
                progress=progress,
                noted=noted,
            )
        except BaseException as error:
            state = "stopped" if isinstance(error, OvertakenError) else "interrupted"
            outcome = error.told if isinstance(error, MonitorError) else Message("reclassify.left")
            with suppress(StoreError), self.store.begin() as tx:  # a store that is lost says so anyway
                if reclassifications.end(tx, run.id, state, outcome, self.now(), run.holder):
                    noted(tx, reclassifications.get(tx, run.id))
            raise


def _note(tx: Tx, run: Reclassification, *, user: str, address: str) -> None:
    """Write to the audit how one ended, or was left."""
    counts = {"judged": run.judged, "failed": run.failed, "passed": run.passed, "withdrawn": run.withdrawn}
    did = {"run": run.id, "state": run.state, **counts, "outcome": run.outcome}
    assert run.ended_at is not None
    audit.write(tx, run.ended_at, user, "model.reclassified", run.wanted.model, did, address=address)
