"""Which stories articles tell: memberships with their past, what articles are found by, what analysts
parted."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, Table, text

from monitor.store.schema.columns import Id, String, UtcDateTime, metadata

memberships = Table(  # never changed: the next one supersedes it; see `store.memberships`
    "memberships",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("article_id", Id, ForeignKey("articles.id"), nullable=False),
    Column("story_id", Id, ForeignKey("stories.id"), nullable=False),
    Column("voice", String(100), nullable=False),  # `news.stories.voices`
    Column("role", String(16), nullable=False),  # `news.stories.corrections.ROLES`
    Column("since", UtcDateTime, nullable=False),
    Column("superseded_at", UtcDateTime),
    Column("how", String(16), nullable=False),  # arrival | vectors | edit | merge | split
    Column("user", String(200), nullable=False, default=""),  # who merged or split
    Index(
        "uq_memberships_current",
        "article_id",
        unique=True,
        sqlite_where=text("superseded_at IS NULL"),
        postgresql_where=text("superseded_at IS NULL"),
    ),
    Index(None, "article_id"),
    Index(None, "story_id"),
)

story_keys = Table(  # what recent articles are found by: equal key = may tell one development
    "story_keys",
    metadata,
    Column("key", String(100), primary_key=True),
    Column("article_id", Id, ForeignKey("articles.id"), primary_key=True),
    Column("seen_at", UtcDateTime, nullable=False),
    Column("chinese", Boolean, nullable=False),  # the language that its vector is centred on
    Index(None, "key", "seen_at"),
    Index(None, "seen_at"),
    Index(None, "article_id"),
)

gatherings = Table(  # articles whose prediction was settled and that await being joined by vector
    "gatherings",
    metadata,
    Column("article_id", Id, ForeignKey("articles.id"), primary_key=True),
    Column("model", String(100), nullable=False),
)

story_partings = Table(  # pairs of stories that an analyst keeps apart
    "story_partings",
    metadata,
    Column("story_id", Id, ForeignKey("stories.id"), primary_key=True),  # the lower of the two
    Column("other_id", Id, ForeignKey("stories.id"), primary_key=True),
    Column("user", String(200), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Index(None, "other_id"),
)
