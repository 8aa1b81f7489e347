"""What requests carry, and the few answers that are no record of the desk's."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from monitor.desk.caseload import MOST, Action
from monitor.desk.corrections import MOST_NOTE
from monitor.desk.guidelines import MOST_EXAMPLES, MOST_TEXT
from monitor.desk.labels import MOST_ROWS
from monitor.desk.users import MAX_TOKEN_DAYS, MAX_TOKEN_NAME, TOKEN_NAME
from monitor.desk.watched import MOST_ALIAS
from monitor.desk.watched import MOST_TEXT as MOST_NAMED
from monitor.records import AliasKind, VerdictKind, Wrong
from monitor.web.api.parameters import MAX_ID, Sentiment, TaskId, TopicName, Words
from monitor.web.moments import Day

Whether = Annotated[bool, Field(strict=True)]
"""True or false, and no number that stands for one."""


def _no_truth(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError("expected a number")
    return value


Number = BeforeValidator(_no_truth)
"""Of a number: true and false are none."""


class Body(BaseModel):
    """A request's body; keys it does not know are refused."""

    model_config = ConfigDict(extra="forbid")


class Note(Body):
    note: Annotated[str, StringConstraints(max_length=2000)] = ""


class Silencing(Body):
    """Which alerts nobody is told of, and for how many hours. What is "" may be any; not all of them may."""

    model_config = ConfigDict(
        json_schema_extra={
            "anyOf": [
                {"required": [name], "properties": {name: {"minLength": 1}}}
                for name in ("rule", "company", "topic", "severity")
            ]
        }
    )

    hours: Annotated[float, Field(ge=0.01, le=8784), Number]
    rule: Annotated[str, StringConstraints(max_length=200)] = ""
    company: Annotated[str, StringConstraints(max_length=200)] = ""
    topic: Annotated[str, StringConstraints(max_length=200)] = ""
    severity: Literal["", "info", "warning", "critical"] = ""
    until_worse: Whether = False
    note: Annotated[str, StringConstraints(max_length=2000)] = ""


class Verdict(Body):
    """What an alert was: `other` is the alert that a duplicate repeats, `article` the one whose label is
    wrong."""

    kind: VerdictKind
    note: Annotated[str, StringConstraints(max_length=MOST_NOTE)] = ""
    other: Annotated[str, StringConstraints(max_length=200)] = ""
    article: Annotated[int, Field(ge=0, le=MAX_ID), Number] = 0


class Assignment(Body):
    """Whose an alert is from now on: a user's, nobody's where `to` is "", one's own where it is null."""

    to: Annotated[str, StringConstraints(max_length=200)] | None = None


class Grading(Body):
    """How grave an alert is, and why it is as grave as that."""

    severity: Literal["info", "warning", "critical"]
    why: Annotated[str, StringConstraints(min_length=1, max_length=2000, pattern=r"\S")]


class Bulk(Body):
    """What is done with each of several alerts. `note` goes with acknowledging, resolving and silencing, `to`
    is as of an assignment, `hours` and `until_worse` are of silences, of alerts like each."""

    alerts: Annotated[
        list[Annotated[str, StringConstraints(min_length=1, max_length=200)]],
        Field(min_length=1, max_length=MOST),
    ]
    action: Action
    note: Annotated[str, StringConstraints(max_length=2000)] = ""
    to: Annotated[str, StringConstraints(max_length=200)] | None = None
    hours: Annotated[float, Field(ge=0.01, le=8784), Number] = 4
    until_worse: Whether = True


class RuleChange(Body):
    """A rule as it would be."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\s/]+$")]
    detector: Annotated[str, StringConstraints(min_length=1, max_length=200)] = "surge"
    scopes: Annotated[list[Literal["both", "company", "topic", "all"]], Field(min_length=1, max_length=4)] = [
        *("both", "company", "topic", "all")
    ]
    budget: Annotated[float, Field(gt=0, le=1000), Number] = 1.0
    least: Annotated[int, Field(ge=1, le=1000), Number] = 3
    severity: Literal["info", "warning", "critical"] = "warning"


class RuleTrial(Body):
    """Rules to try, and over how many of the last weeks; `GET /rules` says over how many it may be."""

    rules: Annotated[list[RuleChange], Field(min_length=1, max_length=10)]
    weeks: Annotated[int, Field(ge=1, le=520), Number] = 4


class View(Body):
    """How an answer came about: how long the article was in view (seconds), whether the model's opinion
    was, and the article's `identity_key`, so that the answer is to that article and to no other."""

    seconds: Annotated[float, Field(ge=0, le=86_400), Number] | None = None
    suggested: Whether = False
    article: Annotated[str, StringConstraints(max_length=200)] = ""


class Decision(Body):
    """What a text really says of which analysts said different things, and why."""

    sentiment: Sentiment
    topics: Annotated[list[TopicName], Field(max_length=50)] | None = None
    companies: Annotated[dict[Words, Sentiment], Field(max_length=100)] = {}
    note: Annotated[str, StringConstraints(max_length=2000)] = ""


