"""Shadows: versions that judge beside the champion for a while before they may serve.

A version that the gate or a duel would promote is promoted at once where its `shadow_hours` are 0. Else it
remains a challenger, and its shadow begins (`admit`): it judges every article that the champion judges from
now on, and its predictions are stored beside the champion's, where nothing reads them but what is about
this version. The hours pass on the store's clock. When they are over it is promoted, in one transaction,
unless what was seen speaks against it (`monitor.evaluation.shadow`); then it is refused.

One shadow runs at a time. It is overtaken, and its version refused, where another version serves than the
one it stands beside, or another one's shadow begins. Whoever promotes a version by hand ends its shadow.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import RowMapping, exists, func, insert, select, update

from monitor.evaluation import shadow as shown
from monitor.evaluation.shadow import Read, Seen, Side
from monitor.messages import Message
from monitor.records import Article, ModelState, Prediction, Route
from monitor.store import articles as articles_
from monitor.store import audit, audits, clock, models, predictions
from monitor.store.dialect import Tx
from monitor.store.models import SYSTEM
from monitor.store.schema import articles, shadows
from monitor.store.schema import predictions as predictions_

MOST_FAILED: Final = 1000
"""Articles on which a shadow may fail before it is over, whatever their share."""
PROMOTED: Final = "promoted"
REFUSED: Final = "refused"
OVERTAKEN: Final = "overtaken"


@dataclass(frozen=True, slots=True)
class Shadow:
    """A shadow as it stands. `reason` is why the version is to serve; `verdict` is "" while it runs, and
    promoted, refused or overtaken once it has ended, for the reason `outcome`. It judges articles with ids
    over `after`; `failed` are those that it could not. `seen` are the figures of the last look."""

    id: int
    champion: str
    challenger: str
    reason: str
    hours: float
    began: float
    after: int
    failed: tuple[int, ...]
    seen: Mapping[str, Any]
    started_at: datetime
    ended_at: datetime | None
    verdict: str
    outcome: str


def admit(tx: Tx, model_id: str, reason: str, now: datetime) -> bool:
    """Let a version serve that was found fit to, for this `reason`: at once, or after its shadow, which
    begins. Whether it serves. Raises NotFoundError."""
    version, serving = models.get(tx, model_id), models.champion(tx)
    if version.shadow_hours <= 0 or serving is None:
        models.promote(tx, model_id, reason, now)
        return True
    if (other := running(tx)) is not None:
        _end(tx, other, OVERTAKEN, Message("shadow.overtaken", serving=serving.id), now)
    values: dict[str, Any] = {
        "champion": serving.id,
        "challenger": model_id,
        "reason": reason,
        "hours": version.shadow_hours,
        "began": clock.seconds(tx),
        "after": tx.scalar(select(func.max(articles.c.id))) or 0,
        "failed": [],
        "seen": shown.told(Seen({})),
        "running": True,
        "started_at": now,
    }
    tx.execute(insert(shadows).values(values))
    models.happened(tx, model_id, now, SYSTEM, "shadowed", reason)
    return False


def running(tx: Tx) -> Shadow | None:
    """The shadow that runs."""
    row = tx.execute(select(shadows).where(shadows.c.running)).mappings().first()
    return None if row is None else _record(row)


def of(tx: Tx, model_id: str) -> Shadow | None:
    """The latest shadow of this version."""
    mine = select(shadows).where(shadows.c.challenger == model_id).order_by(shadows.c.id.desc()).limit(1)
    row = tx.execute(mine).mappings().first()
    return None if row is None else _record(row)


def waiting(tx: Tx, shadow: Shadow, limit: int) -> list[Article]:
    """The next articles that the champion has judged and the shadow has not."""
    own = predictions_.alias("own")
    judged = exists().where(own.c.article_id == articles.c.id, own.c.model == shadow.challenger)
    statement = (
        select(articles.c.id)
        .join(predictions_, predictions_.c.article_id == articles.c.id)
        .where(predictions_.c.current, predictions_.c.model == shadow.champion)
        .where(articles.c.id > shadow.after, ~articles.c.sample, ~articles.c.history)
        .where(articles.c.id.not_in(shadow.failed))
        .where(~judged)
        .order_by(articles.c.id)
        .limit(limit)
    )
    return articles_.get_many(tx, list(tx.scalars(statement)))


def keep(
    tx: Tx,
    shadow: Shadow,
    judged: Mapping[int, tuple[Prediction, Route]],
    failed: Sequence[int],
    now: datetime,
) -> None:
    """Store what the shadow said of articles, with where they would have gone, and on which it failed."""
    for article_id, (prediction, route) in judged.items():
        predictions.put_beside(tx, article_id, prediction, route, shadow.reason, now)
    if failed:
        known = [*shadow.failed, *failed][:MOST_FAILED]
        tx.execute(update(shadows).where(shadows.c.id == shadow.id).values(failed=known))


def look(tx: Tx, shadow: Shadow, level: float, now: datetime) -> Shadow:
    """Write down where a running shadow stands, and end it where it is overtaken, its hours are over, or it
    fails too often. `level` as in `shadow.against`."""
    shadow = _get(tx, shadow.id)
    if shadow.verdict or _moot(tx, shadow, now):
        return _get(tx, shadow.id)
    seen = _seen(tx, shadow)
    tx.execute(update(shadows).where(shadows.c.id == shadow.id).values(seen=shown.told(seen)))
    broken = len(shadow.failed) >= MOST_FAILED
    if over(tx, shadow) or broken:
        harm = shown.against(seen, level)
        if broken and harm is None:
            harm = Message("shadow.fails", failed=len(shadow.failed), n=sum(seen.pairs.values()))
        if harm is not None:
            _end(tx, shadow, REFUSED, harm, now)
        else:
            _end(tx, shadow, PROMOTED, _numbers("shadow.passed", shadow, shown.told(seen)), now)
    return _get(tx, shadow.id)


def refuse(tx: Tx, shadow: Shadow, why: str, now: datetime) -> Shadow:
    """End a shadow, running or over, whose version cannot judge at all."""
    if not _get(tx, shadow.id).verdict:
        _end(tx, shadow, REFUSED, why, now)
    return _get(tx, shadow.id)


def over(tx: Tx, shadow: Shadow) -> bool:
    """Whether its hours have passed."""
    return clock.seconds(tx) - shadow.began >= shadow.hours * 3600


def settle(tx: Tx, now: datetime) -> None:
    """End the running shadow where it is overtaken: call it wherever another version begins to serve."""
    shadow = running(tx)
    if shadow is not None:
        _moot(tx, shadow, now)


def words(shadow: Shadow) -> str:
    """Where it stands, or how it ended, as a sentence."""
    return shadow.outcome if shadow.verdict else _numbers("shadow.going", shadow, shadow.seen)


def told(shadow: Shadow) -> dict[str, Any]:
    """The shadow as JSON has it."""
    return {
        "champion": shadow.champion,
        "challenger": shadow.challenger,
        "state": "ended" if shadow.verdict else "running",
        "verdict": shadow.verdict or None,
        "reason": str(words(shadow)),
        "hours": shadow.hours,
        **shadow.seen,
        "started_at": shadow.started_at.isoformat(),
        "ended_at": shadow.ended_at and shadow.ended_at.isoformat(),
    }


# --- steps ---------------------------------------------------------------------------------


def _seen(tx: Tx, shadow: Shadow) -> Seen:
    old, new = predictions_.alias("old"), predictions_.alias("new")
    said = (old.c.label, old.c.route, new.c.label, new.c.route)
    both = (
        select(*(column.label(f"c{place}") for place, column in enumerate(said)), func.count().label("n"))
        .select_from(old.join(new, new.c.article_id == old.c.article_id))
        .where(old.c.model == shadow.champion, new.c.model == shadow.challenger)
        .where(old.c.article_id > shadow.after)
        .group_by(*said)
    )
    accepted = Route.ACCEPT.value
    pairs: Counter[tuple[Side, Side]] = Counter()
    for row in tx.execute(both):
        pairs[Side(row.c0, row.c1 == accepted), Side(row.c2, row.c3 == accepted)] += row.n
    return Seen(pairs, len(shadow.failed), _audited(tx, shadow))


def _audited(tx: Tx, shadow: Shadow) -> list[Read]:
    drawn = [one for one in audits.of(tx, since=shadow.started_at) if one.label is not None]
    ids = [one.article.id for one in drawn]
    old, new = (predictions.by(tx, ids, model) for model in (shadow.champion, shadow.challenger))
    return [
        Read(old[id].label, new[id].label, one.label.sentiment, one.story_id)
        for id, one in zip(ids, drawn, strict=True)
        if id in old and id in new and one.label is not None
    ]


def _end(tx: Tx, shadow: Shadow, verdict: str, outcome: str, now: datetime) -> None:
    values = {"running": None, "verdict": verdict, "outcome": outcome, "ended_at": now}
    tx.execute(update(shadows).where(shadows.c.id == shadow.id).values(values))
    if verdict == PROMOTED:
        models.promote(tx, shadow.challenger, outcome, now)
    elif models.get(tx, shadow.challenger).state is ModelState.CHALLENGER:
        models.refuse(tx, shadow.challenger, outcome, now)
    if verdict != OVERTAKEN:
        done = "model.promote" if verdict == PROMOTED else "model.refuse"
        data = models.get(tx, shadow.challenger).snapshot
        detail = {"reason": outcome, "parent": shadow.champion, "shadow": shadow.id, "data": data}
        audit.write(tx, now, SYSTEM, done, shadow.challenger, detail)


def _moot(tx: Tx, shadow: Shadow, now: datetime) -> bool:
    """Whether the shadow was overtaken by events; then it is ended."""
    if models.contends(tx, shadow.challenger, shadow.champion):
        return False
    serving = models.champion(tx)
    _end(tx, shadow, OVERTAKEN, Message("shadow.overtaken", serving=serving.id if serving else ""), now)
    return True


def _numbers(key: str, shadow: Shadow, seen: Mapping[str, Any]) -> Message:
    names = ("articles", "differ", "failed", "audits", "wins", "losses")
    told = {name: seen[name] for name in names}
    old, new = seen["negative"]
    before, after = seen["accepted"]
    champion = shadow.champion
    sides = {"old": old, "new": new, "before": before, "after": after}
    return Message(key, champion=champion, hours=shadow.hours, **told, **sides)


def _get(tx: Tx, id: int) -> Shadow:
    return _record(tx.execute(select(shadows).where(shadows.c.id == id)).mappings().one())


def _record(row: RowMapping) -> Shadow:
    return Shadow(
        id=row["id"],
        champion=row["champion"],
        challenger=row["challenger"],
        reason=row["reason"],
        hours=row["hours"],
        began=row["began"],
        after=row["after"],
        failed=tuple(row["failed"]),
        seen=row["seen"],
        started_at=row["started_at"],
        ended_at=row["ended_at"],
        verdict=row["verdict"],
        outcome=row["outcome"],
    )
