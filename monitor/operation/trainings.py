"""Learn: trainings asked for, run, resumed and given up; versions that serve, or did."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from monitor import learning
from monitor.classification import champion
from monitor.classification.shadowing import Shadowing
from monitor.datasets import labelled
from monitor.errors import ModelError
from monitor.evaluation import measured
from monitor.hookspecs import Progress, silent
from monitor.messages import Message
from monitor.operation.measuring import Measuring
from monitor.records import ModelVersion, Training, Trigger
from monitor.store import models, shadows, trainings
from monitor.workbench import Workbench, passages


class Trainings(Measuring):
    """Makes versions of the model, and lets them serve."""

    @cached_property
    def workbench(self) -> Workbench:
        """Makes models beside the served ones."""
        directory = self.settings.learning.directory
        return Workbench(
            self.new_classifier,
            lambda: champion.folder_of(self.served.load().version, directory),
            [topic.name for topic in self.settings.taxonomy],
        )

    def train(
        self,
        data: Sequence[Path] | None = None,
        progress: Progress = silent,
        *,
        gold: Sequence[Path] = (),
        tasks: Sequence[str] = labelled.TASKS,
        options: Mapping[str, Any] | None = None,
        encoding: str = "",
        user: str = models.SYSTEM,
        address: str = "",
        via: str = "cli",
    ) -> ModelVersion:
        """Ask for a training and run it here and now; see `ask_training` and `run_training`."""
        asked = self.ask_training(
            data,
            gold=gold,
            tasks=tasks,
            options=options,
            encoding=encoding,
            user=user,
            address=address,
            via=via,
        )
        return self.run_training(asked.id, progress)

    def ask_training(
        self,
        data: Sequence[Path] | None = None,
        *,
        gold: Sequence[Path] = (),
        tasks: Sequence[str] = labelled.TASKS,
        options: Mapping[str, Any] | None = None,
        encoding: str = "",
        trigger: Trigger = Trigger.PERSON,
        why: str = "",
        user: str = models.SYSTEM,
        address: str = "",
        via: str = "schedule",
    ) -> Training:
        """Put a training in line: on the labels and on what the files `data` (in this `encoding`, or
        whichever they are in) say of `tasks`, judged by the audits and by what the files `gold` say, with a
        classifier of these `options` beside its settings. Raises as `learning.check` and `learning.ask` do,
        and DataError for a file."""
        factory = partial(self.new_classifier, **options or {})
        factory()  # a wrong option is told before the files are read
        examples = self.workbench.examples(data or (), tasks, encoding)
        judging = self.workbench.examples(gold, tasks, encoding)
        learning.check(self.store, factory, examples)
        return learning.ask(
            self.store,
            self.now(),
            trigger=trigger,
            why=why,
            user=user,
            via=via,
            address=address,
            options=options,
            data=examples,
            gold=judging,
            directory=self.settings.learning.directory,
        )

    def run_training(self, id: str, progress: Progress = silent) -> ModelVersion:
        """Run a training that is in line, or resume one that was interrupted; see `learning.run`."""
        with self.store.read() as tx:
            options, _ = trainings.options(tx, id)
        self.doubt()
        with suppress(ModelError):  # the training itself says that there is none to start from
            self.served.register()
        self._training.add(id)
        try:
            return learning.run(
                self.store,
                id,
                partial(self.new_classifier, **options),
                self.settings.learning,
                self.now,
                progress,
                routing=self.settings.routing,
                holder=self.heart.holder,
                steady=self.steady,
                stopping=self._stopping.is_set,
            )
        finally:
            self._training.discard(id)

    def take_up_training(self) -> ModelVersion | None:
        """Run the training that waits for somebody, or resume the one that was interrupted; None where there
        is none, or its folder is not on this machine."""
        holder = self.heart.holder  # before the transaction: its first beat is one itself
        with self.store.begin() as tx:
            trainings.untold(tx, holder, sorted(self._training), self.now())
        waiting = learning.next_open(self.store)
        if waiting is None or not learning.here(self.store, self.settings.learning.directory, waiting):
            return None
        return self.run_training(waiting.id)

    def cancel_training(self, id: str, user: str, address: str = "") -> Training:
        """Give a training up, on the word of `user` at `address`. Raises NotFoundError, ConflictError."""
        directory = self.settings.learning.directory
        return learning.cancel(self.store, directory, id, self.now(), user, address)

    def training_due(self) -> bool:
        """Whether the schedule wants a training, or a drift does (`[drift] train`)."""
        return self._wanted() is not None

    def train_on_schedule(self, trigger: Trigger) -> ModelVersion | None:
        """Train where that is due, or where a drift asks for it (`[drift] train`); None where neither is."""
        fresh = self._wanted()
        if fresh is None:
            return None
        asked_by = trigger if fresh else Trigger.DRIFT
        why = Message(f"training.why.{asked_by}", n=fresh)
        return self.run_training(self.ask_training(trigger=asked_by, why=why).id)

    def _wanted(self) -> int | None:
        """For how many new labels the schedule wants a training; 0 where only a drift does, None where
        nothing does."""
        if fresh := learning.due(self.store, self.settings.learning):
            return fresh
        if not (self.settings.drift.train and self.settings.learning.enabled):
            return None
        with self.store.read() as tx:
            return 0 if measured.wants_training(tx) else None

    def passages(
        self, files: Iterable[Path] = (), *, archive: bool = True, encoding: str = ""
    ) -> Iterator[str]:
        """The texts of the archive, then those of the files, labelled or not. Raises UserError."""
        return passages(self.store, files, archive=archive, encoding=encoding)

    @cached_property
    def shadowing(self) -> Shadowing:
        """What lets a version that is fit to serve judge beside the champion first."""
        directory = self.settings.learning.directory
        return Shadowing(self.store, self.new_classifier, directory, self.settings.routing, self.now)

    def shadow(self) -> str:
        """Let the version whose shadow runs judge what the champion judged; where it stands then, "" where
        none runs. Raises ModelError."""
        found = self.shadowing.work(self.settings.learning.level)
        return "" if found is None else shadows.words(found)

    def promote(self, model_id: str, user: str, address: str = "") -> ModelVersion:
        """Let a version serve, on the word of `user` at `address`. Raises NotFoundError, ModelError,
        ConflictError."""
        directory = self.settings.learning.directory
        return champion.promote(self.store, model_id, directory, self.now(), user=user, address=address)

    def rollback(self, user: str, address: str = "") -> ModelVersion:
        """Let the version before serve again. Raises NotFoundError, ModelError."""
        directory = self.settings.learning.directory
        return champion.rollback(self.store, directory, self.now(), user=user, address=address)
