"""What a page is asked for stands in its address, so that a link shows another reader the same.

A choice is written as the option itself, never as its title, which differs between languages. A value in the
address that is none of the options is told, and the page is shown without it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from monitor_dashboard import markup
from monitor_dashboard.frame import Frame

MOST_ID = 10**18
PERIODS = ("24", "168", "720")
"""Hours."""
MOST = 500  # characters of a text that is looked for


def typed(place: DeltaGenerator, name: str, label: str, hint: str = "", help: str = "") -> str:
    """What is typed into a field, which is the parameter `name` of the address."""
    key = f"filter-{name}"
    _follow(key, st.query_params.get(name, "")[:MOST])
    given = place.text_input(
        label,
        max_chars=MOST,
        key=key,
        placeholder=hint or None,
        help=help or None,
        on_change=lambda: put(name, st.session_state[key] or ""),
    )
    return given or ""


def chosen(
    frame: Frame,
    place: DeltaGenerator,
    name: str,
    label: str,
    options: Sequence[str],
    title: Callable[[str], str],
) -> str:
    """One of `options`, or "" for any."""
    asked, key, choices = st.query_params.get(name, ""), f"filter-{name}", ["", *options]
    _follow(key, asked if asked in choices else "")
    if asked not in choices:
        unknown(frame, label, asked)
    picked = place.selectbox(
        label,
        choices,
        format_func=lambda option: title(option) if option else frame.say("filter.any"),
        key=key,
        on_change=lambda: put(name, st.session_state[key] or ""),
    )
    return str(picked or "")


def switched(
    frame: Frame,
    name: str,
    label: str,
    options: Sequence[str],
    title: Callable[[str], str],
    usual: str = "",
) -> str:
    """One of a few `options`, all in sight; the `usual` one (the first, if none) unless the address says
    another."""
    usual = usual or options[0]
    asked, key = st.query_params.get(name, usual), f"filter-{name}"
    _follow(key, asked if asked in options else usual)
    if asked not in options:
        unknown(frame, label, asked)
    picked = st.segmented_control(
        label,
        options,
        required=True,
        format_func=title,
        label_visibility="collapsed",
        key=key,
        on_change=lambda: put(name, "" if st.session_state[key] == usual else st.session_state[key]),
    )
    return str(picked or usual)


def hours(frame: Frame, usual: str = "168") -> int:
    """The period that is looked at, in hours: of one length over all pages that have one."""
    say = frame.say
    return int(switched(frame, "hours", say("period"), PERIODS, lambda value: say(f"hours.{value}"), usual))


def lately(frame: Frame) -> int:
    """The last hours alone that a link asks for, with a button that takes the bound away; 0 for none."""
    asked = st.query_params.get("hours", "")
    if asked not in PERIODS:
        if asked:
            unknown(frame, frame.say("period"), asked)
        return 0
    label = frame.say("filter.lately", period=frame.say(f"hours.{asked}"))
    st.button(label, icon=":material/close:", key="filter-lately", on_click=lambda: put("hours", ""))
    return int(asked)


def ticked(place: DeltaGenerator, name: str, label: str) -> bool:
    """Whether a box is ticked, which the address says with yes."""
    key = f"filter-{name}"
    _follow(key, st.query_params.get(name) == "yes")
    return bool(
        place.checkbox(label, key=key, on_change=lambda: put(name, "yes" if st.session_state[key] else ""))
    )


def day(frame: Frame, place: DeltaGenerator, name: str, label: str) -> date | None:
    """A day, in the address as 2026-03-02."""
    asked, key = st.query_params.get(name, ""), f"filter-{name}"
    given = _date(asked)
    _follow(key, given)
    if asked and given is None:
        unknown(frame, label, asked)
    picked = place.date_input(
        label,
        value=None,
        min_value=date(1990, 1, 1),
        max_value=date(2100, 12, 31),
        format="YYYY-MM-DD",
        key=key,
        on_change=lambda: put(name, st.session_state[key].isoformat() if st.session_state[key] else ""),
    )
    return picked if isinstance(picked, date) else None


def starts(frame: Frame, day: date | None, days: int = 0) -> datetime | None:
    """When the day begins on the reader's clock, `days` later; None where there is none."""
    if day is None:
        return None
    return datetime.combine(day + timedelta(days=days), time(), frame.zone).astimezone(UTC)


def page(name: str, filters: object) -> int:
    """The page that is shown, by its number or the id that it ends before; 0 for the first, which other
    filters lead back to."""
    start = number(name)
    if st.session_state.get(f"before-{name}", filters) != filters:
        start = 0
    st.session_state[f"before-{name}"] = filters
    put(name, str(start) if start else "")
    return start


def number(name: str) -> int:
    """A page's or an id's number as the address says it; 0, which is none's, for anything else."""
    asked = st.query_params.get(name, "")
    found = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 20 else 0
    return found if found <= MOST_ID else 0


def turn(frame: Frame, name: str, before: int, after: int) -> None:
    """Buttons that turn the page: to the newest where one is not there, and to those before the id `after`,
    if there are any."""
    with st.container(horizontal=True):
        if before:
            newest = partial(put, name, "")
            st.button(frame.say("articles.newest"), icon=":material/first_page:", on_click=newest)
        if after:
            older = partial(put, name, str(after))
            st.button(frame.say("articles.older"), icon=":material/chevron_right:", on_click=older)


def back(frame: Frame, label: str) -> None:
    """A button that leads from one thing back to all of them."""
    leave = partial(put, "id", "")
    st.button(frame.say(label), icon=":material/arrow_back:", type="tertiary", on_click=leave)


def put(name: str, value: str) -> None:
    """Write a parameter of the address; "" takes it away."""
    if value:
        st.query_params[name] = value
    else:
        st.query_params.pop(name, None)


def unknown(frame: Frame, label: str, value: str) -> None:
    """Say that the address asks for what there is not."""
    st.warning(frame.say("filter.unknown", what=label, value=markup.plain(value[:80])))


def _follow(key: str, value: object) -> None:
    """Let a widget show what the address says, also where that was changed by a link or a key."""
    if st.session_state.get(key) != value:
        st.session_state[key] = value


def _date(text: str) -> date | None:
    try:
        given = date.fromisoformat(text)
    except ValueError:
        return None
    return given if 1990 <= given.year <= 2100 else None
