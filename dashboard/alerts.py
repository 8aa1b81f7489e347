"""Alerts: what surges now, and what did; the list is worked on, and each leads to its page (`alert`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import streamlit as st

from monitor.desk import OPEN, SEVERITIES, Listing, Sort, Wanted
from monitor.records import AlertState
from monitor_dashboard import alert as page
from monitor_dashboard import filters, markup, silences
from monitor_dashboard.components import alerts as component
from monitor_dashboard.frame import Frame, warn_of

PAGE = 25
STATES = ("open", *(state.value for state in AlertState), "all")
FILTERS = ("severity", "rule", "company", "topic", "owner", "from", "to", "overdue")
ME, NOBODY = "me", "nobody"
MOST = 10_000
_STATES = {"open": OPEN, "all": (), **{state.value: (state,) for state in AlertState}}
"""By their name in the address."""


def show(frame: Frame) -> None:
    alert_id = st.query_params.get("id")
    if alert_id:
        page.show(frame, alert_id)
    else:
        _all(frame)


def _all(frame: Frame) -> None:
    st.title(frame.say("page.alerts"))
    warn_of(frame, "detectors", "notifiers", "models")
    silences.in_force(frame)
    states = st.container()
    owners = frame.desk.alert_owners()
    wanted, late, sort = _asked(frame, owners)
    state = st.query_params.get("state", STATES[0])
    asked = replace(wanted, states=_STATES.get(state, OPEN), overdue_at=frame.now if late else None)
    number = min(max(1, filters.page("page", (wanted, late, sort, state))), MOST)
    listing = frame.desk.caseload(asked, sort, number, PAGE)
    with states:
        _states(frame, listing)
    if not listing.rows and listing.total:  # they became fewer
        filters.put("page", "")
        st.rerun()
    if not listing.rows:
        _nothing(frame, unasked=wanted == Wanted() and not late, everything=state == "all")
        return
    opened = component.show(frame, listing.rows, owners if frame.is_analyst else [], frame.now)
    if opened:
        filters.put("id", opened)
        st.rerun()
    _pages(frame, number, listing.total)


def _states(frame: Frame, listing: Listing) -> None:
    """The states, with how many alerts are in each of what is asked for."""
    say, numbers = frame.say, {state.value: number for state, number in listing.states.items()}
    numbers |= {"open": sum(numbers[state] for state in OPEN), "all": sum(numbers.values())}
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        filters.switched(
            *(frame, "state", say("list.state"), STATES),
            lambda name: say(f"list.state.{name}", n=numbers[name]),
        )
        if listing.overdue:
            st.badge(say("list.overdue_now", n=listing.overdue), icon=":material/alarm:", color="red")


def _asked(frame: Frame, owners: Sequence[str]) -> tuple[Wanted, bool, Sort]:
    """What the address asks for, whatever the state; whether only what is overdue; and the order."""
    say, desk = frame.say, frame.desk
    words, order = st.columns([3, 2], vertical_alignment="bottom")
    text = filters.typed(words, "text", say("list.search"), say("list.search.hint"))
    with order:
        sort = filters.switched(
            frame, "sort", say("list.sort"), tuple(Sort), lambda name: say(f"list.sort.{name}")
        )
    line = st.container(horizontal=True, vertical_alignment="center")
    with line.popover(say("list.filters"), icon=":material/filter_alt:"):
        severity, rule, company, topic, owner, first, last, late = (st.container() for _ in FILTERS)
    graded = {name: say(f"severity.{name}") for name in reversed(SEVERITIES)}
    companies = {one.id: one.name for one in desk.companies()}
    topics = {one.name: frame.topic(one.name) for one in desk.topics()}
    people = {ME: say("list.owner.me", name=desk.user.name), NOBODY: say("list.owner.nobody")}
    people |= {name: name for name in owners if name != desk.user.name}
    chosen = {
        name: filters.chosen(frame, place, name, label, list(titles), titles.__getitem__)
        for name, place, label, titles in (
            ("severity", severity, say("list.severity"), graded),
            ("rule", rule, say("list.rule"), {name: name for name in desk.alert_rules()}),
            ("company", company, say("filter.company"), companies),
            ("topic", topic, say("topic"), topics),
            ("owner", owner, say("list.owner"), people),
        )
    }
    whose = chosen["owner"]
    wanted = Wanted(
        severity=chosen["severity"],
        rule=chosen["rule"],
        company=chosen["company"],
        topic=chosen["topic"],
        owner={"": None, ME: desk.user.name, NOBODY: ""}.get(whose, whose),
        since=filters.starts(frame, filters.day(frame, first, "from", say("filter.from"))),
        until=filters.starts(frame, filters.day(frame, last, "to", say("filter.to")), 1),
        text=text,
    )
    overdue = filters.ticked(late, "overdue", say("list.late"))
    told = [say(f"severity.{wanted.severity}")] if wanted.severity else []
    told += [name for name in (wanted.rule, companies.get(wanted.company), topics.get(wanted.topic)) if name]
    told += [people[whose]] if whose else []
    days = [st.query_params.get(name, "") for name in ("from", "to")]
    told += [" – ".join(days)] if any(days) else []
    told += [say("list.late")] if overdue else []
    if told:
        line.caption(" · ".join(markup.plain(name) for name in told), width="content")
        line.button(say("list.clear"), icon=":material/close:", type="tertiary", on_click=_clear)
    return wanted, overdue, Sort(sort)


def _clear() -> None:
    for name in FILTERS:
        filters.put(name, "")


def _pages(frame: Frame, number: int, total: int) -> None:
    """Which part of the list this is, and the way to the others."""
    say = frame.say
    if total <= PAGE:
        return
    first, last = (number - 1) * PAGE + 1, min(number * PAGE, total)
    with st.container(horizontal=True, vertical_alignment="center"):
        if number > 1:
            newer = partial(filters.put, "page", str(number - 1) if number > 2 else "")
            st.button(say("list.newer"), icon=":material/chevron_left:", on_click=newer)
        if last < total:
            older = partial(filters.put, "page", str(number + 1))
            st.button(say("list.older"), icon=":material/chevron_right:", on_click=older)
        st.caption(say("list.place", first=first, last=last, total=f"{total:,}"))


def _nothing(frame: Frame, *, unasked: bool, everything: bool) -> None:
    if unasked:
        _quiet(frame, everything)
    else:
        st.info(frame.say("list.none"), icon=":material/filter_alt:")


def _quiet(frame: Frame, everything: bool) -> None:
    """Why there is no alert: nobody looks yet, nothing can be told yet, or it is quiet indeed."""
    say, seen = frame.say, frame.desk.watching()
    following = say("alerts.next", at=frame.clock(seen.next_at)) if seen.next_at else say("alerts.nobody")
    if seen.problem:
        problem = markup.plain(frame.said(seen.problem))
        st.warning(f"{say('alerts.failed', problem=problem)} {following}", icon=":material/error:")
    elif seen.last_at is None:
        first = say("alerts.first", at=frame.clock(seen.next_at)) if seen.next_at else following
        st.info(f"{say('alerts.unchecked')} {first}", icon=":material/schedule:")
    elif seen.blind:
        st.info(f"{say('alerts.blind')} {following}", icon=":material/schedule:")
    elif seen.ready_at is not None:
        learnt = say("alerts.learning", at=frame.clock(seen.ready_at))
        st.info(f"{learnt} {following}", icon=":material/schedule:")
    elif seen.next_at is None:
        st.warning(f"{say('alerts.last', at=frame.clock(seen.last_at))} {following}", icon=":material/error:")
    else:
        quiet = say("alerts.none_ever" if everything else "alerts.none")
        checked = say("alerts.last", at=frame.clock(seen.last_at))
        st.success(f"{quiet} {checked} {following}", icon=":material/check_circle:")
