"""The form in which somebody says what an article really says: its sentiment, topics, companies, and why.

A correction, a decision between readings and a label for a whole story ask for the same things, some for
less. What a form begins with is what counts now, or what all agree on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import streamlit as st

from monitor.records import SENTIMENTS
from monitor_dashboard import markup
from monitor_dashboard.frame import Frame

MOST_NOTE = 2000
UNKNOWN = ""


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody says of an article. `topics` is None where they were not asked for; `companies` has those
    that are judged by themselves."""

    sentiment: str
    topics: Sequence[str] | None
    companies: Mapping[str, str]
    note: str


@dataclass(frozen=True, slots=True)
class Beginning:
    """What a form asks and begins with: `topics` None are not asked for, `companies` are asked for by id,
    with the sentiment towards each ("" for the article's, None where it must be chosen). `beside` a company
    stands what others say."""

    sentiment: str = UNKNOWN
    topics: Sequence[str] | None = None
    companies: Mapping[str, str | None] = field(default_factory=dict)
    beside: Mapping[str, str] = field(default_factory=dict)


def ask(frame: Frame, key: str, begin: Beginning, send: str, why: str = "label.why") -> Said | None:
    """Show the form; what was said once it is sent, else None. `key` tells it from others on the page; `send`
    and `why` are the keys of its button's title and of its question."""
    say = frame.say
    titles = {topic.name: frame.topic(topic.name) for topic in frame.desk.topics()}
    with st.form(f"{key}-form", border=False):
        sentiment = st.segmented_control(
            say("label.really"),
            SENTIMENTS,
            default=begin.sentiment or None,
            format_func=frame.sentiment,
            key=f"{key}-sentiment",
        )
        topics = None
        if begin.topics is not None:
            topics = st.multiselect(
                say("topics"),
                list(titles),
                default=[name for name in begin.topics if name in titles],
                format_func=lambda one: titles.get(one, one),
                key=f"{key}-topics",
            )
        towards = {company: _company(frame, key, company, begin) for company in begin.companies}
        note = st.text_input(say(why), max_chars=MOST_NOTE, key=f"{key}-note")
        sent = st.form_submit_button(say(send), type="primary")
    if not sent:
        return None
    if sentiment is None:
        st.error(say("label.choose"))
        return None
    if missing := [frame.company(company) for company, to in towards.items() if to is None]:
        st.error(markup.plain(say("label.choose_company", companies=", ".join(missing))))
        return None
    return Said(sentiment, topics, {company: to for company, to in towards.items() if to}, note or "")


def _company(frame: Frame, key: str, company: str, begin: Beginning) -> str | None:
    say, options = frame.say, [UNKNOWN, *SENTIMENTS]
    title = say("label.towards", company=frame.company(company))
    if said := begin.beside.get(company):
        title = say("label.beside", title=title, said=said)
    known = begin.companies[company]
    begins = known if known in options else UNKNOWN
    return st.selectbox(
        markup.plain(title),
        options,
        index=None if known is None else options.index(begins),
        format_func=lambda one: say(one) if one else say("label.as_article"),
        placeholder=say("label.undecided"),
        key=f"{key}-{company}",
    )
