"""Tables, in one place. Migrations under ``migrations/`` build the same; a test compares them.

Holds: `metadata`, which knows every table, and a module of tables for each noun. Leaves: the tables, by
their names, and the types that what they keep passes through. A module of tables that is not imported
here is not in `metadata`.

Times are stored as UTC, for people: whatever waits, waits on the store's clock, in its seconds
(`monitor.store.clock`). JSON columns hold plain JSON values.
"""

from monitor.store.schema.columns import UNSTORABLE, UtcDateTime, metadata, storable
from monitor.store.schema.counting import counted, fine_cells, hour_cells, polls
from monitor.store.schema.identity import signatures, stories, story_bands, texts
from monitor.store.schema.judgements import (
    compared,
    measurements,
    predictions,
    ratios,
    reclassifications,
    turns,
    vectors,
)
from monitor.store.schema.labelling import (
    ASKED_ONCE,
    answers,
    claims,
    comments,
    doubts,
    feedback,
    guidelines,
    handed,
    shares,
    tasks,
)
from monitor.store.schema.learning import (
    duel_texts,
    duels,
    model_events,
    models,
    shadows,
    snapshots,
    trainings,
)
from monitor.store.schema.machinery import (
    clock,
    clock_steps,
    failing,
    judging,
    leases,
    processes,
    prunings,
    runs,
)
from monitor.store.schema.memberships import gatherings, memberships, story_keys, story_partings
from monitor.store.schema.news import (
    aliases,
    article_topics,
    articles,
    company_sentiments,
    mentions,
    past_mentions,
    revisions,
    sources,
)
from monitor.store.schema.people import audit, tokens, users
from monitor.store.schema.warning import (
    alert_articles,
    alert_events,
    alerts,
    cuts,
    deliveries,
    hearings,
    looks,
    quotes,
    rises,
    rounds,
    silences,
    verdicts,
)

__all__ = [
    "ASKED_ONCE",
    "UNSTORABLE",
    "UtcDateTime",
    "alert_articles",
    "alert_events",
    "alerts",
    "aliases",
    "answers",
    "article_topics",
    "articles",
    "audit",
    "claims",
    "clock",
    "clock_steps",
    "comments",
    "company_sentiments",
    "compared",
    "counted",
    "cuts",
    "deliveries",
    "doubts",
    "duel_texts",
    "duels",
    "failing",
    "feedback",
    "fine_cells",
    "gatherings",
    "guidelines",
    "handed",
    "hearings",
    "hour_cells",
    "judging",
    "leases",
    "looks",
    "measurements",
    "memberships",
    "mentions",
    "metadata",
    "model_events",
    "models",
    "past_mentions",
    "polls",
    "predictions",
    "processes",
    "prunings",
    "quotes",
    "ratios",
    "reclassifications",
    "revisions",
    "rises",
    "rounds",
    "runs",
    "shadows",
    "shares",
    "signatures",
    "silences",
    "snapshots",
    "sources",
    "storable",
    "stories",
    "story_bands",
    "story_keys",
    "story_partings",
    "tasks",
    "texts",
    "tokens",
    "trainings",
    "turns",
    "users",
    "vectors",
    "verdicts",
]
