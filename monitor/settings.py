"""The tables of config.toml, typed and frozen. `config.load` reads them."""

from __future__ import annotations

import ipaddress
import re
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PrivateAttr,
    StringConstraints,
    model_validator,
)

from monitor.acquisition.coins import Coins
from monitor.extensions.options import Secret
from monitor.news import zones
from monitor.news.dates import Dates
from monitor.records import Topic
from monitor.schedule.timetable import Timetable
from monitor.taxonomy import TOPICS


def _network(text: str) -> str:
    try:
        return str(ipaddress.ip_network(text, strict=False))
    except ValueError:
        raise ValueError("expected a network such as '127.0.0.1/32' or 'fd00::/8'") from None


def _zone(text: str) -> str:
    if not text:
        return text
    try:
        return ZoneInfo(text).key
    except (ZoneInfoNotFoundError, ValueError):
        raise ValueError("expected the name of a time zone such as 'Asia/Shanghai' or 'UTC'") from None


def _timetabled(text: str) -> str:
    if text:
        try:
            Timetable(text)
        except ValueError as error:
            raise ValueError(f"expected five fields as cron has them ({error})") from None
    return text


Zone = Annotated[str, AfterValidator(_zone)]
Timetabled = Annotated[str, AfterValidator(_timetabled)]


def _dated_in(name: str) -> str:
    zones.zone(name)
    return name


DateZone = Annotated[str, AfterValidator(_dated_in)]
Network = Annotated[str, AfterValidator(_network)]


def _key(text: str) -> str:
    if not re.fullmatch(r"[0-9a-fA-F]{64}", text):
        raise ValueError(f"expected 64 hexadecimal digits (32 bytes), found {len(text)} characters")
    return Secret(text.lower())


InstallationKey = Annotated[str, AfterValidator(_key)]
"""Given by the environment only; "" means the one in the file."""

InstanceName = Annotated[str, StringConstraints(pattern=r"^[^\s/]{1,200}$")]
Language = Annotated[str, StringConstraints(pattern=r"^([a-z]{2})?$")]


