"""What a child says went wrong, as an error here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from monitor import errors
from monitor.errors import LimitError, MonitorError, PluginError
from monitor.messages import Message
from monitor.sandbox.limits import Limits

_CLEAN = ("BlockedError", "FetchError", "DataError", "ModelError", "UserError", "ConfigError")


def failure(told: Mapping[str, Any], limits: Limits) -> MonitorError:
    """What the child says went wrong, as an error here."""
    name, text = told.get("name"), Message.decoded(str(told.get("text", "")))
    if name == "memory":
        return LimitError(Message("plugins.limit_memory", mb=limits.memory_bytes // 1_000_000))
    if name == "items":
        return LimitError(Message("plugins.limit_items", items=limits.items))
    if name == "raised":
        return PluginError(raised(str(told.get("kind"))[:100], text[:300]))
    if name in ("FetchError", "BlockedError"):
        status, wish = told.get("status"), told.get("retry_after")
        cls: type[errors.FetchError] = getattr(errors, name)
        return cls(
            text,
            status=status if isinstance(status, int) else None,
            retry_after=wish if isinstance(wish, int | float) else None,
        )
    return getattr(errors, name)(text) if name in _CLEAN else PluginError(text)


def raised(kind: str, text: str) -> Message:
    """That a plugin raised an error of this kind, with this text if it has one."""
    if text.strip():
        return Message("plugins.raised", kind=kind, text=text)
    return Message("plugins.raised_bare", kind=kind)
