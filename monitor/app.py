"""The composition root: settings in, a running monitor out.

Faces (command line, API, dashboard, scheduler) hold a `Monitor` and call its lines;
nothing below this module knows that the others exist.
"""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from functools import cached_property, partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import structlog
from numpy.typing import NDArray

from monitor import delivery, learning, pipeline, watch
from monitor.acquisition import material, ordering, policies, rehearsal
from monitor.acquisition.simulate import Material
from monitor.alerts import notice
from monitor.alerts.couriers import Couriers
from monitor.classification import certifying, champion, judging
from monitor.classification.remote import RemoteClassifier
from monitor.classification.serving import ServedClassifier
from monitor.classification.shadowing import Shadowing
from monitor.classification.softened import Softened
from monitor.classification.wire import Address
from monitor.datasets import labelled
from monitor.desk.tries import Tries
from monitor.errors import ModelError, UserError
from monitor.evaluation import doubting, measured
from monitor.extensions.instances import Instances, Unavailable, dated
from monitor.fetcher import HttpFetcher
from monitor.hookspecs import (
    Classifier,
    Detector,
    Fetcher,
    Notifier,
    Progress,
    Source,
    Strategy,
    silent,
)
from monitor.logs import crashes
from monitor.messages import Message
from monitor.news import normalize
from monitor.news.companies import Linker, load_watchlist
from monitor.news.identity import STORY_WINDOW
from monitor.news.languages import detect_language
from monitor.premises import contents, installation
from monitor.records import (
    Alert,
    Article,
    Company,
    Decision,
    Explanation,
    Item,
    ModelVersion,
    PollResult,
    Prediction,
    Scope,
    Training,
    Trigger,
)
from monitor.registry import Registry
from monitor.schedule.clocks import Now, Steady, steady, utcnow
from monitor.schedule.heart import Heart
from monitor.schedule.polling import Polling, Waits
from monitor.settings import Settings, SourceSettings
from monitor.store import (
    Store,
    Tx,
    audit,
    failing,
    models,
    runs,
    samples,
    shadows,
    shares,
    sources,
    stories,
    trainings,
    vectors,
)
from monitor.store.doubts import Doubt
from monitor.store.integrity import Examination
from monitor.store.measurements import Measurement
from monitor.store.recurring import Recurring
from monitor.workbench import Workbench, passages

FILE_KIND = "jsonl"
"""The kind of source that reads the files of `monitor import`."""

DELIVER_LIMIT = 100

STOP_SECONDS = 3.0
"""How long `close` waits for polls that its end cuts short."""

log = structlog.get_logger(__name__)


