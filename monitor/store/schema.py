"""Tables, in one place. Migrations under ``migrations/`` build the same; a test compares them.

Times are stored as UTC, for people: whatever waits, waits on the store's clock, in its seconds
(`monitor.store.clock`). JSON columns hold plain JSON values. `predictions.current` marks the
one prediction per article that serves. `articles.sentiment` and `article_topics` hold what
counts, pages and trends read: the analyst's label of the article's text where there is one, else the
current prediction; `company_sentiments` holds the same towards each company that an article mentions.
`predictions.settle` is the one place that writes them, and the sentiment's copy in `stories`.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    TypeDecorator,
    UniqueConstraint,
    text,
)
from sqlalchemy import String as SqlString
from sqlalchemy import Text as SqlText
from sqlalchemy.engine import Dialect

from monitor.messages import Message

UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
"""What PostgreSQL's text cannot hold: NUL, and surrogates that are half of no character."""


def storable(value: str) -> str:
    """`value` with each character that a database cannot hold replaced by U+FFFD."""
    return UNSTORABLE.sub("\ufffd", value)


class String(TypeDecorator[str]):
    """Bounded text; see `storable`."""

    impl = SqlString
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else storable(value)


class Text(TypeDecorator[str]):
    """Unbounded text; see `storable`."""

    impl = SqlText
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else storable(value)


class MessageText(TypeDecorator[str]):
    """A sentence that keeps its key and values, so that every reader has it in their own language;
    any other text as it is. See `Message.encoded`."""

    impl = SqlText
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        if value is None:
            return None
        return storable(value.encoded() if isinstance(value, Message) else str(value))

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else Message.decoded(value)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC datetime: `timestamptz` on PostgreSQL, ISO text without zone on SQLite."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive datetime {value!r}: times in the store are aware and UTC")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite counts rows up by itself only on a column of type INTEGER.
Id = BigInteger().with_variant(Integer(), "sqlite")

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
)

