"""Stories joined by vectors, after predictions are settled: where `monitor.news.stories.matching` meets the
store.

Text alone has put reprints together when articles arrived. Their vectors come with their predictions, and
with them wire variants and translations find their story: right after the transaction that settles the
predictions, which notes them as waiting, so that a crash in between loses none. Only articles of one model
version are compared, since vectors of two mean different things; a version that gives no vectors leaves
stories as the texts made them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from monitor.news.stories import corrections, developments, facts, matching
from monitor.news.stories.developments import Links
from monitor.news.stories.matching import Told
from monitor.records import Article, Prediction
from monitor.store import Store, Tx, arrangements, memberships, predictions, relatives, vectors
from monitor.store.relatives import Beside, Relative

BATCH = 512
"""Articles joined in one transaction: the more they are, the more of what they are compared with is shared,
and the longer others wait to write (half a second)."""
Centres = Mapping[bool, NDArray[np.float32]]


def keys(article: Article) -> list[str]:
    """What an article is found by (`matching.keys`), to be kept when it arrives."""
    return matching.keys(_read(_first(article.content))[0], frozenset(article.named))


def role(article: Article) -> str:
    """What an article does to its story, by its headline as its source wrote it."""
    return _read(_first(article.content))[1]


def _first(content: str) -> str:
    return content.lstrip().split("\n", 1)[0][: facts.HEADLINE]


@lru_cache(maxsize=matching.CACHED)
def _read(line: str) -> tuple[str, str]:
    """Of a first line its headline, and what it does to its story."""
    return facts.headline(line), corrections.role(line)


def expect(tx: Tx, settled: Sequence[tuple[Article, Prediction]]) -> None:
    """Let articles wait for `work`, in the transaction that settles their predictions; the made-up ones do
    not."""
    relatives.wait(
        tx, {article.id: said.model for article, said in settled if said.vector and not article.sample}
    )


def work(store: Store, now: Callable[[], datetime]) -> list[tuple[int, int]]:
    """Join the stories of the articles that wait with those that tell the same development.

    In transactions of its own, so that stories are locked in one order and nobody waits for the comparing.
    Which stories went into which: (the one that stays, the one that went into it).
    """
    joined: list[tuple[int, int]] = []
    known: dict[str, Centres] = {}
    while True:
        with store.read() as tx:
            if not relatives.waiting(tx, 1, lock=False):
                return joined
        with store.begin() as tx:
            waiting = relatives.waiting(tx, BATCH)
            if not waiting:  # another process has them
                return joined
            by_model: dict[str, list[int]] = defaultdict(list)
            for article_id, model in waiting.items():
                by_model[model].append(article_id)
            for model, ids in sorted(by_model.items()):
                if model not in known:
                    known[model] = centres(tx, model)
                joined += gather(tx, model, ids, now(), of=known[model])
            relatives.done(tx, list(waiting))


def relive(tx: Tx, model: str, articles: Sequence[Article]) -> None:
    """Join the stories of new articles of an archive, as each would have been when it was first seen: by
    nothing that was seen later, and from that moment on. In the transaction that stores them, with their
    vectors."""
    of = centres(tx, model)
    for article in articles:
        gather(tx, model, [article.id], article.first_seen_at, ahead=timedelta(0), of=of)


def gather(
    tx: Tx,
    model: str,
    article_ids: Sequence[int],
    now: datetime,
    *,
    ahead: timedelta = matching.WINDOW,
    of: Centres | None = None,
) -> list[tuple[int, int]]:
    """Join the stories of these articles by the vectors of a version; see `work`. They are compared with what
    was first seen up to `ahead` after them; `of` are the version's `centres`, where they are known."""
    own = relatives.keys(tx, article_ids)
    if not own:
        return []
    moments = [kept.seen_at for kept in own.values()]
    since, until = min(moments) - matching.WINDOW, max(moments) + ahead
    asked = {id: matching.asked(kept.keys) for id, kept in own.items()}
    related = relatives.sharing(tx, {key for some in asked.values() for key in some}, since, until)
    beside = relatives.beside(tx, model, {*own, *(id for some in related.values() for id in some)})
    if not len(beside.ids):
        return []
    known = _known(beside, centres(tx, model) if of is None else of)
    place = {id: row for row, id in enumerate(beside.ids.tolist())}
    near: dict[int, list[tuple[int, float]]] = {}
    for id, keys in asked.items():
        shared = sorted({place[one] for key in keys for one in related.get(key, ()) if one in place})
        if id in place and shared:
            found = matching.nearest(known, place[id], np.array(shared, np.int64))
            near[id] = [(int(beside.ids[row]), cosine) for row, cosine in found]
    read = {id: told(one) for id, one in relatives.of(tx, _named(near)).items()}
    weighed = (
        matching.weigh(read[id], ((read[other], cosine) for other, cosine in some))
        for id, some in near.items()
        if some
    )
    ranked = matching.ranked(pair for some in weighed for pair in some)
    if not ranked:
        return []
    stories = arrangements.lock(tx, {one.story_id for pair in ranked for one in (pair.first, pair.second)})
    members = {
        story: [told(one) for one in some] for story, some in relatives.in_stories(tx, stories).items()
    }
    ranked = [pair for pair in ranked if {pair.first.story_id, pair.second.story_id} <= stories]
    apart, arranged = arrangements.parted(tx, stories), arrangements.arranged(tx, stories)
    joined = matching.gather(ranked, members, apart, arranged)
    arrangements.join_all(tx, joined, memberships.VECTORS, "", now)
    return joined


