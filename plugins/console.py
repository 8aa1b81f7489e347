"""Notifier `console`: one line per delivery on standard error.

Headlines come from strangers. Control and format characters could move the cursor, forge
a second line or reverse the text, so each becomes a space.
"""

from __future__ import annotations

import json
import sys
import unicodedata
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from monitor import Delivery, Fetcher, Notifier, hookimpl


@dataclass
class Console:
    """Writes `text` for people or `json` for programs."""

    format: Literal["text", "json"] = "text"

    kind: ClassVar[str] = "console"

    def send(self, delivery: Delivery, fetcher: Fetcher) -> None:
        payload = delivery.payload
        if self.format == "json":
            line = json.dumps(_told(delivery), ensure_ascii=True, sort_keys=True)
        else:
            told = (
                f"{delivery.created_at:%Y-%m-%d %H:%M:%S}Z",
                "ALERT" if delivery.alert_id else "MONITOR",
                delivery.event,
                delivery.id,
            )
            texts = (str(payload.get(key, "")) for key in ("title", "text"))
            line = " ".join((*told, *(text for text in texts if text)))
        print(one_line(line), file=sys.stderr, flush=True)


def one_line(text: str) -> str:
    """`text` without line breaks and without control, format and unassigned characters."""
    safe = (" " if unicodedata.category(c)[0] == "C" or c in "\u2028\u2029" else c for c in text)
    return " ".join("".join(safe).split())


def _told(delivery: Delivery) -> dict[str, Any]:
    return {
        "at": delivery.created_at.isoformat(),
        "id": delivery.id,
        "alert_id": delivery.alert_id,
        "event": delivery.event,
        "payload": dict(delivery.payload),
    }


@hookimpl
def register_notifiers() -> list[type[Notifier]]:
    """The bundled console notifier."""
    return [Console]