class StoryMerge(Body):
    """The story whose articles go into this one."""

    story: TaskId


class StorySplit(Body):
    """The articles that tell another development."""

    articles: Annotated[list[TaskId], Field(min_length=1, max_length=500)]


class StoryLabel(Body):
    """What every text of a story says, and why."""

    sentiment: Sentiment
    topics: Annotated[list[TopicName], Field(max_length=50)] | None = None
    note: Annotated[str, StringConstraints(max_length=2000)] = ""


class Example(Body):
    """A text that shows what a label means: a sentiment or a topic's name."""

    label: Words
    text: Annotated[str, StringConstraints(min_length=1, max_length=2000)]
    why: Annotated[str, StringConstraints(max_length=2000)] = ""


class Guidance(Body):
    """The guidelines, in Markdown, and their examples."""

    text: Annotated[str, StringConstraints(min_length=1, max_length=MOST_TEXT)]
    examples: Annotated[list[Example], Field(max_length=MOST_EXAMPLES)] = []


class Saying(Body):
    text: Annotated[str, StringConstraints(min_length=1, max_length=2000)]


class DoubtDecision(Body):
    """What becomes of an analyst's labels that wait: they count again (`keep`), or are taken back."""

    keep: Whether
    reason: Annotated[str, StringConstraints(min_length=1, max_length=2000)]


class SkillSet(Body):
    """What a user is asked about: texts in these languages alone (none: in all), those of these topics
    first."""

    languages: Annotated[
        list[Annotated[str, StringConstraints(pattern="^[a-z]{2,3}$")]], Field(max_length=50)
    ] = []
    topics: Annotated[list[TopicName], Field(max_length=50)] = []


class Rows(Body):
    """Labels as `monitor labels export` writes them, one object a row: `text` (or `source` and
    `identity_key`), `label`, `topics`, `towards`, `user`, ... `user` beside them gave those that do not say
    whose they are."""

    rows: Annotated[list[dict[str, Any]], Field(min_length=1, max_length=MOST_ROWS)]
    user: Annotated[str, StringConstraints(max_length=200)] = ""


class Skip(View):
    note: Annotated[str, StringConstraints(max_length=2000)] = ""


class Answer(View):
    """An analyst's answer; without `topics` they are not judged. `companies` holds the sentiment towards
    each company that is judged by itself, by id."""

    sentiment: Sentiment
    topics: Annotated[list[TopicName], Field(max_length=50)] | None = None
    companies: Annotated[dict[Words, Sentiment], Field(max_length=100)] = {}


class Correction(Body):
    """What an article really says, and why the judgement is wrong."""

    sentiment: Sentiment
    topics: Annotated[list[TopicName], Field(max_length=50)] | None = None
    companies: Annotated[dict[Words, Sentiment], Field(max_length=100)] = {}
    note: Annotated[str, StringConstraints(max_length=MOST_NOTE)] = ""


class Report(Body):
    """What is wrong with an article, where what is right is not said."""

    kind: Wrong
    note: Annotated[str, StringConstraints(max_length=MOST_NOTE)] = ""


class Text(Body):
    """A text that companies are looked for in, and the day it is of."""

    text: Annotated[str, StringConstraints(min_length=1, max_length=MOST_NAMED)]
    on: Day | None = None


Alias = Annotated[str, StringConstraints(max_length=MOST_ALIAS, pattern=r"[^\s|]")]


class WatchedAlias(Body):
    """A name of a company, of a kind, and the days that it is valid."""

    name: Alias
    kind: AliasKind = AliasKind.SHORT
    valid_from: Day | None = None
    valid_until: Day | None = None


class Watching(Body):
    """What a company is called."""

    name: Alias
    aliases: Annotated[list[Alias], Field(max_length=100)] = []
    ticker: Words = ""
    names: Annotated[list[WatchedAlias], Field(max_length=100)] = []


class Tasks(Body):
    """Tasks by id."""

    tasks: Annotated[list[TaskId], Field(max_length=100)]


class Undo(Body):
    """Which answer to take back, by the key it was given under; the last one where `of` is empty."""

    of: Annotated[str, StringConstraints(max_length=100, pattern=r"^[!-~]*$")] = ""


class TokenRequest(Body):
    name: Annotated[str, Field(max_length=MAX_TOKEN_NAME, json_schema_extra={"pattern": TOKEN_NAME})]
    days: Annotated[int, Field(json_schema_extra={"minimum": 1, "maximum": MAX_TOKEN_DAYS}), Number] = 90


class PasswordChange(Body):
    old: Annotated[str, StringConstraints(max_length=2000)]
    new: Annotated[str, StringConstraints(max_length=2000)]


class Ended(BaseModel):
    """How many sessions and API tokens were ended."""

    ended: int


class Token(BaseModel):
    """A new API token; it is shown this once."""

    token: str
