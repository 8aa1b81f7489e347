"""What a child and its parent say to each other: a JSON header and raw bytes, in frames.

    frame   length of the header, length of the body (4 bytes each), the header, the body

Records travel as plain JSON values and are built again at the other end, where they check themselves
(`monitor.fields`) or are checked by pydantic. What a child says after running somebody's code is data to
us, never code: what does not fit is an error, or a malformed item, and nothing else.
"""

from __future__ import annotations

import dataclasses
import json
import struct
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from enum import Enum
from typing import Any

from monitor.errors import PluginError
from monitor.extensions.options import Secret
from monitor.messages import Message
from monitor.records import Item

HEAD = struct.Struct("!II")
MAX_FRAME_BYTES = 64_000_000
"""Longest frame that is taken from a child."""
MAX_ITEM_BYTES = 32_000_000
MAX_STATE_BYTES = 1_000_000

_TEXTS = ("title", "text", "url", "guid", "author", "language", "publisher")
_SECRET = "\x00secret"


def pack(message: Mapping[str, Any], body: bytes = b"") -> bytes:
    """A frame. Lone surrogates go through; NaN does not (ValueError)."""
    return opening(message, len(body)) + body


def opening(message: Mapping[str, Any], length: int) -> bytes:
    """A frame up to its body of this length, for a body too long to be copied."""
    header = json.dumps(message, ensure_ascii=False, allow_nan=False).encode("utf-8", "surrogatepass")
    return HEAD.pack(len(header), length) + header


def unpack(header: bytes) -> dict[str, Any]:
    """A frame's header. Raises ValueError, RecursionError for what is none."""
    found = json.loads(header.decode("utf-8", "surrogatepass"), parse_constant=_refuse)
    if not isinstance(found, dict):
        raise ValueError("no object")
    return found


def _refuse(name: str) -> float:
    raise ValueError(name)


# --- items, the many ------------------------------------------------------------------------


def plain_item(item: Item) -> list[Any]:
    """An item as a list of its texts and its time."""
    at = item.published_at
    time: Any = at
    if isinstance(at, datetime):
        time = ["at", at.isoformat()]
    elif isinstance(at, date):
        time = ["on", at.isoformat()]
    return [*(getattr(item, name) for name in _TEXTS), time]


def item_of(plain: Any) -> Item:
    """The item that `plain_item` made a list of. Raises TypeError, ValueError for anything else."""
    if not isinstance(plain, list) or len(plain) != len(_TEXTS) + 1:
        raise ValueError("not an item")
    at = plain[-1]
    if isinstance(at, list):
        how, text = at
        at = (datetime if how == "at" else date).fromisoformat(text)
    return Item(**dict(zip(_TEXTS, plain, strict=False)), published_at=at)


def state_of(state: Mapping[str, Any]) -> dict[str, Any]:
    """A source's state as the JSON object it is stored as. Raises PluginError where it is none."""
    try:
        text = json.dumps(dict(state), allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise PluginError(Message("plugins.state", error=str(error)[:300])) from None
    if len(text) > MAX_STATE_BYTES:
        raise PluginError(Message("plugins.state_long", bytes=MAX_STATE_BYTES))
    checked: dict[str, Any] = json.loads(text)
    return checked


# --- other records, the few -----------------------------------------------------------------


def plain(value: Any) -> Any:
    """A record, or what holds records, in what JSON has; fields of bytes stay behind."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        found = ((field.name, getattr(value, field.name)) for field in dataclasses.fields(value))
        return {name: plain(one) for name, one in found if not isinstance(one, bytes)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Message):
        return str(value)
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, bytes):
        return [plain(inner) for inner in value]
    return str(value)


def plain_options(value: Any) -> Any:
    """Options as JSON has them, secrets marked."""
    if isinstance(value, Secret):
        return {_SECRET: str(value)}
    if isinstance(value, Mapping):
        return {str(key): plain_options(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain_options(inner) for inner in value]
    return value if value is None or isinstance(value, str | int | float) else str(value)


def options_of(value: Any) -> Any:
    """What `plain_options` made plain."""
    if isinstance(value, dict):
        if value.keys() == {_SECRET}:
            return Secret(value[_SECRET])
        return {key: options_of(inner) for key, inner in value.items()}
    return [options_of(inner) for inner in value] if isinstance(value, list) else value
