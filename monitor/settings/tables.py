"""What the tables are made of: a table, one that passes further keys on, and values that are checked."""

from __future__ import annotations

import ipaddress
import re
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from monitor.extensions.options import Secret
from monitor.news import zones
from monitor.schedule.timetable import Timetable


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