class Table(BaseModel):
    """One table of config.toml."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class OpenTable(Table):
    """A table whose further keys are options, checked later against the plugin it names."""

    options: dict[str, Any] = Field(
        default_factory=dict, description="Every further key: the plugin's own options."
    )

    @model_validator(mode="before")
    @classmethod
    def _gather(cls, table: Any) -> Any:
        if not isinstance(table, dict):
            return table
        known = cls.model_fields.keys() - {"options"}
        gathered = {key: value for key, value in table.items() if key in known}
        gathered["options"] = {key: value for key, value in table.items() if key not in known}
        return gathered


class StoreSettings(Table):
    url: str = Field(
        default="sqlite:///data/monitor.db",
        description="Database: sqlite:///PATH (relative to config.toml) or postgresql://USER@HOST/NAME.",
    )
    busy_timeout_seconds: float = Field(
        default=30, gt=0, description="How long a write waits for another process's write (seconds)."
    )
    check_bytes: int = Field(
        default=1_000_000_000,
        ge=0,
        description="Largest SQLite file that is checked before a start (some seconds); a larger one is "
        "checked while the monitor runs (bytes).",
    )


class WebSettings(Table):
    host: str = Field(
        default="127.0.0.1", description="Address to listen on; 0.0.0.0 opens the monitor to the network."
    )
    allowed_hosts: tuple[str, ...] = Field(
        default=(), description="Further Host names the web application answers to, behind a proxy say."
    )
    port: int = Field(default=8080, ge=0, le=65535, description="Port to listen on; 0 takes any free one.")
    trusted_proxies: tuple[Network, ...] = Field(
        default=(),
        description="Networks of the proxies before the web application, e.g. ['127.0.0.1/32']: their "
        "X-Forwarded-For, X-Forwarded-Proto and Forwarded are believed, nobody else's.",
    )


class FetchSettings(Table):
    allow_networks: tuple[Network, ...] = Field(
        default=(), description="Non-public networks that may be fetched from, e.g. ['127.0.0.1/32']."
    )
    timeout_seconds: float = Field(
        default=30.0, gt=0, description="Total time one request may take, redirects included (s)."
    )
    max_bytes: int = Field(
        default=20_000_000, gt=0, description="Largest decoded answer that is read (bytes)."
    )
    concurrency: int = Field(default=8, ge=1, le=256, description="Sources polled at the same time.")
    slow_seconds: float = Field(
        default=10.0,
        gt=0,
        description="A source whose last fetch took longer is polled in a lane of its own (seconds).",
    )
    slow_concurrency: int = Field(
        default=2,
        ge=1,
        le=256,
        description="Sources polled at the same time of those that took long, and of those that hang.",
    )
    user_agent: str = Field(
        default="monitor/0.1 (financial news monitor)",
        min_length=1,
        description="User-Agent header; add a contact address.",
    )


class PluginSettings(Table):
    load_seconds: float = Field(
        default=30.0, gt=0, description="How long the file of a plugin may take to be imported (seconds)."
    )
    call_seconds: float = Field(
        default=60.0,
        gt=0,
        description="How long one poll of a source, or one call of a plugin of yours, may take (seconds).",
    )
    memory_mb: int = Field(
        default=1000, ge=50, description="Memory that the process of a plugin may take (MB)."
    )
    max_items: int = Field(
        default=100_000,
        ge=1,
        description="Items that a source may deliver in one poll; imports have no limit.",
    )


MASKED_KINDS = frozenset({"jsonl"})
"""Kinds of sources that bring what people wrote to somebody, not what a publisher printed."""


class SourceSettings(OpenTable):
    kind: str = Field(description="Which plugin: rss, jsonl, sample, or a kind of your own.")
    title: str = Field(default="", description="Name shown to people; the table's name if empty.")
    language: Language = Field(
        default="", description="ISO 639-1 code of the source's language; detected if empty."
    )
    timezone: DateZone = Field(
        default="UTC",
        description="Time zone of dates that name none, e.g. 'Asia/Shanghai' or '+08:00'.",
    )
    date_order: Literal["", "dmy", "mdy", "ymd"] = Field(
        default="", description="How 01/02/2026 is read: dmy, mdy or ymd; not at all if empty."
    )
    zones: dict[str, DateZone] = Field(
        default_factory=dict,
        description="What abbreviations of several countries mean here, e.g. {IST = 'Asia/Kolkata'}.",
    )
    interval_minutes: float = Field(default=15, gt=0, description="Time between two polls (minutes).")
    enabled: bool = Field(default=True, description="false: neither polled nor checked.")
    mask: bool | None = Field(
        default=None,
        description="Mask personal data (telephone, e-mail, identity and bank card, ...) before anything is "
        "kept; where it is left out, for the kind jsonl and `monitor import` only.",
    )

    @property
    def dates(self) -> Dates:
        """How the source writes its dates."""
        return Dates(self.timezone, self.date_order, self.zones)

    def masked(self, kind: str = "") -> bool:
        """Whether personal data are masked in what a source of `kind` (the table's own) brings."""
        return (kind or self.kind) in MASKED_KINDS if self.mask is None else self.mask


class ClassifierSettings(OpenTable):
    kind: str = Field(default="transformer", description="Which classifier plugin judges articles.")
    model: str = Field(
        default="models/default",
        min_length=1,
        description="Folder of the first model: relative to config.toml, or the shipped one of that name.",
    )
    host: str = Field(
        default="",
        description="Where `monitor worker --role classifier` hosts the model for every process: unix:PATH "
        "(relative to config.toml) or http://127.0.0.1:PORT; if empty each process loads it itself.",
    )


class TopicSettings(Table):
    name: str = Field(min_length=1, description="Stable name, as the model and the API use it.")
    en: str = Field(description="English title.")
    zh: str = Field(description="Chinese title.")


class WatchlistSettings(Table):
    path: Path = Field(
        default=Path("watchlist.csv"),
        description="CSV of watched companies: id, name, ticker, aliases, full, former, brands, people; or a "
        "listing of an exchange.",
    )


class RoutingSettings(Table):
    threshold: float = Field(
        default=0.75,
        ge=0,
        le=1,
        description="Calibrated confidence under which an analyst reviews an article while the model has no "
        "certificate.",
    )
    alpha: float = Field(
        default=0.05,
        gt=0,
        lt=1,
        description="The most that may be wrong of what is accepted under a certificate.",
    )
    delta: float = Field(
        default=0.05,
        gt=0,
        lt=1,
        description="The chance that a certificate may be wrong, over all looks and model versions.",
    )
    certify_by: Literal["all", "language", "class"] = Field(
        default="all",
        description="What has a threshold of its own, certified by itself: all articles together, each "
        "language, or each sentiment that is given. `delta` is divided among them.",
    )
    certify_companies: bool = Field(
        default=False,
        description="Articles that name watched companies have a threshold of their own, by the judgement "
        "that the model is least sure of: the article's, or that towards a company.",
    )
    audits_per_day: float = Field(
        default=20,
        ge=0,
        description="Texts drawn at random from everything to measure the model (a day); their share "
        "follows what arrives and what the desk finishes.",
    )
    double_read_share: float = Field(
        default=0.2, ge=0, le=1, description="Share of the audits that two analysts read."
    )
    explore_share: float = Field(
        default=0.01, ge=0, le=1, description="Share of accepted texts asked about at random, to learn from."
    )

    def coins(self, key: bytes) -> Coins:
        """What decides at random which texts are asked about, under the installation's `key`."""
        return Coins(key, self.audits_per_day, self.double_read_share, self.explore_share)


class QueueSettings(Table):
    min_seen_ms: int = Field(
        default=250,
        ge=0,
        le=10_000,
        description="How long an article must have been on the screen before it takes a key (milliseconds).",
    )

    blind_share: float = Field(
        default=0.2,
        ge=0,
        le=0.5,
        description="Share of the tasks handed out that are audits or duels, while any is open; every second "
        "one at most.",
    )
    second_share: float = Field(
        default=0.0,
        ge=0,
        le=0.5,
        description="Of the tasks put in order, how many may be texts that one analyst has read, for "
        "another, where a second label is worth more than a new one (0: none).",
    )


class DriftSettings(Table):
    """How it is watched whether the news change under the model; see `monitor.evaluation.drift`."""

    enabled: bool = Field(default=True, description="Measure drift, live accuracy and savings on schedule.")
    present_days: float = Field(
        default=7, gt=0, description="The present window, compared with what is kept before it (days)."
    )
    alpha: float = Field(
        default=0.05,
        gt=0,
        lt=1,
        description="Probability that anything fires within `period_days` in which nothing changes.",
    )
    period_days: float = Field(default=90, gt=0, description="What `alpha` is promised for (days).")
    raise_factor: float = Field(
        default=3, ge=1, description="A drift multiplies the share of texts that are audited by this."
    )
    raise_days: float = Field(default=7, gt=0, description="For how long it does (days).")
    train: bool = Field(default=False, description="A drift makes a training due.")


class LearningSettings(Table):
    enabled: bool = Field(default=True, description="Train on a schedule; `monitor train` works in any case.")
    every_hours: float = Field(
        default=24, gt=0, description="Least time between two scheduled trainings (hours)."
    )
    min_new_labels: int = Field(
        default=50, ge=1, description="New labels that make a scheduled training worth its while."
    )
    audit_days: int = Field(
        default=90, ge=1, description="How long an audit measures; afterwards its label may train (days)."
    )
    max_drop: float = Field(
        default=0.02,
        ge=0,
        lt=1,
        description="Share of texts by which a challenger may be worse and still be promoted.",
    )
    level: float = Field(
        default=0.05, gt=0, le=0.5, description="The most that a verdict of the gate or of a duel errs."
    )
    duel_days: float = Field(
        default=14, gt=0, description="A duel draws texts that were first seen in this time (days)."
    )
    duel_max_labels: int = Field(
        default=200,
        ge=1,
        description="Labels after which an undecided duel ends and the champion stays; up to twice as many "
        "where readers err.",
    )
    shadow_hours: float = Field(
        default=0,
        ge=0,
        le=24 * 366,
        description="How long a version that is fit to serve judges everything beside the champion first; 0: "
        "it serves at once (hours).",
    )
    checkpoint_minutes: float = Field(
        default=2.0, gt=0, description="How often a training writes down where it is (minutes)."
    )
    keep_vectors_days: float = Field(
        default=30,
        ge=0,
        description="How long the vectors that come with predictions are kept, for query strategies, drift "
        "and the savings meter (days; 768 bytes a text with the default model).",
    )
    strategy: str = Field(default="margin", description="Query strategy that orders the queue.")
    directory: Path = Field(default=Path("data/models"), description="Where trained models are written.")


class AlertSettings(Table):
    window_minutes: int = Field(
        default=60, ge=1, description="Length of the window that is tested (minutes)."
    )
    history_windows: int = Field(default=168, ge=1, description="Past windows that make the baseline.")
    min_history_windows: int = Field(
        default=24,
        ge=1,
        description="Windows that must have been watched before anything fires (a new installation learns).",
    )
    min_negative: int = Field(default=5, ge=1, description="Negative stories under which nothing fires.")
    p_value: float = Field(
        default=0.001, gt=0, lt=1, description="Fire when a count this high has at most this probability."
    )
    detector: str = Field(default="surge", description="Detector instance or kind that tests a window.")
    recover_after: int = Field(default=2, ge=1, description="Quiet windows in a row that resolve an alert.")
    repeat_hours: float = Field(
        default=24, gt=0, description="An alert that keeps firing is sent again after (hours)."
    )
    scopes: tuple[str, ...] = Field(
        default=("all", "topic", "company"), description="What is watched: all, topic, company."
    )
    confirm_minutes: float = Field(
        default=0, ge=0, description="A surge must last this long before anyone is told (minutes)."
    )
    max_age_hours: float = Field(
        default=24,
        gt=0,
        description="Stories published longer than this before they were first seen do not count (hours).",
    )
    include_sample: bool = Field(
        default=True, description="Watch the bundled sample while there is nothing else; its alerts say so."
    )
    notify: tuple[str, ...] = Field(
        default=(), description="Notifiers to tell, by name; empty means every enabled one."
    )

    @model_validator(mode="after")
    def _known_scopes(self) -> AlertSettings:
        for scope in self.scopes:
            if scope not in ("all", "topic", "company"):
                raise ValueError(f"scopes: expected 'all', 'topic' or 'company', found {scope!r}")
        return self


class InstanceSettings(OpenTable):
    kind: str = Field(description="Which plugin.")


class NotifierSettings(InstanceSettings):
    enabled: bool = Field(default=True, description="false: nothing is sent to it.")


class JobSettings(Table):
    poll_seconds: float = Field(
        default=60, gt=0, description="How often due sources are looked for (seconds)."
    )
    classify_seconds: float = Field(
        default=60, gt=0, description="How often left-over articles are classified (seconds)."
    )
    prioritise_minutes: float = Field(
        default=10, gt=0, description="How often the queue is put in order (minutes)."
    )
    watch_minutes: float = Field(default=5, gt=0, description="How often windows are tested (minutes).")
    deliver_seconds: float = Field(default=10, gt=0, description="How often the outbox is emptied (seconds).")
    certify_minutes: float = Field(
        default=30, gt=0, description="How often it is looked at what audits certify (minutes)."
    )
    train_minutes: float = Field(
        default=60, gt=0, description="How often it is checked whether training is due (minutes)."
    )
    train_at: Timetabled = Field(
        default="",
        description="When it is checked instead, as cron has it: '0 2 * * *' is every night at two.",
    )
    trainings_seconds: float = Field(
        default=30,
        gt=0,
        description="How often it is looked for trainings that wait or were interrupted (seconds).",
    )
    shadow_minutes: float = Field(
        default=5,
        gt=0,
        description="How often a version judges what the champion judged meanwhile, while it is one's shadow "
        "(minutes).",
    )
    measure_hours: float = Field(
        default=24, gt=0, description="How often drift, live accuracy and savings are measured (hours)."
    )
    housekeeping_hours: float = Field(
        default=24, gt=0, description="How often old working data is removed (hours)."
    )
    housekeeping_at: Timetabled = Field(default="", description="When it is removed instead, as cron has it.")
    timezone: Zone = Field(
        default="", description="The zone that cron's times are in (IANA name); the machine's if empty."
    )
    lease_seconds: float = Field(
        default=60, ge=5, description="A process silent for this long is taken for dead (seconds)."
    )


class LogSettings(Table):
    level: str = Field(
        default="info", pattern="^(debug|info|warning|error)$", description="debug, info, warning or error."
    )
    path: Path | None = Field(
        default=None, description="File that also receives the log; standard error only if absent."
    )


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
    web: WebSettings = WebSettings()
    fetch: FetchSettings = FetchSettings()
    sources: dict[InstanceName, SourceSettings] = Field(default_factory=dict)
    classifier: ClassifierSettings = ClassifierSettings()
    topics: tuple[TopicSettings, ...] = ()
    watchlist: WatchlistSettings = WatchlistSettings()
    routing: RoutingSettings = RoutingSettings()
    queue: QueueSettings = QueueSettings()
    learning: LearningSettings = LearningSettings()
    drift: DriftSettings = DriftSettings()
    alerts: AlertSettings = AlertSettings()
    notifiers: dict[InstanceName, NotifierSettings] = Field(default_factory=dict)
    detectors: dict[InstanceName, InstanceSettings] = Field(default_factory=dict)
    strategies: dict[InstanceName, InstanceSettings] = Field(default_factory=dict)
    jobs: JobSettings = JobSettings()
    log: LogSettings = LogSettings()

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

    def where(self, table: str) -> str:
        """How error messages call a table: ``config.toml: [sources.fed]``."""
        return f"{self._file.name if self._file else 'settings'}: [{table}]"
