"""The domain's records: what flows along the three lines.

Frozen, typed and of the standard library only, so that every module, plugin and
process can import them at no cost. Times are aware UTC datetimes named ``*_at``;
probabilities lie in [0, 1] and are calibrated unless a field says otherwise. Records that
plugins build check their fields' types when they are built (`monitor.fields`).

    Item ─normalize→ Article ─classify→ Prediction ─route→ Decision ─queue→ Task ─analyst→ Label
    Label ─snapshot→ Snapshot ─fit→ ModelVersion
    Window ─detect→ Signal ─alerting→ Alert ─outbox→ Delivery
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from monitor.fields import checked

SENTIMENTS: tuple[str, ...] = ("negative", "neutral", "positive")
"""The sentiment classes, in the order every probability vector uses."""


class Route(StrEnum):
    """Where an article goes after classification."""

    ACCEPT = "accept"  # the prediction stands
    REVIEW = "review"  # the model is unsure: an analyst decides
    AUDIT = "audit"  # drawn at random, whatever the model says, to measure it
    EXPLORE = "explore"  # sure, and drawn at random to learn from


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


class AlertState(StrEnum):
    """Life cycle of an alert; `pending` and `recovering` damp flapping."""

    PENDING = "pending"
    FIRING = "firing"
    ACKNOWLEDGED = "acknowledged"
    RECOVERING = "recovering"
    RESOLVED = "resolved"


class DeliveryState(StrEnum):
    PENDING = "pending"
    DELIVERED = "delivered"
    DEAD = "dead"  # retries exhausted; shown to the operator, can be sent again


class ModelState(StrEnum):
    CHALLENGER = "challenger"  # fitted, not (yet) through the gate
    CHAMPION = "champion"  # serves; exactly one
    RETIRED = "retired"  # served before; can be rolled back to
    REFUSED = "refused"  # failed the gate or its hash


class Role(StrEnum):
    """What a user may do; each role includes the ones before it."""

    VIEWER = "viewer"
    ANALYST = "analyst"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic of the taxonomy: a stable `name` and its titles."""

    name: str
    en: str
    zh: str


# --- ingest ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
@checked
class Item:
    """One entry as a source delivered it: nothing cleaned, nothing guessed.

    An item needs a title or a text, and `text` may hold HTML. `published_at` is an aware datetime, a `date`
    where the source states a day and no time, or the text as the source wrote it, which is read as the
    source's table says (`timezone`, `date_order`, `zones`; see `monitor.Dates`); None where it states none.
    """

    title: str = ""  # the headline; HTML is made plain
    text: str = ""  # the body, or what there is of it; HTML is made plain
    url: str = ""  # where it is read, absolute
    guid: str = ""  # what the source calls it by, the same at every fetch
    author: str = ""  # as the source names them
    published_at: datetime | date | str | None = None  # text as the source writes it is read; None: unstated
    language: str = ""  # ISO 639-1 (en, zh), where the source states it


@dataclass(frozen=True, slots=True)
@checked
class Fetched:
    """What one `Source.fetch` returns: the items, and the state to hand to the next fetch.

    `items` may be a generator. `state` is stored in the transaction that stores the items, so a crash
    repeats a fetch and loses nothing.
    """

    items: Sequence[Item]  # what there is now, known ones too; at most [plugins] max_items
    state: Mapping[str, Any] = field(default_factory=dict)  # any JSON object: cursor, ETag, ...
    warnings: Sequence[str] = ()  # shown to the operator beside the source
    unchanged: int = 0  # items the server says are the same (HTTP 304); reported as duplicates
    malformed: int = 0  # entries that no item could be made of; say why in `warnings`


