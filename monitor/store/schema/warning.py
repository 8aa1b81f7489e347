"""Alerts, what happened to them, and the messages that tell of them."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, Float, ForeignKey, Index, Integer, Table, UniqueConstraint, text

from monitor.store.schema.columns import Id, MessageText, String, Text, UtcDateTime, metadata

alerts = Table(
    "alerts",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("rule", String(200), nullable=False),
    Column("scope_kind", String(16), nullable=False),
    Column("scope_name", String(420), nullable=False),
    Column("state", String(16), nullable=False),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("start_at", UtcDateTime, nullable=False),
    Column("end_at", UtcDateTime, nullable=False),
    Column("last_at", UtcDateTime, nullable=False),
    Column("severity", String(16), nullable=False),
    Column("rule_severity", String(16), nullable=False),
    Column("owner", String(200), nullable=False, default=""),
    Column("voices", Integer, nullable=False),
    Column("observed", Float, nullable=False),
    Column("expected", Float, nullable=False),
    Column("low", Float, nullable=False),
    Column("high", Float, nullable=False),
    Column("p_value", Float),
    Column("score", Float, nullable=False),
    Column("cut", Float, nullable=False),
    Column("checked", Boolean, nullable=False),
    Column("acknowledged_by", String(200), nullable=False, default=""),
    Column("acknowledged_at", UtcDateTime),
    Column("acknowledge_by", UtcDateTime),  # deadlines: see `alerts.deadlines`
    Column("resolve_by", UtcDateTime),
    Column("resolved_at", UtcDateTime),
    Column("resolved_by", String(200), nullable=False, default=""),
    Column("closed", JSON),  # the articles that are known since somebody closed it; none: not walked yet
    Column("causes", JSON),  # what its highest rise hangs on: see `detection.causes`; none: not asked yet
    Column("notified_at", UtcDateTime),
    Column("notified_voices", Integer, nullable=False, default=0),
    Index(None, "state", "opened_at"),
    Index(None, "opened_at"),
)

cuts = Table(  # each rule's cut on its score, from a cell of time on: see `store.walked`
    "cuts",
    metadata,
    Column("rule", String(200), primary_key=True),
    Column("since", Integer, primary_key=True),  # five minutes
    Column("said", JSON, nullable=False),  # the rule as it was then
    Column("value", Float),  # none: nothing opens
    Column("checked", Boolean, nullable=False),
    Column("weeks", Float, nullable=False),
    Column("openings", Integer, nullable=False),
    Column("tests", Integer, nullable=False),  # that were made under it
)

rises = Table(  # series that scored high, by what cuts are found and openings follow
    "rises",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("rule", String(200), nullable=False),
    Column("cell", Integer, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
    Column("series", String(420), nullable=False),
    Column("score", Float, nullable=False),
    Column("stories", JSON, nullable=False),
    Column("articles", JSON, nullable=False),
    Column("voices", Integer, nullable=False),
    Column("observed", Float, nullable=False),
    Column("expected", Float, nullable=False),
    Column("low", Float, nullable=False),
    Column("high", Float, nullable=False),
    Column("hours", Integer, nullable=False),
    Column("late", Integer, nullable=False),  # cells from the window's end to when it was seen
    Index(None, "cell"),
)

looks = Table(  # up to when the watch has looked: one row
    "looks",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
)

silences = Table(  # what people are not told of: see `alerts.silencing`
    "silences",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("rule", String(200), nullable=False),  # "" is any, here and below
    Column("company", String(200), nullable=False),
    Column("topic", String(200), nullable=False),
    Column("severity", String(16), nullable=False),
    Column("begins_at", UtcDateTime, nullable=False),
    Column("ends_at", UtcDateTime, nullable=False),
    Column("until_worse", Boolean, nullable=False),
    Column("user", String(200), nullable=False),
    Column("note", Text, nullable=False),
    Index(None, "ends_at"),
)

alert_articles = Table(
    "alert_articles",
    metadata,
    Column("alert_id", String(40), ForeignKey("alerts.id"), primary_key=True),
    Column("article_id", Id, ForeignKey("articles.id"), primary_key=True),
    Index(None, "article_id"),
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

verdicts = Table(  # what people say of alerts: one stands of each user and alert
    "verdicts",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("alert_id", String(40), ForeignKey("alerts.id"), nullable=False),
    Column("user", String(200), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("note", Text, nullable=False),
    Column("other_id", String(40), nullable=False, default=""),  # the alert that it repeats
    Column("article_id", Id, ForeignKey("articles.id")),  # whose label is wrong
    Column("at", UtcDateTime, nullable=False),
    Column("superseded_at", UtcDateTime),
    Index(None, "alert_id"),
    Index(
        "uq_verdicts_standing",
        "alert_id",
        "user",
        unique=True,
        sqlite_where=text("superseded_at IS NULL"),
        postgresql_where=text("superseded_at IS NULL"),
    ),
)

quotes = Table(  # the sentence of a text that is most probably negative: see `quoting`
    "quotes",
    metadata,
    Column("text_id", Id, ForeignKey("texts.id"), primary_key=True),
    Column("company_id", String(200), primary_key=True),  # towards whom; "": by itself
    Column("start", Integer, nullable=False),  # in the text's content; as `end` where none is
    Column("end", Integer, nullable=False),
    Column("negative", Float, nullable=False),
    Column("model", String(200), nullable=False),
)

hearings = Table(  # what each receiver knows of an alert: see `alerts.hearings`
    "hearings",
    metadata,
    Column("alert_id", String(40), ForeignKey("alerts.id"), primary_key=True),
    Column("receiver", String(200), primary_key=True),
    Column("first_at", UtcDateTime),
    Column("told_at", UtcDateTime),
    Column("voices", Integer, nullable=False),
    Column("level", Integer, nullable=False),
    Column("over", Boolean, nullable=False),
    Column("held_at", UtcDateTime),  # since when something is held back
    Column("held_by", String(300), nullable=False),
    Index(None, "held_at"),
)

rounds = Table(  # when a receiver last got what it gets regularly
    "rounds",
    metadata,
    Column("receiver", String(200), primary_key=True),
    Column("what", String(120), primary_key=True),
    Column("seconds", Float, nullable=False),  # on the store's clock
    Column("served", String(40), nullable=False),  # the timetable's time, as the wall showed it
    Column("at", UtcDateTime, nullable=False),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("alert_id", String(40), ForeignKey("alerts.id")),  # none: about many alerts, or none
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
