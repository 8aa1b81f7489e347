"""Beside an article: what people say about it, and one label for the whole of its story."""

from __future__ import annotations

from functools import partial

import streamlit as st

from monitor.desk import MOST_WORDS
from monitor.errors import MonitorError
from monitor.records import Role
from monitor_dashboard import markup
from monitor_dashboard.frame import Frame, attempt, failed, html
from monitor_dashboard.labelling import Beginning, ask


def comments(frame: Frame, article_id: int) -> None:
    """What people said about an article, and for an analyst the place to say something."""
    say = frame.say
    found = frame.desk.comments(article_id)
    if not found and not frame.is_analyst:
        return
    with st.container(border=True):
        st.markdown(f"**{say('comments')}**")
        for one in found:
            html(
                f'<div class="m-event"><b><bdi>{markup.escape(one.user)}</bdi></b> · {frame.clock(one.at)}'
                f'<div class="m-text"><bdi>{markup.escape(one.text)}</bdi></div></div>'
            )
            if one.user == frame.desk.user.name or frame.desk.user.role is Role.ADMIN:
                remove = partial(_remove, frame, one.id)
                st.button(say("comments.remove"), key=f"comment-{one.id}", type="tertiary", on_click=remove)
        if not frame.is_analyst:
            return
        with st.form(f"comment-{article_id}", clear_on_submit=True, border=False):
            text = st.text_area(say("comments.new"), max_chars=MOST_WORDS, height=80)
            asked = st.form_submit_button(say("comments.send"))
        if asked and (text or "").strip():
            attempt(frame, lambda: frame.desk.comment(article_id, text or ""))


def whole_story(frame: Frame, story_id: int) -> None:
    """One label for every text of a story."""
    say = frame.say
    if not frame.is_analyst:
        return
    with st.expander(say("story.label"), icon=":material/label:"):
        st.caption(say("story.label.help"))
        said = ask(frame, f"story-{story_id}", Beginning(), "story.label.send")
        if said is None:
            return
        try:
            number = frame.desk.label_story(story_id, said.sentiment, note=said.note)
        except MonitorError as error:
            failed(frame, error)
        else:
            st.success(say("story.labelled", n=number))


def _remove(frame: Frame, comment_id: int) -> None:
    try:
        frame.desk.remove_comment(comment_id)
    except MonitorError as error:
        failed(frame, error)
