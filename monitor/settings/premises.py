"""[store], [web], [jobs] and [log]: where the monitor keeps, shows, does and tells things."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from monitor.settings.tables import Network, Table, Timetabled, Zone


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
    watch_seconds: float = Field(default=5, gt=0, description="How often the watch goes on (seconds).")
    attend_seconds: float = Field(
        default=60, gt=0, description="How often it is looked whether anything does not work (seconds)."
    )
    deliver_seconds: float = Field(default=5, gt=0, description="How often the outbox is emptied (seconds).")
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
    prune_hours: float = Field(
        default=24, gt=0, description="How often what [retention] says is old is removed (hours)."
    )
    prune_at: Timetabled = Field(
        default="20 3 * * *",
        description="When it is removed, as cron has it: every night; if empty, every `prune_hours`.",
    )
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
