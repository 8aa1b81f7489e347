"""What analysts are asked, and what they say: of texts, of articles and to each other."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    Table,
    UniqueConstraint,
    text,
)

from monitor.store.schema.columns import Id, MessageText, String, Text, UtcDateTime, metadata

shares = Table(  # the share of texts that is audited, whenever it changed: see `store.shares`
    "shares",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("at", UtcDateTime, nullable=False),
    Column("share", Float, nullable=False),
    Column("until", UtcDateTime),  # a raise ends by itself
    Column("reason", MessageText, nullable=False),
)

ASKED_ONCE = "lane IN ('review', 'audit', 'explore')"
"""The lanes that ask about a text once, all together."""

tasks = Table(
    "tasks",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("text_id", Id, ForeignKey("texts.id"), nullable=False),  # what is asked about
    Column("article_id", Id, ForeignKey("articles.id"), nullable=False),  # what is shown of it
    Column("lane", String(16), nullable=False),
    Column("inclusion", Float),  # the probability it was drawn with; none where it was picked
    Column("reason", MessageText, nullable=False),
    Column("priority", Float, nullable=False),
    Column("state", String(16), nullable=False),
    Column("blind", Boolean, nullable=False, default=False),  # travels without its suggestion, always
    Column("wanted", Integer, nullable=False, default=1),  # standing answers that close it
    Column("created_at", UtcDateTime, nullable=False),
    Column("closed_at", UtcDateTime),
    Index(
        "uq_tasks_text",  # a text is asked about once; a duel and a correction ask for themselves
        "text_id",
        unique=True,
        sqlite_where=text(ASKED_ONCE),
        postgresql_where=text(ASKED_ONCE),
    ),
    Index(None, "text_id", "lane"),
    Index(None, "article_id"),
    Index(None, "state", "lane", "priority"),
)

claims = Table(  # who has which task on the screen
    "claims",
    metadata,
    Column("task_id", Id, ForeignKey("tasks.id"), primary_key=True),
    Column("user", String(200), primary_key=True),
    Column("claimed_at", UtcDateTime, nullable=False),
    Column("until", Float, nullable=False),  # on the store's clock; free for others from then on
    Column("blind", Boolean, nullable=False),  # it is sent to this analyst without its suggestion
    Column("suggested", Boolean, nullable=False),  # it was sent with it before, which blind cannot undo
    Column("place", BigInteger, nullable=False),  # among what was handed to this analyst: their order
    Index(None, "user"),
)

handed = Table(  # how many tasks an analyst was handed: what the share of blind ones is kept by
    "handed",
    metadata,
    Column("user", String(200), primary_key=True),
    Column("tasks", BigInteger, nullable=False),
)

answers = Table(  # what analysts said of tasks: a label, or that they leave it
    "answers",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("task_id", Id, ForeignKey("tasks.id"), nullable=False),
    Column("text_id", Id, ForeignKey("texts.id"), nullable=False),  # what was judged
    Column("article_id", Id, ForeignKey("articles.id"), nullable=False),  # what was shown of it
    Column("user", String(200), nullable=False),
    Column("outcome", String(16), nullable=False),  # label | skip
    Column("sentiment", String(16), nullable=False, default=""),  # "" of a skip
    Column("topics", JSON(none_as_null=True)),
    Column("companies", JSON, nullable=False),  # company id -> sentiment towards it, where judged
    Column("suggested", Boolean, nullable=False, default=False),  # the model's opinion was in view
    Column("seconds", Float),  # the article was in view, where it is known
    Column("gold", Boolean, nullable=False, default=False),  # decided between readings that differ
    Column("guideline", Integer, nullable=False, default=0),  # the version that was in force; 0: none
    Column("note", Text, nullable=False, default=""),  # why, in the analyst's words
    Column("key", String(100)),  # the sender's, so that what is sent again is answered once
    Column("created_at", UtcDateTime, nullable=False),
    Column("withdrawn_at", UtcDateTime),  # undo keeps the row
    Column("withdrawn_key", String(100)),
    Index(
        "uq_answers_standing",
        "task_id",
        "user",
        unique=True,
        sqlite_where=text("withdrawn_at IS NULL"),
        postgresql_where=text("withdrawn_at IS NULL"),
    ),
    UniqueConstraint("user", "key"),
    UniqueConstraint("user", "withdrawn_key"),
    Index(None, "article_id"),
    Index(None, "text_id"),
    Index(None, "user", "id"),
)

feedback = Table(  # what people say is wrong with an article beside its judgement
    "feedback",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("article_id", Id, ForeignKey("articles.id"), nullable=False),
    Column("text_id", Id, ForeignKey("texts.id"), nullable=False),
    Column("user", String(200), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("note", Text, nullable=False, default=""),
    Column("created_at", UtcDateTime, nullable=False),
    Column("closed_at", UtcDateTime),
    Column("closed_by", String(200), nullable=False, default=""),
    UniqueConstraint("text_id", "user", "kind"),
    Index(None, "created_at"),
)

guidelines = Table(  # how texts are labelled: every version there was
    "guidelines",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),  # 1, 2, 3 ...
    Column("at", UtcDateTime, nullable=False),
    Column("user", String(200), nullable=False),
    Column("text", Text, nullable=False),
    Column("examples", JSON, nullable=False),  # of a label, the text, why: see `store.guidelines`
)

doubts = Table(  # analysts whose labels wait, and how that ended
    "doubts",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("user", String(200), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("labels", Integer, nullable=False),  # that were read twice
    Column("blame", Float, nullable=False),
    Column("ceiling", Float, nullable=False),
    Column("evidence", Float, nullable=False),
    Column("settled", Boolean, nullable=False, default=False),  # articles say what counts since
    Column("ended_at", UtcDateTime),
    Column("ended_by", String(200), nullable=False, default=""),
    Column("kept", Boolean, nullable=False, default=False),
    Column("reason", Text, nullable=False, default=""),
    Column("upto", Id, nullable=False, default=0),  # the analyst's newest answer when it ended
    Column("withdrawn", JSON, nullable=False, default=list),  # the answers that were taken back
    Index(
        "uq_doubts_open",
        "user",
        unique=True,
        sqlite_where=text("ended_at IS NULL"),
        postgresql_where=text("ended_at IS NULL"),
    ),
)

comments = Table(  # what people say to each other about an article
    "comments",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("article_id", Id, ForeignKey("articles.id"), nullable=False),
    Column("user", String(200), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("text", Text, nullable=False),
    Column("removed_at", UtcDateTime),
    Index(None, "article_id"),
)