@dataclass(frozen=True, slots=True)
class Article:
    """One item as published, normalised.

    `title` and `text` are what the source wrote, as plain text, for the reader, without personal
    data where these are masked; `content` is the same under NFKC with control and format
    characters removed, for the model.
    `identity_key` identifies the item within its source; `content_hash` (SHA-256, hex)
    identifies its content anywhere. `id` is 0 until stored. `story_id` is 0 until assigned.
    `mentions` are the watched companies that `content` names, in reading order. `published_day` is the
    day that the source states where it states no time; `published_at` is then when that day began there.
    """

    source: str  # its name in config.toml
    title: str  # for the reader
    text: str  # for the reader
    content: str  # both, for the model
    url: str  # canonical
    author: str
    language: str  # ISO 639-1, "" where unknown
    published_at: datetime  # aware, UTC; `first_seen_at` where the source states none
    first_seen_at: datetime  # aware, UTC
    identity_key: str  # of the item within its source
    content_hash: str  # of `content`: SHA-256, hex
    sample: bool = False  # made up, by the bundled sample
    id: int = 0  # 0: not stored
    text_id: int = 0  # of its distinct text, which other articles may have too; 0: not stored
    story_id: int = 0  # 0: in no story yet
    revision: int = 0  # edits before this one
    mentions: tuple[Mention, ...] = ()  # in reading order
    published_day: date | None = None  # the day, where the source states no time

    @classmethod
    def unstored(
        cls,
        content: str,
        at: datetime,
        *,
        source: str = "",
        language: str = "",
        mentions: tuple[Mention, ...] = (),
    ) -> Article:
        """A text that no source published and that is only to be judged."""
        return cls(source, "", content, content, "", "", language, at, at, "", "", mentions=mentions)

    @property
    def named(self) -> dict[str, str]:
        """The companies it names, by id, each with the name that stands first in `content`."""
        found: dict[str, str] = {}
        for mention in self.mentions:
            found.setdefault(mention.company_id, mention.alias)
        return found


class AliasKind(StrEnum):
    """What sort of name an alias is."""

    SHORT = "short"  # as newspapers write it
    FULL = "full"  # as the register has it
    FORMER = "former"  # what it was called before
    TICKER = "ticker"  # a symbol, with its market where that is stated: NYSE:GAP, 0700.HK
    BRAND = "brand"  # what it sells
    PERSON = "person"  # who leads it


@dataclass(frozen=True, slots=True)
class Alias:
    """A name that a company goes by, from `valid_from` to `valid_until`, both days included; None: no end."""

    name: str
    kind: AliasKind = AliasKind.SHORT
    valid_from: date | None = None
    valid_until: date | None = None

    def valid(self, on: date | None) -> bool:
        """Whether it was the company's on a day; None: on any."""
        if on is None:
            return True
        return (self.valid_from is None or self.valid_from <= on) and (
            self.valid_until is None or on <= self.valid_until
        )


@dataclass(frozen=True, slots=True)
class Company:
    """A watched company and the names it goes by. `aliases` are short names; `names` are those of another
    kind, or for a time."""

    id: str
    name: str
    aliases: tuple[str, ...] = ()
    ticker: str = ""
    names: tuple[Alias, ...] = ()

    @property
    def every_name(self) -> tuple[Alias, ...]:
        """All its names with their kind, the one it is shown by first."""
        ticker = (Alias(self.ticker, AliasKind.TICKER),) if self.ticker else ()
        return (Alias(self.name), *(Alias(alias) for alias in self.aliases), *ticker, *self.names)


class Part(StrEnum):
    """What a company is to the text that names it."""

    SUBJECT = "subject"  # the text is about it
    BYSTANDER = "bystander"  # named by the way: who speaks, a rival, a customer
    SECTOR = "sector"  # named as one of its kind


@dataclass(frozen=True, slots=True)
@checked
class Mention:
    """A company named in an article's `content`: character offsets [start, end)."""

    company_id: str  # as in the watch list
    alias: str  # the name, as it stands in the text
    start: int  # its first character
    end: int  # the one after its last
    role: Part = Part.SUBJECT  # what the company is to the text


# --- classify and route -----------------------------------------------------------------


def likeliest(probabilities: Mapping[str, float]) -> str:
    """The most probable class; the first of several."""
    return max(probabilities, key=probabilities.__getitem__)


