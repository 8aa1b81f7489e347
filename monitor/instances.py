"""Plugin instances as the settings want them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from monitor.errors import ConfigError
from monitor.hookspecs import Classifier, Detector, Notifier, Source, Strategy
from monitor.news.dates import Dates
from monitor.registry import Registry
from monitor.settings import InstanceSettings, NotifierSettings, Settings, SourceSettings


class Instances:
    """Builds instances from `settings`; every error names file, table and key."""

    def __init__(self, settings: Settings, registry: Registry) -> None:
        self._settings = settings
        self._registry = registry

    def check(self) -> None:
        """Build everything once. Raises one ConfigError with every mistake there is."""
        mistakes: list[str] = []
        settings = self._settings
        builders: list[Callable[[], object]] = [self.classifier, self.detector, self.strategy]
        for name, source in settings.sources.items():
            if source.enabled:
                builders.append(partial(self._build, "sources", name, source))
        for name, notifier in settings.notifiers.items():
            if notifier.enabled:
                builders.append(partial(self._build, "notifiers", name, notifier))
        for build in builders:
            try:
                build()
            except ConfigError as error:
                mistakes.append(str(error))
        if mistakes:
            raise ConfigError("\n".join(mistakes))

    def sources(self) -> dict[str, Source]:
        """The enabled sources, in the file's order."""
        tables = self._settings.sources
        return {name: self._build("sources", name, table) for name, table in tables.items() if table.enabled}

    def notifiers(self) -> dict[str, Notifier]:
        """The enabled notifiers, in the file's order."""
        tables = self._settings.notifiers
        return {
            name: self._build("notifiers", name, table) for name, table in tables.items() if table.enabled
        }

    def classifier(self, **options: Any) -> Classifier:
        """A classifier that has loaded nothing; `options` go before those in the settings."""
        table = self._settings.classifier
        built: Classifier = self._registry.build(
            "classifiers",
            "classifier",
            table.kind,
            {**table.options, **options},
            self._settings.where("classifier"),
        )
        return built

    def detector(self) -> Detector:
        """The detector that `[alerts] detector` names."""
        name = self._settings.alerts.detector
        built: Detector = self._named("detectors", name, self._settings.detectors, "alerts", "detector")
        return built

    def strategy(self) -> Strategy:
        """The query strategy that `[learning] strategy` names."""
        name = self._settings.learning.strategy
        built: Strategy = self._named("strategies", name, self._settings.strategies, "learning", "strategy")
        return built

    def _named(
        self, group: str, name: str, tables: Mapping[str, InstanceSettings], table: str, key: str
    ) -> Any:
        """The instance of that name, or of that kind as it is by default."""
        if name in tables:
            return self._build(group, name, tables[name])
        kinds = self._registry.kinds(group)
        if name not in kinds:
            known = ", ".join(sorted({*kinds, *tables}))
            raise ConfigError(
                f"{self._settings.where(table)} {key}: there is no {key} {name!r}; known: {known}"
            )
        return self._registry.build(group, name, name, {}, self._settings.where(f"{group}.{name}"))

    def _build(
        self, group: str, name: str, table: SourceSettings | NotifierSettings | InstanceSettings
    ) -> Any:
        where = self._settings.where(f"{group}.{name}")
        options = dict(table.options)
        if isinstance(table, SourceSettings):
            said = {key: value for key, value in dated(table.dates).items() if key in table.model_fields_set}
            options |= self._registry.wanted(group, table.kind, said)
        return self._registry.build(group, name, table.kind, options, where)


def dated(dates: Dates) -> dict[str, Any]:
    """How a source writes its dates, as fields of a class that reads them itself."""
    return {"timezone": dates.timezone, "date_order": dates.order, "zones": dict(dates.zones)}
