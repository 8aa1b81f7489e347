"""[fetch], [sources.NAME] and [watchlist]: what is read, how, and which companies are looked for."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field

from monitor.news.dates import Dates
from monitor.settings.tables import DateZone, Language, Network, OpenTable, Table


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


class WatchlistSettings(Table):
    path: Path = Field(
        default=Path("watchlist.csv"), description="CSV of watched companies: id, name, ticker, aliases."
    )