def softer(probabilities: Mapping[str, float], power: float) -> Mapping[str, float]:
    """Probabilities to a power above 0, summing to 1 again; as they are where they are no probabilities."""
    most = max(probabilities.values(), default=0.0)
    if power == 1.0 or not all(0 <= one <= most for one in probabilities.values()) or not most > 0:
        return probabilities
    raised = {name: (one / most) ** power for name, one in probabilities.items()}
    total = math.fsum(raised.values())
    return {name: one / total for name, one in raised.items()}


@dataclass(frozen=True, slots=True)
@checked
class Prediction:
    """What a model says of one article.

    `sentiment` sums to 1 over SENTIMENTS; each value of `topics` is a probability of its
    own (multi-label). `model` is the model version's id. `unsupported` holds the reason
    why the prediction should not be trusted ("" where it may be): no text, a language the
    model was not trained on, ... `companies` holds the sentiment towards each company that the
    article mentions, by company id, as `sentiment` does; see `towards` for those it leaves out.

    `vector` is the text as numbers: what the model's last layer reads the sentiment from, so that a new last
    layer can be fitted on it without the model. It comes with the prediction, at no second pass, from a
    classifier that has one, in little-endian 16-bit floats (`row.astype("<f2").tobytes()` of a NumPy
    row), of the same length for every text of a version. Two predictions are equal whatever their vectors.
    """

    sentiment: Mapping[str, float]  # negative, neutral, positive
    topics: Mapping[str, float]  # by the topic's name
    model: str  # the version that `load` was given
    unsupported: str = ""  # why it should not be trusted
    companies: Mapping[str, Mapping[str, float]] = field(default_factory=dict)  # by the company's id
    vector: bytes = field(default=b"", repr=False, compare=False)  # 16-bit floats; empty: it has none
    temperature: float = 1.0  # what the monitor softened `sentiment` by; a classifier leaves it

    @property
    def label(self) -> str:
        """The most probable sentiment."""
        return likeliest(self.sentiment)

    @property
    def confidence(self) -> float:
        """Calibrated probability of the most probable sentiment."""
        return max(self.sentiment.values())

    def tempered(self, temperature: float) -> Prediction:
        """The same at another `temperature` than its own: above 1 it is less sure of the same sentiment (Guo
        et al. 2017, https://arxiv.org/abs/1706.04599). To any temperature and back it is the same again."""
        if temperature == self.temperature:
            return self
        softened = softer(self.sentiment, self.temperature / temperature)
        return replace(self, sentiment=softened, temperature=temperature)

    def towards(self, company_id: str) -> Mapping[str, float]:
        """The sentiment towards a company: the article's, where the model said nothing of the company."""
        return self.companies.get(company_id, self.sentiment)

    def chosen_topics(self, threshold: float = 0.5) -> tuple[str, ...]:
        """Topics at or above `threshold`, best first; the single best one if none is."""
        ranked = sorted(self.topics, key=self.topics.__getitem__, reverse=True)
        chosen = tuple(name for name in ranked if self.topics[name] >= threshold)
        return chosen or tuple(ranked[:1])


@dataclass(frozen=True, slots=True)
@checked
class Attribution:
    """What one word, at [start, end) of the text explained, adds to a score; negative: takes from it."""

    start: int  # the word's first character
    end: int  # the one after its last
    score: float  # in log-odds


@dataclass(frozen=True, slots=True)
@checked
class Explanation:
    """Why a classifier gives `label` the `probability` it does, word by word.

    `text` is the text as the classifier reads it, which the offsets refer to. The score explained
    is in log-odds; `attributions` hold the words that were read, in order, and sum to `difference`,
    the score of the text less that of a text that says nothing, up to the completeness `error`:
    |sum - difference| as a share of |difference|. `steps` is what the integral was computed
    with (0: it is exact). `target` is what was asked for, `model` the model version's id.
    """

    text: str  # as the classifier reads it
    target: str  # what was asked for
    label: str  # what is explained
    probability: float  # of `label`
    attributions: tuple[Attribution, ...]  # in the text's order, overlapping nowhere
    difference: float  # what the scores sum to
    error: float = 0.0  # |sum - difference|, as a share of |difference|
    steps: int = 0  # of the integral; 0: exact
    model: str = ""  # the version that `load` was given


