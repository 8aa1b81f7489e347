"""What several routes take in their paths, queries and headers, with its bounds."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Header, Query
from fastapi import Path as InPath
from pydantic import Field, StringConstraints

from monitor.desk.news import MAX_HOURS
from monitor.web.routes import ONE_OF

MAX_ID = 2**53 - 1  # what every reader of JSON holds exactly (RFC 8259, 6)
TARGET = "^(sentiment(:(negative|neutral|positive))?|topics:.+|company:.+)$"

Id = Annotated[int, InPath(ge=1, le=MAX_ID)]
Name = Annotated[str, InPath(max_length=200)]
Words = Annotated[str, StringConstraints(max_length=500)]
Hours = Annotated[int, Query(ge=1, le=MAX_HOURS)]
TopicName = Annotated[Words, Field(json_schema_extra={ONE_OF: "topics"})]
Target = Annotated[Words, Query(json_schema_extra={"pattern": TARGET})]
Severity = Literal["", "info", "warning", "critical"]
Sentiment = Literal["negative", "neutral", "positive"]
TaskId = Annotated[int, Field(ge=1, le=MAX_ID)]
Key = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        max_length=100,
        pattern=r"^[!-~]*$",
        description="The same key again is the same request again: it is done once, and answered alike.",
    ),
]