def _known(beside: Beside, of: Centres) -> matching.Known:
    centred = matching.centred(beside.vectors, beside.chinese, of)
    return matching.Known(beside.stories, beside.seconds, beside.chinese, centred)


def _named(near: Mapping[int, Sequence[tuple[int, float]]]) -> list[int]:
    """The articles that are to be read: those that have others near, and the others."""
    return sorted(
        {*(id for id, some in near.items() if some), *(one for some in near.values() for one, _ in some)}
    )


def told(one: Relative) -> Told:
    """A stored article as it is weighed."""
    line, does = _read(_first(one.content))
    chinese = one.language == "zh"
    return Told(one.article_id, one.story_id, one.first_seen_at, line, one.companies, chinese, does)


def centres(tx: Tx, model: str) -> Centres:
    """The mean vector of each language among those that a version gave last."""
    found: dict[bool, NDArray[np.float32]] = {}
    for chinese, rows in relatives.latest_vectors(tx, model).items():
        centre = matching.centre(rows)
        if centre is not None:
            found[chinese] = centre
    return found


def links(tx: Tx, story_id: int) -> Links:
    """The stories that a story goes on from, and those that go on from it."""
    members = relatives.in_stories(tx, [story_id]).get(story_id, [])
    companies = {company for one in members for company in one.companies}
    if not members:
        return Links()
    first = min(members, key=lambda one: (one.first_seen_at, one.article_id))
    since, until = first.first_seen_at - developments.SAGA, first.first_seen_at + developments.SAGA
    others = relatives.of(tx, relatives.about(tx, companies, since, until))
    found = {one.article_id: one for one in (*others.values(), first)}
    said = predictions.current(tx, first.article_id)
    if said is None:
        return Links()
    ids, rows = vectors.of(tx, said[0].model, sorted(found))
    known = [told(found[int(id)]) for id in ids]
    centred = matching.centred(rows, [one.chinese for one in known], centres(tx, said[0].model))
    place = next((row for row, one in enumerate(known) if one.article_id == first.article_id), None)
    if place is None:
        return Links()
    cosines = matching.cosines(centred, centred[place]).tolist()
    return developments.links(known[place], list(zip(known, cosines, strict=True)))
