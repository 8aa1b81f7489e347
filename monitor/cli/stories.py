"""stories: which there were, who tells them, joined and split."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.terminal import Hours, Json, at_desk, emit, table

if TYPE_CHECKING:
    from monitor.desk.stories import StoryDetail, StoryLine

stories = typer.Typer(help="Stories: their voices and reach, joined and split.", rich_markup_mode=None)

Story = Annotated[int, typer.Argument(metavar="ID", min=1, help="The story.")]


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.add_typer(stories, name="stories")


@stories.command("list")
def list_stories(
    ctx: typer.Context,
    company: Annotated[str, typer.Option(metavar="ID", help="Only those that name it.")] = "",
    topic: Annotated[str, typer.Option(metavar="NAME", help="Only those of this topic.")] = "",
    negative: Annotated[
        bool, typer.Option("--negative", help="Only bad news: for the company, where one is given.")
    ] = False,
    hours: Hours = 168,
    limit: Annotated[int, typer.Option(min=1, max=500, help="At most so many.")] = 50,
    json: Json = False,
) -> None:
    """The stories told in the last hours, newest first."""
    with at_desk(ctx) as desk:
        found = desk.stories(company=company, topic=topic, negative=negative, hours=hours, limit=limit)
    if json:
        emit(found)
    else:
        story_table(found, company)


def story_table(found: Sequence[StoryLine], company: str = "") -> None:
    """Print stories as a table; whether each is bad news for the company, where one is given."""
    rows = [
        (
            line.story.id,
            line.story.first_seen_at,
            line.story.voices,
            line.story.reach,
            ", ".join(one for one in line.negative_for if company in ("", one)),
            line.story.title,
        )
        for line in found
    ]
    table(("story", "first seen", "voices", "reach", "negative for", "title"), rows, "No story.")


@stories.command()
def show(ctx: typer.Context, id: Story, json: Json = False) -> None:
    """A story's voices, reach and articles, and the stories before and after it."""
    with at_desk(ctx) as desk:
        _tell(desk.story(id), json)


@stories.command()
def merge(
    ctx: typer.Context,
    id: Story,
    other: Annotated[int, typer.Argument(metavar="OTHER", min=1, help="The story that goes into it.")],
    json: Json = False,
) -> None:
    """Say that two stories tell one development; the matcher never undoes it."""
    with at_desk(ctx) as desk:
        _tell(desk.merge_stories(id, other), json)


@stories.command()
def split(
    ctx: typer.Context,
    id: Story,
    articles: Annotated[list[int], typer.Argument(metavar="ARTICLE...", help="What tells another one.")],
    json: Json = False,
) -> None:
    """Take articles out of a story into one of their own; the matcher never undoes it."""
    with at_desk(ctx) as desk:
        _tell(desk.split_story(id, articles), json)


def _tell(found: StoryDetail, json: bool) -> None:
    if json:
        emit(found)
        return
    story = found.story
    typer.echo(f"{story.id}: {found.title}")
    typer.echo(f"{story.voices} voices, reach {story.reach}, weight {story.weight:g}")
    if story.negative_for:
        typer.echo(f"negative for {', '.join(story.negative_for)}")
    rows = [
        (held.article_id, one.first_seen_at, held.voice, held.role, held.how, one.title)
        for one in found.members
        for held in (one.membership,)
    ]
    table(("article", "first seen", "voice", "role", "by", "title"), rows, "No article tells it.")
    for name, linked in (("goes on from", found.earlier), ("goes on in", found.later)):
        for one in linked:
            typer.echo(f"{name} {one.id}: {one.title}")
