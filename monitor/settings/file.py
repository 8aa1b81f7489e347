"""config.toml as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pydantic import Field, PrivateAttr, field_validator

from monitor.records import OPERATION, Topic
from monitor.settings.alerts import AlertSettings
from monitor.settings.cluster import ClusterSettings
from monitor.settings.judging import (
    BulkSettings,
    ClassifierSettings,
    DriftSettings,
    RoutingSettings,
    TopicSettings,
)
from monitor.settings.learning import LearningSettings, QueueSettings
from monitor.settings.plugins import InstanceSettings, NotifierSettings, PluginSettings
from monitor.settings.premises import JobSettings, LogSettings, StoreSettings, WebSettings
from monitor.settings.retention import RetentionSettings
from monitor.settings.routes import MuteTimeSettings, RouteSettings
from monitor.settings.rules import SHIPPED, RuleSettings
from monitor.settings.sources import FetchSettings, SourceSettings, WatchlistSettings
from monitor.settings.tables import InstallationKey, InstanceName, Table
from monitor.taxonomy import TOPICS


class Settings(Table):
    """Everything config.toml and the environment may say. Relative paths are resolved by `load`."""

    installation_key: InstallationKey = Field(
        default="",
        description="64 hexadecimal digits that seal the audit and sign cookies; only as the environment "
        "variable MONITOR_INSTALLATION_KEY. If absent, the file installation.key holds them.",
    )
    plugins_dir: Path | None = Field(
        default=None, description="Directory whose *.py files are loaded as plugins."
    )
    disabled_plugins: tuple[str, ...] = Field(
        default=(), description="Third-party plugins not to load, by name."
    )
    plugins: PluginSettings = PluginSettings()
    store: StoreSettings = StoreSettings()
    retention: RetentionSettings = RetentionSettings()
    web: WebSettings = WebSettings()
    fetch: FetchSettings = FetchSettings()
    sources: dict[InstanceName, SourceSettings] = Field(default_factory=dict)
    classifier: ClassifierSettings = ClassifierSettings()
    bulk: BulkSettings = BulkSettings()
    cluster: ClusterSettings = ClusterSettings()
    topics: tuple[TopicSettings, ...] = ()
    watchlist: WatchlistSettings = WatchlistSettings()
    routing: RoutingSettings = RoutingSettings()
    queue: QueueSettings = QueueSettings()
    learning: LearningSettings = LearningSettings()
    drift: DriftSettings = DriftSettings()
    alerts: AlertSettings = AlertSettings()
    routes: tuple[RouteSettings, ...] = ()
    mute_times: dict[InstanceName, MuteTimeSettings] = Field(default_factory=dict)
    rules: dict[InstanceName, RuleSettings] = Field(default_factory=dict)
    notifiers: dict[InstanceName, NotifierSettings] = Field(default_factory=dict)
    detectors: dict[InstanceName, InstanceSettings] = Field(default_factory=dict)
    strategies: dict[InstanceName, InstanceSettings] = Field(default_factory=dict)
    jobs: JobSettings = JobSettings()
    log: LogSettings = LogSettings()

    @field_validator("rules")
    @classmethod
    def _own_names(cls, rules: dict[str, RuleSettings]) -> dict[str, RuleSettings]:
        if OPERATION in rules:
            raise ValueError(
                f"{OPERATION} is the monitor's own name for what does not work: choose another one"
            )
        return rules

    _file: Path | None = PrivateAttr(default=None)
    _directory: Path = PrivateAttr(default_factory=Path.cwd)

    @property
    def file(self) -> Path | None:
        """The file that was read; None where there was none."""
        return self._file

    @property
    def directory(self) -> Path:
        """The folder relative paths resolve against: config.toml's, else the working one."""
        return self._directory

    @property
    def taxonomy(self) -> tuple[Topic, ...]:
        """The topics: config.toml's if it names any, else the default ones."""
        return tuple(Topic(topic.name, topic.en, topic.zh) for topic in self.topics) or TOPICS

    @property
    def watched(self) -> Mapping[str, RuleSettings]:
        """The rules that are enabled: config.toml's if it names any, else those that are shipped."""
        return {name: rule for name, rule in (self.rules or SHIPPED).items() if rule.enabled}

    def where(self, table: str) -> str:
        """How error messages call a table: ``config.toml: [sources.fed]``."""
        return f"{self._file.name if self._file else 'settings'}: [{table}]"
