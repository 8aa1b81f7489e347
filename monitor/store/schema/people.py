"""Who may come in, and what was done by whom."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, ForeignKey, Index, Table

from monitor.store.schema.columns import Id, String, Text, UtcDateTime, metadata

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
