"""[plugins] and the tables of instances of a plugin."""

from __future__ import annotations

from pydantic import Field

from monitor.settings.tables import OpenTable, Table, Timetabled


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


class InstanceSettings(OpenTable):
    kind: str = Field(description="Which plugin.")


class NotifierSettings(InstanceSettings):
    enabled: bool = Field(default=True, description="false: nothing is sent to it.")
    digest: Timetabled = Field(
        default="",
        description="It gets one message with all that happened, at these times, as cron has it ('0 8 * * *' "
        "is every day at eight); each at once if empty.",
    )
    digest_empty: bool = Field(default=False, description="true: also a digest in which nothing happened.")
    heartbeat_minutes: float | None = Field(
        default=None,
        gt=0,
        description="While the watch looks, it is told so this often (minutes); silence says that it does "
        "not look.",
    )
