"""What analysts are asked, and what they answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from monitor.records.articles import Article


class Lane(StrEnum):
    """Why an article is in the labelling queue."""

    REVIEW = "review"  # the model is unsure
    AUDIT = "audit"  # drawn at random from everything, to measure the model
    EXPLORE = "explore"  # drawn at random from what is accepted, to find what the model is wrongly sure of
    DUEL = "duel"  # two models differ on it
    REQUEST = "request"  # somebody asked for it: a correction


MEASURING = (Lane.AUDIT, Lane.DUEL)
"""The lanes whose answers measure models: blind, in random order, and never in a strategy's."""


class Purpose(StrEnum):
    """What an audit serves, drawn once for all texts of a story and never changed: the labels that chose a
    model do not certify it, nor are its probabilities calibrated on either."""

    GATE = "gate"
    CERTIFICATE = "certificate"
    CALIBRATION = "calibration"


class TaskState(StrEnum):
    OPEN = "open"
    DONE = "done"
    SKIPPED = "skipped"  # of an audit: twice, by different analysts; it is missing
    WITHDRAWN = "withdrawn"  # its text is no article's any more


class Wrong(StrEnum):
    """What an analyst says is wrong with an article beside its judgement."""

    SENTIMENT = "sentiment"
    COMPANY = "company"
    TOPIC = "topic"
    NOT_NEWS = "not_news"
    DUPLICATE = "duplicate"


@dataclass(frozen=True, slots=True)
class Task:
    """A text in the labelling queue, shown as one of its articles. Higher `priority` is served first.

    `inclusion` is the probability with which it was drawn, None where a strategy or a person picked it:
    no estimate ever weights those. `wanted` standing answers, each of another analyst, close it. A `blind`
    one travels without the model's opinion: always, or to the analyst who was just handed it.
    """

    id: int
    article_id: int
    lane: Lane
    reason: str
    priority: float
    state: TaskState
    created_at: datetime
    blind: bool = False
    wanted: int = 1
    text_id: int = 0
    inclusion: float | None = None


@dataclass(frozen=True, slots=True)
class Label:
    """One analyst's answer to a task, about the text that they read.

    `topics` is None where they were not judged; `companies` holds the sentiment towards each company
    that was judged by itself, by id. `suggested` says whether the model's opinion was in view, `seconds`
    how long the article was (None where nobody counted). `gold` says that it was decided between
    readings that differ. `lane` and `inclusion` are the task's, `guideline` the version of the labelling
    rules that was in force (0: none), `note` why, in the analyst's words.
    """

    article_id: int
    task_id: int
    user: str
    sentiment: str
    topics: tuple[str, ...] | None
    created_at: datetime
    gold: bool = False
    id: int = 0
    companies: Mapping[str, str] = field(default_factory=dict)
    suggested: bool = False
    seconds: float | None = None
    text_id: int = 0
    lane: Lane = Lane.REVIEW
    inclusion: float | None = None
    guideline: int = 0
    note: str = ""


def reading_of(labels: Sequence[Label]) -> Label | None:
    """Of the readings of one text, first first, the one that counts: the one that was decided between
    several, else the first of those that say what most say, and of equally many the first. None of none."""
    said = Counter(one.sentiment for one in labels)
    most = max(said.values(), default=0)
    usual = next((one for one in labels if said[one.sentiment] == most), None)
    return next((one for one in labels if one.gold), usual)


@dataclass(frozen=True, slots=True)
class Audit:
    """A text drawn at random to measure models: the one record that guarantees and figures are made of.

    It was drawn because its coin `u` was under the `share` in force, which is its inclusion probability.
    Samples of different shares are nested: those with u under the smallest share are a sample with that
    share. Texts of one `story_id` count as one block. `labels` are its readings, blind, first first: () while
    nobody has read it. `missing` is one that two analysts skipped: it counts as an error.
    """

    text_id: int
    article: Article
    story_id: int
    u: float
    share: float
    purpose: Purpose
    drawn_at: datetime
    missing: bool = False
    labels: tuple[Label, ...] = ()
    settled_at: datetime | None = None  # when it was first read, or became missing

    @property
    def label(self) -> Label | None:
        """The reading that counts; see `reading_of`."""
        return reading_of(self.labels)


@dataclass(frozen=True, slots=True)
class Feedback:
    """What somebody says is wrong with an article beside its judgement; see `Wrong`."""

    id: int
    article_id: int
    text_id: int
    user: str
    kind: Wrong
    note: str
    created_at: datetime
    closed_at: datetime | None = None
    closed_by: str = ""
