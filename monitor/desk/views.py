"""What the desk answers with, where a domain record alone does not say enough."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from monitor.alerts.similar import Similar
from monitor.desk.cards import Card
from monitor.records import (
    Alert,
    Article,
    Decision,
    Delivery,
    Prediction,
    SourceStatus,
    Task,
    Topic,
    Verdict,
    Window,
)
from monitor.store.alerts import AlertEvent
from monitor.store.articles import ArticleView, Revision
from monitor.store.mentions import Towards
from monitor.store.stories import StoryView

__all__ = [
    "AlertDetail",
    "AlertEvent",
    "ArticleDetail",
    "ArticleView",
    "Me",
    "Named",
    "Overview",
    "Revision",
    "SourceView",
    "StoryView",
    "TaskView",
    "TopicTrend",
    "Towards",
]


@dataclass(frozen=True, slots=True)
class TopicTrend:
    """Stories of one topic over the period asked for, and over the one before it.

    `shares` are the negative shares of the period's twelfths, oldest first; 0 where there is no story.
    """

    topic: Topic
    stories: int
    negative: int
    stories_before: int
    negative_before: int
    shares: Sequence[float]

    @property
    def negative_share(self) -> float:
        """Negative stories among all, 0 where there is none."""
        return self.negative / self.stories if self.stories else 0.0


@dataclass(frozen=True, slots=True)
class Overview:
    """The state of things over the last `hours`; counts are distinct stories except `articles`.

    `sample` says whether the bundled sample is counted in, `sample_articles` how many of `articles` are its.
    """

    hours: int
    sample: bool
    articles: int
    sample_articles: int
    stories: int
    negative: int
    open_alerts: int
    open_tasks: int
    trend: Sequence[Window]
    topics: Sequence[TopicTrend]
    top_stories: Sequence[StoryView]
    sources_failing: Sequence[str]

    @property
    def negative_share(self) -> float:
        """Negative stories among all, 0 where there is none."""
        return self.negative / self.stories if self.stories else 0.0


@dataclass(frozen=True, slots=True)
class ArticleDetail:
    """One article with all that is known of it; `story` are the other articles telling the same story.

    `companies` holds, by company id, the sentiment that counts as the one towards the company.
    `body_removed_at`: when retention took its text; None while it is there.
    """

    article: Article
    prediction: Prediction | None
    decision: Decision | None
    companies: Mapping[str, Towards]
    revisions: Sequence[Revision]
    story: Sequence[ArticleView]
    sentiment: str = ""
    topics: tuple[str, ...] = ()
    labelled: bool = False
    body_removed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class AlertDetail:
    """An alert with its evidence: the articles counted, and the windows before and after; its card, past
    alerts that resemble it, and what people say of it."""

    alert: Alert
    events: Sequence[AlertEvent]
    evidence: Sequence[ArticleView]
    deliveries: Sequence[Delivery]
    history: Sequence[Window]
    card: Card
    similar: Sequence[Similar]
    feedback: Sequence[Verdict]


@dataclass(frozen=True, slots=True)
class Named:
    """A company that an article names; `alias` is the name that stands first in it."""

    id: str
    name: str
    alias: str


@dataclass(frozen=True, slots=True)
class TaskView:
    """A task with what the analyst needs to answer it.

    `reason` is why it is asked, in each language; `source` is the source's title; `companies` are those
    that the article names, in reading order. The marks are where their names stand in the article's title
    and text, as pairs of code points [start, end).
    """

    task: Task
    article: Article
    prediction: Prediction | None
    reason: Mapping[str, str]
    source: str
    companies: Sequence[Named]
    title_marks: Sequence[tuple[int, int]]
    text_marks: Sequence[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class SourceView:
    """A source: configured, in the store from earlier, or both (`configured` False: not in config.toml).
    `sample`: it is the bundled one, whose articles count while there is nothing else."""

    name: str
    title: str
    kind: str
    language: str
    enabled: bool
    configured: bool
    sample: bool
    status: SourceStatus
    unavailable: str = ""  # why its plugin cannot be used
    worker: str = ""  # which process polls it on schedule, by a name that says nothing of its machine


@dataclass(frozen=True, slots=True)
class Me:
    """The user asking, for the user: no identifiers of others, no hashes."""

    name: str
    role: str


@dataclass(frozen=True, slots=True)
class TokenView:
    """A session (`kind` session) or an API token (api) of a user. `used_at` is to the hour, None where it
    was never used; `expires_at` None: never; `own`: the one that asks."""

    id: str
    kind: str
    user: str
    name: str
    created_at: datetime
    expires_at: datetime | None
    used_at: datetime | None
    own: bool


@dataclass(frozen=True, slots=True)
class AuditView:
    """An action: who did what to what, when and from where; `detail` is a JSON object of more.

    `address` is a network address, or account@host for a command; "" where it is not known.
    """

    id: int
    at: datetime
    user: str
    action: str
    target: str
    detail: Mapping[str, Any]
    address: str


@dataclass(frozen=True, slots=True)
class AuditState:
    """Whether the audit's chain is whole. `problem` says what is wrong with entry `first_bad`, "" and 0
    where nothing is; `seal` is the last entry's; `taken_over` entries are of another key."""

    entries: int
    seal: str
    taken_over: int
    first_bad: int
    problem: str


@dataclass(frozen=True, slots=True)
class Watching:
    """Whether anybody looks for surges. `last_at` is when the last check was done, None before the first;
    `next_at` when the next one is, None where no process makes any; `problem` why the newest one failed
    ("" where it did not). No alert can open before `ready_at`: what is usual has to be learnt first. It is
    None where that is done, or where no story has come yet (`blind`)."""

    last_at: datetime | None
    next_at: datetime | None
    problem: str
    ready_at: datetime | None
    blind: bool


@dataclass(frozen=True, slots=True)
class StoreHealth:
    """What is known of the database's file; see `monitor.store.integrity.Health`."""

    state: str
    problem: str
    checked_at: datetime | None
