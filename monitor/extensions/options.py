"""The options of a table, as they are handed to a plugin: a secret that never shows, and what was expected
where one does not fit. Light, because every child process imports it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class Secret(str):
    """Text read from the environment by ``"env:NAME"``; its repr never shows it."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'***'"


def expectation(detail: Mapping[str, Any]) -> str:
    """What one of pydantic's errors expected, as ``expected a valid integer``."""
    message = str(detail["msg"]).removeprefix("Value error, ")
    message = message.replace("Input should be ", "expected ", 1)
    message = message.replace("String should ", "expected text to ", 1)
    if detail["type"] in ("model_type", "dict_type", "model_attributes_type"):
        return "expected a table"
    return message[0].lower() + message[1:]
