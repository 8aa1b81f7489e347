"""The evidence card of an alert: its stories with the sentence that made each negative, who told them first,
in whose voices, and what the alert hangs on. Everything on it is stored; nothing is made up for it.

Stories that the reader judges blind at this moment are left out, and what the alert hangs on with them: that
it hangs on a story says what the story is.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from monitor.alerts import counterfactual
from monitor.detection import cells
from monitor.detection.causes import Causes
from monitor.detection.discovery import q_value
from monitor.detection.turns import Step
from monitor.news.stories import voices
from monitor.records import Alert, Article
from monitor.store import Tx, alerts, articles, memberships, namings, quotes, relatives, turns, walked
from monitor.store.articles import ArticleView
from monitor.store.memberships import Told


@dataclass(frozen=True, slots=True)
class Quoted:
    """A sentence of a stored article, at [start, end) of its content, with the probability that it is
    negative as `model` said (towards the alert's company, where it is about one)."""

    text: str
    start: int
    end: int
    negative: float
    model: str


@dataclass(frozen=True, slots=True)
class CardStory:
    """A story of an alert, by its first article among those that count for it. `voices` are who tells it, who
    was first at the head, since `first_at`; `reach` its copies. `quote` is None until somebody asked, and
    where there is no sentence."""

    id: int
    title: str
    url: str
    article_id: int
    source: str
    first_seen_at: datetime
    first_at: datetime
    voices: Sequence[str]
    reach: int
    companies: Sequence[str]
    topics: Sequence[str]
    quote: Quoted | None


@dataclass(frozen=True, slots=True)
class Needed:
    """A story without which an alert would not fire, alone or with others."""

    id: int
    title: str


@dataclass(frozen=True, slots=True)
class Card:
    """The newest `stories` of an alert, of so many `in_all`; the companies and topics that these name, the
    most frequent first; the versions whose predictions they are; `first`, who wrote first of them, and their
    reach together. `causes` is what it hangs on, None until the watch asked; `needed` are the stories that
    `causes` names, and `counterfactual` says it in sentences. `q_value` is how large a part of what its rule
    found at least as rare, under the same cut, would be false (`detection.discovery`); None where its score
    is none of a p-value, or its tests are forgotten. `scaled` says by what the counts of a version of
    the model were scaled that had not served for long (`detection.turns`)."""

    stories: Sequence[CardStory]
    in_all: int
    companies: Mapping[str, int]
    topics: Mapping[str, int]
    models: Sequence[str]
    first: str
    first_at: datetime | None
    reach: int
    causes: Causes | None
    needed: Sequence[Needed]
    counterfactual: Sequence[str]
    q_value: float | None
    scaled: Sequence[str]


def voice_title(voice: str, language: str = "", sources: Mapping[str, str] | None = None) -> str:
    """What people call a voice, in a language where it has a name in it; that of a source by its title among
    `sources`."""
    name = voice.removeprefix("source ")
    if name != voice and sources and sources.get(name):
        return sources[name]
    return voices.shipped().title(voice, language)


def card(tx: Tx, alert: Alert, hidden: Set[int], sources: Mapping[str, str] | None = None) -> Card:
    """The card of an alert for who does not see the stories `hidden`; `sources` are titles by name."""
    of_story = relatives.stories_of(tx, alert.article_ids)
    about = quotes.about(tx, of_story, alert.scope.company)
    shown = [id for id in about if of_story[id] not in hidden]
    leading = quotes.leading(tx, shown)
    views = articles.views(tx, list(leading))
    told = _told(memberships.told(tx, {view.article.story_id for view in views}))
    said = quotes.of(tx, leading.values(), alert.scope.company)
    stories = [
        _story(view, told.get(view.article.story_id, []), said.get(view.article.text_id)) for view in views
    ]
    first = min(
        ((one.first_at, one.voices[0]) for one in stories if one.voices), key=lambda one: one[0], default=None
    )
    causes = None if hidden & set(of_story.values()) else alerts.causes(tx, alert.id)
    return Card(
        stories=stories,
        in_all=len({of_story[id] for id in shown}),
        companies=_counted(one.companies for one in stories),
        topics=_counted(one.topics for one in stories),
        models=sorted({view.prediction.model for view in views if view.prediction}),
        first=first[1] if first else "",
        first_at=first[0] if first else None,
        reach=sum(one.reach for one in stories),
        causes=causes,
        needed=_needed(tx, causes, stories),
        counterfactual=counterfactual.sentences(causes, partial(voice_title, sources=sources)),
        q_value=_q_value(tx, alert),
        scaled=[one.sentence for one in _steps(tx, alert)],
    )


def _q_value(tx: Tx, alert: Alert) -> float | None:
    if alert.p_value is None or alert.operational:
        return None
    tests, scores = walked.tested(tx, alert.rule, cells.cell(max(alert.opened_at, alert.end_at)))
    return q_value(alert.score, scores, tests) if tests else None


def _steps(tx: Tx, alert: Alert) -> Sequence[Step]:
    return () if alert.operational else turns.scaled(tx, alert.start_at, alert.end_at)


def leading_story(found: Card) -> CardStory | None:
    """The story of an alert that most voices tell, of equals the one that was told first."""
    return min(found.stories, key=lambda one: (-len(one.voices), one.first_at, one.id), default=None)


def _story(view: ArticleView, told: Sequence[Told], quote: quotes.Quote | None) -> CardStory:
    article = view.article
    return CardStory(
        id=article.story_id,
        title=article.title or article.text[:120],
        url=article.url,
        article_id=article.id,
        source=article.source,
        first_seen_at=article.first_seen_at,
        first_at=told[0].first_seen_at if told else article.first_seen_at,
        voices=[one.voice for one in told],
        reach=sum(one.copies for one in told),
        companies=list(view.companies),
        topics=list(view.topics),
        quote=_quoted(article, quote),
    )


def _quoted(article: Article, quote: quotes.Quote | None) -> Quoted | None:
    if quote is None or not quote.start < quote.end <= len(article.content):
        return None
    text = _for_reader(article, quote.start, quote.end)
    return Quoted(text, quote.start, quote.end, quote.negative, quote.model)


def _for_reader(article: Article, start: int, end: int) -> str:
    """What stands at [start, end) of an article's content as its source wrote it, where that is in the same
    place there; the content has full-width marks and letters made narrow."""
    text = article.content[start:end]
    written = "\n".join(part for part in (article.title, article.text) if part)[start:end]
    return written if unicodedata.normalize("NFKC", written) == text else text


def _told(pairs: Iterable[Told]) -> dict[int, list[Told]]:
    """By story, who tells it, who was first at the head."""
    found: dict[int, list[Told]] = {}
    for one in sorted(pairs, key=lambda one: (one.first_seen_at, one.article_id)):
        found.setdefault(one.story_id, []).append(one)
    return found


def _counted(names: Iterable[Sequence[str]]) -> dict[str, int]:
    number = Counter(name for some in names for name in some)
    return dict(sorted(number.items(), key=lambda one: (-one[1], one[0])))


def _needed(tx: Tx, causes: Causes | None, shown: Sequence[CardStory]) -> list[Needed]:
    """The stories that an alert hangs on, by their titles on the card, or by the first line of each."""
    if causes is None:
        return []
    titles = {id: title for id, (_, title) in namings.firsts(tx, causes.stories).items()}
    titles |= {one.id: one.title for one in shown}
    return [Needed(id, titles.get(id, "")) for id in causes.stories]
