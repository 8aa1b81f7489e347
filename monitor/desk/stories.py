"""Stories at the desk: who tells them, in whose voices, and joining and splitting them."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.desk import blinding
from monitor.desk.news import MAX_HOURS
from monitor.desk.seat import MAX_PAGE, Seat, within
from monitor.news import gathering
from monitor.records import Role
from monitor.store import Tx, arrangements, articles, chronicle, memberships, samples
from monitor.store.arrangements import Story
from monitor.store.memberships import Membership, Told
from monitor.store.stories import StoryView

__all__ = ["Linked", "Membership", "Stories", "Story", "StoryDetail", "StoryLine", "StoryMember", "Told"]


@dataclass(frozen=True, slots=True)
class StoryMember:
    """An article of a story: in whose `voice` and in what `role` it tells it, since when, and what decided
    it."""

    membership: Membership
    title: str
    source: str
    publisher: str
    url: str
    language: str
    first_seen_at: datetime


@dataclass(frozen=True, slots=True)
class Linked:
    """A story that another goes on from, or that goes on from it."""

    id: int
    title: str
    first_seen_at: datetime


@dataclass(frozen=True, slots=True)
class StoryDetail:
    """A story with all that tells it: `voices`, each with its first article and its copies, who was first at
    the top; `members` in the order they were first seen; the stories it goes on from and those that go on
    from it."""

    story: Story
    title: str
    voices: Sequence[Told]
    members: Sequence[StoryMember]
    earlier: Sequence[Linked]
    later: Sequence[Linked]


@dataclass(frozen=True, slots=True)
class StoryLine:
    """A story as lists show it: the companies (ids) that its articles name, and those that any of them is
    negative about."""

    story: StoryView
    companies: Sequence[str]
    negative_for: Sequence[str]


class Stories(Seat):
    """Anybody reads a story; joining and splitting takes an analyst, and stands against the matcher."""

    def stories(
        self,
        *,
        company: str = "",
        topic: str = "",
        negative: bool = False,
        hours: int = 168,
        sample: bool | None = None,
        limit: int = 50,
        before_id: int = 0,
    ) -> list[StoryLine]:
        """The stories told in the last `hours`, newest first: of a company, of a topic, and with `negative`
        those that are bad news (for the company, where one is given). Raises UserError."""
        self._may(Role.VIEWER, "read")
        within("limit", limit, 1, MAX_PAGE)
        since = self.monitor.now() - timedelta(hours=within("hours", hours, 1, MAX_HOURS))
        with self.monitor.store.read() as tx:
            if sample is None:
                sample = samples.counted(tx)
            hidden = self._hidden(tx)
            found = chronicle.page(
                tx,
                since,
                company=company,
                topic=topic,
                negative=negative,
                limit=limit,
                before_id=before_id,
                include_sample=sample,
            )
            return lines(tx, found, hidden, chosen=negative or bool(topic))

    def story(self, story_id: int) -> StoryDetail:
        """A story; where it went into another, that one. Raises NotFoundError."""
        self._may(Role.VIEWER, "read")
        with self.monitor.store.read() as tx:
            return self._told(tx, story_id)

    def merge_stories(self, story_id: int, other_id: int) -> StoryDetail:
        """Say that two stories tell one development: the articles of the other go into the first. Raises
        NotFoundError, ConflictError where one of them went into another already."""
        self._may(Role.ANALYST, "arrange stories")
        with self.monitor.store.begin() as tx:
            arrangements.join(tx, story_id, other_id, memberships.MERGE, self.user.name, self.monitor.now())
            self._wrote(tx, "story.merge", str(story_id), {"story": other_id})
            return self._told(tx, story_id)

    def split_story(self, story_id: int, article_ids: Sequence[int]) -> StoryDetail:
        """Say that articles of a story tell another development: they found a story, which is answered.
        Raises NotFoundError, and ConflictError where they are not all in it, or are all of it."""
        self._may(Role.ANALYST, "arrange stories")
        within("articles", len(article_ids), 1, MAX_PAGE)
        with self.monitor.store.begin() as tx:
            new = arrangements.split(tx, story_id, article_ids, self.user.name, self.monitor.now())
            self._wrote(tx, "story.split", str(story_id), {"articles": list(article_ids), "story": new})
            return self._told(tx, new)

    def _told(self, tx: Tx, story_id: int) -> StoryDetail:
        story_id = arrangements.standing(tx, story_id)
        story = arrangements.get(tx, story_id, negative=story_id not in self._hidden(tx))
        held = memberships.in_story(tx, story_id)
        found = {one.id: one for one in articles.get_many(tx, [each.article_id for each in held])}
        members = sorted(
            (
                StoryMember(
                    membership=each,
                    title=found[each.article_id].title,
                    source=found[each.article_id].source,
                    publisher=found[each.article_id].publisher,
                    url=found[each.article_id].url,
                    language=found[each.article_id].language,
                    first_seen_at=found[each.article_id].first_seen_at,
                )
                for each in held
            ),
            key=lambda member: (member.first_seen_at, member.membership.article_id),
        )
        voices = sorted(memberships.told(tx, [story_id]), key=lambda one: (one.first_seen_at, one.article_id))
        linked = gathering.links(tx, story_id)
        return StoryDetail(
            story=story,
            title=members[0].title if members else "",
            voices=voices,
            members=members,
            earlier=self._linked(tx, linked.earlier),
            later=self._linked(tx, linked.later),
        )

    def _linked(self, tx: Tx, story_ids: Sequence[int]) -> list[Linked]:
        found = []
        for story_id in story_ids:
            first = memberships.first(tx, story_id)
            title = articles.get(tx, first).title if first else ""
            found.append(Linked(story_id, title, arrangements.get(tx, story_id).first_seen_at))
        return found


def lines(tx: Tx, found: Sequence[StoryView], hidden: Set[int], *, chosen: bool = False) -> list[StoryLine]:
    """Stories as lists show them; what the model says of those in `hidden` is left out. Where they were
    `chosen` by what it says, they are themselves."""
    shown = [one for one in found if not (chosen and one.id in hidden)]
    named = chronicle.companies(tx, [one.id for one in shown])
    return [
        StoryLine(one, sorted(named[one.id][0]), () if one.id in hidden else sorted(named[one.id][1]))
        for one in blinding.stories(shown, hidden)
    ]
