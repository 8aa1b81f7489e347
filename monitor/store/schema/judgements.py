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
