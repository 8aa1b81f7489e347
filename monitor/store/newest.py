"""The newest rows under each of many names, of a table of what recent articles are found by.

Such a table's key begins with the name, the moment and the article (`schema.story_bands`,
`schema.story_keys`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, Table, Text, func, select

from monitor.store import dialect
from monitor.store.dialect import Tx


def under(
    tx: Tx, table: Table, keys: Sequence[str], since: datetime, until: datetime, most: int
) -> Select[Any]:
    """Of a table whose key begins with a name, `seen_at` and `article_id`: the rows under these names seen
    from `since` to `until`, the newest `most` of each, as (name, article_id).

    The moment of the last one of them is looked up first, so that of a name that thousands of rows are under
    so many are read as are wanted, and those of that one moment.
    """
    name = table.primary_key.columns.values()[0]
    asked, past = dialect.listed(tx, keys, Text()), table.alias()
    last = (
        select(past.c.seen_at)
        .where(past.c[name.key] == asked.c.value, past.c.seen_at.between(since, until))
        .order_by(past.c.seen_at.desc())
        .offset(most - 1)
        .limit(1)
        .scalar_subquery()
    )
    order = (table.c.seen_at.desc(), table.c.article_id.desc())
    columns = (name, table.c.article_id)
    ranked = (
        select(*columns, func.row_number().over(partition_by=name, order_by=order).label("place"))
        .select_from(asked.join(table, name == asked.c.value))
        .where(table.c.seen_at >= func.coalesce(last, since), table.c.seen_at <= until)
        .subquery()
    )
    return select(*list(ranked.c)[:-1]).where(ranked.c.place <= most)
