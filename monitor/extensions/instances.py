"""Plugin instances as the settings want them, and what stands in for those that cannot be built.

A mistake in a table stops a start, as does a classifier that cannot be built. What a plugin that is not
bundled does never stops one: its sources and notifiers are *unavailable* and say why whenever they are
asked, and a bundled kind does the work of its strategy or detector (`monitor.extensions.fallback`).
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

import structlog

from monitor.errors import ConfigError, PluginError
from monitor.extensions.fallback import GuardedDetector, GuardedStrategy, Report, unreported
from monitor.hookspecs import Classifier, Detector, Notifier, Source, Strategy
from monitor.messages import Message
from monitor.news.dates import Dates
from monitor.registry import FALLBACKS, Registry
from monitor.sandbox.proxies import DetectorProxy
from monitor.settings import InstanceSettings, NotifierSettings, Settings, SourceSettings

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Unavailable:
    """A source or notifier, strategy or detector that cannot be built. As a source or notifier, it fails
    with the reason; `fallback` is the kind that does the work of the others."""

    group: str  # "sources" | "notifiers" | "strategies" | "detectors"
    name: str
    kind: str
    why: str
    fallback: str = ""

    def fetch(self, *_: Any) -> NoReturn:
        """Raises PluginError, saying that it is unavailable and why."""
        raise PluginError(Message("plugins.unavailable", why=self.why))

    send = fetch


class Instances:
    """Builds instances from `settings`, each once; every error names file, table and key. `report` is told
    when a strategy or detector fails, and when it works again."""

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

    def detector(self) -> Detector:
        """The detector that `[alerts] detector` names; behind one that is not bundled stands one that is."""
        name = self._settings.alerts.detector
        return self._guarded(GuardedDetector, "detectors", name)  # type: ignore[no-any-return]

    def strategy(self) -> Strategy:
        """The query strategy that `[learning] strategy` names. Behind each stands `margin`, which needs no
        more than probabilities: a strategy may be left without a column, such as vectors."""
        name = self._settings.learning.strategy
        return self._guarded(GuardedStrategy, "strategies", name)  # type: ignore[no-any-return]

    def strategy_of(self, name: str) -> Strategy:
        """The query strategy of this kind or name alone, with nothing behind it. Raises ConfigError,
        PluginError."""
        found: Strategy | Unavailable = self._instance("strategies", name)
        if isinstance(found, Unavailable):
            raise PluginError(Message("plugins.unavailable", why=found.why))
        return found

    def _guarded(self, guard: type[Any], group: str, name: str) -> Any:
        found = self._instance(group, name)
        if group == "detectors" and not isinstance(found, Unavailable | DetectorProxy):
            return found
        kind = FALLBACKS[group]
        behind = self._registry.build(group, kind, kind, {}, self._settings.where(f"{group}.{kind}"))
        return guard(name, None if isinstance(found, Unavailable) else found, behind, self.report)

    # --- building ------------------------------------------------------------------------------

    def _instance(self, group: str, name: str) -> Any:
        """The instance, or `Unavailable`. What waits for a plugin that is still being loaded is built when
        that is done. Raises ConfigError."""
        with self._lock:
            if (group, name) in self._built:
                return self._built[group, name]
            loading = any(plugin.state == "loading" for plugin in self._registry.plugins)
            try:
                built = self._build(group, name)
            except PluginError as error:
                why = error.told
                built = Unavailable(group, name, self._kind(group, name), why, FALLBACKS.get(group, ""))
                if loading:
                    return built
            self._built[group, name] = built
            return built

    def _build(self, group: str, name: str) -> Any:
        tables = self._tables(group)
        where = self._settings.where(f"{group}.{name}")
        if name in tables:
            table = tables[name]
            offered = dated(table.dates) if isinstance(table, SourceSettings) else {}
            offered = {key: value for key, value in offered.items() if key in table.model_fields_set}
            return self._registry.build(group, name, table.kind, table.options, where, offered)
        # `[alerts] detector` and `[learning] strategy` name a table, or a kind as it is by default.
        setting, key = ("alerts", "detector") if group == "detectors" else ("learning", "strategy")
        try:
            return self._registry.build(group, name, name, {}, where)
        except ConfigError as error:
            kinds = self._registry.kinds(group)
            if name in kinds:
                raise
            known = ", ".join(sorted({*kinds, *tables}))
            told = f"{self._settings.where(setting)} {key}: there is no {key} {name!r}; known: {known}"
            raise ConfigError(told) from error

    @property
    def wanted(self) -> list[tuple[str, str]]:
        """(group, name) of everything that is enabled; of strategies and detectors, the one in use."""
        settings = self._settings
        return [
            ("detectors", settings.alerts.detector),
            ("strategies", settings.learning.strategy),
            *(("sources", name) for name in self._enabled(settings.sources)),
            *(("notifiers", name) for name in self._enabled(settings.notifiers)),
        ]

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
