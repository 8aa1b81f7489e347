"""What models say of articles. `predictions.current` marks the one prediction per article that serves."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, Float, ForeignKey, Index, Integer, LargeBinary, Table, text

from monitor.store.schema.columns import Id, MessageText, String, UtcDateTime, metadata

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
    Column("created_at", UtcDateTime, nullable=False),  # of an archive: when its article was news
    Column("later_at", UtcDateTime),  # when an archive's article was judged in truth; else none
    Column("superseded_at", UtcDateTime),  # until when it was current; none of what is, or never was
    Index(
        "uq_predictions_current",
        "article_id",
        unique=True,
        sqlite_where=text("current = 1"),
        postgresql_where=text("current"),
    ),
    Index(  # what may be removed when it is old
        "ix_predictions_past",
        "created_at",
        sqlite_where=text("current = 0"),
        postgresql_where=text("NOT current"),
    ),
)

turns = Table(  # when another version began to serve: see `store.turns`
    "turns",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("at", UtcDateTime, nullable=False),
    Column("model", String(100), nullable=False),
    Column("before", String(100), nullable=False),  # that served until then; "": none
    Column("compared", Boolean, nullable=False, default=False),  # all that is to be judged by both was
    Column("anew_at", UtcDateTime),  # when the whole archive had been judged by a version that served since
)

compared = Table(  # what two versions say of a text: probabilities of negative
    "compared",
    metadata,
    Column("turn_id", Id, ForeignKey("turns.id"), primary_key=True),
    Column("text_id", Id, ForeignKey("texts.id"), primary_key=True),
    Column("before", Float, nullable=False),
    Column("after", Float),  # none: the new version cannot judge it
)

ratios = Table(  # what was known of the ratio of two versions, and when: see `detection.turns`
    "ratios",
    metadata,
    Column("turn_id", Id, ForeignKey("turns.id"), primary_key=True),
    Column("since", Integer, primary_key=True),  # five minutes
    Column("ratio", Float, nullable=False),
    Column("variance", Float, nullable=False),
    Column("articles", Integer, nullable=False),
)

reclassifications = Table(  # the archive judged again, one row for each time: see `store.reclassifications`
    "reclassifications",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("model", String(100), ForeignKey("models.id"), nullable=False),  # that judges
    Column(
        "champion", String(100), ForeignKey("models.id"), nullable=False
    ),  # that served when it was asked for
    Column("since", UtcDateTime),  # of articles first seen from then on; none: of all
    Column("source", String(200), nullable=False, default=""),  # of this one; "": of all
    Column("doubtful", Boolean, nullable=False, default=False),  # the least sure first, else the oldest
    Column("newest", Id, nullable=False),  # the last article it is about
    Column("total", Integer, nullable=False),  # articles to judge when it was asked for
    Column("user", String(200), nullable=False),
    Column("asked_at", UtcDateTime, nullable=False),
    Column("state", String(16), nullable=False),  # running | interrupted | done | stopped
    # Of the running ones there is one: true there, null elsewhere.
    Column("active", Boolean, unique=True),
    Column("holder", String(200), nullable=False),  # the process that runs it
    Column("after_at", UtcDateTime),  # the last one it came to: when that was first seen,
    Column("after_sure", Float),  # or how sure was what was said of it,
    Column("after_id", Id, nullable=False, default=0),  # and the article
    Column("judged", Integer, nullable=False, default=0),
    Column("failed", Integer, nullable=False, default=0),  # that the version cannot judge
    Column("passed", Integer, nullable=False, default=0),  # that were judged or edited meanwhile
    Column("withdrawn", Integer, nullable=False, default=0),  # tasks that nobody needs to do any more
    Column("ended_at", UtcDateTime),
    Column("outcome", MessageText, nullable=False, default=""),
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
