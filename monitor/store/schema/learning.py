"""How models come about and follow one another: data, versions, trainings, and two versions compared."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, Float, ForeignKey, Index, Integer, Table, text

from monitor.store.schema.columns import Id, MessageText, String, Text, UtcDateTime, metadata

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
