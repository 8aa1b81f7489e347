"""The labelling queue: one task per distinct text, handed to analysts, each claim a row of its own.

Why a text is asked about is its lane. Review, explore and request are served by priority, which the query
strategy sets (`monitor.acquisition.ordering`); audits and duels measure models, so they are served blind,
in an order that was drawn, at a share of what every analyst is handed: a sample that is finished measures,
one that waits behind a strategy's wishes does not. Only skipped twice, by different analysts, an audit is
missing. An audit that two read and on which they differ is read a third time. No task is dropped,
however long the queue.

A claim keeps a task for the analyst who has it on the screen, for CLAIM_SECONDS on the store's clock,
so that no wall clock can end it early or keep it for ever. A task whose `wanted` answers are given, or
being given, is handed to nobody else.

A task is asked (`asking`), handed to analysts (`handing`, `claims`) in an order (`line`), and closed
(`closing`). Outside, all of it goes by the room's name: `tasks.ask`, `tasks.next_tasks`.
"""

from monitor.store.tasks.asking import THIRD, ask, ask_again, ask_third, awaiting_third, open_task, requested
from monitor.store.tasks.claims import CLAIM_SECONDS, blinded, claim, claimant, has_said, hold, release
from monitor.store.tasks.closing import MISSES, close, need_no_third, outdated
from monitor.store.tasks.handing import measuring_places, next_tasks
from monitor.store.tasks.line import open_count, reprioritise, stats, waiting
from monitor.store.tasks.rows import get, of

__all__ = [
    "CLAIM_SECONDS",
    "MISSES",
    "THIRD",
    "ask",
    "ask_again",
    "ask_third",
    "awaiting_third",
    "blinded",
    "claim",
    "claimant",
    "close",
    "get",
    "has_said",
    "hold",
    "measuring_places",
    "need_no_third",
    "next_tasks",
    "of",
    "open_count",
    "open_task",
    "outdated",
    "release",
    "reprioritise",
    "requested",
    "stats",
    "waiting",
]
