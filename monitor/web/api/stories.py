"""/stories: what tells a development, and joining and splitting it."""

from __future__ import annotations

from fastapi import APIRouter

from monitor.desk.stories import StoryDetail
from monitor.errors import ConflictError, NotFoundError
from monitor.web.api.asking import AtDesk, AtOwnDesk
from monitor.web.api.bodies import StoryMerge, StorySplit
from monitor.web.api.parameters import Id
from monitor.web.routes import Answering, raises

router = APIRouter(route_class=Answering)


@router.get("/stories/{story_id}", tags=["news"], responses=raises(NotFoundError))
def story(story_id: Id, desk: AtDesk) -> StoryDetail:
    """One story: its voices, its reach, its articles, and the stories before and after it. One that went into
    another is answered by that one."""
    return desk.story(story_id)


@router.post("/stories/{story_id}/merge", tags=["news"], responses=raises(NotFoundError, ConflictError))
def merge(story_id: Id, body: StoryMerge, desk: AtOwnDesk) -> StoryDetail:
    """Put the articles of another story into this one (analyst); the matcher never undoes it."""
    return desk.merge_stories(story_id, body.story)


@router.post("/stories/{story_id}/split", tags=["news"], responses=raises(NotFoundError, ConflictError))
def split(story_id: Id, body: StorySplit, desk: AtOwnDesk) -> StoryDetail:
    """Take articles out of a story into one of their own, which is answered (analyst); the matcher never
    undoes it."""
    return desk.split_story(story_id, body.articles)
