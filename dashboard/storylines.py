"""Stories as lists show them: a line each, that leads to the story and to what tells it."""

from __future__ import annotations

from collections.abc import Sequence

from monitor.desk import StoryLine, StoryView
from monitor_dashboard import markup
from monitor_dashboard.frame import Frame, html

MOST_NAMED = 4


def story_rows(frame: Frame, lines: Sequence[StoryLine], company: str = "") -> None:
    """Stories with whom they are bad news for; with a `company`, the dot and the tag say what they are for
    it."""
    rows = []
    for line in lines:
        tags = ""
        label = line.story.label
        if company:
            label = "negative" if company in line.negative_for else ""
            tags += markup.tag(frame.say("story.bad"), "negative") if label else ""
        else:
            tags += markup.tag(frame.sentiment(label), label)
        others = [one for one in line.companies if one != company][:MOST_NAMED]
        tags += "".join(company_tag(frame, one, bad=one in line.negative_for) for one in others)
        rows.append(story_row(frame, line.story, tags, label))
    html("".join(rows))


def story_row(frame: Frame, story: StoryView, tags: str, label: str) -> str:
    """HTML: a story with its voices and reach."""
    tags += markup.tag(frame.say("sample"), "sample") if story.sample else ""
    return (
        f'<div class="m-story">{markup.dot(label)}'
        f"{markup.leading(story.title, frame.link('stories', id=story.id))}"
        f'<div class="m-meta">{tags}{told(frame, story.voices, story.reach)} · '
        f"{frame.clock(story.first_seen_at)}</div></div>"
    )


def told(frame: Frame, voices: int, reach: int) -> str:
    """How many tell a story, and in how many texts, in words."""
    copies = frame.say("reach.one") if reach == 1 else frame.say("reach", reach=reach)
    return f"{telling(frame, voices)} · {copies}"


def telling(frame: Frame, voices: int) -> str:
    """How many voices tell a story, in words."""
    return frame.say("voice") if voices == 1 else frame.say("voices", voices=voices)


def company_tag(frame: Frame, company_id: str, *, bad: bool = False) -> str:
    """HTML: a company as a label that leads to its page."""
    return (
        f'<a href="{frame.link("companies", id=company_id)}">'
        f"{markup.towards(frame.company(company_id), 'negative' if bad else '')}</a>"
    )