class Monitor:
    """A configured monitor: its parts, and the lines it runs. Made by `open`, closed by `close`."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        registry: Registry,
        fetcher: Fetcher,
        *,
        companies: Sequence[Company],
        now: Now,
        steady: Steady = steady,
        role: str = "command",
        instances: Instances | None = None,
        owns_registry: bool = False,
    ) -> None:
        self.settings = settings
        self.store = store
        self.registry = registry
        self.fetcher = fetcher
        self.companies = companies
        self.now = now
        self.examination = Examination(store, now)
        self.recurring = Recurring(store, now)
        self.steady = steady
        self.role = role
        self.instances = instances or Instances(settings, registry)
        self.instances.report = self._report
        self._owns_registry = owns_registry
        self._stopping = threading.Event()
        self._training: set[str] = set()  # what this process runs

    @classmethod
    def open(
        cls,
        settings: Settings,
        *,
        now: Now = utcnow,
        steady: Steady = steady,
        migrate: bool = False,
        role: str = "command",
        patience_seconds: float | None = None,
    ) -> Monitor:
        """Load plugins, build every enabled instance, open the store; `role` is what this process does.

        A new database gets its tables; an older one is upgraded only if `migrate`. A plugin that has not
        been loaded after `patience_seconds` (None: the limit on loading) comes later. Raises ConfigError
        with every mistake in the settings, SchemaError, DamagedError, and PluginError for a classifier or a
        bundled plugin.
        """
        registry = Registry.of(settings, patience_seconds)
        try:
            return cls._opened(settings, registry, now, steady, migrate, role)
        except BaseException:
            registry.close()
            raise

    @classmethod
    def _opened(
        cls, settings: Settings, registry: Registry, now: Now, steady: Steady, migrate: bool, role: str
    ) -> Monitor:
        built = Instances(settings, registry)
        built.check()
        companies = load_watchlist(settings.watchlist.path) if settings.watchlist.path.exists() else ()
        fetch = settings.fetch
        fetcher = HttpFetcher(
            allow_networks=fetch.allow_networks,
            timeout_seconds=fetch.timeout_seconds,
            max_bytes=fetch.max_bytes,
            user_agent=fetch.user_agent,
        )
        store = installation.store_of(settings)
        try:
            store.prepare(migrate=migrate, role=role)
        except BaseException:
            store.close()
            raise
        return cls(
            settings,
            store,
            registry,
            fetcher,
            companies=companies,
            now=now,
            steady=steady,
            role=role,
            instances=built,
            owns_registry=True,
        )

    def stop(self) -> None:
        """Begin nothing more, and end what plugins are at: nothing of it is recorded, and the next start
        repeats it, or resumes it."""
        self._stopping.set()
        self.polling.stop()
        if self._owns_registry:  # else others may use it
            self.registry.close()

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

    def _tell_head(self) -> None:
        """Say in the log how long the audit is, so that a cut end shows."""
        with self.store.read() as tx:
            head = audit.head(tx)
        log.info("audit", entries=head.entries, seal=head.seal)

    def close(self) -> None:
        """Close what is open. The monitor must not be used afterwards."""
        self.stop()
        self.polling.join(STOP_SECONDS)
        self.recurring.flush()
        if "heart" in self.__dict__:
            self.heart.stop()
        self.store.close()
        close = getattr(self.fetcher, "close", None)
        if close is not None:
            close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def keep_alive(self) -> None:
        """Beat from now on: others see that this process lives, and the store's clock goes."""
        log.debug("process.alive", holder=self.heart.holder, role=self.role)

    # --- parts that are built when they are first wanted -------------------------------------

    @cached_property
    def tries(self) -> Tries:
        """How often passwords were tried at this process."""
        return Tries(self.steady)

    @cached_property
    def heart(self) -> Heart:
        """What keeps this process alive for the others, beating from now until `close`."""
        heart = Heart(
            self.store,
            role=self.role,
            lease_seconds=self.settings.jobs.lease_seconds,
            now=self.now,
            steady=self.steady,
        )
        heart.start()
        return heart

    @cached_property
    def served(self) -> ServedClassifier:
        """The classifier of the champion, exchanged whenever the champion changes."""
        return self.new_served()

    def new_served(self, *, beside: bool = False) -> ServedClassifier:
        """A classifier of the champion that has loaded nothing; `beside` as in `ServedClassifier`."""
        return ServedClassifier(
            self.store,
            self.new_classifier,
            kind=self.settings.classifier.kind,
            shipped=champion.shipped_folder(self.settings.classifier.model, self.settings.directory),
            directory=self.settings.learning.directory,
            now=self.now,
            beside=beside,
        )

    @cached_property
    def classifying(self) -> ServedClassifier | RemoteClassifier:
        """What articles are classified with: the hosted classifier where one is configured, else `served`."""
        host = self.settings.classifier.host
        return RemoteClassifier(Address.parse(host, self.settings.directory)) if host else self.served

    def new_classifier(self, **options: Any) -> Classifier:
        """A classifier of the configured kind that has loaded nothing; `options` go before its settings."""
        return self.instances.classifier(**options)

    def classifier(self, model: str = "") -> Classifier:
        """The champion's classifier, or one with the version or in the folder that `model` names. What a
        version says is softened by its temperature.

        Raises NotFoundError, ModelError.
        """
        if not model:
            serving = self.served.load()
            with self.store.read() as tx:
                return Softened(serving.classifier, models.get(tx, serving.version.id).temperature)
        folder = self.model_folder(model)
        classifier = self.new_classifier()
        classifier.load(folder, Path(model).name)
        if Path(model).is_dir():
            return classifier
        with self.store.read() as tx:
            return Softened(classifier, models.get(tx, model).temperature)

    def model_folder(self, model: str) -> Path:
        """The folder that `model` is, or of the version that has this id. Raises NotFoundError."""
        if Path(model).is_dir():
            return Path(model)
        with self.store.read() as tx:
            found = models.get(tx, model)
        return champion.folder_of(found, self.settings.learning.directory)

    def _report(self, group: str, name: str, error: str) -> None:
        failing.note(self.store, group, name, error, self.now())

    @property
    def sources(self) -> Mapping[str, Source]:
        """The enabled sources by name; one that cannot be built says why when it is polled."""
        return self.instances.sources()

    @property
    def notifiers(self) -> Mapping[str, Notifier]:
        """The enabled notifiers by name; likewise."""
        return self.instances.notifiers()

    @cached_property
    def detector(self) -> Detector:
        """What tests windows for a surge."""
        return self.instances.detector()

    @cached_property
    def strategy(self) -> Strategy:
        """What orders the queue."""
        return self.instances.strategy()

    @cached_property
    def polling(self) -> Polling:
        """What polls sources, several at a time."""
        return Polling(
            self._poll,
            self._waits,
            {name: table.enabled for name, table in self.settings.sources.items()},
            lambda: [name for name, one in self.sources.items() if not isinstance(one, Unavailable)],
            concurrency=self.settings.fetch.concurrency,
            slow_concurrency=self.settings.fetch.slow_concurrency,
        )

    @cached_property
    def coin_key(self) -> bytes:
        """The installation's key that coins are tossed with."""
        return installation.derived(installation.installation_key(self.settings), installation.COINS)

    @cached_property
    def linker(self) -> Linker:
        """What finds the watched companies in a text."""
        return Linker(self.companies)

    @cached_property
    def titles(self) -> Mapping[Scope, tuple[str, str]]:
        """(English, Chinese) name of everything that is watched."""
        return notice.titles(self.settings.taxonomy, self.companies)

    # --- ingest --------------------------------------------------------------------------------

    def poll(self, names: Sequence[str] | None = None, *, progress: Progress = silent) -> list[PollResult]:
        """Fetch the sources of these names (None: every enabled one) now, several at a time.

        What goes wrong with a source is in its result and in the store. Raises
        NotFoundError for a name that is not configured, UserError for one switched off.
        """
        return self.polling.now(list(self.sources) if names is None else names, progress)

    def poll_due(self) -> list[PollResult]:
        """Poll the sources whose time has come; the results of those that ended since the last call.

        It does not wait for slow ones, and for no other longer than half the time until the next call.
        """
        times = self.settings
        return self.polling.due(min(times.fetch.slow_seconds, times.jobs.poll_seconds / 2))

    def import_file(
        self,
        path: Path,
        name: str,
        progress: Progress = silent,
        *,
        timezone: str = "",
        date_order: str = "",
        mask: bool | None = None,
        encoding: str = "",
    ) -> tuple[PollResult, list[str]]:
        """Store the articles of a file as those of source `name`, unclassified.

        `timezone`, `date_order` and `mask` go before what the source's table says of its dates and of
        personal data; where it says nothing, they are masked. `encoding` as in `open_table`. The result,
        and what the operator should know of the file. Raises DataError, UserError for a zone that is none.
        """
        try:
            dates = self._source(name).dates.instead(timezone, date_order)
        except ValueError as error:
            raise UserError(str(error)) from None
        # Here and not in a child: it is the user's own command, and a file has no limit.
        options = {"path": str(path), "encoding": encoding, "complete": True}
        source = self.registry.build_here("sources", FILE_KIND, options, str(path), dated(dates))
        intake = replace(self._intake(name, FILE_KIND), classify=None, dates=dates)
        if mask is not None:
            intake = replace(intake, mask=mask)
        return pipeline.import_file(self.store, source, self.fetcher, intake, progress)

    def classify_pending(self, progress: Progress = silent) -> int:
        """Classify the stored articles that have no prediction yet; how many were. Raises ModelError."""
        classify, rules = self.classifying.classify, self.settings.routing
        return judging.classify_pending(self.store, classify, rules=rules, now=self.now, progress=progress)

    def article_of(self, text: str) -> Article:
        """A text as an article that is stored nowhere."""
        article = normalize.article(Item(text=text), source="", identity_key="", now=self.now())
        return replace(
            article, mentions=tuple(self.linker.mentions(article.content, article.published_at.date()))
        )

    def classify_text(self, text: str) -> tuple[Prediction, Decision]:
        """What the champion says of a text, and where an article with it would go."""
        return self.classify_texts([text])[0]

    def classify_texts(self, texts: Sequence[str]) -> list[tuple[Prediction, Decision]]:
        """`classify_text` of many at once."""
        asked = [self.article_of(text) for text in texts]
        found = self.classifying.classify(asked)
        with self.store.read() as tx:
            limits = judging.accepted(tx, [one.model for one in found], self.settings.routing)
        return [
            judging.routed(article, one, limits[one.model]) for article, one in zip(asked, found, strict=True)
        ]

    def explain_text(self, text: str, target: str) -> Explanation:
        """Why the champion judges a text as it does; `target` as in `monitor.Explaining`."""
        return self.explain(self.article_of(text), target)

    def explain(self, article: Article, target: str) -> Explanation:
        """Why the champion judges an article as it does, with the probability that it is shown to have."""
        told = self.classifying.explain(article, target)
        if target.partition(":")[0] != "sentiment":
            return told
        with self.store.read() as tx:
            limits = judging.accepted(tx, [told.model], self.settings.routing)
        temperature = limits[told.model].temperature
        if temperature == 1:
            return told
        said = self.classifying.classify([article])[0].tempered(temperature)
        return replace(told, probability=said.sentiment[told.label])

    def _poll(self, name: str) -> PollResult:
        source = self.sources[name]
        if isinstance(source, Unavailable):  # its file's fault: it waits for nothing when that is mended
            return PollResult(name, False, error=Message("plugins.unavailable", why=source.why))
        interval = timedelta(minutes=self.settings.sources[name].interval_minutes)
        slow = self.settings.fetch.slow_seconds
        intake = self._intake(name)
        return pipeline.poll(self.store, source, self.fetcher, intake, interval=interval, slow_seconds=slow)

    def _waits(self) -> Waits:
        with self.store.read() as tx:
            return sources.waits(tx)

    def _intake(self, name: str, kind: str = "") -> pipeline.Intake:
        """How items are taken in as those of source `name`, by a source of `kind` (its own)."""
        table = self._source(name)
        return pipeline.Intake(
            source=name,
            linker=self.linker,
            rules=self.settings.routing,
            now=self.now,
            classify=self.classifying.classify,
            language=table.language,
            dates=table.dates,
            sample=table.kind == samples.KIND,
            mask=table.masked(kind),
            key=self.coin_key,
        )

    def _source(self, name: str) -> SourceSettings:
        """What config.toml says of a source; nothing, for one that it does not name."""
        return self.settings.sources.get(name) or SourceSettings(kind="")

    # --- watch ---------------------------------------------------------------------------------

    def watch(self) -> list[Alert]:
        """Test the windows that end now; the alerts that something happened to."""
        alerts = self.settings.alerts
        told = alerts.notify or tuple(self.notifiers)
        return watch.watch(
            self.store,
            self.detector,
            alerts,
            [n for n in told if n in self.notifiers],
            self.now(),
            self.titles,
        )

    def deliver(self) -> dict[str, int]:
        """Send what is due in the outbox; counts by outcome."""
        return delivery.deliver(
            self.store,
            self.notifiers,
            self.fetcher,
            self.now,
            DELIVER_LIMIT,
            holder=self.heart.holder,
            steady=self.steady,
            couriers=self.couriers,
        )

    @cached_property
    def couriers(self) -> Couriers:
        """Who delivers now."""
        return Couriers(self._report)

    # --- learn ---------------------------------------------------------------------------------

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

    def rehearse(
        self,
        data: Path,
        strategies: Sequence[str],
        seeds: Sequence[int],
        *,
        full: bool = False,
        base: str = "",
        batch: int = 0,
        start: int = 0,
        most: float = 0.6,
        vectors: Path | None = None,
        encoding: str = "",
        progress: Progress = silent,
    ) -> dict[str, Any]:
        """What each of the `strategies`, by kind or name, would have needed of the labels in the file `data`
        (`acquisition.rehearsal`). `base` is a model version, a model folder or an encoder; the serving model
        if empty. Raises UserError, PluginError, ModelError."""
        asked = {name: self.instances.strategy_of(name) for name in strategies}
        with self._rehearsed(data, base, vectors, encoding, progress) as (some, encoder, texts):
            how = rehearsal.plan(some, seeds, batch=batch, start=start, most=most, full=full)
            fit = encoder.learner(texts) if full else None
            return rehearsal.rehearse(some, asked, how, fit=fit, progress=progress)

    def train_policy(
        self,
        data: Path,
        strategy: str,
        *,
        options: Mapping[str, Any] | None = None,
        base: str = "",
        episodes: int = 10,
        held: int = 10,
        batch: int = 0,
        most: float = 0.2,
        vectors: Path | None = None,
        encoding: str = "",
        progress: Progress = silent,
    ) -> dict[str, Any]:
        """Train the policy `strategy`, with these `options`, on the labels in the file `data` and play it
        against margin (`acquisition.policies`). Raises UserError, ConfigError, ModelError."""
        learner = self.registry.build_here("strategies", strategy, options or {}, "--option")
        directory, rival = self.settings.learning.directory, self.instances.strategy_of("margin")
        seeds = range(100, 100 + episodes)  # a simulation's own seeds begin at 1
        last = range(seeds.stop, seeds.stop + held)
        with self._rehearsed(data, base, vectors, encoding, progress) as (some, _, _):
            how = rehearsal.plan(some, tuple(seeds), batch=batch, most=most, full=False)
            return policies.train(some, learner, rival, how, last, directory, self.now(), progress)

    @contextmanager
    def _rehearsed(
        self, data: Path, base: str, vectors: Path | None, encoding: str, progress: Progress
    ) -> Iterator[tuple[Material, rehearsal.Encoder, Sequence[str]]]:
        """The labelled texts of the file `data` on the vectors of `base`, with what made these, which has a
        folder of its own meanwhile."""
        texts, labels = material.judged(self.workbench.examples([data], ("sentiment",), encoding))
        with tempfile.TemporaryDirectory() as folder:
            parent = self.model_folder(base) if base else self.workbench.serving()
            encoder = rehearsal.Encoder(self.new_classifier, parent, Path(folder))
            found = material.vectors(texts, encoder.embed, encoder.name, vectors, progress)
            yield material.material(texts, labels, found, detect_language), encoder, texts

    @cached_property
    def workbench(self) -> Workbench:
        """Makes models beside the served ones."""
        directory = self.settings.learning.directory
        return Workbench(
            self.new_classifier,
            lambda: champion.folder_of(self.served.load().version, directory),
            [topic.name for topic in self.settings.taxonomy],
        )

    def passages(
        self, files: Iterable[Path] = (), *, archive: bool = True, encoding: str = ""
    ) -> Iterator[str]:
        """The texts of the archive, then those of the files, labelled or not. Raises UserError."""
        return passages(self.store, files, archive=archive, encoding=encoding)

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

    def certify(self) -> str:
        """Look at what the audits certify of the champion, and at whether they break what was certified;
        what came of it. Raises ModelError."""
        self.doubt()
        self.served.register()
        with self.store.read() as tx:
            serving = models.champion(tx)
        if serving is None:
            return ""
        return certifying.look(
            self.store,
            serving.id,
            self.classifying.classify,
            self.settings.routing,
            self.settings.learning.audit_days,
            self.now,
        )

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

    def prioritise(self, seed: int) -> int:
        """Put the most wanted tasks first in the queue; how many were moved."""
        rng = np.random.default_rng(seed)
        order = ordering.prioritise(
            *(self.store, self.strategy, ordering.MOST, rng),
            now=self.now(),
            alerts=self.settings.alerts,
            vectors=_kept_vectors,
            second_share=self.settings.queue.second_share,
        )
        return len(order)

    # --- measure -------------------------------------------------------------------------------

    def doubt(self) -> list[Doubt]:
        """Look at what was read twice, before anything rests on it: the analysts whose labels wait from now
        on."""
        return doubting.look(self.store, self.now())

    def measure(self) -> list[Measurement]:
        """Measure drift, live accuracy and savings of the champion, and act on a drift; what was found.

        Raises ModelError where the classifier does not work.
        """
        with self.store.read() as tx:
            serving = models.champion(tx)
            labelled = measured.bare(tx, serving.id) if serving else []
        if serving is None:
            return []
        measured.fill(self.store, self.classifying.classify, serving.id, labelled)
        settings, now = self.settings, self.now()
        days = max(settings.learning.keep_vectors_days, 2 * settings.drift.present_days)
        with self.store.read() as tx:
            inputs = measured.read(tx, serving.id, now, days=days, audit_days=settings.learning.audit_days)
        looks = settings.drift.period_days * 24 / settings.jobs.measure_hours
        rng = np.random.default_rng(int(now.timestamp()))
        found = measured.measure(inputs, settings.drift, now, looks=looks, rng=rng)
        with self.store.begin() as tx:
            measured.record(tx, found, settings.drift, now)
        return found

    # --- keep ----------------------------------------------------------------------------------

    def _forget_vectors(self) -> None:
        """Part by part, so that others write in between."""
        kept = timedelta(days=self.settings.learning.keep_vectors_days)
        forgotten = vectors.BATCH
        while forgotten == vectors.BATCH:
            with self.store.begin() as tx:
                forgotten = vectors.forget(tx, kept)

    def housekeeping(self) -> None:
        """Remove working data that nothing needs any more, and let the share of audits follow the news."""
        with self.store.begin() as tx:
            stories.forget(tx, self.now() - STORY_WINDOW)
            runs.forget(tx)
            shares.follow(tx, self.settings.routing.audits_per_day, self.now())
        self._forget_vectors()
        self._tell_head()
        contents.clear(self.settings)
        learning.clean(self.store, self.settings.learning.directory)


def _kept_vectors(tx: Tx, article_ids: Sequence[int]) -> NDArray[np.float32] | None:
    """What the serving version made of these articles, as `acquisition.pool` takes it."""
    serving = models.champion(tx)
    return None if serving is None else vectors.aligned(tx, serving.id, article_ids)
