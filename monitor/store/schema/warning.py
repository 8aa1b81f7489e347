"""Alerts, what happened to them, and the messages that tell of them."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Float, ForeignKey, Index, Integer, Table, UniqueConstraint, text

from monitor.store.schema.columns import Id, MessageText, String, UtcDateTime, metadata

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
