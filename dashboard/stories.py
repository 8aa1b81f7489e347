"""Stories: the newest of them, and one with who tells it, merged with others and split by analysts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta
from functools import partial

import streamlit as st

from monitor.desk import Linked, StoryDetail, StoryMember
from monitor.errors import NotFoundError
from monitor_dashboard import filters, markup
from monitor_dashboard.discussion import whole_story
from monitor_dashboard.frame import Frame, html
from monitor_dashboard.storylines import company_tag, story_rows, told
from monitor_dashboard.trainings import confirmed

PAGE = 30
_NUMBER = re.compile(r"(?:.*[?&]id=)?(\d{1,18})(?:&.*)?")
"""A story's number, as it is or in the address of its page."""


def show(frame: Frame) -> None:
    if st.query_params.get("id"):
        _one(frame, filters.number("id"))
    else:
        _all(frame)


def _all(frame: Frame) -> None:
    say, desk = frame.say, frame.desk
    with st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute"):
        st.title(say("page.stories"))
        hours = filters.hours(frame)
    companies = {company.id: company.name for company in desk.companies()}
    topics = {topic.name: frame.topic(topic.name) for topic in desk.topics()}
    left, middle, right = st.columns(3)
    company = filters.chosen(
        frame, left, "company", say("company"), list(companies), lambda one: companies[one]
    )
    topic = filters.chosen(frame, middle, "topic", say("topic"), list(topics), lambda one: topics[one])
    only = filters.chosen(
        frame, right, "sentiment", say("filter.sentiment"), ["negative"], lambda one: say("negative")
    )
    asked = (hours, company, topic, only)
    before = filters.page("before", asked)
    found = desk.stories(
        company=company,
        topic=topic,
        negative=bool(only),
        hours=hours,
        limit=PAGE + 1,
        before_id=before,
    )
    if not found:
        st.info(say("stories.none"))
        return
    with st.container(border=True):
        story_rows(frame, found[:PAGE], company)
    filters.turn(frame, "before", before, found[PAGE - 1].story.id if len(found) > PAGE else 0)


def _one(frame: Frame, story_id: int) -> None:
    say = frame.say
    filters.back(frame, "story.back")
    try:
        detail = frame.desk.story(story_id)
    except NotFoundError:
        st.warning(say("story.missing"))
        return
    story = detail.story
    if story.id != story_id:
        st.info(say("story.went", into=story.id), icon=":material/merge:")
    bad = "".join(company_tag(frame, one, bad=True) for one in story.negative_for)
    html(
        f'<div class="m-title"><bdi>{markup.escape(detail.title)}</bdi></div>'
        f'<div class="m-meta">{say("story.number", id=story.id)} · '
        f"{told(frame, story.voices, story.reach)} · {frame.clock(story.first_seen_at)} – "
        f"{frame.clock(story.last_seen_at)}</div>"
        + (f'<div class="m-meta">{say("story.bad_for")} {bad}</div>' if bad else "")
    )
    if story.weight < 1:
        st.info(say("story.taken_back", weight=f"{story.weight:.0%}"), icon=":material/undo:")
    left, right = st.columns([3, 2], gap="medium")
    with left, st.container(border=True):
        st.subheader(say("story.members", n=len(detail.members)))
        _members(frame, detail.members)
    with right:
        with st.container(border=True):
            st.subheader(say("story.voices", n=len(detail.voices)))
            _voices(frame, detail)
        for key, linked in (("story.earlier", detail.earlier), ("story.later", detail.later)):
            if linked:
                with st.container(border=True):
                    st.subheader(say(key))
                    _linked(frame, linked)
        if frame.is_analyst:
            with st.container(border=True):
                st.subheader(say("story.arrange"))
                _merge(frame, detail)
                _split(frame, detail)
                whole_story(frame, story.id)


