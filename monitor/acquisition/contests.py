"""What a duel asks about: texts on which two models disagree, drawn at random.

Of the texts of the last days that taught or measured nobody, one of each story is drawn, LIMIT at most;
both models judge all of them in bulk, unlabelled. How many they disagree on is the share that the duel's
gain is scaled with; these, in an order that was drawn, are what it asks. It is about the sentiment; where the
models agree on that throughout, about the topic, or else the sentiment towards companies.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import numpy as np

from monitor.evaluation.duel import Judgement, Share
from monitor.hookspecs import Classifier, Progress
from monitor.records import Article, Prediction, likeliest
from monitor.store import Store, duels
from monitor.store.duels import Disagreement

LIMIT: Final = 5000
"""Texts that both models judge before a duel."""
SPARE: Final = 2
"""Texts that are kept for each label that may be read: some are skipped, or their articles change."""
BATCH: Final = 128


@dataclass(frozen=True, slots=True)
class Contest:
    """What the models disagree about, how often, and the texts to ask, in order."""

    judgement: Judgement
    share: Share
    drawn: tuple[Disagreement, ...]


def drawn(
    store: Store,
    champion: Classifier,
    challenger: Classifier,
    since: datetime,
    most: int,
    rng: np.random.Generator,
    progress: Progress,
) -> Contest:
    """The contest of two loaded models on texts first seen from `since` on, for `most` labels at most."""
    with store.read() as tx:
        found = duels.candidates(tx, since)
    of_story: dict[int, int] = {}
    for place in rng.permutation(len(found)):
        of_story.setdefault(*found[place])
    with store.read() as tx:
        articles = duels.shown(tx, list(of_story.values())[:LIMIT])
    old = _judged(champion, articles, "champion on texts of the duel", progress)
    new = _judged(challenger, articles, "challenger on texts of the duel", progress)
    for judgement in Judgement:
        differing = _disagreements(judgement, articles, old, new, rng)
        if differing:
            order = rng.permutation(len(differing))[: SPARE * most]
            share = Share(len(articles), len(differing))
            return Contest(judgement, share, tuple(differing[place] for place in order))
    return Contest(Judgement.SENTIMENT, Share(len(articles), 0), ())


def _disagreements(
    judgement: Judgement,
    articles: Sequence[Article],
    old: Sequence[Prediction],
    new: Sequence[Prediction],
    rng: np.random.Generator,
) -> list[Disagreement]:
    """One for each text: of several companies that they judge otherwise one is drawn."""
    found = []
    for article, before, after in zip(articles, old, new, strict=True):
        said = [("", before.label, after.label)]
        if judgement is Judgement.TOPIC:
            said = [("", likeliest(before.topics), likeliest(after.topics))] if before.topics else []
        elif judgement is Judgement.COMPANY:
            ids = dict.fromkeys(mention.company_id for mention in article.mentions)
            said = [(id, likeliest(before.towards(id)), likeliest(after.towards(id))) for id in ids]
        differing = [one for one in said if one[1] != one[2]]
        if differing:
            company, first, second = differing[int(rng.integers(len(differing)))]
            found.append(Disagreement(article.id, first, second, company))
    return found


def _judged(
    classifier: Classifier, articles: Sequence[Article], what: str, progress: Progress
) -> list[Prediction]:
    told: list[Prediction] = []
    for start in range(0, len(articles), BATCH):
        told.extend(classifier.classify(articles[start : start + BATCH]))
        progress(what, len(told), len(articles))
    return told
