"""A moment in a request: a date and time with its offset, as RFC 3339 writes it (section 5.6).

Anything else is refused, so that nobody's clock or calendar is guessed. Offsets reach beyond the years 1 to
9999 that UTC can be written in; as a bound such a moment is as good as the first or last there is, and is
taken as that.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

FIRST = datetime.min.replace(tzinfo=UTC)
LAST = datetime.max.replace(tzinfo=UTC)

_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_RFC_3339 = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d):(\d\d)(?:\.(\d{1,50}))?([Zz]|[+-]\d\d:\d\d)", re.ASCII
)


def day(text: Any) -> date:
    """The day that `text` writes, as 2021-10-28. Raises PydanticCustomError where it is none."""
    try:
        if isinstance(text, str) and _DAY.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise PydanticCustomError("day", "expected a day as 2021-10-28")


def moment(text: Any) -> datetime:
    """The moment in UTC that `text` writes. Raises PydanticCustomError where it is none."""
    parts = _RFC_3339.fullmatch(text) if isinstance(text, str) else None
    if parts is None:
        raise PydanticCustomError("moment", "expected a date and time with its offset")
    on, time, second, fraction, offset = parts.groups()
    leap = second == "60"  # a minute's 61st second, which datetime does not know: the last one it does
    written = f"{on}T{time}:{'59' if leap else second}.{(fraction or '0')[:6]:0<6}"
    try:
        found = datetime.fromisoformat(written + ("+00:00" if offset in "Zz" else offset))
    except ValueError:
        raise PydanticCustomError("moment", "expected a date and time with its offset") from None
    try:
        return found.astimezone(UTC)
    except OverflowError:
        return FIRST if found.year < 5000 else LAST


Moment = Annotated[
    datetime, BeforeValidator(moment), WithJsonSchema({"type": "string", "format": "date-time"})
]
Day = Annotated[date, BeforeValidator(day), WithJsonSchema({"type": "string", "format": "date"})]
"""A day in a request."""
