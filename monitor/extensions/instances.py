"""Plugin instances as the settings want them, and what stands in for those that cannot be built.

A mistake in a table stops a start, as does a classifier that cannot be built. What a plugin that is not
bundled does never stops one: its sources, notifiers and detectors are *unavailable* and say why whenever they
are asked, and a bundled kind does the work of its strategy (`monitor.extensions.fallback`). Nothing stands in
for a detector: each has scores of its own, and the cut that was found for one means nothing for another.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NoReturn

import structlog

from monitor.detection.rules import Rule
from monitor.errors import ConfigError, PluginError
from monitor.extensions.fallback import GuardedStrategy, Report, unreported
from monitor.extensions.loading import singular
from monitor.hookspecs import Classifier, Detector, Notifier, Source, Strategy
from monitor.messages import Message
from monitor.news.dates import Dates
from monitor.registry import FALLBACKS, Registry
from monitor.settings import InstanceSettings, NotifierSettings, Settings, SourceSettings

BULK: Mapping[str, Any] = {"cached": 0}
"""What a classifier is told for bulk work, if it has such an option."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Unavailable:
    """A source, notifier, strategy or detector that cannot be built. Whatever it is asked, it fails with the
    reason; `fallback` is the kind that does a strategy's work."""

    group: str  # "sources" | "notifiers" | "strategies" | "detectors"
    name: str
    kind: str
    why: str
    fallback: str = ""

    larger_is_rarer: ClassVar[bool] = False

    def fetch(self, *_: Any) -> NoReturn:
        """Raises PluginError, saying that it is unavailable and why."""
        raise PluginError(Message("plugins.unavailable", why=self.why))

    send = fit = test = fetch