@dataclass(frozen=True, slots=True)
class Decision:
    """A route and the reason for it, in words an analyst reads.

    `inclusion` is the probability with which the route was drawn; None where nothing was drawn.
    """

    route: Route
    reason: str
    inclusion: float | None = None


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


# --- learn ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
@checked
class Example:
    """A text with what is known of it: None where a task has no label for it.

    `companies` are pairs of a name, as it stands in the text, and the sentiment towards it.
    `group` joins near-duplicates, which must not stand on both sides of a split.
    """

    text: str
    sentiment: str | None = None  # negative, neutral or positive
    topics: tuple[str, ...] | None = None  # names of topics; () where it has none
    origin: str = ""  # the file or source it is from
    group: str = ""  # joins near-duplicates
    weight: float = 1.0  # in fitting
    companies: tuple[tuple[str, str], ...] = ()  # (name in the text, sentiment towards it)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A frozen data set to fit and evaluate on; `id` is the SHA-256 of its content."""

    id: str
    train: Sequence[Example]
    development: Sequence[Example]  # early stopping and calibration
    gold: Sequence[Example] = ()  # never trained on: the gate's


@dataclass(frozen=True, slots=True)
class ModelVersion:
    """A model on disk that may serve. `digest` is the SHA-256 of its manifest."""

    id: str
    kind: str
    path: str
    digest: str
    state: ModelState
    created_at: datetime
    parent: str = ""
    snapshot: str = ""
    metrics: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""  # the gate's first word on it, for good; what came later are its events
    promoted_at: datetime | None = None
    seconds: float = 0.0  # when it was made, on the store's clock
    last_label: int = 0  # the newest answer there was then
    shadow_hours: float = 0.0  # that it judges beside the champion before it may serve
    certificate: Mapping[str, Any] | None = None  # what is certified of it, and how that is watched

    @property
    def temperature(self) -> float:
        """What its sentiments are softened by (`Prediction.tempered`), as fitted on calibration audits."""
        return float((self.certificate or {}).get("temperature", 1.0))


@dataclass(frozen=True, slots=True)
class ModelEvent:
    """What happened to a model version: `event` is gated (the gate's verdict), shadowed (it judges beside the
    champion first), promoted, refused, retired or rolled_back (it serves again). `user` did it; `data` is the
    snapshot that it was decided on."""

    model_id: str
    at: datetime
    user: str
    event: str
    reason: str
    data: str = ""


class Trigger(StrEnum):
    """What a training was asked for by."""

    LABELS = "labels"  # so many new ones
    CRON = "cron"  # a time of the timetable
    DRIFT = "drift"
    PERSON = "person"


class TrainingState(StrEnum):
    QUEUED = "queued"  # nobody runs it yet
    RUNNING = "running"
    CANCELLING = "cancelling"  # told to stop; the process that runs it has not yet
    CANCELLED = "cancelled"
    DONE = "done"  # it made a version, whatever the gate said
    FAILED = "failed"
    INTERRUPTED = "interrupted"  # its process ended; can be resumed from its last checkpoint


ACTIVE = (TrainingState.QUEUED, TrainingState.RUNNING, TrainingState.CANCELLING)
"""The states of which one training at most is in any."""


@dataclass(frozen=True, slots=True)
class Training:
    """One training, from its being asked for to its end.

    `via` is cli, api, dashboard or schedule, and `address` where the person was. `done` of `total` (0 where
    unknown) and `minutes_left` (None where unknown) are of the present `stage` alone. `holder` is the process
    that runs it, `attempts` how often one began to. `verdict` is promoted, refused or challenger (the gate
    could not decide) once `model` was made; `outcome` says how it ended in words.
    """

    id: str
    asked_at: datetime
    asked_by: str
    address: str
    via: str
    trigger: Trigger
    why: str
    state: TrainingState
    stage: str = ""
    done: float = 0.0
    total: float = 0.0
    minutes_left: float | None = None
    holder: str = ""
    attempts: int = 0
    started_at: datetime | None = None
    reported_at: datetime | None = None
    ended_at: datetime | None = None
    snapshot: str = ""
    parent: str = ""
    model: str = ""
    verdict: str = ""
    outcome: str = ""


