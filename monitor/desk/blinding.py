"""What an analyst who judges a story without the model's opinion is not shown of it. Pure.

A blind answer measures the model only if the model was not asked on another page meanwhile. So while
an analyst has an article on the screen blind, everything the model says of its story is left out of
whatever else they are sent: views, stories, evidence, messages, explanations.
"""

from __future__ import annotations

from collections.abc import Iterable, Set
from dataclasses import replace

from monitor.desk.views import AlertDetail, ArticleDetail
from monitor.records import Alert, Delivery
from monitor.store.articles import ArticleView
from monitor.store.mentions import Towards
from monitor.store.stories import StoryView

UNKNOWN = Towards("", 0.0)


def views(found: Iterable[ArticleView], hidden: Set[int], *, chosen: bool = False) -> list[ArticleView]:
    """Articles without what the model says of stories in `hidden`. Where they were `chosen` by what it
    says (a search for negative ones), those of hidden stories are left out."""
    if chosen:
        return [view for view in found if view.article.story_id not in hidden]
    return [_view(view) if view.article.story_id in hidden else view for view in found]


def detail(found: ArticleDetail, hidden: Set[int]) -> ArticleDetail:
    """An article likewise."""
    if found.article.story_id not in hidden:
        return found
    companies = dict.fromkeys(found.companies, UNKNOWN)
    told = [_view(view) for view in found.story]
    return replace(
        found,
        prediction=None,
        decision=None,
        companies=companies,
        story=told,
        # As of a view: a label's sentiment is a person's, its topics may be the model's.
        sentiment=found.sentiment if found.labelled else "",
        topics=(),
    )


def stories(found: Iterable[StoryView], hidden: Set[int]) -> list[StoryView]:
    """Stories likewise."""
    return [replace(one, label="", negative=0.0) if one.id in hidden else one for one in found]


def alert(found: AlertDetail, hidden: Set[int]) -> AlertDetail:
    """An alert whose evidence leaves hidden stories out: that they count for it says what they are."""
    shown = views(found.evidence, hidden, chosen=True)
    if len(shown) == len(found.evidence):
        return found
    named = {view.article.id for view in found.evidence} - {view.article.id for view in shown}
    return replace(
        found,
        alert=unnamed(found.alert, named),
        evidence=shown,
        deliveries=[without_words(one) for one in found.deliveries],
    )


def unnamed(alert: Alert, hidden: Set[int]) -> Alert:
    """An alert whose evidence does not name these articles."""
    return replace(alert, article_ids=tuple(id for id in alert.article_ids if id not in hidden))


def without_words(delivery: Delivery) -> Delivery:
    """A message without what it says, which names its evidence."""
    return replace(delivery, payload={})


def _view(view: ArticleView) -> ArticleView:
    # A label's sentiment is a person's; topics and companies are the model's where a label leaves them out.
    return replace(
        view,
        prediction=None,
        route=None,
        companies=dict.fromkeys(view.companies, UNKNOWN),
        sentiment=view.sentiment if view.labelled else "",
        topics=(),
    )
