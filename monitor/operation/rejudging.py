"""Rejudging: texts of the weeks before a promotion judged by the new version too, while nobody waits.

It tells how much more, or less, the new version says negative (`detection.turns`). Nothing else reads it.
"""

from __future__ import annotations

from datetime import timedelta

import structlog

from monitor.classification import judging
from monitor.detection.rollups import NEGATIVE
from monitor.detection.turns import WEEKS
from monitor.operation.judging import Judging
from monitor.store import articles, turns

TEXTS = judging.BATCH
"""That are judged in one look: new articles are not kept waiting."""
log = structlog.get_logger(__name__)


class Rejudging(Judging):
    """Asks the version that serves about texts that the one before it judged."""

    def rejudge(self) -> int:
        """Judge the next texts of the last promotion: how many were. Where the classifier does not work,
        or is not of that version yet, they wait."""
        now = self.now()
        with self.store.read() as tx:
            turn = turns.newest(tx)
            if turn is None or turn.compared or not turn.before or now - turn.at > timedelta(weeks=WEEKS):
                return 0
            drawn = turns.drawn(tx, turn, TEXTS)
            ids = [id for id, _, _ in drawn.waiting]
            found = {one.id: one for one in articles.get_many(tx, ids)}
        waiting = [one for one in drawn.waiting if one[0] in found]
        judged = judging.judge(self.classifying.classify, [found[id] for id, _, _ in waiting])
        if judged.down:
            log.warning("texts were not judged again", reason=judged.down)
            return 0
        if any(one.model != turn.model for one in judged.predictions.values()):
            return 0
        said = self.softened(judged.predictions)
        told: list[tuple[int, float, float | None]] = [
            (text, old, new) for text, (old, new) in drawn.both.items()
        ]
        for place, (_, text, old) in enumerate(waiting):
            new = said[place].sentiment.get(NEGATIVE, 0.0) if place in said else None
            told.append((text, old, new))
        with self.store.begin() as tx:
            turns.keep(tx, turn, told, self.now(), over=not told)
        return len(said)