def _voices(frame: Frame, detail: StoryDetail) -> None:
    """Who says it, the first at the top, with how much later each of the others came."""
    say = frame.say
    start = min((one.first_seen_at for one in detail.voices), default=detail.story.first_seen_at)
    rows = []
    for one in detail.voices:
        late = _late(frame, one.first_seen_at - start)
        rows.append(
            [
                markup.leading(frame.voice(one.voice), frame.link("articles", id=one.article_id)),
                f"{markup.escape(late)}<small>{frame.clock(one.first_seen_at)}</small>",
                markup.escape(one.copies),
            ]
        )
    html(markup.grid("", [say("story.voice"), say("story.when"), say("story.copies")], rows))


def _late(frame: Frame, late: timedelta) -> str:
    if not late:
        return frame.say("story.first")
    minutes = round(late / timedelta(minutes=1))
    if minutes < 120:
        return frame.say("story.minutes", n=minutes)
    return frame.say("story.hours", n=round(minutes / 60))


def _members(frame: Frame, members: Sequence[StoryMember]) -> None:
    rows = []
    for one in members:
        held = one.membership
        tags = markup.tag(frame.say(f"story.role.{held.role}"), "pending") if held.role != "report" else ""
        how = frame.say(f"story.how.{held.how}")
        by = f"{how} ({held.user})" if held.user else how
        whence = [frame.source(one.source), *([one.publisher] if one.publisher else [])]
        page = frame.link("articles", id=held.article_id)
        rows.append(
            f'<div class="m-story">{markup.link(one.title, one.url)}'
            f'<div class="m-meta">{tags}<bdi>{markup.escape(" · ".join(whence))}</bdi> · '
            f"{frame.clock(one.first_seen_at)} · {markup.escape(by)} · "
            f"{markup.leading(frame.say('article.details'), page)}</div></div>"
        )
    html("".join(rows))


def _linked(frame: Frame, linked: Sequence[Linked]) -> None:
    rows = [
        f'<div class="m-story">{markup.leading(one.title, frame.link("stories", id=one.id))}'
        f'<div class="m-meta">{frame.clock(one.first_seen_at)}</div></div>'
        for one in linked
    ]
    html("".join(rows))


def _merge(frame: Frame, detail: StoryDetail) -> None:
    """Name the other story, see which it is, and say that it is this one."""
    say = frame.say
    with st.expander(say("story.merge"), icon=":material/merge:"):
        st.caption(say("story.merge.help"))
        given = st.text_input(say("story.other"), key=f"merge-{detail.story.id}", max_chars=500).strip()
        if not given:
            return
        found = _NUMBER.fullmatch(given)
        try:
            other = frame.desk.story(int(found[1])) if found else None
        except NotFoundError:
            other = None
        if other is None or other.story.id == detail.story.id:
            st.warning(say("story.other.none"))
            return
        html(
            f'<div class="m-event"><bdi>{markup.escape(other.title)}</bdi>'
            f'<div class="m-meta">{told(frame, other.story.voices, other.story.reach)} · '
            f"{frame.clock(other.story.first_seen_at)}</div></div>"
        )
        act = partial(frame.desk.merge_stories, detail.story.id, other.story.id)
        done = partial(_did, frame, "story.merged")
        confirmed(frame, "story.merge.do", f"{detail.story.id}-{other.story.id}", act, done)


def _split(frame: Frame, detail: StoryDetail) -> None:
    """Choose what tells another development; where it went is told, and shown next."""
    say = frame.say
    if len(detail.members) < 2:
        return
    titles = {
        one.membership.article_id: f"{one.title} · {frame.source(one.source)}" for one in detail.members
    }
    with st.expander(say("story.split"), icon=":material/call_split:"):
        st.caption(say("story.split.help"))
        chosen = st.multiselect(
            say("story.split.which"),
            list(titles),
            format_func=lambda one: markup.plain(titles[one]),
            max_selections=len(titles) - 1,
            placeholder=say("story.split.none"),
            key=f"split-{detail.story.id}",
        )
        if not chosen:
            return

        def act() -> StoryDetail:
            made = frame.desk.split_story(detail.story.id, chosen)
            filters.put("id", str(made.story.id))
            return made

        done = partial(_did, frame, "story.parted")
        confirmed(frame, "story.split.do", str(detail.story.id), act, done)


def _did(frame: Frame, key: str, detail: StoryDetail) -> str:
    return frame.say(key, id=detail.story.id)