failing = Table(  # notifiers, strategies and detectors that fail now; sources have a table of their own
    "failing",
    metadata,
    Column("group", String(20), primary_key=True),
    Column("name", String(200), primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("error", MessageText, nullable=False),
    Column("failed_at", UtcDateTime, nullable=False),
)

stories = Table(
    "stories",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("first_seen_at", UtcDateTime, nullable=False),
    Column("last_seen_at", UtcDateTime, nullable=False),
    Column("reach", Integer, nullable=False),  # articles telling it
    Column("voices", Integer, nullable=False),  # distinct sources telling it; both 0 until `join`
    # Of the first article, which the story counts as. Copied here, so that counts over weeks read
    # this narrow table alone. No foreign key: articles refer to stories already.
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
    Column("story_id", Id, ForeignKey("stories.id"), nullable=False),  # of its first article
    Column("u", Float, nullable=False),  # the audit's coin, in [0, 1)
    Column("share", Float, nullable=False),  # in force when it was tossed
    Column("audited", Boolean, nullable=False),  # u < share
    Column("purpose", String(16), nullable=False),  # what an audit of it serves, for good
    Column("twice", Boolean, nullable=False),  # an audit of it is read by two analysts
    Column("place", Float, nullable=False),  # among the audits, in [0, 1)
    Column("explored", Boolean, nullable=False),  # asked about although the model is sure
    Column("explore_share", Float, nullable=False),  # in force when that was drawn
    Column("sample", Boolean, nullable=False),
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

shares = Table(  # the share of texts that is audited, whenever it changed: see `store.shares`
    "shares",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("at", UtcDateTime, nullable=False),
    Column("share", Float, nullable=False),
    Column("until", UtcDateTime),  # a raise ends by itself
    Column("reason", MessageText, nullable=False),
)

articles = Table(
    "articles",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("text_id", Id, ForeignKey("texts.id"), nullable=False),  # its text as it reads now
    Column("source", String(200), nullable=False),
    Column("identity_key", String(64), nullable=False),
    Column("content_hash", String(64), nullable=False),
    Column("story_id", Id, ForeignKey("stories.id"), nullable=False),
    Column("title", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("content", Text, nullable=False),
    Column("search_text", Text, nullable=False),  # `search.index_text(content)`
    Column("url", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("language", String(16), nullable=False),
    Column("published_at", UtcDateTime, nullable=False),
    Column("published_day", String(10), nullable=False, default=""),  # ISO 8601, where no time is stated
    Column("first_seen_at", UtcDateTime, nullable=False),
    Column("sample", Boolean, nullable=False, default=False),
    Column("revision", Integer, nullable=False, default=0),
    Column("pending", Boolean, nullable=False, default=True),  # awaits classification
    Column("attempts", Integer, nullable=False, default=0),  # failed classifications
    Column("quarantine", MessageText, nullable=False, default=""),  # why it is not classified any more
    Column("sentiment", String(16), nullable=False, default=""),  # label, else prediction, else ""
    Column("confidence", Float, nullable=False, default=0.0),  # in `sentiment`; 1 for a label
    Column("negative", Integer, nullable=False, default=0),  # millionths: the probability that it is
    Column("cell", Integer, nullable=False, default=0),  # five minutes that it counts in: `detection.cells`
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
)

story_bands = Table(  # MinHash bands of recent articles: equal band = candidate near-duplicate
    "story_bands",
    metadata,
    Column("band", String(40), primary_key=True),
    Column("article_id", Id, ForeignKey("articles.id"), primary_key=True),
    Column("seen_at", UtcDateTime, nullable=False),
    Index(None, "seen_at"),
    Index(None, "article_id"),
)

signatures = Table(  # the MinHash signature a band match is verified with
    "signatures",
    metadata,
    Column("article_id", Id, ForeignKey("articles.id"), primary_key=True),
    Column("signature", JSON, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
)

mentions = Table(
    "mentions",
    metadata,
    Column("article_id", Id, ForeignKey("articles.id"), primary_key=True),
    Column("company_id", String(100), primary_key=True),
    Column("start", Integer, primary_key=True),
    Column("end", Integer, nullable=False),
    Column("alias", Text, nullable=False),
    Index(None, "company_id"),
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

counted = Table(  # what each story and voice adds to the counts, and added before: see `store.rollups`
    "counted",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("story_id", Id, ForeignKey("stories.id"), nullable=False),
    Column("voice", String(200), nullable=False),
    Column("entries", JSON, nullable=False),  # series -> cell, article, whether negative, weight
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
    Index(None, "cell"),
    sqlite_with_rowid=False,
)

late_cells = Table(  # what came so late that its hour had been tested: it is tested once more
    "late_cells",
    metadata,
    Column("series", String(420), primary_key=True),
    Column("cell", Integer, primary_key=True),  # an hour
)

polls = Table(  # who was reading when
    "polls",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("source", String(200), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("read", Boolean, nullable=False),  # it answered
    Column("new", Integer, nullable=False),  # articles stored of it
    Index(None, "at"),
)

predictions = Table(
    "predictions",
    metadata,
    Column("article_id", Id, ForeignKey("articles.id"), primary_key=True),
    Column("model", String(100), primary_key=True),
    Column("sentiment", JSON, nullable=False),
    Column("topics", JSON, nullable=False),
    Column("companies", JSON, nullable=False),  # company id -> sentiment towards it
    Column("chosen", JSON, nullable=False),  # names of the topics above the threshold
    Column("label", String(16), nullable=False),
    Column("confidence", Float, nullable=False),
    Column("temperature", Float, nullable=False, default=1.0),  # that `sentiment` was softened by
    Column("unsupported", MessageText, nullable=False, default=""),
    Column("route", String(16), nullable=False),
    Column("reason", MessageText, nullable=False),
    Column("current", Boolean, nullable=False, default=True),
    Column("created_at", UtcDateTime, nullable=False),
    Index(
        "uq_predictions_current",
        "article_id",
        unique=True,
        sqlite_where=text("current = 1"),
        postgresql_where=text("current"),
    ),
)

vectors = Table(  # what models read their judgements from; see `store.vectors`
    "vectors",
    metadata,
    Column("model", String(100), primary_key=True),
    Column("article_id", Id, ForeignKey("articles.id"), primary_key=True),
    Column("seconds", Float, nullable=False),  # when it was kept, on the store's clock
    Column("data", LargeBinary, nullable=False),  # 16-bit floats, little-endian
    Index(None, "seconds"),
)

measurements = Table(  # what was measured of the model that serves; see `store.measurements`
    "measurements",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("at", UtcDateTime, nullable=False),
    Column("seconds", Float, nullable=False),  # the look, on the store's clock
    Column("model", String(100), nullable=False),
    Column("kind", String(16), nullable=False),  # label | covariate | live | savings | hint
    Column("scope", String(300), nullable=False),  # all, language:zh, source:NAME
    Column("fired", Boolean, nullable=False),
    Column("values", JSON, nullable=False),
    Index(None, "kind", "seconds"),
)

article_topics = Table(  # chosen topics of the current prediction (or label)
    "article_topics",
    metadata,
    Column("article_id", Id, ForeignKey("articles.id"), primary_key=True),
    Column("topic", String(100), primary_key=True),
    Index(None, "topic"),
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

snapshots = Table(
    "snapshots",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("created_at", UtcDateTime, nullable=False),
    Column("counts", JSON, nullable=False),
    Column("label_ids", JSON, nullable=False),
)

models = Table(
    "models",
    metadata,
    Column("id", String(100), primary_key=True),
    Column("kind", String(100), nullable=False),
    Column("path", Text, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("state", String(16), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("promoted_at", UtcDateTime),
    Column("parent", String(100), nullable=False, default=""),
    Column("snapshot", String(64), nullable=False, default=""),
    Column("seconds", Float, nullable=False, default=0.0),  # when it was made, on the store's clock
    Column("last_label", Id, nullable=False, default=0),  # the newest answer there was then
    Column("shadow_hours", Float, nullable=False, default=0.0),  # that it judges beside the champion first
    Column("metrics", JSON, nullable=False),
    Column("certificate", JSON(none_as_null=True)),  # how it stands: see `evaluation.standing`
    Column("reason", MessageText, nullable=False, default=""),
    Index(
        "uq_models_champion",
        "state",
        unique=True,
        sqlite_where=text("state = 'champion'"),
        postgresql_where=text("state = 'champion'"),
    ),
)

model_events = Table(  # what happened to a version, and whose doing it was; rows are added, never changed
    "model_events",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("model_id", String(100), ForeignKey("models.id"), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("user", String(200), nullable=False),
    Column("event", String(16), nullable=False),  # gated | promoted | refused | retired | rolled_back
    Column("reason", MessageText, nullable=False),
    Column("data", String(64), nullable=False, default=""),  # the snapshot it was decided on
    Index(None, "model_id"),
)

trainings = Table(  # one row each, whoever asked and wherever it runs; see `monitor.store.trainings`
    "trainings",
    metadata,
    Column("id", String(40), primary_key=True),  # of the version that it makes, too
    Column("asked_at", UtcDateTime, nullable=False),
    Column("asked", Float, nullable=False),  # likewise, on the store's clock
    Column("asked_by", String(200), nullable=False),
    Column("address", String(200), nullable=False, default=""),  # where from
    Column("via", String(16), nullable=False),  # cli | api | dashboard | schedule
    Column("trigger", String(16), nullable=False),  # labels | cron | drift | person
    Column("why", MessageText, nullable=False),
    Column("options", JSON, nullable=False),  # the classifier's, beside its settings
    Column("files", Boolean, nullable=False, default=False),  # its folder holds texts of files, too
    Column("state", String(16), nullable=False),
    # Of the queued, running and cancelling there is one: true there, null elsewhere.
    Column("active", Boolean, unique=True),
    Column("stage", MessageText, nullable=False, default=""),
    Column("done", Float, nullable=False, default=0.0),
    Column("total", Float, nullable=False, default=0.0),  # 0 where unknown
    Column("minutes_left", Float),  # of this stage
    Column("holder", String(200), nullable=False, default=""),  # the process that runs it
    Column("attempts", Integer, nullable=False, default=0),  # how often one began; fences the one before
    Column("started_at", UtcDateTime),
    Column("reported_at", UtcDateTime),
    Column("ended_at", UtcDateTime),
    Column("snapshot", String(64), nullable=False, default=""),  # frozen in its folder
    Column("parent", String(100), nullable=False, default=""),  # the version it starts from
    Column("model", String(100), nullable=False, default=""),  # the version it made
    Column("verdict", String(16), nullable=False, default=""),  # promoted | refused | challenger
    Column("outcome", MessageText, nullable=False, default=""),
    Index(None, "asked"),
    Index(None, "holder"),
)

duels = Table(  # two models on the texts on which they disagree; see `monitor.store.duels`
    "duels",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("champion", String(100), ForeignKey("models.id"), nullable=False),
    Column("challenger", String(100), ForeignKey("models.id"), nullable=False),
    Column("judgement", String(16), nullable=False),  # sentiment | topic | company
    Column("texts", Integer, nullable=False),  # that both judged, one of each story
    Column("disagreements", Integer, nullable=False),  # on how many of these they disagree
    Column("level", Float, nullable=False),
    Column("max_drop", Float, nullable=False),
    Column("most", Integer, nullable=False),  # labels
    Column("running", Boolean, unique=True),  # true of the one that runs, null of those that ended
    Column("verdict", String(16), nullable=False, default=""),  # how it ended; "" while it runs
    Column("reason", MessageText, nullable=False, default=""),
    Column("standing", JSON, nullable=False),  # after the last label: see `evaluation.duel.Standing`
    Column("started_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    Index(None, "challenger"),
)

shadows = Table(  # a version that judges beside the champion before it serves; see `monitor.store.shadows`
    "shadows",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("champion", String(100), ForeignKey("models.id"), nullable=False),
    Column("challenger", String(100), ForeignKey("models.id"), nullable=False),
    Column("reason", MessageText, nullable=False),  # why it is to serve
    Column("hours", Float, nullable=False),
    Column("began", Float, nullable=False),  # on the store's clock
    Column("after", Id, nullable=False),  # it judges articles with ids over this
    Column("failed", JSON, nullable=False),  # ids of those that it could not judge
    Column("running", Boolean, unique=True),  # true of the one that runs, null of those that ended
    Column("verdict", String(16), nullable=False, default=""),  # how it ended; "" while it runs
    Column("outcome", MessageText, nullable=False, default=""),
    Column("seen", JSON, nullable=False),  # at the last look: see `evaluation.shadow.told`
    Column("started_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    Index(None, "challenger"),
)

duel_texts = Table(  # what a duel asks about, in the order that was drawn
    "duel_texts",
    metadata,
    Column("duel_id", Id, ForeignKey("duels.id"), primary_key=True),
    Column("place", Integer, primary_key=True),
    Column("article_id", Id, ForeignKey("articles.id"), nullable=False),
    Column("champion", String(100), nullable=False),  # what it says
    Column("challenger", String(100), nullable=False),
    Column("company", String(100), nullable=False, default=""),  # which one it is about
    Column("task_id", Id, ForeignKey("tasks.id"), unique=True),  # null until it is asked
)

alerts = Table(
    "alerts",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("rule", String(200), nullable=False),
    Column("scope_kind", String(16), nullable=False),
    Column("scope_name", String(200), nullable=False),
    Column("state", String(16), nullable=False),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("start_at", UtcDateTime, nullable=False),
    Column("end_at", UtcDateTime, nullable=False),
    Column("observed", Integer, nullable=False),
    Column("expected", Float, nullable=False),
    Column("p_value", Float, nullable=False),
    Column("acknowledged_by", String(200), nullable=False, default=""),
    Column("resolved_at", UtcDateTime),
    Column("resolved_by", String(200), nullable=False, default=""),
    Column("quiet_windows", Integer, nullable=False, default=0),
    Column("notified_at", UtcDateTime),
    Column("notified_observed", Integer, nullable=False, default=0),
    Index(
        "uq_alerts_open",
        "rule",
        "scope_kind",
        "scope_name",
        unique=True,
        sqlite_where=text("state <> 'resolved'"),
        postgresql_where=text("state <> 'resolved'"),
    ),
    Index(None, "state", "opened_at"),
    Index(None, "opened_at"),
)

alert_articles = Table(
    "alert_articles",
    metadata,
    Column("alert_id", String(40), ForeignKey("alerts.id"), primary_key=True),
    Column("article_id", Id, ForeignKey("articles.id"), primary_key=True),
)

alert_events = Table(  # what happened to an alert, and who did it
    "alert_events",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("alert_id", String(40), ForeignKey("alerts.id"), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("user", String(200), nullable=False),
    Column("event", String(40), nullable=False),
    Column("note", MessageText, nullable=False),
    Index(None, "alert_id"),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("alert_id", String(40), ForeignKey("alerts.id"), nullable=False),
    Column("notifier", String(200), nullable=False),
    Column("place", Integer, nullable=False),  # among those of this alert for this notifier: their order
    Column("event", String(16), nullable=False),
    Column("payload", JSON, nullable=False),
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("next_attempt", Float, nullable=False),  # on the store's clock
    Column("created", Float, nullable=False),  # likewise: what its age is measured by
    Column("claimed_by", String(200), nullable=False, default=""),  # the process that sends it
    Column("created_at", UtcDateTime, nullable=False),
    Column("delivered_at", UtcDateTime),
    Column("last_error", MessageText, nullable=False, default=""),
    UniqueConstraint("alert_id", "notifier", "place"),
    Index(None, "state", "next_attempt"),
    Index(None, "claimed_by"),
)

clock = Table(  # the store's own clock; see `monitor.store.clock`
    "clock",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),  # 1: there is one
    Column("seconds", Float, nullable=False),
    Column("beats", BigInteger, nullable=False),
    Column("holder", String(200), nullable=False),  # the process that drives it, "" where none does
    Column("token", BigInteger, nullable=False),  # grows with every driver: fencing
    Column("wall_at", UtcDateTime, nullable=False),  # what the driver's wall clock said last
)

clock_steps = Table(  # a wall clock was set
    "clock_steps",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("seconds", Float, nullable=False),  # when, on the store's clock
    Column("host", String(200), nullable=False),
    Column("by", Float, nullable=False),  # seconds; back: negative
    Column("wall_at", UtcDateTime, nullable=False),  # what it says since
)

processes = Table(  # who is at work; see `monitor.store.processes`
    "processes",
    metadata,
    Column("holder", String(200), primary_key=True),
    Column("host", String(200), nullable=False),
    Column("role", String(40), nullable=False),
    Column("machine", String(200), nullable=False),
    Column("pid", BigInteger, nullable=False),
    Column("pid_started", BigInteger, nullable=False),
    Column("beats", BigInteger, nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("wall_at", UtcDateTime, nullable=False),
)

leases = Table(
    "leases",
    metadata,
    Column("name", String(100), primary_key=True),
    Column("holder", String(200), nullable=False),
    Column("token", BigInteger, nullable=False),  # grows with every new holder: fencing
)

runs = Table(
    "runs",
    metadata,
    Column("job", String(100), primary_key=True),
    Column("slot", BigInteger, primary_key=True, autoincrement=False),  # the job's next number
    Column("state", String(16), nullable=False),  # running | done | failed | missed
    Column("holder", String(200), nullable=False),
    Column("started_at", UtcDateTime),
    Column("finished_at", UtcDateTime),
    Column("seconds", Float, nullable=False),  # when it began, on the store's clock
    Column("served", String(40), nullable=False, default=""),  # the timetable's time it ran for
    Column("detail", MessageText, nullable=False, default=""),
    Index(None, "seconds"),
    Index(None, "holder"),
)

users = Table(
    "users",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("name", String(200), nullable=False, unique=True),
    Column("password_hash", Text, nullable=False),
    Column("role", String(16), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("disabled", Boolean, nullable=False, default=False),
    Column("languages", JSON, nullable=False, default=list),  # what they are asked about; [] for all
    Column("topics", JSON, nullable=False, default=list),  # what they are asked about first
)

tokens = Table(  # sessions, API tokens and one-time links; only the SHA-256 of the secret is kept
    "tokens",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("kind", String(16), nullable=False),  # session | api | setup
    Column("user_id", Id, ForeignKey("users.id")),
    Column("name", String(200), nullable=False, default=""),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime),
    Column("used_at", UtcDateTime),  # to the hour: a write for every request would be too many
    Index(None, "user_id"),
)

audit = Table(  # a chain: see `store.audit`
    "audit",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),  # 1, 2, 3 ...: a gap shows
    Column("at", UtcDateTime, nullable=False),
    Column("user", String(200), nullable=False),
    Column("action", String(100), nullable=False),
    Column("target", Text, nullable=False),
    Column("detail", JSON, nullable=False),
    Column("address", String(200), nullable=False),  # where from
    Column("sealed_by", String(16), nullable=False),  # which key
    Column("previous", String(64), nullable=False, unique=True),  # the seal before; nothing else follows it
    Column("seal", String(64), nullable=False),
    Index(None, "at"),
    Index(None, "user", "action", "at"),
)
