"""The guidelines: shown wherever somebody labels, written by an administrator."""

from __future__ import annotations

import streamlit as st

from monitor.desk import MOST_TEXT, MOST_WORDS, Guideline, LabelExample
from monitor.records import SENTIMENTS
from monitor_dashboard import markup
from monitor_dashboard.frame import Frame, attempt, html

NEW_EXAMPLES = 5
"""Places for further examples in the form."""


def beside(frame: Frame) -> None:
    """The guidelines in a box that opens, where there are any."""
    found = frame.desk.guideline()
    if found.version:
        with st.expander(frame.say("guide.beside", version=found.version), icon=":material/menu_book:"):
            _told(frame, found)


def show(frame: Frame) -> None:
    """The guidelines in force, their older versions, and for an administrator the place to write them."""
    say = frame.say
    versions = frame.desk.guidelines()
    if not versions:
        st.info(say("guide.none"))
    else:
        numbers = [one.version for one in versions]
        chosen = st.selectbox(
            say("guide.version"), numbers, format_func=lambda one: _version(frame, versions, one), width=420
        )
        _told(frame, frame.desk.guideline(chosen or 0))
    if frame.is_admin:
        with st.expander(say("guide.write"), icon=":material/edit:"):
            _form(frame, frame.desk.guideline())


def _version(frame: Frame, versions: list[Guideline], number: int) -> str:
    one = next(one for one in versions if one.version == number)
    return frame.say("guide.by", version=number, user=one.user, at=frame.clock(one.at))


def _told(frame: Frame, found: Guideline) -> None:
    st.markdown(found.text)
    rows = [
        f'<div class="m-event">{markup.tag(_label(frame, one.label), one.label)}'
        f"<bdi>{markup.escape(one.text)}</bdi>"
        f'<div class="m-why">{markup.escape(one.why)}</div></div>'
        for one in found.examples
    ]
    if rows:
        st.markdown(f"**{frame.say('guide.examples')}**")
        html("".join(rows))


def _label(frame: Frame, name: str) -> str:
    return frame.sentiment(name) if name in SENTIMENTS else frame.topic(name)


def _form(frame: Frame, now: Guideline) -> None:
    say = frame.say
    labels = ["", *SENTIMENTS, *(topic.name for topic in frame.desk.topics())]
    with st.form("guidelines", border=False):
        text = st.text_area(say("guide.text"), now.text, height=240, max_chars=MOST_TEXT)
        st.caption(say("guide.examples.help"))
        blank = [LabelExample("", "")] * NEW_EXAMPLES
        examples = []
        for number, one in enumerate([*now.examples, *blank]):
            columns = st.columns([1, 3, 3])
            label = columns[0].selectbox(
                say("guide.label"),
                labels,
                index=labels.index(one.label) if one.label in labels else 0,
                format_func=lambda name: _label(frame, name) if name else "–",
                key=f"guide-label-{now.version}-{number}",
            )
            words = columns[1].text_input(
                say("guide.words"), one.text, max_chars=MOST_WORDS, key=f"guide-text-{now.version}-{number}"
            )
            why = columns[2].text_input(
                say("guide.why"), one.why, max_chars=MOST_WORDS, key=f"guide-why-{now.version}-{number}"
            )
            if label and (words or "").strip():
                examples.append(LabelExample(label, words or "", why or ""))
        asked = st.form_submit_button(say("guide.save"))
    if asked:
        attempt(frame, lambda: frame.desk.write_guideline(text or "", examples))
