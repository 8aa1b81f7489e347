"""Companies: how each is written about, and one with all that is known of it."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from monitor.desk import CompanyDetail, Coverage, NameView, Peer
from monitor.errors import NotFoundError
from monitor.records import OPEN, Alert
from monitor_dashboard import charts, filters, markup, naming
from monitor_dashboard.frame import Frame, html
from monitor_dashboard.storylines import story_rows

SHOWN = 200
"""Companies in the list; a search finds the others."""


def show(frame: Frame) -> None:
    company_id = st.query_params.get("id", "")
    if company_id:
        _one(frame, company_id)
    else:
        _all(frame)


def _all(frame: Frame) -> None:
    say = frame.say
    hours = _headed(frame, say("page.companies"))
    text = filters.typed(st.container(), "text", say("search"), say("companies.search.hint"))
    found = frame.desk.coverage(hours, text, limit=SHOWN)
    if not found:
        st.info(say("companies.none" if text else "companies.nobody"))
    else:
        with st.container(border=True):
            html(covered(frame, found, hours, say("companies.caption")))
            if len(found) == SHOWN:
                st.caption(say("companies.most", n=SHOWN))
    if frame.is_admin:
        naming.add_company(frame)


def _headed(frame: Frame, title: str) -> int:
    with st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute"):
        st.title(title)
        return filters.hours(frame)


def covered(
    frame: Frame, found: Sequence[Coverage], hours: int, caption: str = "", *, narrow: bool = False
) -> str:
    """HTML: a table of companies, whose numbers lead to what they count; a `narrow` one leaves out what was
    before."""
    say = frame.say
    columns = [say("company"), say("kpi.stories"), say("negative"), say("share.short" if narrow else "share")]
    columns += [say("kpi.alerts.short")] if narrow else [say("change"), say("companies.alerts")]
    rows = []
    for one in found:
        asked = {"company": one.id, "hours": hours}
        every = frame.link("articles", **asked) if one.stories else ""
        bad = frame.link("articles", **asked, sentiment="negative") if one.negative else ""
        alerts = frame.link("alerts", company=one.id) if one.open_alerts else ""
        before = markup.portion(one.negative_before, one.stories_before)
        rows.append(
            [
                markup.leading(one.name, frame.link("companies", id=one.id, hours=hours)),
                markup.leading(one.stories, every),
                markup.leading(one.negative, bad),
                markup.share(one.share) if one.stories else "–",
                *(() if narrow else (before,)),
                markup.leading(one.open_alerts or "–", alerts),
            ]
        )
    return markup.grid(caption, columns, rows, narrow=narrow)


def _one(frame: Frame, company_id: str) -> None:
    say = frame.say
    filters.back(frame, "companies.back")
    name = frame.company(company_id)
    hours = _headed(frame, markup.plain(name))
    try:
        told = frame.desk.company(company_id, hours)
    except NotFoundError:
        st.warning(say("company.missing"))
        return
    _figures(frame, told)
    with st.container(border=True):
        st.subheader(frame.titled("company.course"))
        if told.coverage.stories:
            st.altair_chart(charts.negatives_over_time(frame, told.trend, told.usual))
            st.caption(_usual(frame, told))
            share, _ = charts.share_over_time(frame, told.trend)
            st.markdown(f"**{say('share')}**")
            st.altair_chart(share)
        else:
            st.caption(say("company.quiet"))
    left, right = st.columns([3, 2], gap="medium")
    with left, st.container(border=True):
        st.subheader(say("company.stories"))
        if told.stories:
            story_rows(frame, told.stories, company_id)
            more = frame.link("stories", company=company_id, hours=hours)
            html(f'<div class="m-meta">{markup.leading(say("company.all_stories"), more)}</div>')
        else:
            st.caption(say("none_yet"))
    with right:
        with st.container(border=True):
            st.subheader(say("page.alerts"))
            _alerts(frame, told.alerts)
        with st.container(border=True):
            st.subheader(say("topics"))
            _topics(frame, told)
        _peers(frame, told)
        with st.container(border=True):
            st.subheader(say("company.names"))
            html(_names(frame, told.names))
            company = next((one for one in frame.desk.companies() if one.id == company_id), None)
            if company is not None and frame.is_analyst:
                naming.edit(frame, company)


def _figures(frame: Frame, told: CompanyDetail) -> None:
    say, one = frame.say, told.coverage
    columns = st.columns(4)
    more = worse = None
    if one.stories_before:  # else nobody was reading yet, as far as anybody knows
        more = f"{one.stories - one.stories_before:+,}"
        worse = f"{one.negative - one.negative_before:+,}"
    columns[0].metric(say("kpi.stories"), f"{one.stories:,}", more, "off", border=True)
    columns[1].metric(say("negative"), f"{one.negative:,}", worse, "inverse", border=True)
    columns[2].metric(say("kpi.share"), f"{one.share:.0%}" if one.stories else "–", border=True)
    columns[3].metric(say("kpi.alerts"), one.open_alerts, border=True)
    asked = {"company": one.id, "hours": told.hours}
    links = {
        say("company.articles"): frame.link("articles", **asked),
        say("company.negative"): frame.link("articles", **asked, sentiment="negative"),
        say("company.alerts"): frame.link("alerts", company=one.id),
    }
    leading = " · ".join(markup.leading(words, link) for words, link in links.items())
    html(f'<div class="m-meta">{leading}</div>')


def _usual(frame: Frame, told: CompanyDetail) -> str:
    """What the dashed line and the band of the chart are, or why there are none."""
    usual = told.usual
    if usual is None:
        return frame.say("company.no_usual")
    return frame.say(
        "company.usual",
        hours=round(usual.hours),
        weeks=f"{usual.weeks:.0f}",
        level=frame.mean(usual.level),
        **frame.band(usual.low, usual.high),
    )


def _alerts(frame: Frame, alerts: Sequence[Alert]) -> None:
    if not alerts:
        st.caption(frame.say("company.no_alerts"))
        return
    rows = []
    for alert in alerts:
        over = f" – {frame.time(alert.resolved_at)}" if alert.state not in OPEN else ""
        rows.append(
            f'<div class="m-event">{markup.tag(frame.say(f"state.{alert.state}"), alert.state)}'
            f'<a href="{frame.link("alerts", id=alert.id)}">{markup.escape(frame.scope(alert.scope))}</a>'
            f'<div class="m-meta">{markup.escape(alert.rule)} · {frame.say("alert.voices")} {alert.voices} · '
            f"{frame.clock(alert.opened_at)}{over}</div></div>"
        )
    html("".join(rows))


def _topics(frame: Frame, told: CompanyDetail) -> None:
    say = frame.say
    if not told.topics:
        st.caption(say("none_yet"))
        return
    rows = []
    for one in told.topics:
        asked = {"company": told.coverage.id, "topic": one.topic, "hours": told.hours}
        rows.append(
            [
                markup.leading(frame.topic(one.topic), frame.link("articles", **asked)),
                markup.escape(one.stories),
                markup.leading(
                    one.negative,
                    frame.link("articles", **asked, sentiment="negative") if one.negative else "",
                ),
            ]
        )
    html(markup.grid("", [say("topic"), say("kpi.stories"), say("negative")], rows))


def _peers(frame: Frame, told: CompanyDetail) -> None:
    say = frame.say
    if not told.peers and not told.rivals:
        return
    with st.container(border=True):
        st.subheader(say("company.peers"))
        if told.peers:
            html(_listed(frame, say("company.beside"), told.peers, told.hours))
        if told.rivals:
            rivals = say("company.rivals", topic=frame.topic(told.rivals_topic))
            html(_listed(frame, rivals, told.rivals, told.hours))


def _listed(frame: Frame, caption: str, peers: Sequence[Peer], hours: int) -> str:
    rows = [
        [
            markup.leading(one.name, frame.link("companies", id=one.id, hours=hours)),
            markup.escape(one.stories),
        ]
        for one in peers
    ]
    return markup.grid(caption, [frame.say("company"), frame.say("kpi.stories")], rows)


def _names(frame: Frame, names: Sequence[NameView]) -> str:
    say = frame.say
    rows = []
    for one in names:
        kind = say(f"kind.{one.kind}") + (f" · {one.market}" if one.market else "")
        over = "" if one.current else markup.tag(say("name.over"))
        rows.append(
            [
                f"<bdi>{markup.escape(one.name)}</bdi> {over}",
                markup.escape(kind),
                markup.escape(naming.days(one) or say("name.always")),
            ]
        )
    return markup.grid("", [say("name"), say("name.kind"), say("name.valid")], rows)
