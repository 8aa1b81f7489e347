"""What people say of alerts: useful, noise, or what is wrong with one.

What somebody said before stays with the time it was superseded, so that nobody's word is lost.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

from sqlalchemy import Row, insert, select, update

from monitor.detection import cells
from monitor.records import Verdict, VerdictKind
from monitor.store import dialect
from monitor.store.dialect import Tx
from monitor.store.schema import alert_articles, verdicts

_STANDS = verdicts.c.superseded_at.is_(None)


def give(tx: Tx, said: Verdict) -> None:
    """Keep what a user says of an alert, in place of what they said of it before."""
    before = (verdicts.c.alert_id == said.alert_id, verdicts.c.user == said.user, _STANDS)
    tx.execute(update(verdicts).where(*before).values(superseded_at=said.at))
    values = {
        "alert_id": said.alert_id,
        "user": said.user,
        "kind": said.kind.value,
        "note": said.note,
        "other_id": said.other_id,
        "article_id": said.article_id or None,
        "at": said.at,
    }
    tx.execute(insert(verdicts).values(values))


def of(tx: Tx, alert_ids: Collection[str]) -> dict[str, list[Verdict]]:
    """What stands of these alerts, by alert, oldest first; one of which nobody said anything is left out."""
    found: dict[str, list[Verdict]] = defaultdict(list)
    for some in dialect.parts(sorted(set(alert_ids))):
        wanted = select(verdicts).where(verdicts.c.alert_id.in_(some), _STANDS)
        for row in tx.execute(wanted.order_by(verdicts.c.at, verdicts.c.id)):
            found[row.alert_id].append(_record(row))
    return dict(found)


def useful(tx: Tx) -> dict[int, int]:
    """The articles of alerts that somebody calls useful, with the cell from which on that is known: what
    rises on them is no false alert (`detection.runs`)."""
    wanted = (
        select(alert_articles.c.article_id, verdicts.c.at)
        .join(verdicts, verdicts.c.alert_id == alert_articles.c.alert_id)
        .where(verdicts.c.kind == VerdictKind.USEFUL.value, _STANDS)
        .order_by(verdicts.c.at.desc())
    )
    return {article: cells.cell(at) + 1 for article, at in tx.execute(wanted)}


def _record(row: Row[tuple[object, ...]]) -> Verdict:
    values = row._mapping
    return Verdict(
        values["alert_id"],
        values["user"],
        VerdictKind(values["kind"]),
        values["at"],
        values["note"],
        values["other_id"],
        values["article_id"] or 0,
    )