# --- watch ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
@checked
class Scope:
    """What a count is about: all news, one topic, or one company."""

    kind: str  # "all" | "topic" | "company"
    name: str = ""  # the topic's name, or the company's id

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}" if self.name else self.kind


@dataclass(frozen=True, slots=True)
@checked
class Window:
    """Stories of one scope first seen in [start_at, end_at): how many, how many negative."""

    scope: Scope
    start_at: datetime  # included
    end_at: datetime  # not included
    stories: int  # distinct ones
    negative: int  # of them


@dataclass(frozen=True, slots=True)
@checked
class Signal:
    """A detector's verdict on the newest window of one scope.

    `p_value`: the probability of a count at least as high if nothing had changed.
    """

    scope: Scope  # the window's
    rule: str  # the detector's kind
    observed: int  # negative stories in the window
    expected: float  # how many of them are usual
    p_value: float  # of a count at least as high if nothing had changed
    start_at: datetime  # the window's
    end_at: datetime  # the window's


@dataclass(frozen=True, slots=True)
class Alert:
    """An open or closed alert: one per (rule, scope) at a time, whatever repeats."""

    id: str
    rule: str
    scope: Scope
    state: AlertState
    opened_at: datetime
    updated_at: datetime
    observed: int
    expected: float
    p_value: float
    start_at: datetime
    end_at: datetime
    article_ids: tuple[int, ...] = ()
    acknowledged_by: str = ""
    resolved_at: datetime | None = None
    resolved_by: str = ""
    quiet_windows: int = 0  # consecutive windows without a signal
    notified_at: datetime | None = None  # when people were last told of it
    notified_observed: int = 0  # and of how many stories: what "much worse" is measured against


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message for one notifier, stored until delivered. `id` never changes on retry.

    `place` is its place among those of its alert for this notifier. `next_attempt` and `created` are
    on the store's clock, in seconds; `created_at` is what the wall clock said, for people.
    """

    id: str  # the same at every attempt: the receiver drops what it has seen
    alert_id: str
    notifier: str  # the instance's name
    event: str  # "opened" | "updated" | "resolved" | "test"
    payload: Mapping[str, Any]  # title, text, and what docs/alerts.md lists
    state: DeliveryState
    attempts: int
    created_at: datetime
    next_attempt: float = 0.0
    created: float = 0.0
    place: int = 0
    last_error: str = ""
    delivered_at: datetime | None = None


# --- operate ----------------------------------------------------------------------------


class Pace(StrEnum):
    """How a source's last fetch went, which decides in whose company it is polled next."""

    NEW = "new"  # there was none yet
    QUICK = "quick"  # it answered in time, were it only with an error
    LATE = "late"  # it answered, and took long
    HUNG = "hung"  # it ran into a limit


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """Health of one configured source, as the dashboard and `monitor doctor` show it."""

    name: str
    state: Mapping[str, Any] = field(default_factory=dict)
    last_polled_at: datetime | None = None
    last_success_at: datetime | None = None
    polled: float = 0.0  # the last poll, on the store's clock, in seconds
    next_poll: float = 0.0  # likewise
    wait_seconds: float = 0.0  # until then, as of when this was read; 0 where it is due
    consecutive_failures: int = 0
    last_error: str = ""
    articles: int = 0
    warnings: Sequence[str] = ()  # of the last poll that succeeded
    malformed: int = 0  # items of the last poll that could not be used
    pace: Pace = Pace.QUICK  # of its last fetch


@dataclass(frozen=True, slots=True)
class InstanceFailure:
    """A notifier, strategy or detector whose last call failed."""

    group: str  # "notifiers" | "strategies" | "detectors"
    name: str
    failures: int  # in a row
    error: str
    failed_at: datetime


@dataclass(frozen=True, slots=True)
class PollResult:
    """What polling one source did."""

    source: str
    ok: bool
    fetched: int = 0  # items that could be used
    new: int = 0
    duplicates: int = 0
    error: str = ""
    malformed: int = 0  # items that could not be used


@dataclass(frozen=True, slots=True)
class User:
    id: int
    name: str
    role: Role
    created_at: datetime
    disabled: bool = False