class Instances:
    """Builds instances from `settings`, each once; every error names file, table and key. `report` is told
    when a strategy fails, and when it works again."""

    def __init__(self, settings: Settings, registry: Registry) -> None:
        self.report: Report = unreported
        self._settings = settings
        self._registry = registry
        self._lock = threading.RLock()
        self._built: dict[tuple[str, str], Any] = {}

    def check(self) -> None:
        """Build everything. Raises one ConfigError with every mistake there is, PluginError where the
        classifier cannot be built; says in the log what is unavailable."""
        mistakes: list[str] = []
        try:
            self.classifier()
        except ConfigError as error:
            mistakes.append(str(error))
        for group, name in self.wanted:
            try:
                self._instance(group, name)
            except ConfigError as error:
                mistakes.append(str(error))
        if mistakes:
            raise ConfigError("\n".join(mistakes))
        for one in self.unavailable():
            told = {"fallback": one.fallback} if one.fallback else {}
            log.warning("instance.unavailable", group=one.group, name=one.name, why=str(one.why), **told)

    def unavailable(self) -> list[Unavailable]:
        """What is enabled and cannot be built."""
        found = [self._instance(group, name) for group, name in self.wanted]
        return [one for one in found if isinstance(one, Unavailable)]

    def sources(self) -> dict[str, Source]:
        """The enabled sources, in the file's order; some of them `Unavailable`."""
        return {name: self._instance("sources", name) for name in self._enabled(self._settings.sources)}

    def notifiers(self) -> dict[str, Notifier]:
        """The enabled notifiers, in the file's order; some of them `Unavailable`."""
        return {name: self._instance("notifiers", name) for name in self._enabled(self._settings.notifiers)}

    def classifier(self, **options: Any) -> Classifier:
        """A classifier that has loaded nothing; `options` go before those in the settings."""
        table = self._settings.classifier
        where = self._settings.where("classifier")
        built: Classifier = self._registry.build(
            "classifiers", "classifier", table.kind, {**table.options, **options}, where
        )
        return built

    def bulk_classifier(self) -> Classifier:
        """A classifier that has loaded nothing and keeps nothing of a batch: what it says of one depends on
        no other, so that it is the same whoever judges it."""
        table = self._settings.classifier
        options = {key: value for key, value in table.options.items() if key not in BULK}
        where = self._settings.where("classifier")
        built: Classifier = self._registry.build(
            "classifiers", "classifier", table.kind, options, where, BULK
        )
        return built

    def detectors(self, rules: Iterable[Rule] | None = None, file: str = "") -> dict[str, Detector]:
        """The detectors that these rules name (None: the enabled ones of the settings), by what they call
        them; some of them `Unavailable`. Raises ConfigError for a name of none, and for its options; `file`
        is where the rules stand, the settings' if empty."""
        named = self._named(rules, file)
        return {name: self._instance("detectors", name, by) for name, by in named.items()}

    def strategy(self) -> Strategy:
        """The query strategy that `[learning] strategy` names. Behind each stands `margin`, which needs no
        more than probabilities: a strategy may be left without a column, such as vectors."""
        name = self._settings.learning.strategy
        found = self._instance("strategies", name)
        kind = FALLBACKS["strategies"]
        behind = self._registry.build(
            "strategies", kind, kind, {}, self._settings.where(f"strategies.{kind}")
        )
        wanted = None if isinstance(found, Unavailable) else found
        return GuardedStrategy(name, wanted, behind, self.report)  # type: ignore[return-value]

    def strategy_of(self, name: str) -> Strategy:
        """The query strategy of this kind or name alone, with nothing behind it. Raises ConfigError,
        PluginError."""
        found: Strategy | Unavailable = self._instance("strategies", name)
        if isinstance(found, Unavailable):
            raise PluginError(Message("plugins.unavailable", why=found.why))
        return found

    # --- building ------------------------------------------------------------------------------

    def _instance(self, group: str, name: str, asking: Sequence[str] = ()) -> Any:
        """The instance, or `Unavailable`. What waits for a plugin that is still being loaded is built when
        that is done. Raises ConfigError, in the words of the tables that are `asking` for it."""
        with self._lock:
            if (group, name) in self._built:
                return self._built[group, name]
            loading = any(plugin.state == "loading" for plugin in self._registry.plugins)
            try:
                built = self._build(group, name, asking)
            except PluginError as error:
                why = error.told
                built = Unavailable(group, name, self._kind(group, name), why, FALLBACKS.get(group, ""))
                if loading:
                    return built
            self._built[group, name] = built
            return built

    def _build(self, group: str, name: str, asking: Sequence[str]) -> Any:
        tables = self._tables(group)
        where = self._settings.where(f"{group}.{name}")
        if name in tables:
            table = tables[name]
            offered = dated(table.dates) if isinstance(table, SourceSettings) else {}
            offered = {key: value for key, value in offered.items() if key in table.model_fields_set}
            return self._registry.build(group, name, table.kind, table.options, where, offered)
        # `[rules.NAME] detector` and `[learning] strategy` name a table, or a kind as it is by default.
        try:
            return self._registry.build(group, name, name, {}, where)
        except ConfigError as error:
            kinds = self._registry.kinds(group)
            if name in kinds:
                raise
            key = singular(group)
            known = ", ".join(sorted({*kinds, *tables}))
            if not asking:
                asking = [self._settings.where("learning")] if key == "strategy" else self._named()[name]
            told = [f"{table} {key}: there is no {key} {name!r}; known: {known}" for table in asking]
            raise ConfigError("\n".join(told)) from error

    @property
    def wanted(self) -> list[tuple[str, str]]:
        """(group, name) of everything that is enabled; of strategies the one in use, of detectors those that
        enabled rules name."""
        settings = self._settings
        return [
            *(("detectors", name) for name in self._named()),
            ("strategies", settings.learning.strategy),
            *(("sources", name) for name in self._enabled(settings.sources)),
            *(("notifiers", name) for name in self._enabled(settings.notifiers)),
        ]

    def _named(self, rules: Iterable[Rule] | None = None, file: str = "") -> dict[str, list[str]]:
        """Detector -> the tables of the rules that name it, as errors call them, in their order."""
        if rules is None:
            rules = [table.rule(name) for name, table in self._settings.watched.items()]
        found: dict[str, list[str]] = {}
        for rule in rules:
            table = f"rules.{rule.name}"
            where = f"{file}: [{table}]" if file else self._settings.where(table)
            found.setdefault(rule.detector, []).append(where)
        return found

    def _kind(self, group: str, name: str) -> str:
        tables = self._tables(group)
        return tables[name].kind if name in tables else name

    def _tables(self, group: str) -> Mapping[str, SourceSettings | NotifierSettings | InstanceSettings]:
        tables: Mapping[str, SourceSettings | NotifierSettings | InstanceSettings] = getattr(
            self._settings, group
        )
        return tables

    def _enabled(self, tables: Mapping[str, SourceSettings | NotifierSettings]) -> Sequence[str]:
        return [name for name, table in tables.items() if table.enabled]


def dated(dates: Dates) -> dict[str, Any]:
    """How a source writes its dates, as fields of a class that reads them itself."""
    return {"timezone": dates.timezone, "date_order": dates.order, "zones": dict(dates.zones)}
