"""Alembic's entry point: runs on the connection that `monitor.store.migrations` hands in."""

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import TypeDecorator

from monitor.store.migrations import ours
from monitor.store.schema import metadata


def render(kind: str, value: Any, _: AutogenContext) -> str | Literal[False]:
    """Draft the plain type under ours, so that a version does not change when our types do."""
    return f"sa.{value.impl!r}" if kind == "type" and isinstance(value, TypeDecorator) else False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    include_object=ours,
    render_item=render,
)
with context.begin_transaction():
    context.run_migrations()
