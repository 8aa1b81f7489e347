"""What is wrong with a request's fields, in the reader's language: pydantic's findings as messages.

What was sent is not echoed: it may not even be JSON. A finding that the catalogue has no words for is told
in pydantic's own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from monitor.messages import MESSAGES, Message

MAX_TOLD = 10


def problems(findings: Sequence[Mapping[str, Any]]) -> Message:
    """The first MAX_TOLD of pydantic's error details, each with its field."""
    return Message("web.fields", problems=[_problem(one) for one in findings[:MAX_TOLD]])


def _problem(finding: Mapping[str, Any]) -> Message:
    field = ".".join(str(part) for part in finding["loc"])
    return Message("web.field", field=field, problem=_words(finding))


def _words(finding: Mapping[str, Any]) -> str:
    key = f"field.{finding['type']}"
    if key not in MESSAGES:
        return str(finding["msg"])
    limits = {name: _plain(value) for name, value in finding.get("ctx", {}).items()}
    try:
        return Message(key, **limits)
    except KeyError:  # another version of pydantic calls a limit otherwise
        return str(finding["msg"])


def _plain(value: Any) -> Any:
    return value if isinstance(value, str | int | float) else str(value)
