"""stories: who tells them, joined and split."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.terminal import USER, Json, address, emit, opened, table

if TYPE_CHECKING:
    from monitor.desk import Desk
    from monitor.desk.stories import StoryDetail

stories = typer.Typer(help="Stories: their voices and reach, joined and split.", rich_markup_mode=None)

Story = Annotated[int, typer.Argument(metavar="ID", min=1, help="The story.")]


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.add_typer(stories, name="stories")


@stories.command()
def show(ctx: typer.Context, id: Story, json: Json = False) -> None:
    """A story's voices, reach and articles, and the stories before and after it."""
    with _desk(ctx) as desk:
        _tell(desk.story(id), json)


@stories.command()
def merge(
    ctx: typer.Context,
    id: Story,
    other: Annotated[int, typer.Argument(metavar="OTHER", min=1, help="The story that goes into it.")],
    json: Json = False,
) -> None:
    """Say that two stories tell one development; the matcher never undoes it."""
    with _desk(ctx) as desk:
        _tell(desk.merge_stories(id, other), json)


@stories.command()
def split(
    ctx: typer.Context,
    id: Story,
    articles: Annotated[list[int], typer.Argument(metavar="ARTICLE...", help="What tells another one.")],
    json: Json = False,
) -> None:
    """Take articles out of a story into one of their own; the matcher never undoes it."""
    with _desk(ctx) as desk:
        _tell(desk.split_story(id, articles), json)


@contextmanager
def _desk(ctx: typer.Context) -> Iterator[Desk]:
    from monitor.desk import Desk
    from monitor.records import Role, User

    with opened(ctx) as monitor:
        yield Desk(monitor, User(0, USER, Role.ADMIN, monitor.now()), address=address())


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
        (held.article_id, f"{one.first_seen_at:%Y-%m-%d %H:%M}", held.voice, held.role, held.how, one.title)
        for one in found.members
        for held in (one.membership,)
    ]
    table(("article", "first seen", "voice", "role", "by", "title"), rows, "No article tells it.")
    for name, linked in (("goes on from", found.earlier), ("goes on in", found.later)):
        for one in linked:
            typer.echo(f"{name} {one.id}: {one.title}")
