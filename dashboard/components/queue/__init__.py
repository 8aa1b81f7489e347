"""The labelling queue in the browser: what it is handed, and the door through which Streamlit loads it.

Streamlit runs its script for every click; the queue must not wait for that, nor lose a key to it. So one
component holds the next tasks, shows the next at once, and speaks to the API by itself. Streamlit hands it
`handed` once and hears nothing back. Its modules, by noun:

    page      the parts put together            desk     what becomes of each key
    article   what is shown                     keys     what a key means
    answers   what can be said of it            sight    how long it has been on the screen
    opinion   what the model thinks, and why    pile     the tasks this tab has
    reasons   why an article is skipped         leaving  whether it is asked, and what is said
    notices   the line, what is unsent          outbox   answers on their way
    draft     what is marked before             server   the API; `line` whether it answers, and to whom
    past      the way back                      store    what outlives the page; `choices` what was chosen
    count     how many tasks there are
    dom       text into nodes                   tabs     who else has the queue open
    loader    Streamlit's way in; `main` the door; `surroundings` what of Streamlit's comes in between
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from monitor.records import SENTIMENTS, Lane
from monitor_dashboard.frame import Frame
from monitor_dashboard.messages import MESSAGES

FOLDER = Path(__file__).parent
SHARED = ("filter.sentiment", "log_in", "page.sources", "sample", "topics")
"""Sentences that other pages have too."""

_mount = st.components.v2.component(
    "monitor_queue",
    css=(FOLDER / "style.css").read_text(encoding="utf-8"),
    js=(FOLDER / "loader.js").read_text(encoding="utf-8"),
    # In the page's own tree, so that its reader, its search and its theme reach the article.
    isolate_styles=False,
)


def show(frame: Frame) -> None:
    """Put the queue on the page."""
    _mount(key="queue", data=handed(frame))


def handed(frame: Frame) -> Mapping[str, Any]:
    """What the component is handed: whose it is, and how to speak to them."""
    return {
        "user": frame.desk.user.name,
        "language": frame.language,
        "zone": frame.zone.key,
        "min_seen_ms": frame.desk.min_seen_ms(),
        "topics": [
            {"name": topic.name, "title": topic.zh if frame.language == "zh" else topic.en}
            for topic in frame.desk.topics()
        ],
        "words": {key: frame.say(key) for key in words()},
    }


def words() -> Sequence[str]:
    """The sentences it says, by key."""
    lanes = [f"lane.{lane}" for lane in Lane]
    own = [key for key in MESSAGES if key.startswith(("queue.", "why.")) and key != "queue.role"]
    return [*own, *lanes, *SENTIMENTS, *SHARED]
