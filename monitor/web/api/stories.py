"""/stories: which there were, what tells one, and joining and splitting it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from monitor.desk.stories import StoryDetail, StoryLine
from monitor.errors import ConflictError, NotFoundError
from monitor.web.api.asking import AtDesk, AtOwnDesk
from monitor.web.api.bodies import StoryMerge, StorySplit
from monitor.web.api.parameters import MAX_ID, Hours, Id, Words
from monitor.web.routes import Answering, raises

router = APIRouter(route_class=Answering)


@router.get("/stories", tags=["news"])
def stories(
    desk: AtDesk,
    company: Words = "",
    topic: Words = "",
    negative: bool = False,
    hours: Hours = 168,
    sample: bool | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    before_id: Annotated[int, Query(ge=0, le=MAX_ID)] = 0,
) -> list[StoryLine]:
    """Stories told in the last hours, newest first; `negative`: bad news, for the company where one is given.
    The next page is `before_id` = the last id."""
    return desk.stories(
        company=company,
        topic=topic,
        negative=negative,
        hours=hours,
        sample=sample,
        limit=limit,
        before_id=before_id,
    )


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
