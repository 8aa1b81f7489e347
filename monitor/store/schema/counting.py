"""Counts by series and time, and who was reading when: see `store.rollups` and `store.polls`."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Boolean, Column, ForeignKey, Index, Integer, Table, text

from monitor.store.schema.columns import Id, String, UtcDateTime, metadata

counted = Table(  # what each story and voice adds to the counts, and added before: see `store.rollups`
    "counted",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("story_id", Id, ForeignKey("stories.id"), nullable=False),
    Column("voice", String(200), nullable=False),
    Column("entries", JSON, nullable=False),  # series -> cell, article, whether negative, weight
    Column("fresh", Boolean, nullable=False),  # an article came or was judged, nobody changed anything
    Column("since", UtcDateTime, nullable=False),
    Column("superseded_at", UtcDateTime),  # none while it counts
    Index(
        "uq_counted_current",
        "story_id",
        "voice",
        unique=True,
        sqlite_where=text("superseded_at IS NULL"),
        postgresql_where=text("superseded_at IS NULL"),
    ),
    Index(None, "since"),
    Index(  # of those alone that ceased: else SQLite takes it for what counts now, and reads all of it
        None,
        "superseded_at",
        sqlite_where=text("superseded_at IS NOT NULL"),
        postgresql_where=text("superseded_at IS NOT NULL"),
    ),
)

fine_cells = Table(  # counts of the last days, by series and five minutes: see `detection.rollups`
    "fine_cells",
    metadata,
    Column("series", String(420), primary_key=True),
    Column("cell", Integer, primary_key=True),
    Column("voices", Integer, nullable=False),
    Column("negative", Integer, nullable=False),  # of them
    Column("weight", BigInteger, nullable=False),  # millionths
    Index(None, "cell"),
    sqlite_with_rowid=False,
)

hour_cells = Table(  # the same by hour, for ever
    "hour_cells",
    metadata,
    Column("series", String(420), primary_key=True),
    Column("cell", Integer, primary_key=True),
    Column("voices", Integer, nullable=False),
    Column("negative", Integer, nullable=False),
    Column("weight", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

polls = Table(  # who was reading when
    "polls",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("source", String(200), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("read", Boolean, nullable=False),  # it answered
    Column("new", Integer, nullable=False),  # articles stored of it
    Column("held", Boolean, nullable=False, default=False),  # no poll: of an archive, held as read
    Index(None, "at"),
)
