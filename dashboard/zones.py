"""The time zone that a reader sees times in: the browser's, unless they chose another in the menu.

A choice is the parameter `tz` of every page's address (a link shows the same clock), and is kept in the
session, because the menu's links carry no parameters.
"""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

import streamlit as st

from monitor_dashboard import filters, markup
from monitor_dashboard.frame import Frame

COMMON = (
    "UTC",
    "Asia/Shanghai",
    "Asia/Hong_Kong",
    "Asia/Singapore",
    "Asia/Tokyo",
    "Asia/Seoul",
    "Asia/Kolkata",
    "Asia/Dubai",
    "Australia/Sydney",
    "Europe/London",
    "Europe/Paris",
    "Europe/Berlin",
    "Europe/Zurich",
    "America/Sao_Paulo",
    "America/New_York",
    "America/Chicago",
    "America/Los_Angeles",
)
"""Offered beside the browser's own and the one in the address, which may be any that is known."""

_PARAMETER, _KEPT, _WIDGET = "tz", "zone", "zone-choice"


def chosen(browsers: str | None) -> ZoneInfo:
    """The zone of this reader; an address that names one without being asked here is taken at its word."""
    asked = st.query_params.get(_PARAMETER, "")
    if asked and markup.is_zone(asked):
        st.session_state[_KEPT] = asked
    kept = st.session_state.get(_KEPT, "")
    if kept and not asked:
        filters.put(_PARAMETER, kept)
    return markup.zone_of(kept or browsers)


def choose(frame: Frame, browsers: str | None) -> None:
    """The choice itself, labelled with how far each is from UTC at this moment."""
    own = markup.zone_of(browsers).key
    asked = st.query_params.get(_PARAMETER, "")
    if asked and not markup.is_zone(asked):
        filters.unknown(frame, frame.say("zone"), asked)
    options = _options(own, frame.zone.key)
    st.session_state[_WIDGET] = frame.zone.key
    st.selectbox(
        frame.say("zone"),
        options,
        format_func=lambda name: _title(frame, name),
        key=_WIDGET,
        on_change=_keep,
        args=(own,),
    )


def _options(own: str, shown: str) -> Sequence[str]:
    return list(dict.fromkeys((own, shown, *COMMON)))


def _title(frame: Frame, name: str) -> str:
    return name if name == "UTC" else f"{name} · {markup.offset(frame.now, ZoneInfo(name))}"


def _keep(own: str) -> None:
    picked = st.session_state[_WIDGET]
    kept = "" if picked == own else picked
    st.session_state[_KEPT] = kept
    filters.put(_PARAMETER, kept)
