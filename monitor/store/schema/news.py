"""What was published: sources, articles with what they said before, and the companies they name.

`articles.sentiment` and `article_topics` hold what counts, pages and trends read: the analyst's label of
the article's text where there is one, else the current prediction; `company_sentiments` holds the same
towards each company that an article mentions. `predictions.settle` is the one place that writes them,
and the sentiment's copy in `stories`.
"""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, Float, ForeignKey, Index, Integer, Table, UniqueConstraint, text

from monitor.store.schema.columns import Id, MessageText, String, Text, UtcDateTime, metadata

sources = Table(
    "sources",
    metadata,
    Column("name", String(200), primary_key=True),
    Column("state", JSON, nullable=False),
    Column("warnings", JSON, nullable=False),
    Column("last_polled_at", UtcDateTime),
    Column("last_success_at", UtcDateTime),
    Column("first_read_at", UtcDateTime),  # when it first answered
    Column("polled", Float, nullable=False, default=0.0),  # the last poll, on the store's clock
    Column("next_poll", Float, nullable=False, default=0.0),  # likewise
    Column("consecutive_failures", Integer, nullable=False, default=0),
    Column("last_error", MessageText, nullable=False, default=""),
    Column("malformed", Integer, nullable=False, default=0),  # items of the last poll left out
    Column("pace", String(16), nullable=False),  # quick | late | hung: how the last fetch went
    Column("asked", Boolean, nullable=False, default=False),  # to be polled now, by whoever polls it
)

articles = Table(
    "articles",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("text_id", Id, ForeignKey("texts.id"), nullable=False),  # its text as it reads now
    Column("source", String(200), nullable=False),
    Column("identity_key", String(64), nullable=False),
    Column("content_hash", String(64), nullable=False),
    Column("story_id", Id, ForeignKey("stories.id"), nullable=False),  # now; see `memberships`
    Column(
        "block_id", Id, ForeignKey("stories.id"), nullable=False
    ),  # the story of its text as it came, for good
    Column("title", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("content", Text, nullable=False),
    Column("search_text", Text, nullable=False),  # `search.index_text(content)`
    Column("url", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("publisher", Text, nullable=False),
    Column("language", String(16), nullable=False),
    Column("published_at", UtcDateTime, nullable=False),
    Column("published_day", String(10), nullable=False, default=""),  # ISO 8601, where no time is stated
    Column("first_seen_at", UtcDateTime, nullable=False),
    Column("sample", Boolean, nullable=False, default=False),
    Column("history", Boolean, nullable=False, default=False),  # brought from an archive
    Column("backlog", Boolean, nullable=False, default=False),  # came with what had piled up
    Column("revision", Integer, nullable=False, default=0),
    Column("pending", Boolean, nullable=False, default=True),  # awaits classification
    Column("attempts", Integer, nullable=False, default=0),  # failed classifications
    Column("quarantine", MessageText, nullable=False, default=""),  # why it is not classified any more
    Column("sentiment", String(16), nullable=False, default=""),  # label, else prediction, else ""
    Column("confidence", Float, nullable=False, default=0.0),  # in `sentiment`; 1 for a label
    Column("negative", Integer, nullable=False, default=0),  # millionths: the probability that it is
    Column("cell", Integer, nullable=False, default=0),  # five minutes that it counts in: `detection.cells`
    Column("body_removed_at", UtcDateTime),  # its text was, which is empty since: see `store.expired`
    UniqueConstraint("source", "identity_key"),
    Index(
        "ix_articles_pending",
        "attempts",
        "id",
        sqlite_where=text("pending = 1"),
        postgresql_where=text("pending"),
    ),
    Index(None, "source", "content_hash"),
    Index(None, "text_id"),
    Index(None, "first_seen_at"),
    Index(  # what may still be removed, oldest first
        "ix_articles_bodies",
        "first_seen_at",
        sqlite_where=text("body_removed_at IS NULL AND text <> ''"),
        postgresql_where=text("body_removed_at IS NULL AND text <> ''"),
    ),
    Index(None, "published_at"),
    Index(None, "story_id"),
    Index(None, "cell", "sentiment"),
)

revisions = Table(  # what an article said before the source changed it
    "revisions",
    metadata,
    Column("article_id", Id, ForeignKey("articles.id"), primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("text_id", Id, ForeignKey("texts.id"), nullable=False),
    Column("title", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("content_hash", String(64), nullable=False),
    Column("replaced_at", UtcDateTime, nullable=False),
    Column("body_removed_at", UtcDateTime),
    Index(
        "ix_revisions_bodies",
        "replaced_at",
        sqlite_where=text("body_removed_at IS NULL"),
        postgresql_where=text("body_removed_at IS NULL"),
    ),
)

mentions = Table(
    "mentions",
    metadata,
    Column("article_id", Id, ForeignKey("articles.id"), primary_key=True),
    Column("company_id", String(100), primary_key=True),
    Column("start", Integer, primary_key=True),
    Column("end", Integer, nullable=False),
    Column("alias", Text, nullable=False),
    Column("role", String(16), nullable=False),
    Column("found_at", UtcDateTime, nullable=False),
    Index(None, "company_id"),
)

past_mentions = Table(  # what `mentions` held from `found_at` until `superseded_at`
    "past_mentions",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("article_id", Id, ForeignKey("articles.id"), nullable=False),
    Column("company_id", String(100), nullable=False),
    Column("start", Integer, nullable=False),
    Column("end", Integer, nullable=False),
    Column("alias", Text, nullable=False),
    Column("role", String(16), nullable=False),
    Column("found_at", UtcDateTime, nullable=False),
    Column("superseded_at", UtcDateTime, nullable=False),
    Index(None, "article_id"),
)

aliases = Table(  # the names of the watch list; those of today have no `superseded_at`
    "aliases",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("company_id", String(100), nullable=False),
    Column("place", Integer, nullable=False),  # among the company's names; 0: the one it is shown by
    Column("name", Text, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("valid_from", String(10), nullable=False),  # a day; "": without beginning
    Column("valid_until", String(10), nullable=False),  # likewise
    Column("added_at", UtcDateTime, nullable=False),
    Column("superseded_at", UtcDateTime),
    Index(
        "ux_aliases_current",
        "company_id",
        "place",
        unique=True,
        sqlite_where=text("superseded_at IS NULL"),
        postgresql_where=text("superseded_at IS NULL"),
    ),
)

company_sentiments = Table(  # towards each company mentioned; no row where nothing is known yet
    "company_sentiments",
    metadata,
    Column("article_id", Id, ForeignKey("articles.id"), primary_key=True),
    Column("company_id", String(100), primary_key=True),
    Column("sentiment", String(16), nullable=False),
    Column("confidence", Float, nullable=False),  # in `sentiment`; 1 for a label
    Column("negative", Integer, nullable=False),  # millionths: the probability that it is
    Index(None, "company_id", "sentiment"),
)

article_topics = Table(  # chosen topics of the current prediction (or label)
    "article_topics",
    metadata,
    Column("article_id", Id, ForeignKey("articles.id"), primary_key=True),
    Column("topic", String(100), primary_key=True),
    Index(None, "topic"),
)
