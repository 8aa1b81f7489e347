"""Which answers stand, and which count.

A label stands until it is taken back. It counts while nobody has doubts about who gave it: the labels of an
analyst whose doubt is open (`monitor.store.doubts`) stand and wait. They teach nothing, measure nothing,
decide no duel, close no task and are not shown as what an article says.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import and_, select

from monitor.store.schema import answers, doubts

LABEL: Final = "label"
"""The outcome of an answer that is a label."""

STANDS: Final = and_(answers.c.outcome == LABEL, answers.c.withdrawn_at.is_(None))
"""Whether an answer is a label that was not taken back."""

TRUSTED: Final = answers.c.user.not_in(select(doubts.c.user).where(doubts.c.ended_at.is_(None)))
"""Whether nobody has doubts about who gave an answer."""

COUNTS: Final = and_(STANDS, TRUSTED)
"""Whether an answer is a label that counts."""
