"""What is the same: texts that several articles carry, stories that several articles tell."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Float, ForeignKey, Index, Integer, LargeBinary, Table, text

from monitor.store.schema.columns import Id, String, UtcDateTime, metadata

stories = Table(
    "stories",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("first_seen_at", UtcDateTime, nullable=False),
    Column("last_seen_at", UtcDateTime, nullable=False),
    Column("reach", Integer, nullable=False),  # articles telling it
    Column("voices", Integer, nullable=False),  # distinct voices telling it; both 0 until `join`
    Column("weight", Integer, nullable=False, default=1_000_000),  # what it counts, in millionths
    Column("joined_id", Id),  # the story that it went into, whose articles it has none of any more
    # Of the first article, which leads the story in lists (what counts is in `counted`). No foreign
    # key: articles refer to stories already.
    Column("article_id", Id),
    Column("sample", Boolean, nullable=False, default=False),
    Column("sentiment", String(16), nullable=False, default=""),
    Column("confidence", Float, nullable=False, default=0.0),
    Index(None, "first_seen_at", "sample", "sentiment", "article_id"),
    Index(None, "article_id"),
)

texts = Table(  # distinct texts, whatever number of articles carry them: see `store.texts`
    "texts",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("key", String(64), nullable=False, unique=True),  # `identity.text_key`
    Column(
        "story_id", Id, ForeignKey("stories.id"), nullable=False
    ),  # its block: of its first article when it came, for good
    Column("u", Float, nullable=False),  # the audit's coin, in [0, 1)
    Column("share", Float, nullable=False),  # in force when it was tossed
    Column("audited", Boolean, nullable=False),  # u < share
    Column("purpose", String(16), nullable=False),  # what an audit of it serves, for good
    Column("twice", Boolean, nullable=False),  # an audit of it is read by two analysts
    Column("place", Float, nullable=False),  # among the audits, in [0, 1)
    Column("explored", Boolean, nullable=False),  # asked about although the model is sure
    Column("explore_share", Float, nullable=False),  # in force when that was drawn
    Column("sample", Boolean, nullable=False),  # or of an archive: it measures and teaches nothing
    Column("drawn_at", UtcDateTime, nullable=False),
    Index(
        "ix_texts_audited",
        "drawn_at",
        sqlite_where=text("audited = 1"),
        postgresql_where=text("audited"),
    ),
    Index(None, "story_id"),
    Index(None, "drawn_at"),
)

story_bands = Table(  # MinHash bands of recent articles: equal band = candidate near-duplicate
    "story_bands",
    metadata,
    Column("band", String(40), primary_key=True),
    # In the key before the article, so that the newest of a band are read without the others.
    Column("seen_at", UtcDateTime, primary_key=True),
    Column("article_id", Id, ForeignKey("articles.id"), primary_key=True),
    Index(None, "seen_at"),
    Index(None, "article_id"),
)

signatures = Table(  # the MinHash signature a band match is verified with
    "signatures",
    metadata,
    Column("article_id", Id, ForeignKey("articles.id"), primary_key=True),
    Column("signature", LargeBinary, nullable=False),  # 64-bit numbers, little-endian
    Column("seen_at", UtcDateTime, nullable=False),
)
